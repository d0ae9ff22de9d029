//! The audit for people: findings in the manner of rustc, the channels, and a closing line.

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Origin, Padding, Renderer, Snippet,
};
use anstyle::{AnsiColor, Style};
use audit::source::{self, InFile, Source};
use audit::{Finding, Identity, Judged, Report, Severity};
use cluster::Inventory;
use cluster::draw::printable;

use super::Volume;
use crate::show::table::{Cell, Table};
use crate::show::wrap::{shortened, wrap};

/// The report as text for a terminal of `width` columns, with colours that the writer may strip.
pub fn human(report: &Report, inventory: &Inventory, volume: Volume, width: usize) -> String {
    let page = Page { inventory, width };
    let (notes, worse): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|finding| finding.severity == Severity::Note);
    let mut parts: Vec<String> = worse.iter().map(|finding| page.finding(finding)).collect();
    match volume {
        Volume::Quiet => {}
        Volume::Normal if notes.is_empty() => {}
        Volume::Normal => {
            let titles: Vec<String> = notes.iter().map(|note| page.title(note)).collect();
            parts.push(titles.join("\n"));
        }
        Volume::Verbose => parts.extend(notes.iter().map(|note| page.finding(note))),
    }
    if volume != Volume::Quiet {
        // Without nodes there is none.
        parts.extend((!report.channels.is_empty()).then(|| {
            page.channels(&report.channels, volume)
                .trim_end()
                .to_owned()
        }));
        parts.push(closing(report, !inventory.nodes.is_empty(), volume));
    }
    parts.retain(|part| !part.is_empty());
    parts
        .iter()
        .map(|part| format!("{part}\n"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// No text is broken into lines shorter than this.
const LEAST: usize = 20;

/// Where findings are written.
struct Page<'a> {
    inventory: &'a Inventory,
    width: usize,
}

impl Page<'_> {
    /// A finding in full.
    fn finding(&self, finding: &Finding) -> String {
        let files = source::by_file(self.inventory, finding);
        // Beside the line numbers stands ` | ` or ` = `.
        let room = self.width.saturating_sub(margin(&files) + 3).max(LEAST);
        let mut group = self.headed(finding);
        for (index, file) in files.iter().enumerate() {
            group = group.elements(elements(file, index == 0, room));
        }
        group = group.element(Padding);
        for (name, text) in footers(finding) {
            let room = room.saturating_sub(name.len() + 2).max(LEAST);
            let message = wrap(&printable(&text), room);
            group = group.element(Level::NOTE.with_name(name).message(message));
        }
        self.render(group)
    }

    /// Its first line alone.
    fn title(&self, finding: &Finding) -> String {
        self.render(self.headed(finding))
    }

    fn headed<'f>(&self, finding: &'f Finding) -> Group<'f> {
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        // In front stands `error[KP0000]: `.
        let before = finding.severity.name().len() + finding.rule.code.len() + 4;
        let room = self.width.saturating_sub(before).max(LEAST);
        let message = wrap(&printable(&finding.message), room);
        Group::with_title(level.primary_title(message).id(finding.rule.code))
    }

    fn render(&self, group: Group<'_>) -> String {
        Renderer::styled().term_width(self.width).render(&[group])
    }

    /// The channels with their verdicts, and whom the server takes the client for where it fits.
    fn channels(&self, channels: &[Judged], volume: Volume) -> String {
        let widest = |text: &dyn Fn(&Judged) -> String| {
            channels
                .iter()
                .map(|channel| text(channel).chars().count())
                .max()
                .unwrap_or(0)
        };
        let address = |channel: &Judged| channel.address.clone().unwrap_or_default();
        let with_address = volume == Volume::Verbose;
        // As the table has it: three blanks behind each column, verdicts in ten.
        let mut used = widest(&|channel| arrow(&channel.id)) + 3 + 10;
        used += if with_address {
            widest(&address) + 3
        } else {
            0
        };
        let room = self.width.saturating_sub(used);
        let with_identity = room >= 16;
        let headings = ["CHANNEL", "VERDICT"].into_iter();
        let headings = headings.chain(with_address.then_some("ADDRESS"));
        let mut table = Table::new(headings.chain(with_identity.then_some("IDENTITY")));
        for channel in channels {
            let verdict = Cell::with_style(channel.verdict.name(), channel.verdict.style());
            let mut row = vec![arrow(&channel.id).into(), verdict];
            row.extend(with_address.then(|| address(channel).into()));
            let identity = channel.identity.as_ref().map(telling).unwrap_or_default();
            row.extend(with_identity.then(|| fitted(&identity, room).into()));
            table.push(row);
        }
        table.render()
    }
}

/// The lines that are pointed at; then what there is to say about the file as a whole, and what
/// finds no room beside its mark.
fn elements<'a>(file: &InFile<'_>, is_first: bool, room: usize) -> Vec<Element<'a>> {
    let path = shortened(&printable(&file.name())).into_owned();
    let Some(source) = file.source() else {
        let padding = (!is_first).then_some(Element::from(Padding));
        let origin = Element::from(Origin::path(path));
        let words = file
            .evidence
            .iter()
            .map(|evidence| message(&evidence.label, room));
        return padding.into_iter().chain([origin]).chain(words).collect();
    };
    let mut annotations: Vec<Annotation<'a>> = Vec::new();
    let mut below: Vec<Element<'a>> = Vec::new();
    for evidence in &file.evidence {
        let Some(span) = source.span(evidence) else {
            below.push(message(&evidence.label, room));
            continue;
        };
        let kind = match annotations.is_empty() && is_first {
            true => AnnotationKind::Primary,
            false => AnnotationKind::Context,
        };
        let label = printable(&evidence.label);
        let fits = source.column(span.end) + 1 + label.chars().count() <= room;
        if let (false, Some(line)) = (fits, evidence.line()) {
            below.push(message(&format!("line {line}: {label}"), room));
        }
        annotations.push(kind.span(span).label(fits.then_some(label)));
    }
    let Source { first, text, .. } = source;
    let snippet = Snippet::source(text).path(path).line_start(first);
    let mut elements = vec![snippet.annotations(annotations).into()];
    if !below.is_empty() {
        elements.push(Padding.into());
    }
    elements.extend(below);
    elements
}

/// A line without a name, behind `=`.
fn message<'a>(text: &str, room: usize) -> Element<'a> {
    Level::NOTE
        .no_name()
        .message(wrap(&printable(text), room))
        .into()
}

/// How wide the line numbers make the margin.
fn margin(files: &[InFile<'_>]) -> usize {
    let lines = files
        .iter()
        .flat_map(|file| &file.evidence)
        .filter_map(|evidence| evidence.line());
    lines.max().map_or(1, |line| line.to_string().len())
}

fn footers(finding: &Finding) -> Vec<(&'static str, String)> {
    let mut footers = Vec::new();
    if !finding.channels.is_empty() {
        // A channel stays on one line.
        let unbroken = |id: &String| arrow(id).replace(' ', "\u{a0}");
        let channels: Vec<String> = finding.channels.iter().map(unbroken).collect();
        let name = match finding.severity {
            Severity::Note => "concerns",
            _ => "breaks",
        };
        footers.push((name, channels.join(", ")));
    }
    if finding.severity != Severity::Note {
        let said = finding
            .said
            .iter()
            .map(|said| ("they will say", said.clone()));
        footers.extend(said);
    }
    if !finding.remedy.is_empty() {
        footers.push(("remedy", finding.remedy.clone()));
    }
    footers
}

/// `CLIENT -> SERVER`.
fn arrow(id: &str) -> String {
    id.replace("->", " -> ")
}

/// An identity without the group that everybody is in who is somebody.
fn telling(identity: &Identity) -> String {
    let groups = identity
        .groups
        .iter()
        .filter(|group| *group != "system:authenticated");
    Identity::new(&identity.user, groups.cloned()).to_string()
}

fn fitted(text: &str, room: usize) -> String {
    match text.chars().count() <= room {
        true => text.to_owned(),
        false => text
            .chars()
            .take(room.saturating_sub(1))
            .chain(['…'])
            .collect(),
    }
}

/// `12 channels, 3 failing, 1 unknown; 1 error, 2 notes`.
fn closing(report: &Report, has_nodes: bool, volume: Volume) -> String {
    let summary = report.summary();
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    let green = Style::new().bold().fg_color(Some(AnsiColor::Green.into()));
    let mut channels = vec![counted(summary.channels, "channel", Style::new())];
    if summary.failing > 0 {
        channels.push(format!("{red}{} failing{red:#}", summary.failing));
    }
    if summary.unknown > 0 {
        channels.push(format!("{yellow}{} unknown{yellow:#}", summary.unknown));
    }
    if summary.channels > 0 && summary.failing + summary.unknown == 0 {
        channels.push(format!("{green}all work{green:#}"));
    }
    let findings: Vec<String> = [
        (summary.error, "error", red),
        (summary.warning, "warning", yellow),
        (summary.note, "note", Style::new()),
    ]
    .into_iter()
    .filter(|(count, ..)| *count > 0)
    .map(|(count, noun, style)| counted(count, noun, style))
    .collect();
    let findings = if findings.is_empty() {
        "nothing found".to_owned()
    } else {
        findings.join(", ")
    };
    let more = match volume == Volume::Normal && summary.note > 0 {
        true => " (-v tells more)",
        false => "",
    };
    match has_nodes {
        true => format!("{}; {findings}{more}", channels.join(", ")),
        false => format!("{findings}{more}"),
    }
}

fn counted(count: usize, noun: &str, style: Style) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{style}{count} {noun}{plural}{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use audit::rules::RULES;
    use audit::{Cause, Evidence, Verdict};
    use cluster::Files;
    use cluster::files::Memory;
    use cluster::setting::Mark;
    use time::macros::utc_datetime;
    use x509::Place;

    const MANIFEST: &str = "spec:\n  containers:\n  - command:\n    - kube-apiserver\n    - --advertise-address=192.15.55.6\n    - --allow-privileged=true\n    - --client-ca-file=/etc/kubernetes/pki/ca.crt\n    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt\n";

    fn inventory() -> Inventory {
        let tree = Memory::default().file("/m.yaml", MANIFEST);
        Inventory::read(vec![(None, Files::in_memory(tree, true))])
    }

    fn at(line: u32, column: u32, length: u32, label: &str) -> Evidence {
        Evidence {
            node: None,
            object: None,
            place: Place {
                line: Some(line),
                column: Some(7),
                ..Place::file("/m.yaml")
            },
            flag: None,
            mark: Some(Mark {
                line,
                column,
                length,
            }),
            label: label.to_owned(),
        }
    }

    fn report() -> Report {
        let file = Evidence {
            place: Place::file("/pki/apiserver.crt"),
            mark: None,
            ..at(
                1,
                1,
                1,
                "names controlplane, kubernetes, 10.96.0.1, 192.20.97.8",
            )
        };
        let finding = Finding {
            rule: RULES[0],
            cause: Cause::NameMismatch,
            severity: Severity::Error,
            channels: vec![
                "kubelet->kube-apiserver".into(),
                "kube-scheduler->kube-apiserver".into(),
                "admin->kube-apiserver".into(),
            ],
            message: "kube-apiserver advertises an address that its certificate does not name"
                .into(),
            evidence: vec![
                at(5, 27, 11, "clients are sent here"),
                at(
                    8,
                    23,
                    33,
                    "names controlplane, kubernetes, …, 10.96.0.1, 192.20.97.8",
                ),
                file,
            ],
            said: vec![
                "x509: certificate is valid for 10.96.0.1, 192.20.97.8, not 192.15.55.6".into(),
            ],
            remedy: "kubepki san add apiserver 192.15.55.6".into(),
        };
        let channel = Judged {
            id: "kubelet->kube-apiserver".into(),
            client: "kubelet".into(),
            server: "kube-apiserver".into(),
            address: Some("192.15.55.6:6443".into()),
            verdict: Verdict::Fails,
            error: None,
            identity: Some(Identity::new(
                "system:node:controlplane",
                ["system:nodes".to_owned()],
            )),
            latent: false,
        };
        Report {
            at: utc_datetime!(2026-01-01 0:00),
            certificates: 1,
            channels: vec![channel],
            findings: vec![finding],
        }
    }

    fn plain(volume: Volume, width: usize) -> String {
        let styled = human(&report(), &inventory(), volume, width);
        anstream::adapter::strip_str(&styled).to_string()
    }

    #[test]
    fn findings_look_like_the_compilers() {
        let wide = plain(Volume::Quiet, 120);
        assert!(wide.contains(
            "\n5 |     - --advertise-address=192.15.55.6\n  |                           ^^^^^^^^^^^ clients are sent here\n...\n"
        ));
        assert!(wide.contains("\n  = breaks: kubelet -> kube-apiserver, kube-scheduler -> "));
        assert!(!wide.contains("CHANNEL"));
    }

    #[test]
    fn narrow_terminals_are_not_overrun() {
        let narrow = plain(Volume::Verbose, 60);
        let too_long: Vec<&str> = narrow
            .lines()
            .filter(|line| line.chars().count() > 60)
            .collect();
        assert_eq!(too_long, Vec::<&str>::new());
        assert!(narrow.contains("\n  = line 8: names controlplane,"));
    }
}

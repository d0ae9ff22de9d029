//! A credential for people: what it is, whom it makes of its bearer, and a line for every server.

use anstyle::{AnsiColor, Style};
use audit::Verdict;
use audit::identity::{Answer, Bearer, Dialled, Identity, Opinion, Outcome, notes};
use authority::token::service_account::Token;
use cluster::draw::printable;
use cluster::graph::server::Authorization;
use time::UtcDateTime;
use verify::Certificate;

use super::{Introduction, rule};
use crate::credential::Used;
use crate::show::wrap::wrap;
use crate::show::{labels, rfc3339};

/// How wide what stands before a server's name is.
const OUTCOME: usize = 13;

/// What a flag with its file takes.
const ROOM: usize = 45;

/// A label with its text.
type Line = (&'static str, String);

impl Introduction<'_> {
    /// Paragraphs no wider than `width`.
    pub fn to_human(&self, width: usize) -> String {
        let mut parts = vec![self.heading(width), self.who(width)];
        parts.push(self.servers(width));
        parts.push(self.notes(width));
        parts.retain(|part| !part.is_empty());
        parts.join("\n")
    }

    /// What it is.
    fn heading(&self, width: usize) -> String {
        let bold = Style::new().bold();
        let file = printable(&self.file.display().to_string());
        let mut out = format!("{bold}{file}{bold:#}\n");
        let mut lines: Vec<Line> = Vec::new();
        if let Some(used) = &self.credential.kubeconfig {
            lines.push((
                "kubeconfig",
                format!("context {}", used.parsed.context.value),
            ));
        }
        let presented = &self.credential.presented;
        lines.extend(
            presented
                .chain
                .first()
                .map(|leaf| ("presents", certificate(leaf))),
        );
        lines.extend(
            presented
                .bearer
                .as_ref()
                .map(|token| ("presents", bearer(token))),
        );
        lines.extend(self.credential.kubeconfig.iter().flat_map(unusual));
        lines.extend(self.dials.iter().map(|dialled| ("dials", dials(dialled))));
        for (label, text) in lines {
            labels::push(&mut out, label, &text, Style::new(), width);
        }
        out
    }

    /// Whom it makes of its bearer.
    fn who(&self, width: usize) -> String {
        let Some(identity) = self.identity() else {
            return String::new();
        };
        let mut out = String::new();
        let bold = Style::new().bold();
        labels::push(&mut out, "user", &identity.user, bold, width);
        if !identity.groups.is_empty() {
            let groups = identity.groups.join(", ");
            labels::push(&mut out, "groups", &groups, Style::new(), width);
        }
        if let Some(uid) = &identity.uid {
            labels::push(&mut out, "uid", uid, Style::new(), width);
        }
        let extra = identity.extra.iter();
        for (index, (key, values)) in extra.enumerate() {
            let label = if index == 0 { "extra" } else { "" };
            let text = format!("{key}: {}", values.join(", "));
            labels::push(&mut out, label, &text, Style::new(), width);
        }
        out
    }

    fn servers(&self, width: usize) -> String {
        let names = self.answers.iter().map(|answer| answer.server.to_string());
        let widest = names.map(|name| name.chars().count()).max().unwrap_or(0);
        let mut out = String::new();
        let mut told: Vec<(String, String)> = Vec::new();
        for answer in &self.answers {
            let name = answer.server.to_string();
            let text = self.told(answer);
            let text = match told.iter().find(|(_, earlier)| *earlier == text) {
                Some((first, _)) if answer.why.is_some() => format!("the same as {first}"),
                _ => {
                    told.push((name.clone(), text.clone()));
                    text
                }
            };
            let style = style(answer.outcome);
            let outcome = answer.outcome.name();
            let room = OUTCOME - 2 - outcome.chars().count();
            out.push_str(&format!("  {style}{outcome}{style:#}{:room$}", ""));
            let column = widest + 3;
            let name = printable(&name);
            let line = match width < OUTCOME + column + ROOM {
                // Beside the names there is no room: below them, then.
                true => {
                    let text = hanging(&text, OUTCOME, width);
                    format!("{name}\n{:OUTCOME$}{text}", "")
                }
                false => {
                    let text = hanging(&text, OUTCOME + column, width);
                    format!("{name:column$}{text}")
                }
            };
            out.push_str(line.trim_end());
            out.push('\n');
        }
        out
    }

    /// By which rule, or why not.
    fn told(&self, answer: &Answer) -> String {
        let rule = answer.decisive().and_then(rule);
        let by = rule.unwrap_or_default();
        let why = answer.why.clone().unwrap_or_default();
        let text = match answer.outcome {
            Outcome::Accepted => accepted(answer, by),
            Outcome::Anonymous => format!("as system:anonymous: {why}"),
            Outcome::Refused | Outcome::Unknown => why,
        };
        match &answer.identity {
            Some(identity) if answer.outcome == Outcome::Accepted && !self.is_main(identity) => {
                format!("{text}, as {}", named(identity))
            }
            _ => text,
        }
    }

    fn is_main(&self, identity: &Identity) -> bool {
        self.identity()
            .is_some_and(|main| main.user == identity.user && main.groups == identity.groups)
    }

    fn notes(&self, width: usize) -> String {
        let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
        let notes = notes(&self.answers).into_iter();
        let line = |note: String| {
            let text = hanging(&note, "note: ".len(), width);
            format!("{yellow}note{yellow:#}: {text}\n")
        };
        notes.map(line).collect()
    }
}

fn accepted(answer: &Answer, by: String) -> String {
    let opinion = answer.decisive().map(|step| &step.opinion);
    let mut text = match opinion {
        Some(Opinion::SpeaksForOthers) => format!("as a front proxy, by {by}"),
        Some(Opinion::TakesEverybody) => "it asks nobody who they are".to_owned(),
        _ if by.is_empty() => "asks kube-apiserver (TokenReview)".to_owned(),
        _ => by,
    };
    let is_proxy = opinion == Some(&Opinion::SpeaksForOthers);
    if answer.speaks_for_others && !is_proxy {
        text.push_str(", and as a front proxy");
    }
    match &answer.authorization {
        // Nothing is asked before it may do everything: a note says so.
        _ if answer.is_master() => text,
        Authorization::Modes(modes) => {
            let modes: Vec<&str> = modes.iter().map(|mode| mode.value.as_str()).collect();
            format!("{text}; then {}", modes.join(", "))
        }
        _ => text,
    }
}

fn named(identity: &Identity) -> String {
    match (identity.user.is_empty(), identity.groups.is_empty()) {
        (true, _) => "a user without a name".to_owned(),
        (false, true) => format!("user {}, without groups", identity.user),
        (false, false) => format!("user {identity}"),
    }
}

/// What is odd about a kubeconfig's user.
fn unusual(used: &Used) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(plugin) = used.plugin() {
        lines.push((
            "presents",
            format!("whatever {plugin} answers, which no file tells"),
        ));
    }
    if let Some(user) = &used.parsed.username {
        let text = format!(
            "user {} with a password, which nobody looks at since Kubernetes 1.19",
            user.value
        );
        lines.push(("presents", text));
    }
    if let Some(acting) = used.acts_as() {
        let text = format!("{acting}: if it may impersonate that user and these groups");
        lines.push(("acts as", text));
    }
    lines
}

fn certificate(leaf: &Certificate) -> String {
    let issuer = match leaf.raw_issuer() == leaf.raw_subject() {
        true => "itself",
        false => leaf.issuer.common_name(),
    };
    format!(
        "certificate {}, issued by {issuer}, until {}",
        leaf.short_name(),
        leaf.not_after
    )
}

fn bearer(bearer: &Bearer) -> String {
    match bearer {
        Bearer::Jwt(token) => jwt(token),
        Bearer::Bootstrap(id) => format!("bootstrap token {id}"),
        Bearer::Other => "a bearer token that says nothing by itself".to_owned(),
    }
}

fn jwt(token: &Token) -> String {
    let claims = &token.claims;
    let expires = claims.expires;
    let until = expires.and_then(|seconds| UtcDateTime::from_unix_timestamp(seconds).ok());
    let until = until.map_or("for ever".to_owned(), |until| {
        format!("until {}", rfc3339(until))
    });
    format!("JSON web token, issued by {}, {until}", claims.issuer)
}

fn dials(dialled: &Dialled) -> String {
    let address = dialled.address.as_deref().unwrap_or("nowhere");
    let server = &dialled.server;
    match (dialled.verdict, &dialled.error) {
        (Verdict::Works, _) => format!("{address}, and accepts {server} there"),
        (Verdict::Fails, Some(error)) => {
            format!("{address}, and does not accept {server}: {error}")
        }
        _ => format!("{address}; whether it accepts the server there is not known"),
    }
}

fn style(outcome: Outcome) -> Style {
    let color = match outcome {
        Outcome::Accepted => AnsiColor::Green,
        Outcome::Refused => AnsiColor::Red,
        Outcome::Anonymous | Outcome::Unknown => AnsiColor::Yellow,
    };
    Style::new().fg_color(Some(color.into()))
}

/// Text whose further lines begin where the first does.
fn hanging(text: &str, column: usize, width: usize) -> String {
    let room = width.saturating_sub(column).max(20);
    let indent = format!("\n{:column$}", "");
    wrap(&printable(text), room).replace('\n', &indent)
}

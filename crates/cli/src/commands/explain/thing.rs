//! Everything that can be explained, and how it is found by what people type.

use audit::Cause;
use audit::rules::{RULES, Rule};
use cluster::Component;
use cluster::catalogue::{
    AUTHORITIES, Authority, CHANNELS, CREDENTIALS, ChannelRow, Credential, FIELDS, Field, Flag,
    Holder, OTHER_FILES, OtherFile, TERMS, Term,
};

/// Something that can be explained.
#[derive(Clone, Copy, Debug)]
pub enum Thing {
    /// A word of the subject.
    Term(&'static Term),
    /// A program.
    Component(Component),
    /// An authority, and its files.
    Authority(&'static Authority),
    /// A credential, and its files.
    Credential(&'static Credential),
    /// The pair of keys for service account tokens.
    TokenKeys,
    /// Another file.
    File(&'static OtherFile),
    /// A channel.
    Channel(&'static ChannelRow),
    /// A flag of a component.
    Flag(&'static Flag),
    /// A field of a file or object.
    Field(&'static Field),
    /// A finding.
    Finding(&'static Rule),
    /// A kind of mistake.
    Cause(Cause),
}

/// The programs, in the order in which a name that several have is looked for.
pub const PROGRAMS: [Component; 6] = [
    Component::KubeApiserver,
    Component::Etcd,
    Component::Kubelet,
    Component::KubeControllerManager,
    Component::KubeScheduler,
    Component::KubeProxy,
];

/// The folder of kubeadm's files.
pub const KUBERNETES: &str = "/etc/kubernetes";

impl Thing {
    /// Everything, kind by kind.
    pub fn all() -> Vec<Thing> {
        let flags = PROGRAMS.into_iter().flat_map(cluster::catalogue::flags);
        let mut all: Vec<Thing> = TERMS.iter().map(Thing::Term).collect();
        all.extend(PROGRAMS.map(Thing::Component));
        all.extend(AUTHORITIES.iter().map(Thing::Authority));
        all.extend(CREDENTIALS.iter().map(Thing::Credential));
        all.push(Thing::TokenKeys);
        all.extend(OTHER_FILES.iter().map(Thing::File));
        all.extend(CHANNELS.iter().map(Thing::Channel));
        all.extend(flags.map(Thing::Flag));
        all.extend(FIELDS.iter().map(Thing::Field));
        all.extend(RULES.iter().map(|rule| Thing::Finding(rule)));
        all.extend(Cause::ALL.map(Thing::Cause));
        all
    }

    /// What it is called; `explain` finds it by that.
    pub fn name(&self) -> String {
        match self {
            Thing::Term(term) => term.name.to_owned(),
            Thing::Component(component) => component.to_string(),
            Thing::Authority(row) => row.name.to_owned(),
            Thing::Credential(row) => row.name.to_owned(),
            Thing::TokenKeys => "sa".to_owned(),
            Thing::File(file) => file.path.to_owned(),
            Thing::Channel(row) => row.id(),
            Thing::Flag(flag) => format!("{} --{}", flag.component, flag.name),
            Thing::Field(field) => format!("{} {}", field.document.name(), field.path),
            Thing::Finding(rule) => rule.code.to_owned(),
            Thing::Cause(cause) => cause.to_string(),
        }
    }

    /// What it is called below the heading of its kind.
    pub fn short_name(&self) -> String {
        match self {
            Thing::Flag(flag) => format!("--{}", flag.name),
            Thing::Field(field) => field.path.to_owned(),
            _ => self.name(),
        }
    }

    /// What kind of thing it is, for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Thing::Term(_) => "term",
            Thing::Component(_) => "component",
            Thing::Authority(_) => "authority",
            Thing::Credential(_) => "credential",
            Thing::TokenKeys => "keys",
            Thing::File(_) => "file",
            Thing::Channel(_) => "channel",
            Thing::Flag(_) => "flag",
            Thing::Field(_) => "field",
            Thing::Finding(_) => "finding",
            Thing::Cause(_) => "cause",
        }
    }

    /// What it is listed under.
    pub fn heading(&self) -> &'static str {
        match self {
            Thing::Term(_) => "Words",
            Thing::Component(_) => "Components",
            Thing::Authority(_) | Thing::Credential(_) | Thing::TokenKeys => "kubeadm's names",
            Thing::File(_) => "Files",
            Thing::Channel(_) => "Channels",
            Thing::Flag(flag) => flag.component.name(),
            Thing::Field(field) => field.document.name(),
            Thing::Finding(_) => "Findings",
            Thing::Cause(_) => "Causes",
        }
    }

    /// The files it is kept in, when they are its own.
    pub fn files(&self) -> Vec<String> {
        let pair = |base: &str| {
            vec![
                format!("{KUBERNETES}/pki/{base}.crt"),
                format!("{KUBERNETES}/pki/{base}.key"),
            ]
        };
        match self {
            Thing::Authority(row) => pair(row.base),
            Thing::Credential(row) => match row.holder {
                Holder::Pki(base) => pair(base),
                Holder::Kubeconfig(name) => vec![format!("{KUBERNETES}/{name}")],
            },
            Thing::TokenKeys => vec![
                format!("{KUBERNETES}/pki/sa.key"),
                format!("{KUBERNETES}/pki/sa.pub"),
            ],
            Thing::File(file) => vec![file.path.to_owned()],
            _ => Vec::new(),
        }
    }

    /// Whether people may mean it by `asked`, which is in lower case.
    fn is_called(&self, asked: &str) -> bool {
        let same = |name: &str| name.eq_ignore_ascii_case(asked);
        match self {
            Thing::Term(term) => same(term.name) || term.aliases.iter().any(|alias| same(alias)),
            Thing::Channel(row) => is_channel(row, asked),
            Thing::Flag(flag) => is_flag(flag, asked),
            Thing::Field(field) => is_field(field, asked),
            _ => same(&self.name()) || self.files().iter().any(|file| is_file(file, asked)),
        }
    }
}

/// What people may mean, the likeliest first. Things of another kind than the first are left out:
/// a word that is also a flag's name is the word.
pub fn find(asked: &str) -> Vec<Thing> {
    let asked = asked.trim().to_lowercase();
    let all = Thing::all();
    let exact = all
        .iter()
        .find(|thing| thing.name().eq_ignore_ascii_case(&asked));
    if let Some(thing) = exact {
        return vec![*thing];
    }
    let mut found: Vec<Thing> = all
        .into_iter()
        .filter(|thing| thing.is_called(&asked))
        .collect();
    let kind = found.first().map(Thing::kind);
    found.retain(|thing| Some(thing.kind()) == kind);
    found
}

/// `CLIENT->SERVER`, also with another arrow, or the two names alone; also with nodes.
fn is_channel(row: &ChannelRow, asked: &str) -> bool {
    let plain = asked.replace("->", " ").replace(['→', ':', '>'], " ");
    let mut ends = plain
        .split_whitespace()
        .map(|end| end.split('@').next().unwrap_or_default());
    ends.next() == Some(row.client.name())
        && ends.next() == Some(row.server.name())
        && ends.next().is_none()
}

/// `--FLAG`, `FLAG`, `COMPONENT FLAG`, also with a value behind it, and the field that stands for it.
fn is_flag(flag: &Flag, asked: &str) -> bool {
    let own = asked
        .strip_prefix(flag.component.name())
        .map(str::trim_start);
    let name = own.unwrap_or(asked);
    let bare = name
        .split('=')
        .next()
        .unwrap_or_default()
        .trim_start_matches('-');
    let underscored = bare.replace('_', "-");
    let is_own = || own.is_some() || name.starts_with('-') || underscored.contains('-');
    if underscored == flag.name && is_own() {
        return true;
    }
    flag.field.is_some_and(|field| {
        field.eq_ignore_ascii_case(bare)
            || last(field).eq_ignore_ascii_case(bare) && !bare.contains('-')
    })
}

fn is_field(field: &Field, asked: &str) -> bool {
    let document = field.document.name().to_lowercase();
    let own = asked.strip_prefix(&document).map(str::trim_start);
    let path = own.unwrap_or(asked);
    let in_data = field.path.strip_prefix("data.");
    own.is_some_and(str::is_empty) && in_data.is_some()
        || field.path.eq_ignore_ascii_case(path)
        || last(field.path).eq_ignore_ascii_case(path)
        || in_data.is_some_and(|key| key.eq_ignore_ascii_case(path))
}

/// A path, or the end of it.
fn is_file(file: &str, asked: &str) -> bool {
    let asked = asked.trim_start_matches("./");
    file == asked
        || file.strip_suffix(asked).is_some_and(|before| before.ends_with('/'))
            // `ca.crt` is the cluster's; etcd's is `etcd/ca.crt`.
            && !(file.contains("/etcd/") && !asked.contains("etcd/") && asked.starts_with("ca."))
}

fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

/// The names that are nearest to what nothing is called.
pub fn near(asked: &str) -> Vec<String> {
    const ENOUGH: usize = 5;
    let asked = asked.trim().to_lowercase();
    let mut names: Vec<(f64, String)> = Vec::new();
    for thing in Thing::all() {
        let mut spellings = vec![thing.name(), thing.short_name()];
        if let Thing::Flag(flag) = thing {
            spellings.extend(flag.field.map(|field| last(field).to_owned()));
        }
        if let Thing::Field(field) = thing {
            spellings.push(last(field.path).to_owned());
        }
        spellings.extend(
            thing
                .files()
                .iter()
                .map(|file| file.rsplit('/').next().unwrap_or_default().to_owned()),
        );
        let scores = spellings
            .iter()
            .map(|name| likeness(&asked, &name.to_lowercase()));
        names.push((scores.fold(0.0, f64::max), thing.name()));
    }
    names.retain(|(score, _)| *score > 0.75);
    names.sort_by(|a, b| b.0.total_cmp(&a.0));
    names.truncate(ENOUGH);
    names.into_iter().map(|(_, name)| name).collect()
}

/// From 0 to 1: by letters, or because one is part of the other.
fn likeness(asked: &str, name: &str) -> f64 {
    let bare = |text: &str| text.trim_start_matches('-').replace('_', "-");
    let (asked, name) = (bare(asked), bare(name));
    let is_part = asked.len() > 3 && name.contains(&*asked);
    strsim::normalized_damerau_levenshtein(&asked, &name).max(if is_part { 0.8 } else { 0.0 })
}

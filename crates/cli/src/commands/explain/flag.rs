//! What there is to say about a component's flag.

use cluster::Component;
use cluster::catalogue::{
    self, AGREEMENTS, AUTHORITIES, CHANNELS, CREDENTIALS, ChannelRow, Failure, Flag, FlagKind,
    Holder, Position, Reload, Rereading, Role, Versions,
};

use super::explanation::{Explanation, Fact, Look, Read, Wrong};
use super::language::{Language, fill};
use super::thing::{KUBERNETES, Thing};

/// Stands for a path that kubeadm does not set.
pub const SOME_FILE: &str = "FILE";

/// How many channels are told of one by one.
const FEW: usize = 4;

/// Explains a flag.
pub fn explain(flag: &'static Flag, language: Language) -> Explanation {
    let name = Thing::Flag(flag).name();
    let uses = uses(&name);
    let mut what = vec![language.say(flag.purpose).to_owned()];
    what.extend(
        catalogue::surprise(flag.component, flag.name).map(|text| language.say(text).to_owned()),
    );
    Explanation {
        kind: "flag",
        what,
        facts: facts(flag, &uses, language),
        read: read(flag, language),
        agrees: agreements(&name, language),
        wrong: wrong(flag, &uses, language),
        look: look(flag, &uses, language),
        without: without(flag, &uses, language),
        see: see(flag, &uses),
        name,
        here: None,
    }
}

/// The channels that rest on something, and its position in each.
pub fn uses(name: &str) -> Vec<(Position, &'static ChannelRow)> {
    let of = |row: &'static ChannelRow| {
        let parts = row.parts().filter(|(_, part)| *part == name);
        parts.map(move |(position, _)| (position, row))
    };
    CHANNELS.iter().flat_map(of).collect()
}

fn facts(flag: &Flag, uses: &[(Position, &ChannelRow)], language: Language) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    let mut add = |key, label: &'static str, value: String| {
        facts.push(Fact {
            key,
            label: language.say(label),
            value,
        });
    };
    let side = side(flag, uses, language);
    if !side.is_empty() {
        add("side", "side", side.join("; "));
    }
    add("default", "default", language.say(flag.default).to_owned());
    if let Some(path) = catalogue::standard(flag.component, flag.name) {
        add("kubeadm", "kubeadm sets", path.to_owned());
    }
    if let Some(field) = flag.field {
        add("field", "as a field", field.to_owned());
    }
    add("value", "value", language.say(kind(flag.kind)).to_owned());
    if flag.versions != Versions::ALL {
        add("versions", "versions", versions(flag.versions, language));
    }
    add("source", "source", flag.source.to_owned());
    facts
}

fn kind(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::Text => "one; of several the last counts",
        FlagKind::Bool => "true or false, behind =; of several the last counts",
        FlagKind::List => "several, with commas or by repeating the flag",
        FlagKind::Repeated => "several, by repeating the flag",
        FlagKind::Urls => "several, with commas; the last flag counts",
    }
}

/// Whether its component is a server or a client with it, and towards whom.
fn side(flag: &Flag, uses: &[(Position, &ChannelRow)], language: Language) -> Vec<String> {
    let towards = |wanted: Position, text: &'static str, other: fn(&ChannelRow) -> Component| {
        let mut names: Vec<&str> = Vec::new();
        for (_, row) in uses.iter().filter(|(position, _)| *position == wanted) {
            let name = other(row).name();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        (!names.is_empty()).then(|| fill(language.say(text), &[&names.join(", ")]))
    };
    let said: Vec<String> = [
        towards(Position::Serving, "server: shown to {}", |row| row.client),
        towards(Position::ClientTrust, "server: verifies {}", |row| {
            row.client
        }),
        towards(Position::Trust, "client: verifies {}", |row| row.server),
        towards(Position::Credential, "client: shown to {}", |row| {
            row.server
        }),
    ]
    .into_iter()
    .flatten()
    .collect();
    match alone(flag).filter(|_| said.is_empty()) {
        Some(text) => vec![language.say(text).to_owned()],
        None => said,
    }
}

/// The side of what is in no channel of a cluster that kubeadm made.
fn alone(flag: &Flag) -> Option<&'static str> {
    match flag.role {
        Role::ServerAuthority(_) => Some("client: verifies a server"),
        Role::ClientAuthority(_) => Some("server: verifies clients"),
        Role::PublishedAuthority(_) => Some("neither: it is handed on to others"),
        Role::Kubeconfig => Some("client: of the server that the kubeconfig names"),
        Role::TokenSigningKey | Role::TokenVerificationKey => Some("neither: tokens, not TLS"),
        Role::NamedPair => Some("server: shown to clients"),
        Role::Certificate { .. } | Role::Key { .. } => Some(match flag.name {
            name if name.starts_with("tls-") => "server: shown to clients",
            name if name.starts_with("cluster-signing-") => "neither: it signs certificates",
            _ => "client: shown to a server",
        }),
        Role::Address | Role::Policy | Role::Directory | Role::Configuration => None,
    }
}

/// `1.36 and later`, `up to 1.30`, `1.31 to 1.35`.
pub fn versions(versions: Versions, language: Language) -> String {
    let text = |(major, minor): (u16, u16)| format!("{major}.{minor}");
    match (versions.since, versions.until) {
        (None, None) => String::new(),
        (Some(since), None) => fill(language.say("{} and later"), &[&text(since)]),
        (None, Some(until)) => fill(language.say("up to {}"), &[&text(until)]),
        (Some(since), Some(until)) if since == until => text(since),
        (Some(since), Some(until)) => fill(language.say("{} to {}"), &[&text(since), &text(until)]),
    }
}

/// When a flag's file is read, or the flag itself.
fn read(flag: &Flag, language: Language) -> Vec<Read> {
    let rows = catalogue::rereading(flag);
    if rows.is_empty() {
        return vec![Read {
            versions: String::new(),
            range: Versions::ALL,
            when: language
                .say("when the process starts; a change needs a restart")
                .to_owned(),
            reload: Reload::Restart.name(),
        }];
    }
    rows.iter().map(|row| rereading(row, language)).collect()
}

/// One row of when something is read again.
pub fn rereading(row: &Rereading, language: Language) -> Read {
    let when = reload(row.reload, language);
    Read {
        versions: versions(row.versions, language),
        range: row.versions,
        when: match row.note {
            "" => when,
            note => [&when, language.semicolon(), language.say(note)].concat(),
        },
        reload: row.reload.name(),
    }
}

/// When something is read, in words.
pub fn reload(reload: Reload, language: Language) -> String {
    match reload {
        Reload::Restart => language.say("when the process starts; a change needs a restart").to_owned(),
        Reload::Watched => language.say("when the process starts, and again within seconds of a change, a minute at the latest").to_owned(),
        Reload::EveryHandshake => language.say("when the process starts, and again for every handshake").to_owned(),
        Reload::EveryConnection(seconds) => fill(
            language.say("when it is first needed, and again for every new connection; open connections are closed within {}"),
            &[&span(seconds, language)],
        ),
        Reload::Every(seconds) => fill(
            language.say("when the process starts, and again within {} of a change"),
            &[&span(seconds, language)],
        ),
        Reload::Ends => language.say("when the process starts; it ends when the file changes, and is started again").to_owned(),
        Reload::Object => language.say("as soon as the object changes").to_owned(),
    }
}

/// A length of time, in words.
fn span(seconds: u32, language: Language) -> String {
    match (seconds / 60, seconds % 60) {
        (1, 0) => language.say("a minute").to_owned(),
        (minutes, 0) => fill(language.say("{} minutes"), &[&minutes.to_string()]),
        _ => fill(language.say("{} seconds"), &[&seconds.to_string()]),
    }
}

/// What something has to agree with.
pub fn agreements(name: &str, language: Language) -> Vec<String> {
    let rows = AGREEMENTS.iter().filter(|row| row.parts.contains(&name));
    rows.map(|row| language.say(row.what).to_owned()).collect()
}

fn wrong(flag: &Flag, uses: &[(Position, &ChannelRow)], language: Language) -> Vec<Wrong> {
    let read = catalogue::loader(flag).map_or(&[][..], catalogue::when_read);
    let rows = read.iter().chain(catalogue::when_set(flag.role));
    let mut wrong: Vec<Wrong> = rows.map(|row| failure(row, language)).collect();
    // A key is read with its certificate; how that fits the other side is the certificate's matter.
    if !matches!(
        flag.role,
        Role::Key { .. } | Role::TokenSigningKey | Role::TokenVerificationKey | Role::Kubeconfig
    ) {
        wrong.extend(used(uses, language));
    }
    wrong
}

/// What happens when something does not fit the other side, each once.
pub fn used(uses: &[(Position, &ChannelRow)], language: Language) -> Vec<Wrong> {
    let mut wrong: Vec<Wrong> = Vec::new();
    for (position, row) in uses {
        for row in catalogue::when_used(*position, row.server) {
            let row = failure(row, language);
            if !wrong.contains(&row) {
                wrong.push(row);
            }
        }
    }
    wrong
}

pub fn failure(row: &Failure, language: Language) -> Wrong {
    Wrong {
        when: language.say(row.when),
        effect: language.say(row.effect),
        says: row.says,
    }
}

fn without(flag: &Flag, uses: &[(Position, &ChannelRow)], language: Language) -> Vec<String> {
    let said = fill(
        language.say("when it is left out: {}"),
        &[language.say(flag.default)],
    );
    let mut without = vec![said];
    without.extend(broken(uses, language));
    without
}

/// What stops when the channels that rest on something fail.
pub fn broken(uses: &[(Position, &ChannelRow)], language: Language) -> Vec<String> {
    let mut rows: Vec<&ChannelRow> = Vec::new();
    for (_, row) in uses
        .iter()
        .filter(|(position, _)| *position != Position::Setting)
    {
        if !rows.iter().any(|other| other.id() == row.id()) {
            rows.push(row);
        }
    }
    let (told, rest) = rows.split_at(rows.len().min(FEW));
    let one = |row: &&ChannelRow| format!("{}: {}", row.id(), language.say(row.without));
    let mut broken: Vec<String> = told.iter().map(one).collect();
    if !rest.is_empty() {
        let names: Vec<String> = rest.iter().map(|row| row.id()).collect();
        broken.push(fill(language.say("and {}"), &[&names.join(", ")]));
    }
    broken
}

fn see(flag: &Flag, uses: &[(Position, &ChannelRow)]) -> Vec<String> {
    let mut see: Vec<String> = Vec::new();
    let mut add = |name: String| {
        if !see.contains(&name) {
            see.push(name);
        }
    };
    match flag.role {
        Role::Certificate { key, .. } => add(format!("{} --{key}", flag.component)),
        Role::Key { certificate } => add(format!("{} --{certificate}", flag.component)),
        _ => {}
    }
    let path = catalogue::standard(flag.component, flag.name);
    path.and_then(owner)
        .into_iter()
        .for_each(|thing| add(thing.name()));
    uses.iter().take(FEW).for_each(|(_, row)| add(row.id()));
    add(word(flag.role).to_owned());
    see
}

/// The word that stands for what a flag holds.
fn word(role: Role) -> &'static str {
    match role {
        Role::Certificate { .. } | Role::NamedPair => "certfile",
        Role::Key { .. } | Role::TokenSigningKey => "keyfile",
        Role::ClientAuthority(_) | Role::ServerAuthority(_) | Role::PublishedAuthority(_) => {
            "cafile"
        }
        Role::Kubeconfig => "kubeconfig",
        _ => "channel",
    }
}

/// Whose file a path is.
pub fn owner(path: &str) -> Option<Thing> {
    let mut all = Thing::all().into_iter();
    all.find(|thing| thing.files().iter().any(|file| file == path))
}

fn look(flag: &Flag, uses: &[(Position, &ChannelRow)], language: Language) -> Vec<Look> {
    let path = catalogue::standard(flag.component, flag.name).unwrap_or(SOME_FILE);
    let mut look = match flag.role {
        Role::Certificate { key, .. } => {
            let key = catalogue::standard(flag.component, key);
            pair(path, key, language)
        }
        Role::Key { certificate } => {
            let certificate = catalogue::standard(flag.component, certificate);
            key(path, certificate, language)
        }
        Role::NamedPair => pair(SOME_FILE, None, language),
        Role::ClientAuthority(_) | Role::ServerAuthority(_) | Role::PublishedAuthority(_) => {
            bundle(path, &counterparts(uses), language)
        }
        Role::TokenSigningKey | Role::TokenVerificationKey => token_keys(language),
        Role::Kubeconfig => kubeconfig(path, language),
        Role::Configuration => vec![command(language, "what is in it", format!("cat {path}"))],
        Role::Address | Role::Policy | Role::Directory => Vec::new(),
    };
    look.extend(where_set(flag, language));
    look
}

/// A command, with what it shows.
pub fn command(language: Language, what: &'static str, command: String) -> Look {
    Look {
        what: language.say(what).to_owned(),
        command,
    }
}

/// The standard files of the certificates on the other side of the channels.
fn counterparts(uses: &[(Position, &ChannelRow)]) -> Vec<&'static str> {
    let mut files: Vec<&'static str> = Vec::new();
    for (position, row) in uses {
        let shown = match position {
            Position::Trust => row.serving,
            Position::ClientTrust => row.credential,
            _ => continue,
        };
        let paths = shown.iter().filter_map(|setting| certificate_of(setting));
        paths.for_each(|path| {
            if !files.contains(&path) {
                files.push(path);
            }
        });
    }
    files
}

/// The standard file of a setting that names a certificate.
fn certificate_of(setting: &str) -> Option<&'static str> {
    let (program, flag) = setting.split_once(" --")?;
    let component = Component::from_program(program)?;
    let row = catalogue::flag(component, flag)?;
    matches!(row.role, Role::Certificate { .. }).then(|| catalogue::standard(component, flag))?
}

/// A certificate and its key.
pub fn pair(certificate: &str, key: Option<&str>, language: Language) -> Vec<Look> {
    let mut look = vec![command(
        language,
        "who it is, who issued it, how long it lasts, which names and uses it has",
        format!(
            "openssl x509 -in {certificate} -noout -subject -issuer -dates -ext subjectAltName,extendedKeyUsage"
        ),
    )];
    look.extend(key.map(|key| sums(key, certificate, language)));
    look.extend(authority_of(certificate).map(|authority| {
        command(
            language,
            "whether its authority vouches for it",
            format!("openssl verify -CAfile {authority} {certificate}"),
        )
    }));
    look
}

/// The CA file of the authority that issues what kubeadm keeps at a path.
fn authority_of(path: &str) -> Option<String> {
    let base = path
        .strip_prefix("/etc/kubernetes/pki/")?
        .strip_suffix(".crt")?;
    let credential = CREDENTIALS
        .iter()
        .find(|row| matches!(row.holder, Holder::Pki(own) if own == base))?;
    let authority = AUTHORITIES
        .iter()
        .find(|row| row.name == credential.authority)?;
    Some(format!("{KUBERNETES}/pki/{}.crt", authority.base))
}

fn sums(key: &str, certificate: &str, language: Language) -> Look {
    command(
        language,
        "two sums that are the same when key and certificate belong together",
        format!(
            "openssl pkey -in {key} -pubout | openssl sha256; openssl x509 -in {certificate} -noout -pubkey | openssl sha256"
        ),
    )
}

/// A private key.
pub fn key(key: &str, certificate: Option<&str>, language: Language) -> Vec<Look> {
    let mut look = vec![command(
        language,
        "whether it is sound, without showing it",
        format!("openssl pkey -in {key} -noout -check"),
    )];
    look.extend(certificate.map(|certificate| sums(key, certificate, language)));
    look.push(command(language, "who may read it", format!("ls -l {key}")));
    look
}

/// CA certificates, and whether they vouch for others.
pub fn bundle(path: &str, others: &[&str], language: Language) -> Vec<Look> {
    let mut look = vec![command(
        language,
        "whose certificates are in it",
        format!("openssl crl2pkcs7 -nocrl -certfile {path} | openssl pkcs7 -print_certs -noout"),
    )];
    look.extend((!others.is_empty()).then(|| {
        command(
            language,
            "whether it vouches for the other side",
            format!("openssl verify -CAfile {path} {}", others.join(" ")),
        )
    }));
    look
}

/// The keys of service account tokens.
pub fn token_keys(language: Language) -> Vec<Look> {
    vec![
        command(
            language,
            "nothing, when the two belong together",
            format!(
                "openssl pkey -in {KUBERNETES}/pki/sa.key -pubout | diff - {KUBERNETES}/pki/sa.pub"
            ),
        ),
        command(
            language,
            "the keys that kube-apiserver checks with",
            "kubectl get --raw /openid/v1/jwks".to_owned(),
        ),
    ]
}

/// A kubeconfig.
pub fn kubeconfig(path: &str, language: Language) -> Vec<Look> {
    let embedded = |field: &str| {
        format!(
            "grep {field} {path} | awk '{{print $2}}' | base64 -d | openssl x509 -noout -subject -issuer -dates"
        )
    };
    let mut look = Vec::new();
    if path != SOME_FILE && !path.ends_with("bootstrap-kubelet.conf") {
        if path.ends_with("kubelet.conf") {
            look.push(command(
                language,
                "the certificate that it shows, when the kubelet renews it itself",
                "openssl x509 -in /var/lib/kubelet/pki/kubelet-client-current.pem -noout -subject -issuer -dates".to_owned(),
            ));
        } else {
            look.push(command(
                language,
                "the certificate that it shows",
                embedded("client-certificate-data:"),
            ));
        }
        look.push(command(
            language,
            "the CA that it trusts",
            embedded("certificate-authority-data:"),
        ));
    }
    look.push(command(
        language,
        "all of it, without secrets",
        format!("kubectl config view --kubeconfig {path}"),
    ));
    look.push(command(
        language,
        "whom the server takes it for",
        format!("kubectl auth whoami --kubeconfig {path}"),
    ));
    look
}

/// Where the flag stands: on the node, and in the cluster.
fn where_set(flag: &Flag, language: Language) -> Vec<Look> {
    let field = flag
        .field
        .map_or(flag.name, |field| field.rsplit('.').next().unwrap_or(field));
    let (here, there) = match flag.component {
        Component::Kubelet => (
            format!(
                "grep -rn -e {field} -e --{}= /var/lib/kubelet/config.yaml /var/lib/kubelet/kubeadm-flags.env",
                flag.name
            ),
            "kubectl get --raw /api/v1/nodes/NODE/proxy/configz".to_owned(),
        ),
        Component::KubeProxy => (
            format!(
                "ps -C kube-proxy -o args= | tr ' ' '\\n' | grep -e --{}",
                flag.name
            ),
            "kubectl -n kube-system get configmap kube-proxy -o yaml".to_owned(),
        ),
        component => (
            format!(
                "grep -n -e --{}= {KUBERNETES}/manifests/{component}.yaml",
                flag.name
            ),
            format!(
                "kubectl -n kube-system get pods -l component={component} -o yaml | grep -e --{}=",
                flag.name
            ),
        ),
    };
    vec![
        command(language, "how it is set on this node", here),
        command(language, "how it is set in the cluster", there),
    ]
}

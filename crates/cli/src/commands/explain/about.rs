//! What there is to say about a thing.

use audit::Cause;
use audit::rules::Rule;
use cluster::catalogue::{
    self, Authority, CHANNELS, CREDENTIALS, ChannelRow, Credential, Field, Flag, Holder, Holds,
    OtherFile, Position, Rereading, STANDARD, Term, Usage, Versions,
};
use cluster::{Component, Loader};

use super::explanation::{Explanation, Fact, Look, Read, Wrong};
use super::flag::{self, SOME_FILE, command};
use super::language::{Language, fill};
use super::thing::{KUBERNETES, Thing};

/// Explains a thing.
pub fn explain(thing: &Thing, language: Language) -> Explanation {
    let explanation = match thing {
        Thing::Term(row) => term(row, language),
        Thing::Component(row) => component(*row, language),
        Thing::Authority(row) => authority(thing, row, language),
        Thing::Credential(row) => credential(thing, row, language),
        Thing::TokenKeys => token_keys(thing, language),
        Thing::File(row) => file(row, language),
        Thing::Channel(row) => channel(row, language),
        Thing::Flag(row) => flag::explain(row, language),
        Thing::Field(row) => field(row, language),
        Thing::Finding(row) => finding(row, language),
        Thing::Cause(row) => cause(*row, language),
    };
    Explanation {
        name: thing.name(),
        kind: thing.kind(),
        ..explanation
    }
}

/// What it is, in one sentence.
pub fn summary(thing: &Thing, language: Language) -> String {
    explain(thing, language)
        .what
        .into_iter()
        .next()
        .unwrap_or_default()
}

fn fact(key: &'static str, label: &'static str, value: String, language: Language) -> Fact {
    Fact {
        key,
        label: language.say(label),
        value,
    }
}

fn texts(list: &[&'static str], language: Language) -> Vec<String> {
    list.iter()
        .map(|text| language.say(text).to_owned())
        .collect()
}

fn term(row: &Term, language: Language) -> Explanation {
    let side = (!row.side.is_empty())
        .then(|| fact("side", "side", language.say(row.side).to_owned(), language));
    let wrong = |(when, effect, says): &(&'static str, &'static str, &'static str)| Wrong {
        when: language.say(when),
        effect: language.say(effect),
        says,
    };
    let look =
        |(what, text): &(&'static str, &'static str)| command(language, what, (*text).to_owned());
    Explanation {
        what: texts(row.what, language),
        facts: side.into_iter().collect(),
        agrees: flag::agreements(row.name, language),
        wrong: row.wrong.iter().map(wrong).collect(),
        look: row.look.iter().map(look).collect(),
        without: match row.without {
            "" => Vec::new(),
            text => vec![language.say(text).to_owned()],
        },
        see: row.see.iter().map(|name| (*name).to_owned()).collect(),
        ..Explanation::default()
    }
}

/// What each program is.
fn program(component: Component) -> &'static str {
    match component {
        Component::KubeApiserver => {
            "The door to the cluster: a server to everybody who wants something of it, and a client of etcd, of kubelets and of API servers behind it."
        }
        Component::Etcd => {
            "Where everything that the cluster knows is kept. It is a server to kube-apiserver; its members are server and client to each other."
        }
        Component::KubeControllerManager => {
            "The controllers. It is a client of kube-apiserver, signs requests with the cluster's CA, and tells every namespace whom to trust."
        }
        Component::KubeScheduler => {
            "It says which node a pod runs on. It is a client of kube-apiserver."
        }
        Component::Kubelet => {
            "The agent of every node: a client of kube-apiserver, and a server to it for logs and shells."
        }
        _ => {
            "It keeps the rules for services on every node. It is a client of kube-apiserver, with a service account's token."
        }
    }
}

fn component(component: Component, language: Language) -> Explanation {
    let rows = CHANNELS
        .iter()
        .filter(|row| row.client == component || row.server == component);
    let rows: Vec<&ChannelRow> = rows.collect();
    let mut look = vec![command(
        language,
        "who connects to it and to whom it connects",
        "kubepki graph".to_owned(),
    )];
    look.push(match component {
        Component::Kubelet => command(language, "its log", "journalctl -u kubelet".to_owned()),
        Component::KubeProxy => command(
            language,
            "its log",
            "kubectl -n kube-system logs -l k8s-app=kube-proxy".to_owned(),
        ),
        _ => command(
            language,
            "its log, also when kube-apiserver is down",
            format!("crictl logs $(crictl ps -a -q --name {component} | head -n 1)"),
        ),
    });
    Explanation {
        what: vec![language.say(program(component)).to_owned()],
        look,
        without: rows
            .iter()
            .map(|row| format!("{}: {}", row.id(), language.say(row.without)))
            .collect(),
        see: catalogue::flags(component)
            .map(|row| Thing::Flag(row).name())
            .collect(),
        ..Explanation::default()
    }
}

/// The flags that kubeadm lets name a file.
fn named_by(path: &str) -> Vec<&'static Flag> {
    let rows = STANDARD.iter().filter(|row| row.2 == path);
    rows.filter_map(|row| catalogue::flag(row.0, row.1))
        .collect()
}

/// When each flag's file is read, each way once, with the flags that it is true of.
fn read(flags: &[&'static Flag], language: Language) -> Vec<Read> {
    let mut reads: Vec<(Read, Vec<String>)> = Vec::new();
    for flag in flags {
        for row in catalogue::rereading(flag) {
            let read = flag::rereading(&row, language);
            let name = Thing::Flag(flag).name();
            match reads
                .iter_mut()
                .find(|(other, _)| other.when == read.when && other.versions == read.versions)
            {
                Some((_, names)) => names.push(name),
                None => reads.push((read, vec![name])),
            }
        }
    }
    let told = |(read, names): (Read, Vec<String>)| Read {
        when: format!("{}: {}", names.join(", "), read.when),
        ..read
    };
    reads.into_iter().map(told).collect()
}

/// The uses of a thing by itself and by the flags that name its files.
fn uses(name: &str, flags: &[&'static Flag]) -> Vec<(Position, &'static ChannelRow)> {
    let mut all = flag::uses(name);
    let named = flags
        .iter()
        .flat_map(|flag| flag::uses(&Thing::Flag(flag).name()));
    all.extend(named);
    all.sort_by_key(|(position, row)| (*position, row.server, row.client));
    all.dedup_by_key(|(position, row)| (*position, row.id()));
    all
}

fn authority(thing: &Thing, row: &Authority, language: Language) -> Explanation {
    let files = thing.files();
    let flags: Vec<&Flag> = files.iter().flat_map(|path| named_by(path)).collect();
    let issued: Vec<&Credential> = CREDENTIALS
        .iter()
        .filter(|one| one.authority == row.name)
        .collect();
    let certificates: Vec<String> = issued
        .iter()
        .filter_map(|one| match one.holder {
            Holder::Pki(base) => Some(format!("{KUBERNETES}/pki/{base}.crt")),
            Holder::Kubeconfig(_) => None,
        })
        .collect();
    let names: Vec<&str> = issued.iter().map(|one| one.name).collect();
    let others: Vec<&str> = certificates.iter().map(String::as_str).collect();
    let mut look = flag::bundle(&files[0], &others, language);
    look.insert(
        1,
        command(
            language,
            "who it is and how long it lasts",
            format!(
                "openssl x509 -in {} -noout -subject -dates -ext basicConstraints",
                files[0]
            ),
        ),
    );
    look.push(command(
        language,
        "every authority, and how long each lasts",
        "kubepki list".to_owned(),
    ));
    let uses = uses(row.name, &flags);
    let mut wrong = vec![
        Wrong {
            when: language.say("it has ended, or was made again with another key"),
            effect: language.say("everything that it issued is refused"),
            says: "x509: certificate signed by unknown authority",
        },
        Wrong {
            when: language.say("somebody else reads its key"),
            effect: language.say("he can make a certificate for anybody"),
            says: "",
        },
    ];
    wrong.extend(flag::used(&uses, language));
    wrong.dedup();
    Explanation {
        what: vec![
            fill(language.say("An authority that vouches for {}."), &[language.say(row.purpose)]),
            language.say("The .crt is public and is what others trust. The .key signs; it is needed only to issue, and may be kept elsewhere.").to_owned(),
        ],
        facts: vec![
            fact("files", "files", files.join(", "), language),
            fact("subject", "subject", format!("CN={}", row.common_name), language),
            fact("issues", "issues", names.join(", "), language),
            fact("named_by", "named by", names_of(&flags), language),
            fact("source", "source", row.source.to_owned(), language),
        ],
        read: read(&flags, language),
        agrees: flag::agreements(row.name, language),
        wrong,
        look,
        without: flag::broken(&uses, language),
        see: names.iter().map(|name| (*name).to_owned()).chain(["cafile".to_owned(), "authority".to_owned()]).collect(),
        ..Explanation::default()
    }
}

fn names_of(flags: &[&'static Flag]) -> String {
    let mut names: Vec<String> = flags.iter().map(|flag| Thing::Flag(flag).name()).collect();
    names.dedup();
    names.join(", ")
}

fn credential(thing: &Thing, row: &Credential, language: Language) -> Explanation {
    let files = thing.files();
    let mut flags: Vec<&Flag> = files.iter().flat_map(|path| named_by(path)).collect();
    flags.dedup_by_key(|flag| (flag.component, flag.name));
    let uses = uses(row.name, &flags);
    let subject = match row.organization {
        Some(organization) => format!("CN={}, O={organization}", row.common_name),
        None => format!("CN={}", row.common_name),
    };
    let is_server = row.usages.contains(&Usage::Server);
    let side = match (is_server, row.usages.contains(&Usage::Client)) {
        (true, true) => "server and client",
        (true, false) => "server",
        _ => "client",
    };
    let (look, second) = match row.holder {
        Holder::Pki(_) => (
            flag::pair(&files[0], Some(&files[1]), language),
            "The .crt is the certificate, which is shown; the .key is its private key, which is secret.",
        ),
        Holder::Kubeconfig(_) => (
            flag::kubeconfig(&files[0], language),
            "A kubeconfig: server, CA, certificate and private key in one file. Whoever reads it is this user.",
        ),
    };
    let mut facts = vec![
        fact("files", "files", files.join(", "), language),
        fact("owner", "shown by", row.owner.to_string(), language),
        fact("side", "side", language.say(side).to_owned(), language),
        fact("subject", "subject", subject, language),
        fact("authority", "issued by", row.authority.to_owned(), language),
    ];
    if !flags.is_empty() {
        facts.push(fact("named_by", "named by", names_of(&flags), language));
    }
    let renewal = if row.renewable {
        "kubeadm certs renew"
    } else {
        "by the kubelet itself, with a request"
    };
    let renewal = if row.renewable {
        format!("{renewal} {}", row.name)
    } else {
        language.say(renewal).to_owned()
    };
    facts.push(fact("renewed", "renewed", renewal, language));
    facts.push(fact("source", "source", row.source.to_owned(), language));
    let read = match read(&flags, language) {
        read if read.is_empty() => vec![by_hand(language)],
        read => read,
    };
    let mut see = vec![row.authority.to_owned()];
    see.extend(uses.iter().map(|(_, channel)| channel.id()));
    see.push("credential".to_owned());
    see.dedup();
    Explanation {
        what: vec![
            fill(
                language.say("The credential of {}."),
                &[language.say(row.purpose)],
            ),
            language.say(second).to_owned(),
        ],
        facts,
        read,
        agrees: flag::agreements(row.name, language),
        wrong: flag::used(&uses, language),
        look,
        without: flag::broken(&uses, language),
        see,
        ..Explanation::default()
    }
}

/// When a file is read that only people and kubeadm use.
fn by_hand(language: Language) -> Read {
    Read {
        versions: String::new(),
        range: Versions::ALL,
        when: language.say("whenever somebody uses it").to_owned(),
        reload: "use",
    }
}

fn token_keys(thing: &Thing, language: Language) -> Explanation {
    let files = thing.files();
    let flags: Vec<&Flag> = files.iter().flat_map(|path| named_by(path)).collect();
    let failures = [Loader::ServiceAccountPrivate, Loader::ServiceAccountPublic]
        .into_iter()
        .flat_map(catalogue::when_read);
    let uses = uses("sa", &flags);
    Explanation {
        what: texts(
            &[
                "The pair of keys that service account tokens are signed and checked with. It is no certificate: it has no name, no issuer and no end.",
                "sa.key signs and is secret; sa.pub checks and is public. All kube-apiservers of a cluster have the same pair.",
            ],
            language,
        ),
        facts: vec![
            fact("files", "files", files.join(", "), language),
            fact("named_by", "named by", names_of(&flags), language),
            fact(
                "side",
                "side",
                language.say("neither: tokens, not TLS").to_owned(),
                language,
            ),
        ],
        read: read(&flags, language),
        agrees: flag::agreements("sa", language),
        wrong: failures.map(|row| flag::failure(row, language)).collect(),
        look: flag::token_keys(language),
        without: flag::broken(&uses, language),
        see: vec![
            "serviceaccount->kube-apiserver".to_owned(),
            "kube-apiserver --service-account-issuer".to_owned(),
            "identity".to_owned(),
        ],
        ..Explanation::default()
    }
}

fn file(row: &OtherFile, language: Language) -> Explanation {
    let flags = named_by(row.path);
    let program = row
        .path
        .rsplit('/')
        .next()
        .and_then(|name| Component::from_program(name.strip_suffix(".yaml")?));
    let look = match row.holds {
        Holds::Certificate => flag::pair(row.path, None, language),
        Holds::Key => flag::key(row.path, None, language),
        Holds::ClientAuthority => flag::token_keys(language),
        _ if row.path.ends_with(".conf") => flag::kubeconfig(row.path, language),
        _ => vec![
            command(language, "what is in it", format!("cat {}", row.path)),
            command(
                language,
                "what is wrong with it",
                "kubepki audit".to_owned(),
            ),
        ],
    };
    let mut facts = Vec::new();
    if !flags.is_empty() {
        facts.push(fact("named_by", "named by", names_of(&flags), language));
    }
    facts.push(fact("source", "source", row.source.to_owned(), language));
    let read = match read(&flags, language) {
        read if read.is_empty() => read_by_itself(row.path, language),
        read => read,
    };
    let mut see: Vec<String> = program
        .map(|component| component.to_string())
        .into_iter()
        .collect();
    see.extend(flags.iter().map(|flag| Thing::Flag(flag).name()));
    see.push("component".to_owned());
    Explanation {
        what: vec![language.say(row.purpose).to_owned()],
        facts,
        read,
        wrong: flags
            .iter()
            .filter_map(|flag| catalogue::loader(flag))
            .flat_map(catalogue::when_read)
            .map(|row| flag::failure(row, language))
            .collect(),
        look,
        without: vec![language.say(row.without).to_owned()],
        see,
        ..Explanation::default()
    }
}

/// When a file is read that no flag names.
fn read_by_itself(path: &str, language: Language) -> Vec<Read> {
    let serving = || catalogue::flag(Component::Kubelet, "tls-cert-file");
    let loader = |loader| catalogue::by_loader(loader);
    let rows = match path {
        _ if path.contains("/manifests/") => {
            return vec![Read {
                versions: String::new(),
                range: Versions::ALL,
                when: language
                    .say("by the kubelet, which watches the folder")
                    .to_owned(),
                reload: "watched",
            }];
        }
        _ if path.ends_with("-current.pem") => loader(Loader::KubeletStore),
        _ if path.contains("/kubelet/pki/") => {
            serving().map_or_else(Vec::new, catalogue::rereading)
        }
        _ => loader(Loader::Configuration),
    };
    rows.iter()
        .map(|row| flag::rereading(row, language))
        .collect()
}

fn channel(row: &ChannelRow, language: Language) -> Explanation {
    let mut facts = Vec::new();
    let mut add = |key, label, list: &[&str]| {
        if !list.is_empty() {
            facts.push(fact(key, label, list.join(", "), language));
        }
    };
    add("server_presents", "server shows", row.serving);
    add("client_trusts", "client trusts", row.trust);
    add("client_presents", "client shows", row.credential);
    add("server_trusts", "server trusts", row.client_trust);
    facts.push(fact(
        "name",
        "checked name",
        language.say(row.name).to_owned(),
        language,
    ));
    facts.push(fact(
        "identity",
        "identity",
        language.say(row.identity).to_owned(),
        language,
    ));
    let own = |position| {
        let row = CHANNELS.iter().find(|other| other.id() == row.id());
        row.map(|row| (position, row))
    };
    let positions = [
        Position::Serving,
        Position::Trust,
        Position::Credential,
        Position::ClientTrust,
    ];
    let uses: Vec<_> = positions.into_iter().filter_map(own).collect();
    let flags = row.parts().filter_map(|(_, part)| by_name(part));
    let flags: Vec<&'static Flag> = flags
        .filter(|flag| catalogue::loader(flag).is_some())
        .collect();
    Explanation {
        what: vec![language.say(row.purpose).to_owned()],
        facts,
        read: read(&flags, language),
        agrees: channel_agreements(row, language),
        wrong: flag::used(&uses, language),
        look: channel_look(row, language),
        without: vec![language.say(row.without).to_owned()],
        see: row
            .parts()
            .filter(|(position, _)| *position == Position::Setting)
            .map(|(_, part)| part.to_owned())
            .chain(["channel".to_owned()])
            .collect(),
        ..Explanation::default()
    }
}

/// The flag that is written `COMPONENT --FLAG`.
fn by_name(part: &str) -> Option<&'static Flag> {
    let (program, flag) = part.split_once(" --")?;
    catalogue::flag(Component::from_program(program)?, flag)
}

/// Agreements between two parts of the channel.
fn channel_agreements(row: &ChannelRow, language: Language) -> Vec<String> {
    let parts: Vec<&str> = row.parts().map(|(_, part)| part).collect();
    let both = |agreement: &&catalogue::Agreement| {
        agreement
            .parts
            .iter()
            .filter(|part| parts.contains(part))
            .count()
            > 1
    };
    let rows = catalogue::AGREEMENTS.iter().filter(both);
    rows.map(|row| language.say(row.what).to_owned()).collect()
}

fn channel_look(row: &ChannelRow, language: Language) -> Vec<Look> {
    let id = row.id();
    let mut look = vec![command(
        language,
        "its ends, and whether it works",
        format!("kubepki graph | grep -A 7 '^{id}'"),
    )];
    let address = match row.server {
        Component::Etcd if row.client == Component::Etcd => "127.0.0.1:2380",
        Component::Etcd => "127.0.0.1:2379",
        Component::Kubelet => "127.0.0.1:10250",
        Component::KubeApiserver => "127.0.0.1:6443",
        _ => {
            look.push(command(
                language,
                "what kube-apiserver says of the others",
                "kubectl get apiservices".to_owned(),
            ));
            return look;
        }
    };
    look.push(command(
        language,
        "the certificate that the server really shows",
        format!("openssl s_client -connect {address} </dev/null 2>/dev/null | openssl x509 -noout -subject -issuer -dates -ext subjectAltName"),
    ));
    let standard = |list: &[&str], certificates: bool| {
        list.iter().find_map(|part| {
            let flag = by_name(part)?;
            let is_certificate = matches!(flag.role, catalogue::Role::Certificate { .. });
            let path = catalogue::standard(flag.component, flag.name)?;
            (is_certificate == certificates).then_some(path)
        })
    };
    let pairs = [
        (
            standard(row.trust, false),
            standard(row.serving, true),
            "whether the client believes the server",
        ),
        (
            standard(row.client_trust, false),
            standard(row.credential, true),
            "whether the server believes the client",
        ),
    ];
    for (bundle, certificate, what) in pairs {
        if let (Some(bundle), Some(certificate)) = (bundle, certificate) {
            look.push(command(
                language,
                what,
                format!("openssl verify -CAfile {bundle} {certificate}"),
            ));
        }
    }
    look
}

fn field(row: &Field, language: Language) -> Explanation {
    let mut facts = vec![
        fact(
            "document",
            "field of",
            row.document.name().to_owned(),
            language,
        ),
        fact(
            "reader",
            "read by",
            language.say(row.document.reader()).to_owned(),
            language,
        ),
        fact(
            "side",
            "side",
            language.say(holder(row.holds)).to_owned(),
            language,
        ),
        fact(
            "default",
            "default",
            language.say(row.default).to_owned(),
            language,
        ),
    ];
    if let Some(flag) = row.document.flag() {
        facts.push(fact("named_by", "named by", flag.to_owned(), language));
    }
    if row.versions != Versions::ALL {
        facts.push(fact(
            "versions",
            "versions",
            flag::versions(row.versions, language),
            language,
        ));
    }
    facts.push(fact("source", "source", row.source.to_owned(), language));
    let name = format!("{} {}", row.document.name(), row.path);
    let reads = row.reload.iter().map(|(versions, reload)| {
        let row = Rereading {
            versions: *versions,
            reload: *reload,
            note: "",
            source: row.source,
        };
        flag::rereading(&row, language)
    });
    Explanation {
        what: vec![language.say(row.purpose).to_owned()],
        facts,
        read: reads.collect(),
        agrees: flag::agreements(&name, language),
        wrong: vec![Wrong {
            when: language.say(row.wrong),
            effect: "",
            says: "",
        }],
        look: field_look(row, language),
        without: vec![fill(
            language.say("when it is left out: {}"),
            &[language.say(row.default)],
        )],
        see: row
            .document
            .flag()
            .map(str::to_owned)
            .into_iter()
            .chain([near(row.holds).to_owned()])
            .collect(),
        ..Explanation::default()
    }
}

/// On which side a field is used.
fn holder(holds: Holds) -> &'static str {
    match holds {
        Holds::ServerAuthority => "client: verifies a server",
        Holds::ClientAuthority => "server: verifies clients",
        Holds::PublishedAuthority => "neither: it is handed on to others",
        Holds::Certificate | Holds::Key => "whoever has it shows it",
        Holds::Token => "client: shown to a server",
        Holds::File | Holds::Address | Holds::Policy => "neither: a setting",
    }
}

fn near(holds: Holds) -> &'static str {
    match holds {
        Holds::ServerAuthority | Holds::ClientAuthority | Holds::PublishedAuthority => "cafile",
        Holds::Certificate => "certfile",
        Holds::Key => "keyfile",
        Holds::Token | Holds::Policy => "identity",
        Holds::File => "kubeconfig",
        Holds::Address => "san",
    }
}

fn field_look(row: &Field, language: Language) -> Vec<Look> {
    use cluster::catalogue::Document;
    let key = row
        .path
        .rsplit('.')
        .next()
        .unwrap_or(row.path)
        .trim_end_matches("[]");
    let mut look = match row.document {
        Document::Kubeconfig => flag::kubeconfig(&format!("{KUBERNETES}/admin.conf"), language),
        Document::KonnectivityServer | Document::KonnectivityAgent => vec![command(
            language,
            "how it is set in the cluster",
            format!(
                "kubectl -n kube-system get pods -o yaml | grep -e {}",
                row.path
            ),
        )],
        document => match document.resource() {
            Some(resource) => vec![command(
                language,
                "what is in it",
                format!("kubectl get {resource} -o yaml"),
            )],
            None => vec![command(
                language,
                "what is in it",
                format!("grep -n {key} {SOME_FILE}"),
            )],
        },
    };
    if matches!(row.holds, Holds::ServerAuthority) && row.document.resource().is_some() {
        look.push(command(language, "whose certificates are in it", "kubectl get … -o jsonpath='{…caBundle}' | base64 -d | openssl x509 -noout -subject -issuer -dates".to_owned()));
    }
    look
}

/// What the codes of a family have in common.
fn family(code: &str) -> (&'static [Cause], &'static [(&'static str, &'static str)]) {
    match code.get(2..4).unwrap_or_default() {
        "01" => (
            &[Cause::MissingFile, Cause::Unreadable],
            &[
                (
                    "the files, and who may read them",
                    "ls -lR /etc/kubernetes/pki",
                ),
                (
                    "what is mounted into a container",
                    "grep -n -A 2 -e hostPath: -e mountPath: /etc/kubernetes/manifests/kube-apiserver.yaml",
                ),
            ],
        ),
        "02" => (
            &[Cause::NameMismatch],
            &[
                (
                    "the names of a certificate",
                    "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName",
                ),
                (
                    "where clients go",
                    "grep -n server: /etc/kubernetes/admin.conf",
                ),
            ],
        ),
        "03" => (
            &[Cause::UntrustedIssuer, Cause::StaleTrust],
            &[
                (
                    "whether an authority vouches for a certificate",
                    "openssl verify -CAfile /etc/kubernetes/pki/ca.crt /etc/kubernetes/pki/apiserver.crt",
                ),
                (
                    "whose certificates are in a file",
                    "openssl crl2pkcs7 -nocrl -certfile /etc/kubernetes/pki/ca.crt | openssl pkcs7 -print_certs -noout",
                ),
            ],
        ),
        "04" => (
            &[Cause::Expired],
            &[
                (
                    "when it starts and ends",
                    "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -dates",
                ),
                ("how long everything lasts", "kubepki list"),
            ],
        ),
        "05" => (
            &[Cause::KeyMismatch, Cause::WeakAlgorithm],
            &[(
                "two sums that are the same when key and certificate belong together",
                "openssl pkey -in /etc/kubernetes/pki/apiserver.key -pubout | openssl sha256; openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -pubkey | openssl sha256",
            )],
        ),
        "06" => (
            &[Cause::WrongUsage, Cause::WrongIdentity],
            &[
                (
                    "who it is and what it is for",
                    "openssl x509 -in /etc/kubernetes/pki/apiserver-kubelet-client.crt -noout -subject -ext extendedKeyUsage",
                ),
                (
                    "whom every server takes it for",
                    "kubepki whoami /etc/kubernetes/pki/apiserver-kubelet-client.crt",
                ),
            ],
        ),
        "07" => (
            &[Cause::Conflict],
            &[(
                "nothing, when the two belong together",
                "openssl pkey -in /etc/kubernetes/pki/sa.key -pubout | diff - /etc/kubernetes/pki/sa.pub",
            )],
        ),
        "08" => (
            &[Cause::Plaintext, Cause::Insecure],
            &[(
                "how a component is started",
                "grep -n -e '- --' /etc/kubernetes/manifests/kube-apiserver.yaml",
            )],
        ),
        _ => (
            &[Cause::Unsupported],
            &[("everything worth knowing, notes too", "kubepki audit -v")],
        ),
    }
}

fn finding(rule: &Rule, language: Language) -> Explanation {
    let (causes, commands) = family(rule.code);
    let mut look = vec![command(
        language,
        "where it is on this node",
        "kubepki audit".to_owned(),
    )];
    look.extend(
        commands
            .iter()
            .map(|(what, text)| command(language, what, (*text).to_owned())),
    );
    Explanation {
        what: vec![
            language.say(rule.title).to_owned(),
            language.say(rule.why).to_owned(),
        ],
        facts: vec![fact(
            "page",
            "page",
            "docs/findings.md".to_owned(),
            language,
        )],
        wrong: causes
            .iter()
            .flat_map(|cause| wrongs(*cause, language))
            .collect(),
        look,
        see: causes
            .iter()
            .map(|cause| cause.to_string())
            .chain(["finding".to_owned()])
            .collect(),
        ..Explanation::default()
    }
}

fn wrongs(cause: Cause, language: Language) -> Vec<Wrong> {
    let one = |says: &&'static str| Wrong {
        when: language.say(cause.meaning()),
        effect: "",
        says,
    };
    match cause.said() {
        [] => vec![Wrong {
            when: language.say(cause.meaning()),
            effect: language.say("nothing is said: everything works"),
            says: "",
        }],
        said => said.iter().map(one).collect(),
    }
}

/// The first code of the family that finds a cause.
fn code(cause: Cause) -> &'static str {
    match cause {
        Cause::MissingFile => "KP0101",
        Cause::NotMounted => "KP0102",
        Cause::Unreadable => "KP0104",
        Cause::NameMismatch => "KP0201",
        Cause::UntrustedIssuer => "KP0301",
        Cause::IncompleteChain => "KP0302",
        Cause::StaleTrust => "KP0303",
        Cause::NotACa => "KP0307",
        Cause::PathLength => "KP0308",
        Cause::NameConstraint => "KP0309",
        Cause::Expired => "KP0401",
        Cause::NotYetValid => "KP0402",
        Cause::Expiring => "KP0403",
        Cause::KeyMismatch => "KP0501",
        Cause::WeakAlgorithm => "KP0503",
        Cause::WrongUsage => "KP0601",
        Cause::WrongIdentity => "KP0602",
        Cause::Conflict => "KP0701",
        Cause::Plaintext | Cause::Insecure => "KP0801",
        Cause::Unsupported => "KP0902",
    }
}

fn cause(cause: Cause, language: Language) -> Explanation {
    let (_, commands) = family(code(cause));
    let mut look = vec![command(
        language,
        "where it is on this node",
        "kubepki audit".to_owned(),
    )];
    look.extend(
        commands
            .iter()
            .map(|(what, text)| command(language, what, (*text).to_owned())),
    );
    let said = wrongs(cause, language).into_iter();
    Explanation {
        what: vec![language.say(cause.meaning()).to_owned()],
        wrong: said.collect(),
        look,
        see: vec![code(cause).to_owned(), "finding".to_owned()],
        ..Explanation::default()
    }
}

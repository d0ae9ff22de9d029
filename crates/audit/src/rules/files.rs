//! Files that are not there, cannot be read, or are not what they have to be.

use std::sync::Arc;

use cluster::kubeconfig::KubeconfigError;
use cluster::material::Origin;
use cluster::process::NoteKind;
use cluster::{Content, KubeconfigUse, Loader, Process, Setting};
use x509::Place;

use super::{Context, Rule, words};
use crate::blame::{self, What, group};
use crate::load::{Fault, Half, Id};
use crate::problem::{Breakage, Problem, Use};
use crate::report::{Cause, Evidence, Finding};

pub(super) const MISSING: Rule = Rule {
    code: "KP0101",
    title: "a file is not there",
    why: "A flag or field names a file that does not exist. Most components end when they start and \
          say \"open PATH: no such file or directory\". The path may be misspelt, or the file was \
          removed.",
    reference: "the loaders of each component, such as staging/src/k8s.io/apiserver/pkg/server/dynamiccertificates",
    cis: &[],
};
pub(super) const NOT_MOUNTED: Rule = Rule {
    code: "KP0102",
    title: "a path is not visible inside the container",
    why: "The components of a control plane run in containers and see only what their manifest mounts. \
          A file may lie on the node and still not be there for them: etcd sees only /etc/kubernetes/pki/etcd, \
          the scheduler only its kubeconfig.",
    reference: "cmd/kubeadm/app/phases/controlplane/volumes.go, phases/etcd/local.go",
    cis: &[],
};
pub(super) const UNREADABLE: Rule = Rule {
    code: "KP0103",
    title: "a file cannot be read",
    why: "Something is at the path, but no file that can be read: a folder, a file without permission, \
          a link that leads in circles.",
    reference: "open(2)",
    cis: &[],
};
pub(super) const CONTENT: Rule = Rule {
    code: "KP0104",
    title: "a file is not what its reader takes",
    why: "An empty or damaged file, the wrong kind of PEM block, a certificate that Go does not parse. \
          Every reader has its own rules: etcd dies of a key in its CA file, kube-apiserver does not; \
          kube-apiserver dies of one bad certificate in its client CA file.",
    reference: "staging/src/k8s.io/client-go/util/cert/io.go, etcd client/pkg/tlsutil/tlsutil.go, Go crypto/tls X509KeyPair",
    cis: &["4.2.3"],
};
pub(super) const HALF_PAIR: Rule = Rule {
    code: "KP0105",
    title: "only one half of a pair is set",
    why: "A certificate is of no use without its key. Most components end when only one of the two flags \
          is set; for the front proxy's pair kube-apiserver silently presents nothing.",
    reference: "staging/src/k8s.io/apiserver/pkg/server/options/serving.go",
    cis: &["1.2.4", "1.2.23", "1.2.24", "2.1", "2.4", "4.2.9"],
};
pub(super) const KUBECONFIG: Rule = Rule {
    code: "KP0106",
    title: "a kubeconfig that client-go refuses",
    why: "The file is read when the component starts. A context that does not exist, two forms of the same \
          field or a broken line end the component before it connects to anything.",
    reference: "staging/src/k8s.io/client-go/tools/clientcmd/validation.go",
    cis: &[],
};
pub(super) const NOT_STARTED: Rule = Rule {
    code: "KP0107",
    title: "a manifest that does not start its component",
    why: "The kubelet starts what the manifest says, or nothing when it cannot read it or a volume is not \
          there; the component ends by itself when it does not know a flag, or does not take what one says.",
    reference: "pkg/kubelet/config/file.go, pkg/volume/hostpath/host_path.go, and the options of each component",
    cis: &[],
};

/// What could be loaded so differently that it is another mistake.
#[derive(Clone, PartialEq)]
enum Kind {
    Missing,
    NotMounted,
    Unreadable,
    Content,
}

/// What counts as one mistake.
#[derive(PartialEq)]
enum Mistake {
    /// Something is wrong with a file.
    File((Option<usize>, Id), Kind),
    /// A folder of the node that a volume brings in is not there, and so nothing below it.
    Folder(usize, String),
    /// A folder is not visible in a container, and so nothing below it.
    NotMounted(Option<usize>, Place, String),
}

pub(super) fn findings(context: &Context<'_, '_>, breakages: &[Breakage<'_>]) -> Vec<Finding> {
    let loads = group(breakages, |breakage| mistake(context, breakage));
    let halves = group(breakages, |breakage| match &breakage.problem {
        Problem::HalfPair { set, .. } => Some(blame::ids(set)),
        _ => None,
    });
    let kubeconfigs = group(breakages, |breakage| match &breakage.problem {
        Problem::Kubeconfig { used, node, .. } => Some((*node, used.source.place())),
        _ => None,
    });
    let starts = group(breakages, |breakage| match &breakage.problem {
        Problem::NotStarted {
            component, node, ..
        } => Some((*component, *node)),
        _ => None,
    });
    let loads = loads.iter().map(|group| match &group.key {
        Mistake::File(_, kind) => load(context, kind, &group.breakages),
        Mistake::NotMounted(..) => load(context, &Kind::NotMounted, &group.breakages),
        Mistake::Folder(..) => folder(context, &group.breakages)
            .unwrap_or_else(|| load(context, &Kind::Missing, &group.breakages)),
    });
    let halves = halves
        .iter()
        .filter_map(|group| half(context, &group.breakages));
    let kubeconfigs = kubeconfigs
        .iter()
        .filter_map(|group| kubeconfig(context, &group.breakages));
    let starts = starts
        .iter()
        .filter_map(|group| not_started(context, &group.breakages));
    loads
        .chain(halves)
        .chain(kubeconfigs)
        .chain(starts)
        .collect()
}

fn mistake(context: &Context<'_, '_>, breakage: &Breakage<'_>) -> Option<Mistake> {
    let Problem::Load {
        what, half, fault, ..
    } = &breakage.problem
    else {
        return None;
    };
    let kind = kind(*half, fault)?;
    let volume = volume(context, what).filter(|_| kind == Kind::Missing);
    Some(match (&what.material.origin, volume) {
        (_, Some((node, volume))) => Mistake::Folder(node, volume.value.clone()),
        (Origin::NotMounted { path, mounts }, _) => {
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            Mistake::NotMounted(what.node, mounts.clone(), folder.to_owned())
        }
        _ => Mistake::File(blame::ids(what), kind),
    })
}

/// The volume that should bring a file in, when not even its own path is there; and its node.
fn volume<'a>(context: &Context<'_, 'a>, used: &Use<'a>) -> Option<(usize, &'a Setting)> {
    let naming = used.naming()?;
    let path = used.material.path()?;
    let file = used.material.file()?;
    let nodes = context.inventory.nodes.iter().enumerate();
    let mut nodes = nodes.filter(|(index, _)| used.node.is_none_or(|node| node == *index));
    nodes.find_map(|(index, node)| {
        let mut processes = node.processes.values();
        let names = |process: &&Process| process.manifest.place().path == naming.place.path;
        let volume = processes.find(names)?.volume(path)?;
        let is_above = file.path.starts_with(&format!("{}/", volume.value));
        let is_missing = node.files.get(&volume.value).content == Content::Missing;
        (is_above && is_missing).then_some((index, volume))
    })
}

fn folder(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let (first, _) = used(breakages.first()?)?;
    let (node, volume) = volume(context, &first)?;
    let node = Some(node);
    let who = context.who(first.by, first.node);
    let path = &volume.value;
    let message = format!("{path} is not there, but {who} needs what should be below it");
    let uses: Vec<Use<'_>> = breakages
        .iter()
        .filter_map(|breakage| used(breakage))
        .map(|(used, _)| used)
        .collect();
    let setting = context.at_setting(node, volume, "mounted from here");
    let mut evidence = named(context, &uses, "looked for below it");
    match path.starts_with("/etc/kubernetes/pki") {
        true => {
            let place = Place::file(path.as_str());
            evidence.insert(0, context.at_place(node, place, "is not there"));
            evidence.insert(1, setting);
        }
        false => evidence.insert(0, setting),
    }
    let remedy = "let the volume's hostPath name the folder that holds the files".to_owned();
    Some(context.finding(
        &MISSING,
        Cause::MissingFile,
        breakages,
        message,
        evidence,
        remedy,
    ))
}

/// Which rule of this family is meant; the keys' own are elsewhere.
fn kind(half: Half, fault: &Fault) -> Option<Kind> {
    use verify::load::LoadError;
    Some(match fault {
        Fault::Missing => Kind::Missing,
        Fault::NotMounted => Kind::NotMounted,
        Fault::Unreadable(_) => Kind::Unreadable,
        Fault::Content(LoadError::KeyForCertificate | LoadError::CertificateForKey) => return None,
        Fault::Content(_) if half == Half::Both => return None,
        Fault::Empty
        | Fault::Content(_)
        | Fault::NoRevocationList
        | Fault::SeveralCertificates(_) => Kind::Content,
        Fault::NotCollected | Fault::NotSet => return None,
    })
}

fn load(context: &Context<'_, '_>, kind: &Kind, breakages: &[&Breakage<'_>]) -> Finding {
    let uses: Vec<(Use<'_>, Loader)> = breakages
        .iter()
        .filter_map(|breakage| used(breakage))
        .collect();
    // A group has at least one breakage, and every breakage of these groups has its use.
    let Some((first, loader)) = uses.first().copied() else {
        return context.finding(
            &MISSING,
            Cause::MissingFile,
            breakages,
            String::new(),
            Vec::new(),
            String::new(),
        );
    };
    let path = words::place(first.material);
    let who = context.who(first.by, first.node);
    let uses: Vec<Use<'_>> = uses.iter().map(|(used, _)| *used).collect();
    match kind {
        Kind::Missing => missing(context, breakages, &uses, &path),
        Kind::NotMounted => {
            let mut paths: Vec<&Arc<str>> = uses
                .iter()
                .filter_map(|used| used.material.path())
                .collect();
            paths.sort_unstable();
            paths.dedup();
            let several = paths.len() > 1;
            let what = match (several, path.rsplit_once('/')) {
                (true, Some((folder, _))) => format!("what is in {folder}"),
                _ => path.clone(),
            };
            let message = format!("{who} cannot see {what}: nothing mounts it into the container");
            let remedy =
                "name a path below one of the container's volumeMounts, or mount the folder"
                    .to_owned();
            let mut evidence = named(context, &uses, "not visible in the container");
            if let Origin::NotMounted { mounts, .. } = &first.material.origin {
                let mounts =
                    context.at_place(first.node, mounts.clone(), "what the container sees");
                let at = if several { 0 } else { evidence.len() };
                evidence.insert(at, mounts);
            }
            context.finding(
                &NOT_MOUNTED,
                Cause::NotMounted,
                breakages,
                message,
                evidence,
                remedy,
            )
        }
        Kind::Unreadable => {
            let message = format!("{path} cannot be read");
            let said = breakages
                .first()
                .map(|breakage| breakage.said.clone())
                .unwrap_or_default();
            let evidence = content_first(context, &uses, &said, "named here");
            let remedy = format!("make {path} a file that {who} may read");
            context.finding(
                &UNREADABLE,
                Cause::Unreadable,
                breakages,
                message,
                evidence,
                remedy,
            )
        }
        Kind::Content => content(context, breakages, &uses, loader, &path),
    }
}

fn missing(
    context: &Context<'_, '_>,
    breakages: &[&Breakage<'_>],
    uses: &[Use<'_>],
    path: &str,
) -> Finding {
    let who = uses
        .first()
        .map(|used| context.who(used.by, used.node))
        .unwrap_or_default();
    let is_manifest = path.contains("/manifests/");
    let (message, remedy) = match is_manifest {
        true => (
            format!("the manifest of {who} is not there, so it does not run"),
            format!(
                "put the manifest back: kubeadm init phase control-plane, or etcd, writes {path}"
            ),
        ),
        false => (
            format!("{path} is not there, but {who} needs it"),
            format!("put {path} back, or name the file that is meant"),
        ),
    };
    let named = named(context, uses, "no such file");
    let evidence = match blame::is_standard(path) || named.is_empty() {
        true => content_first(context, uses, "is not there", "named here"),
        false => named,
    };
    context.finding(
        &MISSING,
        Cause::MissingFile,
        breakages,
        message,
        evidence,
        remedy,
    )
}

fn content(
    context: &Context<'_, '_>,
    breakages: &[&Breakage<'_>],
    uses: &[Use<'_>],
    loader: Loader,
    path: &str,
) -> Finding {
    let said = breakages.first().map(|breakage| match &breakage.problem {
        Problem::Load {
            fault: Fault::Empty,
            ..
        } => "it is empty".to_owned(),
        _ => breakage.said.clone(),
    });
    let said = said.unwrap_or_default();
    let who = uses
        .first()
        .map(|used| context.who(used.by, used.node))
        .unwrap_or_default();
    let is_list = |breakage: &&Breakage<'_>| {
        let problem = &breakage.problem;
        matches!(
            problem,
            Problem::Load {
                fault: Fault::NoRevocationList,
                ..
            }
        )
    };
    let wanted = match breakages.first().is_some_and(is_list) {
        true => "a list of revoked certificates in DER",
        false => wanted(loader),
    };
    let is_misnamed = uses
        .iter()
        .any(|used| context.judgement.what_to_change(used) == What::Setting);
    let evidence = match is_misnamed {
        true => named(context, uses, &format!("names a file that is not {wanted}")),
        false => content_first(
            context,
            uses,
            &format!("not {wanted}"),
            "read because of this",
        ),
    };
    let message = format!("{who} cannot use {path}: {said}");
    let remedy = match is_misnamed {
        true => format!("name a file that holds {wanted}"),
        false => format!("put {wanted} there"),
    };
    context.finding(
        &CONTENT,
        Cause::Unreadable,
        breakages,
        message,
        evidence,
        remedy,
    )
}

/// What a reader wants, in a few words.
fn wanted(loader: Loader) -> &'static str {
    match loader {
        Loader::DynamicCa | Loader::StrictPool | Loader::ClientGoCa | Loader::EtcdPool => {
            "CA certificates as PEM"
        }
        Loader::SigningPair => "one CA certificate and its key as PEM",
        Loader::DynamicPair | Loader::ClientGoPair | Loader::EtcdPair | Loader::KubeletStore => {
            "a certificate and its unencrypted key as PEM"
        }
        Loader::ServiceAccountPublic => "an RSA or ECDSA public key as PEM",
        Loader::ServiceAccountPrivate => "an RSA or ECDSA private key as PEM",
        Loader::Kubeconfig => "a kubeconfig",
        Loader::Configuration => "a configuration file",
    }
}

fn half(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::HalfPair { set, missing } = &breakages.first()?.problem else {
        return None;
    };
    let (there, absent) = match missing {
        Half::Certificate => ("key", "certificate"),
        _ => ("certificate", "key"),
    };
    let who = context.who(set.by, set.node);
    let message = format!("{who} is given a {there} without its {absent}");
    let label = format!("set without the {absent}");
    let evidence = context
        .at_naming(set, &label)
        .unwrap_or_else(|| context.at_content(set, &label));
    let remedy = format!("set the flag for the {absent} too");
    Some(context.finding(
        &HALF_PAIR,
        Cause::MissingFile,
        breakages,
        message,
        vec![evidence],
        remedy,
    ))
}

fn kubeconfig(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::Kubeconfig { used, by, node } = &breakages.first()?.problem else {
        return None;
    };
    let error = used.parsed.as_ref().err()?;
    let cause = match error {
        KubeconfigError::Absent => Cause::MissingFile,
        KubeconfigError::Empty | KubeconfigError::Malformed { .. } => Cause::Unreadable,
        KubeconfigError::ContextNotFound { .. } | KubeconfigError::Invalid { .. } => {
            Cause::Conflict
        }
    };
    let who = context.who(*by, *node);
    let message = format!("{who} cannot use {}: {error}", used.source.place());
    let evidence = kubeconfig_evidence(context, used, error, *node);
    let remedy = match error {
        KubeconfigError::Empty => {
            "write the kubeconfig again; a volume of type FileOrCreate makes an empty file when there is none"
        }
        KubeconfigError::ContextNotFound { .. } => "let current-context name one of the contexts",
        _ => "correct the field, or write the kubeconfig again",
    };
    Some(context.finding(
        &KUBECONFIG,
        cause,
        breakages,
        message,
        evidence,
        remedy.to_owned(),
    ))
}

fn kubeconfig_evidence(
    context: &Context<'_, '_>,
    used: &KubeconfigUse,
    error: &KubeconfigError,
    node: Option<usize>,
) -> Vec<Evidence> {
    let place = error
        .place()
        .cloned()
        .unwrap_or_else(|| used.source.place());
    let mut evidence = vec![context.at_place(node, place, "refused")];
    let naming = used
        .source
        .setting
        .as_ref()
        .filter(|setting| setting.is_written());
    evidence
        .extend(naming.map(|setting| context.at_setting(node, setting, "read because of this")));
    evidence
}

fn not_started(context: &Context<'_, '_>, breakages: &[&Breakage<'_>]) -> Option<Finding> {
    let Problem::NotStarted {
        component,
        node,
        note,
    } = &breakages.first()?.problem
    else {
        return None;
    };
    let who = context.who(*component, Some(*node));
    let cause = match note.kind {
        NoteKind::Unsupported => Cause::Unsupported,
        NoteKind::NotStarted => Cause::NotMounted,
        NoteKind::Conflict => Cause::Conflict,
        _ => Cause::Unreadable,
    };
    let message = format!("{who} does not start: {}", note.message);
    let evidence = vec![context.at_place(Some(*node), note.place.clone(), "because of this")];
    let remedy = "correct the manifest; the kubelet starts it again by itself".to_owned();
    Some(context.finding(&NOT_STARTED, cause, breakages, message, evidence, remedy))
}

fn used<'a>(breakage: &Breakage<'a>) -> Option<(Use<'a>, Loader)> {
    match &breakage.problem {
        Problem::Load { what, loader, .. } => Some((*what, *loader)),
        _ => None,
    }
}

/// The flags and fields that name the file, or the file where nothing does.
fn named<'a>(context: &Context<'_, 'a>, uses: &[Use<'a>], label: &str) -> Vec<Evidence> {
    let named: Vec<Evidence> = uses
        .iter()
        .filter_map(|used| context.at_naming(used, label))
        .collect();
    match (named.is_empty(), uses.first()) {
        (true, Some(first)) => vec![context.at_content(first, label)],
        _ => named,
    }
}

/// The file, then what names it.
fn content_first<'a>(
    context: &Context<'_, 'a>,
    uses: &[Use<'a>],
    label: &str,
    naming: &str,
) -> Vec<Evidence> {
    let content = uses.first().map(|used| context.at_content(used, label));
    let named = uses
        .iter()
        .filter_map(|used| context.at_naming(used, naming));
    content.into_iter().chain(named).collect()
}

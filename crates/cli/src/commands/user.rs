//! `kubepki user`: kubeconfigs for people.

use std::path::PathBuf;
use std::time::Duration;

use audit::Identity;
use authority::signing::{Allowances, Refusal, Term, check_groups};
use authority::{IssueError, KeyAlgorithm, Kind, Names, PrivateKey, Profile, Signer, Subject};
use change::given::to_pem;
use change::kubeconfig::{Credential, Kubeconfig};
use cluster::catalogue::Usage;
use time::UtcDateTime;
use zeroize::Zeroizing;

use super::Outcome;
use crate::ca::{Ca, CaArgs};
use crate::error::CliError;
use crate::show::rfc3339;
use crate::{output, show};

/// Arguments of `kubepki user`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Make a key, a certificate and the kubeconfig that holds them.
    Create(Box<Create>),
}

/// Arguments of `kubepki user create`.
#[derive(Debug, clap::Args)]
struct Create {
    /// The name of the user.
    #[arg(value_name = "NAME", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    name: String,

    /// A group that the user is in; may be given several times.
    #[arg(long, value_name = "GROUP", value_delimiter = ',',
        value_parser = clap::builder::NonEmptyStringValueParser::new())]
    group: Vec<String>,

    /// How long it lasts, such as 8h; never longer than the authority.
    #[arg(long, value_name = "DURATION", default_value = "8h",
        value_parser = super::sign::lifetime)]
    ttl: Duration,

    /// The URL of the API server; default as the tree's admin.conf has it.
    #[arg(long, value_name = "URL")]
    server: Option<String>,

    /// The name of the cluster in the kubeconfig.
    #[arg(long, value_name = "NAME", default_value = "kubernetes")]
    cluster_name: String,

    /// The kind of key: ECDSA-P256, ECDSA-P384, Ed25519, RSA-2048, RSA-3072 or RSA-4096.
    #[arg(long, value_name = "KIND", default_value = "ECDSA-P256", value_parser = super::init::wish::algorithm)]
    key_algorithm: KeyAlgorithm,

    /// Let the user be in the group system:masters.
    #[arg(long)]
    allow_system_masters: bool,

    /// Write it to a file, which is not there yet, rather than to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    authority: CaArgs,
}

/// Makes what was asked for.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    match &args.command {
        Command::Create(create) => create.run(quiet),
    }
}

impl Create {
    fn run(&self, quiet: bool) -> Result<Outcome, CliError> {
        let profile = self.profile();
        let allowed = Allowances {
            system_masters: self.allow_system_masters,
        };
        if let Err(refusal) = check_groups(&profile.subject, allowed) {
            return Ok(refuse(&refusal));
        }
        let ca = self.authority.read(Some("ca"))?;
        let server = self.server()?;
        let at = UtcDateTime::now();
        let term = Term::new(&ca.authority, at, self.ttl);
        let (certificate, key) = match self.issue(&ca, &profile, &term, at) {
            Ok(pair) => pair,
            Err(error) => {
                show::failure(&error.to_string(), None);
                return Ok(Outcome::Found);
            }
        };
        let kubeconfig = Kubeconfig {
            cluster: &self.cluster_name,
            server: &server,
            ca: Some(&to_pem(&ca.bundle)),
            user: &self.name,
            credential: Credential::Certificate {
                certificate: &certificate,
                key: &key,
            },
        };
        let text = kubeconfig.to_text();
        output::write(self.out.as_deref(), output::PRIVATE, text.as_bytes())?;
        if !quiet {
            self.tell(&term);
        }
        Ok(Outcome::Clean)
    }

    fn profile(&self) -> Profile {
        Profile {
            subject: Subject {
                organizations: self.group.clone(),
                common_name: self.name.clone(),
            },
            kind: Kind::Leaf(vec![Usage::Client]),
            names: Names::default(),
        }
    }

    /// The certificate, with those above it but the root, and its key.
    fn issue(
        &self,
        ca: &Ca,
        profile: &Profile,
        term: &Term,
        at: UtcDateTime,
    ) -> Result<(String, Zeroizing<String>), IssueError> {
        let key = PrivateKey::generate(self.key_algorithm)?;
        let authority = &ca.authority;
        let issued = authority.issue(profile, key.public_key(), term.validity, at)?;
        Ok((ca.pem(issued), key.to_pem()?))
    }

    fn server(&self) -> Result<String, CliError> {
        match &self.server {
            Some(server) => Ok(server.clone()),
            None => {
                let node = self.authority.node.read()?;
                Ok(self.authority.node.control_plane(&node).endpoint()?.server)
            }
        }
    }

    /// Who the bearer of the kubeconfig is, and what should be known of that.
    fn tell(&self, term: &Term) {
        let identity = Identity::new(&self.name, self.group.clone()).authenticated();
        let until = rfc3339(term.validity.not_after);
        show::note(&format!(
            "its bearer is the user \"{}\" in the groups {}, until {until}",
            self.name,
            identity.groups.join(", ")
        ));
        if term.is_cut {
            show::note("that is when the authority ends, and earlier than was wanted");
        }
        show::note(
            "it cannot be revoked: Kubernetes does not check revocation; what RBAC binds to the user \
             and the groups can be taken back",
        );
        let odd = self.group.iter().filter_map(|group| remark(group, GROUPS));
        for remark in remark(&self.name, USERS).into_iter().chain(odd) {
            show::note(&remark);
        }
    }
}

/// What is to be known of names that Kubernetes has a meaning for: their beginning, and the words.
type Remarks = &'static [(&'static str, &'static str)];

const USERS: Remarks = &[
    ("system:node:", "it is taken for a kubelet's"),
    (
        "system:kube-",
        "it is a component's own, with everything that RBAC binds to that",
    ),
    (
        "system:serviceaccount:",
        "it is a service account's, which have tokens",
    ),
    ("system:", "names that begin like this are Kubernetes' own"),
];

const GROUPS: Remarks = &[
    (
        "system:masters",
        "nothing can take from it what it may do, but another CA",
    ),
    (
        "system:nodes",
        "kube-apiserver takes its members for kubelets",
    ),
    ("system:", "names that begin like this are Kubernetes' own"),
    (
        "kubeadm:cluster-admins",
        "kubeadm binds it to cluster-admin, which may do everything",
    ),
];

fn remark(name: &str, remarks: Remarks) -> Option<String> {
    let found = remarks.iter().find(|(start, _)| name.starts_with(start));
    found.map(|(_, words)| format!("`{name}`: {words}"))
}

fn refuse(refusal: &Refusal) -> Outcome {
    let hint = super::sign::hint(refusal);
    show::failure(&format!("no such user is made: {refusal}"), hint);
    Outcome::Found
}

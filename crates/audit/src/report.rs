//! What an audit says: verdicts, identities and findings.

use std::fmt;
use std::sync::Arc;

use cluster::objects::Named;
use cluster::setting::Mark;
use time::UtcDateTime;
use x509::Place;

use crate::identity::Identity;

pub use cluster::draw::Verdict;

/// The result of an audit.
#[derive(Clone, Debug)]
pub struct Report {
    /// The moment it was judged by.
    pub at: UtcDateTime,
    /// How many different certificates were looked at.
    pub certificates: usize,
    /// Every channel, in the graph's order.
    pub channels: Vec<Judged>,
    /// Every mistake once, the worst first.
    pub findings: Vec<Finding>,
}

/// How much of everything there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Different certificates.
    pub certificates: usize,
    /// Channels.
    pub channels: usize,
    /// Channels that do not do their job.
    pub failing: usize,
    /// Channels of which nobody can say.
    pub unknown: usize,
    /// Findings of severity error.
    pub error: usize,
    /// Findings of severity warning.
    pub warning: usize,
    /// Findings of severity note.
    pub note: usize,
}

/// A channel with its verdict.
#[derive(Clone, Debug)]
pub struct Judged {
    /// `CLIENT->SERVER`.
    pub id: String,
    /// Who connects.
    pub client: String,
    /// Who answers.
    pub server: String,
    /// Where the client connects to first, when something says so.
    pub address: Option<String>,
    /// Whether it does its job: handshake, authentication, and the identity its role needs.
    pub verdict: Verdict,
    /// What the side that refuses says.
    pub error: Option<String>,
    /// Whom the server takes the client for.
    pub identity: Option<Identity>,
    /// Whether nobody makes the connection today.
    pub latent: bool,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It will break something, or it leaves something open.
    Warning,
    /// It breaks something.
    Error,
}

/// What kind of mistake it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYetValid,
    /// Its time is over soon.
    Expiring,
    /// Its issuer is not trusted where it is presented.
    UntrustedIssuer,
    /// An intermediate is not sent along.
    IncompleteChain,
    /// It signs, but may not.
    NotACa,
    /// More authorities in a row than one of them allows.
    PathLength,
    /// A name outside what an authority may vouch for.
    NameConstraint,
    /// The certificate does not name what is dialled.
    NameMismatch,
    /// The certificate is not for this use.
    WrongUsage,
    /// The certificate makes its bearer somebody else than the role needs.
    WrongIdentity,
    /// Key and certificate do not belong together.
    KeyMismatch,
    /// An algorithm or key that Go refuses.
    WeakAlgorithm,
    /// A file is not there.
    MissingFile,
    /// A file cannot be read, or is not what it has to be.
    Unreadable,
    /// A path is not visible inside the container.
    NotMounted,
    /// A connection without TLS.
    Plaintext,
    /// A protection is switched off.
    Insecure,
    /// Trust in what has been replaced.
    StaleTrust,
    /// Two things that should agree do not.
    Conflict,
    /// The component does not take it in this version.
    Unsupported,
}

/// A rule of the table: what docs/findings.md and explanations are made from.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// `KP` and four digits; the first two are the family.
    pub code: &'static str,
    /// What it finds, in a few words.
    pub title: &'static str,
    /// Why it matters and how one comes by it.
    pub why: &'static str,
    /// Where the rule comes from: files of Kubernetes, of etcd or of Go, sections of an RFC.
    pub reference: &'static str,
    /// The rows of the CIS Kubernetes Benchmark 1.10 that it answers.
    pub cis: &'static [&'static str],
}

/// One mistake.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// What kind of mistake it is.
    pub cause: Cause,
    /// How bad it is.
    pub severity: Severity,
    /// The ids of the channels it breaks, in the graph's order.
    pub channels: Vec<String>,
    /// What is wrong, in a sentence without a full stop.
    pub message: String,
    /// Where; the first is the file that has to change.
    pub evidence: Vec<Evidence>,
    /// What components say because of it, in their words.
    pub said: Vec<String>,
    /// What to do.
    pub remedy: String,
}

/// A place, and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The node, when several were given.
    pub node: Option<Arc<str>>,
    /// The API object, when it is one's.
    pub object: Option<Arc<Named>>,
    /// The file on the node, the dump, or the object's address; and the line when it has lines.
    pub place: Place,
    /// The flag or field.
    pub flag: Option<Arc<str>>,
    /// The value, when it stands there literally.
    pub mark: Option<Mark>,
    /// What there is to say.
    pub label: String,
}

impl Report {
    /// Counts.
    pub fn summary(&self) -> Summary {
        let channels = |verdict| {
            self.channels
                .iter()
                .filter(|channel| channel.verdict == verdict)
                .count()
        };
        let findings = |severity| {
            self.findings
                .iter()
                .filter(|finding| finding.severity == severity)
                .count()
        };
        Summary {
            certificates: self.certificates,
            channels: self.channels.len(),
            failing: channels(Verdict::Fails),
            unknown: channels(Verdict::Unknown),
            error: findings(Severity::Error),
            warning: findings(Severity::Warning),
            note: findings(Severity::Note),
        }
    }

    /// The verdict of the channel with this id.
    pub fn verdict(&self, id: &str) -> Option<Verdict> {
        self.channels
            .iter()
            .find(|channel| channel.id == id)
            .map(|channel| channel.verdict)
    }
}

impl Evidence {
    /// The line that is pointed at.
    pub fn line(&self) -> Option<u32> {
        self.mark.map(|mark| mark.line).or(self.place.line)
    }

    /// The column that is pointed at.
    pub fn column(&self) -> Option<u32> {
        self.mark.map(|mark| mark.column).or(self.place.column)
    }
}

impl Severity {
    /// `error`, `warning` or `note`.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

impl Cause {
    /// Every kind of mistake.
    pub const ALL: [Cause; 21] = [
        Cause::Expired,
        Cause::NotYetValid,
        Cause::Expiring,
        Cause::UntrustedIssuer,
        Cause::IncompleteChain,
        Cause::NotACa,
        Cause::PathLength,
        Cause::NameConstraint,
        Cause::NameMismatch,
        Cause::WrongUsage,
        Cause::WrongIdentity,
        Cause::KeyMismatch,
        Cause::WeakAlgorithm,
        Cause::MissingFile,
        Cause::Unreadable,
        Cause::NotMounted,
        Cause::Plaintext,
        Cause::Insecure,
        Cause::StaleTrust,
        Cause::Conflict,
        Cause::Unsupported,
    ];

    /// What it means, in a sentence.
    pub fn meaning(self) -> &'static str {
        match self {
            Cause::Expired => "The time of a certificate is over; whoever verifies it refuses it.",
            Cause::NotYetValid => {
                "The time of a certificate has not come, or the clock of the node is behind."
            }
            Cause::Expiring => {
                "The time of a certificate is over soon: it works today, and has to be renewed."
            }
            Cause::UntrustedIssuer => {
                "Whoever verifies a certificate does not have its issuer among the CA certificates it was given."
            }
            Cause::IncompleteChain => {
                "A certificate between the leaf and the root is not sent along, so that nobody can follow the chain."
            }
            Cause::NotACa => "A certificate signs others and says of itself that it may not.",
            Cause::PathLength => {
                "There are more authorities between root and leaf than one of them allows."
            }
            Cause::NameConstraint => {
                "A certificate has a name that an authority above it may not vouch for."
            }
            Cause::NameMismatch => {
                "A server's certificate does not name the host that clients dial."
            }
            Cause::WrongUsage => {
                "A certificate is not for this use: a client's is shown by a server, or the other way round."
            }
            Cause::WrongIdentity => {
                "A certificate makes its bearer another user, or a member of other groups, than its job needs."
            }
            Cause::KeyMismatch => "A private key does not belong to the certificate beside it.",
            Cause::WeakAlgorithm => "Go refuses the algorithm or the length of the key.",
            Cause::MissingFile => "A flag or field names a file that is not there.",
            Cause::Unreadable => {
                "A file is there and cannot be read, or is not what its reader takes."
            }
            Cause::NotMounted => {
                "A file lies on the node, but nothing mounts it into the container that needs it."
            }
            Cause::Plaintext => "A connection is made without TLS.",
            Cause::Insecure => "A protection is switched off, or lets in more than it should.",
            Cause::StaleTrust => {
                "Somebody still trusts, or shows, an authority that has been replaced by one of the same name."
            }
            Cause::Conflict => "Two things that have to agree do not.",
            Cause::Unsupported => "The component does not take it, in this version or at all.",
        }
    }

    /// What components say because of it, in their words; `…` stands for what varies.
    pub fn said(self) -> &'static [&'static str] {
        match self {
            Cause::Expired | Cause::NotYetValid => &[
                "x509: certificate has expired or is not yet valid: …",
                "remote error: tls: expired certificate",
                "Unauthorized",
            ],
            Cause::Expiring => &[],
            Cause::UntrustedIssuer | Cause::IncompleteChain => &[
                "x509: certificate signed by unknown authority",
                "remote error: tls: unknown certificate authority",
                "Unauthorized",
            ],
            Cause::NotACa => &[
                "x509: certificate signed by unknown authority (possibly because of \"x509: invalid signature: parent certificate cannot sign this kind of certificate\" …)",
            ],
            Cause::PathLength => &["x509: too many intermediates for path length constraint"],
            Cause::NameConstraint => &[
                "x509: a root or intermediate certificate is not authorized to sign for this name: …",
            ],
            Cause::NameMismatch => &["x509: certificate is valid for …, not …"],
            Cause::WrongUsage => &["x509: certificate specifies an incompatible key usage"],
            Cause::WrongIdentity => &["Forbidden", "User \"…\" cannot …"],
            Cause::KeyMismatch => &["tls: private key does not match public key"],
            Cause::WeakAlgorithm => &["x509: cannot verify signature: insecure algorithm …"],
            Cause::MissingFile | Cause::NotMounted => &["open …: no such file or directory"],
            Cause::Unreadable => &[
                "open …: permission denied",
                "tls: failed to find any PEM data in certificate input",
            ],
            Cause::Plaintext => &[
                "http: server gave HTTP response to HTTPS client",
                "context deadline exceeded",
            ],
            Cause::Insecure => &[],
            Cause::StaleTrust => &[
                "x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"kubernetes\")",
            ],
            Cause::Conflict => &["invalid bearer token", "Unauthorized"],
            Cause::Unsupported => &["unknown flag: --…"],
        }
    }

    /// In lower case, with hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Cause::Expired => "expired",
            Cause::NotYetValid => "not-yet-valid",
            Cause::Expiring => "expiring",
            Cause::UntrustedIssuer => "untrusted-issuer",
            Cause::IncompleteChain => "incomplete-chain",
            Cause::NotACa => "not-a-ca",
            Cause::PathLength => "path-length",
            Cause::NameConstraint => "name-constraint",
            Cause::NameMismatch => "name-mismatch",
            Cause::WrongUsage => "wrong-usage",
            Cause::WrongIdentity => "wrong-identity",
            Cause::KeyMismatch => "key-mismatch",
            Cause::WeakAlgorithm => "weak-algorithm",
            Cause::MissingFile => "missing-file",
            Cause::Unreadable => "unreadable",
            Cause::NotMounted => "not-mounted",
            Cause::Plaintext => "plaintext",
            Cause::Insecure => "insecure",
            Cause::StaleTrust => "stale-trust",
            Cause::Conflict => "conflict",
            Cause::Unsupported => "unsupported",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

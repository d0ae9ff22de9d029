//! The rules, one file for each family: what is wrong, where, what it breaks, what to do.

mod authorities;
mod authorizers;
mod chains;
mod doors;
mod exposure;
mod files;
mod identities;
mod issuers;
mod keys;
mod korean;
mod lifetimes;
mod names;
mod nodes;
mod notes;
mod objects;
mod pins;
mod ports;
mod privileges;
mod settings;
mod strength;
mod times;
mod tokens;
mod words;

use std::cmp::Reverse;

use cluster::process::NoteKind;
use cluster::{Graph, Inventory};
use time::UtcDateTime;

pub use self::korean::KOREAN;
use crate::holdings::Holdings;
use crate::judge::Judgement;
use crate::problem::{Breakage, Problem};
pub use crate::report::Rule;
use crate::report::{Cause, Evidence, Finding, Severity};

/// Every rule, by code.
pub const RULES: &[&Rule] = &[
    &files::MISSING,
    &files::NOT_MOUNTED,
    &files::UNREADABLE,
    &files::CONTENT,
    &files::HALF_PAIR,
    &files::KUBECONFIG,
    &files::NOT_STARTED,
    &exposure::READABLE,
    &exposure::WRITABLE,
    &names::NAME,
    &names::KUBECONFIG_SERVER,
    &names::ADVERTISED,
    &ports::PORT,
    &ports::TAKEN,
    &issuers::UNTRUSTED,
    &issuers::INCOMPLETE,
    &issuers::STALE,
    &issuers::NO_AUTHORITY,
    &issuers::NO_CLIENT_AUTHORITY,
    &issuers::SELF_SIGNED,
    &chains::NOT_A_CA,
    &chains::PATH_LENGTH,
    &chains::NAME_CONSTRAINT,
    &chains::CRITICAL_EXTENSION,
    &chains::OTHER,
    &authorities::TOO_MANY,
    &authorities::SIGNER,
    &pins::PINNED,
    &times::EXPIRED,
    &times::NOT_YET_VALID,
    &times::EXPIRING,
    &doors::NO_ROTATION,
    &lifetimes::OUTLIVES,
    &lifetimes::LONG,
    &keys::MISMATCH,
    &keys::SWAPPED,
    &keys::WEAK,
    &keys::CANNOT_SIGN,
    &strength::SHORT,
    &strength::REUSED,
    &chains::USAGE,
    &identities::WRONG,
    &identities::NO_USER,
    &identities::NOT_ALLOWED,
    &identities::NO_CREDENTIAL,
    &identities::MISPLACED,
    &authorizers::MISSING,
    &authorizers::USER_HEADER,
    &privileges::MASTERS,
    &authorities::ANY_PROXY,
    &tokens::KEY,
    &tokens::LEGACY_KEY,
    &tokens::ISSUER,
    &settings::PLAINTEXT,
    &settings::UNVERIFIED,
    &settings::PENDING,
    &doors::OPEN_ETCD,
    &doors::ALWAYS_ALLOW,
    &doors::ANONYMOUS_KUBELET,
    &doors::TOKEN_FILE,
    &doors::READ_ONLY_PORT,
    &doors::TOKEN_LOOKUP,
    &doors::NODE_RESTRICTION,
    &doors::WEAK_TLS,
    &doors::BOUND_EVERYWHERE,
    &doors::OWN_CREDENTIALS,
    &doors::NO_SIGNER,
    &settings::KUBELETS_UNVERIFIED,
    &notes::NOT_COLLECTED,
    &notes::UNKNOWN_SETTING,
    &notes::UNKNOWN_VERSION,
    &notes::INEFFECTIVE,
    &notes::CONFLICT,
    &notes::OTHER,
    &nodes::DISAGREE,
    &nodes::OWN_AUTHORITY,
    &nodes::PEERS,
    &objects::DISTRUSTS,
    &objects::LEFT_BEHIND,
    &objects::DIFFERS,
    &objects::NO_BUNDLE,
    &objects::BAD_BUNDLE,
    &objects::BACKEND,
    &objects::UNVERIFIED,
    &objects::NOT_SIGNED,
    &objects::PAIR,
    &objects::REPLACED,
    &objects::SHARED_KEYS,
    &objects::NAME,
    &objects::MISSING,
];

/// What every rule looks at.
struct Context<'b, 'a> {
    inventory: &'a Inventory,
    graph: &'a Graph,
    judgement: &'b Judgement<'a>,
    holdings: Holdings<'a>,
    at: UtcDateTime,
}

/// Every mistake once, the worst first.
pub(crate) fn findings<'a>(
    inventory: &'a Inventory,
    graph: &'a Graph,
    judgement: &Judgement<'a>,
    holdings: Holdings<'a>,
    at: UtcDateTime,
) -> Vec<Finding> {
    let context = Context {
        inventory,
        graph,
        judgement,
        holdings,
        at,
    };
    // An authority that one node alone has, and what is misplaced, explain everything else that is
    // wrong with them.
    let (mut findings, rest) = nodes::own_authorities(&context);
    let (misplaced, rest) = identities::misplaced(&context, &rest);
    findings.extend(misplaced);
    findings.extend(files::findings(&context, &rest));
    findings.extend(keys::findings(&context, &rest));
    findings.extend(times::findings(&context, &rest));
    findings.extend(chains::findings(&context, &rest));
    findings.extend(issuers::findings(&context, &rest));
    findings.extend(names::findings(&context, &rest));
    findings.extend(identities::findings(&context, &rest));
    findings.extend(authorizers::findings(&context, &rest));
    findings.extend(tokens::findings(&context, &rest));
    findings.extend(settings::findings(&context, &rest));
    findings.extend(doors::findings(&context));
    findings.extend(ports::findings(&context));
    findings.extend(authorities::findings(&context));
    findings.extend(pins::findings(&context));
    findings.extend(privileges::findings(&context));
    findings.extend(strength::findings(&context));
    findings.extend(lifetimes::findings(&context));
    findings.extend(exposure::findings(&context));
    findings.extend(nodes::findings(&context));
    findings.extend(objects::findings(&context));
    findings.extend(notes::findings(&context, &rest));
    findings.sort_by_key(|finding| (Reverse(finding.severity), finding.rule.code));
    findings
}

impl Context<'_, '_> {
    /// A finding of the given breakages: their channels, and what is said because of them.
    fn finding(
        &self,
        rule: &'static Rule,
        cause: Cause,
        breakages: &[&Breakage<'_>],
        message: String,
        evidence: Vec<Evidence>,
        remedy: String,
    ) -> Finding {
        let mut said: Vec<String> = Vec::new();
        for breakage in breakages
            .iter()
            .filter(|breakage| !breakage.said.is_empty())
        {
            if !said.contains(&breakage.said) {
                said.push(breakage.said.clone());
            }
        }
        Finding {
            rule,
            cause,
            severity: Severity::Error,
            channels: self.channels(breakages),
            message,
            evidence: distinct(evidence),
            said,
            remedy,
        }
    }

    /// Whether what stands at this place keeps a process from starting, which is told by itself.
    fn keeps_from_starting(&self, place: &x509::Place, node: Option<usize>) -> bool {
        self.judgement.breakages.iter().any(|breakage| {
            matches!(&breakage.problem, Problem::NotStarted { note, node: of, .. }
                if note.kind == NoteKind::Unsupported && note.place == *place && Some(*of) == node)
        })
    }

    /// The ids of the channels that breakages are in, in the graph's order.
    fn channels(&self, breakages: &[&Breakage<'_>]) -> Vec<String> {
        let mut indices: Vec<usize> = breakages
            .iter()
            .filter_map(|breakage| breakage.channel)
            .collect();
        indices.sort_unstable();
        indices.dedup();
        indices
            .iter()
            .map(|index| self.judgement.channels[*index].id.clone())
            .collect()
    }
}

/// Without what was said before.
fn distinct(evidence: Vec<Evidence>) -> Vec<Evidence> {
    let mut seen: Vec<Evidence> = Vec::new();
    for one in evidence {
        if !seen
            .iter()
            .any(|other| other.place == one.place && other.node == one.node)
        {
            seen.push(one);
        }
    }
    seen
}

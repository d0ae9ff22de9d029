//! Building chains from a leaf to trusted certificates, and judging them: Go's
//! `Certificate.Verify`, in its order of candidates and checks.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use time::UtcDateTime;

use crate::certificate::{Certificate, Usage};
use crate::constraints;
use crate::error::{Hint, SignatureError, VerifyError};
use crate::hostname::verify_hostname;
use crate::policy::{self, PolicyOptions};
use crate::pool::Pool;

/// How many candidates Go looks at for one leaf.
const MAX_CANDIDATES: usize = 100;

/// What is asked of a leaf.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name or address it must have; empty: any.
    pub name: String,
    /// The usages of which its chain must allow one; empty: serverAuth.
    pub usages: Vec<Usage>,
    /// The current time.
    pub at: UtcDateTime,
    /// What is asked of policies.
    pub policies: PolicyOptions,
}

impl Options {
    /// As a TLS client asks of the server it dialled as `name`.
    pub fn server(name: impl Into<String>, at: UtcDateTime) -> Self {
        Options {
            name: name.into(),
            ..Options::any(at).with_usage(Usage::server())
        }
    }

    /// As a TLS server asks of a client.
    pub fn client(at: UtcDateTime) -> Self {
        Options::any(at).with_usage(Usage::client())
    }

    /// Any name, any usage.
    pub fn any(at: UtcDateTime) -> Self {
        let policies = PolicyOptions::default();
        Options {
            name: String::new(),
            usages: vec![Usage::any()],
            at,
            policies,
        }
    }

    fn with_usage(self, usage: Usage) -> Self {
        Options {
            usages: vec![usage],
            ..self
        }
    }
}

/// Certificates from the leaf up.
pub type Chain = Vec<Arc<Certificate>>;

/// The answer.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// Every valid chain, or why there is none.
    pub outcome: Result<Vec<Chain>, VerifyError>,
    /// Every chain that was tried, in Go's order, with what became of it. Empty when the leaf fails
    /// by itself, before chains are built.
    pub candidates: Vec<Candidate>,
}

impl Verdict {
    /// Whether there is a valid chain.
    pub fn is_ok(&self) -> bool {
        self.outcome.is_ok()
    }

    /// Why there is none.
    pub fn error(&self) -> Option<&VerifyError> {
        self.outcome.as_ref().err()
    }

    /// The valid chains.
    pub fn chains(&self) -> &[Chain] {
        self.outcome.as_deref().unwrap_or_default()
    }
}

/// A chain that was tried.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The certificates; the last is the one that was being looked at.
    pub chain: Chain,
    /// Nothing when the chain is valid.
    pub outcome: Result<(), Rejection>,
}

/// What became of a chain that is not valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Its last certificate may not follow, or the whole chain is refused.
    Error(VerifyError),
    /// No certificate at hand bears the name of the last one's issuer.
    NoIssuer,
    /// The last certificate is in the chain already.
    Repeated,
    /// The last certificate has a key of a kind that Go does not know.
    UnknownKey,
    /// The chain's policies allow nothing.
    InvalidPolicies,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rejection::Error(error) => return error.fmt(f),
            Rejection::NoIssuer => "no certificate at hand bears the name of its issuer",
            Rejection::Repeated => "the last certificate is in the chain already",
            Rejection::UnknownKey => "the last certificate has a key of an unknown kind",
            Rejection::InvalidPolicies => "its certificate policies allow nothing",
        })
    }
}

/// Verifies leaves and remembers which signatures were good: for many checks over the same
/// certificates.
#[derive(Debug, Default)]
pub struct Verifier {
    signatures: Mutex<Signatures>,
}

/// What became of the signatures that were checked, by the SHA-256 of parent and child.
type Signatures = HashMap<([u8; 32], [u8; 32]), Result<(), SignatureError>>;

/// Whether Go would accept `leaf` now, with these trusted `roots` and helpful `intermediates`, and
/// if not, why not, for every candidate.
pub fn verify(
    leaf: &Arc<Certificate>,
    roots: &Pool,
    intermediates: &Pool,
    options: &Options,
) -> Verdict {
    Verifier::default().verify(leaf, roots, intermediates, options)
}

impl Verifier {
    /// As [`verify`], with the signatures that were checked before.
    pub fn verify(
        &self,
        leaf: &Arc<Certificate>,
        roots: &Pool,
        intermediates: &Pool,
        options: &Options,
    ) -> Verdict {
        self.judge(leaf, None, [roots, intermediates], options)
    }

    /// As [`Verifier::verify`], for a leaf that `issuer` has yet to sign. That it will is taken for
    /// granted if its key can; everything else is judged, the signatures further up too.
    pub fn verify_unsigned(
        &self,
        leaf: &Arc<Certificate>,
        issuer: &Certificate,
        roots: &Pool,
        intermediates: &Pool,
        options: &Options,
    ) -> Verdict {
        self.judge(leaf, Some(issuer), [roots, intermediates], options)
    }

    fn judge(
        &self,
        leaf: &Arc<Certificate>,
        will_sign: Option<&Certificate>,
        [roots, intermediates]: [&Pool; 2],
        options: &Options,
    ) -> Verdict {
        if let Err(error) = check_leaf(leaf, options) {
            return Verdict {
                outcome: Err(error),
                candidates: Vec::new(),
            };
        }
        let mut search = Search {
            verifier: self,
            pools: [(roots, Role::Root), (intermediates, Role::Intermediate)],
            at: options.at,
            will_sign,
            tried: 0,
            candidates: Vec::new(),
            unchecked: None,
        };
        let found = if roots.contains(leaf) {
            search.candidates.push(Candidate {
                chain: vec![leaf.clone()],
                outcome: Ok(()),
            });
            Ok(vec![0])
        } else {
            search.build(std::slice::from_ref(leaf))
        };
        let Search {
            mut candidates,
            unchecked,
            ..
        } = search;
        let outcome = found.and_then(|found| filter_chains(&mut candidates, &found, options));
        let outcome = outcome.map_err(|error| unchecked.unwrap_or(error));
        Verdict {
            outcome,
            candidates,
        }
    }

    /// As [`Certificate::check_signature_from`], once for each two certificates.
    ///
    /// # Errors
    /// When `parent`'s key did not make `child`'s signature or may not.
    pub fn check_signature(
        &self,
        child: &Certificate,
        parent: &Certificate,
    ) -> Result<(), SignatureError> {
        parent.signing_key()?;
        let pair = (*parent.sha256(), *child.sha256());
        // The map is whole after every operation, so a panic elsewhere does not spoil it.
        let signatures = || {
            self.signatures
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(outcome) = signatures().get(&pair) {
            return outcome.clone();
        }
        let outcome = child.check_signature_from(parent);
        signatures().insert(pair, outcome.clone());
        outcome
    }
}

/// Where in a chain a certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Leaf,
    Intermediate,
    Root,
}

struct Search<'a> {
    verifier: &'a Verifier,
    pools: [(&'a Pool, Role); 2],
    at: UtcDateTime,
    /// Who has yet to sign the leaf.
    will_sign: Option<&'a Certificate>,
    tried: usize,
    candidates: Vec<Candidate>,
    /// The first signature that this program cannot check.
    unchecked: Option<VerifyError>,
}

impl Search<'_> {
    /// Finds every chain that begins with `chain`, as `buildChains`; says where they stand among
    /// the candidates.
    fn build(&mut self, chain: &[Arc<Certificate>]) -> Result<Vec<usize>, VerifyError> {
        let Some(child) = chain.last() else {
            return Ok(Vec::new());
        };
        let mut found = Vec::new();
        // Go keeps one error: the last that a candidate left, and forgets it when there is a chain.
        let mut error = None;
        let mut hint = None;
        let pools = self.pools;
        let parents = pools.into_iter().flat_map(|(pool, role)| {
            let parents = pool.potential_parents(child).into_iter();
            parents.map(move |parent| (parent, role))
        });
        let mut any_parent = false;
        for (parent, role) in parents {
            any_parent = true;
            match self.consider(chain, parent, role, &mut hint) {
                Step::Skipped => {}
                Step::Accepted(chains) => {
                    error = None;
                    found.extend(chains);
                }
                Step::Failed(VerifyError::SignatureLimit) => {
                    error = Some(VerifyError::SignatureLimit);
                    break;
                }
                Step::Failed(failure) => error = Some(failure),
            }
        }
        if !any_parent {
            self.reject(chain.to_vec(), Rejection::NoIssuer);
        }
        if !found.is_empty() {
            return Ok(found);
        }
        Err(error.unwrap_or_else(|| VerifyError::UnknownAuthority {
            certificate: child.clone(),
            hint: hint.map(Box::new),
        }))
    }

    /// Tries to put `parent` on top of `chain`, as `considerCandidate`.
    fn consider(
        &mut self,
        chain: &[Arc<Certificate>],
        parent: &Arc<Certificate>,
        role: Role,
        hint: &mut Option<Hint>,
    ) -> Step {
        let longer = || [chain, std::slice::from_ref(parent)].concat();
        self.tried += 1;
        if self.tried > MAX_CANDIDATES {
            self.reject(longer(), Rejection::Error(VerifyError::SignatureLimit));
            return Step::Failed(VerifyError::SignatureLimit);
        }
        if parent.public_key.is_none() {
            self.reject(longer(), Rejection::UnknownKey);
            return Step::Skipped;
        }
        if is_in_chain(parent, chain) {
            self.reject(longer(), Rejection::Repeated);
            return Step::Skipped;
        }
        let signature = self.check_signature(chain, parent);
        let is_signed = signature.is_ok();
        if let Err(error) = signature.and_then(|()| check_validity(parent, role, chain, self.at)) {
            self.reject(longer(), Rejection::Error(error.clone()));
            hint.get_or_insert(Hint {
                authority: parent.clone(),
                error: error.clone(),
            });
            return if is_signed {
                Step::Failed(error)
            } else {
                Step::Skipped
            };
        }
        if role == Role::Root {
            self.candidates.push(Candidate {
                chain: longer(),
                outcome: Ok(()),
            });
            return Step::Accepted(vec![self.candidates.len() - 1]);
        }
        match self.build(&longer()) {
            Ok(chains) => Step::Accepted(chains),
            Err(error) => Step::Failed(error),
        }
    }

    fn check_signature(
        &mut self,
        chain: &[Arc<Certificate>],
        parent: &Arc<Certificate>,
    ) -> Result<(), VerifyError> {
        let Some(child) = chain.last() else {
            return Ok(());
        };
        let outcome = match self.will_sign {
            Some(issuer) if chain.len() == 1 && **parent == *issuer => {
                child.check_signable_by(parent)
            }
            _ => self.verifier.check_signature(child, parent),
        };
        if let Err(SignatureError::CannotBeChecked(algorithm)) = outcome {
            let certificate = child.clone();
            let unchecked = VerifyError::CannotBeChecked {
                certificate,
                algorithm,
            };
            self.unchecked.get_or_insert(unchecked);
        }
        outcome.map_err(VerifyError::Signature)
    }

    fn reject(&mut self, chain: Chain, rejection: Rejection) {
        self.candidates.push(Candidate {
            chain,
            outcome: Err(rejection),
        });
    }
}

/// What came of one candidate.
enum Step {
    /// Nothing; it may have left a hint.
    Skipped,
    /// It failed after its signature was found good.
    Failed(VerifyError),
    /// Chains go through it; where they stand among the candidates.
    Accepted(Vec<usize>),
}

fn check_leaf(leaf: &Arc<Certificate>, options: &Options) -> Result<(), VerifyError> {
    check_validity(leaf, Role::Leaf, &[], options.at)?;
    match options.name.as_str() {
        "" => Ok(()),
        name => verify_hostname(leaf, name),
    }
}

/// As `isValid`: whether `certificate` may stand on top of `chain`, signatures apart.
fn check_validity(
    certificate: &Arc<Certificate>,
    role: Role,
    chain: &[Arc<Certificate>],
    now: UtcDateTime,
) -> Result<(), VerifyError> {
    let certificate = || certificate.clone();
    let subject = certificate();
    let extensions = &subject.extensions;
    if !extensions.unhandled_critical.is_empty() {
        return Err(VerifyError::UnhandledCriticalExtension {
            certificate: certificate(),
        });
    }
    if subject.not_before.compare(now).is_gt() || subject.not_after.compare(now).is_lt() {
        return Err(VerifyError::OutsideValidity {
            certificate: certificate(),
            now,
        });
    }
    let constraints = extensions.basic_constraints;
    if role == Role::Intermediate && !constraints.is_some_and(|constraints| constraints.is_ca) {
        return Err(VerifyError::NotAuthorizedToSign {
            certificate: certificate(),
        });
    }
    let below = chain.len().saturating_sub(1) as u64;
    if constraints
        .and_then(|constraints| constraints.path_length)
        .is_some_and(|max| below > max)
    {
        return Err(VerifyError::TooManyIntermediates {
            certificate: certificate(),
        });
    }
    Ok(())
}

/// As `alreadyInChain`, with its early answer when only one of two certificates of the same holder
/// has alternative names.
fn is_in_chain(candidate: &Certificate, chain: &[Arc<Certificate>]) -> bool {
    let same_holder = chain
        .iter()
        .filter(|certificate| candidate.names_same_holder(certificate));
    for certificate in same_holder {
        match (
            &candidate.extensions.raw_names,
            &certificate.extensions.raw_names,
        ) {
            (None, None) => return true,
            (Some(a), Some(b)) if a == b => return true,
            (Some(_), Some(_)) => {}
            _ => return false,
        }
    }
    false
}

/// Judges the chains that were found by policies, usages and name constraints.
fn filter_chains(
    candidates: &mut [Candidate],
    found: &[usize],
    options: &Options,
) -> Result<Vec<Chain>, VerifyError> {
    let mut valid = Vec::new();
    let (mut incompatible_usage, mut invalid_policies) = (0, 0);
    let mut constrained = None;
    for &i in found {
        let Candidate { chain, outcome } = &mut candidates[i];
        *outcome = check_chain(chain, options);
        match outcome {
            Ok(()) => valid.push(chain.clone()),
            Err(Rejection::InvalidPolicies) => invalid_policies += 1,
            Err(Rejection::Error(VerifyError::IncompatibleUsage)) => incompatible_usage += 1,
            Err(Rejection::Error(error)) => drop(constrained.get_or_insert(error.clone())),
            Err(_) => {}
        }
    }
    match constrained {
        _ if !valid.is_empty() => Ok(valid),
        Some(error) => Err(error),
        None if incompatible_usage > 0 && invalid_policies == 0 => {
            Err(VerifyError::IncompatibleUsage)
        }
        None => Err(VerifyError::NoValidChains {
            incompatible_usage,
            invalid_policies,
        }),
    }
}

fn check_chain(chain: &[Arc<Certificate>], options: &Options) -> Result<(), Rejection> {
    if !policy::is_valid(chain, &options.policies) {
        return Err(Rejection::InvalidPolicies);
    }
    if !allows_usage(chain, &options.usages) {
        return Err(Rejection::Error(VerifyError::IncompatibleUsage));
    }
    constraints::check(chain)
        .map_err(|detail| Rejection::Error(VerifyError::NameConstraint { detail }))
}

/// Whether one of the wanted usages is allowed by every certificate that speaks of usages.
fn allows_usage(chain: &[Arc<Certificate>], wanted: &[Usage]) -> bool {
    let server = [Usage::server()];
    let wanted = if wanted.is_empty() { &server } else { wanted };
    let any = Usage::any();
    let allows = |usage: &Usage| {
        chain
            .iter()
            .map(|certificate| &certificate.extensions.usages)
            .all(|allowed| allowed.is_empty() || allowed.contains(&any) || allowed.contains(usage))
    };
    wanted.contains(&any) || wanted.iter().any(allows)
}

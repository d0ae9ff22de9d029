//! An authority: its certificate, those above it, and whoever signs for it.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use cluster::catalogue::Usage;
use thiserror::Error;
use time::UtcDateTime;
use verify::{Certificate, Options, ParseError, Pool, SignatureError, Verifier, VerifyError};
use x509::build::{SignError, Template};
use zeroize::Zeroizing;

use crate::key::{KeyError, PrivateKey, Signer};
use crate::{KeyAlgorithm, Kind, Names, Profile, Subject};

/// A CA: certificate and key that issues.
#[derive(Clone)]
pub struct Authority {
    /// Its certificate first, then whoever vouches for it, upwards.
    chain: Vec<Arc<Certificate>>,
    signer: Arc<dyn Signer>,
    trust: Arc<Trust>,
}

/// What the certificates of an authority are verified with: its chain, and the signatures in it
/// that were found good.
struct Trust {
    roots: Pool,
    intermediates: Pool,
    verifier: Verifier,
}

/// How long a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    /// The first moment, to the second.
    pub not_before: UtcDateTime,
    /// The last moment, to the second.
    pub not_after: UtcDateTime,
}

/// Why a certificate and a key are no authority.
#[derive(Clone, Debug, Error)]
pub enum AuthorityError {
    /// Nothing was given.
    #[error("there is no certificate")]
    NoCertificate,
    /// Not made for signing certificates.
    #[error("the certificate of \"{0}\" is not an authority's: it may not sign certificates")]
    NotAnAuthority(String),
    /// The key belongs to another certificate.
    #[error("the private key does not belong to the certificate of \"{0}\"")]
    KeyMismatch(String),
    /// The next certificate does not vouch for the one before it.
    #[error("\"{above}\" does not vouch for \"{below}\": {source}")]
    Chain {
        /// Who should be vouched for.
        below: String,
        /// Who should vouch.
        above: String,
        /// What Go says.
        source: SignatureError,
    },
}

/// Why nothing was issued.
#[derive(Clone, Debug, Error)]
pub enum IssueError {
    /// What was asked for would be refused by every component.
    #[error("a certificate for \"{subject}\" from \"{issuer}\" would not work: {source}")]
    WouldNotWork {
        /// The subject.
        subject: String,
        /// The authority.
        issuer: String,
        /// What Go says.
        source: Box<VerifyError>,
    },
    /// More than Go's TLS reads.
    #[error(
        "a certificate for \"{subject}\" would have {size} bytes, and components read no more than \
         {MAX_LEN} of another's: give it fewer names"
    )]
    TooLarge {
        /// The subject.
        subject: String,
        /// How large it would be.
        size: usize,
    },
    /// What was asked for makes no certificate that can be read.
    #[error("a certificate for \"{subject}\" could not be read: {source}")]
    Unreadable {
        /// The subject.
        subject: String,
        /// What Go says.
        source: ParseError,
    },
    /// The key did not sign.
    #[error(transparent)]
    Sign(#[from] SignError),
    /// No throwaway key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

impl Authority {
    /// An authority from its certificate, those above it (upwards, maybe none), and its key.
    ///
    /// # Errors
    /// When they do not belong together.
    pub fn new(
        chain: Vec<Arc<Certificate>>,
        signer: Arc<dyn Signer>,
    ) -> Result<Self, AuthorityError> {
        let own = chain.first().ok_or(AuthorityError::NoCertificate)?;
        may_sign(own)?;
        if own.raw_public_key() != signer.public_key() {
            return Err(AuthorityError::KeyMismatch(own.short_name()));
        }
        for pair in chain.windows(2) {
            if let [below, above] = pair {
                vouches(above, below)?;
            }
        }
        Ok(Authority::of(chain, signer))
    }

    /// A new authority that vouches for itself.
    ///
    /// # Errors
    /// When the key does not sign.
    pub fn self_signed(
        profile: &Profile,
        signer: Arc<dyn Signer>,
        validity: Validity,
    ) -> Result<Self, IssueError> {
        let id = key_identifier(signer.public_key());
        let subject = profile.subject.to_der();
        let template = Template {
            serial: serial()?,
            issuer: subject.clone(),
            not_before: validity.not_before,
            not_after: validity.not_after,
            subject,
            public_key: signer.public_key().to_vec(),
            extensions: profile.extensions(Some(&id), None),
        };
        let certificate = read(template.sign(&*signer)?, profile)?;
        Ok(Authority::of(vec![certificate], signer))
    }

    /// The uppermost certificate is taken for the one that components trust.
    fn of(chain: Vec<Arc<Certificate>>, signer: Arc<dyn Signer>) -> Self {
        let (between, root) = chain.split_at(chain.len().saturating_sub(1));
        let trust = Arc::new(Trust {
            roots: root.iter().cloned().collect(),
            intermediates: between.iter().cloned().collect(),
            verifier: Verifier::default(),
        });
        Authority {
            chain,
            signer,
            trust,
        }
    }

    /// A new authority that this one vouches for.
    ///
    /// # Errors
    /// When it would not work, or the key does not sign.
    pub fn subordinate(
        &self,
        profile: &Profile,
        signer: Arc<dyn Signer>,
        validity: Validity,
        at: UtcDateTime,
    ) -> Result<Self, IssueError> {
        let certificate = self.issue(profile, signer.public_key(), validity, at)?;
        let mut chain = vec![certificate];
        chain.extend(self.chain.iter().cloned());
        Ok(Authority::of(chain, signer))
    }

    /// Its certificate.
    pub fn certificate(&self) -> &Arc<Certificate> {
        // `new` and `self_signed` see to it that there is one.
        &self.chain[0]
    }

    /// Its certificate and those above it, upwards.
    pub fn chain(&self) -> &[Arc<Certificate>] {
        &self.chain
    }

    /// Issues a certificate for a public key (the whole SubjectPublicKeyInfo), once it was judged,
    /// complete but for its signature, and Go would accept it at the moment `at`.
    ///
    /// # Errors
    /// When it would not work, or the key does not sign.
    pub fn issue(
        &self,
        profile: &Profile,
        public_key: &[u8],
        validity: Validity,
        at: UtcDateTime,
    ) -> Result<Arc<Certificate>, IssueError> {
        let unsigned = self.draft(profile, public_key, validity)?;
        self.judge(&unsigned, profile, validity, at)?;
        self.sign(unsigned)
    }

    /// Whether Go would accept what [`Authority::issue`] would give; this authority's key signs
    /// nothing.
    ///
    /// # Errors
    /// When it would not.
    pub fn rehearse(
        &self,
        profile: &Profile,
        public_key: &[u8],
        validity: Validity,
        at: UtcDateTime,
    ) -> Result<(), IssueError> {
        let unsigned = self.draft(profile, public_key, validity)?;
        self.judge(&unsigned, profile, validity, at)
    }

    /// Whether an authority of this profile could issue anything that works.
    fn judge_below(
        &self,
        profile: &Profile,
        validity: Validity,
        at: UtcDateTime,
    ) -> Result<(), IssueError> {
        let copy = self.throwaway()?;
        let signer = Arc::new(PrivateKey::generate(KeyAlgorithm::EcdsaP256)?);
        let unsigned = copy.draft(profile, signer.public_key(), validity)?;
        let below = copy.sign(unsigned)?;
        let leaf = Profile {
            subject: Subject::common_name("anybody"),
            kind: Kind::Leaf(vec![Usage::Client]),
            names: Names::default(),
        };
        let below = Authority::of([vec![below], copy.chain].concat(), signer.clone());
        below.rehearse(&leaf, signer.public_key(), validity, at)
    }

    /// The same authority, and those above it, with keys that are thrown away.
    ///
    /// # Errors
    /// When there is no key.
    pub fn throwaway(&self) -> Result<Self, IssueError> {
        let key = || PrivateKey::generate(KeyAlgorithm::EcdsaP256).map(Arc::new);
        let mut above: Option<(Vec<Arc<Certificate>>, Arc<PrivateKey>)> = None;
        for certificate in self.chain.iter().rev() {
            let own = key()?;
            let issuer = above.as_ref().map_or(&own, |(_, issuer)| issuer);
            let copy = with_key(certificate, own.public_key(), issuer)?;
            let chain = above.map(|(chain, _)| chain).unwrap_or_default();
            above = Some(([vec![copy], chain].concat(), own));
        }
        match above {
            Some((chain, signer)) => Ok(Authority::of(chain, signer)),
            None => Ok(self.clone()),
        }
    }

    /// The certificate as it will be, with an empty signature.
    fn draft(
        &self,
        profile: &Profile,
        public_key: &[u8],
        validity: Validity,
    ) -> Result<Arc<Certificate>, IssueError> {
        let issuer = self.certificate();
        let subject = profile.subject.to_der();
        let subject_key_id = match profile.kind {
            Kind::Authority { .. } => Some(key_identifier(public_key)),
            Kind::Leaf(_) => None,
        };
        // As Go's CreateCertificate, none when the names are equal or the issuer has none; but without
        // one OpenSSL would take an authority that vouches for its successor for the successor itself.
        let issuer_id = Some(issuer.extensions.subject_key_id.as_slice());
        let is_successor = subject_key_id.is_some() && issuer.raw_public_key() != public_key;
        let is_named = is_successor || issuer.raw_subject() != subject;
        let issuer_id = issuer_id.filter(|id| !id.is_empty() && is_named);
        let template = Template {
            serial: serial()?,
            issuer: issuer.raw_subject().to_vec(),
            not_before: validity.not_before,
            not_after: validity.not_after,
            subject,
            public_key: public_key.to_vec(),
            extensions: profile.extensions(subject_key_id.as_deref(), issuer_id),
        };
        read(template.unsigned(&self.signer.algorithm()), profile)
    }

    fn sign(&self, unsigned: Arc<Certificate>) -> Result<Arc<Certificate>, IssueError> {
        let signature = self.signer.sign(unsigned.tbs())?;
        let signed = Arc::unwrap_or_clone(unsigned).with_signature(signature);
        Ok(Arc::new(signed))
    }

    /// Whether every use of a draft would work, under each name that it has for servers.
    fn judge(
        &self,
        draft: &Arc<Certificate>,
        profile: &Profile,
        validity: Validity,
        at: UtcDateTime,
    ) -> Result<(), IssueError> {
        if let Kind::Authority { .. } = profile.kind {
            self.judge_below(profile, validity, at)?;
        }
        let size = draft.der().len();
        if size > MAX_LEN {
            return Err(IssueError::TooLarge {
                subject: profile.subject.common_name.clone(),
                size,
            });
        }
        let Trust {
            roots,
            intermediates,
            verifier,
        } = &*self.trust;
        let issuer = self.certificate();
        let use_it = |options: Options| {
            let verdict = verifier.verify_unsigned(draft, issuer, roots, intermediates, &options);
            verdict.outcome.map(drop)
        };
        let mut uses = uses(&profile.kind, at).into_iter();
        let used = uses.try_for_each(use_it);
        let mut names = names_to_check(profile);
        used.and_then(|()| names.try_for_each(|name| verify::verify_hostname(draft, &name)))
            .map_err(|source| IssueError::WouldNotWork {
                subject: profile.subject.common_name.clone(),
                issuer: issuer.short_name(),
                source: Box::new(source),
            })
    }
}

/// The longest message with certificates that Go reads (`maxHandshakeCertificateMsg`,
/// `crypto/tls/common.go`).
const MAX_LEN: usize = 256 << 10;

/// What is asked of a certificate of this kind, whatever its names.
fn uses(kind: &Kind, at: UtcDateTime) -> Vec<Options> {
    let of = |usage: &Usage| match usage {
        Usage::Client => Options::client(at),
        Usage::Server => Options::server("", at),
    };
    match kind {
        Kind::Leaf(usages) if !usages.is_empty() => usages.iter().map(of).collect(),
        Kind::Leaf(_) | Kind::Authority { .. } => vec![Options::any(at)],
    }
}

/// The names of a server as clients dial them: something in the place of an asterisk.
fn names_to_check(profile: &Profile) -> impl Iterator<Item = String> {
    let is_server = matches!(&profile.kind, Kind::Leaf(usages) if usages.contains(&Usage::Server));
    let dns = profile
        .names
        .dns
        .iter()
        .map(|name| match name.strip_prefix('*') {
            Some(rest) => format!("any{rest}"),
            None => name.clone(),
        });
    let ip = profile.names.ip.iter();
    let ip = ip.map(|address| address.to_canonical().to_string());
    dns.chain(ip).filter(move |_| is_server)
}

/// The certificate with another key, signed by another issuer's key; all else as it is.
fn with_key(
    certificate: &Certificate,
    public_key: &[u8],
    issuer: &PrivateKey,
) -> Result<Arc<Certificate>, IssueError> {
    let unreadable = |source: ParseError| IssueError::Unreadable {
        subject: certificate.short_name(),
        source,
    };
    let parts = x509::Certificate::from_der(certificate.der());
    let parts = parts.map_err(|_| SignError("the authority's certificate is broken".to_owned()))?;
    let extensions = parts.extensions();
    let raw = |extension: &x509::certificate::Extension<'_>| {
        x509::build::extension(extension.oid, extension.critical, extension.value)
    };
    let template = Template {
        serial: certificate.serial.clone(),
        issuer: certificate.raw_issuer().to_vec(),
        not_before: certificate.not_before.utc(),
        not_after: certificate.not_after.utc(),
        subject: certificate.raw_subject().to_vec(),
        public_key: public_key.to_vec(),
        extensions: extensions.iter().map(raw).collect(),
    };
    let copy = Certificate::parse(template.sign(issuer)?).map_err(unreadable)?;
    Ok(Arc::new(copy))
}

/// Whether it is a CA's, made for signing certificates.
///
/// # Errors
/// [`AuthorityError::NotAnAuthority`] when it is not.
pub fn may_sign(certificate: &Certificate) -> Result<(), AuthorityError> {
    const KEY_CERT_SIGN: u16 = 1 << 5;
    let extensions = &certificate.extensions;
    let is_ca = extensions
        .basic_constraints
        .as_ref()
        .is_some_and(|basic| basic.is_ca);
    let may = extensions.key_usage == 0 || extensions.key_usage & KEY_CERT_SIGN != 0;
    match is_ca && may {
        true => Ok(()),
        false => Err(AuthorityError::NotAnAuthority(certificate.short_name())),
    }
}

fn vouches(above: &Certificate, below: &Certificate) -> Result<(), AuthorityError> {
    below
        .check_signature_from(above)
        .map_err(|source| AuthorityError::Chain {
            below: below.short_name(),
            above: above.short_name(),
            source,
        })
}

fn read(der: Vec<u8>, profile: &Profile) -> Result<Arc<Certificate>, IssueError> {
    let certificate = Certificate::parse(der).map_err(|source| IssueError::Unreadable {
        subject: profile.subject.common_name.clone(),
        source,
    })?;
    Ok(Arc::new(certificate))
}

/// The first 20 bytes of SHA-256 over the key's bits (RFC 7093 section 2, method 1), as Go has it
/// since 1.25.
fn key_identifier(public_key: &[u8]) -> Vec<u8> {
    use x509::certificate::PublicKeyInfo;
    use x509::der::{Rules, Tag, single};
    let info = single(public_key, Tag::SEQUENCE, Rules::Der).and_then(PublicKeyInfo::from_tlv);
    let bits = info.map_or(public_key, |info| info.key);
    digest(&SHA256, bits).as_ref()[..20].to_vec()
}

/// A serial number from 1 to 2^63 - 2, all alike likely (`cmd/kubeadm/app/util/pkiutil`).
fn serial() -> Result<Vec<u8>, IssueError> {
    let random = SystemRandom::new();
    loop {
        let mut bytes = Zeroizing::new([0; 8]);
        random.fill(&mut *bytes).map_err(|_| IssueError::Random)?;
        let number = u64::from_be_bytes(*bytes) >> 1;
        if (1..=(1 << 63) - 2).contains(&number) {
            return Ok(number.to_be_bytes().to_vec());
        }
    }
}

//! What Go's crypto/tls decides from the certificates of a handshake, and what each side then says.

use std::sync::Arc;

use thiserror::Error;
use time::UtcDateTime;

use crate::certificate::Certificate;
use crate::chain::{Options, Verdict, Verifier};
use crate::error::{Kind, ParseError, SignatureError, VerifyError};
use crate::key::{Curve, PublicKey};
use crate::load::KeyPair;
use crate::pool::Pool;

/// The largest RSA key that Go takes from a peer, in bits.
const MAX_RSA_BITS: usize = 8192;

/// What a server asks of its clients; each is stricter than the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClientAuth {
    /// No certificate.
    None,
    /// Perhaps a certificate, of whatever origin: kube-apiserver and the kubelet, which judge it
    /// later, with every request.
    Request,
    /// Some certificate, of whatever origin.
    RequireAny,
    /// Perhaps a certificate, which must then be verified.
    VerifyIfGiven,
    /// A certificate that can be verified: etcd.
    RequireAndVerify,
}

/// The version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// TLS 1.2.
    Tls12,
    /// TLS 1.3, which two Go programs agree on unless told otherwise.
    Tls13,
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// Who dialled.
    Client,
    /// Who was dialled.
    Server,
}

/// Why a handshake ends; prints the text of the side that ends it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The client has no name to check: it does not even begin.
    #[error("tls: either ServerName or InsecureSkipVerify must be specified in the tls.Config")]
    NoServerName,
    /// A certificate in the server's message that Go does not read.
    #[error("tls: failed to parse certificate from server: {0}")]
    UnparsableServer(ParseError),
    /// A certificate in the client's message that Go does not read.
    #[error("tls: failed to parse client certificate: {0}")]
    UnparsableClient(ParseError),
    /// An RSA key too large to be verified with.
    #[error("tls: {} sent certificate containing RSA key larger than 8192 bits", .0.name())]
    LargeRsaKey(Side),
    /// The certificate is not accepted.
    #[error("tls: failed to verify certificate: {1}")]
    NotVerified(Side, VerifyError),
    /// The server's key is of a kind that TLS does not use.
    #[error("tls: server's certificate contains an unsupported type of public key: {0}")]
    UnsupportedServerKey(&'static str),
    /// The client's key is of a kind that TLS does not use.
    #[error("tls: client certificate contains an unsupported public key of type {0}")]
    UnsupportedClientKey(&'static str),
    /// The client sent no certificate, but must.
    #[error("tls: client didn't provide a certificate")]
    NoClientCertificate(Version),
    /// Who presents the certificate cannot sign with its key.
    #[error(transparent)]
    CannotSign(#[from] CannotSign),
}

/// Why a loaded key cannot be used in a handshake; prints the text of its owner.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CannotSign {
    /// P-224, which TLS 1.3 does not have.
    #[error("tls: unsupported certificate curve (P-224)")]
    Curve,
    /// An RSA key in which no signature fits.
    #[error("tls: certificate RSA key size too small for supported signature algorithms")]
    TinyRsaKey,
    /// An RSA key below 1024 bits.
    #[error("tls: failed to sign handshake: {0}")]
    SmallRsaKey(SignatureError),
}

/// What comes of one side's certificates at the other.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The chains, when it came to verifying any.
    pub verdict: Option<Verdict>,
    /// Why the handshake ends; nothing when it goes on.
    pub refusal: Option<Refusal>,
}

impl Judgement {
    /// Whether the handshake goes on.
    pub fn is_ok(&self) -> bool {
        self.refusal.is_none()
    }

    fn refused(refusal: Refusal) -> Self {
        Judgement {
            verdict: None,
            refusal: Some(refusal),
        }
    }
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Client => "client",
            Side::Server => "server",
        }
    }
}

impl Refusal {
    /// What the other side says: its error when the alert arrives. Nothing when it is not told.
    pub fn peer_text(&self) -> Option<String> {
        self.alert()
            .map(|alert| format!("remote error: tls: {alert}"))
    }

    /// Go's name for the alert that is sent.
    pub fn alert(&self) -> Option<&'static str> {
        Some(match self {
            Refusal::NoServerName => return None,
            Refusal::UnparsableServer(_) | Refusal::UnparsableClient(_) => "error decoding message",
            Refusal::NotVerified(Side::Client, error) => match error.kind() {
                Kind::UnknownAuthority => "unknown certificate authority",
                Kind::Expired | Kind::NotYetValid => "expired certificate",
                _ => "bad certificate",
            },
            Refusal::NotVerified(Side::Server, _) | Refusal::LargeRsaKey(_) => "bad certificate",
            Refusal::UnsupportedServerKey(_) | Refusal::UnsupportedClientKey(_) => {
                "unsupported certificate"
            }
            Refusal::NoClientCertificate(Version::Tls13) => "certificate required",
            Refusal::NoClientCertificate(Version::Tls12) => "handshake failure",
            Refusal::CannotSign(CannotSign::SmallRsaKey(_)) => "internal error",
            Refusal::CannotSign(_) => "handshake failure",
        })
    }
}

/// Whether a Go client that dialled `name` and trusts `roots` goes on when a server sends these
/// certificates, leaf first (handshake_client.go, `verifyServerCertificate`).
pub fn server_accepted_by_client(
    verifier: &Verifier,
    sent: &[Arc<[u8]>],
    roots: &Pool,
    name: &str,
    at: UtcDateTime,
) -> Judgement {
    if name.is_empty() {
        return Judgement::refused(Refusal::NoServerName);
    }
    let options = Options::server(name, at);
    judge(verifier, sent, Side::Server, Some((roots, &options)))
}

/// Whether a Go client that verifies nothing (`InsecureSkipVerify`) goes on when a server sends these
/// certificates: they are read all the same, and the key has to be of a kind that TLS uses.
pub fn server_unverified_by_client(sent: &[Arc<[u8]>]) -> Judgement {
    judge(&Verifier::default(), sent, Side::Server, None)
}

/// Whether a Go server goes on when a client sends these certificates, leaf first; none is a client
/// without a certificate (handshake_server.go, `processCertsFromClient`). `roots` are the server's
/// client CAs.
pub fn client_accepted_by_server(
    verifier: &Verifier,
    sent: &[Arc<[u8]>],
    mode: ClientAuth,
    roots: &Pool,
    version: Version,
    at: UtcDateTime,
) -> Judgement {
    let accepted = Judgement {
        verdict: None,
        refusal: None,
    };
    match mode {
        ClientAuth::None => accepted,
        ClientAuth::RequireAny | ClientAuth::RequireAndVerify if sent.is_empty() => {
            Judgement::refused(Refusal::NoClientCertificate(version))
        }
        _ if sent.is_empty() => accepted,
        mode => {
            let options = Options::client(at);
            let verified = mode >= ClientAuth::VerifyIfGiven;
            judge(
                verifier,
                sent,
                Side::Client,
                verified.then_some((roots, &options)),
            )
        }
    }
}

/// Which of its pairs a Go client sends that is given them beforehand (`tls.Config.Certificates`):
/// the first in whose chain some issuer is among the server's client CAs, whose subjects the server
/// names; any when it names none. Go sends none, without a word, when none suits. Components that
/// hand out their certificate when asked (client-go, etcd) send it whatever the server names.
pub fn client_certificate_sent<'a>(
    pairs: &'a [KeyPair],
    client_cas: &Pool,
    version: Version,
) -> Option<&'a KeyPair> {
    let is_acceptable = |der: &Arc<[u8]>| {
        let certificate = Certificate::parse(der.clone()).ok()?;
        let is_issuer = |ca: &Arc<Certificate>| ca.raw_subject() == certificate.raw_issuer();
        Some(client_cas.iter().any(is_issuer))
    };
    pairs.iter().find(|pair| {
        // A broken certificate ends Go's search through the chain.
        let mut answers = pair.certificates.iter().map_while(is_acceptable);
        can_sign(&pair.leaf, version).is_ok() && (client_cas.is_empty() || answers.any(|yes| yes))
    })
}

/// Whether the owner of a certificate's key can sign a handshake with it.
///
/// # Errors
/// With the owner's text; the peer is sent an alert.
pub fn can_sign(leaf: &Certificate, version: Version) -> Result<(), CannotSign> {
    match &leaf.public_key {
        Some(PublicKey::Ecdsa(key)) if key.curve == Curve::P224 && version == Version::Tls13 => {
            Err(CannotSign::Curve)
        }
        Some(PublicKey::Rsa(key)) if key.bits().div_ceil(8) < smallest_rsa_len(version) => {
            Err(CannotSign::TinyRsaKey)
        }
        Some(PublicKey::Rsa(key)) if key.bits() < 1024 => Err(CannotSign::SmallRsaKey(
            SignatureError::SmallRsaKey(key.bits()),
        )),
        _ => Ok(()),
    }
}

/// The length of the shortest RSA modulus that a signature scheme fits in: RSA-PSS with SHA-256, or
/// in TLS 1.2 also PKCS #1 with SHA-256.
fn smallest_rsa_len(version: Version) -> usize {
    match version {
        Version::Tls12 => 19 + 32 + 11,
        Version::Tls13 => 32 + 32 + 2,
    }
}

/// What both sides do with a message of certificates; `trust` is absent when nothing is verified.
fn judge(
    verifier: &Verifier,
    sent: &[Arc<[u8]>],
    side: Side,
    trust: Option<(&Pool, &Options)>,
) -> Judgement {
    let certificates = match parse_message(sent, side) {
        Ok(certificates) => certificates,
        Err(refusal) => return Judgement::refused(refusal),
    };
    let Some((leaf, rest)) = certificates.split_first() else {
        return Judgement {
            verdict: None,
            refusal: None,
        };
    };
    let intermediates: Pool = rest.iter().cloned().collect();
    let verdict =
        trust.map(|(roots, options)| verifier.verify(leaf, roots, &intermediates, options));
    let error = verdict.as_ref().and_then(Verdict::error).cloned();
    let refusal = match error {
        Some(error) => Some(Refusal::NotVerified(side, error)),
        None => unsupported_key(leaf, side),
    };
    Judgement { verdict, refusal }
}

fn parse_message(sent: &[Arc<[u8]>], side: Side) -> Result<Vec<Arc<Certificate>>, Refusal> {
    let unparsable = match side {
        Side::Server => Refusal::UnparsableServer,
        Side::Client => Refusal::UnparsableClient,
    };
    let parse = |der: &Arc<[u8]>| {
        let certificate = Certificate::parse(der.clone()).map_err(unparsable)?;
        match &certificate.public_key {
            Some(PublicKey::Rsa(key)) if key.bits() > MAX_RSA_BITS => {
                Err(Refusal::LargeRsaKey(side))
            }
            _ => Ok(Arc::new(certificate)),
        }
    };
    sent.iter().map(parse).collect()
}

fn unsupported_key(leaf: &Certificate, side: Side) -> Option<Refusal> {
    let kind = match &leaf.public_key {
        Some(PublicKey::Dsa) => PublicKey::Dsa.go_type(),
        Some(_) => return None,
        None => "<nil>",
    };
    Some(match side {
        Side::Server => Refusal::UnsupportedServerKey(kind),
        Side::Client => Refusal::UnsupportedClientKey(kind),
    })
}

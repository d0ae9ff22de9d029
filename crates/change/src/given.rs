//! What the maker of a cluster brings along: authorities, a root above them.

use std::collections::BTreeMap;
use std::sync::Arc;

use authority::{Authority, AuthorityError, Signer};
use verify::Certificate;
use x509::pem;
use zeroize::Zeroizing;

/// What is brought along.
#[derive(Clone, Default)]
pub struct Given {
    /// Authorities, by kubeadm's short names.
    pub authorities: BTreeMap<&'static str, Known>,
    /// Who vouches for the authorities; without one each that is made vouches for itself.
    pub root: Option<Root>,
}

/// An authority above the cluster's, whose key may be far away.
#[derive(Clone)]
pub struct Root {
    /// Its certificate, then those above it.
    pub chain: Vec<Arc<Certificate>>,
    /// The same with its key, when that is at hand.
    pub authority: Option<Authority>,
}

/// An authority that is there.
#[derive(Clone)]
pub struct Known {
    /// Every certificate of its file, its own first: what is trusted.
    pub bundle: Vec<Arc<Certificate>>,
    /// Who signs for it, when the key is at hand.
    pub authority: Option<Authority>,
    /// Its key in PEM, when it lies or shall lie in the PKI directory.
    pub key: Option<Arc<Zeroizing<String>>>,
}

impl Known {
    /// An authority from the certificates of its file, and whoever signs for it.
    ///
    /// # Errors
    /// When they do not belong together, or there is no certificate.
    pub fn new(
        bundle: Vec<Arc<Certificate>>,
        signer: Option<Arc<dyn Signer>>,
        key: Option<Zeroizing<String>>,
    ) -> Result<Self, AuthorityError> {
        let authority = match signer {
            Some(signer) => Some(Authority::new(chain(&bundle), signer)?),
            None if bundle.is_empty() => return Err(AuthorityError::NoCertificate),
            None => None,
        };
        Ok(Known {
            bundle,
            authority,
            key: key.map(Arc::new),
        })
    }

    /// One that was just made.
    pub fn made(authority: Authority, key: Zeroizing<String>) -> Self {
        Known {
            bundle: authority.chain().to_vec(),
            authority: Some(authority),
            key: Some(Arc::new(key)),
        }
    }

    /// The same, with the root in its bundle when that vouches for it and is not there yet.
    #[must_use]
    pub fn below(mut self, root: Option<&Root>) -> Self {
        let root = root.map(|root| root.chain.as_slice()).unwrap_or_default();
        let joined = [self.bundle.as_slice(), root].concat();
        if let ([own], [_, ..]) = (self.bundle.as_slice(), root)
            && own != &root[0]
            && chain(&joined).len() > 1
        {
            self.bundle = joined;
        }
        self
    }

    /// Its own certificate.
    pub fn certificate(&self) -> Option<&Arc<Certificate>> {
        self.bundle.first()
    }

    /// Who stands between what it issues and what is trusted without anybody's word: what servers
    /// and clients have to send along.
    pub fn between(&self) -> Vec<Arc<Certificate>> {
        match chain(&self.bundle).split_last() {
            Some((_, between)) => between.to_vec(),
            None => Vec::new(),
        }
    }

    /// Its own certificate in PEM, when its file holds others too: kube-controller-manager signs
    /// with a file of exactly one.
    pub fn signing_pem(&self) -> Option<String> {
        match self.bundle.as_slice() {
            [own, _, ..] => Some(to_pem(std::slice::from_ref(own))),
            _ => None,
        }
    }

    /// What is trusted, in PEM.
    pub fn bundle_pem(&self) -> String {
        to_pem(&self.bundle)
    }
}

/// Certificates one after the other, in PEM.
pub fn to_pem(certificates: &[Arc<Certificate>]) -> String {
    let blocks = certificates.iter();
    blocks
        .map(|certificate| pem::encode("CERTIFICATE", certificate.der()).to_string())
        .collect()
}

/// The first certificate and those that follow it as long as each vouches for the one before: in a
/// rotation the next one is a stranger.
pub fn chain(bundle: &[Arc<Certificate>]) -> Vec<Arc<Certificate>> {
    let vouches = |above: &Certificate, below: &Certificate| {
        below.raw_issuer() != below.raw_subject()
            && below.raw_issuer() == above.raw_subject()
            && below.check_signature_from(above).is_ok()
    };
    let strangers = bundle
        .windows(2)
        .position(|pair| !vouches(&pair[1], &pair[0]));
    bundle[..strangers.map_or(bundle.len(), |at| at + 1)].to_vec()
}

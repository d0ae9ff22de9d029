//! What the maker of a cluster brings along: authorities, a root above them.

use std::collections::BTreeMap;
use std::sync::Arc;

use authority::{Authority, AuthorityError, Signer, may_sign};
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
///
/// Its own file is what clients are known by, and holds nobody above it: a root vouches for the
/// other authorities of the cluster too, and whoever they make somebody must not be that here.
#[derive(Clone)]
pub struct Known {
    /// Every certificate of its file, its own first.
    pub bundle: Vec<Arc<Certificate>>,
    /// Those that vouch for it and are not in its file, upwards.
    pub above: Vec<Arc<Certificate>>,
    /// Who signs for it, when the key is at hand.
    pub authority: Option<Authority>,
    /// Its key in PEM, when it lies or shall lie in the PKI directory.
    pub key: Option<Arc<Zeroizing<String>>>,
}

impl Known {
    /// An authority from the certificates of its file, whoever of `others` vouches for it, and
    /// whoever signs for it.
    ///
    /// # Errors
    /// When they do not belong together, it is no authority's, or there is no certificate.
    pub fn new(
        bundle: Vec<Arc<Certificate>>,
        others: &[Arc<Certificate>],
        signer: Option<Arc<dyn Signer>>,
        key: Option<Zeroizing<String>>,
    ) -> Result<Self, AuthorityError> {
        let own = chain(&bundle);
        let whole = climb(own.clone(), others);
        let authority = match signer {
            Some(signer) => Some(Authority::new(whole.clone(), signer)?),
            None => {
                may_sign(bundle.first().ok_or(AuthorityError::NoCertificate)?)?;
                None
            }
        };
        Ok(Known {
            bundle,
            above: whole[own.len()..].to_vec(),
            authority,
            key: key.map(Arc::new),
        })
    }

    /// One whose file is still to be written: with those that vouch for it apart.
    #[must_use]
    pub fn apart(mut self) -> Self {
        let chain = self.chain();
        let is_above = |certificate: &Arc<Certificate>| chain[1..].contains(certificate);
        self.bundle.retain(|certificate| !is_above(certificate));
        self.above = chain[1..].to_vec();
        self
    }

    /// One that was just made.
    pub fn made(authority: Authority, key: Zeroizing<String>) -> Self {
        Known {
            bundle: authority.chain().to_vec(),
            above: Vec::new(),
            authority: Some(authority),
            key: Some(Arc::new(key)),
        }
        .apart()
    }

    /// Its own certificate.
    pub fn certificate(&self) -> Option<&Arc<Certificate>> {
        self.bundle.first()
    }

    /// Its own certificate and those that vouch for it, upwards.
    fn chain(&self) -> Vec<Arc<Certificate>> {
        climb(chain(&self.bundle), &self.above)
    }

    /// Who stands between what it issues and what is trusted without anybody's word: what servers
    /// and clients have to send along.
    pub fn between(&self) -> Vec<Arc<Certificate>> {
        match self.chain().split_last() {
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

    /// Its file, in PEM.
    pub fn bundle_pem(&self) -> String {
        to_pem(&self.bundle)
    }

    /// What servers are verified with, in PEM: its file, and the root above it, which is all that
    /// some clients take.
    pub fn trust_pem(&self) -> String {
        to_pem(&self.bundle) + &to_pem(&self.above)
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
    let strangers = bundle
        .windows(2)
        .position(|pair| !vouches(&pair[1], &pair[0]));
    bundle[..strangers.map_or(bundle.len(), |at| at + 1)].to_vec()
}

/// The chain, with those of `others` that go on with it.
pub fn climb(
    mut chain: Vec<Arc<Certificate>>,
    others: &[Arc<Certificate>],
) -> Vec<Arc<Certificate>> {
    while let Some(last) = chain.last()
        && let Some(next) = others.iter().find(|other| vouches(other, last))
        && !chain.contains(next)
    {
        chain.push(next.clone());
    }
    chain
}

fn vouches(above: &Certificate, below: &Certificate) -> bool {
    let vouches = |above: &Certificate| {
        below.raw_issuer() == above.raw_subject() && below.check_signature_from(above).is_ok()
    };
    // A root needs nobody; an intermediate may be called as its root is.
    vouches(above) && !vouches(below)
}

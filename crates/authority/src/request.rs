//! Certificate requests.

use x509::build::{RequestTemplate, SignError};

use crate::Profile;
use crate::key::Signer;

/// A request for a certificate of this profile, as kubeadm makes it: only the subject and the
/// alternative names are asked for, what it may be used for is up to the signer
/// (`cmd/kubeadm/app/util/pkiutil` `NewCSR`).
///
/// # Errors
/// When the key does not sign.
pub fn request(profile: &Profile, signer: &dyn Signer) -> Result<Vec<u8>, SignError> {
    let template = RequestTemplate {
        subject: profile.subject.to_der(),
        public_key: signer.public_key().to_vec(),
        extensions: profile.names.extension().into_iter().collect(),
    };
    template.sign(signer)
}

//! `kubepki token certificate-key`.

use authority::objects::CertificateKey;

use crate::error::CliError;
use crate::show;

/// Prints a certificate key.
pub fn run() -> Result<(), CliError> {
    show::secret(&CertificateKey::generate()?.text())
}

//! Authorities that are brought along, and the root above those that are made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use authority::{Authority, AuthorityError, Signer};
use change::given::{Given, Known, Root};
use verify::{Certificate, load};

use crate::error::CliError;
use crate::input;
use crate::password::Password;
use crate::signer;

/// Options that name them.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Authorities")]
pub struct GivenArgs {
    /// The certificate of a cluster CA that there is already.
    #[arg(long, value_name = "FILE")]
    ca_cert: Option<PathBuf>,

    /// Its key: a PEM file, or a pkcs11: URI of one that stays in its token.
    #[arg(long, value_name = "KEY", requires = "ca_cert")]
    ca_key: Option<String>,

    /// The certificate of an etcd CA that there is already.
    #[arg(long, value_name = "FILE")]
    etcd_ca_cert: Option<PathBuf>,

    /// Its key.
    #[arg(long, value_name = "KEY", requires = "etcd_ca_cert")]
    etcd_ca_key: Option<String>,

    /// The certificate of a front-proxy CA that there is already.
    #[arg(long, value_name = "FILE")]
    front_proxy_ca_cert: Option<PathBuf>,

    /// Its key.
    #[arg(long, value_name = "KEY", requires = "front_proxy_ca_cert")]
    front_proxy_ca_key: Option<String>,

    #[command(flatten)]
    root: RootArgs,

    /// A file whose first line opens encrypted keys; asked for at the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Who stands above authorities that are made.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Authorities")]
pub struct RootArgs {
    /// The certificate of a root: the authorities that are made are intermediates below it.
    #[arg(long, value_name = "FILE")]
    root_ca: Option<PathBuf>,

    /// The root's key, when it is at hand; it is not copied anywhere.
    #[arg(long, value_name = "KEY", requires = "root_ca")]
    root_ca_key: Option<String>,
}

impl RootArgs {
    /// Reads what they name.
    ///
    /// # Errors
    /// When a file cannot be read, or certificate and key do not belong together.
    pub fn read(&self, password: &mut Password) -> Result<Option<Root>, CliError> {
        let Some(path) = &self.root_ca else {
            return Ok(None);
        };
        let chain = certificates(path)?;
        let own = chain.first().map(AsRef::as_ref);
        let key = self.root_ca_key.as_deref();
        let signer = key.map(|key| signer::open(key, own, password));
        let authority = signer
            .transpose()?
            .map(|signer| Authority::new(chain.clone(), signer))
            .transpose()
            .map_err(|source| no_authority(path, source))?;
        Ok(Some(Root { chain, authority }))
    }
}

impl GivenArgs {
    /// Reads what they name.
    ///
    /// # Errors
    /// When a file cannot be read, or certificate and key do not belong together.
    pub fn read(&self) -> Result<Given, CliError> {
        let mut password = Password::new(self.password_file.as_deref())?;
        let named = [
            ("ca", &self.ca_cert, &self.ca_key),
            ("etcd-ca", &self.etcd_ca_cert, &self.etcd_ca_key),
            (
                "front-proxy-ca",
                &self.front_proxy_ca_cert,
                &self.front_proxy_ca_key,
            ),
        ];
        let root = self.root.read(&mut password)?;
        let mut authorities = BTreeMap::new();
        for (name, certificate, key) in named {
            if let Some(certificate) = certificate {
                let root = root.as_ref().map(|root| root.chain.as_slice());
                let key = key.as_deref();
                let known = known(certificate, key, root.unwrap_or_default(), &mut password)?;
                authorities.insert(name, known);
            }
        }
        Ok(Given { authorities, root })
    }
}

fn known(
    path: &Path,
    key: Option<&str>,
    root: &[Arc<Certificate>],
    password: &mut Password,
) -> Result<Known, CliError> {
    let bundle = certificates(path)?;
    let (signer, text) = match key {
        None => (None, None),
        Some(key) if signer::is_token(key) => {
            let own = bundle.first().map(AsRef::as_ref);
            (Some(signer::open(key, own, password)?), None)
        }
        Some(key) => {
            let key = signer::from_file(Path::new(key), password)?;
            let text = key.to_pem().map_err(|error| wrong(path, &error))?;
            (Some(Arc::new(key) as Arc<dyn Signer>), Some(text))
        }
    };
    let known = Known::new(bundle, root, signer, text);
    known
        .map(Known::apart)
        .map_err(|source| no_authority(path, source))
}

fn certificates(path: &Path) -> Result<Vec<Arc<Certificate>>, CliError> {
    load::client_go_certs(&input::read(path)?).map_err(|error| wrong(path, &error))
}

fn no_authority(path: &Path, source: AuthorityError) -> CliError {
    CliError::NotAnAuthority {
        path: path.to_owned(),
        source,
    }
}

fn wrong(path: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::Broken {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

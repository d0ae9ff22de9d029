//! The authority that signs: from the files that are named, or from a node's tree.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use authority::{Authority, Signer, control_plane};
use change::given::{chain, climb, to_pem};
use cluster::Material;
use cluster::catalogue::{self, AUTHORITIES};
use verify::{Certificate, load};

use crate::args::OneNode;
use crate::error::CliError;
use crate::password::Password;
use crate::{input, signer};

/// Which authority signs.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Authority")]
pub struct CaArgs {
    #[command(flatten)]
    pub node: OneNode,

    /// The certificate of the authority, in a file of its own; those above it may follow.
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    ca_cert: Option<PathBuf>,

    /// Its key: a PEM file, or a pkcs11: URI of one that stays in its token.
    #[arg(long, value_name = "KEY")]
    ca_key: Option<String>,

    /// A file whose first line opens an encrypted key; asked for at the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// An authority that can sign.
pub struct Ca {
    /// The authority.
    pub authority: Authority,
    /// Every certificate of its file, its own first: what is trusted.
    pub bundle: Vec<Arc<Certificate>>,
}

impl CaArgs {
    /// The authority: the one that is named, else the tree's own of kubeadm's short name.
    ///
    /// # Errors
    /// When there is none, its key is not here, or they do not belong together.
    pub fn read(&self, name: Option<&str>) -> Result<Ca, CliError> {
        let mut password = Password::new(self.password_file.as_deref())?;
        let row = AUTHORITIES.iter().find(|row| Some(row.name) == name);
        match (&self.ca_cert, row) {
            (Some(path), _) => self.named(path, &mut password),
            (None, Some(row)) => self.of_tree(row, &mut password),
            (None, None) => Err(CliError::NoAuthority),
        }
    }

    /// Whether the authority is the tree's own, rather than one of a file that is named.
    pub fn is_of_the_tree(&self) -> bool {
        self.ca_cert.is_none()
    }

    fn named(&self, path: &Path, password: &mut Password) -> Result<Ca, CliError> {
        let bundle = load::client_go_certs(&input::read(path)?);
        let bundle = bundle.map_err(|error| wrong(path, &error))?;
        // clap asks for the key of a certificate that is named.
        let key = self.ca_key.as_ref().ok_or(CliError::NoAuthority)?;
        let signer = signer::open(key, bundle.first().map(AsRef::as_ref), password)?;
        Ca::new(path, bundle, signer)
    }

    fn of_tree(&self, row: &catalogue::Authority, password: &mut Password) -> Result<Ca, CliError> {
        let node = self.node.read()?;
        let plane = self.node.control_plane(&node);
        let file = |end: &str| plane.file(&format!("{}.{end}", row.base));
        let (certificate, key) = (file("crt"), file("key"));
        let mut bundle = control_plane::certificates(&certificate)?;
        // Who stands above an intermediate lies in a file of its own.
        let trust = plane.file("ca-bundle.crt");
        if trust.bytes().is_some() {
            let others = control_plane::certificates(&trust)?;
            let own = chain(&bundle);
            bundle.extend(climb(own.clone(), &others).split_off(own.len()));
        }
        let signer = match &self.ca_key {
            Some(key) => signer::open(key, bundle.first().map(AsRef::as_ref), password)?,
            None => {
                let path = path_of(&key);
                let bytes = key.bytes().ok_or_else(|| CliError::NoKey(path.clone()))?;
                Arc::new(signer::from_pem(&path, bytes, password)?)
            }
        };
        Ca::new(&path_of(&certificate), bundle, signer)
    }
}

impl Ca {
    fn new(
        path: &Path,
        bundle: Vec<Arc<Certificate>>,
        signer: Arc<dyn Signer>,
    ) -> Result<Self, CliError> {
        let authority = Authority::new(chain(&bundle), signer);
        let authority = authority.map_err(|error| wrong(path, &error))?;
        Ok(Ca { authority, bundle })
    }

    /// What was issued, and who stands between it and the root, which its bearer has to send along:
    /// in PEM.
    pub fn pem(&self, issued: Arc<Certificate>) -> String {
        // The last of a chain is trusted without anybody's word.
        let between = self.authority.chain().split_last();
        let between = between.map_or(&[][..], |(_, between)| between);
        to_pem(&[&[issued], between].concat())
    }
}

/// Its path on the node.
fn path_of(material: &Material) -> PathBuf {
    material.path().map_or("", AsRef::as_ref).into()
}

fn wrong(path: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::Broken {
        path: path.to_owned(),
        why: error.to_string(),
    }
}

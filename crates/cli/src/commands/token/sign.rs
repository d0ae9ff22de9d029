//! `kubepki token sign`.

use std::path::{Path, PathBuf};

use authority::control_plane::ControlPlane;
use authority::token::service_account::{
    self, Account, BoundTo, Claims, Grant, Object, Refusal, Token,
};
use change::disk::{Disk, NewFile};
use change::parse;
use time::Duration;
use zeroize::Zeroizing;

use crate::args::{At, OneNode};
use crate::error::CliError;
use crate::show;

/// Arguments of `kubepki token sign`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The namespace of the service account.
    #[arg(short, long, value_name = "NAME")]
    namespace: String,

    /// The service account.
    #[arg(long, value_name = "NAME")]
    service_account: String,

    /// Its UID, which kube-apiserver compares with the account's.
    #[arg(long, default_value = "", hide_default_value = true)]
    uid: String,

    /// Whom it is for; several times for several. Default is kube-apiserver.
    #[arg(long, value_name = "NAME")]
    audience: Vec<String>,

    /// How long it lasts, such as 10m.
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = lifetime)]
    ttl: Duration,

    /// The pod that it is bound to: it ends with it.
    #[arg(long, value_name = "NAME[=UID]", value_parser = object, conflicts_with = "secret")]
    pod: Option<Object>,

    /// The node that the pod runs on; without a pod, the node that it is bound to.
    #[arg(long, value_name = "NAME[=UID]", value_parser = object, conflicts_with = "secret")]
    on_node: Option<Object>,

    /// The Secret that it is bound to.
    #[arg(long, value_name = "NAME[=UID]", value_parser = object)]
    secret: Option<Object>,

    /// Who vouches for it; default is the first of --service-account-issuer.
    #[arg(long, value_name = "URL")]
    issuer: Option<String>,

    /// Write it to a new file that only its owner may read, rather than print it.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    node: OneNode,

    #[command(flatten)]
    at: At,
}

/// Signs the token, and prints or writes it.
pub fn run(args: &Args, quiet: bool) -> Result<(), CliError> {
    let account = Account::new(&args.namespace, &args.service_account, &args.uid)?;
    let node = args.node.read()?;
    let plane = args.node.control_plane(&node);
    let grant = args.grant(account, &plane)?;
    let token = service_account::sign(&Claims::of(&grant)?, &plane.token_signer()?)?;
    if !quiet {
        args.doubts(&grant, &token, &plane)
            .iter()
            .for_each(|doubt| show::note(doubt));
    }
    match &args.out {
        Some(path) => write(path, &token),
        None => show::secret(&token),
    }
}

impl Args {
    fn grant(&self, account: Account, plane: &ControlPlane<'_>) -> Result<Grant, CliError> {
        let issuer = super::issuer(self.issuer.as_ref(), plane)?;
        let audiences = match self.audience.is_empty() {
            true => plane.audiences(),
            false => self.audience.clone(),
        };
        Ok(Grant {
            account,
            bound_to: self.bound_to(),
            issuer,
            audiences,
            from: self.at.moment(),
            lifetime: self.ttl,
        })
    }

    fn bound_to(&self) -> BoundTo {
        match (&self.pod, &self.on_node, &self.secret) {
            (Some(pod), node, _) => BoundTo::Pod {
                pod: pod.clone(),
                node: node.clone(),
            },
            (None, Some(node), _) => BoundTo::Node(node.clone()),
            (None, None, Some(secret)) => BoundTo::Secret(secret.clone()),
            (None, None, None) => BoundTo::Account,
        }
    }

    /// Why kube-apiserver may not take it. That it is for somebody else was asked for.
    fn doubts(&self, grant: &Grant, token: &str, plane: &ControlPlane<'_>) -> Vec<String> {
        let mut doubts = Vec::new();
        let checked = plane
            .token_checker()
            .map(|checker| Token::parse(token).map(|token| checker.check(&token, grant.from)));
        if let Ok(Ok(Err(refusal))) = checked
            && !matches!(refusal, Refusal::Audience { .. })
        {
            doubts.push(format!("kube-apiserver of this node refuses it: {refusal}"));
        }
        if self.uid.is_empty() {
            doubts.push(format!(
                "no kube-apiserver takes it without the account's UID: --uid \
                 \"$(kubectl -n {} get serviceaccount {} -o jsonpath={{.metadata.uid}})\"",
                self.namespace, self.service_account
            ));
        }
        doubts
    }
}

fn write(path: &Path, token: &str) -> Result<(), CliError> {
    let absolute = std::path::absolute(path).map_err(|source| CliError::Input {
        path: path.to_owned(),
        source,
    })?;
    let content = Zeroizing::new([token, "\n"].concat());
    let file = NewFile::new(absolute.to_string_lossy(), 0o600, content.as_bytes());
    Ok(Disk::open(Path::new("/"))?.write(&[], &[file])?)
}

fn lifetime(text: &str) -> Result<Duration, String> {
    // What TokenRequest allows (`pkg/apis/authentication/validation`).
    const LONGEST: i64 = 1 << 32;
    match parse::duration(text)? {
        ..=0 => Err("a token has to last for a while".to_owned()),
        seconds if seconds > LONGEST => {
            Err("no token may last for more than 2^32 seconds".to_owned())
        }
        seconds => Ok(Duration::seconds(seconds)),
    }
}

/// A name, and perhaps a UID behind it.
fn object(text: &str) -> Result<Object, String> {
    let (name, uid) = text.split_once('=').unwrap_or((text, ""));
    match name.is_empty() {
        true => Err("NAME or NAME=UID is wanted".to_owned()),
        false => Ok(Object {
            name: name.to_owned(),
            uid: uid.to_owned(),
        }),
    }
}

//! `kubepki bundle kubeadm-certs`.

use std::path::PathBuf;

use authority::control_plane::{self, Unusable};
use authority::objects::{self, CertificateKey};
use authority::token::BootstrapToken;
use cluster::Material;

use super::Output;
use crate::args::{At, OneNode};
use crate::error::CliError;
use crate::secret;
use crate::show::{self, manifest};

/// Arguments of `kubepki bundle kubeadm-certs`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The certificate key to encrypt under, in a file, or `-`; without it one is made and told.
    #[arg(long, value_name = "FILE")]
    certificate_key_file: Option<PathBuf>,

    #[command(flatten)]
    node: OneNode,

    #[command(flatten)]
    at: At,

    #[command(flatten)]
    output: Output,
}

/// Prints the Secret, the token that it is to end with, and the role that lets nodes that join read
/// it.
pub fn run(args: &Args, quiet: bool) -> Result<(), CliError> {
    let given = args.certificate_key_file.as_deref();
    let given = given.map(secret::certificate_key).transpose()?;
    let node = args.node.read()?;
    let shared = args.node.control_plane(&node).shared_files();
    let files = contents(&shared)?;
    let key = match &given {
        Some(key) => key,
        None => &CertificateKey::generate()?,
    };
    let token = BootstrapToken::generate()?;
    let mut made = vec![
        objects::bootstrap_token(&token, &objects::kubeadm_certs_terms(args.at.moment())),
        objects::kubeadm_certs(&files, key)?,
    ];
    made.extend(objects::certs_roles());
    manifest::print(&made, args.output.output)?;
    if given.is_none() {
        tell(key, quiet);
    }
    if !quiet {
        note_empty(&files);
        note_end(&token);
    }
    Ok(())
}

/// Each file of the Secret by its name there, and what is in it.
type Contents<'a> = Vec<(&'static str, Option<&'a [u8]>)>;

/// A file that is not there is left out; but without any of them there is nothing to share.
fn contents<'a>(files: &'a [(&'static str, Option<Material>)]) -> Result<Contents<'a>, Unusable> {
    let mut contents = Contents::new();
    let mut first_missing = None;
    for (name, material) in files {
        let content = match material.as_ref().map(control_plane::bytes).transpose() {
            Err(Unusable::Missing(path)) => {
                first_missing.get_or_insert(path);
                None
            }
            other => other?,
        };
        contents.push((*name, content));
    }
    match first_missing {
        Some(path) if contents.iter().all(|(_, content)| content.is_none()) => {
            Err(Unusable::Missing(path))
        }
        _ => Ok(contents),
    }
}

/// The key is part of the result, and may not stand beside what it opens.
fn tell(key: &CertificateKey, quiet: bool) {
    anstream::eprintln!("certificate key: {}", *key.text());
    if !quiet {
        show::note(
            "further control-plane nodes join with it (kubeadm join --control-plane \
             --certificate-key); whoever has it and may read the Secret has the keys of the CAs",
        );
    }
}

fn note_empty(contents: &Contents<'_>) {
    let empty = contents.iter().filter(|(_, content)| content.is_none());
    let names: Vec<&str> = empty.map(|(name, _)| *name).collect();
    if !names.is_empty() {
        let names = names.join(", ");
        show::note(&format!(
            "not on this node, and so empty in the Secret: {names}"
        ));
    }
}

/// Only the cluster knows the UID that ties one object to another.
fn note_end(token: &BootstrapToken) {
    let owner = format!("bootstrap-token-{}", token.id());
    show::note(
        "the Secret goes with its token, after two hours, once it belongs to it; when both are \
         applied, run this:",
    );
    anstream::eprintln!(
        "uid=$(kubectl -n kube-system get secret {owner} -o jsonpath={{.metadata.uid}}) && \
         kubectl -n kube-system patch secret kubeadm-certs --type=merge -p \
         '{{\"metadata\":{{\"ownerReferences\":[{{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\
         \"name\":\"{owner}\",\"uid\":\"'$uid'\",\"controller\":true,\
         \"blockOwnerDeletion\":true}}]}}}}'"
    );
}

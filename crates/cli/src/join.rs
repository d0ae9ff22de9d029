//! Where a node that joins finds the cluster, and the command that it joins with.

use authority::control_plane::{ControlPlane, Endpoint, certificates};
use authority::objects::CertificateKey;
use authority::token::{BootstrapToken, pin};
use zeroize::Zeroizing;

use crate::error::CliError;

/// Where it is said to find kube-apiserver.
#[derive(Debug, clap::Args)]
pub struct Server {
    /// Where nodes find kube-apiserver; default is the server of admin.conf, as with kubeadm.
    #[arg(long, value_name = "URL", value_parser = https)]
    server: Option<String>,
}

impl Server {
    /// The server that was given, or admin.conf's, with its CA.
    ///
    /// # Errors
    /// When neither is there.
    pub fn endpoint(&self, plane: &ControlPlane<'_>) -> Result<Endpoint, CliError> {
        let found = plane.endpoint();
        let Some(server) = self.server.clone() else {
            return Ok(found?);
        };
        let ca = found.map_or_else(|_| plane.file("ca.crt"), |found| found.ca);
        Ok(Endpoint { server, ca })
    }
}

/// What to run on a node that joins (`cmd/kubeadm/app/util/cmd/join.go`): with a certificate key, one
/// of the control plane.
///
/// # Errors
/// When the CA cannot be read.
pub fn command(
    endpoint: &Endpoint,
    token: &BootstrapToken,
    key: Option<&CertificateKey>,
) -> Result<Zeroizing<String>, CliError> {
    let address = endpoint.server.trim_start_matches("https://");
    let address = address.split('/').next().unwrap_or_default();
    let pins = certificates(&endpoint.ca)?;
    let pins = pins.iter().map(|certificate| pin::of(certificate));
    let pins: String = pins
        .map(|pin| format!(" --discovery-token-ca-cert-hash {pin}"))
        .collect();
    let key = key.map(CertificateKey::text);
    let plane = match &key {
        Some(key) => [" --control-plane --certificate-key ", key],
        None => ["", ""],
    };
    let line = [
        "kubeadm join ",
        address,
        " --token ",
        &token.text(),
        &pins,
        plane[0],
        plane[1],
    ];
    Ok(Zeroizing::new(line.concat()))
}

fn https(text: &str) -> Result<String, String> {
    match text.strip_prefix("https://") {
        Some(rest) if !rest.is_empty() => Ok(text.to_owned()),
        _ => Err("it has to begin with https://".to_owned()),
    }
}

//! kubeconfigs as kubeadm writes them: one cluster, one user, one context
//! (`cmd/kubeadm/app/util/kubeconfig/kubeconfig.go`).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

/// What a kubeconfig says.
pub struct Kubeconfig<'a> {
    /// The name of its cluster.
    pub cluster: &'a str,
    /// The URL of the API server.
    pub server: &'a str,
    /// The CA certificates that the API server is verified with, in PEM; `None` where they are not
    /// known yet, beside a request.
    pub ca: Option<&'a str>,
    /// The name of its user, in this file only.
    pub user: &'a str,
    /// How the user proves to be somebody.
    pub credential: Credential<'a>,
}

/// How a user proves to be somebody.
pub enum Credential<'a> {
    /// By a certificate, with those above it but the root, and its key; both in PEM.
    Certificate {
        /// The certificate.
        certificate: &'a str,
        /// Its key.
        key: &'a str,
    },
    /// By a certificate that is still to be signed: the key in PEM.
    Key(&'a str),
    /// By a bearer token.
    Token(&'a str),
}

impl Kubeconfig<'_> {
    /// The text. It holds the credential: it is wiped when dropped.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut cluster = Map::new();
        if let Some(ca) = self.ca {
            cluster.insert("certificate-authority-data".into(), base64(ca).into());
        }
        cluster.insert("server".into(), self.server.into());
        let context = format!("{}@{}", self.user, self.cluster);
        let config = json!({
            "apiVersion": "v1",
            "clusters": [{"cluster": cluster, "name": self.cluster}],
            "contexts": [{
                "context": {"cluster": self.cluster, "user": self.user},
                "name": &context,
            }],
            "current-context": &context,
            "kind": "Config",
            "users": [{"name": self.user, "user": self.credential.open_fields()}],
        });
        with_secret(&yaml::write(&config), &self.credential.secret())
    }
}

impl Credential<'_> {
    /// The fields of the user; the last is the secret one, and still null.
    fn open_fields(&self) -> Value {
        match self {
            Credential::Certificate { certificate, .. } => json!({
                "client-certificate-data": base64(certificate),
                "client-key-data": null,
            }),
            Credential::Key(_) => json!({"client-key-data": null}),
            Credential::Token(_) => json!({"token": null}),
        }
    }

    /// The secret as a line of YAML has it.
    fn secret(&self) -> Zeroizing<String> {
        Zeroizing::new(match self {
            Credential::Certificate { key, .. } | Credential::Key(key) => base64(key),
            Credential::Token(token) => yaml::write(&json!(token)).trim_end().to_owned(),
        })
    }
}

/// The text with the secret in the place of the null that it ends with: copied once into memory
/// that is wiped, rather than handed through a writer that is not.
fn with_secret(text: &str, secret: &str) -> Zeroizing<String> {
    let open = text.trim_end().trim_end_matches("null");
    let mut whole = Zeroizing::new(String::with_capacity(open.len() + secret.len() + 1));
    whole.extend([open, secret, "\n"]);
    whole
}

fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

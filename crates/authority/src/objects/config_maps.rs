//! The ConfigMaps that tell whom to trust.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use time::{Duration, UtcDateTime};
use verify::Certificate;
use x509::pem;

use super::{Namespace, base64};
use crate::json::as_go;
use crate::token::{BootstrapToken, jws};

/// What kube-controller-manager writes beside the CA
/// (`pkg/controller/certificates/rootcacertpublisher/publisher.go`).
const ROOT_CA_DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal \
     endpoints such as the internal service IP or kubernetes.default.svc. No other usage is \
     guaranteed across distributions of Kubernetes clusters.";

/// How kube-apiserver knows its clients.
#[derive(Clone, Debug, Default)]
pub struct ClientAuthentication {
    /// `--client-ca-file`.
    pub client_ca: Vec<Arc<Certificate>>,
    /// `--requestheader-…`, when there is an aggregation layer.
    pub request_header: Option<RequestHeader>,
}

/// How kube-apiserver knows whom a front proxy speaks for.
#[derive(Clone, Debug, Default)]
pub struct RequestHeader {
    /// `--requestheader-client-ca-file`.
    pub ca: Vec<Arc<Certificate>>,
    /// `--requestheader-allowed-names`; none for any.
    pub allowed_names: Vec<String>,
    /// `--requestheader-username-headers`.
    pub username_headers: Vec<String>,
    /// `--requestheader-uid-headers`, which are not written when there are none.
    pub uid_headers: Vec<String>,
    /// `--requestheader-group-headers`.
    pub group_headers: Vec<String>,
    /// `--requestheader-extra-headers-prefix`.
    pub extra_headers_prefix: Vec<String>,
}

/// ConfigMap `kube-root-ca.crt`, which pods of a namespace verify kube-apiserver with.
pub fn root_ca(namespace: &Namespace, bundle: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "kube-root-ca.crt",
            "namespace": namespace.0,
            "annotations": {"kubernetes.io/description": ROOT_CA_DESCRIPTION},
        },
        "data": {"ca.crt": bundle},
    })
}

/// ConfigMap `extension-apiserver-authentication`, which extension API servers know clients by. As
/// kube-apiserver writes it when there is none yet, at the moment `at`: each certificate once, and
/// none that has expired more than five minutes ago
/// (`pkg/controlplane/controller/clusterauthenticationtrust`).
pub fn extension_apiserver_authentication(
    authentication: &ClientAuthentication,
    at: UtcDateTime,
) -> Value {
    let mut data = Map::new();
    let mut put = |key: &str, text: String| {
        if !text.is_empty() {
            data.insert(key.to_owned(), text.into());
        }
    };
    put("client-ca-file", bundle(&authentication.client_ca, at));
    let header = authentication.request_header.as_ref();
    let header = header.map(|header| (header, bundle(&header.ca, at)));
    // Without a CA that vouches for the proxy its headers mean nothing.
    if let Some((header, ca)) = header.filter(|(_, ca)| !ca.is_empty()) {
        let list = |texts: &[String]| as_go(&json!(texts));
        put("requestheader-allowed-names", list(&header.allowed_names));
        put("requestheader-client-ca-file", ca);
        put(
            "requestheader-extra-headers-prefix",
            list(&header.extra_headers_prefix),
        );
        put("requestheader-group-headers", list(&header.group_headers));
        if !header.uid_headers.is_empty() {
            put("requestheader-uid-headers", list(&header.uid_headers));
        }
        put(
            "requestheader-username-headers",
            list(&header.username_headers),
        );
    }
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "extension-apiserver-authentication", "namespace": "kube-system"},
        "data": data,
    })
}

/// ConfigMap `cluster-info`, which a node that joins reads before it can verify anything, signed
/// with each of the tokens.
pub fn cluster_info(kubeconfig: &str, tokens: &[BootstrapToken]) -> Value {
    let mut data = Map::new();
    data.insert("kubeconfig".to_owned(), kubeconfig.into());
    for token in tokens {
        let key = format!("jws-kubeconfig-{}", token.id());
        data.insert(key, jws::sign(kubeconfig, token).into());
    }
    json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "cluster-info", "namespace": "kube-public"},
        "data": data,
    })
}

/// The kubeconfig in `cluster-info`: one cluster without a name, and nobody's credentials
/// (`cmd/kubeadm/app/phases/bootstraptoken/clusterinfo`).
pub fn discovery_kubeconfig(server: &str, ca: &[u8]) -> String {
    yaml::write(&json!({
        "apiVersion": "v1",
        "clusters": [{
            "cluster": {"certificate-authority-data": base64(ca), "server": server},
            "name": "",
        }],
        "contexts": null,
        "current-context": "",
        "kind": "Config",
        "users": null,
    }))
}

fn bundle(certificates: &[Arc<Certificate>], at: UtcDateTime) -> String {
    const SLACK: Duration = Duration::minutes(5);
    let mut seen = HashSet::new();
    certificates
        .iter()
        .filter(|certificate| certificate.not_after.utc() > at.saturating_sub(SLACK))
        .filter(|certificate| seen.insert(certificate.sha256()))
        .map(|certificate| pem::encode("CERTIFICATE", certificate.der()).to_string())
        .collect()
}

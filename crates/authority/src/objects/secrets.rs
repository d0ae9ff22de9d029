//! The Secret that makes a bootstrap token known to a cluster.

use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use crate::token::BootstrapToken;
use crate::token::bootstrap::Terms;

/// Secret `bootstrap-token-ID` (`cmd/kubeadm/app/apis/bootstraptoken/v1/utils.go`). It holds the
/// token as it is.
pub fn bootstrap_token(token: &BootstrapToken, terms: &Terms) -> Value {
    let mut data = Map::new();
    let mut put = |key: String, text: &str| data.insert(key, text.into());
    put("token-id".to_owned(), token.id());
    put("token-secret".to_owned(), token.secret());
    if let Some(description) = &terms.description {
        put("description".to_owned(), description);
    }
    let expires = terms
        .expires
        .map(|moment| moment.replace_nanosecond(0).unwrap_or(moment));
    if let Some(text) = expires.and_then(|moment| moment.format(&Rfc3339).ok()) {
        put("expiration".to_owned(), &text);
    }
    for usage in &terms.usages {
        put(format!("usage-bootstrap-{}", usage.name()), "true");
    }
    if !terms.groups.is_empty() {
        let names: Vec<&str> = terms.groups.iter().map(|group| group.name()).collect();
        put("auth-extra-groups".to_owned(), &names.join(","));
    }
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": format!("bootstrap-token-{}", token.id()),
            "namespace": "kube-system",
        },
        "type": "bootstrap.kubernetes.io/token",
        "stringData": data,
    })
}

//! Who may read these objects: the roles that kubeadm makes beside them.

use serde_json::{Value, json};

use crate::token::bootstrap::DEFAULT_GROUP;

/// Everybody may read ConfigMap `cluster-info`, also without credentials
/// (`cmd/kubeadm/app/phases/bootstraptoken/clusterinfo`).
pub fn discovery_roles() -> [Value; 2] {
    let everybody = json!({
        "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "system:anonymous",
    });
    let object = ("configmaps", "cluster-info");
    roles(
        "kubeadm:bootstrap-signer-clusterinfo",
        "kube-public",
        object,
        &everybody,
    )
}

/// Whoever joins with a token may read Secret `kubeadm-certs` (`cmd/kubeadm/app/phases/copycerts`).
pub fn certs_roles() -> [Value; 2] {
    let nodes = json!({
        "apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": DEFAULT_GROUP,
    });
    roles(
        "kubeadm:kubeadm-certs",
        "kube-system",
        ("secrets", "kubeadm-certs"),
        &nodes,
    )
}

/// A role that lets one object be read, and its binding of the same name.
fn roles(name: &str, namespace: &str, object: (&str, &str), subject: &Value) -> [Value; 2] {
    let (resource, object) = object;
    let metadata = json!({"name": name, "namespace": namespace});
    let role = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": metadata,
        "rules": [{
            "apiGroups": [""],
            "resources": [resource],
            "resourceNames": [object],
            "verbs": ["get"],
        }],
    });
    let binding = json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
        "subjects": [subject],
    });
    [role, binding]
}

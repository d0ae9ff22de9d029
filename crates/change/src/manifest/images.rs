//! Where images come from (`cmd/kubeadm/app/images`).

use crate::wish::{Cluster, LocalEtcd};

/// etcd's tag for Kubernetes 1.34 to 1.36; kubeadm takes the nearest for any other
/// (`SupportedEtcdVersion`, `cmd/kubeadm/app/constants`).
const ETCD_TAG: &str = "3.6.8-0";

/// The image of a component that has Kubernetes' own version.
pub(super) fn kubernetes(component: &str, cluster: &Cluster) -> String {
    let repository = &cluster.image_repository;
    format!("{repository}/{component}:{}", tag(&cluster.version))
}

/// The image of etcd.
pub(super) fn etcd(etcd: &LocalEtcd, cluster: &Cluster) -> String {
    let repository = etcd.image_repository.as_ref();
    let repository = repository.unwrap_or(&cluster.image_repository);
    let tag = etcd.image_tag.as_deref().unwrap_or(ETCD_TAG);
    format!("{repository}/etcd:{tag}")
}

/// A version as a tag, which may hold letters, digits, `_`, `.` and `-` only.
fn tag(version: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    version.replace(|c| !allowed(c), "_")
}

//! Where the audit and what happens part, with the reason; the test fails when one is no more.

use crate::faults::{
    ADMIN_IN, ALL_OF_APISERVER, CLIENTS, KUBELET_IN, MANAGER_IN, PROXY_IN, SCHEDULER_IN, TO_ETCD,
    TO_KUBELET,
};

/// The fault, the channels, and why.
pub const EXCEPTIONS: &[(&str, &[&str], &str)] = &[
    (
        "the kubelet's store is cut off",
        &[TO_KUBELET],
        "the kubelet looks into its store when it starts, and ends; whoever stands in for it reads a \
         kubeconfig's files when it is asked for them",
    ),
    ("the scheduler dials another port", &[SCHEDULER_IN], PORT),
    (
        "kube-apiserver's port is another than its clients'",
        CLIENTS,
        PORT,
    ),
    (
        "clients use an external name",
        &[KUBELET_IN, ADMIN_IN, PROXY_IN],
        "the network of the tests has no such name",
    ),
    ("etcd is looked for at the peers' port", &[TO_ETCD], PORT),
    (
        "kube-controller-manager listens on kube-apiserver's port",
        &[MANAGER_IN],
        "which of the two comes first, and so who ends, is up to chance",
    ),
    (
        "tokens are signed with a new key",
        &[MANAGER_IN],
        "it comes in by its certificate, leads, and stands still: its controllers' tokens are refused",
    ),
    (
        "probes that say who they are, and nobody anonymous",
        ALL_OF_APISERVER,
        "whoever stands in for the kubelet sends no headers, and the token in them is nobody's here",
    ),
];

/// The audit warns, and leaves it at that.
const PORT: &str = "whether something else listens there and leads on is not in the node's files";

//! Secrets with certificates in them, and the one with everybody's keys.

use super::{Reading, decoded};
use crate::material::{Loader, Pair};
use crate::objects::{Bundle, Objects, Purpose, SharedKeys, TlsSecret};

pub(super) fn add(objects: &mut Objects, reading: &Reading<'_>) {
    if reading.is("kube-system", "kubeadm-certs") {
        let owners = reading.root.at(&["metadata", "ownerReferences"]);
        objects.shared_keys = Some(SharedKeys {
            object: reading.named.clone(),
            created: reading.created(),
            has_owner: owners.is_some_and(|owners| !owners.items().is_empty()),
            place: reading.root.place(),
        });
        return;
    }
    let data = reading.root.get("data");
    let of = |key| data.as_ref()?.get(key).and_then(|value| decoded(&value));
    match reading.root.text_at("type") {
        Some("kubernetes.io/tls") => objects.secrets.push(TlsSecret {
            object: reading.named.clone(),
            pair: Pair {
                certificate: of("tls.crt"),
                key: of("tls.key"),
                loader: Loader::ClientGoPair,
            },
        }),
        Some("kubernetes.io/service-account-token") => {
            objects.bundles.extend(of("ca.crt").map(|material| Bundle {
                object: reading.named.clone(),
                purpose: Purpose::TokenSecret,
                material,
            }));
        }
        _ => {}
    }
}

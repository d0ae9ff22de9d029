//! ConfigMaps that tell whom to trust.

use std::sync::Arc;

use super::{Reading, plain, setting};
use crate::document::Cursor;
use crate::objects::{Bundle, Endpoint, Named, Objects, Purpose};
use yaml::{Scalar, Style, Value};

pub(super) fn add(objects: &mut Objects, reading: &Reading<'_>) {
    let Some(data) = reading.root.get("data") else {
        return;
    };
    match () {
        () if &*reading.named.name == "kube-root-ca.crt" => {
            bundle(objects, reading, &data, "ca.crt", Purpose::Pods);
        }
        () if reading.is("kube-public", "cluster-info") => {
            kubeconfig(objects, reading, &data, "kubeconfig", &Purpose::Joining);
        }
        () if reading.is("kube-system", "kube-proxy") => {
            kubeconfig(objects, reading, &data, "kubeconfig.conf", &Purpose::Proxy);
        }
        () if reading.is("kube-system", "extension-apiserver-authentication") => {
            bundle(objects, reading, &data, "client-ca-file", Purpose::Clients);
            let proxy = "requestheader-client-ca-file";
            bundle(objects, reading, &data, proxy, Purpose::FrontProxy);
            let names = data.get("requestheader-allowed-names");
            objects.allowed_names = names.and_then(|names| setting(&names));
        }
        () => {}
    }
}

fn bundle(
    objects: &mut Objects,
    reading: &Reading<'_>,
    data: &Cursor<'_>,
    key: &str,
    purpose: Purpose,
) {
    objects.bundles.extend(
        data.get(key)
            .and_then(|text| plain(&text))
            .map(|material| Bundle {
                object: reading.named.clone(),
                purpose,
                material,
            }),
    );
}

/// A kubeconfig within the ConfigMap: what its clusters say.
fn kubeconfig(
    objects: &mut Objects,
    reading: &Reading<'_>,
    data: &Cursor<'_>,
    key: &str,
    purpose: &Purpose,
) {
    let Some(outer) = data.get(key) else { return };
    let Some(mut inner) = outer.text().and_then(first_document) else {
        return;
    };
    settle(&mut inner, outer.node());
    let path = &outer.place().path;
    let root = Cursor::new(&inner, path).within(outer.field());
    let clusters = root.get("clusters").map(|list| list.items());
    for cluster in clusters.into_iter().flatten() {
        if let Some(cluster) = cluster.get("cluster") {
            of_cluster(objects, &reading.named, &cluster, purpose);
        }
    }
}

fn of_cluster(objects: &mut Objects, named: &Arc<Named>, cluster: &Cursor<'_>, purpose: &Purpose) {
    let authority = cluster.get("certificate-authority-data");
    let authority = authority.filter(|authority| authority.text() != Some(""));
    let authority = authority.and_then(|authority| super::decoded(&authority));
    objects.bundles.extend(authority.map(|material| Bundle {
        object: named.clone(),
        purpose: purpose.clone(),
        material,
    }));
    let of = |key| cluster.get(key).and_then(|value| setting(&value));
    objects
        .endpoints
        .extend(of("server").map(|server| Endpoint {
            object: named.clone(),
            server,
            insecure: of("insecure-skip-tls-verify").filter(|insecure| insecure.value == "true"),
        }));
}

fn first_document(text: &str) -> Option<yaml::Node> {
    yaml::parse(text).ok()?.into_iter().next()
}

/// What lies in a block lies so many lines below where its text starts, in a column that its
/// indentation decides; in any other text, where that is.
fn settle(node: &mut yaml::Node, outer: &yaml::Node) {
    let is_block = matches!(
        &outer.value,
        Value::Scalar(Scalar {
            style: Style::Block,
            ..
        })
    );
    settle_at(node, outer, is_block && outer.line > 0);
}

fn settle_at(node: &mut yaml::Node, outer: &yaml::Node, is_block: bool) {
    match is_block {
        true => {
            node.line = outer.line.saturating_add(node.line).saturating_sub(1);
            node.column = 0;
        }
        false => (node.line, node.column) = (outer.line, outer.column),
    }
    match &mut node.value {
        Value::Scalar(_) => {}
        Value::Sequence(items) => {
            for item in items {
                settle_at(item, outer, is_block);
            }
        }
        Value::Mapping(entries) => {
            for (key, value) in entries {
                settle_at(key, outer, is_block);
                settle_at(value, outer, is_block);
            }
        }
    }
}

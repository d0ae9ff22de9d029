//! The names that are missing are those that channels fail for.

use cluster::Graph;
use kubepki_audit::serving::{Reason, Serving, serving};

use crate::tree::{ADMIN_CONF, APISERVER, ETCD, Tree};

fn serving_of(tree: &Tree) -> Vec<Serving> {
    let inventory = tree.inventory(false);
    serving(&inventory, &Graph::of(&inventory))
}

fn missing(tree: &Tree) -> Vec<(Option<&'static str>, String)> {
    let found = serving_of(tree);
    let missing = found.iter().flat_map(|serving| {
        let names = serving.missing();
        names
            .map(|wanted| (serving.name, wanted.name.clone()))
            .collect::<Vec<_>>()
    });
    missing.collect()
}

/// The channels whose client does not find the name that it dials.
fn channels_that_miss(tree: &Tree) -> Vec<String> {
    let found = serving_of(tree);
    let wanted = found.iter().flat_map(Serving::missing);
    let channels = wanted
        .flat_map(|wanted| &wanted.reasons)
        .filter_map(|reason| match reason {
            Reason::Dialled { channel, .. } => Some(channel.clone()),
            _ => None,
        });
    let mut channels: Vec<String> = channels.collect();
    channels.sort();
    channels.dedup();
    channels
}

fn failing(tree: &Tree) -> Vec<String> {
    let channels = tree.audit().channels.into_iter();
    let failing = channels.filter(|channel| channel.verdict == kubepki_audit::Verdict::Fails);
    let mut failing: Vec<String> = failing.map(|channel| channel.id).collect();
    failing.sort();
    failing
}

#[test]
fn what_kubeadm_made_has_every_name() {
    let [rsa, ecdsa] = Tree::healthy()
        .try_into()
        .unwrap_or_else(|_| panic!("two trees"));
    for tree in [&rsa, &ecdsa] {
        let found = serving_of(tree);
        let names: Vec<_> = found.iter().map(|serving| serving.name).collect();
        assert_eq!(names, ["etcd-peer", "etcd-server", "apiserver"].map(Some));
        assert_eq!(missing(tree), []);
        let absent = found
            .iter()
            .flat_map(|one| &one.wanted)
            .filter(|one| !one.is_there);
        assert_eq!(absent.count(), 0);
    }
    assert!(serving_of(&rsa).iter().all(|one| one.unneeded.is_empty()));
    let unneeded: Vec<String> = serving_of(&ecdsa)
        .into_iter()
        .flat_map(|one| one.unneeded)
        .collect();
    for name in [
        "*.apps.example.com",
        "etcd-0.example.internal",
        "2001:db8::10",
    ] {
        assert!(
            unneeded.iter().any(|one| one == name),
            "{name} in {unneeded:?}"
        );
    }
}

#[test]
fn what_is_missing_is_what_fails() {
    for healthy in Tree::healthy() {
        let mut tree = healthy.clone();
        tree.set(ADMIN_CONF, "server", "https://api.moved.example:6443");
        assert!(missing(&tree).contains(&(Some("apiserver"), "api.moved.example".to_owned())));
        assert_eq!(channels_that_miss(&tree), failing(&tree));

        let mut tree = healthy.clone();
        tree.reissue("etcd/server", |spec| {
            spec.ips.retain(|ip| !ip.is_loopback())
        });
        assert_eq!(
            missing(&tree),
            [(Some("etcd-server"), "127.0.0.1".to_owned())]
        );
        assert_eq!(channels_that_miss(&tree), failing(&tree));

        let mut tree = healthy.clone();
        tree.flag(APISERVER, "--service-cluster-ip-range", "10.77.0.0/16");
        assert_eq!(
            missing(&tree),
            [(Some("apiserver"), "10.77.0.1".to_owned())]
        );
        assert_eq!(channels_that_miss(&tree), failing(&tree));

        let mut tree = healthy.clone();
        tree.reissue("apiserver", |spec| {
            spec.dns.retain(|name| name != "kubernetes.default")
        });
        assert_eq!(
            missing(&tree),
            [(Some("apiserver"), "kubernetes.default".to_owned())]
        );
    }
}

/// Who listens somewhere need not be looked for there.
#[test]
fn where_nobody_looks_no_name_is_missing() {
    for mut tree in Tree::healthy() {
        tree.flag(
            ETCD,
            "--listen-client-urls",
            "https://10.9.8.7:2379,https://[::]:2379",
        );
        assert_eq!(missing(&tree), []);
        let found = serving_of(&tree);
        let server = found
            .iter()
            .find(|one| one.name == Some("etcd-server"))
            .unwrap();
        let wanted: Vec<_> = server
            .wanted
            .iter()
            .map(|one| (&*one.name, one.is_there))
            .collect();
        assert!(wanted.contains(&("10.9.8.7", false)), "{wanted:?}");
        assert!(!wanted.iter().any(|(name, _)| *name == "::"), "{wanted:?}");
    }
}

//! Intermediates below a root are replaced by others below it, by nodes that have nobody above them.

use std::path::Path;

use ::cluster::catalogue::AUTHORITIES;
use kubepki_change::rotate::What;
use kubepki_change::together::{State, follow};
use verify::{Certificate, load};

use crate::ground;
use crate::nodes::{NODES, Scratch, Setup, Snapshot, Tapped, no_key_was_told};
use crate::whole::is_healthy;

/// The certificate that signs, of every node's file of an authority.
fn signing(snapshot: &Snapshot, base: &str) -> Vec<Certificate> {
    let first = |node| {
        let path = Path::new(node).join(format!("etc/kubernetes/pki/{base}.crt"));
        let all = load::client_go_certs(&snapshot[&path].1).unwrap();
        (*all[0]).clone()
    };
    NODES.map(first).into()
}

#[test]
fn one_is_replaced() {
    replaced(&["ca"]);
}

#[test]
#[ignore = "a quarter of a minute"]
fn all_are_replaced() {
    replaced(&["ca", "etcd-ca", "front-proxy-ca"]);
}

/// Replaces these, to the end.
fn replaced(names: &[&str]) {
    let (root, inventory) = ground::below_a_root(3);
    let scratch = Scratch::of(&inventory, |_| true);
    let store = Tapped::new();
    let setup = Setup::new([]);
    let before = scratch.snapshot();
    let rows = || AUTHORITIES.iter().filter(|row| names.contains(&row.name));
    let what = What {
        authorities: rows().collect(),
        token_key: false,
        root: Some(root.clone()),
    };
    scratch.with(&store, &setup, || {
        for finish in [false, true] {
            let (id, _) = scratch.rotate(&store, &what, &setup.key, finish).unwrap();
            assert_eq!(follow(&store, &id, &mut |_, _| ()).unwrap(), State::Done);
            is_healthy(&scratch);
        }
    });
    no_key_was_told(&scratch, &store, 50);
    let after = scratch.snapshot();
    for row in rows() {
        let old = signing(&before, row.base);
        let new = signing(&after, row.base);
        assert!(new.iter().all(|one| *one == new[0]), "{}", row.name);
        assert!(new[0] != old[0], "{}", row.name);
        new[0].check_signature_from(root.certificate()).unwrap();
        // It alone stands in its file.
        for node in NODES {
            let path = Path::new(node).join(format!("etc/kubernetes/pki/{}.crt", row.base));
            assert_eq!(load::client_go_certs(&after[&path].1).unwrap().len(), 1);
        }
    }
}

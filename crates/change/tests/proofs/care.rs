//! What is easily forgotten: nodes without an authority's key, copies of keys, modes, kinds of keys.

use std::collections::BTreeMap;

use authority::{KeyAlgorithm, PrivateKey};
use cluster::files::Memory;
use cluster::{Files, Inventory};
use kubepki_change::choice::Named;
use kubepki_change::plan::schedule::{Schedule, Tree};
use kubepki_change::renew::renew;
use kubepki_change::rotate;
use verify::{Curve, PublicKey, load};

use crate::ground::{AT, after, example, several};
use crate::{holds, only, replaced};

const CA: &str = "/etc/kubernetes/pki/ca.crt";

fn trees(inventory: &Inventory) -> Vec<Tree> {
    Schedule::new("", inventory, AT).trees().to_vec()
}

fn node(name: &str, files: &BTreeMap<String, Vec<u8>>) -> (Option<String>, Files) {
    let memory = files
        .iter()
        .fold(Memory::default(), |memory, (path, content)| {
            memory.file(path, content.clone())
        });
    (Some(name.to_owned()), Files::in_memory(memory, false))
}

fn contents(tree: &Tree) -> BTreeMap<String, Vec<u8>> {
    let files = tree
        .iter()
        .map(|(path, held)| (path.clone(), held.content.to_vec()));
    files.collect()
}

#[test]
fn a_worker_without_the_key_trusts_the_old_one_no_more() {
    let first = contents(&trees(&several(1))[0]);
    let of_worker = ["/kubelet.conf", "/kubelet/config.yaml", "/pki/ca.crt"];
    let is_of_worker = |path: &str| of_worker.iter().any(|end| path.ends_with(end));
    let mut worker = first.clone();
    worker.retain(|path, _| is_of_worker(path));
    let before = Inventory::read(vec![node("cp-1", &first), node("worker", &worker)]);
    let end = trees(&replaced(&before, &only(&["ca"])));
    let trusted = load::append_certs_from_pem(&end[1][CA].content);
    assert_eq!(trusted.len(), 1);
    assert!(end[0][CA].content == end[1][CA].content);
    assert!(end[1][CA].content.as_slice() != worker[CA]);
}

#[test]
fn copies_of_a_pair_belong_together_afterwards() {
    let mut files = contents(&trees(&example("kubeadm-ecdsa"))[0]);
    for end in ["crt", "key"] {
        let own = files[&format!("/etc/kubernetes/pki/apiserver.{end}")].clone();
        files.insert(format!("/etc/kubernetes/pki/copy.{end}"), own);
    }
    let before = Inventory::read(vec![node("cp-1", &files)]);
    let everything = Named {
        names: None,
        before: None,
    };
    let renewal = renew(&before, "renew", &everything, AT).unwrap();
    holds(&renewal.plan);
    let end = trees(&after(&renewal.plan, &renewal.secrets));
    for base in ["apiserver", "copy"] {
        let file = |end_of: &str| &end[0][&format!("/etc/kubernetes/pki/{base}.{end_of}")].content;
        assert!(file("crt").as_slice() != files[&format!("/etc/kubernetes/pki/{base}.crt")]);
        load::key_pair(file("crt"), file("key")).unwrap();
    }
}

#[test]
fn a_new_key_is_read_by_nobody_else() {
    // A checkout lets everybody read its examples.
    let before = example("kubeadm-ecdsa");
    let (plan, _) = rotate::rotate(&before, &rotate::all(&before), "rotate", AT).unwrap();
    let written = plan.written("cp-1");
    let secret: Vec<_> = written.filter(|file| file.path.ends_with(".key")).collect();
    assert!(secret.len() > 8);
    assert!(
        secret.iter().all(|file| file.mode & 0o007 == 0),
        "{secret:?}"
    );
}

#[test]
fn tokens_are_signed_with_the_same_kind_of_key() {
    let mut files = contents(&trees(&example("kubeadm-ecdsa"))[0]);
    let key = PrivateKey::generate(KeyAlgorithm::EcdsaP384).unwrap();
    let (private, public) = (key.to_pem().unwrap(), key.public_pem());
    files.insert(
        "/etc/kubernetes/pki/sa.key".to_owned(),
        private.as_bytes().to_vec(),
    );
    files.insert("/etc/kubernetes/pki/sa.pub".to_owned(), public.into_bytes());
    let before = Inventory::read(vec![node("cp-1", &files)]);
    let end = trees(&replaced(&before, &only(&["sa"])));
    let new = load::private_key(&end[0]["/etc/kubernetes/pki/sa.key"].content).unwrap();
    assert!(matches!(new, Some(PublicKey::Ecdsa(key)) if key.curve == Curve::P384));
}

#[test]
fn a_key_beside_its_certificates_is_not_taken_apart() {
    let mut files = contents(&trees(&example("kubeadm-ecdsa"))[0]);
    let both = [
        files[CA].clone(),
        files["/etc/kubernetes/pki/ca.key"].clone(),
    ]
    .concat();
    files.insert("/etc/kubernetes/pki/ca.key".to_owned(), both);
    let before = Inventory::read(vec![node("cp-1", &files)]);
    let planned = rotate::rotate(&before, &only(&["ca"]), "rotate", AT);
    assert!(matches!(planned, Err(rotate::RotateError::Together { .. })));
}

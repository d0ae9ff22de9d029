//! Channels that a change can break while all others work: of each a plan that does.

use std::collections::BTreeMap;

use cluster::files::Memory;
use cluster::{Files, Inventory};
use kubepki_change::plan::schedule::Schedule;
use kubepki_change::plan::{Action, Plan};
use kubepki_change::prove::Breach;
use kubepki_change::rotate;

use crate::ground::{AT, after, cluster};
use crate::{breaks, holds, mutants, only};

const CA: &str = "/etc/kubernetes/pki/ca.crt";

type Contents = BTreeMap<String, Vec<u8>>;

/// The same cluster with other files.
fn with(before: &Inventory, edit: impl Fn(&mut Contents)) -> Inventory {
    let schedule = Schedule::new("", before, AT);
    let nodes = before.nodes.iter().zip(schedule.trees());
    let trees = nodes.map(|(node, tree)| {
        let held = tree.iter();
        let mut files: Contents = held
            .map(|(path, held)| (path.clone(), held.content.to_vec()))
            .collect();
        edit(&mut files);
        let memory = files
            .into_iter()
            .fold(Memory::default(), |memory, (path, content)| {
                memory.file(&path, content)
            });
        (Some(node.name.to_string()), Files::in_memory(memory, false))
    });
    Inventory::read(trees.collect())
}

/// The text of a file with something behind some line.
fn insert(files: &mut Contents, path: &str, line: &str, more: &str) {
    let Some(content) = files.get_mut(path) else {
        return;
    };
    let text = String::from_utf8(content.clone()).unwrap();
    assert!(text.contains(line), "{path}: {text}");
    *content = text.replace(line, &format!("{line}{more}")).into_bytes();
}

fn planned(before: &Inventory, name: &str) -> Plan {
    let (plan, _) = rotate::rotate(before, &only(&[name]), name, AT).unwrap();
    holds(&plan);
    plan
}

/// A rotation of which one file is written as it shall be in the end from the first on.
fn too_early(before: &Inventory, name: &str, node: &str, path: &str) -> Plan {
    let what = only(&[name]);
    let (mut plan, secrets) = rotate::rotate(before, &what, name, AT).unwrap();
    holds(&plan);
    let (finish, _) = rotate::finish(&after(&plan, &secrets), &what, "finish", AT).unwrap();
    let last = finish.written(node).filter(|file| file.path == path).last();
    let last = last.and_then(|file| file.content.clone()).unwrap();
    let text = finish.contents[&last].clone();
    plan.contents.insert(last.clone(), text);
    let own = plan.steps.iter_mut().filter(|step| step.node == node);
    let mut written = own.flat_map(|step| match &mut step.action {
        Action::Write(files) => files.as_mut_slice(),
        _ => &mut [],
    });
    let first = written.find(|file| file.path == path).unwrap();
    first.content = Some(last);
    plan
}

/// A file is never written on a node.
fn never_written(mut plan: Plan, node: &str, path: &str) -> Plan {
    let own = plan.steps.iter_mut().filter(|step| step.node == node);
    for step in own {
        if let Action::Write(files) = &mut step.action {
            files.retain(|file| file.path != path);
        }
    }
    plan
}

fn fails(breach: &Breach, channel: &str) {
    assert_eq!(breach.what, channel, "{breach:?}");
    assert!(
        breach.message.is_some() && !breach.evidence.is_empty(),
        "{breach:?}"
    );
}

#[test]
fn a_workers_kubelet_knows_the_old_authority_until_nobody_shows_it() {
    let spoilt = too_early(
        &cluster(1, 1),
        "ca",
        "worker-1",
        "/etc/kubernetes/kubelet.conf",
    );
    fails(&breaks(&spoilt), "kubelet@worker-1->kube-apiserver@cp-1");
}

#[test]
fn a_workers_kubelet_has_to_know_whom_kube_apiserver_is_vouched_for_by() {
    let plan = planned(&cluster(1, 1), "ca");
    let spoilt = never_written(plan, "worker-1", CA);
    fails(&breaks(&spoilt), "kube-apiserver@cp-1->kubelet@worker-1");
}

/// With `--kubelet-certificate-authority`.
#[test]
fn kubelets_that_are_verified_have_to_be_known() {
    let bundle = "/etc/kubernetes/pki/kubelet-ca.crt";
    let before = with(&cluster(1, 0), |files| {
        let manifest = "/etc/kubernetes/manifests/kube-apiserver.yaml";
        let flag = format!("    - --kubelet-certificate-authority={bundle}\n");
        insert(files, manifest, "    - kube-apiserver\n", &flag);
        files.insert(bundle.to_owned(), files[CA].clone());
        for end in ["crt", "key"] {
            let pair = files[&format!("/etc/kubernetes/pki/apiserver.{end}")].clone();
            files.insert(format!("/var/lib/kubelet/pki/kubelet.{end}"), pair);
        }
    });
    let spoilt = too_early(&before, "ca", "cp-1", bundle);
    fails(&breaks(&spoilt), "kube-apiserver@cp-1->kubelet@cp-1");
}

#[test]
fn servers_behind_kube_apiserver_have_to_know_the_new_front_proxy() {
    let plan = planned(&cluster(1, 0), "front-proxy-ca");
    let spoilt = never_written(plan, "cp-1", "/etc/kubernetes/pki/front-proxy-ca.crt");
    fails(
        &breaks(&spoilt),
        "kube-apiserver@cp-1->aggregated-apiserver",
    );
}

/// It goes where admin.conf goes, but checks for the name it dials, whatever admin.conf says.
#[test]
fn kube_proxy_dials_the_endpoint_by_its_name() {
    let before = with(&cluster(2, 1), |files| {
        let kubeconfigs = ["admin", "super-admin", "kubelet"];
        for path in kubeconfigs.map(|name| format!("/etc/kubernetes/{name}.conf")) {
            let is_there = files.get(&path).is_some_and(|content| {
                String::from_utf8_lossy(content).contains("https://k8s.example:6443")
            });
            if is_there {
                let server = "    server: https://k8s.example:6443\n";
                insert(files, &path, server, "    tls-server-name: kubernetes\n");
            }
        }
    });
    let plan = mutants::renamed(&before, "apiserver", &[], &["k8s.example"]);
    let breach = breaks(&plan);
    fails(&breach, "kube-proxy@cp-1->kube-apiserver@cp-1");
    assert!(breach.said.contains("not k8s.example"), "{breach:?}");
}

/// What is told of one of several like nodes holds for the others too.
#[test]
fn a_story_names_those_that_are_alike() {
    let mut spoilt = planned(&cluster(1, 4), "ca");
    for worker in 1..=4 {
        spoilt = never_written(spoilt, &format!("worker-{worker}"), CA);
    }
    let breach = breaks(&spoilt);
    assert_eq!(breach.what, "kube-apiserver@cp-1->kubelet@worker-1");
    let like = [2, 3, 4].map(|worker| format!("kube-apiserver@cp-1->kubelet@worker-{worker}"));
    assert_eq!(breach.like, like);
}

//! The plans under `examples/plans`, which others publish as procedures, and what is said of them.

use std::fs;
use std::path::PathBuf;

use cluster::{Component, Inventory};
use kubepki_change::plan::schedule::{PEOPLE, PODS, Schedule, Tree};
use kubepki_change::plan::{Action, Plan, Secrets, Step, StepId, Written};
use kubepki_change::prove::prove;
use kubepki_change::rotate;

use crate::ground::{AT, after, example, several};
use crate::only;

const PKI: &str = "/etc/kubernetes/pki";
const MANAGER: &str = "/etc/kubernetes/manifests/kube-controller-manager.yaml";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/plans")
}

pub fn shipped(name: &str) -> Plan {
    let text = fs::read(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// Each by the name of its file.
fn all() -> Vec<(&'static str, Plan)> {
    vec![
        ("manual-rotation", Manual::plan(&Care::default())),
        ("manual-rotation-mended", Manual::plan(&CAREFUL)),
        ("replace-ca-and-renew-all", replace_and_renew()),
        ("kubeadm-renew-all-in-a-rotation", bundle_cut()),
    ]
}

/// A cluster at the stages of a rotation: before, both trusted, the new one signs, the old one gone.
struct Stages {
    clusters: [Inventory; 4],
    trees: [Vec<Tree>; 4],
}

impl Stages {
    fn of(before: Inventory, names: &[&str]) -> Self {
        let what = only(names);
        let (plan, secrets) = rotate::rotate(&before, &what, "", AT).unwrap();
        let is_early = |step: &Step| step.stage != "the new one vouches for everything";
        let early = plan.steps.iter().rposition(is_early).unwrap();
        let steps = plan.steps[..=early].to_vec();
        let both = after(
            &Plan {
                steps,
                ..plan.clone()
            },
            &secrets,
        );
        let new = after(&plan, &secrets);
        let (finish, secrets) = rotate::finish(&new, &what, "", AT).unwrap();
        let end = after(&finish, &secrets);
        let clusters = [before, both, new, end];
        let trees = clusters.each_ref();
        let trees = trees.map(|cluster| Schedule::new("", cluster, AT).trees().to_vec());
        Stages { clusters, trees }
    }
}

const BEFORE: usize = 0;
const BOTH: usize = 1;
const NEW: usize = 2;
const END: usize = 3;

/// A plan that is written by hand: one step after the other.
struct Manual {
    plan: Plan,
    secrets: Secrets,
    stages: Stages,
    now: Vec<Tree>,
    title: String,
}

/// What the published procedure does not say.
#[derive(Default)]
struct Care {
    /// kube-controller-manager signs with a file of its own.
    signing_apart: bool,
    /// The kubeconfigs of components trust both before servers change.
    components_trust: bool,
    /// Both front proxy authorities are told to extension API servers before the client changes.
    front_proxy: bool,
    /// Components get certificates of the new authority before the old one goes.
    components_renewed: bool,
}

const CAREFUL: Care = Care {
    signing_apart: true,
    components_trust: true,
    front_proxy: true,
    components_renewed: true,
};

impl Manual {
    /// A plan that begins at one of the stages.
    fn new(wish: &str, stages: Stages, begin: usize) -> Self {
        let (plan, secrets) = Schedule::new(wish, &stages.clusters[begin], AT).finish();
        Manual {
            plan,
            secrets,
            now: stages.trees[begin].clone(),
            stages,
            title: String::new(),
        }
    }

    fn title(&mut self, title: &str) {
        title.clone_into(&mut self.title);
    }

    fn nodes(&self) -> std::ops::Range<usize> {
        0..self.now.len()
    }

    fn step(&mut self, node: &str, action: Action) {
        let before = self.plan.steps.last();
        let other = before.is_some_and(|before| before.node != node);
        let last = StepId(self.plan.steps.len());
        self.plan.steps.push(Step {
            node: node.to_owned(),
            action,
            after: other.then_some(last).into_iter().collect(),
            stage: self.title.clone(),
        });
    }

    fn restart(&mut self, node: usize, component: Component) {
        let name = self.plan.nodes[node].name.clone();
        self.step(&name, Action::Restart(component));
    }

    fn pods(&mut self, words: &str) {
        self.step(PODS, Action::HandOver(words.to_owned()));
    }

    /// The kubeconfigs of the first node as they are at a stage.
    fn people(&mut self, stage: usize, words: &str) {
        let files = [
            "/etc/kubernetes/admin.conf",
            "/etc/kubernetes/super-admin.conf",
        ];
        let tree = self.stages.trees[stage][0].clone();
        let written = files.map(|path| self.written(path, path, &tree)).into();
        self.step(PEOPLE, Action::Write(written));
        self.step(PEOPLE, Action::HandOver(words.to_owned()));
    }

    fn written(&mut self, path: &str, as_in: &str, tree: &Tree) -> Written {
        let held = &tree[as_in];
        Written {
            path: path.to_owned(),
            content: Some(self.plan.keep(&held.content, &mut self.secrets)),
            mode: held.mode,
        }
    }

    /// Writes files as they are at a stage: each where, and what; manifests with other words.
    fn write(&mut self, node: usize, files: &[(&str, &str, usize)], words: &[(&str, &str)]) {
        let mut written = Vec::new();
        for (path, as_in, stage) in files {
            let Some(held) = self.stages.trees[*stage][node].get(*as_in).cloned() else {
                continue;
            };
            self.now[node].insert((*path).to_owned(), held.clone());
            let tree = Tree::from([((*as_in).to_owned(), held)]);
            written.push(self.written(path, as_in, &tree));
        }
        if !words.is_empty() {
            let held = self.now[node].get_mut(MANAGER).unwrap();
            let mut text = String::from_utf8(held.content.to_vec()).unwrap();
            for (from, to) in words {
                assert!(text.contains(from), "{from}");
                text = text.replace(from, to);
            }
            held.content = text.into_bytes().into();
            let tree = self.now[node].clone();
            written.push(self.written(MANAGER, MANAGER, &tree));
        }
        let name = self.plan.nodes[node].name.clone();
        self.step(&name, Action::Write(written));
    }

    /// The procedure of the Kubernetes documentation, "Manual Rotation of CA Certificates", in its
    /// order, on a cluster that kubeadm made.
    fn plan(care: &Care) -> Plan {
        let mut it = Manual::new(
            "manual rotation of CA certificates",
            Stages::of(several(3), &["ca", "front-proxy-ca"]),
            BEFORE,
        );
        let pki = |name: &str| format!("{PKI}/{name}");
        let (ca, key, proxy) = (pki("ca.crt"), pki("ca.key"), pki("front-proxy-ca.crt"));
        let (both, signing, proxy_key) = (
            pki("ca-both.crt"),
            pki("ca-signing.crt"),
            pki("front-proxy-ca.key"),
        );
        let manager = Component::KubeControllerManager;
        it.title("1: the new authorities are on every control-plane node");
        for node in it.nodes() {
            let new = |name: &str| pki(&format!("new-{name}"));
            let files = [
                (new("ca.crt"), &ca, END),
                (new("ca.key"), &key, END),
                (new("front-proxy-ca.crt"), &proxy, END),
                (new("front-proxy-ca.key"), &proxy_key, END),
            ];
            let files = files
                .each_ref()
                .map(|(to, from, stage)| (&**to, from.as_str(), *stage));
            it.write(node, &files, &[]);
        }
        it.title("2: kube-controller-manager publishes both");
        for node in it.nodes() {
            let root = format!("--root-ca-file={ca}");
            let new_root = format!("--root-ca-file={both}");
            let sign = format!("--cluster-signing-cert-file={ca}");
            let new_sign = format!("--cluster-signing-cert-file={signing}");
            let mut files = vec![(&*both, &*ca, BOTH)];
            let mut words = vec![(&*root, &*new_root)];
            if care.signing_apart {
                files.push((&signing, &ca, BEFORE));
                words.push((&sign, &new_sign));
            }
            it.write(node, &files, &words);
            it.restart(node, manager);
        }
        it.title("3 and 4: tokens and pods have both");
        it.pods("update the service account tokens, and restart all pods that use in-cluster configuration");
        it.title("5: API servers accept clients of both");
        for node in it.nodes() {
            let mut files = vec![(&*ca, &*ca, BOTH)];
            if care.front_proxy {
                files.push((&proxy, &proxy, BOTH));
            }
            it.write(node, &files, &[]);
            it.restart(node, Component::KubeApiserver);
        }
        it.title("7: people trust both, and have new certificates");
        let users =
            ["admin.conf", "super-admin.conf"].map(|name| format!("/etc/kubernetes/{name}"));
        for node in it.nodes() {
            let files = users.each_ref().map(|path| (&**path, &**path, NEW));
            it.write(node, &files, &[]);
        }
        it.people(NEW, "everybody uses the new kubeconfigs");
        let components = ["controller-manager.conf", "scheduler.conf"]
            .map(|name| format!("/etc/kubernetes/{name}"));
        let components = |stage: usize| components.each_ref().map(|path| (&**path, &**path, stage));
        if care.components_trust {
            it.title("components trust both");
            for node in it.nodes() {
                it.write(node, &components(BOTH), &[]);
                it.restart(node, manager);
                it.restart(node, Component::KubeScheduler);
            }
        }
        it.title("9 b: kubelets trust both, and have new certificates");
        let kubelet = "/etc/kubernetes/kubelet.conf";
        for node in it.nodes() {
            it.write(node, &[(kubelet, kubelet, NEW)], &[]);
            it.restart(node, Component::Kubelet);
        }
        it.title("9 c: API servers have certificates of the new authority");
        let pairs = [
            "apiserver",
            "apiserver-kubelet-client",
            "front-proxy-client",
        ];
        let pairs: Vec<String> = pairs
            .iter()
            .flat_map(|name| [pki(&format!("{name}.crt")), pki(&format!("{name}.key"))])
            .collect();
        for node in it.nodes() {
            // As in the end: no certificate beside it by which the old authority vouches for the new.
            let files: Vec<_> = pairs.iter().map(|path| (&**path, &**path, END)).collect();
            it.write(node, &files, &[]);
            it.restart(node, Component::KubeApiserver);
            it.restart(node, Component::KubeScheduler);
        }
        if care.components_renewed {
            it.title("components have certificates of the new authority, and it signs");
            for node in it.nodes() {
                let mut files = vec![(&*signing, &*ca, END), (&*key, &*key, END)];
                files.extend(components(NEW));
                it.write(node, &files, &[]);
                it.restart(node, manager);
                it.restart(node, Component::KubeScheduler);
            }
        }
        it.title("9 d and 10: pods are replaced, and joining nodes are told of the new authority");
        it.pods("annotate Deployments and DaemonSets, and update the ConfigMap cluster-info");
        it.title("12: the old authority goes");
        it.pods("update all service account tokens to include the new authority alone, and restart pods");
        for node in it.nodes() {
            let names = [
                "admin.conf",
                "super-admin.conf",
                "controller-manager.conf",
                "scheduler.conf",
                "kubelet.conf",
            ];
            let names = names.map(|name| format!("/etc/kubernetes/{name}"));
            // Of a component without a new certificate, only the authority changes.
            let mut files = vec![(&*ca, &*ca, END), (&*both, &*ca, END)];
            if care.front_proxy {
                files.push((&proxy, &proxy, END));
            }
            let renewed = |path: &&String| {
                care.components_renewed || !path.ends_with("r.conf") || path.ends_with("admin.conf")
            };
            files.extend(
                names
                    .iter()
                    .filter(renewed)
                    .map(|path| (&**path, &**path, END)),
            );
            it.write(node, &files, &[]);
            let restarted = [
                Component::KubeApiserver,
                manager,
                Component::KubeScheduler,
                Component::Kubelet,
            ];
            for component in restarted {
                it.restart(node, component);
            }
        }
        it.plan
    }
}

/// Another authority in the place of the first, everything issued by it, everything restarted.
fn replace_and_renew() -> Plan {
    let mut it = Manual::new(
        "replace the CA and renew all",
        Stages::of(several(3), &["ca"]),
        BEFORE,
    );
    it.title("the authority is replaced");
    let ca = ["ca.crt", "ca.key"].map(|name| format!("{PKI}/{name}"));
    for node in it.nodes() {
        let files = ca.each_ref().map(|path| (&**path, &**path, END));
        it.write(node, &files, &[]);
    }
    it.title("everything is renewed and restarted");
    let leaves = [
        "pki/apiserver.crt",
        "pki/apiserver.key",
        "pki/apiserver-kubelet-client.crt",
        "pki/apiserver-kubelet-client.key",
        "admin.conf",
        "super-admin.conf",
        "controller-manager.conf",
        "scheduler.conf",
        "kubelet.conf",
    ];
    let leaves = leaves.map(|name| format!("/etc/kubernetes/{name}"));
    for node in it.nodes() {
        let files: Vec<_> = leaves.iter().map(|path| (&**path, &**path, END)).collect();
        it.write(node, &files, &[]);
        let restarted = Component::PROGRAMS
            .into_iter()
            .filter(|it| *it != Component::KubeProxy);
        restarted.for_each(|component| it.restart(node, component));
    }
    it.people(END, "everybody uses the new kubeconfigs");
    it.pods("restart all pods");
    it.plan
}

/// `kubeadm certs renew all` of 1.36 while two authorities are trusted: everything is issued by the
/// first certificate of ca.crt, and kubeconfigs trust that one alone from then on.
fn bundle_cut() -> Plan {
    let stages = Stages::of(example("kubeadm-ecdsa"), &["ca"]);
    let mut it = Manual::new("kubeadm certs renew all", stages, BOTH);
    it.title("kubeadm certs renew all");
    let names = [
        "admin.conf",
        "super-admin.conf",
        "controller-manager.conf",
        "scheduler.conf",
    ];
    let names = names.map(|name| format!("/etc/kubernetes/{name}"));
    let files: Vec<_> = names.iter().map(|path| (&**path, &**path, END)).collect();
    it.write(0, &files, &[]);
    it.title("what was renewed is taken up");
    let manager = [Component::KubeControllerManager, Component::KubeScheduler];
    manager
        .into_iter()
        .for_each(|component| it.restart(0, component));
    it.plan
}

/// Who fails, and what is said, as far as it is always the same.
fn told(plan: &Plan) -> Option<(String, String, String)> {
    let breach = prove(plan).unwrap().breach?;
    let last = breach
        .done
        .last()
        .map(|step| plan.steps[step.0 - 1].stage.clone());
    let said = breach.said.split(" (possibly").next().unwrap_or_default();
    Some((last.unwrap_or_default(), breach.what, said.to_owned()))
}

fn fails(plan: &Plan, after: &str, what: &str, says: &str) {
    let told = told(plan);
    let told = told
        .as_ref()
        .map(|(after, what, says)| (&**after, &**what, &**says));
    assert_eq!(told, Some((after, what, says)));
}

const UNKNOWN: &str = "x509: certificate signed by unknown authority";

#[test]
fn what_is_said_of_the_shipped_plans() {
    fails(
        &shipped("manual-rotation"),
        "5: API servers accept clients of both",
        "kube-controller-manager@cp-1",
        "expected 1 certificate, found 2",
    );
    assert_eq!(told(&shipped("manual-rotation-mended")), None);
    fails(
        &shipped("replace-ca-and-renew-all"),
        "the authority is replaced",
        "admin@cp-1->kube-apiserver@cp-1",
        UNKNOWN,
    );
    fails(
        &shipped("kubeadm-renew-all-in-a-rotation"),
        "kubeadm certs renew all",
        "admin@cp-1->kube-apiserver@cp-1",
        UNKNOWN,
    );
}

/// What the published procedure does not say, one after the other.
#[test]
fn each_thing_that_has_to_be_mended_is_found() {
    let care = Care {
        signing_apart: true,
        ..Care::default()
    };
    let nine = "9 c: API servers have certificates of the new authority";
    fails(
        &Manual::plan(&care),
        nine,
        "kube-apiserver@cp-1->aggregated-apiserver",
        UNKNOWN,
    );
    let care = Care {
        front_proxy: true,
        ..care
    };
    fails(
        &Manual::plan(&care),
        nine,
        "kube-controller-manager@cp-1->kube-apiserver@cp-1",
        UNKNOWN,
    );
    let care = Care {
        components_trust: true,
        ..care
    };
    fails(
        &Manual::plan(&care),
        "12: the old authority goes",
        "kube-controller-manager@cp-1->kube-apiserver@cp-1",
        UNKNOWN,
    );
}

/// Writes the plans anew: with other keys.
#[test]
#[ignore = "writes examples/plans: cargo test -p kubepki-change --test proofs -- --ignored shipped"]
fn write_the_shipped_plans() {
    fs::create_dir_all(folder()).unwrap();
    for (name, plan) in all() {
        let text = serde_json::to_string_pretty(&plan).unwrap();
        assert!(!text.contains("PRIVATE KEY-----") || text.contains("PUBLIC HALF OF"));
        fs::write(folder().join(format!("{name}.json")), text + "\n").unwrap();
    }
}

//! What happens on every channel, held against what the audit says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use kubepki_audit::{Judged, Verdict};
use serde_json::{Value, json};
use time::UtcDateTime;

use crate::container::Container;
use crate::exceptions::EXCEPTIONS;
use crate::faults::{self, FAULTS};
use crate::harmless::HARMLESS;
use crate::kubepki::init;
use crate::more::MORE;
use crate::node::{Down, Node, Programs};
use crate::pki::Algorithm;
use crate::scratch::Scratch;
use crate::tree::{
    ADMIN_CONF, APISERVER, ETCD, KUBELET, KUBELET_CONF, MANAGER, MANAGER_CONF, SCHEDULER,
    SCHEDULER_CONF, Tree, examples,
};

/// A tree in which something was changed.
pub struct Case {
    name: &'static str,
    tree: Tree,
    /// Whose inputs are others now.
    changed: BTreeSet<&'static str>,
    /// Whether etcd and etcdctl can show something of what it does.
    pub concerns_etcd: bool,
    /// Whether they can show everything.
    pub concerns_etcd_alone: bool,
    /// Whether it is a mistake for which kube-apiserver has not to be started anew.
    pub is_quick: bool,
    /// Its place among all.
    pub number: usize,
}

/// What happens on a channel.
#[derive(Clone, Debug)]
enum Seen {
    /// The client does its job; whom the server takes it for, when it says so.
    Works(Option<(String, Vec<String>)>),
    /// It does not; what is said.
    Fails(#[allow(dead_code, reason = "shown when a prediction is wrong")] String),
    /// It cannot be seen, for this reason.
    Unseen(&'static str),
}

const NOT_SIGNED: &str = "whoever stands in for the kubelet does not ask for a certificate";
const TOO_OLD: &str = "the etcd at hand is older than a flag";
const NO_TLS_1_3: &str = "the etcdctl at hand speaks no TLS 1.3";
const NO_ETCD: &str = "kube-apiserver serves nobody without etcd";

/// Makes the wanted cases, one after the other, and compares.
pub fn compare_all(programs: &Programs, is_wanted: impl Fn(&Case) -> bool) {
    let scratch = Scratch::new();
    let healthy = healthy(&scratch);
    let part = std::env::var("KUBEPKI_FAULT").unwrap_or_default();
    let mut cases = cases(&healthy);
    cases.retain(|case| is_wanted(case) && case.name.contains(&part));
    let mut node = Node::new(programs, scratch.path());
    node.start_etcd(&healthy).unwrap();
    if programs.plane.is_some() {
        furnish(&mut node, &healthy);
    }
    let (mut complaints, mut seen) = (Vec::new(), BTreeMap::<String, usize>::new());
    for case in &cases {
        let begin = Instant::now();
        let report = case.tree.audit_at(UtcDateTime::now());
        let judged: BTreeMap<&str, &Judged> = report
            .channels
            .iter()
            .map(|judged| (judged.id.as_str(), judged))
            .collect();
        let happened = Happened::of(&mut node, case, &judged, programs.plane.is_some());
        for (id, what) in &happened.0 {
            *seen.entry(kind(what)).or_default() += 1;
            let complaint = complaint(judged[id], what);
            let exception = EXCEPTIONS
                .iter()
                .find(|(name, channels, _)| *name == case.name && channels.contains(id));
            if let Some(complaint) = &complaint {
                println!("          {complaint}");
            }
            match (complaint, exception) {
                (Some(complaint), None) => complaints.push(format!("{}: {complaint}", case.name)),
                (None, Some(_)) => complaints.push(format!(
                    "{}: {id} comes as predicted: take it out of EXCEPTIONS",
                    case.name
                )),
                _ => {}
            }
        }
        println!("{:>6.1} s  {}", begin.elapsed().as_secs_f64(), case.name);
    }
    println!("{} changes; channels: {seen:?}", cases.len());
    assert!(
        complaints.is_empty(),
        "{} differ\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

/// What `kubepki init` makes now: with ECDSA keys, unless `KUBEPKI_KEYS` says RSA.
fn healthy(scratch: &Scratch) -> Tree {
    let rootfs = scratch.path().join("made");
    std::fs::create_dir(&rootfs).unwrap();
    let wants_rsa = std::env::var("KUBEPKI_KEYS").is_ok_and(|keys| keys == "RSA");
    let (kind, algorithm) = match wants_rsa {
        true => ("RSA-2048", Algorithm::Rsa),
        false => ("ECDSA-P256", Algorithm::Ecdsa),
    };
    let options = ["--key-algorithm", kind];
    init(&examples().join("kubeadm.yaml"), &rootfs, &options);
    Tree::read(algorithm, &rootfs)
}

/// Every fault and every harmless change, those that touch little first.
fn cases(healthy: &Tree) -> Vec<Case> {
    let faults = FAULTS
        .iter()
        .chain(MORE)
        .map(|fault| (fault.name, fault.make));
    let changes = faults.chain(HARMLESS.iter().map(|change| (change.name, change.make)));
    let before = inputs(healthy);
    let mut cases: Vec<Case> = changes
        .map(|(name, make)| case(name, make, healthy, &before))
        .collect();
    let order = [ETCD, APISERVER, MANAGER, SCHEDULER];
    cases.sort_by_key(|case| order.map(|manifest| case.changed.contains(manifest)));
    let numbered = cases.into_iter().enumerate();
    numbered
        .map(|(number, case)| Case { number, ..case })
        .collect()
}

type Inputs = BTreeMap<&'static str, Result<Container, String>>;

fn case(name: &'static str, make: fn(&mut Tree), healthy: &Tree, before: &Inputs) -> Case {
    let mut tree = healthy.clone();
    make(&mut tree);
    let after = inputs(&tree);
    let changed = after
        .iter()
        .filter(|(manifest, inputs)| before[*manifest] != **inputs);
    let changed: BTreeSet<_> = changed.map(|(manifest, _)| *manifest).collect();
    let of_etcd = ["etcd/peer", "etcd/healthcheck-client"];
    let of_etcd = of_etcd.iter().any(|base| {
        let path = format!("/etc/kubernetes/pki/{base}.crt");
        tree.find(&path) != healthy.find(&path)
    });
    let concerns_etcd = of_etcd || changed.contains(ETCD);
    let is_harmless = HARMLESS.iter().any(|change| change.name == name);
    Case {
        name,
        concerns_etcd,
        concerns_etcd_alone: concerns_etcd && !changed.contains(APISERVER),
        is_quick: !is_harmless && !concerns_etcd && !changed.contains(APISERVER),
        number: 0,
        tree,
        changed,
    }
}

fn inputs(tree: &Tree) -> Inputs {
    let of = |manifest| {
        (
            manifest,
            Container::of(tree, manifest).map(|container| container.inputs()),
        )
    };
    [ETCD, APISERVER, MANAGER, SCHEDULER].map(of).into()
}

/// What kubeadm puts into a cluster, as far as it is needed here.
fn furnish(node: &mut Node<'_>, healthy: &Tree) {
    node.start_apiserver(healthy)
        .map_err(|down| format!("{down:?}"))
        .unwrap();
    let binding = |name: &str, role: &str, subject: Value| {
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [subject],
        })
    };
    let named = |kind: &str, name: &str| json!({"kind": kind, "apiGroup": "rbac.authorization.k8s.io", "name": name});
    let group = named("Group", "kubeadm:cluster-admins");
    let user = named("User", "kube-apiserver-kubelet-client");
    let account =
        |name: &str| json!({"kind": "ServiceAccount", "namespace": "kube-system", "name": name});
    let account_object = |name: &str| {
        let metadata = json!({"name": name, "namespace": "kube-system"});
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    };
    let objects = [
        binding("kubeadm:cluster-admins", "cluster-admin", group),
        binding(
            "kubeadm:node-proxier",
            "system:node-proxier",
            account("kube-proxy"),
        ),
        account_object("kube-proxy"),
        account_object("visitor"),
        binding(
            "kubeadm:apiserver-kubelet-client",
            "system:kubelet-api-admin",
            user.clone(),
        ),
        // Whoever stands in for the kubelet asks for this instead of a part of the node.
        json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRole",
            "metadata": {"name": "stand-in"},
            "rules": [{"nonResourceURLs": ["/metrics"], "verbs": ["get"]}],
        }),
        binding("stand-in", "stand-in", user),
        json!({
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": "controlplane"},
            "status": {
                "addresses": [{"type": "InternalIP", "address": "192.20.97.8"}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            },
        }),
    ];
    let list = json!({"apiVersion": "v1", "kind": "List", "items": objects});
    let path = node.file("objects.json");
    std::fs::write(&path, list.to_string()).unwrap();
    let create = ["create", "--validate=false", "-f", path.to_str().unwrap()];
    node.kubectl(&node.almighty(healthy), &create).unwrap();
}

/// What happened on every channel.
struct Happened(BTreeMap<&'static str, Seen>);

impl Happened {
    fn of(
        node: &mut Node<'_>,
        case: &Case,
        judged: &BTreeMap<&str, &Judged>,
        has_plane: bool,
    ) -> Self {
        let tree = &case.tree;
        let mut seen = BTreeMap::new();
        let etcd = node.start_etcd(tree);
        if let Err(why) = &etcd {
            for id in faults::ALL_OF_ETCD {
                let happened = match why.contains("flag provided but not defined") {
                    true => Seen::Unseen(TOO_OLD),
                    false => Seen::Fails(why.clone()),
                };
                seen.insert(*id, happened);
            }
        } else if case.concerns_etcd {
            seen.insert(faults::PEERS, peers(node, tree));
            seen.insert(faults::HEALTH, health(node, tree, judged[faults::HEALTH]));
            if !case.changed.contains(APISERVER) || !has_plane {
                seen.insert(faults::TO_ETCD, to_etcd(node, tree));
            }
        }
        if !has_plane || case.concerns_etcd_alone {
            return Happened(seen);
        }
        let apiserver = match etcd {
            Ok(()) => node.start_apiserver(tree),
            Err(_) => Err(Down::WithoutEtcd(String::new())),
        };
        match apiserver {
            Ok(()) => {
                seen.entry(faults::TO_ETCD).or_insert(Seen::Works(None));
                seen.insert(faults::TO_AGGREGATED, to_aggregated(node, tree));
                for id in faults::CLIENTS {
                    seen.insert(id, client(node, case, judged[id]));
                }
                match node.start_kubelet(tree) {
                    Ok(()) => drop(seen.insert(faults::TO_KUBELET, to_kubelet(node, tree))),
                    Err(why) => {
                        for id in [faults::KUBELET_IN, faults::TO_KUBELET] {
                            seen.insert(id, Seen::Fails(why.clone()));
                        }
                    }
                }
            }
            Err(Down::Itself(why)) => {
                for id in faults::ALL_OF_APISERVER {
                    seen.insert(id, Seen::Fails(why.clone()));
                }
            }
            Err(Down::WithoutEtcd(why)) => {
                seen.entry(faults::TO_ETCD).or_insert(Seen::Fails(why));
                for id in faults::ALL_OF_APISERVER {
                    seen.entry(id).or_insert(Seen::Unseen(NO_ETCD));
                }
            }
        }
        Happened(seen)
    }
}

/// A second member asks the first who its members are. It ends in any case, as it is none.
fn peers(node: &Node<'_>, tree: &Tree) -> Seen {
    match node.second_member(tree) {
        Ok(log) if log.contains("member count is unequal") => Seen::Works(None),
        Ok(why) | Err(why) => Seen::Fails(why),
    }
}

/// What the kubelet did as a probe, in kubeadm's day of it.
fn health(node: &Node<'_>, tree: &Tree, judged: &Judged) -> Seen {
    let folder = node.file("health");
    Container::on_node(tree).write(&folder);
    let pki = |name: &str| Some(folder.join(format!("etc/kubernetes/pki/etcd/{name}")));
    let files = [
        ("--cacert", pki("ca.crt")),
        ("--cert", pki("healthcheck-client.crt")),
        ("--key", pki("healthcheck-client.key")),
    ];
    let address = judged.address.as_deref().unwrap_or("127.0.0.1:2379");
    told_by_etcdctl(
        node,
        node.etcd_health(&format!("https://{address}"), &files),
    )
}

/// etcdctl in kube-apiserver's place: it has etcd's own client, too.
fn to_etcd(node: &Node<'_>, tree: &Tree) -> Seen {
    let container = match Container::of(tree, APISERVER) {
        Ok(container) => container,
        Err(why) => return Seen::Fails(why),
    };
    let folder = node.file("to-etcd");
    container.write(&folder);
    let path = |flag| {
        container
            .flag(flag)
            .map(|path| folder.join(path.trim_start_matches('/')))
    };
    let files = [
        ("--cacert", path("--etcd-cafile")),
        ("--cert", path("--etcd-certfile")),
        ("--key", path("--etcd-keyfile")),
    ];
    let endpoint = container.flag("--etcd-servers").unwrap_or_default();
    told_by_etcdctl(node, node.etcd_health(endpoint, &files))
}

/// Clients of etcd 3.5.0 to 3.5.7 speak TLS 1.2 at most (`client/pkg/transport/listener.go`): what
/// they are refused for, a later one is not.
fn told_by_etcdctl(node: &Node<'_>, result: Result<(), String>) -> Seen {
    match result {
        Err(why) if why.contains("protocol version not supported") && !node.speaks_tls_1_3() => {
            Seen::Unseen(NO_TLS_1_3)
        }
        result => seen(result),
    }
}

/// kube-apiserver leads a request to the kubelet.
fn to_kubelet(node: &Node<'_>, tree: &Tree) -> Seen {
    let asks_for_one = tree
        .find(KUBELET)
        .is_some_and(|text| String::from_utf8_lossy(text).contains("serverTLSBootstrap: true"));
    if asks_for_one {
        return Seen::Unseen(NOT_SIGNED);
    }
    let get = ["get", "--raw", "/api/v1/nodes/controlplane/proxy/metrics"];
    seen(node.kubectl(&node.almighty(tree), &get).map(drop))
}

/// What kube-apiserver shows aggregated API servers is shown to itself: it asks for the same, as what
/// they go by is what it publishes.
fn to_aggregated(node: &Node<'_>, tree: &Tree) -> Seen {
    const REQUEST: &str = "GET /api/v1/namespaces HTTP/1.0\r\nX-Remote-User: somebody\r\nX-Remote-Group: system:masters\r\n\r\n";
    let container = match Container::of(tree, APISERVER) {
        Ok(container) => container,
        Err(why) => return Seen::Fails(why),
    };
    let folder = node.file("front-proxy");
    container.write(&folder);
    let path = |flag| {
        let path = folder.join(container.flag(flag)?.trim_start_matches('/'));
        Some(path.display().to_string())
    };
    let pair = (
        path("--proxy-client-cert-file"),
        path("--proxy-client-key-file"),
    );
    let answer = match &pair {
        (Some(chain), Some(key)) => {
            let options = ["-cert", chain, "-cert_chain", chain, "-key", key];
            node.http(tree, REQUEST, &options)
        }
        _ => node.http(tree, REQUEST, &[]),
    };
    match answer {
        Ok(answer) if answer.split(' ').nth(1) == Some("200") => Seen::Works(None),
        Ok(why) | Err(why) => Seen::Fails(why),
    }
}

/// A client of kube-apiserver's does what it is there for.
fn client(node: &Node<'_>, case: &Case, judged: &Judged) -> Seen {
    let lease =
        |name: &str| format!("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/{name}");
    let tree = &case.tree;
    match judged.id.as_str() {
        faults::KUBELET_IN => {
            with_kubeconfig(node, tree, KUBELET_CONF, "/api/v1/nodes/controlplane")
        }
        faults::ADMIN_IN => with_kubeconfig(node, tree, ADMIN_CONF, "/api/v1/namespaces"),
        faults::SUPER_IN => with_kubeconfig(
            node,
            tree,
            "/etc/kubernetes/super-admin.conf",
            "/api/v1/namespaces",
        ),
        faults::MANAGER_IN => leader(
            node,
            case,
            MANAGER,
            MANAGER_CONF,
            &lease("kube-controller-manager"),
        ),
        faults::SCHEDULER_IN => leader(
            node,
            case,
            SCHEDULER,
            SCHEDULER_CONF,
            &lease("kube-scheduler"),
        ),
        faults::PROXY_IN => with_token(node, tree, judged, "kube-proxy", Some("/api/v1/services")),
        _ => with_token(node, tree, judged, "visitor", None),
    }
}

fn with_kubeconfig(node: &Node<'_>, tree: &Tree, path: &str, job: &str) -> Seen {
    let folder = node.file("node");
    Container::on_node(tree).write(&folder);
    let file = folder.join(path.trim_start_matches('/'));
    if !file.exists() {
        return Seen::Fails(format!("there is no {path}"));
    }
    as_somebody(
        node,
        &["--kubeconfig".to_owned(), file.display().to_string()],
        Some(job),
    )
}

/// The component itself, when something of its own is another; otherwise kubectl, which has the same
/// client, with its kubeconfig.
fn leader(node: &Node<'_>, case: &Case, manifest: &str, kubeconfig: &str, job: &str) -> Seen {
    let changed = case.changed.contains(manifest);
    match changed.then(|| node.leads(&case.tree, manifest)) {
        Some(Err(why)) => Seen::Fails(why),
        Some(Ok(())) => Seen::Works(None),
        None => with_kubeconfig(node, &case.tree, kubeconfig, job),
    }
}

/// A pod: its token is kube-apiserver's, and what it trusts is what the controller manager publishes.
fn with_token(
    node: &Node<'_>,
    tree: &Tree,
    judged: &Judged,
    account: &str,
    job: Option<&str>,
) -> Seen {
    let create = ["create", "token", account, "-n", "kube-system"];
    let token = match node.kubectl(&node.almighty(tree), &create) {
        Ok(token) => token,
        Err(why) => return Seen::Fails(format!("no token: {why}")),
    };
    let manager = match Container::of(tree, MANAGER) {
        Ok(manager) => manager,
        Err(why) => return Seen::Fails(why),
    };
    let bundle = manager
        .flag("--root-ca-file")
        .and_then(|path| manager.file(path));
    let Some(bundle) = bundle else {
        return Seen::Fails("nothing to verify with".to_owned());
    };
    let path: PathBuf = node.file("bundle.crt");
    std::fs::write(&path, bundle).unwrap();
    let address = judged.address.clone().unwrap_or_default();
    // No kube-proxy is there to lead to the port of kube-apiserver's.
    let address = address.replace("10.96.0.1:443", "10.96.0.1:6443");
    let options = [
        "--kubeconfig",
        "/dev/null",
        "--server",
        &format!("https://{address}"),
        "--token",
        token.trim(),
        "--certificate-authority",
        path.to_str().unwrap(),
    ];
    as_somebody(node, &options.map(str::to_owned), job)
}

/// Does a job, and asks who that was.
fn as_somebody(node: &Node<'_>, options: &[String], job: Option<&str>) -> Seen {
    let done = job.map(|job| node.kubectl(options, &["get", "--raw", job]));
    match done {
        Some(Err(error)) if !error.contains("NotFound") && !error.contains("not found") => {
            return Seen::Fails(error);
        }
        _ => {}
    }
    let review = node.kubectl(options, &["auth", "whoami", "-o", "json"]);
    let review: Value = match review {
        Ok(review) => serde_json::from_str(&review).unwrap(),
        // Who may do its job need not be let ask this.
        Err(error) if job.is_some() && error.contains("orbidden") => return Seen::Works(None),
        Err(error) => return Seen::Fails(error),
    };
    let info = &review["status"]["userInfo"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let groups = info["groups"].as_array().into_iter().flatten().map(text);
    Seen::Works(Some((text(&info["username"]), groups.collect())))
}

fn seen(result: Result<(), String>) -> Seen {
    match result {
        Ok(()) => Seen::Works(None),
        Err(why) => Seen::Fails(why),
    }
}

/// What is wrong with a prediction.
fn complaint(judged: &Judged, seen: &Seen) -> Option<String> {
    let id = &judged.id;
    let identity = judged.identity.as_ref();
    match (judged.verdict, seen) {
        (_, Seen::Unseen(_)) | (Verdict::Fails, Seen::Fails(_)) => None,
        (Verdict::Works, Seen::Works(Some((user, groups)))) => {
            let predicted = identity?;
            // Whose account it is, is not the prediction's to know.
            let is_user = predicted.user == *user || predicted.user.contains("NAMESPACE");
            let of = |groups: &[String]| -> BTreeSet<String> {
                groups
                    .iter()
                    .filter(|group| !group.contains("serviceaccounts:"))
                    .cloned()
                    .collect()
            };
            let are_groups = of(&predicted.groups) == of(groups);
            (!is_user || !are_groups)
                .then(|| format!("{id}: is {user} in {groups:?}, not {predicted}"))
        }
        (Verdict::Works, Seen::Works(None)) => None,
        (verdict, seen) => {
            let mut text = format!("{seen:?}");
            text.truncate(text.floor_char_boundary(1500));
            let said = judged.error.as_deref().unwrap_or_default();
            Some(format!("{id}: {} ({said}), but {text}", verdict.name()))
        }
    }
}

fn kind(seen: &Seen) -> String {
    match seen {
        Seen::Works(_) => "works".to_owned(),
        Seen::Fails(_) => "fails".to_owned(),
        Seen::Unseen(why) => format!("unseen: {why}"),
    }
}

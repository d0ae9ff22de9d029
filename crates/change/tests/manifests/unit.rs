//! What no run of kubeadm shows, or what should not depend on one.

use kubepki_change::kubelet::{self, Machine};
use kubepki_change::manifest::{Surroundings, static_pods};

use crate::odd::{CONFIGURATIONS, whole};
use crate::wish;

/// The lines of a pod's manifest.
fn pod(name: &str, configuration: &str, surroundings: &Surroundings) -> Vec<String> {
    let (cluster, node) = wish(&whole(configuration));
    let pods = static_pods(&cluster, &node, surroundings);
    let (_, text) = pods.iter().find(|(pod, _)| *pod == name).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

fn odd(what: &str) -> &'static str {
    let found = CONFIGURATIONS.iter().find(|(name, _)| *name == what);
    found.unwrap_or_else(|| panic!("{what}")).1
}

/// The lines that begin like this.
fn lines<'a>(pod: &'a [String], start: &str) -> Vec<&'a str> {
    let lines = pod.iter().map(String::as_str);
    lines.filter(|line| line.starts_with(start)).collect()
}

#[test]
fn a_member_that_joins_names_the_others() {
    let surroundings = Surroundings {
        members: vec![
            ("cp-1".to_owned(), [10, 0, 0, 1].into()),
            ("cp-2".to_owned(), "fd00::2".parse().unwrap()),
        ],
        existing: true,
        ..Surroundings::default()
    };
    let etcd = pod("etcd", "NODE\nCLUSTER", &surroundings);
    assert_eq!(
        lines(&etcd, "- --initial-cluster"),
        [
            "- --initial-cluster=cp-1=https://10.0.0.1:2380,cp-2=https://[fd00::2]:2380",
            "- --initial-cluster-state=existing"
        ]
    );
}

#[test]
fn what_signs_may_be_another_file_or_none() {
    let signing = |surroundings: Surroundings| {
        let pod = pod("kube-controller-manager", "NODE\nCLUSTER", &surroundings);
        lines(&pod, "- --cluster-signing").join(" ")
    };
    let other = Surroundings {
        signing_cert: Some("/etc/kubernetes/pki/ca-signing.crt".to_owned()),
        ..Surroundings::default()
    };
    assert_eq!(
        signing(other),
        "- --cluster-signing-cert-file=/etc/kubernetes/pki/ca-signing.crt \
         - --cluster-signing-key-file=/etc/kubernetes/pki/ca.key"
    );
    let elsewhere = Surroundings {
        external_ca: true,
        ..Surroundings::default()
    };
    assert_eq!(
        signing(elsewhere),
        "- --cluster-signing-cert-file= - --cluster-signing-key-file="
    );
}

#[test]
fn given_arguments_follow_in_their_order() {
    let configuration = odd("arguments in order, repeated, and instead of kubeadm's");
    let server = pod("kube-apiserver", configuration, &Surroundings::default());
    let flags = lines(&server, "- --");
    let given = [
        "- --v=2",
        "- --service-account-issuer=https://b.example",
        "- --audit-log-path=/var/log/audit.log",
        "- --service-account-issuer=https://a.example",
        "- --enable-admission-plugins=",
    ];
    assert_eq!(flags[flags.len() - given.len()..], given);
    assert!(flags[..flags.len() - given.len()].is_sorted());
    assert_eq!(lines(&server, "- --service-account-issuer").len(), 2);
}

#[test]
fn etcd_elsewhere_has_its_folders_mounted_once() {
    let mounts = |configuration| {
        let server = pod("kube-apiserver", configuration, &Surroundings::default());
        lines(&server, "- mountPath").join(" ")
    };
    let own = "- mountPath: /etc/ssl/certs - mountPath: /etc/kubernetes/pki";
    assert_eq!(
        mounts(odd("etcd elsewhere")),
        "- mountPath: /etc/ssl/certs - mountPath: /opt/keys - mountPath: /srv/etcd \
         - mountPath: /etc/kubernetes/pki"
    );
    assert_eq!(mounts(odd("etcd elsewhere without TLS")), own);
    assert_eq!(
        mounts(odd("etcd elsewhere with files that are mounted already")),
        own
    );
    let (cluster, node) = wish(&whole(odd("etcd elsewhere")));
    let pods = static_pods(&cluster, &node, &Surroundings::default());
    assert!(pods.iter().all(|(name, _)| *name != "etcd"));
}

#[test]
fn nobody_is_asked_at_the_unspecified_address() {
    let configuration = odd("arguments in order, repeated, and instead of kubeadm's");
    for name in ["kube-controller-manager", "kube-scheduler"] {
        let pod = pod(name, configuration, &Surroundings::default());
        assert_eq!(lines(&pod, "host:"), Vec::<&str>::new(), "{name}");
    }
}

#[test]
fn the_kubelet_is_told_its_name_when_it_would_not_know() {
    let (cluster, node) = wish(&whole("NODE\nCLUSTER"));
    let flags = |host_name: Option<&str>| {
        let machine = Machine {
            host_name: host_name.map(str::to_owned),
            systemd_resolved: true,
        };
        let files = kubelet::files(&cluster, &node, &machine);
        assert!(
            files[0]
                .1
                .contains("resolvConf: /run/systemd/resolve/resolv.conf\n")
        );
        files[2].1.clone()
    };
    assert_eq!(flags(Some("cp")), "KUBELET_KUBEADM_ARGS=\"\"\n");
    let named = "KUBELET_KUBEADM_ARGS=\"--hostname-override=cp\"\n";
    assert_eq!(flags(Some("other")), named);
    assert_eq!(flags(None), named);
}

#[test]
fn what_a_kubelet_is_told_is_kept_but_for_what_kubeadm_insists_on() {
    let (cluster, node) = wish(&whole(odd("what a kubelet may be told")));
    let files = kubelet::files(&cluster, &node, &Machine::default());
    for line in [
        "serverTLSBootstrap: true",
        "rotateCertificates: true",
        "readOnlyPort: 10255",
        "    clientCAFile: /srv/ca.crt",
        "    cacheTTL: 2m0s",
        "  mode: AlwaysAllow",
        "failSwapOn: false",
        "cgroupDriver: systemd",
        "containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock",
        "syncFrequency: 1m30s",
    ] {
        assert!(files[0].1.lines().any(|found| found == line), "{line}");
    }
    for gone in ["maxPods", "kubeReserved"] {
        assert!(!files[0].1.contains(gone), "{gone}");
    }
}

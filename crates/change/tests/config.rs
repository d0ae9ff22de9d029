//! kubeadm's configuration files: every field, and what is said of those that are wrong.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may end that way")]

use authority::KeyAlgorithm;
use kubepki_change::config::{ConfigError, Configuration, NodeWish, read};
use kubepki_change::wish::{Argument, Cluster, Endpoint, Etcd, Host, Volume};

const V1BETA4: &str = "
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration:
  name: CP-2
controlPlane:
  localAPIEndpoint:
    advertiseAddress: 10.20.30.42
    bindPort: 7443
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  bootstrapToken: {token: abcdef.0123456789abcdef}
nodeRegistration:
  name: worker
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint:
  advertiseAddress: 010.020.030.041
nodeRegistration:
  name: cp-1
  criSocket: unix:///run/crio/crio.sock
  kubeletExtraArgs:
  - name: cert-dir
    value: /srv/kubelet
timeouts:
  controlPlaneComponentHealthCheck: 2m
skipPhases: [addon/kube-proxy]
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
clusterName: prod-east
kubernetesVersion: 1.35.2
certificatesDir: /srv/pki/
imageRepository: registry.example.com
controlPlaneEndpoint: k8s-api.example.internal:8443
encryptionAlgorithm: ECDSA-P384
certificateValidityPeriod: 2160h
caCertificateValidityPeriod: 43800h0m0s
apiServer:
  certSANs: [API.Example.COM, '*.apps.example.com', 203.0.113.10]
  extraArgs:
  - {name: v, value: '2'}
  - {name: audit-log-path, value: /var/log/audit.log}
  extraEnvs:
  - {name: HTTPS_PROXY, value: http://proxy:3128}
  extraVolumes:
  - {name: audit, hostPath: /var/log, mountPath: /var/log, readOnly: yes, pathType: Directory}
etcd:
  local:
    dataDir: /data/etcd
    imageTag: 3.6.9-0
    serverCertSANs: [etcd-0.example.internal]
    peerCertSANs: [10.20.30.42]
networking:
  dnsDomain: k8s.example.internal
  podSubnet: 10.244.0.0/16,fd00:10:244::/56
  serviceSubnet: 10.100.0.0/16,fd00:10:96::/112
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 200
";

fn errors(text: &str) -> Vec<String> {
    match read(text) {
        Err(ConfigError::Fields(remarks)) => remarks.iter().map(ToString::to_string).collect(),
        other => panic!("{other:?}"),
    }
}

fn warnings(text: &str) -> Vec<String> {
    read(text)
        .unwrap()
        .warnings
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn every_field_of_v1beta4_counts() {
    let Configuration {
        cluster,
        nodes,
        warnings,
    } = read(V1BETA4).unwrap();
    assert_eq!(warnings, []);
    assert_eq!(cluster.name, "prod-east");
    assert_eq!(cluster.version, "v1.35.2");
    assert_eq!(cluster.certificates_dir, "/srv/pki");
    assert_eq!(cluster.image_repository, "registry.example.com");
    let endpoint = Endpoint {
        host: Host::Name("k8s-api.example.internal".to_owned()),
        port: Some(8443),
    };
    assert_eq!(cluster.control_plane_endpoint, Some(endpoint));
    assert_eq!(cluster.key_algorithm, KeyAlgorithm::EcdsaP384);
    assert_eq!(cluster.certificate_validity, 2160 * 3600);
    assert_eq!(cluster.ca_validity, 43800 * 3600);
    let sans = ["api.example.com", "*.apps.example.com", "203.0.113.10"];
    assert_eq!(cluster.api_server_sans, sans);
    let argument = |name: &str, value: &str| Argument {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    let arguments = [
        argument("v", "2"),
        argument("audit-log-path", "/var/log/audit.log"),
    ];
    assert_eq!(cluster.api_server.extra_args, arguments);
    let environment = ("HTTPS_PROXY".to_owned(), "http://proxy:3128".to_owned());
    assert_eq!(cluster.api_server.extra_envs, [environment]);
    let volume = Volume {
        name: "audit".to_owned(),
        host_path: "/var/log".to_owned(),
        mount_path: "/var/log".to_owned(),
        read_only: true,
        path_type: "Directory".to_owned(),
    };
    assert_eq!(cluster.api_server.extra_volumes, [volume]);
    let Etcd::Local(etcd) = cluster.etcd else {
        panic!("external");
    };
    assert_eq!(etcd.data_dir, "/data/etcd");
    assert_eq!(etcd.image_tag.as_deref(), Some("3.6.9-0"));
    assert_eq!(etcd.server_sans, ["etcd-0.example.internal"]);
    assert_eq!(etcd.peer_sans, ["10.20.30.42"]);
    assert_eq!(cluster.dns_domain, "k8s.example.internal");
    assert_eq!(cluster.service_subnet, "10.100.0.0/16,fd00:10:96::/112");
    assert_eq!(
        cluster.pod_subnet.as_deref(),
        Some("10.244.0.0/16,fd00:10:244::/56")
    );

    let [first, second] = nodes.as_slice() else {
        panic!("{nodes:?}");
    };
    assert_eq!(first.name.as_deref(), Some("cp-1"));
    assert_eq!(first.advertise_address, Some([10, 20, 30, 41].into()));
    assert_eq!(
        first.cri_socket.as_deref(),
        Some("unix:///run/crio/crio.sock")
    );
    assert_eq!(
        first.kubelet_extra_args,
        [argument("cert-dir", "/srv/kubelet")]
    );
    assert_eq!(first.health_check_timeout.unwrap().as_secs(), 120);
    assert!(!first.joins && second.joins);
    assert_eq!(second.name.as_deref(), Some("cp-2"));
    assert_eq!(second.bind_port, Some(7443));
}

#[test]
fn v1beta3_has_fewer_fields_and_maps_of_arguments() {
    let text = "
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
encryptionAlgorithm: what
certificateValidityPeriod: never
apiServer:
  timeoutForControlPlane: 4m0s
  extraArgs: {v: '2', audit-log-path: /a}
";
    let found = read(text).unwrap();
    let names = found
        .cluster
        .api_server
        .extra_args
        .iter()
        .map(|argument| &argument.name);
    assert_eq!(names.collect::<Vec<_>>(), ["audit-log-path", "v"]);
    assert_eq!(found.cluster.key_algorithm, KeyAlgorithm::Rsa2048);
    let timeout = std::time::Duration::from_secs(240);
    assert_eq!(found.nodes[0].health_check_timeout, Some(timeout));
    assert_eq!(found.warnings.len(), 2);
    let gate = "
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
featureGates: {PublicKeysECDSA: true}
";
    assert_eq!(
        read(gate).unwrap().cluster.key_algorithm,
        KeyAlgorithm::EcdsaP256
    );
}

#[test]
fn nothing_said_is_kubeadms_default() {
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    let found = read(text).unwrap();
    assert_eq!(found.cluster, Cluster::default());
    assert_eq!(found.nodes, [NodeWish::default()]);
    assert!(matches!(read("kind: Pod\n"), Err(ConfigError::Nothing)));
    assert!(matches!(read("a: [\n"), Err(ConfigError::Yaml(_))));
}

#[test]
fn unknown_fields_are_named() {
    let text = "
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
networking:
  servicesubnet: 10.0.0.0/8
etcd:
  local: {dataDir: /a, colour: red}
apiServer:
  certSans: [a]
";
    assert_eq!(
        warnings(text),
        [
            "line 5, column 3: networking.servicesubnet is not a field of this version: it is ignored",
            "line 7, column 24: etcd.local.colour is not a field of this version: it is ignored",
            "line 9, column 3: apiServer.certSans is not a field of this version: it is ignored",
        ]
    );
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let text = "
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: 1.36
controlPlaneEndpoint: API.example.com
certificatesDir: pki
encryptionAlgorithm: rsa-2048
apiServer:
  certSANs: [under_score]
networking: [a]
etcd:
  external: {endpoints: ['http://a:2379'], caFile: /ca.crt, certFile: /c.crt}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {bindPort: 70000, advertiseAddress: localhost}
";
    let found = errors(text);
    for start in [
        "line 4, column 20: kubernetesVersion: is not a text",
        "line 5, column 23: controlPlaneEndpoint: `API.example.com` is neither",
        "line 6, column 18: certificatesDir: `pki` is not an absolute path",
        "line 7, column 22: encryptionAlgorithm: there is no key algorithm `rsa-2048`",
        "line 9, column 14: apiServer.certSANs[0]: `under_score`",
        "line 10, column 13: networking: should be a mapping",
        "line 12, column 13: etcd.external: certFile and keyFile belong together",
        "line 12, column 13: etcd.external: with caFile every endpoint",
        "line 16, column 19: localAPIEndpoint: bindPort",
        "line 16, column 55: localAPIEndpoint.advertiseAddress: `localhost`",
    ] {
        assert!(
            found.iter().any(|error| error.starts_with(start)),
            "{start}: {found:#?}"
        );
    }
    assert_eq!(found.len(), 10);
}

#[test]
fn a_kind_stands_there_once() {
    let text = "
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
";
    let found = errors(text);
    assert_eq!(found.len(), 2, "{found:?}");
}

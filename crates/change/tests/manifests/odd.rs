//! Configurations that are not what most people have.

/// A configuration with a word on what is odd about it. `NODE` and `CLUSTER` stand for the heads of
/// the two documents.
pub const CONFIGURATIONS: [(&str, &str); 24] = [
    ("nothing", "NODE\nCLUSTER"),
    (
        "arguments in order, repeated, and instead of kubeadm's",
        "NODE
CLUSTER
apiServer:
  extraArgs:
  - {name: v, value: '2'}
  - {name: service-account-issuer, value: 'https://b.example'}
  - {name: audit-log-path, value: /var/log/audit.log}
  - {name: service-account-issuer, value: 'https://a.example'}
  - {name: enable-admission-plugins, value: ''}
controllerManager:
  extraArgs: [{name: bind-address, value: 0.0.0.0}, {name: controllers, value: '*'}]
scheduler:
  extraArgs: [{name: bind-address, value: '::'}]
etcd:
  local:
    extraArgs: [{name: snapshot-count, value: '5'}, {name: auto-compaction-mode, value: periodic}]
",
    ),
    (
        "arguments as a mapping",
        "
apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.7}
nodeRegistration:
  name: cp
  kubeletExtraArgs: {v: '2', cert-dir: /srv/kubelet}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.36.0
apiServer:
  extraArgs: {v: '4', audit-log-path: /a, bind-address: 10.0.0.7}
  timeoutForControlPlane: 8m0s
etcd:
  local: {extraArgs: {name: other, debug: 'true'}}
",
    ),
    (
        "modes of authorization",
        "NODE\nCLUSTER\napiServer: {extraArgs: [{name: authorization-mode, value: 'Webhook,Odd'}]}\n",
    ),
    (
        "a file of authorization",
        "NODE\nCLUSTER\napiServer: {extraArgs: [{name: authorization-config, value: /a.yaml}]}\n",
    ),
    (
        "addresses where components listen",
        "NODE
CLUSTER
controllerManager: {extraArgs: [{name: bind-address, value: 10.0.0.7}]}
scheduler: {extraArgs: [{name: bind-address, value: '::1'}, {name: bind-address, value: 127.0.0.2}]}
",
    ),
    (
        "IPv6",
        "
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 'fd00::7', bindPort: 7443}
nodeRegistration: {name: cp}
CLUSTER
networking: {serviceSubnet: 'fd00:96::/112', podSubnet: 'fd00:244::/56'}
",
    ),
    (
        "two families",
        "NODE
CLUSTER
networking: {serviceSubnet: '10.96.0.0/16,fd00:96::/112', podSubnet: '10.244.0.0/16,fd00:244::/56', dnsDomain: a.b}
",
    ),
    (
        "etcd elsewhere",
        "NODE
CLUSTER
etcd:
  external:
    endpoints: ['https://10.0.0.9:2379', 'https://10.0.0.8:2379']
    caFile: /srv/etcd/ca.crt
    certFile: /srv/etcd/client/tls.crt
    keyFile: /opt/keys/tls.key
",
    ),
    (
        "etcd elsewhere without TLS",
        "NODE\nCLUSTER\netcd: {external: {endpoints: ['http://10.0.0.9:2379']}}\n",
    ),
    (
        "etcd elsewhere with files that are mounted already",
        "NODE
CLUSTER
etcd:
  external:
    endpoints: ['https://10.0.0.9:2379']
    caFile: /etc/ssl/certs/etcd.crt
    certFile: /etc/kubernetes/pki/apiserver-etcd-client.crt
    keyFile: /usr/share/ca-certificates/a/etcd.key
",
    ),
    (
        "etcd elsewhere with folders whose names begin alike",
        "NODE
CLUSTER
etcd:
  external:
    endpoints: ['https://10.0.0.9:2379']
    caFile: /srv/ab/ca.crt
    certFile: /srv/a/tls.crt
    keyFile: /srv/abc/tls.key
",
    ),
    (
        "other folders",
        "NODE\nCLUSTER\ncertificatesDir: /srv/pki\netcd: {local: {dataDir: /srv/etcd}}\n",
    ),
    (
        "volumes",
        "NODE
CLUSTER
apiServer:
  extraVolumes:
  - {name: zone, hostPath: /usr/share/zoneinfo, mountPath: /zone, readOnly: true, pathType: Directory}
  - {name: k8s-certs, hostPath: /srv/pki, mountPath: /etc/kubernetes/pki}
  - {name: audit, hostPath: /var/log/audit.log, mountPath: /var/log/audit.log, pathType: FileOrCreate}
scheduler:
  extraVolumes: [{name: a, hostPath: /a, mountPath: /b}]
",
    ),
    (
        "environments",
        "NODE
CLUSTER
apiServer:
  extraEnvs: [{name: B, value: '1'}, {name: A, value: x}, {name: B, value: 'yes'}, {name: EMPTY}]
etcd:
  local: {extraEnvs: [{name: ETCD_LOG_LEVEL, value: debug}]}
",
    ),
    (
        "etcd tells others where it is",
        "NODE
CLUSTER
etcd:
  local:
    extraArgs:
    - {name: advertise-client-urls, value: 'https://10.0.0.7:2379,https://etcd.example:2379'}
    - {name: listen-metrics-urls, value: 'https://10.0.0.7:9379,http://127.0.0.1:2381'}
",
    ),
    (
        "etcd's metrics at no URL",
        "NODE\nCLUSTER\netcd: {local: {extraArgs: [{name: listen-metrics-urls, value: '127.0.0.1:2381'}]}}\n",
    ),
    (
        "etcd's metrics at an address of IPv6 and a port too far",
        "NODE\nCLUSTER\netcd: {local: {extraArgs: [{name: listen-metrics-urls, value: 'HTTPS://[::1]:99999/a'}]}}\n",
    ),
    (
        "images",
        "NODE
CLUSTER
kubernetesVersion: v1.35.2-alpha.1+build.7
imageRepository: registry.example:5000/k8s
etcd: {local: {imageRepository: other.example, imageTag: 3.5.9-0}}
",
    ),
    (
        "names and ports",
        "
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.7, bindPort: 443}
nodeRegistration: {name: CP-1, criSocket: 'unix:///run/crio/crio.sock'}
timeouts: {controlPlaneComponentHealthCheck: 1m35s}
CLUSTER
clusterName: Prod_1
controlPlaneEndpoint: 10.0.0.100:6443
",
    ),
    (
        "what a kubelet may be told",
        "NODE
CLUSTER
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
serverTLSBootstrap: true
rotateCertificates: false
readOnlyPort: 10255
tlsMinVersion: VersionTLS13
tlsCipherSuites: [TLS_AES_128_GCM_SHA256]
authentication:
  anonymous: {enabled: true}
  webhook: {cacheTTL: 2m}
  x509: {clientCAFile: /srv/ca.crt}
authorization: {mode: AlwaysAllow}
clusterDNS: [169.254.20.10]
syncFrequency: 90s
maxPods: 0
failSwapOn: false
cgroupDriver: ''
containerRuntimeEndpoint: unix:///other.sock
featureGates: {Odd: true, Even: false}
evictionHard: {memory.available: 100Mi, nodefs.available: '10%'}
memorySwap: {swapBehavior: NoSwap}
kubeReserved: {}
",
    ),
    (
        "flags of the kubelet",
        "
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.7}
nodeRegistration:
  name: cp
  taints: []
  kubeletExtraArgs:
  - {name: node-labels, value: 'a=b,c=\"d\"'}
  - {name: hostname-override, value: other}
CLUSTER
",
    ),
    (
        "texts that need quotes, and long ones",
        "NODE
CLUSTER
apiServer:
  extraArgs: [{name: a, value: \"it's: \\\"quoted\\\" # really\"}, {name: b, value: ' x '}]
  extraEnvs:
  - {name: LONG, value: 'a long text with many words in it which does not fit into the eighty columns that a line has, so that it goes on in the next'}
  - {name: LONG_SINGLE, value: 'a: long text with many words in it which does not fit into the  eighty columns that a line has, so  that it goes on in the next'}
  - {name: LONG_DOUBLE, value: \"a\\tlong text with many words in it which does not fit into the  eighty columns that a line has, so  that it goes on\"}
  - {name: 'NUMBER', value: '1e3'}
  - {name: LINES, value: \"one\\ntwo\\n\"}
",
    ),
    (
        "no patience",
        "
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.7}
nodeRegistration: {name: cp}
timeouts: {controlPlaneComponentHealthCheck: 0s}
CLUSTER
",
    ),
];

/// The text with the heads in it.
pub fn whole(text: &str) -> String {
    text.replace("NODE", NODE).replace("CLUSTER", CLUSTER)
}

const NODE: &str = "
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 10.0.0.7}
nodeRegistration: {name: cp}
";

const CLUSTER: &str = "
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
";

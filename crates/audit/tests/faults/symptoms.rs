//! The lines that components print when a mistake is made, each tied to the finding of that mistake.
//!
//! The lines are those of real components (Kubernetes 1.36, etcd 3.6) with times and ports made up.

use std::sync::Arc;

use kubepki_audit::log::{Log, component_in_name, explain};
use kubepki_audit::{Report, Severity};

use crate::faults;
use crate::tree::Tree;

/// A mistake, the file that the line is in, and the line.
type Row = (&'static str, &'static str, &'static str);

const CLIENT_REFUSES: &str = "I1125 10:00:00.000000       1 log.go:245] http: TLS handshake error from 10.0.0.7:41234: remote error: tls: bad certificate";
const UNKNOWN_TO_KUBELET: &str = "E1125 10:00:00.000000     812 kubelet_node_status.go:111] \"Unable to register node with API server\" err=\"Post \\\"https://controlplane:6443/api/v1/nodes\\\": tls: failed to verify certificate: x509: certificate signed by unknown authority\" node=\"controlplane\"";
const NOT_AUTHENTICATED: &str = "E1125 10:00:00.000000       1 authentication.go:75] \"Unable to authenticate the request\" err=\"[x509: certificate signed by unknown authority, verifying certificate SN=1, SKID=, AKID= failed: x509: certificate signed by unknown authority]\"";
const GRPC_UNKNOWN: &str = "W1125 10:00:00.000000       1 logging.go:55] [core] [Channel #1 SubChannel #3]grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", ServerName: \"127.0.0.1:2379\", }. Err: connection error: desc = \"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority\"";
const ETCD_REJECTS: &str = "{\"level\":\"warn\",\"ts\":\"2026-11-25T10:00:00.000000Z\",\"caller\":\"embed/config_logging.go:194\",\"msg\":\"rejected connection on client endpoint\",\"remote-addr\":\"127.0.0.1:41234\",\"server-name\":\"\",\"error\":\"tls: failed to verify certificate: x509: certificate signed by unknown authority\"}";
const SCHEDULER_UNAUTHORIZED: &str = "E1125 10:00:00.000000       1 reflector.go:205] \"Failed to watch\" err=\"failed to list *v1.Node: Unauthorized\" logger=\"UnhandledError\"";

const ROWS: &[Row] = &[
    (
        "the serving certificate's path is misspelt",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"open PATH: no such file or directory\"",
    ),
    (
        "the serving certificate's path is misspelt",
        "kubelet.log",
        "Nov 25 10:00:00 cp kubelet[812]: E1125 10:00:00.000000     812 kubelet_node_status.go:111] \"Unable to register node with API server\" err=\"Post \\\"https://controlplane:6443/api/v1/nodes\\\": dial tcp 192.20.97.8:6443: connect: connection refused\" node=\"controlplane\"",
    ),
    (
        "the serving certificate's path is misspelt",
        "ticket.txt",
        "The connection to the server controlplane:6443 was refused - did you specify the right host or port?",
    ),
    (
        "the serving key is gone",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"open /etc/kubernetes/pki/apiserver.key: no such file or directory\"",
    ),
    (
        "the serving key is another pair's",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"tls: private key does not match public key\"",
    ),
    (
        "the serving certificate has no key flag",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"missing filename for serving cert\"",
    ),
    (
        "certificate and key are swapped",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched\"",
    ),
    (
        "the serving file begins with the CA",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"tls: private key does not match public key\"",
    ),
    (
        "the serving certificate is from etcd's CA",
        "kubelet.log",
        UNKNOWN_TO_KUBELET,
    ),
    (
        "the serving certificate is from etcd's CA",
        "kube-apiserver.log",
        CLIENT_REFUSES,
    ),
    (
        "the serving certificate is from a CA that nobody knows",
        "ticket.txt",
        "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of \"crypto/rsa: verification error\" while trying to verify candidate authority certificate \"kubernetes\")",
    ),
    (
        "the serving certificate has expired",
        "ticket.txt",
        "Unable to connect to the server: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-12-03T10:00:00Z is after 2026-11-01T00:00:00Z",
    ),
    (
        "the serving certificate is not valid yet",
        "kubelet.log",
        "E1125 10:00:00.000000     812 reflector.go:205] \"Failed to watch\" err=\"Get \\\"https://controlplane:6443/api/v1/nodes\\\": tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-25T10:00:00Z is before 2027-01-01T00:00:00Z\"",
    ),
    (
        "the serving certificate does not name the first service address",
        "coredns.log",
        "E1125 10:00:00.000000       1 reflector.go:205] \"Failed to watch\" err=\"Get \\\"https://10.96.0.1:443/api\\\": tls: failed to verify certificate: x509: certificate is valid for 192.20.97.8, not 10.96.0.1\"",
    ),
    (
        "the serving certificate is for clients",
        "kubelet.log",
        "E1125 10:00:00.000000     812 kubelet_node_status.go:111] \"Unable to register node with API server\" err=\"Post \\\"https://controlplane:6443/api/v1/nodes\\\": tls: failed to verify certificate: x509: certificate specifies an incompatible key usage\"",
    ),
    (
        "the serving certificate has a critical extension that Go does not know",
        "ticket.txt",
        "Unable to connect to the server: tls: failed to verify certificate: x509: unhandled critical extension",
    ),
    (
        "the serving key is encrypted",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"tls: failed to parse private key\"",
    ),
    (
        "clients are verified with etcd's CA",
        "kube-apiserver.log",
        NOT_AUTHENTICATED,
    ),
    (
        "clients are verified with etcd's CA",
        "kube-scheduler.log",
        SCHEDULER_UNAUTHORIZED,
    ),
    (
        "clients are verified with etcd's CA",
        "ticket.txt",
        "error: You must be logged in to the server (Unauthorized)",
    ),
    (
        "clients are verified with etcd's CA",
        "kube-controller-manager.log",
        "E1125 10:00:00.000000       1 leaderelection.go:461] \"Error retrieving lease lock\" err=\"Unauthorized\" lock=\"kube-system/kube-controller-manager\"",
    ),
    (
        "the client CA's path is misspelt",
        "kube-apiserver.log",
        "2026-11-25T10:00:00.000000000Z stderr F E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"open PATH: no such file or directory\"",
    ),
    (
        "the CA file is garbage",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"error loading CA bundle \\\"client-ca-bundle::/etc/kubernetes/pki/ca.crt\\\": data does not contain any valid RSA or ECDSA certificates\"",
    ),
    (
        "the CA file is empty",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"missing content for CA bundle \\\"client-ca-bundle::/etc/kubernetes/pki/ca.crt\\\"\"",
    ),
    (
        "the administrator's certificate is from etcd's CA",
        "kube-apiserver.log",
        NOT_AUTHENTICATED,
    ),
    (
        "the administrator's certificate is from etcd's CA",
        "ticket.txt",
        "error: You must be logged in to the server (the server has asked for the client to provide credentials)",
    ),
    (
        "the administrator's certificate has expired",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 authentication.go:75] \"Unable to authenticate the request\" err=\"[x509: certificate has expired or is not yet valid: current time 2026-12-03T10:00:00Z is after 2026-11-01T00:00:00Z]\"",
    ),
    (
        "the administrator's group is misspelt",
        "ticket.txt",
        "Error from server (Forbidden): nodes is forbidden: User \"kubernetes-admin\" cannot list resource \"nodes\" in API group \"\" at the cluster scope",
    ),
    (
        "the controller manager is the scheduler",
        "kube-controller-manager.log",
        "E1125 10:00:00.000000       1 leaderelection.go:461] \"Error retrieving lease lock\" err=\"leases.coordination.k8s.io \\\"kube-controller-manager\\\" is forbidden: User \\\"system:kube-scheduler\\\" cannot get resource \\\"leases\\\" in API group \\\"coordination.k8s.io\\\" in the namespace \\\"kube-system\\\"\" lock=\"kube-system/kube-controller-manager\"",
    ),
    (
        "the kubelet is not in the nodes' group",
        "kubelet.log",
        "E1125 10:00:00.000000     812 kubelet_node_status.go:107] \"Unable to register node with API server, reason is forbidden\" err=\"nodes is forbidden: User \\\"system:node:controlplane\\\" cannot create resource \\\"nodes\\\"\"",
    ),
    (
        "the administrator's key is another",
        "ticket.txt",
        "error: tls: private key does not match public key",
    ),
    (
        "the scheduler trusts etcd's CA",
        "kube-scheduler.log",
        "E1125 10:00:00.000000       1 reflector.go:205] \"Failed to watch\" err=\"failed to list *v1.Node: Get \\\"https://192.20.97.8:6443/api/v1/nodes\\\": tls: failed to verify certificate: x509: certificate signed by unknown authority\"",
    ),
    (
        "the scheduler trusts etcd's CA",
        "kube-apiserver.log",
        CLIENT_REFUSES,
    ),
    (
        "the manifest is not YAML",
        "kubelet.log",
        "E1125 10:00:00.000000     812 file.go:187] \"Could not process manifest file\" err=\"/etc/kubernetes/manifests/kube-apiserver.yaml: couldn't parse as pod(yaml: line 14), please check config file\" path=\"/etc/kubernetes/manifests/kube-apiserver.yaml\"",
    ),
    (
        "the serving key is empty",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"missing content for serving cert \\\"serving-cert::/etc/kubernetes/pki/apiserver.crt::/etc/kubernetes/pki/apiserver.key\\\"\"",
    ),
    (
        "the scheduler's context does not exist",
        "kube-scheduler.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"context was not found for specified context: nobody@nowhere\"",
    ),
    (
        "the controller manager's kubeconfig is empty",
        "kube-controller-manager.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable\"",
    ),
    (
        "etcd's CA is misspelt for kube-apiserver",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"open PATH: no such file or directory\"",
    ),
    (
        "etcd is verified with the cluster's CA",
        "kube-apiserver.log",
        GRPC_UNKNOWN,
    ),
    (
        "etcd is verified with the cluster's CA",
        "kube-apiserver.log",
        "F1125 10:00:20.000000       1 instance.go:226] Error creating leases: error creating storage factory: context deadline exceeded",
    ),
    (
        "etcd is verified with the cluster's CA",
        "etcd.log",
        "{\"level\":\"warn\",\"ts\":\"2026-11-25T10:00:00.000000Z\",\"caller\":\"embed/config_logging.go:194\",\"msg\":\"rejected connection on client endpoint\",\"remote-addr\":\"127.0.0.1:41234\",\"server-name\":\"\",\"error\":\"remote error: tls: bad certificate\"}",
    ),
    (
        "the client certificate for etcd is from the cluster's CA",
        "0.log",
        ETCD_REJECTS,
    ),
    (
        "the client certificate for etcd is from the cluster's CA",
        "kube-apiserver.log",
        "W1125 10:00:00.000000       1 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"error reading server preface: remote error: tls: bad certificate\"",
    ),
    (
        "the client certificate for etcd has expired",
        "kubelet.log",
        "E1125 10:00:00.000000     812 reflector.go:205] \"Failed to watch\" err=\"Get \\\"https://controlplane:6443/api\\\": dial tcp 192.20.97.8:6443: connect: connection refused\"",
    ),
    (
        "the client certificate for etcd has expired",
        "kube-apiserver.log",
        "W1125 10:00:00.000000       1 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"error reading server preface: remote error: tls: expired certificate\"",
    ),
    (
        "kube-apiserver shows etcd nothing",
        "kube-apiserver.log",
        "W1125 10:00:00.000000       1 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"error reading server preface: remote error: tls: certificate required\"",
    ),
    (
        "etcd is spoken to without TLS",
        "kube-apiserver.log",
        "W1125 10:00:00.000000       1 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"error reading server preface: EOF\"",
    ),
    (
        "etcd's certificate is misspelt",
        "etcd.log",
        "{\"level\":\"fatal\",\"ts\":\"t\",\"caller\":\"etcdmain/etcd.go:204\",\"msg\":\"discovery failed\",\"error\":\"open PATH: no such file or directory\"}",
    ),
    (
        "etcd's certificate is misspelt",
        "kube-apiserver.log",
        "W1125 10:00:00.000000       1 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"transport: Error while dialing: dial tcp 127.0.0.1:2379: connect: connection refused\"",
    ),
    (
        "etcd's certificate has expired",
        "kube-apiserver.log",
        "W1125 10:00:00.000000       1 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-12-03T10:00:00Z is after 2026-11-01T00:00:00Z\"",
    ),
    (
        "etcd's certificate is for clients",
        "kube-apiserver.log",
        "W1125 10:00:00.000000       1 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate specifies an incompatible key usage\"",
    ),
    (
        "etcd's certificate does not name the loopback address",
        "kube-apiserver.log",
        "W1125 10:00:00.000000       1 logging.go:55] [core] grpc: addrConn.createTransport failed to connect to {Addr: \"127.0.0.1:2379\", }. Err: connection error: desc = \"transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate is valid for 192.20.97.8, not 127.0.0.1\"",
    ),
    (
        "the front proxy's name is not allowed",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 authentication.go:75] \"Unable to authenticate the request\" err=\"x509: subject with cn=front-proxy-client is not in the allowed list\"",
    ),
    (
        "tokens are signed with a new key",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 authentication.go:75] \"Unable to authenticate the request\" err=\"[invalid bearer token, [invalid signature, no keys found]]\"",
    ),
    (
        "the tokens' public key is garbage",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"error reading public key file /etc/kubernetes/pki/sa.pub: data does not contain any valid RSA or ECDSA public keys\"",
    ),
    (
        "the signing key is another CA's",
        "kube-controller-manager.log",
        "E1125 10:00:00.000000       1 controllermanager.go:760] \"Error starting controller\" err=\"failed to start kubernetes.io/kubelet-serving certificate controller: error reading CA cert file \\\"/etc/kubernetes/pki/ca.crt\\\": tls: private key does not match public key\"",
    ),
    (
        "the signing certificate is a bundle",
        "kube-controller-manager.log",
        "E1125 10:00:00.000000       1 controllermanager.go:760] \"Error starting controller\" err=\"expected 1 certificate, found 2\"",
    ),
    (
        "everybody trusts an older CA",
        "kubelet.log",
        UNKNOWN_TO_KUBELET,
    ),
];

/// Lines that are no symptom, or none of what was done.
const UNRELATED: &[Row] = &[
    (
        "",
        "kube-apiserver.log",
        "I1125 10:00:00.000000       1 server.go:150] Version: v1.36.0",
    ),
    (
        "",
        "kube-apiserver.log",
        "I1125 10:00:00.000000       1 dynamic_serving_content.go:135] \"Starting controller\" name=\"serving-cert::/etc/kubernetes/pki/apiserver.crt::/etc/kubernetes/pki/apiserver.key\"",
    ),
    (
        "",
        "etcd.log",
        "{\"level\":\"info\",\"ts\":\"t\",\"caller\":\"embed/etcd.go:729\",\"msg\":\"starting with client TLS\",\"tls-info\":\"cert = /etc/kubernetes/pki/etcd/server.crt\"}",
    ),
    (
        "",
        "kubelet.log",
        "E1125 10:00:00.000000     812 pod_workers.go:1324] \"Error syncing pod, skipping\" err=\"failed to \\\"StartContainer\\\" for \\\"x\\\" with CrashLoopBackOff\"",
    ),
    (
        "etcd is verified with the cluster's CA",
        "kube-scheduler.log",
        SCHEDULER_UNAUTHORIZED,
    ),
    (
        "etcd is verified with the cluster's CA",
        "kubelet.log",
        UNKNOWN_TO_KUBELET,
    ),
    ("the scheduler trusts etcd's CA", "etcd.log", ETCD_REJECTS),
    (
        "the serving certificate is from etcd's CA",
        "kube-apiserver.log",
        "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"open /etc/kubernetes/pki/elsewhere.crt: no such file or directory\"",
    ),
    (
        "etcd's certificate is misspelt",
        "kubelet.log",
        "E1125 10:00:00.000000     812 reflector.go:205] \"Failed to watch\" err=\"Get \\\"https://controlplane:6443/api\\\": tls: failed to verify certificate: x509: certificate is valid for 10.96.0.1, not 10.0.0.9\"",
    ),
    (
        "the scheduler's context does not exist",
        "kube-apiserver.log",
        "dial tcp 127.0.0.1:2379: connect: connection refused",
    ),
];

fn report_of(name: &str) -> Report {
    let mut tree = Tree::healthy().remove(0);
    if let Some(fault) = faults().find(|fault| fault.name == name) {
        (fault.make)(&mut tree);
    } else {
        assert_eq!(name, "", "no such fault");
    }
    tree.audit()
}

/// The message of the finding that a line is tied to, with the file that it names put in.
fn tied(report: &Report, source: &str, line: &str) -> Option<usize> {
    let errors = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error);
    let said = errors.flat_map(|finding| &finding.said);
    let mut paths = said.filter_map(|said| said.strip_prefix("open ")?.split_once(": "));
    let line = line.replace("PATH", paths.next().map_or("", |(path, _)| path));
    let mut log = Log::beside(report);
    log.add(
        &Arc::from(source),
        1,
        component_in_name(source),
        line.as_bytes(),
    );
    explain(&log, report).first()?.finding
}

#[test]
fn what_components_say_is_tied_to_the_mistake() {
    let mut complaints = Vec::new();
    for (name, source, line) in ROWS {
        let report = report_of(name);
        // The mistake is the first, and the only error.
        match tied(&report, source, line) {
            Some(index) if report.findings[index].severity == Severity::Error => {}
            other => complaints.push(format!("{name}: {source}: {other:?}\n  {line}")),
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {}\n{}",
        complaints.len(),
        ROWS.len(),
        complaints.join("\n")
    );
}

#[test]
fn what_is_not_the_mistake_is_not_tied() {
    for (name, source, line) in UNRELATED {
        let report = report_of(name);
        assert_eq!(tied(&report, source, line), None, "{name}: {line}");
    }
}

#[test]
fn what_a_finding_foretells_is_tied_to_it() {
    let mut complaints = Vec::new();
    for fault in faults() {
        let report = report_of(fault.name);
        for (index, finding) in report.findings.iter().enumerate() {
            // What is no YAML is said in our own words.
            let said = finding
                .said
                .iter()
                .filter(|said| !said.starts_with("not YAML"));
            for said in said.filter(|_| finding.severity == Severity::Error) {
                let mut log = Log::beside(&report);
                let line = format!(
                    "Nov 25 10:00:00 cp x[1]: E1125 10:00:00.0 1 f.go:1] \"x\" err=\"{said}\""
                );
                log.add(&Arc::from("journal"), 1, None, line.as_bytes());
                let explained = explain(&log, &report);
                let tied = explained.first().map(|one| one.finding);
                if tied != Some(Some(index)) {
                    complaints.push(format!("{}: {tied:?} for {index}: {said}", fault.name));
                }
            }
        }
    }
    assert!(
        complaints.is_empty(),
        "{} differ\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

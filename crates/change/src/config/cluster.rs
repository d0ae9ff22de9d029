//! ClusterConfiguration.

use std::time::Duration;

use authority::KeyAlgorithm;

use super::Version;
use super::section::Section;
use crate::parse;
use crate::wish::{Argument, Cluster, Component, Etcd, ExternalEtcd, LocalEtcd, Volume};

/// Reads the document over the defaults.
pub(super) fn read(top: &Section<'_>) -> Cluster {
    let default = Cluster::default();
    let networking = top.section("networking");
    let api_server = top.section("apiServer");
    let duration = |key| top.parsed(key, parse::duration);
    let algorithm = top.parsed("encryptionAlgorithm", algorithm);
    let cluster = Cluster {
        name: top.parsed("clusterName", text).unwrap_or(default.name),
        version: top
            .parsed("kubernetesVersion", kubernetes_version)
            .unwrap_or(default.version),
        image_repository: top
            .parsed("imageRepository", text)
            .unwrap_or(default.image_repository),
        control_plane_endpoint: top.parsed("controlPlaneEndpoint", parse::endpoint),
        certificates_dir: top
            .parsed("certificatesDir", parse::absolute_path)
            .unwrap_or(default.certificates_dir),
        service_subnet: networking
            .parsed("serviceSubnet", parse::networks)
            .unwrap_or(default.service_subnet),
        pod_subnet: networking.parsed("podSubnet", parse::networks),
        dns_domain: networking
            .parsed("dnsDomain", parse::domain)
            .unwrap_or(default.dns_domain),
        key_algorithm: gate(top).or(algorithm).unwrap_or(default.key_algorithm),
        certificate_validity: duration("certificateValidityPeriod")
            .unwrap_or(default.certificate_validity),
        ca_validity: duration("caCertificateValidityPeriod").unwrap_or(default.ca_validity),
        api_server: component(&api_server),
        api_server_sans: api_server.list("certSANs", |name| {
            parse::alternative_name(&name.to_lowercase())
        }),
        controller_manager: component(&top.section("controllerManager")),
        scheduler: component(&top.section("scheduler")),
        etcd: etcd(&top.section("etcd")),
        kubelet: default.kubelet,
    };
    networking.finish(&[]);
    api_server.finish(match top.version() {
        Version::V1Beta3 => &["timeoutForControlPlane"],
        Version::V1Beta4 => &[],
    });
    for key in ["controllerManager", "scheduler"] {
        top.section(key).finish(COMPONENT);
    }
    top.finish(&["apiVersion", "kind", "dns", "proxy", "featureGates"]);
    cluster
}

/// `apiServer.timeoutForControlPlane`, which only v1beta3 has; newer ones say it of a node
/// (`v1beta3/conversion.go`).
pub(super) fn health_check_timeout(top: &Section<'_>) -> Option<Duration> {
    let api_server = top.section("apiServer");
    let old = Some(api_server).filter(|section| section.version() == Version::V1Beta3);
    let seconds = old?.parsed("timeoutForControlPlane", parse::duration)?;
    let seconds = u64::try_from(seconds).ok().filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs)
}

const COMPONENT: &[&str] = &["extraArgs", "extraVolumes", "extraEnvs"];

/// `featureGates.PublicKeysECDSA`, which overrides `encryptionAlgorithm` when it is there
/// (`ClusterConfiguration.EncryptionAlgorithmType`).
fn gate(top: &Section<'_>) -> Option<KeyAlgorithm> {
    let gates = top.section("featureGates");
    let ecdsa = gates.flag("PublicKeysECDSA");
    gates.ignored(
        "RootlessControlPlane",
        "has no effect: it would make users of the machine",
    );
    gates.finish(&["NodeLocalCRISocket"]);
    match ecdsa? {
        true => Some(KeyAlgorithm::EcdsaP256),
        false => Some(KeyAlgorithm::Rsa2048),
    }
}

fn etcd(section: &Section<'_>) -> Etcd {
    let (local, external) = (section.section("local"), section.section("external"));
    if local.is_there() && external.is_there() {
        section.refuse("local and external exclude each other");
    }
    let etcd = match external.is_there() {
        true => Etcd::External(external_etcd(&external)),
        false => Etcd::Local(local_etcd(&local)),
    };
    section.finish(&[]);
    etcd
}

fn local_etcd(section: &Section<'_>) -> LocalEtcd {
    let default = LocalEtcd::default();
    let etcd = LocalEtcd {
        data_dir: section
            .parsed("dataDir", parse::absolute_path)
            .unwrap_or(default.data_dir),
        server_sans: section.list("serverCertSANs", parse::alternative_name),
        peer_sans: section.list("peerCertSANs", parse::alternative_name),
        image_repository: section.parsed("imageRepository", text),
        image_tag: section.parsed("imageTag", text),
        extra_args: arguments(section, "extraArgs"),
        extra_envs: environments(section),
    };
    section.finish(&[]);
    etcd
}

/// Cert and key only together and only with the CA; https as soon as there is one of them
/// (`ValidateEtcd`).
fn external_etcd(section: &Section<'_>) -> ExternalEtcd {
    let path = |key| {
        section
            .parsed(key, parse::absolute_path)
            .unwrap_or_default()
    };
    let etcd = ExternalEtcd {
        endpoints: section.list("endpoints", url),
        ca_file: path("caFile"),
        cert_file: path("certFile"),
        key_file: path("keyFile"),
    };
    if etcd.cert_file.is_empty() != etcd.key_file.is_empty() {
        section.refuse("certFile and keyFile belong together");
    } else if !etcd.cert_file.is_empty() && etcd.ca_file.is_empty() {
        section.refuse("certFile and keyFile need caFile");
    }
    let is_plain = |url: &String| !url.starts_with("https://");
    if !etcd.ca_file.is_empty() && etcd.endpoints.iter().any(is_plain) {
        section.refuse("with caFile every endpoint begins with https://");
    }
    if etcd.endpoints.is_empty() {
        section.refuse("endpoints are missing");
    }
    section.finish(&["httpEndpoints"]);
    etcd
}

fn component(section: &Section<'_>) -> Component {
    Component {
        extra_args: arguments(section, "extraArgs"),
        extra_volumes: section
            .sections("extraVolumes")
            .iter()
            .map(volume)
            .collect(),
        extra_envs: section
            .sections("extraEnvs")
            .iter()
            .filter_map(environment)
            .collect(),
    }
}

/// A list of names and values in v1beta4; a mapping in v1beta3, which kubeadm sorts.
pub(super) fn arguments(section: &Section<'_>, key: &'static str) -> Vec<Argument> {
    if section.version() == Version::V1Beta3 {
        let mut pairs = section.pairs(key);
        pairs.sort();
        return pairs
            .into_iter()
            .map(|(name, value)| Argument { name, value })
            .collect();
    }
    let argument = |section: &Section<'_>| {
        let argument = Argument {
            name: section.text("name").unwrap_or_default(),
            value: section.text("value").unwrap_or_default(),
        };
        if argument.name.is_empty() {
            section.refuse("name is missing");
        }
        section.finish(&[]);
        argument
    };
    section.sections(key).iter().map(argument).collect()
}

fn volume(section: &Section<'_>) -> Volume {
    let field = |key| section.text(key).unwrap_or_default();
    let volume = Volume {
        name: field("name"),
        host_path: field("hostPath"),
        mount_path: field("mountPath"),
        read_only: section.flag("readOnly").unwrap_or(false),
        path_type: field("pathType"),
    };
    section.finish(&[]);
    volume
}

fn environments(section: &Section<'_>) -> Vec<(String, String)> {
    section
        .sections("extraEnvs")
        .iter()
        .filter_map(environment)
        .collect()
}

/// Values taken from elsewhere (`valueFrom`) mean nothing to a static pod.
fn environment(section: &Section<'_>) -> Option<(String, String)> {
    let pair = (
        section.text("name")?,
        section.text("value").unwrap_or_default(),
    );
    section.finish(&[]);
    Some(pair)
}

fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn algorithm(text: &str) -> Result<KeyAlgorithm, String> {
    text.parse()
        .map_err(|error: authority::UnknownAlgorithm| error.to_string())
}

fn url(text: &str) -> Result<String, String> {
    let scheme = ["https://", "http://"]
        .iter()
        .find_map(|scheme| text.strip_prefix(scheme));
    match scheme {
        Some(host) if !host.is_empty() => Ok(text.to_owned()),
        _ => Err(format!(
            "`{text}` is not a URL that begins with https:// or http://"
        )),
    }
}

/// A version with a `v` before it, as kubeadm writes it. What has to be looked up, such as
/// `stable-1`, would need the network.
///
/// # Errors
/// When it is none.
pub fn kubernetes_version(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix('v').unwrap_or(text);
    let mut parts = digits.splitn(3, '.');
    let is_number = |part: Option<&str>| part.is_some_and(|part| part.parse::<u16>().is_ok());
    let is_version = is_number(parts.next())
        && is_number(parts.next())
        && parts
            .next()
            .is_some_and(|patch| patch.starts_with(|c: char| c.is_ascii_digit()));
    match is_version {
        true => Ok(format!("v{digits}")),
        false => Err(format!(
            "`{text}` is not a version, such as v1.36.0; nothing is looked up"
        )),
    }
}

//! Every credential and authority of a cluster with when it ends: what `kubeadm certs
//! check-expiration` lists, and what it leaves out.

use std::sync::Arc;

use time::UtcDateTime;
use x509::{Certificate, GeneralName, Name, Place};

use crate::catalogue::{AUTHORITIES, Authority, CREDENTIALS, Credential, Holder};
use crate::component::Component;
use crate::files::Content;
use crate::inventory::{Inventory, Node};
use crate::material::Material;
use crate::objects::{Kept, Named};

/// The credentials and authorities of all nodes.
#[derive(Debug)]
pub struct Listing {
    /// Sorted by node, then by name.
    pub credentials: Vec<Row>,
    /// Sorted by node, then by name.
    pub authorities: Vec<Row>,
    /// Sorted by object.
    pub objects: Vec<InObject>,
}

/// A certificate in an API object, or a request for one.
#[derive(Clone, Debug)]
pub struct InObject {
    /// Which object.
    pub object: Named,
    /// What it is for there.
    pub purpose: String,
    /// The first certificate; missing in a request that was not signed.
    pub found: Found,
    /// Where it stands.
    pub place: Place,
}

/// A credential or an authority.
#[derive(Clone, Debug)]
pub struct Row {
    /// kubeadm's short name, or one in its manner for what kubeadm does not list.
    pub name: &'static str,
    /// The node it lies on.
    pub node: Arc<str>,
    /// Whether `kubeadm certs` knows it.
    pub known_to_kubeadm: bool,
    /// What was found.
    pub found: Found,
    /// The short name of the authority that kubeadm has issue it; `None` for authorities and for
    /// what no authority of the cluster issues.
    pub authority: Option<&'static str>,
    /// Whether the authority's certificate is here and its key is not.
    pub externally_managed: bool,
    /// Who presents it; for an authority, nobody.
    pub owner: Option<Component>,
    /// What it is for.
    pub purpose: &'static str,
    /// Where it lies.
    pub place: Place,
}

/// What was found in a credential's place.
#[derive(Clone, Debug)]
pub enum Found {
    /// A certificate: the first, when there are several.
    Certificate(Box<Certificate>),
    /// A key that no certificate belongs to.
    Key,
    /// Nothing.
    Missing,
    /// Nothing, but the tree holds only a part of the node's files.
    NotCollected,
    /// Something that is no certificate; why.
    Unreadable(String),
}

impl Listing {
    /// Lists what an inventory holds.
    pub fn of(inventory: &Inventory) -> Self {
        let mut listing = Listing {
            credentials: Vec::new(),
            authorities: Vec::new(),
            objects: inventory.objects.kept().iter().map(in_object).collect(),
        };
        for node in &inventory.nodes {
            listing.add(node);
        }
        listing
    }

    fn add(&mut self, node: &Node) {
        let local_etcd = !has_external_etcd(node);
        let counts = |authority: &str| local_etcd || authority != "etcd-ca";
        let control_plane = is_control_plane(node);
        let mut credentials: Vec<Row> = CREDENTIALS
            .iter()
            .filter(|row| counts(row.authority))
            .filter(|row| control_plane || row.owner == Component::Kubelet)
            .map(|row| credential(node, row))
            .collect();
        credentials.extend(kubelet_rows(node));
        if control_plane {
            credentials.push(service_account_key(node));
            let authorities = AUTHORITIES.iter().filter(|row| counts(row.name));
            self.authorities
                .extend(authorities.map(|row| authority(node, row)));
        }
        credentials.sort_by_key(|row| row.name);
        self.credentials.extend(credentials);
    }
}

/// A node with a kube-apiserver, or with what only such a node is given.
fn is_control_plane(node: &Node) -> bool {
    let mut signing = ["ca.key", "apiserver.crt"].into_iter();
    node.processes.contains_key(&Component::KubeApiserver)
        || signing.any(|name| node.pki_file(name).bytes().is_some())
}

impl Found {
    /// The certificate, when there is one.
    pub fn certificate(&self) -> Option<&Certificate> {
        match self {
            Found::Certificate(certificate) => Some(certificate),
            _ => None,
        }
    }

    /// The last moment of validity.
    pub fn expires(&self) -> Option<UtcDateTime> {
        self.certificate()?.not_after().moment()
    }

    /// The whole seconds that are left at a moment; negative when it ended before.
    pub fn residual_seconds(&self, at: UtcDateTime) -> Option<i64> {
        Some((self.expires()? - at).whole_seconds())
    }
}

impl Row {
    /// The certificate, when there is one.
    pub fn certificate(&self) -> Option<&Certificate> {
        self.found.certificate()
    }

    /// The last moment of validity.
    pub fn expires(&self) -> Option<UtcDateTime> {
        self.found.expires()
    }

    /// The whole seconds that are left at a moment; negative when it ended before.
    pub fn residual_seconds(&self, at: UtcDateTime) -> Option<i64> {
        self.found.residual_seconds(at)
    }

    /// The alternative names of the certificate: DNS names, then the others.
    pub fn names(&self) -> Vec<String> {
        self.certificate()
            .map(alternative_names)
            .unwrap_or_default()
    }
}

/// The form in which kubeadm shows how long something lasts
/// (`k8s.io/apimachinery/pkg/util/duration`, `ShortHumanDuration` and `HumanDuration`).
pub fn residual_time(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;
    let two = |count: i64, unit: char, rest: i64, small: char| match rest {
        0 => format!("{count}{unit}"),
        rest => format!("{count}{unit}{rest}{small}"),
    };
    let s = seconds;
    match s {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        _ if s < 2 * MINUTE => format!("{s}s"),
        _ if s < 10 * MINUTE => two(s / MINUTE, 'm', s % MINUTE, 's'),
        _ if s < 3 * HOUR => format!("{}m", s / MINUTE),
        _ if s < 8 * HOUR => two(s / HOUR, 'h', s / MINUTE % 60, 'm'),
        _ if s < 2 * DAY => format!("{}h", s / HOUR),
        _ if s < 8 * DAY => two(s / DAY, 'd', s / HOUR % 24, 'h'),
        _ if s < 2 * YEAR => format!("{}d", s / DAY),
        _ if s < 8 * YEAR => two(s / YEAR, 'y', s / DAY % 365, 'd'),
        _ => format!("{}y", s / YEAR),
    }
}

fn credential(node: &Node, row: &'static Credential) -> Row {
    let (found, place) = match row.holder {
        Holder::Pki(base) => in_file(&node.pki_file(&format!("{base}.crt"))),
        Holder::Kubeconfig(file) => in_kubeconfig(node, file),
    };
    Row {
        name: row.name,
        node: node.name.clone(),
        known_to_kubeadm: row.renewable,
        found,
        authority: Some(row.authority),
        externally_managed: is_external(node, row.authority),
        owner: Some(row.owner),
        purpose: row.purpose,
        place,
    }
}

fn in_object(kept: &Kept<'_>) -> InObject {
    let bytes = kept.material.and_then(Material::bytes);
    InObject {
        object: kept.object.clone(),
        purpose: kept.purpose.clone(),
        found: bytes.map_or(Found::Missing, first_certificate),
        place: kept.place.clone(),
    }
}

fn authority(node: &Node, row: &'static Authority) -> Row {
    let (found, place) = in_file(&node.pki_file(&format!("{}.crt", row.base)));
    Row {
        name: row.name,
        node: node.name.clone(),
        known_to_kubeadm: true,
        found,
        authority: None,
        externally_managed: is_external(node, row.name),
        owner: None,
        purpose: row.purpose,
        place,
    }
}

/// The kubelet's own pairs, when they are there.
fn kubelet_rows(node: &Node) -> Vec<Row> {
    let own = |name, file: &str, authority, purpose| {
        let material = node.pki.get(&*format!("/var/lib/kubelet/pki/{file}"))?;
        let (found, place) = in_file(material);
        Some(Row {
            name,
            node: node.name.clone(),
            known_to_kubeadm: false,
            found,
            authority,
            externally_managed: authority.is_some_and(|authority| is_external(node, authority)),
            owner: Some(Component::Kubelet),
            purpose,
            place,
        })
    };
    let client = "the kubelet to kube-apiserver, renewed by itself";
    let serving = "the kubelet to kube-apiserver and to who asks for metrics";
    [
        own(
            "kubelet-client",
            "kubelet-client-current.pem",
            Some("ca"),
            client,
        ),
        own(
            "kubelet-server",
            "kubelet-server-current.pem",
            Some("ca"),
            serving,
        ),
        own("kubelet-server", "kubelet.crt", None, serving),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn service_account_key(node: &Node) -> Row {
    let material = node.pki_file("sa.key");
    let found = match absence(&material) {
        Some(absence) => absence,
        None => Found::Key,
    };
    Row {
        name: "sa",
        node: node.name.clone(),
        known_to_kubeadm: false,
        found,
        authority: None,
        externally_managed: false,
        owner: Some(Component::KubeApiserver),
        purpose: "signing service account tokens; it never ends",
        place: material.place(),
    }
}

fn in_file(material: &Material) -> (Found, Place) {
    let found = match (absence(material), material.bytes()) {
        (Some(absence), _) => absence,
        (None, bytes) => first_certificate(bytes.unwrap_or_default()),
    };
    (found, material.place())
}

fn in_kubeconfig(node: &Node, file: &str) -> (Found, Place) {
    let path = format!("/etc/kubernetes/{file}");
    let Some(used) = node.kubeconfigs.get(file) else {
        let absent = if node.files.is_partial() {
            Found::NotCollected
        } else {
            Found::Missing
        };
        return (absent, Place::file(path));
    };
    let place = used.source.place();
    if let Some(absence) = absence(&used.source) {
        return (absence, place);
    }
    match &used.parsed {
        Err(error) => (Found::Unreadable(error.to_string()), place),
        Ok(kubeconfig) => match kubeconfig
            .client
            .as_ref()
            .and_then(|pair| pair.certificate.as_ref())
        {
            Some(certificate) => in_file(certificate),
            None => (
                Found::Unreadable("it has no client certificate".into()),
                place,
            ),
        },
    }
}

/// Why there is nothing to read.
fn absence(material: &Material) -> Option<Found> {
    Some(match &material.file()?.content {
        Content::Present(_) => return None,
        Content::Missing => Found::Missing,
        Content::NotCollected => Found::NotCollected,
        Content::Unreadable(why) => Found::Unreadable(why.clone()),
        Content::Directory => Found::Unreadable("it is a folder".into()),
        Content::Special => Found::Unreadable("it is no file".into()),
        Content::TooLarge(_) => Found::Unreadable("it is too large".into()),
    })
}

fn first_certificate(bytes: &[u8]) -> Found {
    let mut blocks = x509::pem::blocks(bytes);
    let Some(block) = blocks.find(|block| block.label == "CERTIFICATE") else {
        return Found::Unreadable("there is no certificate in it".into());
    };
    let Some(der) = block.content else {
        return Found::Unreadable("its certificate is no base64, or does not end".into());
    };
    match Certificate::from_der(der.as_slice()) {
        Ok(certificate) => Found::Certificate(Box::new(certificate)),
        Err(error) => Found::Unreadable(error.to_string()),
    }
}

/// The certificate of an authority is here, and its key is not.
fn is_external(node: &Node, authority: &str) -> bool {
    let row = AUTHORITIES.iter().find(|row| row.name == authority);
    row.is_some_and(|row| {
        let content = |extension: &str| {
            let material = node.pki_file(&format!("{}.{extension}", row.base));
            material.file().map(|file| file.content.clone())
        };
        let there = matches!(content("crt"), Some(Content::Present(_)));
        there && content("key") == Some(Content::Missing)
    })
}

/// Whether kube-apiserver uses an etcd that is not one of kubeadm's.
fn has_external_etcd(node: &Node) -> bool {
    let apiserver = node.processes.get(&Component::KubeApiserver);
    apiserver.is_some_and(|apiserver| {
        let asks = apiserver.settings.get("etcd-servers").is_some();
        asks && !node.processes.contains_key(&Component::Etcd)
    })
}

/// `CN=…, O=…`: what tells names apart in a cluster.
pub fn distinguished(name: Name<'_>) -> String {
    let common = name.common_name().map(|name| format!("CN={name}"));
    let organizations = name
        .organizations()
        .into_iter()
        .map(|name| format!("O={name}"));
    let parts: Vec<String> = common.into_iter().chain(organizations).collect();
    parts.join(", ")
}

/// DNS names, then the others.
pub fn alternative_names(certificate: &Certificate) -> Vec<String> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (mut dns, mut others) = (Vec::new(), Vec::new());
    for name in certificate.subject_alternative_names() {
        match name {
            GeneralName::Dns(bytes) => dns.push(text(bytes)),
            GeneralName::Ip(_) => others.extend(name.ip().map(|ip| ip.to_string())),
            GeneralName::Email(bytes) | GeneralName::Uri(bytes) => others.push(text(bytes)),
            _ => {}
        }
    }
    dns.append(&mut others);
    dns
}

#[cfg(test)]
mod tests {
    use super::*;

    /// kubeadm-pki.md §3.1.
    #[test]
    fn residual_times_as_kubeadm_has_them() {
        let cases = [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (599, "9m59s"),
            (600, "10m"),
            (10_799, "179m"),
            (10_800, "3h"),
            (28_799, "7h59m"),
            (28_800, "8h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (691_199, "7d23h"),
            (691_200, "8d"),
            (31_535_975, "364d"),
            (63_071_999, "729d"),
            (63_072_000, "2y"),
            (252_287_999, "7y364d"),
            (252_288_000, "8y"),
            (315_359_970, "9y"),
        ];
        for (seconds, text) in cases {
            assert_eq!(residual_time(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn every_row_has_its_authority() {
        for row in CREDENTIALS {
            assert!(
                AUTHORITIES
                    .iter()
                    .any(|authority| authority.name == row.authority)
            );
            assert!(
                CREDENTIALS
                    .iter()
                    .filter(|other| other.name == row.name)
                    .count()
                    == 1
            );
        }
    }
}

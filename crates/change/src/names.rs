//! Which names a certificate has to have, so that everybody who dials its bearer finds theirs in it
//! (`cmd/kubeadm/app/util/pkiutil/pki_helpers.go`).

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use authority::Names;

use crate::parse;
use crate::wish::{Cluster, Etcd, Host, LocalEtcd, Node};

/// The alternative names of a credential of the catalogue on a node; none for those that only
/// clients present.
///
/// # Errors
/// When the service network is too small to have an address for the API server.
pub fn of(credential: &str, cluster: &Cluster, node: &Node) -> Result<Names, String> {
    let local = |sans: fn(&LocalEtcd) -> &Vec<String>| match &cluster.etcd {
        Etcd::Local(local) => etcd(sans(local), node),
        Etcd::External(_) => Names::default(),
    };
    match credential {
        "apiserver" => api_server(cluster, node),
        "etcd-server" => Ok(local(|etcd| &etcd.server_sans)),
        "etcd-peer" => Ok(local(|etcd| &etcd.peer_sans)),
        _ => Ok(Names::default()),
    }
}

/// `GetAPIServerAltNames`: of two service networks only the first counts.
fn api_server(cluster: &Cluster, node: &Node) -> Result<Names, String> {
    let network = parse::network(cluster.first_service_subnet())?;
    let mut names = Sorted::default();
    names.dns(&node.name);
    names.dns("kubernetes");
    names.dns("kubernetes.default");
    names.dns("kubernetes.default.svc");
    names.dns(&format!("kubernetes.default.svc.{}", cluster.dns_domain));
    names.ip(parse::indexed(&network, 1)?);
    names.ip(node.advertise_address);
    match cluster.control_plane_endpoint.as_ref().map(|e| &e.host) {
        Some(Host::Name(name)) => names.dns(name),
        Some(Host::Address(address)) => names.ip(*address),
        None => {}
    }
    names.any(&cluster.api_server_sans);
    Ok(names.finish())
}

/// `getAltNames` for etcd: both loopback addresses, whatever the family.
fn etcd(sans: &[String], node: &Node) -> Names {
    let mut names = Sorted::default();
    names.dns(&node.name);
    names.dns("localhost");
    names.ip(node.advertise_address);
    names.ip(Ipv4Addr::LOCALHOST.into());
    names.ip(Ipv6Addr::LOCALHOST.into());
    names.any(sans);
    names.finish()
}

/// Names as they are written: DNS names sorted by their bytes, addresses in the order in which they
/// came, each once.
#[derive(Default)]
struct Sorted {
    dns: BTreeSet<String>,
    ip: Vec<IpAddr>,
}

impl Sorted {
    fn dns(&mut self, name: &str) {
        self.dns.insert(name.to_owned());
    }

    fn ip(&mut self, address: IpAddr) {
        let address = address.to_canonical();
        if !self.ip.contains(&address) {
            self.ip.push(address);
        }
    }

    fn any(&mut self, names: &[String]) {
        for name in names {
            match parse::address(name) {
                Ok(address) => self.ip(address),
                Err(_) => self.dns(name),
            }
        }
    }

    fn finish(self) -> Names {
        Names {
            dns: self.dns.into_iter().collect(),
            ip: self.ip,
            ..Names::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wish::ExternalEtcd;

    fn names(credential: &str, cluster: &Cluster) -> String {
        let node = Node::new("controlplane", [192, 20, 97, 8].into());
        let names = of(credential, cluster, &node).unwrap();
        let ip = names.ip.iter().map(ToString::to_string);
        names
            .dns
            .into_iter()
            .chain(ip)
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[test]
    fn the_api_server_has_what_everybody_dials() {
        let cluster = Cluster {
            api_server_sans: ["10.96.0.1", "b", "*.a", "2001:db8::1", "::ffff:1.2.3.4"]
                .map(str::to_owned)
                .to_vec(),
            control_plane_endpoint: Some(parse::endpoint("api.example:8443").unwrap()),
            ..Cluster::default()
        };
        assert_eq!(
            names("apiserver", &cluster),
            "*.a api.example b controlplane kubernetes kubernetes.default kubernetes.default.svc \
             kubernetes.default.svc.cluster.local 10.96.0.1 192.20.97.8 2001:db8::1 1.2.3.4"
        );
        assert_eq!(names("apiserver-kubelet-client", &cluster), "");
    }

    #[test]
    fn etcd_has_both_loopback_addresses() {
        let mut cluster = Cluster::default();
        let expected = "controlplane localhost 192.20.97.8 127.0.0.1 ::1";
        assert_eq!(names("etcd-server", &cluster), expected);
        cluster.etcd = Etcd::External(ExternalEtcd::default());
        assert_eq!(names("etcd-peer", &cluster), "");
    }

    #[test]
    fn a_network_of_one_address_is_too_small() {
        let cluster = Cluster {
            service_subnet: "10.0.0.0/32".to_owned(),
            ..Cluster::default()
        };
        let node = Node::new("a", [10, 0, 0, 9].into());
        assert!(of("apiserver", &cluster, &node).is_err());
    }
}

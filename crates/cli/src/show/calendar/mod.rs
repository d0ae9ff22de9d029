//! What ends when, and what stops then: for people, for programs, for calendars.

mod human;
mod ics;
mod json;

use audit::calendar::{Ending, Renewal, Stop};

pub use human::human;
pub use ics::ics;
pub use json::json;

/// What a certificate is called: kubeadm's names, else its subject and where it lies.
fn called(ending: &Ending) -> String {
    let place = ending.places.first();
    let path = place.map_or("", |(_, place)| &*place.path);
    let what = match ending.names.as_slice() {
        [] => format!("{} in {path}", ending.certificate.short_name()),
        names => names.join(", "),
    };
    let mut nodes: Vec<&str> = ending
        .places
        .iter()
        .filter_map(|(node, _)| node.as_deref())
        .collect();
    nodes.dedup();
    match nodes.as_slice() {
        [] => what,
        nodes => format!("{what} on {}", nodes.join(", ")),
    }
}

/// What to run, or to do, before certificates end; what is alike for several is said once.
fn renewals<'a>(endings: impl Iterator<Item = &'a Ending>) -> Vec<String> {
    let mut by_kubeadm: Vec<&str> = Vec::new();
    let mut others: Vec<(String, Vec<String>)> = Vec::new();
    for ending in endings {
        let text = match ending.renewal {
            Renewal::Kubeadm(name) if by_kubeadm.contains(&name) => continue,
            Renewal::Kubeadm(name) => {
                by_kubeadm.push(name);
                continue;
            }
            _ => renewal(ending),
        };
        match others.iter_mut().find(|(same, _)| *same == text) {
            Some((_, names)) => names.push(called(ending)),
            None => others.push((text, vec![called(ending)])),
        }
    }
    let kubeadm = match by_kubeadm.as_slice() {
        [] => None,
        [name] => Some(format!("kubeadm certs renew {name}")),
        names => Some(format!(
            "for name in {}; do kubeadm certs renew $name; done",
            names.join(" ")
        )),
    };
    let others = others
        .into_iter()
        .map(|(text, names)| format!("{}: {text}", names.join(", ")));
    kubeadm.into_iter().chain(others).collect()
}

/// What to run, or to do, before one ends.
fn renewal(ending: &Ending) -> String {
    let name = ending.certificate.subject.common_name();
    match ending.renewal {
        Renewal::Kubeadm(name) => format!("kubeadm certs renew {name}"),
        Renewal::External(authority) => {
            format!("make a request with kubepki csr; whoever has the key of {authority} signs it")
        }
        Renewal::ByItself => {
            "the kubelet asks for its successor by itself, as long as it reaches kube-apiserver"
                .to_owned()
        }
        Renewal::Authority => {
            "make the authority's successor, and let everybody trust both, long before".to_owned()
        }
        Renewal::Anew if name.starts_with("system:node:") => {
            format!("kubeadm kubeconfig user --org system:nodes --client-name {name}")
        }
        Renewal::Anew => "make it again as it was made".to_owned(),
    }
}

/// `CLIENT -> SERVER`.
fn channel(stop: &Stop) -> String {
    let latent = if stop.latent { " (not in use)" } else { "" };
    format!("{}{latent}", stop.id.replace("->", " -> "))
}

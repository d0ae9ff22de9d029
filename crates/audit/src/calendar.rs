//! What ends when in a cluster, and what stops then: every end is judged at the moment after it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cluster::listing::{Listing, Row};
use cluster::{Graph, Inventory};
use time::{Duration, UtcDateTime};
use verify::Certificate;
use x509::Place;

use crate::holdings::Holdings;
use crate::judge::judge;
use crate::load::Loads;
use crate::report::Verdict;

/// The ends of a cluster's certificates in a stretch of time.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// Where it begins.
    pub from: UtcDateTime,
    /// The last moment that was looked at.
    pub until: UtcDateTime,
    /// What had ended before.
    pub over: Vec<Ending>,
    /// The channels that fail at the beginning, in the graph's order.
    pub failing: Vec<Stop>,
    /// Every end, in order of time.
    pub ends: Vec<End>,
    /// What ends later.
    pub later: Vec<Ending>,
}

/// One moment at which something ends.
#[derive(Clone, Debug)]
pub struct End {
    /// The last moment at which it is valid.
    pub at: UtcDateTime,
    /// What ends.
    pub certificates: Vec<Ending>,
    /// What fails from then on and did not before, in the graph's order, when nothing is renewed.
    pub stops: Vec<Stop>,
}

/// A channel that does not do its job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// `CLIENT->SERVER`.
    pub id: String,
    /// What the side that refuses says.
    pub error: Option<String>,
    /// Whether nobody makes the connection today.
    pub latent: bool,
}

/// A certificate that ends.
#[derive(Clone, Debug)]
pub struct Ending {
    /// The certificate.
    pub certificate: Arc<Certificate>,
    /// kubeadm's short names of what it is, as in [`cluster::listing`]; none for what is not listed.
    pub names: Vec<&'static str>,
    /// Everywhere it lies: the node, when there are several, and the file.
    pub places: Vec<(Option<Arc<str>>, Place)>,
    /// Whether some component loads it, rather than that it only lies there.
    pub is_in_use: bool,
    /// How one comes by its successor.
    pub renewal: Renewal,
}

/// How one comes by the successor of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// `kubeadm certs renew` makes it, under this name.
    Kubeadm(&'static str),
    /// Whoever has the key of this authority has to sign it: the key is not here.
    External(&'static str),
    /// The kubelet asks for it by itself.
    ByItself,
    /// It is an authority: its successor has to be trusted by everybody first.
    Authority,
    /// It is made anew as it once was.
    Anew,
}

impl End {
    /// The first moment at which what ends is over.
    pub fn after(&self) -> UtcDateTime {
        after(self.at)
    }
}

impl Ending {
    /// The last moment at which it is valid.
    pub fn at(&self) -> UtcDateTime {
        self.certificate.not_after.utc()
    }
}

/// Looks at every end between two moments.
pub fn calendar(
    inventory: &Inventory,
    graph: &Graph,
    from: UtcDateTime,
    until: UtcDateTime,
) -> Calendar {
    let endings = endings(inventory, graph);
    let begins: BTreeSet<UtcDateTime> = endings
        .iter()
        .map(|ending| ending.certificate.not_before.utc())
        .collect();
    let (over, rest): (Vec<_>, Vec<_>) = endings.into_iter().partition(|one| one.at() < from);
    let (within, later): (Vec<_>, Vec<_>) = rest.into_iter().partition(|one| one.at() <= until);
    let mut by_moment: BTreeMap<UtcDateTime, Vec<Ending>> = BTreeMap::new();
    for ending in within {
        by_moment.entry(ending.at()).or_default().push(ending);
    }
    let failing = failing(inventory, graph, from);
    let mut known = (from, failing.clone());
    let mut ends = Vec::new();
    for (at, certificates) in by_moment {
        // Between two ends verdicts change only when something begins.
        if begins.iter().any(|begin| known.0 < *begin && *begin <= at) {
            known = (at, self::failing(inventory, graph, at));
        }
        let moment = after(at);
        let now = self::failing(inventory, graph, moment);
        let is_new = |stop: &&Stop| !known.1.iter().any(|before| before.id == stop.id);
        let stops = now.iter().filter(is_new).cloned().collect();
        ends.push(End {
            at,
            certificates,
            stops,
        });
        known = (moment, now);
    }
    Calendar {
        from,
        until,
        over,
        failing,
        ends,
        later,
    }
}

/// Certificates are valid through their last second (RFC 5280, section 4.1.2.5).
fn after(at: UtcDateTime) -> UtcDateTime {
    at.saturating_add(Duration::SECOND)
}

fn failing(inventory: &Inventory, graph: &Graph, at: UtcDateTime) -> Vec<Stop> {
    let channels = judge(inventory, graph, at).channels.into_iter();
    let failing = channels.filter(|channel| channel.verdict == Verdict::Fails);
    failing
        .map(|channel| Stop {
            id: channel.id,
            error: channel.error,
            latent: channel.latent,
        })
        .collect()
}

/// Every certificate once, by when it ends.
fn endings(inventory: &Inventory, graph: &Graph) -> Vec<Ending> {
    let listing = Listing::of(inventory);
    let holdings = Holdings::of(inventory, graph, &Loads::default());
    let mut endings: Vec<Ending> = Vec::new();
    let mut known: BTreeMap<[u8; 32], usize> = BTreeMap::new();
    for held in holdings.iter() {
        let index = *known.entry(*held.certificate.sha256()).or_insert_with(|| {
            endings.push(ending(&held.certificate, &listing));
            endings.len() - 1
        });
        let ending = &mut endings[index];
        let node = held.used.node.and_then(|node| inventory.nodes.get(node));
        let node = node.filter(|_| inventory.nodes.len() > 1);
        let place = (
            node.map(|node| node.name.clone()),
            held.used.material.place(),
        );
        ending.is_in_use |= held.is_in_use;
        if place.1.path.ends_with("-current.pem") {
            ending.renewal = Renewal::ByItself;
        }
        if !ending.places.contains(&place) {
            ending.places.push(place);
        }
    }
    endings.sort_by_key(|ending| (ending.at(), ending.names.first().copied()));
    endings
}

fn ending(certificate: &Arc<Certificate>, listing: &Listing) -> Ending {
    let rows = listing.credentials.iter().chain(&listing.authorities);
    let is_it = |row: &&Row| {
        row.certificate()
            .is_some_and(|one| one.der() == certificate.der())
    };
    let rows: Vec<&Row> = rows.filter(is_it).collect();
    let mut names: Vec<&'static str> = rows.iter().map(|row| row.name).collect();
    names.dedup();
    Ending {
        certificate: certificate.clone(),
        names,
        places: Vec::new(),
        is_in_use: false,
        renewal: renewal(certificate, rows.first().copied()),
    }
}

fn renewal(certificate: &Certificate, row: Option<&Row>) -> Renewal {
    let constraints = &certificate.extensions.basic_constraints;
    if constraints
        .as_ref()
        .is_some_and(|constraints| constraints.is_ca)
    {
        return Renewal::Authority;
    }
    match row {
        Some(Row {
            externally_managed: true,
            authority: Some(authority),
            ..
        }) => Renewal::External(authority),
        Some(row) if row.known_to_kubeadm => Renewal::Kubeadm(row.name),
        _ => Renewal::Anew,
    }
}

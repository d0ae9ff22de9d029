//! Whether a component is ready, and serves the certificates that its files hold.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::graph::Presented;
use cluster::{Component, Inventory, Listener, Pair};
use verify::{Certificate, load};

use super::dial::{self, Place};
use super::health::{Health, Probe, Said};
use super::{Other, RestartError, Waits, is_system, tree};
use crate::disk::Disk;

/// How long something that answers may go on presenting what it held before.
const SETTLES: Duration = Duration::from_secs(10);

/// How long an address of another machine may refuse connections before it counts as one that
/// cannot be reached from here.
const GRACE: Duration = Duration::from_secs(5);

/// How long a port may be closed at which something that serves elsewhere should say how it is.
const CLOSED: Duration = Duration::from_secs(60);

/// How long to wait before the next look.
const PAUSE: Duration = Duration::from_millis(500);

/// What was seen of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen {
    /// It serves what its files hold, at these addresses.
    Same(Vec<String>),
    /// It presents no certificate that a file holds.
    Nothing,
    /// It was not looked at, for this reason.
    Not(String),
}

/// What was seen of a component that was started again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Whether it serves what its files hold.
    pub serves: Seen,
    /// Whether it is ready.
    pub health: Health,
}

impl Sight {
    /// What was seen, of something that shall be ready.
    ///
    /// # Errors
    /// When it did not say that it is.
    pub fn ready(self) -> Result<Self, RestartError> {
        match self.health {
            Health::Not(why) => Err(RestartError::NotReady(why)),
            _ => Ok(self),
        }
    }
}

/// What a look found.
enum Look {
    /// Everything is the same.
    Same,
    /// Nothing answers there.
    Silent(String, std::io::Error),
    /// Another certificate is served.
    Other(Other),
}

/// A component to be looked at.
pub struct Watch<'a> {
    disk: &'a Disk,
    component: Component,
    /// Only what is served from these files.
    paths: Option<&'a BTreeSet<String>>,
    is_here: bool,
}

/// A certificate that has to be served.
struct Expected {
    place: Place,
    name: Option<String>,
    /// Any of these.
    pairs: Vec<Arc<Pair>>,
}

impl<'a> Watch<'a> {
    /// Everything that a component serves.
    pub fn all(disk: &'a Disk, component: Component) -> Self {
        Watch {
            disk,
            component,
            paths: None,
            is_here: is_system(disk),
        }
    }

    /// What a component serves from these files.
    pub fn of(disk: &'a Disk, component: Component, paths: &'a BTreeSet<String>) -> Self {
        Watch {
            paths: Some(paths),
            ..Watch::all(disk, component)
        }
    }

    /// Whether the files are served and nothing else is read from them: then a look is enough, and
    /// no time has to be waited.
    ///
    /// # Errors
    /// When the tree cannot be read.
    pub fn is_enough(&self) -> Result<bool, RestartError> {
        let expected = self.expected()?.0;
        let pairs = expected.iter().flat_map(|one| &one.pairs);
        let served: BTreeSet<String> = pairs.flat_map(paths).collect();
        let all = self.paths.is_some_and(|paths| paths.is_subset(&served));
        Ok(all && expected.iter().all(|one| self.presented(one).is_ok()))
    }

    /// Whether everything that can be reached from here is as the files are, now.
    ///
    /// # Errors
    /// When something else is served, or the tree cannot be read.
    pub fn look(&self) -> Result<Seen, RestartError> {
        let (expected, unseen) = self.expected()?;
        if expected.is_empty() {
            return Ok(unseen.map_or(Seen::Nothing, Seen::Not));
        }
        match self.compare(&expected) {
            Look::Same => Ok(Seen::Same(said(&expected))),
            Look::Silent(at, why) => Ok(Seen::Not(format!("nothing answers at {at}: {why}"))),
            Look::Other(other) => Err(RestartError::Serves(other)),
        }
    }

    /// Waits until what can be seen of files that are read again is served, for so long, whatever
    /// anybody says.
    ///
    /// # Errors
    /// When something else is served for so long, or the tree cannot be read.
    pub fn takes_up(
        &self,
        patience: Duration,
        waits: &mut dyn Waits,
    ) -> Result<Seen, RestartError> {
        let began = Instant::now();
        loop {
            let other = match self.look() {
                Err(RestartError::Serves(other)) => other,
                seen => return seen,
            };
            let left = patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                return Err(RestartError::Still(other));
            }
            waits.tell(&format!("at {other}"), left);
            sleep(PAUSE);
        }
    }

    /// Whether all of it answers.
    pub(super) fn answers(&self) -> bool {
        let Ok((expected, _)) = self.expected() else {
            return false;
        };
        let mut all = expected.iter();
        !expected.is_empty() && all.all(|one| self.presented(one).is_ok())
    }

    /// etcd alone demands a certificate; its own pairs are good for that.
    fn presented(&self, one: &Expected) -> std::io::Result<Vec<u8>> {
        let own = one.pairs.first();
        let own = own.filter(|_| self.component == Component::Etcd);
        dial::presented(&one.place, one.name.as_deref(), own.map(|own| &**own))
    }

    /// Waits until what was started again is ready and serves what its files hold, for so long, whatever
    /// anybody says. `answered`: whether it did so before.
    ///
    /// # Errors
    /// When something else is served, or nothing for so long, or the tree cannot be read.
    pub fn settles(
        &self,
        answered: bool,
        patience: Duration,
        waits: &mut dyn Waits,
    ) -> Result<Sight, RestartError> {
        let inventory = tree(self.disk)?;
        let (expected, unseen) = self.expected_of(&inventory);
        let probe = Probe::of(&inventory, self.component, |host| self.is_near(host));
        let mut asked = Asked::new(probe, self.closed(&expected));
        let began = Instant::now();
        let mut silent_until = began;
        loop {
            let health = match asked.health() {
                Err(why) if began.elapsed() > patience => Ok(Health::Not(why)),
                health => health,
            };
            let why = match (self.compare(&expected), health) {
                (Look::Same, Ok(health)) => {
                    let serves = match (expected.is_empty(), unseen) {
                        (false, _) => Seen::Same(said(&expected)),
                        (true, unseen) => unseen.map_or(Seen::Nothing, Seen::Not),
                    };
                    return Ok(Sight { serves, health });
                }
                (Look::Same, Err(why)) => why,
                (Look::Other(other), _) if silent_until.elapsed() > SETTLES => {
                    return Err(RestartError::Serves(other));
                }
                (Look::Other(other), _) => format!("at {other}"),
                (Look::Silent(at, why), _) => {
                    let refused = why.kind() == std::io::ErrorKind::ConnectionRefused;
                    if !self.is_here && !answered && (!refused || began.elapsed() > GRACE) {
                        let why = format!("{at} cannot be reached from here: {why}");
                        return Ok(Sight {
                            serves: Seen::Not(why),
                            health: Health::Unknown,
                        });
                    }
                    silent_until = Instant::now();
                    format!("nothing answers at {at}: {why}")
                }
            };
            if began.elapsed() > patience {
                return Err(RestartError::NotUp(why));
            }
            waits.tell(&why, patience.saturating_sub(began.elapsed()));
            sleep(PAUSE);
        }
    }

    /// How long nobody may answer where it is asked for its health, while everything else is well.
    fn closed(&self, expected: &[Expected]) -> Duration {
        match (expected.is_empty(), self.is_here) {
            (false, _) => CLOSED,
            (true, false) => GRACE,
            // Nothing else shows that it runs.
            (true, true) => Duration::MAX,
        }
    }

    /// What has to be served where, as the files are now; and what of it cannot be seen from here.
    fn expected(&self) -> Result<(Vec<Expected>, Option<String>), RestartError> {
        Ok(self.expected_of(&tree(self.disk)?))
    }

    fn expected_of(&self, inventory: &Inventory) -> (Vec<Expected>, Option<String>) {
        let listeners = Listener::of(inventory, 0, self.component);
        let mut expected = Vec::new();
        let mut unseen = None;
        for listener in &listeners {
            let wanted = wanted(listener).into_iter();
            let wanted = wanted.filter(|(_, pairs)| self.concerns(pairs));
            for (name, pairs) in wanted {
                let host = listener.hosts.iter().find(|host| self.is_near(host));
                match host {
                    Some(host) => expected.push(Expected {
                        place: (host.clone(), listener.port),
                        name,
                        pairs,
                    }),
                    None => {
                        let host = listener.hosts.join(" and ");
                        unseen = Some(format!(
                            "it listens on {host}, port {}, of another machine alone",
                            listener.port
                        ));
                    }
                }
            }
        }
        (expected, unseen)
    }

    fn compare(&self, expected: &[Expected]) -> Look {
        for one in expected {
            let at = dial::at(&one.place);
            let served = match self.presented(one) {
                Ok(served) => served,
                Err(why) => return Look::Silent(at, why),
            };
            let held = one.pairs.iter().map(|pair| (pair, leaf(pair)));
            let held: Vec<_> = held.collect();
            let is_it = |leaf: &Option<Arc<Certificate>>| {
                leaf.as_ref().is_some_and(|leaf| leaf.der() == served)
            };
            if held.iter().any(|(_, leaf)| is_it(leaf)) {
                continue;
            }
            let first = held.first();
            let path = first.and_then(|(pair, _)| pair.certificate.as_ref()?.path().cloned());
            let holds = first.and_then(|(_, leaf)| leaf.as_deref());
            return Look::Other(Other {
                at,
                serves: describe(Certificate::parse(served).ok().as_ref()),
                path: path.unwrap_or_default().to_string(),
                holds: describe(holds),
            });
        }
        Look::Same
    }

    fn concerns(&self, pairs: &[Arc<Pair>]) -> bool {
        let Some(paths) = self.paths else { return true };
        let mut all = pairs.iter().flat_map(self::paths);
        all.any(|path| paths.contains(&path))
    }

    /// Whether an address means the same from here as on the node itself. Every machine is called
    /// the same by itself; the other addresses of loopback are given to one of several nodes.
    fn is_near(&self, host: &str) -> bool {
        self.is_here || !is_own_loopback(host)
    }
}

/// A component that is asked for its health again and again.
struct Asked {
    probe: Option<Probe>,
    /// How long nobody may answer.
    closed: Duration,
    /// When it last said something about that.
    last: Instant,
}

impl Asked {
    fn new(probe: Option<Probe>, closed: Duration) -> Self {
        Asked {
            probe,
            closed,
            last: Instant::now(),
        }
    }

    /// What it says, or why that is no answer yet.
    fn health(&mut self) -> Result<Health, String> {
        let Some(probe) = &self.probe else {
            return Ok(Health::Unknown);
        };
        let (why, patience) = match probe.ask() {
            Said::Ready => return Ok(Health::Ready(probe.to_string())),
            Said::Not(why) => {
                self.last = Instant::now();
                return Err(why);
            }
            // Who has just started may not yet know whom it lets ask.
            Said::Nothing(why) => (why, SETTLES),
            Said::Silent(why) => (why, self.closed),
        };
        match self.last.elapsed() > patience {
            true => Ok(Health::Unasked(why)),
            false => Err(why),
        }
    }
}

/// Whether every machine calls itself so.
pub(super) fn is_own_loopback(host: &str) -> bool {
    match host.parse() {
        Ok(IpAddr::V4(address)) => address.octets() == [127, 0, 0, 1],
        Ok(IpAddr::V6(address)) => address.is_loopback(),
        Err(_) => host == "localhost",
    }
}

/// The name that is asked for, and the pairs of which one has to be presented then. To whoever asks
/// for none, kube-apiserver presents what is for the address that was dialled.
fn wanted(listener: &Listener) -> Vec<(Option<String>, Vec<Arc<Pair>>)> {
    let mut wanted = Vec::new();
    let by_name = listener.serving.by_name.iter();
    if let Presented::Pair(pair) = &listener.serving.default {
        let all = by_name.clone().map(|named| named.pair.clone());
        wanted.push((None, [pair.clone()].into_iter().chain(all).collect()));
    }
    let is_plain = |name: &&String| !name.contains('*') && name.parse::<IpAddr>().is_err();
    for named in by_name {
        if let Some(name) = named.names.iter().find(is_plain) {
            wanted.push((Some(name.clone()), vec![named.pair.clone()]));
        }
    }
    wanted
}

fn paths(pair: &Arc<Pair>) -> impl Iterator<Item = String> {
    let halves = pair.certificate.iter().chain(&pair.key);
    halves.filter_map(|half| Some(half.file()?.real_path.to_string()))
}

fn leaf(pair: &Pair) -> Option<Arc<Certificate>> {
    let bytes = pair.certificate.as_ref()?.bytes()?;
    load::client_go_certs(bytes).ok()?.into_iter().next()
}

/// By what two certificates of one server are told apart.
fn describe(certificate: Option<&Certificate>) -> String {
    let Some(certificate) = certificate else {
        return "no certificate that can be read".to_owned();
    };
    let until = certificate.not_after.utc();
    let sum = certificate.sha256()[..6].iter();
    let sum: String = sum.map(|byte| format!("{byte:02x}")).collect();
    format!(
        "the certificate {} (SHA-256 {sum}…, until {})",
        certificate.short_name(),
        until.date()
    )
}

fn said(expected: &[Expected]) -> Vec<String> {
    expected.iter().map(|one| dial::at(&one.place)).collect()
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use cluster::Files;
    use cluster::files::Memory;

    use super::*;

    #[test]
    fn a_closed_port_is_not_waited_for_without_end() {
        // Free, and closed again.
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let place = ("127.0.0.1".to_owned(), free.unwrap().port());
        let nobody = Files::in_memory(Memory::default(), false);
        let nobody = Inventory::read(vec![(None, nobody)]);
        let probe = || Probe::at(place.clone(), Component::KubeScheduler, &nobody);
        let mut asked = Asked::new(probe(), Duration::MAX);
        assert!(asked.health().unwrap_err().contains("nothing answers at"));
        let mut asked = Asked::new(probe(), Duration::ZERO);
        assert!(matches!(asked.health(), Ok(Health::Unasked(_))));
    }
}

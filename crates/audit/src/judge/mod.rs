//! What becomes of every channel: whether both sides start, what each presents, whether the other
//! takes it, and whom the server takes the client for.

mod client;
mod identity;
mod said;
pub(crate) mod server;
pub(crate) mod start;
mod tokens;
mod values;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;

use cluster::graph::{Party, ServiceAccountTokens, Trust};
use cluster::process::NoteKind;
use cluster::{Channel, Component, Graph, Inventory, Material, Pair};
use time::UtcDateTime;
use verify::tls::Side;
use verify::{Certificate, Kind, Options, Pool, PublicKey, Verifier, VerifyError};

use crate::identity::Identity;
use crate::load::{Fault, Half, Loads};
use crate::problem::{Breakage, Problem, Relation, Use};
use crate::report::{Judged, Verdict};

pub(crate) use server::Verifies;

/// Everything that was found out.
pub(crate) struct Judgement<'a> {
    pub(crate) channels: Vec<Judged>,
    pub(crate) breakages: Vec<Breakage<'a>>,
    pub(crate) relations: Vec<Relation<'a>>,
    /// Everything that a process loads without trouble.
    pub(crate) loaded: Vec<Use<'a>>,
    /// Everything that was read on the way.
    pub(crate) loads: Loads,
    /// What signatures were checked with, which it remembers.
    pub(crate) verifier: Verifier,
}

/// What is needed on the way there.
pub(crate) struct Judge<'a> {
    inventory: &'a Inventory,
    at: UtcDateTime,
    loads: Loads,
    verifier: Verifier,
    relations: RefCell<Vec<Relation<'a>>>,
    loaded: RefCell<Vec<Use<'a>>>,
    starts: BTreeMap<(Component, usize), OnceCell<Vec<Trouble<'a>>>>,
}

/// A problem, what is said because of it, and whether the process ends with it.
#[derive(Clone, Debug)]
struct Trouble<'a> {
    problem: Problem<'a>,
    said: String,
    is_fatal: bool,
}

/// What is known of one channel so far.
#[derive(Default)]
struct Course<'a> {
    troubles: Vec<Trouble<'a>>,
    /// Something cannot be known.
    is_unknown: bool,
    identity: Option<Identity>,
}

/// A certificate that one side presents.
struct Presented<'a> {
    what: Use<'a>,
    leaf: Arc<Certificate>,
    intermediates: Arc<Pool>,
}

/// Judges every channel.
pub(crate) fn judge<'a>(
    inventory: &'a Inventory,
    graph: &'a Graph,
    at: UtcDateTime,
) -> Judgement<'a> {
    let judge = Judge::new(inventory, at);
    let mut breakages = judge.breakages_of_processes();
    let mut channels = Vec::new();
    for (index, channel) in graph.channels.iter().enumerate() {
        let course = judge.channel(channel);
        channels.push(judged(channel, &course));
        breakages.extend(
            course
                .troubles
                .into_iter()
                .map(|trouble| trouble.in_channel(index)),
        );
    }
    Judgement {
        channels,
        breakages,
        relations: judge.relations.into_inner(),
        loaded: judge.loaded.into_inner(),
        loads: judge.loads,
        verifier: judge.verifier,
    }
}

/// Judges every channel between processes that run, whether or not they would start.
pub(crate) fn running(inventory: &Inventory, graph: &Graph, at: UtcDateTime) -> Vec<Judged> {
    let judge = Judge {
        starts: BTreeMap::new(),
        ..Judge::new(inventory, at)
    };
    let channels = graph.channels.iter();
    channels
        .map(|channel| judged(channel, &judge.channel(channel)))
        .collect()
}

/// What ends each process when it starts, where something does.
pub(crate) fn stopping(
    inventory: &Inventory,
    at: UtcDateTime,
) -> BTreeMap<(Component, usize), String> {
    let judge = Judge::new(inventory, at);
    let said = |(component, node): &(Component, usize)| {
        let party = Party {
            component: *component,
            node: Some(*node),
            label: None,
        };
        Some(((*component, *node), judge.stops(&party)?))
    };
    judge.starts.keys().filter_map(said).collect()
}

fn judged(channel: &Channel, course: &Course<'_>) -> Judged {
    let troubles = || {
        let troubles = course.troubles.iter();
        troubles.filter(|trouble| !trouble.problem.is_beside())
    };
    let failed = troubles().find(|trouble| !trouble.problem.is_unknown());
    let verdict = match failed {
        Some(_) => Verdict::Fails,
        None if course.is_unknown || troubles().next().is_some() => Verdict::Unknown,
        None => Verdict::Works,
    };
    Judged {
        id: channel.id(),
        client: channel.client.to_string(),
        server: channel.server.to_string(),
        address: channel.addresses.first().map(ToString::to_string),
        verdict,
        error: failed.map(|trouble| trouble.said.clone()),
        identity: course
            .identity
            .clone()
            .filter(|_| verdict != Verdict::Unknown),
        latent: channel.latent,
    }
}

impl<'a> Judge<'a> {
    pub(crate) fn new(inventory: &'a Inventory, at: UtcDateTime) -> Self {
        let mut starts = BTreeMap::new();
        for (index, node) in inventory.nodes.iter().enumerate() {
            starts.extend(
                node.processes
                    .keys()
                    .map(|component| ((*component, index), OnceCell::new())),
            );
        }
        Judge {
            inventory,
            at,
            loads: Loads::default(),
            verifier: Verifier::default(),
            relations: RefCell::default(),
            loaded: RefCell::default(),
            starts,
        }
    }

    /// What ends a process when it starts, when it is there and something does.
    pub(crate) fn stops(&self, party: &Party) -> Option<String> {
        let is_there = self
            .inventory
            .process(party)
            .is_some_and(cluster::Process::is_present);
        let is_known = |trouble: &&Trouble<'_>| {
            is_there
                && trouble.is_fatal
                && !trouble.problem.is_unknown()
                && !trouble.is_of_manifest()
        };
        let fatal = self.start_of(party).iter().find(is_known)?;
        Some(fatal.said.clone())
    }

    /// What signatures are checked with.
    pub(crate) fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// What a server verifies with, and what it says when it cannot load that.
    pub(crate) fn trust_alone(
        &self,
        trust: &'a Trust,
        party: &Party,
    ) -> (Verifies<'a>, Vec<String>) {
        let mut course = Course::default();
        let verifies = self.trust(trust, party, &mut course);
        let said = course.troubles.into_iter().map(|trouble| trouble.said);
        (verifies, said.collect())
    }

    /// The keys that tokens are checked with; nothing when they are not all there.
    pub(crate) fn token_keys(
        &self,
        tokens: &'a ServiceAccountTokens,
        party: &Party,
    ) -> Option<Vec<PublicKey>> {
        let files = self.checking_keys(tokens, party, &mut Course::default())?;
        Some(files.into_iter().flat_map(|(_, keys)| keys).collect())
    }

    /// What a client says to the server that a channel leads it to: whether it accepts it, and if
    /// not, why not.
    pub(crate) fn dials(&self, channel: &'a Channel) -> (Verdict, Option<String>) {
        let mut course = Course::default();
        course.add_fatal(self.start_of(&channel.server));
        match plaintext(channel) {
            Some((setting, said)) => {
                let node = channel.client.node;
                course.add(Problem::Plaintext { setting, node }, said);
            }
            None => self.server_side(channel, &mut course),
        }
        let judged = judged(channel, &course);
        (judged.verdict, judged.error)
    }

    /// What goes wrong at the start of every process, also where no channel needs it.
    fn breakages_of_processes(&self) -> Vec<Breakage<'a>> {
        let keys = self.starts.keys();
        let troubles = keys.flat_map(|(component, node)| self.start(*component, *node));
        let mut breakages = Vec::new();
        for trouble in troubles.filter(|trouble| !trouble.problem.is_unknown()) {
            breakages.push(Breakage {
                channel: None,
                problem: trouble.problem.clone(),
                said: trouble.said.clone(),
            });
        }
        breakages
    }

    fn channel(&self, channel: &'a Channel) -> Course<'a> {
        let mut course = Course::default();
        for party in [&channel.server, &channel.client] {
            course.add_fatal(self.start_of(party));
        }
        if course.troubles.iter().any(Trouble::is_of_manifest) {
            // What the process would be told is not known.
            return course;
        }
        self.kubeconfig(channel, &mut course);
        if let Some(plain) = plaintext(channel) {
            course.add(
                Problem::Plaintext {
                    setting: plain.0,
                    node: channel.client.node,
                },
                plain.1,
            );
            return course;
        }
        self.server_side(channel, &mut course);
        self.client_side(channel, &mut course);
        course
    }

    /// A kubeconfig that a person uses is not part of a process's start.
    fn kubeconfig(&self, channel: &'a Channel, course: &mut Course<'a>) {
        let Some(used) = &channel.kubeconfig else {
            return;
        };
        let troubles =
            self.troubles_of_kubeconfig(used, channel.client.component, channel.client.node);
        let are_known = |trouble: &Trouble<'_>| {
            !matches!(trouble.problem, Problem::Load { .. }) || trouble.is_fatal
        };
        course
            .troubles
            .extend(troubles.into_iter().filter(are_known));
    }

    fn start_of(&self, party: &Party) -> &[Trouble<'a>] {
        match party.node {
            Some(node) => self.start(party.component, node),
            None => &[],
        }
    }

    fn start(&self, component: Component, node: usize) -> &[Trouble<'a>] {
        match self.starts.get(&(component, node)) {
            Some(cell) => cell.get_or_init(|| self.troubles_at_start(component, node)),
            None => &[],
        }
    }

    /// What one side presents; its troubles go to `course`.
    fn presented(
        &self,
        pair: &'a Pair,
        party: &Party,
        course: &mut Course<'a>,
    ) -> Option<Presented<'a>> {
        let loaded = self.loads.pair(pair);
        let what = Use {
            material: pair.certificate.as_ref()?,
            by: party.component,
            node: party.node,
        };
        let (leaf, intermediates) = match loaded {
            Ok(pair) => (pair.leaf.clone(), pair.intermediates.clone()),
            Err((Half::Key, Fault::NotCollected)) => {
                // The certificate can be judged without its key.
                course.add_not_collected(pair.key.as_ref()?, party);
                let certificates = self.loads.certificates(what.material);
                let mut certificates = certificates.iter().cloned();
                (certificates.next()?, Arc::new(certificates.collect()))
            }
            Err((half, fault)) => {
                course.push(self.trouble_of_pair(pair, party.component, party.node, half, fault));
                return None;
            }
        };
        Some(Presented {
            what,
            leaf,
            intermediates,
        })
    }

    /// What every verifier would say to a certificate, whatever it trusts: all that can be said when
    /// its bundle was not collected.
    fn verify_alone(&self, presented: &Presented<'a>, side: Side, course: &mut Course<'a>) {
        let options = Options::any(self.at);
        let verdict = self
            .verifier
            .verify(&presented.leaf, &Pool::new(), &Pool::new(), &options);
        let error = verdict
            .error()
            .filter(|error| error.kind() != Kind::UnknownAuthority);
        course.is_unknown |= error.is_none();
        if let Some(error) = error {
            let problem = Problem::Refused {
                presented: presented.what,
                trust: None,
                side,
                leaf: presented.leaf.clone(),
                error: error.clone(),
            };
            course.add(problem, error.to_string());
        }
    }

    /// Verifies what is presented with a bundle, and remembers how it went. The name is checked
    /// apart, so that one mistake does not hide another.
    fn verify(
        &self,
        presented: &Presented<'a>,
        side: Side,
        roots: &Pool,
        trust: Use<'a>,
        course: &mut Course<'a>,
    ) -> bool {
        let options = match side {
            Side::Server => Options::server("", self.at),
            Side::Client => Options::client(self.at),
        };
        let verdict =
            self.verifier
                .verify(&presented.leaf, roots, &presented.intermediates, &options);
        let error = verdict.error().cloned();
        self.relations.borrow_mut().push(Relation {
            presented: presented.what,
            trust,
            issuer_known: !error.as_ref().is_some_and(is_issuer_unknown),
            accepted: error.is_none(),
        });
        let Some(error) = error else {
            return true;
        };
        if error.kind() == Kind::CannotBeChecked {
            course.is_unknown = true;
            return true;
        }
        let said = error.to_string();
        let problem = Problem::Refused {
            presented: presented.what,
            trust: Some(trust),
            side,
            leaf: presented.leaf.clone(),
            error,
        };
        course.add(problem, said);
        false
    }
}

/// Whether nobody in the bundle issued the certificate, as opposed to somebody who may not, or
/// whose time is over.
pub(crate) fn is_issuer_unknown(error: &VerifyError) -> bool {
    error.kind() == Kind::UnknownAuthority
        && error
            .hint()
            .is_none_or(|hint| hint.error.kind() == Kind::BadSignature)
}

/// A client that does not speak TLS to a server that does, or the other way round.
fn plaintext(channel: &Channel) -> Option<(&cluster::Setting, String)> {
    use cluster::graph::Presented::{Elsewhere, Plaintext};
    let address = channel.addresses.first()?;
    let is_plain = address.scheme == "http";
    match &channel.serving.default {
        Plaintext(_) if is_plain => None,
        Plaintext(setting) => Some((
            setting,
            "tls: first record does not look like a TLS handshake".to_owned(),
        )),
        // Nobody knows what an etcd elsewhere speaks.
        Elsewhere(_) if channel.server.component == Component::Etcd => None,
        _ if is_plain => Some((&address.setting, said::plaintext(channel.server.component))),
        _ => None,
    }
}

impl<'a> Course<'a> {
    fn push(&mut self, trouble: Trouble<'a>) {
        self.troubles.push(trouble);
    }

    fn add(&mut self, problem: Problem<'a>, said: impl Into<String>) {
        self.push(Trouble {
            problem,
            said: said.into(),
            is_fatal: false,
        });
    }

    fn add_fatal(&mut self, troubles: &[Trouble<'a>]) {
        let fatal = troubles.iter().filter(|trouble| trouble.is_fatal);
        self.troubles.extend(fatal.cloned());
    }

    fn add_not_collected(&mut self, material: &'a Material, party: &Party) {
        let what = Use {
            material,
            by: party.component,
            node: party.node,
        };
        self.add(Problem::NotCollected(what), "");
    }
}

impl<'a> Trouble<'a> {
    /// Whether the manifest itself cannot be read.
    fn is_of_manifest(&self) -> bool {
        matches!(&self.problem, Problem::NotStarted { note, .. } if note.kind == NoteKind::Unreadable)
    }

    fn in_channel(self, channel: usize) -> Breakage<'a> {
        Breakage {
            channel: Some(channel).filter(|_| !self.problem.is_beside()),
            problem: self.problem,
            said: self.said,
        }
    }
}

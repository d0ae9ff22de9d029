//! Whether a plan keeps everything working, in every order in which its steps can be done and
//! wherever a process ends by itself and starts again in between.
//!
//! A moment of a change is: how many steps of each node are done, and what each process holds. Files
//! that one step writes do not all appear at the same moment: those of one folder do, and so a step
//! is taken apart into folders ([`crate::plan::Action::Write`]), and whoever starts in the middle of
//! it, or after it was interrupted there and before somebody goes on, is looked at as well. A
//! process holds what its node's disk held when it started, and of what it reads again, whatever it
//! has taken up since. Nothing that one process does depends on what another holds. So every moment
//! that can come about is a way to choose, for every process by itself, one of the states it can be
//! in after so many steps of its own node, where those numbers of steps go together
//! ([`crate::plan::Way`]). A channel depends on its two ends alone; it works in every moment if and
//! only if it works for every two states of its ends that go together. That is what is checked, and
//! so it is exhaustive without going through the moments one by one.
//!
//! What is judged is judged as an audit would. A channel that does not work before the first step,
//! or of which that is not known, is left out and named.

mod ends;
mod history;
mod moments;
mod quorum;
mod scene;
mod story;

use std::collections::{BTreeMap, BTreeSet};

use audit::{Judged, Verdict};
use cluster::{Channel, Component, Graph, Inventory};

use self::ends::{End, Ends};
use self::moments::Fine;
use self::scene::Scene;
use crate::plan::{Action, Kind, Plan, PlanError, Step, StepId, Way};

/// What was found out about a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many steps it has.
    pub steps: usize,
    /// On how many nodes.
    pub nodes: usize,
    /// How many states its processes can be in, each after each number of steps.
    pub states: usize,
    /// How many times a channel was checked: for every two states of its ends that go together.
    pub checks: usize,
    /// The channels that work before the first step, and so have to work throughout.
    pub channels: BTreeSet<String>,
    /// The channels that are left out, each with what is said of it before the first step: it does
    /// not work, or nothing when nobody knows.
    pub left_out: BTreeMap<String, Option<String>>,
    /// The shortest story of how something breaks; `None` when nothing does.
    pub breach: Option<Breach>,
}

/// How something breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The steps that are done then.
    pub done: Vec<StepId>,
    /// What else has to happen, in order: `kube-scheduler@cp-2 ends and is started again`.
    pub happens: Vec<String>,
    /// What breaks: a channel's id, or a component's name.
    pub what: String,
    /// What is said then.
    pub said: String,
}

/// Goes through everything that can happen.
///
/// # Errors
/// When it is no plan.
pub fn prove(plan: &Plan) -> Result<Proof, PlanError> {
    plan.way()?;
    let fine = Fine::of(plan);
    let way = fine.plan.way()?;
    let mut scene = Scene::new(&fine.plan, &way);
    let ends = Ends::of(&mut scene, &way);
    let check = Check {
        plan: &fine.plan,
        way: &way,
        scene: &scene,
        ends: &ends,
    };
    let proof = check.run();
    Ok(Proof {
        steps: plan.steps.len(),
        breach: proof.breach.map(|breach| breach.of_whole_steps(&fine)),
        ..proof
    })
}

/// A channel between two states of its ends. The server may be somebody who is on none of the nodes.
struct Meeting<'e> {
    id: &'e str,
    client: &'e End,
    server: Option<&'e End>,
    /// Of which case it is; nothing when there is no such channel any more.
    case: Option<usize>,
    /// At how many moments.
    moments: usize,
}

struct Check<'a> {
    plan: &'a Plan,
    way: &'a Way,
    scene: &'a Scene<'a>,
    ends: &'a Ends,
}

/// Everything that was checked.
struct Checked<'e> {
    meetings: Vec<Meeting<'e>>,
    /// By case.
    verdicts: Vec<Judged>,
}

impl Checked<'_> {
    fn verdict(&self, meeting: &Meeting<'_>) -> Option<&Judged> {
        meeting.case.map(|case| &self.verdicts[case])
    }

    fn works(&self, meeting: &Meeting<'_>) -> bool {
        let verdict = self.verdict(meeting);
        verdict.is_some_and(|judged| judged.verdict == Verdict::Works)
    }

    fn said(&self, meeting: &Meeting<'_>) -> Option<String> {
        self.verdict(meeting)?.error.clone()
    }

    /// The channels that work before the first step, and the others, with what is said of them.
    fn at_first(&self) -> (BTreeSet<String>, BTreeMap<String, Option<String>>) {
        let first = self.meetings.iter().filter(|meeting| meeting.is_first());
        let (working, others): (Vec<_>, Vec<_>) = first.partition(|meeting| self.works(meeting));
        let others = others
            .iter()
            .map(|meeting| (meeting.id.to_owned(), self.said(meeting)));
        let left_out: BTreeMap<_, _> = others.collect();
        let working = working
            .iter()
            .filter(|meeting| !left_out.contains_key(meeting.id));
        let channels = working.map(|meeting| meeting.id.to_owned()).collect();
        (channels, left_out)
    }
}

/// Channels to be judged: one is enough for all meetings whose ends hold the same.
#[derive(Default)]
struct Cases<'e> {
    channels: Vec<Channel>,
    known: BTreeMap<(&'e str, u64, u64), usize>,
}

impl Check<'_> {
    fn run(&self) -> Proof {
        let mut cases = Cases::default();
        let meetings = self.meetings(&mut cases);
        let stage = self.scene.stage();
        let graph = Graph {
            channels: cases.channels,
        };
        let verdicts = audit::verdicts(&stage, &graph, self.plan.at);
        let checked = Checked { meetings, verdicts };
        let (channels, left_out) = checked.at_first();
        let broken = self.broken(&checked, &channels);
        let breaches = broken
            .into_iter()
            .chain(self.not_started(&stage))
            .chain(self.quorum_lost());
        let nodes = self.plan.nodes.iter();
        Proof {
            steps: self.plan.steps.len(),
            nodes: nodes.filter(|node| node.kind == Kind::Node).count(),
            states: self.ends.states,
            checks: checked.meetings.iter().map(|meeting| meeting.moments).sum(),
            breach: breaches.min_by_key(Breach::length),
            channels,
            left_out,
        }
    }

    /// The channels that have to work and do not, each time with its story.
    fn broken(&self, checked: &Checked<'_>, channels: &BTreeSet<String>) -> Vec<Breach> {
        let has_to =
            |meeting: &&Meeting<'_>| channels.contains(meeting.id) && !checked.works(meeting);
        let failed = checked.meetings.iter().filter(has_to);
        let gone = || "nobody makes this connection any more".to_owned();
        let story = |meeting: &Meeting<'_>| {
            let said = checked.said(meeting).unwrap_or_else(gone);
            self.breach(&meeting.ends(), meeting.id.to_owned(), said)
        };
        failed.filter_map(story).collect()
    }

    /// Every channel between every two states of its ends that go together.
    fn meetings<'e>(&'e self, cases: &mut Cases<'e>) -> Vec<Meeting<'e>> {
        let mut meetings = Vec::new();
        for clients in self.ends.clients() {
            let first = clients.iter().find(|client| client.is_first);
            let channels = first.into_iter().flat_map(|one| one.channels(self.scene));
            for (id, channel) in channels {
                self.meet(
                    id,
                    channel.server.node,
                    channel,
                    clients,
                    cases,
                    &mut meetings,
                );
            }
        }
        meetings
    }

    fn meet<'e>(
        &'e self,
        id: &'e str,
        node: Option<usize>,
        channel: &Channel,
        clients: &'e [End],
        cases: &mut Cases<'e>,
        meetings: &mut Vec<Meeting<'e>>,
    ) {
        let servers: Vec<Option<&End>> = match node {
            None => vec![None],
            Some(node) => {
                let servers = self.ends.servers(node, channel.server.component).iter();
                servers.map(Some).collect()
            }
        };
        let scene = self.scene;
        let answers = servers.iter().map(|server| match server {
            Some(server) => {
                let channel = scene.channels(server.view, server.holder).get(id)?;
                Some((server.as_server(scene, channel), Some(&**channel)))
            }
            None => Some((0, None)),
        });
        let answers: Vec<Option<(u64, Option<&Channel>)>> = answers.collect();
        for client in clients {
            let own = scene.channels(client.view, client.holder).get(id);
            let own = own.map(|own| (client.as_client(scene, own), own));
            for (server, answer) in servers.iter().zip(&answers) {
                let ends = [Some(client), *server];
                let moments = self.moments(ends).count();
                if moments == 0 {
                    continue;
                }
                // One of them may know no such channel any more.
                let case = own.zip(*answer).map(|((asks, own), (says, other))| {
                    let draw = || met(client, *server, own, other.unwrap_or(own));
                    cases.find((id, asks, says), draw)
                });
                meetings.push(Meeting {
                    id,
                    client,
                    server: *server,
                    case,
                    moments,
                });
            }
        }
    }

    /// The moments at which all these ends can be as they are.
    fn moments<'m>(
        &'m self,
        [one, other]: [Option<&'m End>; 2],
    ) -> impl Iterator<Item = [&'m [(usize, usize)]; 2]> + 'm {
        const ANY: &[Moment] = &[Vec::new()];
        let of = |end: Option<&'m End>| end.map_or(ANY, |end| end.moments.as_slice());
        of(one).iter().flat_map(move |one| {
            let others = of(other).iter().map(move |other| [&one[..], &other[..]]);
            others.filter(|[one, other]| self.can_come(one, other))
        })
    }

    /// Whether two moments, each of which can come, can be the same one.
    fn can_come(&self, one: &[(usize, usize)], other: &[(usize, usize)]) -> bool {
        let goes = |one: &(usize, usize)| {
            let mut others = other.iter();
            others.all(|other| self.way.go_together(*one, *other))
        };
        one.iter().all(goes)
    }

    /// The shortest story in which these ends are so, when they can be.
    fn breach(&self, ends: &[Option<&End>; 2], what: String, said: String) -> Option<Breach> {
        let moments = self.moments(*ends).map(|both| both.concat());
        let earliest = moments.map(|moment| self.way.earliest(&moment));
        let counts = earliest.min_by_key(|counts| counts.iter().sum::<usize>())?;
        let lanes = self.way.lanes.iter().zip(counts);
        let mut done: Vec<StepId> = lanes
            .flat_map(|(lane, count)| lane[..count].to_vec())
            .collect();
        done.sort();
        let ends = ends.iter().flatten();
        Some(Breach {
            done,
            happens: ends.filter_map(|end| story::of(self.plan, end)).collect(),
            what,
            said,
        })
    }

    /// What would not start any more, should it end; what did not before is left alone.
    fn not_started(&self, stage: &Inventory) -> Vec<Breach> {
        let stops = audit::stops(stage, self.plan.at);
        let said = |end: &End| stops.get(&(end.holder, end.view));
        let processes = || {
            self.ends
                .processes()
                .map(|end| (end, (end.node, end.holder)))
        };
        let lame = processes().filter(|(end, _)| end.is_first && said(end).is_some());
        let lame: BTreeSet<_> = lame.map(|(_, who)| who).collect();
        let starting = processes().filter(|(end, who)| end.is_fresh && !lame.contains(who));
        let story = |(end, _): (&End, _)| {
            let what = format!("{}@{}", end.holder, self.plan.nodes[end.node].name);
            self.breach(&[Some(end), None], what, said(end)?.clone())
        };
        starting.filter_map(story).collect()
    }

    fn quorum_lost(&self) -> Option<Breach> {
        let runs = |node: &usize, component| self.scene.programs(*node).contains(&component);
        let members = |component| {
            (0..self.plan.nodes.len())
                .filter(|node| runs(node, component))
                .count()
        };
        let (etcd, apiserver) = (Component::Etcd, Component::KubeApiserver);
        let restarts = |step: &Step, component| step.action == Action::Restart(component);
        let most = |members: usize| members / 2 + 1;
        let stops_etcd = |step: &Step| restarts(step, etcd);
        // One that knows no other member than that beside it does not answer while that is away.
        let stops_apiserver = |step: &Step| {
            restarts(step, apiserver) || restarts(step, etcd) && self.leans_on_own_etcd(step)
        };
        let (plan, way) = (self.plan, self.way);
        quorum::lost(plan, way, etcd, members(etcd), most, stops_etcd).or_else(|| {
            let members = members(apiserver);
            quorum::lost(plan, way, apiserver, members, |_| 1, stops_apiserver)
        })
    }

    /// Whether kube-apiserver of a step's node asks etcd of the same node alone.
    fn leans_on_own_etcd(&self, step: &Step) -> bool {
        let mut nodes = self.plan.nodes.iter();
        let node = nodes.position(|node| node.name == step.node);
        let apiserver = Component::KubeApiserver;
        let channels = node.map(|node| (node, self.scene.first_channels(node, apiserver)));
        channels.is_some_and(|(node, channels)| {
            let of = channels.iter().filter(|channel| {
                channel.client.component == apiserver
                    && channel.client.node == Some(node)
                    && channel.server.component == Component::Etcd
            });
            let mut servers = of.map(|channel| channel.server.node).peekable();
            servers.peek().is_some() && servers.all(|server| server == Some(node))
        })
    }
}

/// Of some nodes, how many steps are done.
type Moment = Vec<(usize, usize)>;

impl<'e> Meeting<'e> {
    fn ends(&self) -> [Option<&'e End>; 2] {
        [Some(self.client), self.server]
    }

    /// Whether both ends are as they are before the first step.
    fn is_first(&self) -> bool {
        self.ends().into_iter().flatten().all(|end| end.is_first)
    }
}

impl<'e> Cases<'e> {
    /// The case of this channel between ends that hold this much.
    fn find(&mut self, what: (&'e str, u64, u64), draw: impl FnOnce() -> Channel) -> usize {
        let channels = &mut self.channels;
        *self.known.entry(what).or_insert_with(|| {
            channels.push(draw());
            channels.len() - 1
        })
    }
}

/// A channel between two ends, as both hold it.
fn met(client: &End, server: Option<&End>, own: &Channel, other: &Channel) -> Channel {
    let mut channel = client.met_by(own, other);
    channel.client.node = Some(client.view);
    channel.server.node = server.map(|server| server.view);
    channel
}

impl Breach {
    /// The story in the steps of the plan as it was given.
    fn of_whole_steps(mut self, fine: &Fine) -> Self {
        let (done, interrupted) = fine.told(&self.done);
        self.happens.splice(0..0, interrupted);
        Breach { done, ..self }
    }

    /// How long the story is; of two of one length always the same comes first.
    fn length(&self) -> (usize, Vec<StepId>, String) {
        let length = self.done.len() + self.happens.len();
        (length, self.done.clone(), self.what.clone())
    }
}

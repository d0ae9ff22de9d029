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
//! Of nodes that are alike, two are gone through for all. A verdict asks of a node's name, of its
//! addresses and of its keys one thing alone: whether they are the same as those that somebody else
//! names, or that something is signed with. So a channel stays as it is when all of them are exchanged
//! for others, everywhere at once; and two nodes are alike when the one becomes the other by that:
//! when their files and steps are the same but for words that stand on the one node and nowhere else
//! (`portrait`). Of a certificate nothing counts beside its fields, whether its time has come, and
//! whose the signatures are, and each is checked. What makes a node special makes it unlike: whoever
//! is named in another's file, misses a step, or holds a certificate of another authority is alone in
//! its class, and is gone through by itself; and where a name or an address is asked more of, by a
//! wildcard or by an authority for some names, nobody is alike. A channel has two ends, and those
//! can be at moments that depend on how the one node's steps wait for the other's. So of every two
//! classes, for each way in which nodes of them wait for each other, two nodes are gone through
//! (`classes`); every two others of that kind have the same channels with the same verdicts, and are
//! counted as if they had been gone through. A story that breaks is told of the first that are alike.
//!
//! What is judged is judged as an audit would. A channel that does not work before the first step,
//! or of which that is not known, is left out and named.

mod called;
mod classes;
mod ends;
mod history;
mod moments;
mod pieces;
mod portrait;
mod published;
mod quorum;
mod scene;
mod story;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use audit::{Evidence, Judged, Verdict};
use cluster::{Channel, Component, Graph, Inventory};

use self::called::Called;
use self::classes::Classes;
use self::ends::{End, Ends, Role};
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
    /// How many of them were gone through; the others are like these, and are counted with them.
    pub explored: usize,
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
    /// The steps that are under way then, and do not go on.
    pub interrupted: Vec<Interrupted>,
    /// What else has to happen, in order: `kube-scheduler@cp-2 ends and is started again`.
    pub happens: Vec<String>,
    /// What breaks: a channel's id, or a component's name.
    pub what: String,
    /// What is said then.
    pub said: String,
    /// What an audit finds then, in a sentence, when it is more than that.
    pub message: Option<String>,
    /// Where it finds that: files and lines as they are then.
    pub evidence: Vec<Evidence>,
    /// What breaks in the same way, because those nodes are like these.
    pub like: Vec<String>,
}

/// How far a write has come that is interrupted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// Which step.
    pub step: StepId,
    /// The paths that are as it shall leave them.
    pub done: Vec<String>,
    /// Those that are not yet.
    pub missing: Vec<String>,
}

/// Goes through everything that can happen.
///
/// # Errors
/// When it is no plan.
pub fn prove(plan: &Plan) -> Result<Proof, PlanError> {
    plan.way()?;
    let mut fine = Fine::of(plan);
    let whole = fine.plan.way()?;
    let classes = Classes::of(&fine.plan, &whole);
    let way = classes.way(&whole);
    fine.plan.nodes = classes.explored(fine.plan.nodes);
    let mut scene = Scene::new(&fine.plan, &way);
    let ends = Ends::of(&mut scene, &way);
    let check = Check {
        plan: &fine.plan,
        whole: &whole,
        way: &way,
        classes: &classes,
        scene: &scene,
        ends: &ends,
    };
    let proof = check.run();
    Ok(Proof {
        steps: plan.steps.len(),
        nodes: nodes(plan),
        breach: proof.breach.map(|breach| breach.of_whole_steps(&fine)),
        ..proof
    })
}

fn nodes(plan: &Plan) -> usize {
    let nodes = plan.nodes.iter().filter(|node| node.kind == Kind::Node);
    nodes.count()
}

/// The states of one end of a channel that hold the same of it: a verdict on one is one on all.
struct Alike<'e> {
    /// As they hold the channel; nothing when they know no such channel any more.
    channel: Option<&'e Channel>,
    /// Nobody is somebody who is on none of the nodes.
    ends: Vec<Option<&'e End>>,
    /// When they can be, and how many of them then.
    moments: BTreeMap<&'e [(usize, usize)], usize>,
}

/// A channel between ends of which those of each side are alike.
struct Meeting<'e> {
    id: &'e str,
    client: Rc<Alike<'e>>,
    server: Rc<Alike<'e>>,
    /// Which verdict is its; nothing when there is no such channel any more.
    case: Option<usize>,
    /// How many times two of the ends meet: each two at each moment of both.
    times: usize,
}

struct Check<'a> {
    /// With those of the nodes that are gone through.
    plan: &'a Plan,
    /// The way of all nodes, and that of those that are gone through.
    whole: &'a Way,
    way: &'a Way,
    classes: &'a Classes,
    scene: &'a Scene<'a>,
    ends: &'a Ends,
}

/// A breach, and who has a part in it.
struct Broken<'e> {
    breach: Breach,
    ends: [Option<&'e End>; 2],
    /// In which channel, when it is one.
    meeting: Option<&'e Meeting<'e>>,
}

/// Everything that was checked.
struct Checked<'e> {
    meetings: Vec<Meeting<'e>>,
    /// By case.
    verdicts: Vec<Judged>,
}

impl<'e> Checked<'e> {
    fn verdict(&self, meeting: &Meeting<'_>) -> Option<&Judged> {
        meeting.case.map(|case| &self.verdicts[case])
    }

    fn works(&self, meeting: &Meeting<'_>) -> bool {
        let verdict = self.verdict(meeting).map(|judged| judged.verdict);
        // Whoever joins shows what no file has: of that nothing is known.
        verdict == Some(Verdict::Works) || meeting.is_joining() && verdict == Some(Verdict::Unknown)
    }

    fn said(&self, meeting: &Meeting<'_>) -> Option<String> {
        self.verdict(meeting)?.error.clone()
    }

    /// The channels that work before the first step, and the others.
    fn at_first(&self) -> [BTreeMap<&str, &Meeting<'e>>; 2] {
        let first = self.meetings.iter().filter(|meeting| meeting.is_first());
        let by_id = first.map(|meeting| (meeting.id, meeting));
        let (mut working, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
            by_id.partition(|(_, meeting)| self.works(meeting));
        working.retain(|id, _| !others.contains_key(id));
        [working, others]
    }
}

impl Check<'_> {
    fn run(&self) -> Proof {
        let mut graph = Graph {
            channels: Vec::new(),
        };
        let meetings = self.meetings(&mut graph.channels);
        let stage = self.scene.stage();
        let verdicts = audit::verdicts(&stage, &graph, self.plan.at);
        let checked = Checked { meetings, verdicts };
        let [working, others] = checked.at_first();
        let broken = self.broken(&checked, &working);
        let lost = self.quorum_lost().map(|breach| Broken {
            breach,
            ends: [None; 2],
            meeting: None,
        });
        let called = Called::all(self.plan, self.way, self.scene);
        let unknown = called.iter().flat_map(|one| self.unknown(one));
        let broken = broken
            .into_iter()
            .chain(self.not_started(&stage))
            .chain(unknown);
        let shortest = broken.chain(lost).min_by_key(|one| one.breach.length());
        let states = self.ends.states.iter();
        let checks = checked.meetings.iter();
        let left_out = others.values().flat_map(|meeting| {
            let said = checked.said(meeting);
            let all = self.ids(meeting).into_iter();
            all.map(move |id| (id, said.clone()))
        });
        let lame = called.iter().filter(|one| !one.works_at_first());
        let lame = lame.map(|one| (one.id(), Some(called::SAID.to_owned())));
        Proof {
            steps: self.plan.steps.len(),
            nodes: nodes(self.plan),
            explored: nodes(self.plan),
            states: states
                .map(|(node, states)| states * self.classes.weight(*node, *node))
                .sum(),
            checks: checks
                .map(|meeting| meeting.times * self.weight(meeting))
                .chain(called.iter().map(Called::checks))
                .sum(),
            channels: working
                .values()
                .flat_map(|meeting| self.ids(meeting))
                .chain(
                    called
                        .iter()
                        .filter(|one| one.works_at_first())
                        .map(Called::id),
                )
                .collect(),
            left_out: left_out.chain(lame).collect(),
            breach: shortest.map(|broken| self.explained(broken, &graph)),
        }
    }

    /// For how many channels that are alike a meeting counts.
    fn weight(&self, meeting: &Meeting<'_>) -> usize {
        let nodes = meeting.nodes();
        nodes.map_or(1, |[client, server]| self.classes.weight(client, server))
    }

    /// The ids of all channels that are like that of a meeting.
    fn ids(&self, meeting: &Meeting<'_>) -> Vec<String> {
        let (Some(channel), Some([client, server])) = (meeting.client.channel, meeting.nodes())
        else {
            return vec![meeting.id.to_owned()];
        };
        let like = self.classes.like(client, server);
        let ids = like.map(|[client, server]| {
            let client = match meeting.is_joining() {
                true => channel.client.clone(),
                false => channel.client.on(client),
            };
            let server = channel.server.on(server);
            format!("{client}->{server}")
        });
        ids.collect()
    }

    /// The channels that have to work and do not, each time with its story.
    fn broken<'c>(
        &self,
        checked: &'c Checked<'c>,
        channels: &BTreeMap<&str, &Meeting<'_>>,
    ) -> Vec<Broken<'c>> {
        let has_to =
            |meeting: &&Meeting<'_>| channels.contains_key(meeting.id) && !checked.works(meeting);
        let failed = checked.meetings.iter().filter(has_to);
        let gone = |meeting: &Meeting<'_>| match meeting.case {
            Some(_) => "what it needs is not there any more".to_owned(),
            None => "nobody makes this connection any more".to_owned(),
        };
        let stories = |meeting: &'c Meeting<'c>| {
            let said = checked.said(meeting).unwrap_or_else(|| gone(meeting));
            let story = |ends| {
                Some(Broken {
                    breach: self.breach(&ends, meeting.id.to_owned(), said.clone())?,
                    ends,
                    meeting: Some(meeting),
                })
            };
            meeting.ends().filter_map(story).collect::<Vec<_>>()
        };
        failed.flat_map(stories).collect()
    }

    /// Every channel between every two states of its ends that go together; `cases` are those to be
    /// judged.
    fn meetings<'e>(&'e self, cases: &mut Vec<Channel>) -> Vec<Meeting<'e>> {
        let mut meetings = Vec::new();
        for clients in self.ends.clients() {
            let first = clients.iter().find(|client| client.is_first);
            let channels = first.into_iter().flat_map(|one| one.channels(self.scene));
            for (id, channel) in channels {
                let servers = self.servers(id, channel);
                for client in self.alike(id, clients, End::as_client) {
                    for server in &servers {
                        meetings.extend(self.meet(id, &client, server, cases));
                    }
                }
            }
        }
        meetings
    }

    /// The states of a channel's server. Of somebody who is on none of the nodes there is one.
    fn servers(&self, id: &str, channel: &Channel) -> Vec<Rc<Alike<'_>>> {
        let Some(node) = channel.server.node else {
            return vec![Rc::new(Alike {
                channel: None,
                ends: vec![None],
                moments: [(ANY, 1)].into(),
            })];
        };
        let servers = self.ends.servers(node, channel.server.component);
        self.alike(id, servers, End::as_server)
    }

    /// Ends by what they hold of a channel.
    fn alike<'e>(
        &'e self,
        id: &str,
        ends: &'e [End],
        held: fn(&End, &Scene<'_>, &Channel) -> u64,
    ) -> Vec<Rc<Alike<'e>>> {
        let mut alike: BTreeMap<Option<u64>, Alike<'e>> = BTreeMap::new();
        for end in ends {
            let channel = self.scene.channels(end.view, end.holder).get(id);
            let held = channel.map(|channel| held(end, self.scene, channel));
            let those = alike.entry(held).or_insert_with(|| Alike {
                channel: channel.map(|channel| &**channel),
                ends: Vec::new(),
                moments: BTreeMap::new(),
            });
            those.ends.push(Some(end));
            for moment in &end.moments {
                *those.moments.entry(moment).or_default() += 1;
            }
        }
        alike.into_values().map(Rc::new).collect()
    }

    /// What happens between ends that are alike, when they can meet.
    fn meet<'e>(
        &self,
        id: &'e str,
        client: &Rc<Alike<'e>>,
        server: &Rc<Alike<'e>>,
        cases: &mut Vec<Channel>,
    ) -> Option<Meeting<'e>> {
        let times = self.times(client, server);
        let channel = (times > 0).then(|| met(client, server))?;
        let case = channel.map(|channel| {
            cases.push(channel);
            cases.len() - 1
        });
        Some(Meeting {
            id,
            client: client.clone(),
            server: server.clone(),
            case,
            times,
        })
    }

    /// How many times two of these ends meet.
    fn times(&self, client: &Alike<'_>, server: &Alike<'_>) -> usize {
        let with = |(one, clients): (&&[(usize, usize)], &usize)| {
            let others = server.moments.iter();
            let those = others.filter(|(other, _)| self.can_come(one, other));
            clients * those.map(|(_, servers)| servers).sum::<usize>()
        };
        client.moments.iter().map(with).sum()
    }

    /// The moments at which all these ends can be as they are.
    fn moments<'m>(
        &'m self,
        [one, other]: [Option<&'m End>; 2],
    ) -> impl Iterator<Item = [&'m [(usize, usize)]; 2]> + 'm {
        const ALWAYS: &[Moment] = &[Vec::new()];
        let of = |end: Option<&'m End>| end.map_or(ALWAYS, |end| end.moments.as_slice());
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

    /// What kube-apiserver calls and does not trust any more, or not yet.
    fn unknown(&self, called: &Called) -> Vec<Broken<'_>> {
        let story = |(moment, message): (Moment, String)| {
            Some(Broken {
                breach: Breach {
                    message: Some(message),
                    ..self.story(
                        std::iter::once(moment),
                        called.id(),
                        called::SAID.to_owned(),
                    )?
                },
                ends: [None; 2],
                meeting: None,
            })
        };
        called.broken().into_iter().filter_map(story).collect()
    }

    /// The shortest story in which these ends are so, when they can be.
    fn breach(&self, ends: &[Option<&End>; 2], what: String, said: String) -> Option<Breach> {
        let moments = self.moments(*ends).map(|both| both.concat());
        let story = self.story(moments, what, said)?;
        let ends = ends.iter().flatten();
        Some(Breach {
            happens: ends.filter_map(|end| self.happens(end)).collect(),
            ..story
        })
    }

    /// The steps that have to be done for the first of these moments to come.
    fn story(
        &self,
        moments: impl Iterator<Item = Moment>,
        what: String,
        said: String,
    ) -> Option<Breach> {
        let of_all = |(node, done): &(usize, usize)| (self.classes.node(*node), *done);
        let earliest = moments.map(|moment| {
            let moment: Moment = moment.iter().map(of_all).collect();
            self.whole.earliest(&moment)
        });
        let counts = earliest.min_by_key(|counts| counts.iter().sum::<usize>())?;
        let lanes = self.whole.lanes.iter().zip(counts);
        let mut done: Vec<StepId> = lanes
            .flat_map(|(lane, count)| lane[..count].to_vec())
            .collect();
        done.sort();
        Some(Breach {
            done,
            interrupted: Vec::new(),
            happens: Vec::new(),
            what,
            said,
            message: None,
            evidence: Vec::new(),
            like: Vec::new(),
        })
    }

    /// What has to happen beside the steps for an end to be so.
    fn happens(&self, end: &End) -> Option<String> {
        let process = self.scene.process(end.view, end.holder);
        let is_there = process.is_none_or(cluster::Process::is_present);
        match is_there || !Component::PROGRAMS.contains(&end.holder) {
            true => story::of(self.plan, end),
            false => Some(story::gone(self.plan, end)),
        }
    }

    /// What an audit says of the moment at which something breaks, and whoever is like that.
    fn explained(&self, broken: Broken<'_>, graph: &Graph) -> Breach {
        let Broken {
            mut breach,
            ends,
            meeting,
        } = broken;
        breach.like = match (meeting, ends) {
            (Some(meeting), _) => self.ids(meeting),
            (None, [Some(end), _]) => self.processes_like(end),
            _ => Vec::new(),
        };
        breach.like.retain(|other| *other != breach.what);
        if breach.message.is_some() {
            return breach;
        }
        let views = ends.iter().flatten().map(|end| end.view);
        let stage = self.scene.stage_of(views);
        let case = meeting.and_then(|meeting| meeting.case);
        let graph = match case.and_then(|case| graph.channels.get(case)) {
            Some(channel) => Graph {
                channels: vec![between(channel)],
            },
            None => Graph::of(&stage),
        };
        let findings = audit::audit(&stage, &graph, self.plan.at).findings;
        let mut findings = findings.into_iter();
        if let Some(found) = findings.find(|found| found.said.contains(&breach.said)) {
            breach.message = Some(found.message);
            breach.evidence = found.evidence;
        }
        breach
    }

    /// The process of an end, and those of the nodes that are like its own.
    fn processes_like(&self, end: &End) -> Vec<String> {
        let nodes = self.classes.like(end.node, end.node);
        let ids = nodes.map(|[node, _]| format!("{}@{node}", end.holder));
        ids.collect()
    }

    /// What would not start any more, should it end; what did not before is left alone.
    fn not_started<'c>(&'c self, stage: &Inventory) -> Vec<Broken<'c>> {
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
        let story = |(end, _): (&'c End, _)| {
            let ends = [Some(end), None];
            let what = format!("{}@{}", end.holder, self.plan.nodes[end.node].name);
            Some(Broken {
                breach: self.breach(&ends, what, said(end)?.clone())?,
                ends,
                meeting: None,
            })
        };
        starting.filter_map(story).collect()
    }

    fn quorum_lost(&self) -> Option<Breach> {
        let runs = |node: &usize, component| self.scene.programs(*node).contains(&component);
        let members = |component| {
            let nodes = (0..self.plan.nodes.len()).filter(|node| runs(node, component));
            nodes.map(|node| self.classes.weight(node, node)).sum()
        };
        let (etcd, apiserver) = (Component::Etcd, Component::KubeApiserver);
        let restarts = |step: &Step, component| step.action == Action::Restart(component);
        let most = |members: usize| members / 2 + 1;
        let stops_etcd = |step: &Step| restarts(step, etcd);
        // One that knows no other member than that beside it does not answer while that is away.
        let stops_apiserver = |step: &Step| {
            restarts(step, apiserver) || restarts(step, etcd) && self.leans_on_own_etcd(step)
        };
        let (plan, way) = (self.plan, self.whole);
        quorum::lost(plan, way, etcd, members(etcd), most, stops_etcd).or_else(|| {
            let members = members(apiserver);
            quorum::lost(plan, way, apiserver, members, |_| 1, stops_apiserver)
        })
    }

    /// Whether kube-apiserver of a step's node asks etcd of the same node alone.
    fn leans_on_own_etcd(&self, step: &Step) -> bool {
        let node = self.classes.one_like(&step.node);
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

/// When somebody is who does not change.
const ANY: &[(usize, usize)] = &[];

impl<'e> Meeting<'e> {
    /// Every two ends that may meet.
    fn ends(&self) -> impl Iterator<Item = [Option<&'e End>; 2]> {
        let clients = self.client.ends.iter();
        clients.flat_map(|client| self.server.ends.iter().map(|server| [*client, *server]))
    }

    /// Whose ends they are; of somebody who is on none of the nodes, the client's alone.
    fn nodes(&self) -> Option<[usize; 2]> {
        let of = |side: &Alike<'_>| side.ends.iter().flatten().map(|end| end.node).next();
        let client = of(&self.client)?;
        Some([client, of(&self.server).unwrap_or(client)])
    }

    /// Whether its client is a node that joins.
    fn is_joining(&self) -> bool {
        let mut clients = self.client.ends.iter().flatten();
        clients.any(|end| end.role == Role::Joining)
    }

    /// Whether some of both sides are as they are before the first step.
    fn is_first(&self) -> bool {
        let first = |side: &Alike<'_>| {
            let mut ends = side.ends.iter();
            ends.any(|end| end.is_none_or(|end| end.is_first))
        };
        first(&self.client) && first(&self.server)
    }
}

/// A channel between two ends, as both hold it; nothing when one of them knows none any more.
fn met(client: &Alike<'_>, server: &Alike<'_>) -> Option<Channel> {
    let own = client.channel?;
    let (client, at) = (client.ends[0]?, server.ends[0]);
    let other = match at {
        Some(_) => server.channel?,
        None => own,
    };
    let mut channel = client.met_by(own, other);
    channel.client.node = Some(client.view);
    channel.server.node = at.map(|server| server.view);
    Some(channel)
}

/// The same channel on a stage of its two ends.
fn between(channel: &Channel) -> Channel {
    let mut channel = channel.clone();
    channel.client.node = Some(0);
    channel.server.node = channel.server.node.map(|_| 1);
    channel
}

impl Breach {
    /// The story in the steps of the plan as it was given.
    fn of_whole_steps(self, fine: &Fine) -> Self {
        let (done, interrupted) = fine.told(&self.done);
        Breach {
            done,
            interrupted,
            ..self
        }
    }

    /// How long the story is; of two of one length always the same comes first.
    fn length(&self) -> (usize, Vec<StepId>, String) {
        let length = self.done.len() + self.happens.len();
        (length, self.done.clone(), self.what.clone())
    }
}

//! Spoilt plans that replace etcd's authority, really carried out: what the prover says of each is held
//! against connections that are really made.

use std::net::SocketAddr;

use change::disk::{Disk, NewFile};
use change::plan::{Action, Plan, Secrets, StepId, Written};
use change::prove::{Breach, Interrupted, prove};
use change::rotate::{What, rotate};
use cluster::catalogue::AUTHORITIES;
use cluster::{Component, Files, Inventory};
use time::UtcDateTime;

use crate::beside_others;
use crate::https::{Answer, Client, Credentials, Failure};
use crate::members::{Members, Programs};
use crate::nodes::NAMES;
use crate::scratch::Scratch;
use crate::writers::{pair, pki};

/// These are carried out with every run of the tests.
const SAMPLE: [&str; 3] = ["at once", "without step 2", "step 5 after the next"];

#[test]
fn what_is_proven_holds_and_what_is_not_breaks_in_a_sample() {
    come_as_proven(|what| SAMPLE.contains(&what));
}

#[test]
#[ignore = "takes minutes"]
fn what_is_proven_holds_and_what_is_not_breaks() {
    come_as_proven(|_| true);
}

/// Carries out spoilt plans, each on a cluster of its own.
fn come_as_proven(is_wanted: impl Fn(&str) -> bool) {
    if Programs::find().is_none() {
        return;
    }
    let _beside = beside_others();
    let (mut held, mut broke, mut number) = (0, 0, 0);
    loop {
        let scratch = Scratch::new();
        let members = Members::make(scratch.path(), Programs::find().unwrap());
        let (plan, secrets) = replacing(&members);
        let mut left = spoilt(&plan).into_iter().enumerate().skip(number);
        let Some((place, (what, plan))) = left.find(|(_, (what, _))| is_wanted(what)) else {
            break;
        };
        number = place + 1;
        let breach = prove(&plan).unwrap().breach;
        println!("{what}: {breach:?}");
        // Who is away at the same time is not a connection.
        if breach.as_ref().is_some_and(|breach| breach.what == "etcd") {
            continue;
        }
        let members = members.start();
        let mut played = Played::new(&members, &secrets);
        match breach {
            None => {
                played.end_well(&what, &plan);
                held += 1;
            }
            Some(breach) => {
                played.break_down(&what, &plan, &breach);
                broke += 1;
            }
        }
    }
    println!("{held} held, {broke} broke, as proven");
    assert!(held > 0 && broke > 0);
}

/// The plan that replaces etcd's authority.
fn replacing(members: &Members) -> (Plan, Secrets) {
    let trees = members.trees().into_iter().map(|(name, rootfs)| {
        let files = Files::on_disk(&rootfs, false).unwrap();
        (Some(name.to_owned()), files)
    });
    let what = What {
        authorities: AUTHORITIES
            .iter()
            .filter(|row| row.name == "etcd-ca")
            .collect(),
        token_key: false,
        root: None,
    };
    let inventory = Inventory::read(trees.collect());
    rotate(&inventory, &what, "rotate etcd-ca", UtcDateTime::now()).unwrap()
}

/// The plan as it is and without what it begins with; without every step, and with every two of a node
/// the other way round.
fn spoilt(plan: &Plan) -> Vec<(String, Plan)> {
    let mut all = vec![("as it is".to_owned(), plan.clone())];
    let first = plan.steps[0].stage.clone();
    let early = plan.numbered().filter(|(_, step)| step.stage == first);
    let early: Vec<StepId> = early.map(|(id, _)| id).collect();
    let at_once = early.into_iter().rev().fold(plan.clone(), without);
    all.push(("at once".to_owned(), at_once));
    for (id, step) in plan.numbered() {
        all.push((format!("without step {id}"), without(plan.clone(), id)));
        let next = plan.steps.get(id.0).filter(|next| next.node == step.node);
        if let Some(next) = next {
            let mut swapped = plan.clone();
            swapped.steps[id.0 - 1].action = next.action.clone();
            swapped.steps[id.0].action = step.action.clone();
            all.push((format!("step {id} after the next"), swapped));
        }
    }
    all
}

/// A plan without one of its steps.
fn without(mut plan: Plan, gone: StepId) -> Plan {
    plan.steps.remove(gone.0 - 1);
    for step in &mut plan.steps {
        step.after.retain(|after| *after != gone);
        for after in step.after.iter_mut().filter(|after| **after > gone) {
            *after = StepId(after.0 - 1);
        }
    }
    plan
}

/// A plan that is carried out, and what kube-apiserver would hold on every node.
struct Played<'a> {
    members: &'a Members,
    secrets: &'a Secrets,
    apiservers: Vec<Vec<u8>>,
}

impl<'a> Played<'a> {
    fn new(members: &'a Members, secrets: &'a Secrets) -> Self {
        let mut played = Played {
            members,
            secrets,
            apiservers: vec![Vec::new(); NAMES.len()],
        };
        (0..NAMES.len()).for_each(|place| played.start_apiserver(place));
        played
    }

    /// After every step everybody connects to everybody, and once more when a member was killed.
    fn end_well(&mut self, what: &str, plan: &Plan) {
        for id in plan.order() {
            self.carry_out(plan, id);
            if id.0 % 4 == 0 {
                self.members.kill_and_wait(id.0 % NAMES.len());
            }
            for (channel, answer) in self.connect() {
                let is_served = matches!(&answer, Ok(answer) if answer.status == 200);
                assert!(is_served, "{what}, after step {id}: {channel}: {answer:?}");
            }
        }
        self.members.nobody_complained();
    }

    /// What the prover tells is done, and what it says breaks really does.
    fn break_down(&mut self, what: &str, plan: &Plan, breach: &Breach) {
        for id in plan.order() {
            if breach.done.contains(&id) {
                self.carry_out(plan, id);
            }
        }
        for interrupted in &breach.interrupted {
            self.interrupted(plan, interrupted);
        }
        breach.happens.iter().for_each(|one| self.happens(one));
        let answers = self.connect();
        let refused = answers.iter().find(|(channel, _)| *channel == breach.what);
        let is_refused = matches!(refused, Some((_, Err(Failure::Tls(_)))));
        assert!(is_refused, "{what}: {breach:?}, but {answers:?}");
    }

    /// What the prover says has to happen beside the steps.
    fn happens(&mut self, words: &str) {
        let ended = words.strip_suffix(" ends and is started again");
        if let Some((component, node)) = ended.and_then(|who| who.split_once('@')) {
            let place = NAMES.iter().position(|name| *name == node).unwrap();
            match component {
                "etcd" => self.members.kill_and_wait(place),
                _ => self.start_apiserver(place),
            }
        }
    }

    /// Of a step that is interrupted, what is done of it by then.
    fn interrupted(&mut self, plan: &Plan, breach: &Interrupted) {
        let step = &plan.steps[breach.step.0 - 1];
        let Action::Write(files) = &step.action else {
            panic!("{breach}");
        };
        let is_written = |file: &&Written| breach.done.contains(&file.path);
        let files: Vec<Written> = files.iter().filter(is_written).cloned().collect();
        let place = NAMES.iter().position(|name| *name == step.node);
        self.write(place.unwrap(), &files);
    }

    fn carry_out(&mut self, plan: &Plan, id: StepId) {
        let step = &plan.steps[id.0 - 1];
        let Some(place) = NAMES.iter().position(|name| *name == step.node) else {
            return;
        };
        match &step.action {
            Action::Write(files) => self.write(place, files),
            Action::Restart(Component::Etcd) => self.members.restart(place),
            Action::Restart(Component::KubeApiserver) => self.start_apiserver(place),
            _ => {}
        }
    }

    fn write(&self, place: usize, files: &[Written]) {
        let disk = Disk::open(&self.members.trees()[place].1).unwrap();
        let new = files.iter().filter_map(|file| {
            let content = self.secrets.get(file.content.as_ref()?).unwrap();
            let new = NewFile::new(&*file.path, file.mode, content);
            Some(new.replacing().exactly())
        });
        disk.write(&[], &new.collect::<Vec<_>>()).unwrap();
    }

    fn start_apiserver(&mut self, place: usize) {
        self.apiservers[place] = pki(&self.members.trees()[place].1, "etcd/ca.crt");
    }

    /// What everybody is answered who connects now, by channel.
    fn connect(&self) -> Vec<(String, Result<Answer, Failure>)> {
        let mut all = Vec::new();
        for (place, (name, rootfs)) in self.members.trees().iter().enumerate() {
            let mut ask = |from: &str, to: usize, port, name, trust| {
                let server = (self.members.address(to), port).into();
                let pair = Some(pair(rootfs, name));
                let credentials = Credentials {
                    trust,
                    pair,
                    token: None,
                };
                all.push((
                    format!("{from}->etcd@{}", NAMES[to]),
                    version(server, &credentials),
                ));
            };
            let apiserver = format!("kube-apiserver@{name}");
            ask(
                &apiserver,
                place,
                2379,
                "apiserver-etcd-client",
                self.apiservers[place].clone(),
            );
            let healthcheck = format!("etcd-healthcheck@{name}");
            let trust = pki(rootfs, "etcd/ca.crt");
            ask(&healthcheck, place, 2379, "etcd/healthcheck-client", trust);
            for other in (0..NAMES.len()).filter(|other| *other != place) {
                let trust = self.members.held(place);
                ask(&format!("etcd@{name}"), other, 2380, "etcd/peer", trust);
            }
        }
        all
    }
}

/// What version a member says it has.
fn version(server: SocketAddr, credentials: &Credentials) -> Result<Answer, Failure> {
    Client::new(server, credentials)?.ask("GET", "/version", "")
}

//! Starting again, waiting and handing over, as the operator said it shall be done.

use std::io::{IsTerminal, stderr};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use change::apply::{Did, Doing, Hands, Moment};
use change::disk::Disk;
use change::journal::{Change, State};
use change::plan::{Action, Awaited, Expected, Published, StepId};
use change::publish::PublishError;
use change::restart::{
    Health, Means, Others, PATIENCE, RestartError, Seen, Sight, Watch, is_system, restart,
};
use cluster::Component;

use super::waiting::{SOON, Waiting};
use super::{Going, Telling};
use crate::confirm;
use crate::error::CliError;
use crate::show::{self, change as shown};

/// Does what the operator's flags say, asks where somebody is there, and says how far it is.
pub struct Operator<'a> {
    going: &'a Going,
    telling: &'a Telling,
    id: String,
    /// How the API is reached, when it is.
    #[cfg_attr(
        not(feature = "cluster"),
        expect(dead_code, reason = "without it there is no API")
    )]
    kubeconfig: Option<PathBuf>,
    quiet: bool,
}

/// Says that changes of one name ended, and what can be done now.
///
/// # Errors
/// When that cannot be written.
pub fn say_end(telling: &Telling, changes: &[Change]) -> Result<(), CliError> {
    let text = match telling.is_json() {
        true => changes
            .iter()
            .map(|one| shown::end_json(one, None))
            .collect(),
        false => shown::end(changes),
    };
    show::stdout(text.as_bytes())
}

/// Says for which step a change waits, and how it goes on.
///
/// # Errors
/// When that cannot be written.
pub fn say_stop(telling: &Telling, change: &Change, step: StepId) -> Result<(), CliError> {
    if telling.is_json() {
        return show::stdout(shown::end_json(change, Some(step)).as_bytes());
    }
    let command = match change.state() {
        State::TakingBack => "undo",
        _ => "apply",
    };
    let hint = format!(
        "when that is done: kubepki {command} {} --done {step}",
        change.id()
    );
    show::failure(&shown::waits(change, step), Some(&hint));
    Ok(())
}

impl<'a> Operator<'a> {
    /// For a change.
    pub fn new(going: &'a Going, telling: &'a Telling, change: &Change, quiet: bool) -> Self {
        let nodes = change.plan().nodes.iter();
        let trees: Vec<_> = nodes.filter_map(|node| change.disk(&node.name)).collect();
        Operator {
            going,
            telling,
            id: change.id().to_owned(),
            kubeconfig: going.api(&trees),
            quiet,
        }
    }

    fn is_done(&self, doing: Doing<'_>) -> bool {
        self.telling.done == Some(doing.id.0) || (doing.told)()
    }

    /// What has to be done by somebody, who is asked where somebody is there.
    fn asked(&self, doing: Doing<'_>) -> Did {
        if self.is_done(doing) {
            return Did::Done;
        }
        if self.going.offline {
            return Did::Skipped;
        }
        let question = format!("Is that done (step {})?", doing.id);
        match confirm::ask(&question) {
            Some(true) => Did::Done,
            _ => Did::Waits,
        }
    }

    /// What has to be done by somebody with these commands.
    fn commanded(&self, doing: Doing<'_>, commands: impl Iterator<Item = String>) -> Did {
        let is_open = !self.going.offline && !self.is_done(doing);
        if is_open && !self.telling.is_json() {
            commands.for_each(|command| show::stderr(&format!("\n{command}\n\n")));
        }
        self.asked(doing)
    }

    /// Waits for the catalogue's time, until somebody says that it is over, or until the new
    /// certificate is served where nothing else is waited for.
    fn let_pass(
        &self,
        doing: Doing<'_>,
        seconds: u32,
        watch: &Watch<'_>,
    ) -> Result<(), RestartError> {
        let is_enough = watch.is_enough()?;
        let waiting = self.waiting(doing);
        for left in (1..=seconds).rev() {
            if self.is_done(doing) || is_enough && matches!(watch.look(), Ok(Seen::Same(_))) {
                break;
            }
            waiting.count(Duration::from_secs(left.into()));
            sleep(Duration::from_secs(1));
        }
        Ok(())
    }

    /// Says what it waits for, even to those who want to hear less: it may take minutes.
    fn say_waits(&self, doing: Doing<'_>, words: &str, left: Duration) {
        if self.telling.is_json() {
            let line = shown::waiting_line(&self.id, doing, words, left);
            // Whoever reads has gone away: the change goes on.
            let _ = show::stdout(line.as_bytes());
        } else {
            show::stderr(&shown::waiting(words, left));
        }
    }

    /// Says what was looked at. What was not is said even to those who want to hear less.
    fn say_seen(&self, doing: Doing<'_>, seen: &Seen, health: &Health) {
        if self.telling.is_json() {
            // Whoever reads has gone away: the change goes on.
            let _ = show::stdout(shown::seen_line(&self.id, doing, seen, health).as_bytes());
            return;
        }
        if !self.quiet || matches!(seen, Seen::Not(_)) {
            show::stderr(&shown::seen(seen));
        }
        if !self.quiet || matches!(health, Health::Unasked(_) | Health::Not(_)) {
            show::stderr(&shown::health(health));
        }
    }

    /// Starts a component again when the others suffice, unless somebody says meanwhile that he did.
    fn start_again(
        &self,
        doing: Doing<'_>,
        means: &Means,
        disk: &Disk,
        component: Component,
    ) -> Result<Sight, RestartError> {
        let others = Others::of(doing.plan, &doing.step.node, disk, component);
        let Some(others) = others.suffice(PATIENCE, &mut self.waiting(doing))? else {
            return self.settles(doing, disk, component);
        };
        for why in others {
            self.say_seen(doing, &Seen::Nothing, &Health::Unasked(why));
        }
        let mut waiting = self.waiting(doing).after(SOON);
        restart(means, disk, &doing.step.node, component, &mut waiting)
    }

    /// What has been started again by somebody.
    fn settles(
        &self,
        doing: Doing<'_>,
        disk: &Disk,
        component: Component,
    ) -> Result<Sight, RestartError> {
        let mut waiting = self.waiting(doing).after(SOON);
        Watch::all(disk, component).settles(false, PATIENCE, &mut waiting)
    }

    fn waiting<'b>(&'b self, doing: Doing<'b>) -> Waiting<'b> {
        let is_counted = !self.quiet && !self.telling.is_json() && stderr().is_terminal();
        let say = move |words: &str, left| self.say_waits(doing, words, left);
        Waiting::new(
            Box::new(say),
            Box::new(move || self.is_done(doing)),
            is_counted,
        )
    }

    fn means(&self, doing: Doing<'_>) -> Option<Means> {
        let command = self.going.restart_command.clone();
        let is_here = doing.disk.is_some_and(is_system) && !self.going.no_restart;
        command
            .map(Means::Command)
            .or(is_here.then_some(Means::Node))
    }
}

impl Hands for Operator<'_> {
    fn restart(&mut self, doing: Doing<'_>, component: Component) -> Result<Did, RestartError> {
        let sight = match (self.means(doing), doing.disk) {
            (Some(means), Some(disk)) if !self.going.offline && !self.is_done(doing) => {
                self.start_again(doing, &means, disk, component)?
            }
            (_, disk) => {
                let did = self.asked(doing);
                let Some(disk) = disk.filter(|_| did == Did::Done) else {
                    return Ok(did);
                };
                self.settles(doing, disk, component)?
            }
        };
        let sight = match self.is_done(doing) {
            // Whoever says so has seen that it does its work all the same.
            true => sight,
            false => sight.ready()?,
        };
        self.say_seen(doing, &sight.serves, &sight.health);
        Ok(Did::Done)
    }

    fn wait(&mut self, doing: Doing<'_>, awaited: &Awaited) -> Result<Did, RestartError> {
        let Some(disk) = doing.disk.filter(|_| !self.going.offline) else {
            return Ok(Did::Skipped);
        };
        let watch = Watch::of(disk, awaited.component, &awaited.paths);
        let certain = Duration::from_secs(awaited.seconds.into());
        self.let_pass(doing, awaited.seconds, &watch)?;
        let patience = match self.is_done(doing) {
            // Whoever says so may be mistaken in what can be seen: that is waited for nevertheless.
            true => certain,
            false => Duration::ZERO,
        };
        let seen = watch.takes_up(patience, &mut self.waiting(doing))?;
        self.say_seen(doing, &seen, &Health::Unknown);
        Ok(Did::Done)
    }

    fn publish(&mut self, doing: Doing<'_>, all: &[Published]) -> Result<Did, PublishError> {
        #[cfg(feature = "cluster")]
        if let Some(kubeconfig) = self.kubeconfig.as_ref().filter(|_| !self.is_done(doing)) {
            let context = self.going.context.as_deref();
            super::objects::publish(kubeconfig, context, all, &mut self.waiting(doing))?;
            return Ok(Did::Done);
        }
        Ok(self.commanded(doing, all.iter().map(Published::command)))
    }

    fn expect(&mut self, doing: Doing<'_>, all: &[Expected]) -> Result<Did, PublishError> {
        #[cfg(feature = "cluster")]
        if let Some(kubeconfig) = self.kubeconfig.as_ref().filter(|_| !self.is_done(doing)) {
            let context = self.going.context.as_deref();
            super::objects::expect(kubeconfig, context, all, &mut self.waiting(doing))?;
            return Ok(Did::Done);
        }
        Ok(self.commanded(doing, all.iter().map(Expected::command)))
    }

    fn hand_over(&mut self, doing: Doing<'_>, _words: &str) -> Did {
        self.asked(doing)
    }

    fn tell(&mut self, doing: Doing<'_>, moment: Moment) {
        if self.telling.is_json() {
            // Whoever reads has gone away: the change goes on.
            let _ = show::stdout(shown::line(&self.id, doing, moment).as_bytes());
            return;
        }
        let is_told = !matches!(doing.step.action, Action::Write(_) | Action::Await(_));
        match moment {
            Moment::Begins if !self.quiet || is_told => {
                show::stderr(&shown::step(doing.plan, doing.id, doing.step));
            }
            Moment::Ends(Did::Skipped) if !self.quiet => {
                show::stderr("      left out: nothing runs there\n");
            }
            _ => {}
        }
    }
}

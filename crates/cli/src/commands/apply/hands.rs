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
    Health, Means, Others, PATIENCE, RestartError, Seen, Watch, is_system, restart,
};
use cluster::Component;

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
        let shown = !self.quiet && !self.telling.is_json() && stderr().is_terminal();
        for left in (1..=seconds).rev() {
            if self.is_done(doing) || is_enough && matches!(watch.look(), Ok(Seen::Same(_))) {
                break;
            }
            if shown {
                anstream::eprint!("\r\x1b[K{left} s left");
            }
            sleep(Duration::from_secs(1));
        }
        if shown {
            anstream::eprint!("\r\x1b[K");
        }
        Ok(())
    }

    /// Says what it waits for, even to those who want to hear less: it may take minutes.
    fn say_waits(&self, doing: Doing<'_>, words: &str) {
        if self.telling.is_json() {
            // Whoever reads has gone away: the change goes on.
            let _ = show::stdout(shown::waiting_line(&self.id, doing, words).as_bytes());
        } else {
            show::stderr(&shown::waiting(words));
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

    /// Whether a component is to be started again from here, once enough others are ready: not when
    /// somebody says that it was.
    fn is_time(
        &self,
        doing: Doing<'_>,
        disk: &Disk,
        component: Component,
    ) -> Result<bool, RestartError> {
        if self.going.offline || self.is_done(doing) {
            return Ok(false);
        }
        let others = Others::of(doing.plan, &doing.step.node, disk, component);
        let is_told = || self.is_done(doing);
        let unasked = others.suffice(PATIENCE, is_told, |words| self.say_waits(doing, words))?;
        for why in unasked {
            self.say_seen(doing, &Seen::Nothing, &Health::Unasked(why));
        }
        Ok(!self.is_done(doing))
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
        let tell = |words: &str| self.say_waits(doing, words);
        let sight = match (self.means(doing), doing.disk) {
            (Some(means), Some(disk)) if self.is_time(doing, disk, component)? => {
                restart(&means, disk, &doing.step.node, component, tell)?
            }
            (_, disk) => {
                let did = self.asked(doing);
                let Some(disk) = disk.filter(|_| did == Did::Done) else {
                    return Ok(did);
                };
                Watch::all(disk, component).settles(false, PATIENCE, tell)?
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
        let seen = watch.takes_up(patience, |words| self.say_waits(doing, words))?;
        self.say_seen(doing, &seen, &Health::Unknown);
        Ok(Did::Done)
    }

    fn publish(&mut self, doing: Doing<'_>, all: &[Published]) -> Result<Did, PublishError> {
        #[cfg(feature = "cluster")]
        if let Some(kubeconfig) = self.kubeconfig.as_ref().filter(|_| !self.is_done(doing)) {
            super::objects::publish(kubeconfig, self.going.context.as_deref(), all)?;
            return Ok(Did::Done);
        }
        Ok(self.commanded(doing, all.iter().map(Published::command)))
    }

    fn expect(&mut self, doing: Doing<'_>, all: &[Expected]) -> Result<Did, PublishError> {
        #[cfg(feature = "cluster")]
        if let Some(kubeconfig) = self.kubeconfig.as_ref().filter(|_| !self.is_done(doing)) {
            super::objects::expect(kubeconfig, self.going.context.as_deref(), all)?;
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

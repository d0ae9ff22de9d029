//! Changing together with other nodes, through the cluster's own etcd.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use authority::objects::CertificateKey;
use change::disk::Disk;
use change::keys::Keys;
use change::plan::{Plan, Secrets, StepId};
use change::together::{
    Moment, Planner, Progress, Record, State, Store, Worker, follow, tell_done,
};
use cluster::{Files, Inventory};
use time::UtcDateTime;

use crate::commands::Outcome;
use crate::commands::apply::{Going, Operator, Telling, say_end};
use crate::error::CliError;
use crate::secret;
use crate::show;

/// The store through which several nodes change together.
#[derive(Debug, Default, clap::Args)]
pub struct Through {
    /// Change together with other nodes, each of which runs kubepki apply --store, through the
    /// cluster's own etcd: etcd://HOST:PORT[,…]. Its certificates are taken from the file tree.
    #[arg(long, value_name = "URL")]
    store: Option<String>,

    /// The name of this node; default is that of the machine.
    #[arg(long, value_name = "NAME", requires = "store")]
    node: Option<String>,

    /// A key that every node was given, 64 hexadecimal digits in a file, or `-`: keys of authorities
    /// travel encrypted under it. Without one they do not travel.
    #[arg(long, value_name = "FILE", requires = "store")]
    certificate_key_file: Option<PathBuf>,
}

/// This node, and the store.
pub struct Party {
    store: Box<dyn Store>,
    url: String,
    node: String,
    root: PathBuf,
    key: CertificateKey,
    /// Whether other nodes have the key too.
    is_shared: bool,
}

impl Through {
    /// The store, when there is to be one, for the only one of these trees.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub fn open(&self, roots: &[PathBuf]) -> Result<Option<Party>, CliError> {
        let Some(url) = &self.store else {
            return Ok(None);
        };
        let [root] = roots else {
            return Err(CliError::Contradiction(
                "with --store every node changes its own files: give one --rootfs",
            ));
        };
        let given = self.certificate_key_file.as_deref();
        let given = given.map(secret::certificate_key).transpose()?;
        let is_shared = given.is_some();
        let key = match given {
            Some(key) => key,
            // Nobody else has it: it reaches as far as this program.
            None => CertificateKey::generate()?,
        };
        let own = || {
            let system = rustix::system::uname();
            system.nodename().to_string_lossy().to_lowercase()
        };
        Ok(Some(Party {
            store: open(url, root)?,
            url: url.clone(),
            node: self.node.clone().unwrap_or_else(own),
            root: root.clone(),
            key,
            is_shared,
        }))
    }
}

#[cfg(feature = "etcd")]
fn open(url: &str, root: &std::path::Path) -> Result<Box<dyn Store>, CliError> {
    let address = store::Address::parse(url, root.to_owned());
    let address = address.map_err(change::together::TogetherError::from)?;
    let etcd = store::Etcd::open(address, show::note);
    Ok(Box::new(
        etcd.map_err(change::together::TogetherError::from)?,
    ))
}

#[cfg(not(feature = "etcd"))]
fn open(_url: &str, _root: &std::path::Path) -> Result<Box<dyn Store>, CliError> {
    Err(CliError::NoStore)
}

impl Party {
    /// The store.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// The node's tree.
    ///
    /// # Errors
    /// When it is none.
    pub fn disk(&self) -> Result<Disk, CliError> {
        Ok(Disk::open(&self.root)?)
    }

    /// Whoever does the node's part.
    fn worker(&self) -> Worker<'_> {
        Worker::new(self.store(), &self.node, self.root.clone(), Some(&self.key))
    }

    /// Does the node's part of the next change, or of the one that is under way.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn work(
        &self,
        stop: &AtomicBool,
        going: &Going,
        telling: &Telling,
        quiet: bool,
    ) -> Result<Outcome, CliError> {
        let mut worker = self.worker();
        let mut tell = |moment: Moment| self.tell(&moment, quiet);
        let Some(mut change) = worker.next(stop, &mut tell)? else {
            return Ok(Outcome::Found);
        };
        let mut hands = Operator::new(going, telling, &change, quiet);
        worker.go(&mut change, &mut hands, &mut tell)?;
        say_end(telling, &[change])?;
        Ok(Outcome::Clean)
    }

    /// Tells the others that a step for which somebody was waited is done.
    ///
    /// # Errors
    /// When it has not begun.
    pub fn tell_done(&self, id: Option<&str>, step: StepId) -> Result<Outcome, CliError> {
        tell_done(self.store(), id, step)?;
        show::note(&format!("step {step} is done"));
        Ok(Outcome::Clean)
    }

    fn tell(&self, moment: &Moment, quiet: bool) {
        let words = match moment {
            Moment::Asks(step) => {
                let hint = format!(
                    "when that is done: kubepki apply --store {} --done {step}",
                    self.url
                );
                return show::failure(&format!("step {step} waits for you"), Some(&hint));
            }
            Moment::Busy => format!(
                "another kubepki works for {}: waiting for its end",
                self.node
            ),
            Moment::Idle => format!("{}: waiting for a change", self.node),
            Moment::Planning { wish, by } => format!("{wish} is being planned on {by}"),
            Moment::Waits {
                step,
                node,
                begun,
                is_there,
            } => waits(*step, node, begun.as_deref(), *is_there),
        };
        if !quiet {
            show::note(&words);
        }
    }

    /// Plans with what all nodes show, has them make it theirs, and, when `agreed` with the plan, goes
    /// through it with them.
    ///
    /// # Errors
    /// When a node refuses, or something cannot be done.
    pub fn plan(
        &self,
        wish: &str,
        at: UtcDateTime,
        going: &Going,
        quiet: bool,
        make: impl FnOnce(Inventory, &mut dyn Keys) -> Option<(Plan, Secrets)>,
        agreed: impl FnOnce(&Plan) -> Result<Outcome, CliError>,
    ) -> Result<Outcome, CliError> {
        self.beside_own_work(going, quiet, |is_taken| {
            let planner = Planner::begin(self.store(), &self.node, wish, at)?;
            let files = Files::on_disk(&self.root, false).map_err(|source| CliError::Rootfs {
                path: self.root.clone(),
                source,
            })?;
            let mut offered = planner.views(files)?;
            let read = offered.inventory();
            show::unreadable(&read, quiet);
            let Some((draft, _)) = make(read, &mut offered) else {
                return Ok(None);
            };
            let own = [self.node.as_str()];
            let with_key = match (self.is_shared, is_taken) {
                (true, _) => None,
                (false, true) => Some(&[][..]),
                (false, false) => Some(&own[..]),
            };
            let plan = planner.settle(draft, &offered, &self.key, with_key)?;
            match agreed(&plan)? {
                Outcome::Clean => Ok(Some(planner.start(&plan)?)),
                Outcome::Found => Ok(None),
            }
        })
    }

    /// Does something that begins a change or turns it, and this node's part of that, unless another
    /// kubepki does it: then it is watched.
    ///
    /// # Errors
    /// When something cannot be done.
    pub fn beside_own_work(
        &self,
        going: &Going,
        quiet: bool,
        begin: impl FnOnce(bool) -> Result<Option<String>, CliError>,
    ) -> Result<Outcome, CliError> {
        let stop = AtomicBool::new(false);
        let telling = Telling::default();
        let is_taken = self.worker().is_taken()?;
        thread::scope(|scope| {
            let work = || self.work(&stop, going, &telling, quiet);
            let own = (!is_taken).then(|| scope.spawn(work));
            let begun = begin(is_taken);
            if !matches!(begun, Ok(Some(_))) {
                stop.store(true, Ordering::Relaxed);
            }
            let done = own.map(thread::ScopedJoinHandle::join);
            match (begun?, done) {
                (Some(_), Some(Ok(done))) => done,
                (Some(id), None) => self.watch(&id, quiet),
                (None, Some(Ok(done))) => done.map(|_| Outcome::Found),
                (None, None) => Ok(Outcome::Found),
                (_, Some(Err(panic))) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn watch(&self, id: &str, quiet: bool) -> Result<Outcome, CliError> {
        let mut last = usize::MAX;
        let mut tell = |_: &Record, progress: &Progress| {
            if last != progress.done.len() && !quiet {
                last = progress.done.len();
                show::note(&format!("{id}: {last} steps are done"));
            }
        };
        let word = match follow(self.store(), id, &mut tell)? {
            State::TakenBack => "has been taken back",
            _ => "is done",
        };
        show::note(&format!("{id} {word}"));
        Ok(Outcome::Clean)
    }
}

/// For whom is waited.
fn waits(step: StepId, node: &str, begun: Option<&str>, is_there: bool) -> String {
    match (begun, is_there) {
        (_, false) => format!(
            "waits for {node}: step {step}; nobody works there: run kubepki apply --store … on it"
        ),
        (Some(at), true) => {
            let time = at.get(11..19).unwrap_or(at);
            format!("waits for {node}: step {step}, begun at {time}")
        }
        (None, true) => format!("waits for {node}: step {step}"),
    }
}

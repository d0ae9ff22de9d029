//! The cluster's own etcd as the place through which nodes change together.
//!
//! Certificates are read anew whenever it is connected to, because etcd's own authority may be what
//! is being replaced; while it does not answer, because its member is started again, it is waited
//! for.

mod connection;

use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use change::together::{Seen, Store, StoreError, What, When};
use etcd_client::{
    Client, Compare, CompareOp, Error, GetOptions, PutOptions, SortOrder, SortTarget, Txn, TxnOp,
};

use crate::connection::Connection;

/// How long it stays that somebody was there, in seconds.
const LIFE: i64 = 15;

/// How often it is said that somebody is.
const SIGN: Duration = Duration::from_secs(5);

/// How long nothing is asked while others are waited for.
const PAUSE: Duration = Duration::from_millis(500);

/// Where etcd is, and with which certificates it is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The URLs of its members, or of some.
    pub urls: Vec<String>,
    /// The file tree of a node, from which certificates are taken.
    pub root: PathBuf,
}

/// An etcd.
pub struct Etcd {
    connection: Mutex<Connection>,
    lease: Arc<AtomicI64>,
    /// Dropped when nobody has to be told any more that somebody is there.
    stop: Option<mpsc::Sender<()>>,
    keeper: Option<JoinHandle<()>>,
}

impl Address {
    /// `etcd://HOST:PORT[,HOST:PORT…]`, reached by TLS with the certificates in a tree.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str, root: PathBuf) -> Result<Self, StoreError> {
        let wrong = || StoreError(format!("`{text}` is no store: write etcd://HOST:PORT[,…]"));
        let hosts = text.strip_prefix("etcd://").ok_or_else(wrong)?;
        let is_one = |host: &&str| host.contains(':') && !host.contains(['/', '@', ' ']);
        let hosts: Vec<&str> = hosts.trim_end_matches('/').split(',').collect();
        match hosts.iter().all(is_one) {
            true => Ok(Address {
                urls: hosts.iter().map(|host| format!("https://{host}")).collect(),
                root,
            }),
            false => Err(wrong()),
        }
    }
}

impl Etcd {
    /// Connects. Whoever is to know that it does not answer for a while is told by `tell`.
    ///
    /// # Errors
    /// When the tree has no certificates for it, or it does not answer.
    pub fn open(
        address: Address,
        tell: impl Fn(&str) + Send + 'static,
    ) -> Result<Self, StoreError> {
        let mut connection = Connection::new(address.clone(), Box::new(tell))?;
        let lease = connection.first(grant)?;
        let lease = Arc::new(AtomicI64::new(lease));
        let (stop, stopped) = mpsc::channel();
        let keeper = {
            let lease = lease.clone();
            let connection = Connection::new(address, Box::new(|_| ()))?;
            thread::spawn(move || keep(connection, &lease, &stopped))
        };
        Ok(Etcd {
            connection: Mutex::new(connection),
            lease,
            stop: Some(stop),
            keeper: Some(keeper),
        })
    }

    fn ask<T>(&self, question: impl AsyncFn(Client) -> Result<T, Error>) -> Result<T, StoreError> {
        let connection = self.connection.lock();
        connection
            .unwrap_or_else(PoisonError::into_inner)
            .ask(question)
    }
}

async fn get(mut client: Client, prefix: &str) -> Result<Seen, Error> {
    let options = GetOptions::new()
        .with_prefix()
        .with_sort(SortTarget::Key, SortOrder::Ascend);
    let mut answer = client.get(prefix, Some(options)).await?;
    let revision = answer.header().map_or(0, |header| header.revision());
    let values = answer.take_kvs().into_iter().map(|pair| {
        let key = String::from_utf8_lossy(pair.key()).into_owned();
        (key, pair.value().to_vec())
    });
    Ok(Seen {
        revision,
        values: values.collect(),
    })
}

async fn grant(mut client: Client) -> Result<i64, Error> {
    Ok(client.lease_grant(LIFE, None).await?.id())
}

/// Keeps a lease for a while longer; whether there still is one.
async fn is_kept(mut client: Client, id: i64) -> Result<bool, Error> {
    match client.lease_keep_alive(id).await {
        // The client asks once by itself, and says this of one that has run out.
        Err(Error::LeaseKeepAliveError(_)) => Ok(false),
        answer => answer.map(|_| true),
    }
}

/// Says that somebody is there, until nobody has to be told any more.
fn keep(mut connection: Connection, lease: &AtomicI64, stopped: &mpsc::Receiver<()>) {
    while stopped.recv_timeout(SIGN) == Err(RecvTimeoutError::Timeout) {
        let id = lease.load(Ordering::SeqCst);
        let alive = connection.once(async |client| is_kept(client, id).await);
        // Nobody was heard for too long: what was said for so long is gone, and is said anew.
        if alive == Some(false)
            && let Some(new) = connection.once(grant)
        {
            lease.store(new, Ordering::SeqCst);
        }
    }
    let id = lease.load(Ordering::SeqCst);
    // It ends by itself when nobody hears this.
    let _ = connection.once(async |mut client: Client| client.lease_revoke(id).await.map(drop));
}

impl Drop for Etcd {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(keeper) = self.keeper.take() {
            // A thread that panicked keeps nothing.
            let _ = keeper.join();
        }
    }
}

impl Store for Etcd {
    fn read(&self, prefix: &str) -> Result<Seen, StoreError> {
        self.ask(async |client| get(client, prefix).await)
    }

    fn glance(&self, prefix: &str) -> Option<Seen> {
        let connection = self.connection.lock();
        let mut connection = connection.unwrap_or_else(PoisonError::into_inner);
        connection.once(async |client| get(client, prefix).await)
    }

    fn write(&self, when: &[When], what: &[What]) -> Result<bool, StoreError> {
        self.ask(async |mut client: Client| {
            let lease = self.lease.load(Ordering::SeqCst);
            let when: Vec<Compare> = when.iter().map(compare).collect();
            let what: Vec<TxnOp> = what.iter().map(|what| operation(what, lease)).collect();
            let transaction = Txn::new().when(when).and_then(what);
            Ok(client.txn(transaction).await?.succeeded())
        })
    }

    fn members(&self) -> Result<Vec<String>, StoreError> {
        self.ask(async |mut client: Client| {
            let answer = client.member_list().await?;
            let names = answer.members().iter().map(|member| member.name());
            Ok(names
                .filter(|name| !name.is_empty())
                .map(str::to_owned)
                .collect())
        })
    }

    fn pause(&self) {
        thread::sleep(PAUSE);
    }
}

fn compare(when: &When) -> Compare {
    match when {
        When::Is(key, Some(value)) => Compare::value(&**key, CompareOp::Equal, &**value),
        When::Is(key, None) => Compare::create_revision(&**key, CompareOp::Equal, 0),
        When::IsThere(key) => Compare::create_revision(&**key, CompareOp::Greater, 0),
        When::NothingAfter(prefix, revision) => {
            Compare::mod_revision(&**prefix, CompareOp::Less, revision + 1).with_prefix()
        }
    }
}

fn operation(what: &What, lease: i64) -> TxnOp {
    match what {
        What::Put(key, value) => TxnOp::put(&**key, &**value, None),
        What::PutWhileAlive(key, value) => {
            let options = PutOptions::new().with_lease(lease);
            TxnOp::put(&**key, &**value, Some(options))
        }
        What::Remove(prefix) => {
            let options = etcd_client::DeleteOptions::new().with_prefix();
            TxnOp::delete(&**prefix, Some(options))
        }
    }
}

//! A connection that is made anew when it breaks, with what lies on the disk then.

use std::future::Future;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use change::together::StoreError;
use cluster::{Files, Node};
use etcd_client::{Certificate, Client, ConnectOptions, Error, Identity, TlsOptions};
use tokio::runtime::{Builder, Runtime};

use crate::Address;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the first answer is waited for.
const FIRST: Duration = Duration::from_secs(20);

/// How long nothing is tried after something went wrong.
const PAUSE: Duration = Duration::from_secs(1);

/// The clients of etcd that a kubeadm node has, the first that is there.
const CLIENTS: [&str; 2] = ["apiserver-etcd-client", "etcd/healthcheck-client"];

pub(crate) struct Connection {
    address: Address,
    runtime: Runtime,
    client: Option<Client>,
    tell: Box<dyn Fn(&str) + Send>,
}

/// What went wrong.
enum Wrong {
    /// It may go well another time.
    Now(String),
    /// It will not.
    Always(String),
}

impl Connection {
    pub(crate) fn new(
        address: Address,
        tell: Box<dyn Fn(&str) + Send>,
    ) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime =
            runtime.map_err(|error| StoreError(format!("cannot connect to etcd: {error}")))?;
        Ok(Connection {
            address,
            runtime,
            client: None,
            tell,
        })
    }

    /// Asks until there is an answer.
    pub(crate) fn ask<T>(
        &mut self,
        question: impl AsyncFn(Client) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        self.ask_until(question, None)
    }

    /// The same for the first time: when there is no answer soon, there is none.
    pub(crate) fn first<T>(
        &mut self,
        question: impl AsyncFn(Client) -> Result<T, Error>,
    ) -> Result<T, StoreError> {
        let end = Instant::now() + FIRST;
        self.ask_until(question, Some(end))
    }

    fn ask_until<T>(
        &mut self,
        question: impl AsyncFn(Client) -> Result<T, Error>,
        end: Option<Instant>,
    ) -> Result<T, StoreError> {
        let urls = self.address.urls.join(",");
        let mut is_told = false;
        loop {
            let why = match self.try_once(&question) {
                Ok(answer) => {
                    if is_told {
                        (self.tell)(&format!("etcd answers again ({urls})"));
                    }
                    return Ok(answer);
                }
                Err(Wrong::Always(why)) => return Err(StoreError(format!("etcd ({urls}): {why}"))),
                Err(Wrong::Now(why)) => why,
            };
            if end.is_some_and(|end| Instant::now() > end) {
                return Err(StoreError(format!("etcd does not answer ({urls}): {why}")));
            }
            if !is_told && end.is_none() {
                (self.tell)(&format!(
                    "etcd does not answer ({urls}), waiting for it: {why}"
                ));
                is_told = true;
            }
            thread::sleep(PAUSE);
        }
    }

    /// Asks, and is content when there is no answer.
    pub(crate) fn once<T>(
        &mut self,
        question: impl AsyncFn(Client) -> Result<T, Error>,
    ) -> Option<T> {
        self.try_once(&question).ok()
    }

    fn try_once<T>(
        &mut self,
        question: &impl AsyncFn(Client) -> Result<T, Error>,
    ) -> Result<T, Wrong> {
        let client = match &self.client {
            Some(client) => client.clone(),
            None => {
                let options = options(&self.address.root).map_err(Wrong::Now)?;
                let client = Client::connect(&self.address.urls, Some(options));
                let client = within(&self.runtime, client)?;
                self.client.insert(client).clone()
            }
        };
        let answer = within(&self.runtime, question(client));
        if answer.is_err() {
            self.client = None;
        }
        answer
    }
}

fn within<T>(runtime: &Runtime, work: impl Future<Output = Result<T, Error>>) -> Result<T, Wrong> {
    match runtime.block_on(async { tokio::time::timeout(PATIENCE, work).await }) {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => Err(Wrong::of(&error)),
        Err(_) => Err(Wrong::Now(
            "no member takes part in a connection, or answers in time".to_owned(),
        )),
    }
}

impl Wrong {
    fn of(error: &Error) -> Self {
        let why = match error {
            Error::GRpcStatus(status) => innermost(status),
            _ => error.to_string(),
        };
        match error {
            Error::InvalidArgs(_) | Error::InvalidUri(_) => Wrong::Always(why),
            // etcd's own words (api/v3rpc/rpctypes/error.go).
            Error::GRpcStatus(status) => match status.message() {
                message if message.contains("permission denied") => Wrong::Always(why),
                message if message.contains("request is too large") => Wrong::Always(why),
                message if message.contains("duplicate key") => Wrong::Always(why),
                _ => Wrong::Now(why),
            },
            _ => Wrong::Now(why),
        }
    }
}

/// What is behind an error.
fn innermost(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => innermost(source),
        None => error.to_string(),
    }
}

/// With the certificates that lie in a tree now.
fn options(root: &Path) -> Result<ConnectOptions, String> {
    let files = Files::on_disk(root, false).map_err(|error| error.to_string())?;
    let node = Node::read(files);
    let read = |name: &str| {
        let file = node.pki_file(name);
        file.bytes().map(<[u8]>::to_vec)
    };
    let authority = read("etcd/ca.crt").ok_or("the node has no etcd/ca.crt")?;
    let pair = CLIENTS.iter().find_map(|name| {
        let key = zeroize::Zeroizing::new(read(&format!("{name}.key"))?);
        Some((read(&format!("{name}.crt"))?, key))
    });
    let (certificate, key) = pair.ok_or("the node has no client of etcd with its key")?;
    let tls = TlsOptions::new()
        .ca_certificate(Certificate::from_pem(authority))
        .identity(Identity::from_pem(certificate, &*key));
    Ok(ConnectOptions::new()
        .with_tls(tls)
        .with_connect_timeout(PATIENCE)
        .with_timeout(PATIENCE))
}

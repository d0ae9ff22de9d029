//! A cluster's API, asked through a kubeconfig for the objects that carry trust.
//!
//! For an audit it only reads, and asks for no more than is looked at: of ConfigMaps those that tell
//! whom to trust, of Secrets those with certificates. What the user may not see is told and left out.
//! A plan's steps ask for single objects ([`Api`]) and put them back changed.

mod answer;
mod object;
mod questions;

use std::path::{Path, PathBuf};
use std::time::Duration;

use cluster::Objects;
use cluster::objects::DumpError;
use kube::Client;
use kube::config::{Config, KubeConfigOptions, Kubeconfig, KubeconfigError};
use thiserror::Error;

use crate::answer::Answer;
pub use crate::object::{Api, Put};
use crate::questions::{QUESTIONS, Question};

/// How long to wait for a connection, and for the next part of an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// How many pages of one list are asked for.
const PAGES: usize = 2_000;

/// What the API holds, as far as it told.
#[derive(Debug)]
pub struct Seen {
    /// The objects.
    pub objects: Objects,
    /// What the user may not see, in a sentence each without a full stop.
    pub withheld: Vec<String>,
}

/// Why nothing can be said of a cluster.
#[derive(Debug, Error)]
pub enum ApiError {
    /// The kubeconfig is of no use.
    #[error("cannot use the kubeconfig `{}`: {source}", path.display())]
    Kubeconfig {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: Box<KubeconfigError>,
    },
    /// There is no answer.
    #[error("cannot reach {server}: {reason}")]
    Unreachable {
        /// The URL.
        server: String,
        /// Why not, from the outside in.
        reason: String,
    },
    /// The API does not know who asks, or does not answer as an API does.
    #[error("{address} answers {status}: {message}")]
    Refused {
        /// What was asked for.
        address: String,
        /// The HTTP status.
        status: u16,
        /// What it says.
        message: String,
    },
    /// More than is taken.
    #[error("the answer of {0} does not end")]
    TooLong(String),
    /// The user may see nothing of what is asked for.
    #[error("the API lets this user see nothing of it: {0}")]
    Nothing(String),
    /// An answer that is no object.
    #[error("cannot read what the API answers: {0}")]
    Answer(#[from] DumpError),
    /// The system gives no means to connect.
    #[error("cannot connect: {0}")]
    System(#[from] std::io::Error),
}

/// Asks for everything that an audit looks at, as the kubeconfig's current context or another of
/// its contexts.
///
/// # Errors
/// When the kubeconfig cannot be used, the API cannot be reached or does not know who asks, or
/// answers with something else.
pub fn objects(kubeconfig: &Path, context: Option<&str>) -> Result<Seen, ApiError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let (client, server) = connect(kubeconfig, context).await?;
        let mut asking = Asking {
            client,
            server,
            seen: Seen {
                objects: Objects::default(),
                withheld: Vec::new(),
            },
        };
        asking.everything().await?;
        Ok(asking.seen)
    })
}

/// A client, and the URL that it asks.
async fn connect(kubeconfig: &Path, context: Option<&str>) -> Result<(Client, String), ApiError> {
    let config = config(kubeconfig, context).await?;
    let server = config.cluster_url.to_string();
    let server = server.trim_end_matches('/').to_owned();
    let client = Client::try_from(config).map_err(|error| ApiError::Unreachable {
        server: server.clone(),
        reason: answer::reasons(&error),
    })?;
    Ok((client, server))
}

async fn config(path: &Path, context: Option<&str>) -> Result<Config, ApiError> {
    let unusable = |source| ApiError::Kubeconfig {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let options = KubeConfigOptions {
        context: context.map(str::to_owned),
        ..KubeConfigOptions::default()
    };
    let kubeconfig = Kubeconfig::read_from(path).map_err(unusable)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    let mut config = config.map_err(unusable)?;
    config.connect_timeout = Some(PATIENCE);
    config.read_timeout = Some(PATIENCE);
    Ok(config)
}

struct Asking {
    client: Client,
    server: String,
    seen: Seen,
}

impl Asking {
    async fn everything(&mut self) -> Result<(), ApiError> {
        for question in QUESTIONS {
            self.question(question).await?;
        }
        match (self.seen.objects.is_empty(), self.seen.withheld.first()) {
            (true, Some(first)) => Err(ApiError::Nothing(first.clone())),
            _ => Ok(()),
        }
    }

    /// One list or object, under the first of its versions that the API has.
    async fn question(&mut self, question: &Question) -> Result<(), ApiError> {
        for prefix in question.prefixes {
            if self.pages(question, prefix).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Every page of a list; whether the API has such a thing at all.
    async fn pages(&mut self, question: &Question, prefix: &str) -> Result<bool, ApiError> {
        let mut more = None;
        for _ in 0..PAGES {
            let path = question.path(prefix, more.as_deref());
            match answer::of(&self.client, &self.server, &path).await? {
                Answer::Text(text) => {
                    let address = |namespace: Option<&str>, name: &str| {
                        question.address(&self.server, prefix, namespace, name)
                    };
                    self.seen.objects.add_answer(&text, &address)?;
                    let rest = answer::rest(&text);
                    if rest.is_some() && rest == more {
                        // It goes round in circles.
                        break;
                    }
                    more = rest;
                }
                Answer::Absent => return Ok(false),
                Answer::Forbidden(message) => {
                    let what = question.what();
                    self.seen.withheld.push(format!("{what}: {message}"));
                    return Ok(true);
                }
            }
            if more.is_none() {
                return Ok(true);
            }
        }
        Err(ApiError::TooLong(format!("{}{prefix}", self.server)))
    }
}

//! Single objects, and lists of some: read, and put back changed.

use std::path::Path;

use cluster::objects::DumpError;
use kube::Client;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::answer::{self, Answer};
use crate::{ApiError, PAGES, connect};

/// A cluster's API, as the user of a kubeconfig. What the kubeconfig holds is read once: whoever
/// replaces authorities opens it anew for every step.
pub struct Api {
    runtime: Runtime,
    client: Client,
    server: String,
}

/// What became of an object that was put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// It is there.
    Done,
    /// Somebody else changed it since it was read.
    Conflict,
}

impl Api {
    /// Opens it; nothing is asked yet.
    ///
    /// # Errors
    /// When the kubeconfig cannot be used.
    pub fn open(kubeconfig: &Path, context: Option<&str>) -> Result<Self, ApiError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (client, server) = runtime.block_on(connect(kubeconfig, context))?;
        Ok(Api {
            runtime,
            client,
            server,
        })
    }

    /// The object at a path; nothing when there is none.
    ///
    /// # Errors
    /// When the API cannot be reached, or does not show it.
    pub fn get(&self, path: &str) -> Result<Option<Value>, ApiError> {
        let answer = answer::of(&self.client, &self.server, path);
        match self.runtime.block_on(answer)? {
            Answer::Text(text) => {
                let read = serde_json::from_str(&text);
                read.map(Some)
                    .map_err(|error| self.odd(path, error.to_string()))
            }
            Answer::Absent => Ok(None),
            Answer::Forbidden(message) => Err(ApiError::Refused {
                address: format!("{}{path}", self.server),
                status: 403,
                message,
            }),
        }
    }

    /// Every item of a list. `path` may have a query.
    ///
    /// # Errors
    /// When the API cannot be reached, or does not show it.
    pub fn list(&self, path: &str) -> Result<Vec<Value>, ApiError> {
        let mut items = Vec::new();
        let mut more = String::new();
        for _ in 0..PAGES {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = format!("{path}{joint}limit=500{more}");
            let Some(mut list) = self.get(&page)? else {
                return Ok(items);
            };
            if let Value::Array(own) = list["items"].take() {
                items.extend(own);
            }
            match list["metadata"]["continue"].as_str() {
                Some(rest) if !rest.is_empty() => {
                    more = format!("&continue={}", crate::questions::escaped(rest));
                }
                _ => return Ok(items),
            }
        }
        Err(ApiError::TooLong(format!("{}{path}", self.server)))
    }

    /// Puts an object in the place of the one at a path.
    ///
    /// # Errors
    /// When the API cannot be reached, or does not take it.
    pub fn put(&self, path: &str, object: &Value) -> Result<Put, ApiError> {
        let text = object.to_string().into_bytes();
        let put = answer::put(&self.client, &self.server, path, text);
        Ok(match self.runtime.block_on(put)? {
            true => Put::Done,
            false => Put::Conflict,
        })
    }

    fn odd(&self, path: &str, reason: String) -> ApiError {
        ApiError::Answer(DumpError::Malformed {
            place: x509::Place::file(format!("{}{path}", self.server)),
            reason,
        })
    }
}

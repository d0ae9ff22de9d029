//! What a plan changes in the API, and what it waits for there: certificates of authorities alone,
//! which everybody may read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An object of the API.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Object {
    /// Such as `ConfigMap`.
    pub kind: String,
    /// Nothing for what belongs to the cluster.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// A bundle in an object that is exchanged for another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Which object.
    pub object: Object,
    /// Where in it: a JSON pointer (RFC 6901) to a string that is the bundle, its base64, or a
    /// kubeconfig with that in it.
    pub field: String,
    /// What lies there, in PEM.
    pub before: String,
    /// What shall lie there, in PEM.
    pub after: String,
}

/// What the cluster itself publishes, and is waited for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The ConfigMap's name.
    pub config_map: String,
    /// In which namespace; in every one that is not about to go when nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// The key in its data.
    pub key: String,
    /// The certificates that have to be in it, each in PEM.
    pub holds: Vec<String>,
    /// The certificates that must not be in it any more, each in PEM.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// For how many seconds it is waited for.
    pub seconds: u32,
}

impl Published {
    /// The way back.
    #[must_use]
    pub fn back(&self) -> Self {
        Published {
            before: self.after.clone(),
            after: self.before.clone(),
            ..self.clone()
        }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} of ConfigMap {namespace}/", self.key)?,
            None => write!(f, "ConfigMap ")?,
        }
        match &self.namespace {
            Some(_) => f.write_str(&self.config_map),
            None => write!(f, "{} of every namespace", self.config_map),
        }
    }
}

//! What a service account token says, in the order in which kube-apiserver writes it: sorted by name.

use serde::{Deserialize, Deserializer, Serialize};
use thiserror::Error;
use time::{Duration, UtcDateTime};
use zeroize::Zeroizing;

use crate::dns;
use crate::token::{NoRandom, random};

/// The issuer of the tokens that lie in Secrets and last for ever.
pub const LEGACY_ISSUER: &str = "kubernetes/serviceaccount";

/// What a token says. Times are seconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Whom it is for.
    #[serde(
        rename = "aud",
        deserialize_with = "one_or_many",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub audiences: Vec<String>,
    /// When it ends.
    #[serde(
        rename = "exp",
        deserialize_with = "seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub expires: Option<i64>,
    /// When it was signed.
    #[serde(
        rename = "iat",
        deserialize_with = "seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub issued_at: Option<i64>,
    /// Who vouches for it.
    #[serde(rename = "iss")]
    pub issuer: String,
    /// Its own name.
    #[serde(rename = "jti", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Which account it is of, and what it is bound to.
    #[serde(rename = "kubernetes.io", skip_serializing_if = "Option::is_none")]
    pub kubernetes: Option<Kubernetes>,
    /// Of a token in a Secret: the namespace.
    #[serde(
        rename = "kubernetes.io/serviceaccount/namespace",
        skip_serializing_if = "Option::is_none"
    )]
    pub legacy_namespace: Option<String>,
    /// Of a token in a Secret: the Secret's name.
    #[serde(
        rename = "kubernetes.io/serviceaccount/secret.name",
        skip_serializing_if = "Option::is_none"
    )]
    pub legacy_secret: Option<String>,
    /// Of a token in a Secret: the account's name.
    #[serde(
        rename = "kubernetes.io/serviceaccount/service-account.name",
        skip_serializing_if = "Option::is_none"
    )]
    pub legacy_name: Option<String>,
    /// Of a token in a Secret: the account's UID.
    #[serde(
        rename = "kubernetes.io/serviceaccount/service-account.uid",
        skip_serializing_if = "Option::is_none"
    )]
    pub legacy_uid: Option<String>,
    /// When it begins.
    #[serde(
        rename = "nbf",
        deserialize_with = "seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub not_before: Option<i64>,
    /// The user: `system:serviceaccount:NAMESPACE:NAME`.
    #[serde(rename = "sub", skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
}

/// Which account a token is of, and what it is bound to: when that is deleted, it is refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Kubernetes {
    /// The namespace of the account, and of pod and Secret.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub namespace: String,
    /// The node that the pod runs on, or that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<Object>,
    /// The pod that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<Object>,
    /// The Secret that it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<Object>,
    /// The account.
    #[serde(rename = "serviceaccount")]
    pub account: Object,
    /// From when on its use is counted, because the pod should have a newer one.
    #[serde(
        rename = "warnafter",
        deserialize_with = "seconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub warn_after: Option<i64>,
}

/// An object by name and UID.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Object {
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Its UID; kube-apiserver compares it with the object's.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub uid: String,
}

/// A service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    namespace: String,
    object: Object,
}

/// Why there can be no such account.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotAnAccount {
    /// No namespace has this name.
    #[error("`{0}` is no name of a namespace: a-z, 0-9 and - inside, at most 63 characters")]
    Namespace(String),
    /// No account has this name.
    #[error("`{0}` is no name of a service account: a-z, 0-9, and - or . inside")]
    Name(String),
}

/// What a token is bound to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum BoundTo {
    /// The account alone.
    #[default]
    Account,
    /// A pod, and the node that it runs on when that is known.
    Pod {
        /// The pod.
        pod: Object,
        /// Its node.
        node: Option<Object>,
    },
    /// A Secret.
    Secret(Object),
    /// A node.
    Node(Object),
}

/// What a token is to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Whose it is.
    pub account: Account,
    /// What it is bound to.
    pub bound_to: BoundTo,
    /// Who vouches for it.
    pub issuer: String,
    /// Whom it is for.
    pub audiences: Vec<String>,
    /// From when on.
    pub from: UtcDateTime,
    /// How long.
    pub lifetime: Duration,
}

impl Account {
    /// An account; the UID may be empty when nobody will look at it.
    ///
    /// # Errors
    /// When no account can be called so.
    pub fn new(namespace: &str, name: &str, uid: &str) -> Result<Self, NotAnAccount> {
        if !dns::is_label(namespace) {
            return Err(NotAnAccount::Namespace(namespace.to_owned()));
        }
        if !dns::is_subdomain(name) {
            return Err(NotAnAccount::Name(name.to_owned()));
        }
        Ok(Account {
            namespace: namespace.to_owned(),
            object: Object {
                name: name.to_owned(),
                uid: uid.to_owned(),
            },
        })
    }

    /// The user that its tokens stand for.
    pub fn user_name(&self) -> String {
        user_name(&self.namespace, &self.object.name)
    }
}

impl Claims {
    /// What kube-apiserver says in a token that ends (`pkg/serviceaccount/claims.go`).
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn of(grant: &Grant) -> Result<Self, NoRandom> {
        let from = grant.from.unix_timestamp();
        let (pod, node, secret) = match &grant.bound_to {
            BoundTo::Account => (None, None, None),
            BoundTo::Pod { pod, node } => (Some(pod), node.as_ref(), None),
            BoundTo::Secret(secret) => (None, None, Some(secret)),
            BoundTo::Node(node) => (None, Some(node), None),
        };
        Ok(Claims {
            audiences: grant.audiences.clone(),
            expires: Some(from.saturating_add(grant.lifetime.whole_seconds())),
            issued_at: Some(from),
            issuer: grant.issuer.clone(),
            id: Some(uuid()?),
            kubernetes: Some(Kubernetes {
                namespace: grant.account.namespace.clone(),
                node: node.cloned(),
                pod: pod.cloned(),
                secret: secret.cloned(),
                account: grant.account.object.clone(),
                warn_after: None,
            }),
            not_before: Some(from),
            subject: Some(grant.account.user_name()),
            ..Claims::default()
        })
    }

    /// What kube-controller-manager says in a token for a Secret (`pkg/serviceaccount/legacy.go`).
    pub fn legacy(account: &Account, secret: &str) -> Self {
        Claims {
            issuer: LEGACY_ISSUER.to_owned(),
            legacy_namespace: Some(account.namespace.clone()),
            legacy_secret: Some(secret.to_owned()),
            legacy_name: Some(account.object.name.clone()),
            legacy_uid: Some(account.object.uid.clone()),
            subject: Some(account.user_name()),
            ..Claims::default()
        }
    }

    /// Whether it is of a token that lies in a Secret; what it says stands in other claims then.
    pub fn is_legacy(&self) -> bool {
        self.issuer == LEGACY_ISSUER
    }

    /// The namespace and name of the account; nothing when the token does not say.
    pub fn account(&self) -> Option<(&str, &str)> {
        let (namespace, name) = match (self.is_legacy(), &self.kubernetes) {
            (true, _) => (
                self.legacy_namespace.as_deref()?,
                self.legacy_name.as_deref()?,
            ),
            (false, kubernetes) => {
                let kubernetes = kubernetes.as_ref()?;
                (&*kubernetes.namespace, &*kubernetes.account.name)
            }
        };
        (!namespace.is_empty() && !name.is_empty()).then_some((namespace, name))
    }

    /// The user that kube-apiserver takes the bearer for.
    pub fn user_name(&self) -> Option<String> {
        self.account()
            .map(|(namespace, name)| user_name(namespace, name))
    }

    /// The groups that this user is in, apart from `system:authenticated`.
    pub fn groups(&self) -> Vec<String> {
        let of = |(namespace, _)| {
            vec![
                "system:serviceaccounts".to_owned(),
                format!("system:serviceaccounts:{namespace}"),
            ]
        };
        self.account().map(of).unwrap_or_default()
    }

    /// The UID of this user: the account's.
    pub fn user_uid(&self) -> Option<&str> {
        let uid = match self.is_legacy() {
            true => self.legacy_uid.as_ref(),
            false => self.kubernetes.as_ref().map(|said| &said.account.uid),
        };
        uid.map(String::as_str).filter(|uid| !uid.is_empty())
    }

    /// What kube-apiserver says of this user besides, by name; nothing when the token lies in a
    /// Secret (`apiserver/pkg/authentication/serviceaccount/util.go`, `UserInfo`).
    pub fn extra(&self) -> Vec<(&'static str, String)> {
        let Some(kubernetes) = self.kubernetes.as_ref().filter(|_| !self.is_legacy()) else {
            return Vec::new();
        };
        let id = self.id.as_ref().filter(|id| !id.is_empty());
        let mut extra = Vec::new();
        extra.extend(id.map(|id| {
            (
                "authentication.kubernetes.io/credential-id",
                format!("JTI={id}"),
            )
        }));
        let is_set = |object: &&Object| !object.name.is_empty();
        if let Some(node) = kubernetes.node.as_ref().filter(is_set) {
            extra.push(("authentication.kubernetes.io/node-name", node.name.clone()));
            if !node.uid.is_empty() {
                extra.push(("authentication.kubernetes.io/node-uid", node.uid.clone()));
            }
        }
        let pod = kubernetes.pod.as_ref().filter(is_set);
        if let Some(pod) = pod.filter(|pod| !pod.uid.is_empty()) {
            extra.push(("authentication.kubernetes.io/pod-name", pod.name.clone()));
            extra.push(("authentication.kubernetes.io/pod-uid", pod.uid.clone()));
        }
        extra
    }

    /// As Go's `encoding/json` writes it.
    pub(super) fn to_json(&self) -> String {
        // Texts, numbers and lists of them are always written.
        crate::json::as_go(&serde_json::to_value(self).unwrap_or_default())
    }
}

fn user_name(namespace: &str, name: &str) -> String {
    format!("system:serviceaccount:{namespace}:{name}")
}

/// A random UUID (RFC 9562 section 5.4).
fn uuid() -> Result<String, NoRandom> {
    let mut bytes = Zeroizing::new([0; 16]);
    random(&mut *bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = |range: &[u8]| -> String { range.iter().map(|byte| format!("{byte:02x}")).collect() };
    let parts = [
        &bytes[..4],
        &bytes[4..6],
        &bytes[6..8],
        &bytes[8..10],
        &bytes[10..],
    ];
    Ok(parts.map(hex).join("-"))
}

/// A text, or a list of them (RFC 7519 section 4.1.3).
fn one_or_many<'de, D: Deserializer<'de>>(input: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Audience {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Audience::deserialize(input)? {
        Audience::One(one) => vec![one],
        Audience::Many(many) => many,
    })
}

/// A number of seconds, of which fractions are cut off (go-jose, `NumericDate`).
fn seconds<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
    let number = Option::<serde_json::Number>::deserialize(input)?;
    // A number that is too large becomes the largest there is.
    Ok(number.and_then(|number| number.as_i64().or_else(|| Some(number.as_f64()? as i64))))
}

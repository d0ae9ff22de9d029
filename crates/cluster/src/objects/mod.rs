//! API objects that carry trust, ask for certificates, or hold them: what a cluster keeps beside its
//! nodes' files.
//!
//! They come from dumps (`kubectl get … -o yaml`), where everything has a line, or from an API's
//! answers, where every object has an address of its own instead.

mod read;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use thiserror::Error;
use time::UtcDateTime;
use x509::Place;

use crate::material::{Material, Pair};
use crate::setting::Setting;

/// How many values one dump may have: one of a large cluster has many more than a person's file.
pub const VALUE_LIMIT: usize = 2_000_000;

/// How many objects are looked at in all.
pub const OBJECT_LIMIT: usize = 200_000;

/// What was found in dumps or answers.
#[derive(Default)]
pub struct Objects {
    /// What somebody verifies somebody with, apart from what kube-apiserver calls.
    pub bundles: Vec<Bundle>,
    /// Whom kube-apiserver calls.
    pub callbacks: Vec<Callback>,
    /// Secrets of type `kubernetes.io/tls`.
    pub secrets: Vec<TlsSecret>,
    /// Where a kubeconfig in a ConfigMap sends its readers.
    pub endpoints: Vec<Endpoint>,
    /// CertificateSigningRequests.
    pub requests: Vec<SigningRequest>,
    /// The Secret `kubeadm-certs`.
    pub shared_keys: Option<SharedKeys>,
    /// The common names by which extension API servers know the front proxy, as a JSON list:
    /// `requestheader-allowed-names`.
    pub allowed_names: Option<Setting>,
    /// The namespaces that are not about to go, when they were dumped too, and where each stands.
    pub namespaces: Vec<(Arc<Named>, Place)>,
    seen: usize,
    texts: BTreeMap<Arc<str>, Arc<str>>,
    places: BTreeMap<Arc<str>, Vec<(Start, Arc<Named>)>>,
}

/// Line and column.
type Start = (u32, u32);

/// An object, by what it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Named {
    /// Such as `ConfigMap`.
    pub kind: Arc<str>,
    /// `None` for what belongs to the cluster.
    pub namespace: Option<Arc<str>>,
    /// Its name.
    pub name: Arc<str>,
}

/// CA certificates in an object.
#[derive(Debug)]
pub struct Bundle {
    /// Which object.
    pub object: Arc<Named>,
    /// Who verifies whom with it.
    pub purpose: Purpose,
    /// The field and what is in it.
    pub material: Material,
}

/// Who verifies whom with a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Pods of a namespace kube-apiserver: ConfigMap `kube-root-ca.crt`.
    Pods,
    /// Whoever uses a token of a Secret kube-apiserver: `ca.crt` of a Secret of type
    /// `kubernetes.io/service-account-token`.
    TokenSecret,
    /// Nodes that join kube-apiserver: ConfigMap `cluster-info`.
    Joining,
    /// kube-proxy kube-apiserver: the kubeconfig in its ConfigMap.
    Proxy,
    /// Whoever mounts the ClusterTrustBundle of signer `kubernetes.io/kube-apiserver-serving`
    /// kube-apiserver.
    ServingSigner,
    /// Extension API servers the clients of kube-apiserver: `client-ca-file` of ConfigMap
    /// `extension-apiserver-authentication`.
    Clients,
    /// Extension API servers the front proxy: `requestheader-client-ca-file` there.
    FrontProxy,
    /// Whoever mounts a ClusterTrustBundle whomever it is for.
    Others,
}

/// Somebody whom kube-apiserver calls: a webhook or an API server behind it.
#[derive(Debug)]
pub struct Callback {
    /// The object that says so.
    pub object: Arc<Named>,
    /// What is called.
    pub kind: CallbackKind,
    /// Where it is.
    pub target: Target,
    /// Where that is said.
    pub place: Place,
    /// What it is verified with; `None` when nothing is written, which means the system's
    /// authorities (`staging/src/k8s.io/apiserver/pkg/util/webhook/client.go`).
    pub bundle: Option<Material>,
    /// That it is not verified: `insecureSkipTLSVerify: true`.
    pub insecure: Option<Setting>,
    /// Whether kube-apiserver goes on when it cannot be called (`failurePolicy: Ignore`).
    pub is_optional: bool,
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackKind {
    /// An admission webhook, by its name.
    Webhook(Arc<str>),
    /// The conversion of a custom resource.
    Conversion,
    /// An API behind the aggregation layer.
    Api,
}

/// Where somebody is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A Service.
    Service {
        /// Its namespace.
        namespace: Arc<str>,
        /// Its name.
        name: Arc<str>,
    },
    /// A URL.
    Url(String),
}

/// A Secret with a certificate and its key.
#[derive(Debug)]
pub struct TlsSecret {
    /// Which.
    pub object: Arc<Named>,
    /// What is in it.
    pub pair: Pair,
}

/// Where a kubeconfig in a ConfigMap sends its readers.
#[derive(Debug)]
pub struct Endpoint {
    /// Which ConfigMap.
    pub object: Arc<Named>,
    /// The URL.
    pub server: Setting,
    /// That it is not verified: `insecure-skip-tls-verify: true`.
    pub insecure: Option<Setting>,
}

/// A CertificateSigningRequest.
#[derive(Debug)]
pub struct SigningRequest {
    /// Which.
    pub object: Arc<Named>,
    /// Who is to sign.
    pub signer: Arc<str>,
    /// Who asked.
    pub user: Arc<str>,
    /// When.
    pub created: Option<UtcDateTime>,
    /// What became of it.
    pub state: RequestState,
    /// Where that is said.
    pub place: Place,
    /// What was signed.
    pub certificate: Option<Material>,
}

/// Something in an object that holds certificates, or is to hold one.
pub struct Kept<'a> {
    /// Which object.
    pub object: &'a Named,
    /// What it is for.
    pub purpose: String,
    /// Where the certificates are; nothing in a request that was not signed.
    pub material: Option<&'a Material>,
    /// Where it stands.
    pub place: Place,
}

/// What became of a request (`pkg/apis/certificates/types.go`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestState {
    /// Nobody decided yet.
    Pending,
    /// Approved, and not signed.
    Approved,
    /// Signed.
    Issued,
    /// Refused.
    Denied,
    /// The signer could not; its words.
    Failed(String),
}

/// The Secret by which control-plane nodes get the keys of the authorities when they join.
#[derive(Debug)]
pub struct SharedKeys {
    /// Which.
    pub object: Arc<Named>,
    /// Since when it is there.
    pub created: Option<UtcDateTime>,
    /// Whether it goes with the token that it belongs to.
    pub has_owner: bool,
    /// Where it stands.
    pub place: Place,
}

/// Why a dump cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum DumpError {
    /// It is neither YAML nor JSON.
    #[error("{place}: {reason}")]
    Malformed {
        /// Where.
        place: Place,
        /// What is wrong.
        reason: String,
    },
    /// It holds something else.
    #[error("{0}: there is no API object in it")]
    NoObject(Arc<str>),
    /// There are too many.
    #[error("{0}: more than {OBJECT_LIMIT} objects in all")]
    TooMany(Arc<str>),
}

impl Objects {
    /// Adds what is in a dump: one object, a List of them, or a stream of either. What has nothing
    /// to do with trust is passed over.
    ///
    /// # Errors
    /// When it is neither YAML nor JSON, holds no object, or there are too many.
    pub fn add_dump(&mut self, path: &str, bytes: &[u8]) -> Result<(), DumpError> {
        read::dump(self, &path.into(), bytes)
    }

    /// Adds what an API answered: one object, or a list of them. `address` says where an object of a
    /// namespace and a name is asked for.
    ///
    /// # Errors
    /// When it is no JSON, or there are too many.
    pub fn add_answer(
        &mut self,
        text: &str,
        address: &dyn Fn(Option<&str>, &str) -> String,
    ) -> Result<(), DumpError> {
        read::answer(self, text, address)
    }

    /// Whether nothing was given.
    pub fn is_empty(&self) -> bool {
        self.seen == 0
    }

    /// The object that something stands in.
    pub fn at(&self, place: &Place) -> Option<&Arc<Named>> {
        let start = (place.line.unwrap_or(0), place.column.unwrap_or(u32::MAX));
        let objects = self.places.get(&place.path)?;
        let before = objects.partition_point(|(other, _)| *other <= start);
        Some(&objects.get(before.checked_sub(1)?)?.1)
    }

    /// The text of a dump, without the lines of Secrets; nothing of what an API answered.
    pub fn text(&self, path: &str) -> Option<&Arc<str>> {
        self.texts.get(path)
    }

    /// Everything that holds certificates.
    pub fn materials(&self) -> impl Iterator<Item = &Material> {
        let bundles = self.bundles.iter().map(|bundle| &bundle.material);
        let callbacks = self.callbacks.iter();
        let secrets = self.secrets.iter();
        bundles
            .chain(callbacks.filter_map(|callback| callback.bundle.as_ref()))
            .chain(secrets.filter_map(|secret| secret.pair.certificate.as_ref()))
    }
}

impl Objects {
    /// Everything that holds certificates, or is to hold one, object by object.
    pub fn kept(&self) -> Vec<Kept<'_>> {
        let bundles = self.bundles.iter();
        let bundles =
            bundles.map(|one| Kept::of(&one.object, one.purpose.to_string(), &one.material));
        let callbacks = self.callbacks.iter().filter_map(|one| {
            let purpose = format!("kube-apiserver verifies {one} with it");
            Some(Kept::of(&one.object, purpose, one.bundle.as_ref()?))
        });
        let secrets = self.secrets.iter().filter_map(|one| {
            let purpose = "a pair of whoever mounts it".to_owned();
            Some(Kept::of(
                &one.object,
                purpose,
                one.pair.certificate.as_ref()?,
            ))
        });
        let held = bundles.chain(callbacks).chain(secrets);
        let requests = self.requests.iter().map(|one| Kept {
            object: &one.object,
            purpose: format!("{} by {}", one.state, one.signer),
            material: one.certificate.as_ref(),
            place: one.place.clone(),
        });
        let mut kept: Vec<Kept<'_>> = held.chain(requests).collect();
        kept.sort_by(|one, other| (one.object, &one.place).cmp(&(other.object, &other.place)));
        kept
    }
}

impl<'a> Kept<'a> {
    fn of(object: &'a Named, purpose: String, material: &'a Material) -> Self {
        Kept {
            object,
            purpose,
            material: Some(material),
            place: material.place(),
        }
    }
}

impl fmt::Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Purpose::Pods => "pods verify kube-apiserver with it",
            Purpose::TokenSecret => "who uses the token verifies kube-apiserver with it",
            Purpose::Joining => "nodes that join verify kube-apiserver with it",
            Purpose::Proxy => "kube-proxy verifies kube-apiserver with it",
            Purpose::ServingSigner => "who mounts it verifies kube-apiserver with it",
            Purpose::Clients => "extension API servers verify clients with it",
            Purpose::FrontProxy => "extension API servers verify the front proxy with it",
            Purpose::Others => "who mounts it verifies somebody with it",
        })
    }
}

impl fmt::Display for RequestState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            RequestState::Pending => "to be signed, when somebody approves,",
            RequestState::Approved => "approved, to be signed",
            RequestState::Issued => "signed",
            RequestState::Denied => "refused, was to be signed",
            RequestState::Failed(_) => "could not be signed",
        })
    }
}

impl Purpose {
    /// Whether kube-apiserver is verified with it.
    pub fn is_for_apiserver(&self) -> bool {
        match self {
            Purpose::Pods
            | Purpose::TokenSecret
            | Purpose::Joining
            | Purpose::Proxy
            | Purpose::ServingSigner => true,
            Purpose::Clients | Purpose::FrontProxy | Purpose::Others => false,
        }
    }
}

impl Endpoint {
    /// The name or address that its readers dial.
    pub fn host(&self) -> Option<String> {
        Some(crate::url::Url::parse(&self.server.value)?.host)
    }
}

impl Callback {
    /// The name that its certificate is checked for.
    pub fn checked_name(&self) -> Option<String> {
        match &self.target {
            Target::Service { namespace, name } => Some(format!("{name}.{namespace}.svc")),
            Target::Url(url) => Some(crate::url::Url::parse(url)?.host),
        }
    }
}

impl fmt::Display for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            CallbackKind::Webhook(name) => write!(f, "webhook {name} of {}", self.object),
            CallbackKind::Conversion => write!(f, "the conversion of {}", self.object),
            CallbackKind::Api => write!(f, "{}", self.object),
        }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects({})", self.seen)
    }
}

//! Authorities in objects of the API: which objects hold an old one, what they shall hold instead,
//! and whether they do. Pure: whoever talks to the API gives objects and takes them.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cluster::objects::{Bundle, Callback, Named, Purpose};
use cluster::{Material, Objects};
use serde_json::Value;
use thiserror::Error;
use verify::{Certificate, load};

use crate::given::to_pem;
use crate::plan::{Expected, Object, Published};

/// For how long the cluster is waited for, in seconds: kube-controller-manager publishes once it
/// leads, kube-apiserver within a minute
/// (`pkg/controlplane/controller/clusterauthenticationtrust`).
const PATIENCE: u32 = 300;

/// Why objects are not as they shall be.
#[derive(Debug, Error)]
pub enum PublishError {
    /// There is no such object any more.
    #[error("{0} is not there any more")]
    Missing(Object),
    /// Somebody else changed it.
    #[error(
        "{object}, `{field}`, holds neither what it did when the plan was made nor what it shall: somebody else has changed it"
    )]
    Moved {
        /// Which object.
        object: Object,
        /// Where in it.
        field: String,
    },
    /// No path of an API is known for it.
    #[error("nothing is known of objects of kind {}", .0.kind)]
    Kind(Object),
    /// The cluster has not published it.
    #[error("after {seconds} seconds it is not so yet: {what}")]
    NotYet {
        /// What is not.
        what: String,
        /// How long it was waited for.
        seconds: u32,
    },
    /// The API does not do what is asked.
    #[error("{0}")]
    Api(String),
}

impl PublishError {
    /// What can be done about it.
    pub fn hint(&self) -> &'static str {
        match self {
            PublishError::Missing(_) | PublishError::Moved { .. } => {
                "find out who did; set it right by hand, and go on with --done for this step, or take the change back"
            }
            PublishError::Kind(_) => "do it by hand, and go on with --done for this step",
            PublishError::NotYet { .. } => {
                "see what kube-controller-manager and kube-apiserver log; kubepki apply waits once more"
            }
            PublishError::Api(_) => {
                "see whether the kubeconfig leads to the API, and its user may do that; kubepki apply tries once more"
            }
        }
    }
}

/// What `replace` makes of the bundles that people or programs put into the API, where it makes
/// something of them; those that the cluster keeps itself are among them when `all` is so. A bundle
/// stands in the plan as it is: an object with a private key in one is given as the error.
pub(crate) fn published(
    objects: &Objects,
    all: bool,
    replace: impl Fn(&[Arc<Certificate>]) -> Option<Vec<Arc<Certificate>>>,
) -> Result<Vec<Published>, Object> {
    let bundles = objects.bundles.iter().filter_map(|bundle| {
        let field = field(bundle, all)?;
        exchange(&bundle.object, field.to_owned(), &bundle.material, &replace)
    });
    let callbacks = objects.callbacks.iter().filter_map(|callback| {
        let material = callback.bundle.as_ref()?;
        exchange(&callback.object, pointer(callback)?, material, &replace)
    });
    let is_public = |one: Published| match one.before.contains("PRIVATE KEY") {
        true => Err(one.object),
        false => Ok(one),
    };
    bundles.chain(callbacks).map(is_public).collect()
}

/// Where a bundle stands that somebody has to write. Authorities of clients stay in what
/// kube-apiserver publishes until somebody takes them out.
fn field(bundle: &Bundle, all: bool) -> Option<&'static str> {
    match bundle.purpose {
        Purpose::Joining => Some("/data/kubeconfig"),
        Purpose::Proxy => Some("/data/kubeconfig.conf"),
        Purpose::Clients => all.then_some("/data/client-ca-file"),
        Purpose::FrontProxy => all.then_some("/data/requestheader-client-ca-file"),
        Purpose::Pods | Purpose::TokenSecret | Purpose::ServingSigner | Purpose::Others => None,
    }
}

/// `webhooks[0].clientConfig.caBundle` as a JSON pointer.
fn pointer(callback: &Callback) -> Option<String> {
    let setting = callback.bundle.as_ref()?.setting.as_ref()?;
    let field = setting.place.field.as_deref()?;
    let field = field.replace(['.', '['], "/").replace(']', "");
    Some(format!("/{field}"))
}

fn exchange(
    named: &Named,
    field: String,
    material: &Material,
    replace: impl Fn(&[Arc<Certificate>]) -> Option<Vec<Arc<Certificate>>>,
) -> Option<Published> {
    let before = std::str::from_utf8(material.bytes()?).ok()?.to_owned();
    let after = replace(&load::client_go_certs(before.as_bytes()).ok()?)?;
    Some(Published {
        object: Object {
            kind: named.kind.to_string(),
            namespace: named.namespace.as_deref().map(str::to_owned),
            name: named.name.to_string(),
        },
        field,
        before,
        after: to_pem(&after),
    })
}

/// What the cluster itself will publish in place of what it does now: pods' authorities, and those
/// of the clients of extension API servers. Only of what holds `old`.
pub(crate) fn expected(
    objects: &Objects,
    old: &Arc<Certificate>,
    holds: &[&Arc<Certificate>],
    without: &[Arc<Certificate>],
) -> Vec<Expected> {
    let places = [
        (Purpose::Pods, "kube-root-ca.crt", None, "ca.crt"),
        (
            Purpose::Clients,
            "extension-apiserver-authentication",
            Some("kube-system"),
            "client-ca-file",
        ),
        (
            Purpose::FrontProxy,
            "extension-apiserver-authentication",
            Some("kube-system"),
            "requestheader-client-ca-file",
        ),
    ];
    let pem = |one: &Arc<Certificate>| to_pem(std::slice::from_ref(one));
    let holding = |purpose: &Purpose| {
        let mut own = objects.bundles.iter().filter(|one| one.purpose == *purpose);
        own.any(|one| certificates(one.material.bytes()).contains(old))
    };
    let places = places.into_iter().filter(|(purpose, ..)| holding(purpose));
    let expected = places.map(|(_, config_map, namespace, key)| Expected {
        config_map: config_map.to_owned(),
        namespace: namespace.map(str::to_owned),
        key: key.to_owned(),
        holds: holds.iter().map(|one| pem(one)).collect(),
        without: without.iter().map(pem).collect(),
        seconds: PATIENCE,
    });
    expected.collect()
}

fn certificates(bytes: Option<&[u8]>) -> Vec<Arc<Certificate>> {
    let bytes = bytes.unwrap_or_default();
    load::client_go_certs(bytes).unwrap_or_default()
}

impl Object {
    /// Where the API has it.
    ///
    /// # Errors
    /// When that is not known of its kind.
    pub fn path(&self) -> Result<String, PublishError> {
        let (api, resource) = match self.kind.as_str() {
            "ConfigMap" => ("api/v1", "configmaps"),
            "ValidatingWebhookConfiguration" => (
                "apis/admissionregistration.k8s.io/v1",
                "validatingwebhookconfigurations",
            ),
            "MutatingWebhookConfiguration" => (
                "apis/admissionregistration.k8s.io/v1",
                "mutatingwebhookconfigurations",
            ),
            "APIService" => ("apis/apiregistration.k8s.io/v1", "apiservices"),
            "CustomResourceDefinition" => {
                ("apis/apiextensions.k8s.io/v1", "customresourcedefinitions")
            }
            _ => return Err(PublishError::Kind(self.clone())),
        };
        let within = match &self.namespace {
            Some(namespace) => format!("namespaces/{namespace}/"),
            None => String::new(),
        };
        Ok(format!("/{api}/{within}{resource}/{}", self.name))
    }
}

impl Published {
    /// Puts the bundle into the object, when it is not there already. Whether something had to be
    /// done.
    ///
    /// # Errors
    /// When something else lies there.
    pub fn put(&self, object: &mut Value) -> Result<bool, PublishError> {
        let moved = || PublishError::Moved {
            object: self.object.clone(),
            field: self.field.clone(),
        };
        let Some(Value::String(text)) = object.pointer_mut(&self.field) else {
            return Err(moved());
        };
        if lies(text, &self.after) {
            return Ok(false);
        }
        if !lies(text, &self.before) {
            return Err(moved());
        }
        let [before, after] = [&self.before, &self.after].map(|pem| STANDARD.encode(pem));
        *text = match text.trim_end() == self.before.trim_end() {
            true => self.after.clone(),
            false => text.replace(&before, &after),
        };
        Ok(true)
    }

    /// How a person does the same.
    pub fn command(&self) -> String {
        let object = &self.object;
        let kind = object.kind.to_ascii_lowercase();
        let within = object.namespace.as_deref();
        let within = within.map_or(String::new(), |namespace| format!(" -n {namespace}"));
        let is_plain = self.field.ends_with("-ca-file");
        let form = |pem: &str| match is_plain {
            true => pem.trim_end().replace('\n', "\\\\n"),
            false => STANDARD.encode(pem),
        };
        format!(
            "kubectl get {kind} {}{within} -o json | sed 's|{}|{}|' | kubectl replace -f -",
            object.name,
            form(&self.before),
            form(&self.after)
        )
    }
}

/// Whether a text is this bundle, its base64, or has that in it as a word of its own.
fn lies(text: &str, pem: &str) -> bool {
    let encoded = STANDARD.encode(pem);
    let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
    let mut words = text.split(|c| !is_base64(c));
    text.trim_end() == pem.trim_end() || words.any(|word| word == encoded)
}

impl Expected {
    /// Whether a ConfigMap is as it is expected to be.
    pub fn is_met(&self, config_map: &Value) -> bool {
        let text = config_map["data"][&self.key].as_str().unwrap_or_default();
        let all = sums(text);
        let has = |pem: &String| sums(pem).iter().all(|sum| all.contains(sum));
        self.holds.iter().all(has) && !self.without.iter().any(has)
    }

    /// How a person looks.
    pub fn command(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!(
                "kubectl get configmap {} -n {namespace} -o json",
                self.config_map
            ),
            None => format!(
                "kubectl get configmaps -A --field-selector metadata.name={} -o json",
                self.config_map
            ),
        }
    }
}

fn sums(pem: &str) -> BTreeSet<[u8; 32]> {
    let all = certificates(Some(pem.as_bytes()));
    all.iter().map(|one| *one.sha256()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn published(field: &str) -> Published {
        Published {
            object: Object {
                kind: "ConfigMap".to_owned(),
                namespace: Some("kube-public".to_owned()),
                name: "cluster-info".to_owned(),
            },
            field: field.to_owned(),
            before: "old\n".to_owned(),
            after: "old\nnew\n".to_owned(),
        }
    }

    #[test]
    fn a_bundle_is_put_there_once_and_back() {
        let kubeconfig = |pem: &str| format!("ca: {}\nserver: s\n", STANDARD.encode(pem));
        let forms: [&dyn Fn(&str) -> String; 3] = [
            &|pem| pem.to_owned(),
            &|pem| STANDARD.encode(pem),
            &kubeconfig,
        ];
        for form in forms {
            let there = published("/data/x");
            let mut object = json!({"data": {"x": form("old\n")}});
            assert!(there.put(&mut object).unwrap());
            assert_eq!(object["data"]["x"], form("old\nnew\n"));
            assert!(!there.put(&mut object).unwrap());
            assert!(there.back().put(&mut object).unwrap());
            assert_eq!(object["data"]["x"], form("old\n"));
            object["data"]["x"] = form("another\n").into();
            let moved = there.put(&mut object).unwrap_err();
            assert!(matches!(moved, PublishError::Moved { .. }));
        }
    }

    #[test]
    fn a_key_among_authorities_is_not_put_into_a_plan() {
        let path = "../../examples/kubeadm-ecdsa/etc/kubernetes/pki/ca";
        let [certificate, key] = ["crt", "key"].map(|end| std::fs::read(format!("{path}.{end}")));
        let (certificate, key) = (certificate.unwrap(), key.unwrap());
        let with = |bundle: &[u8]| {
            let hook = json!({
                "apiVersion": "admissionregistration.k8s.io/v1",
                "kind": "MutatingWebhookConfiguration",
                "metadata": {"name": "hook"},
                "webhooks": [{"name": "a.b.c", "clientConfig": {"url": "https://h", "caBundle": STANDARD.encode(bundle)}}],
            });
            let mut objects = Objects::default();
            objects
                .add_dump("hook.json", hook.to_string().as_bytes())
                .unwrap();
            super::published(&objects, false, |_| Some(Vec::new()))
        };
        assert_eq!(with(&certificate).unwrap().len(), 1);
        let refused = with(&[certificate, key].concat()).unwrap_err();
        assert_eq!(refused.to_string(), "MutatingWebhookConfiguration hook");
    }

    #[test]
    fn commands_are_a_shells() {
        let command = published("/data/kubeconfig").command();
        assert!(command.starts_with(
            "kubectl get configmap cluster-info -n kube-public -o json | sed 's|b2xkCg==|"
        ));
        let command = published("/data/client-ca-file").command();
        assert!(command.contains("sed 's|old|old\\\\nnew|'"), "{command}");
    }
}

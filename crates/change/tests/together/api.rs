//! A cluster's API in memory, with what hangs on its authority; what the cluster publishes by itself it
//! makes of the files of one node.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use ::cluster::Objects;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kubepki_change::plan::{Expected, Published};
use kubepki_change::publish::PublishError;
use serde_json::{Value, json};

/// What is said by one who was killed.
pub const KILLED: &str = "killed";

/// Where the objects are that somebody has to write.
pub const WRITTEN: [&str; 2] = [
    "/api/v1/namespaces/kube-public/configmaps/cluster-info",
    "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/hook",
];

const POD_ROOT: &str = "/api/v1/namespaces/default/configmaps/kube-root-ca.crt";
const CLIENTS: &str =
    "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";

/// An API; every copy is the same one.
#[derive(Clone)]
pub struct Api {
    held: Arc<Mutex<Held>>,
    /// The authority's file on a node.
    file: PathBuf,
}

struct Held {
    objects: BTreeMap<&'static str, Value>,
    /// How many times something was really changed.
    changes: usize,
    /// How many more times somebody is killed right when he has published.
    kills: usize,
}

impl Api {
    /// Of a cluster whose authority is in this file.
    pub fn new(file: PathBuf) -> Self {
        let pem = fs::read_to_string(&file).unwrap();
        let packed = STANDARD.encode(&pem);
        let config_map = |namespace: &str, name: &str, key: &str, text: &str| {
            let metadata = json!({"name": name, "namespace": namespace});
            json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {key: text}})
        };
        let kubeconfig = format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: ''\n  cluster:\n    \
             certificate-authority-data: {packed}\n    server: https://k8s.example:6443\n"
        );
        let hook = json!({
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            "metadata": {"name": "hook"},
            "webhooks": [{
                "name": "hook.example.org",
                "clientConfig": {"url": "https://hook.example.org", "caBundle": packed},
            }],
        });
        let objects = [
            (
                WRITTEN[0],
                config_map("kube-public", "cluster-info", "kubeconfig", &kubeconfig),
            ),
            (WRITTEN[1], hook),
            (
                POD_ROOT,
                config_map("default", "kube-root-ca.crt", "ca.crt", &pem),
            ),
            (
                CLIENTS,
                config_map(
                    "kube-system",
                    "extension-apiserver-authentication",
                    "client-ca-file",
                    &pem,
                ),
            ),
        ];
        let held = Held {
            objects: objects.into(),
            changes: 0,
            kills: 0,
        };
        Api {
            held: Arc::new(Mutex::new(held)),
            file,
        }
    }

    /// From now on so many are killed right when they have published.
    pub fn kill(&self, times: usize) {
        self.held.lock().unwrap().kills = times;
    }

    /// How many times something was really changed.
    pub fn changes(&self) -> usize {
        self.held.lock().unwrap().changes
    }

    /// An object as it is now.
    pub fn object(&self, path: &str) -> Value {
        self.held.lock().unwrap().objects[path].clone()
    }

    /// Everything as text, with what is packed in it.
    pub fn text(&self) -> String {
        let held = self.held.lock().unwrap();
        let all: Vec<&Value> = held.objects.values().collect();
        let mut text = serde_json::to_string(&all).unwrap().replace("\\n", "\n");
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c));
        let packed = words.filter(|word| word.len() > 100);
        let packed = packed.filter_map(|word| String::from_utf8(STANDARD.decode(word).ok()?).ok());
        let packed: String = packed.collect();
        text += &packed;
        text
    }

    /// What a plan is made of.
    pub fn objects(&self) -> Objects {
        let held = self.held.lock().unwrap();
        let all: Vec<&Value> = held.objects.values().collect();
        let list = json!({"apiVersion": "v1", "kind": "List", "items": all}).to_string();
        let mut objects = Objects::default();
        objects.add_dump("objects.json", list.as_bytes()).unwrap();
        objects
    }

    pub fn publish(&self, all: &[Published]) -> Result<(), PublishError> {
        let mut held = self.held.lock().unwrap();
        for one in all {
            let path = one.object.path()?;
            let missing = || PublishError::Missing(one.object.clone());
            let object = held.objects.get_mut(&*path).ok_or_else(missing)?;
            held.changes += usize::from(one.put(object)?);
        }
        match held.kills.checked_sub(1) {
            None => Ok(()),
            Some(left) => {
                held.kills = left;
                Err(PublishError::Api(KILLED.to_owned()))
            }
        }
    }

    /// What kube-controller-manager and kube-apiserver do: the one publishes its file, the other adds
    /// to what is there.
    pub fn expect(&self, all: &[Expected]) -> Result<(), PublishError> {
        let file = fs::read_to_string(&self.file).unwrap();
        let mut held = self.held.lock().unwrap();
        held.objects.get_mut(POD_ROOT).unwrap()["data"]["ca.crt"] = file.as_str().into();
        let clients = &mut held.objects.get_mut(CLIENTS).unwrap()["data"]["client-ca-file"];
        let known = clients.as_str().unwrap().to_owned();
        let new = file.split_inclusive("-----END CERTIFICATE-----\n");
        let new: String = new.filter(|one| !known.contains(one)).collect();
        *clients = (known + &new).into();
        for one in all {
            let path = match &one.namespace {
                Some(_) => CLIENTS,
                None => POD_ROOT,
            };
            assert!(one.is_met(&held.objects[path]), "{one}");
        }
        Ok(())
    }
}

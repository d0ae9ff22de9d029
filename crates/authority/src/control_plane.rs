//! What the control plane of a node trusts, signs and checks with: as its flags say, or as kubeadm
//! has it where there is no manifest.

use std::net::Ipv6Addr;
use std::sync::Arc;

use cluster::files::Content;
use cluster::material::Origin;
use cluster::process::Loaded;
use cluster::{Component, Material, Node, Process};
use thiserror::Error;
use verify::load::{self, LoadError};
use verify::{Certificate, PublicKey};

use crate::key::{KeyError, PrivateKey};
use crate::objects::{
    self, ClientAuthentication, EXTERNAL_ETCD, RequestHeader, SHARED, STACKED_ETCD,
};
use crate::token::jwks::JWKS_PATH;
use crate::token::service_account::Checker;

/// The issuer of tokens that kubeadm writes for the domain `cluster.local`
/// (`cmd/kubeadm/app/phases/controlplane/manifests.go`).
pub const DEFAULT_ISSUER: &str = "https://kubernetes.default.svc.cluster.local";

/// The control plane of a node.
#[derive(Clone, Copy, Debug)]
pub struct ControlPlane<'a> {
    node: &'a Node,
    folder: Option<&'a str>,
}

/// Where clients find kube-apiserver, and what they verify it with.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The URL.
    pub server: String,
    /// The CA certificates.
    pub ca: Material,
}

/// Why something of a control plane cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    /// A flag that would have to be set.
    #[error("{component} has no --{flag}")]
    NotSet {
        /// Whose flag.
        component: Component,
        /// The flag, without dashes.
        flag: &'static str,
    },
    /// No file.
    #[error("there is no `{0}`")]
    Missing(Arc<str>),
    /// A file that cannot be read.
    #[error("cannot read `{path}`: {why}")]
    Unreadable {
        /// The file.
        path: Arc<str>,
        /// Why.
        why: String,
    },
    /// A file that is not what it has to be.
    #[error("cannot use `{path}`: {why}")]
    Content {
        /// The file.
        path: Arc<str>,
        /// Why, in the words of whoever reads it.
        why: String,
    },
    /// A file that others are to read, with a private key in it.
    #[error("`{0}` holds a private key, and what is made of it is for everybody to read")]
    HoldsKey(Arc<str>),
    /// Keys that are nowhere on the node.
    #[error("kube-apiserver leaves signing tokens to a service behind the socket `{0}`")]
    ExternalSigner(String),
    /// A kubeconfig that says nothing of use.
    #[error("cannot use the kubeconfig `{path}`: {why}")]
    Kubeconfig {
        /// The file.
        path: Arc<str>,
        /// Why.
        why: String,
    },
}

impl<'a> ControlPlane<'a> {
    /// As the node's manifests have it.
    pub fn of(node: &'a Node) -> Self {
        ControlPlane { node, folder: None }
    }

    /// With the files of a folder on the node, by kubeadm's names, whatever the manifests name.
    pub fn with_files_in(node: &'a Node, folder: &'a str) -> Self {
        let folder = Some(folder.trim_end_matches('/'));
        ControlPlane { node, folder }
    }

    /// A file by the name that kubeadm gives it.
    pub fn file(&self, name: &str) -> Material {
        let Some(folder) = self.folder else {
            return self.node.pki_file(name);
        };
        let file = self.node.files.get(&format!("{folder}/{name}"));
        let path = file.path.clone();
        Material {
            setting: None,
            origin: Origin::File { path, file },
        }
    }

    /// What pods verify kube-apiserver with: kube-controller-manager's `--root-ca-file`, or the CA
    /// of its kubeconfig (`cmd/kube-controller-manager/app/core.go`).
    ///
    /// # Errors
    /// When there is none.
    pub fn root_ca(&self) -> Result<Material, Unusable> {
        const FLAG: &str = "root-ca-file";
        let Some(process) = self.process_with_files(Component::KubeControllerManager) else {
            return Ok(self.file("ca.crt"));
        };
        let of_kubeconfig = || {
            let parsed = process.kubeconfig("kubeconfig")?.parsed.as_ref().ok()?;
            parsed.certificate_authority.clone()
        };
        let found = process.material(&self.node.files, FLAG);
        found.or_else(of_kubeconfig).ok_or(Unusable::NotSet {
            component: Component::KubeControllerManager,
            flag: FLAG,
        })
    }

    /// How kube-apiserver knows its clients.
    ///
    /// # Errors
    /// When the CA certificates cannot be read.
    pub fn client_authentication(&self) -> Result<ClientAuthentication, Unusable> {
        let header = self.named("requestheader-client-ca-file", "front-proxy-ca.crt");
        let client = self.named("client-ca-file", "ca.crt");
        Ok(ClientAuthentication {
            client_ca: certificates_of(client.as_ref())?,
            request_header: header.map(|ca| self.request_header(&ca)).transpose()?,
        })
    }

    fn request_header(&self, ca: &Material) -> Result<RequestHeader, Unusable> {
        let list = |flag: &str, default: &str| match self.process(Component::KubeApiserver) {
            Some(process) => {
                let parts = process.settings.list(flag).into_iter();
                parts.map(|part| part.value).collect()
            }
            None if default.is_empty() => Vec::new(),
            None => vec![default.to_owned()],
        };
        Ok(RequestHeader {
            ca: certificates_of(Some(ca))?,
            allowed_names: list("requestheader-allowed-names", "front-proxy-client"),
            username_headers: list("requestheader-username-headers", "X-Remote-User"),
            uid_headers: list("requestheader-uid-headers", ""),
            group_headers: list("requestheader-group-headers", "X-Remote-Group"),
            extra_headers_prefix: list("requestheader-extra-headers-prefix", "X-Remote-Extra-"),
        })
    }

    /// What kube-apiserver checks service account tokens with.
    ///
    /// # Errors
    /// When a key cannot be read, or lies outside of the node.
    pub fn token_checker(&self) -> Result<Checker, Unusable> {
        Ok(Checker {
            keys: self.token_keys()?,
            issuers: self.issuers(),
            audiences: self.audiences(),
        })
    }

    /// The keys of `--service-account-key-file`, in kube-apiserver's order.
    ///
    /// # Errors
    /// As [`ControlPlane::token_checker`].
    pub fn token_keys(&self) -> Result<Vec<PublicKey>, Unusable> {
        let files = match self.process_with_files(Component::KubeApiserver) {
            None => vec![self.file("sa.pub")],
            Some(process) => {
                no_external_signer(process)?;
                checking_files(process).ok_or(Unusable::NotSet {
                    component: Component::KubeApiserver,
                    flag: "service-account-key-file",
                })?
            }
        };
        let mut keys = Vec::new();
        for file in &files {
            let found = load::service_account_public_keys(bytes(file)?);
            keys.extend(found.map_err(|error| content(file, &error))?);
        }
        Ok(keys)
    }

    /// The key that kube-apiserver signs service account tokens with.
    ///
    /// # Errors
    /// When it cannot be read, or lies outside of the node.
    pub fn token_signer(&self) -> Result<PrivateKey, Unusable> {
        const FLAG: &str = "service-account-signing-key-file";
        if let Some(process) = self.process_with_files(Component::KubeApiserver) {
            no_external_signer(process)?;
        }
        let file = self.named(FLAG, "sa.key").ok_or(Unusable::NotSet {
            component: Component::KubeApiserver,
            flag: FLAG,
        })?;
        PrivateKey::from_pem(bytes(&file)?).map_err(|error| unusable_key(&file, &error))
    }

    /// `--service-account-issuer`: the first signs, all are accepted.
    pub fn issuers(&self) -> Vec<String> {
        match self.process(Component::KubeApiserver) {
            None => vec![DEFAULT_ISSUER.to_owned()],
            Some(process) => {
                let issuers = process.settings.all("service-account-issuer");
                issuers.map(|issuer| issuer.value.clone()).collect()
            }
        }
    }

    /// `--api-audiences`: whom tokens for kube-apiserver are for; when it is not set, the issuers.
    pub fn audiences(&self) -> Vec<String> {
        let process = self.process(Component::KubeApiserver);
        let set = process.map(|process| process.settings.list("api-audiences"));
        let set: Vec<String> = set
            .unwrap_or_default()
            .into_iter()
            .map(|audience| audience.value)
            .collect();
        match set.is_empty() {
            true => self.issuers(),
            false => set,
        }
    }

    /// Where kube-apiserver says that its keys are: `--service-account-jwks-uri`, or its own address
    /// (`pkg/serviceaccount/openidmetadata.go`); `None` when no manifest tells it.
    pub fn keys_url(&self) -> Option<String> {
        let process = self.process(Component::KubeApiserver)?;
        let setting = |flag: &str| {
            let setting = process.settings.get(flag)?;
            (!setting.value.is_empty()).then(|| setting.value.clone())
        };
        if let Some(url) = setting("service-account-jwks-uri") {
            return Some(url);
        }
        let host = setting("external-hostname").or_else(|| setting("advertise-address"))?;
        let port = setting("secure-port").unwrap_or_else(|| "6443".to_owned());
        let address = match host.parse::<Ipv6Addr>() {
            Ok(_) => format!("[{host}]:{port}"),
            Err(_) if host.contains(':') => host,
            Err(_) => format!("{host}:{port}"),
        };
        Some(format!("https://{address}{JWKS_PATH}"))
    }

    /// Where a node that joins finds kube-apiserver: as `admin.conf` has it, which kubeadm takes it
    /// from (`cmd/kubeadm/app/phases/bootstraptoken/clusterinfo`). With files of a folder, their CA.
    ///
    /// # Errors
    /// When there is none, or one that says nothing of use.
    pub fn endpoint(&self) -> Result<Endpoint, Unusable> {
        const NAME: &str = "admin.conf";
        let path: Arc<str> = format!("/etc/kubernetes/{NAME}").into();
        let wrong = |why: String| Unusable::Kubeconfig {
            path: path.clone(),
            why,
        };
        let used = self.node.kubeconfigs.get(NAME);
        let used = used.ok_or_else(|| wrong("there is no such file".to_owned()))?;
        let parsed = used.parsed.as_ref();
        let kubeconfig = parsed.map_err(|error| wrong(error.to_string()))?;
        let server = kubeconfig.server.as_ref();
        let server = server.ok_or_else(|| wrong("it names no server".to_owned()))?;
        let ca = match self.folder {
            Some(_) => Some(self.file("ca.crt")),
            None => kubeconfig.certificate_authority.clone(),
        };
        Ok(Endpoint {
            server: server.value.clone(),
            ca: ca.ok_or_else(|| wrong("it names no CA".to_owned()))?,
        })
    }

    /// What a further control-plane node needs, by its name in Secret `kubeadm-certs`
    /// (`cmd/kubeadm/app/phases/copycerts`). With an etcd elsewhere, kube-apiserver's own files for
    /// it; without a flag for one, nothing.
    pub fn shared_files(&self) -> Vec<(&'static str, Option<Material>)> {
        let by_name = |files: &[(&'static str, &str)]| -> Vec<_> {
            let files = files.iter();
            files
                .map(|(name, path)| (*name, Some(self.file(path))))
                .collect()
        };
        let mut files = by_name(&SHARED);
        match self.process(Component::KubeApiserver) {
            Some(process) if !self.node.processes.contains_key(&Component::Etcd) => {
                let flags = ["etcd-cafile", "etcd-certfile", "etcd-keyfile"];
                let named = flags.map(|flag| process.material(&self.node.files, flag));
                files.extend(EXTERNAL_ETCD.into_iter().zip(named));
            }
            _ => files.extend(by_name(&STACKED_ETCD)),
        }
        files
    }

    /// A component that a manifest starts.
    fn process(&self, component: Component) -> Option<&'a Process> {
        let process = self.node.processes.get(&component);
        process.filter(|process| process.is_present())
    }

    /// A component whose flags name files that count.
    fn process_with_files(&self, component: Component) -> Option<&'a Process> {
        let process = self.process(component);
        process.filter(|_| self.folder.is_none())
    }

    /// The file that a flag of kube-apiserver names, or kubeadm's.
    fn named(&self, flag: &str, name: &str) -> Option<Material> {
        match self.process_with_files(Component::KubeApiserver) {
            Some(process) => process.material(&self.node.files, flag),
            None => Some(self.file(name)),
        }
    }
}

/// The bytes of a file.
///
/// # Errors
/// When there are none to read.
pub fn bytes(material: &Material) -> Result<&[u8], Unusable> {
    let why = match material.file().map(|file| &file.content) {
        None => match material.bytes() {
            Some(bytes) => return Ok(bytes),
            None => "no mount brings it into the container".to_owned(),
        },
        Some(Content::Present(bytes)) => return Ok(bytes),
        Some(Content::Missing | Content::NotCollected) => {
            return Err(Unusable::Missing(path_of(material)));
        }
        Some(Content::Unreadable(why)) => why.clone(),
        Some(Content::Directory) => "it is a folder".to_owned(),
        Some(Content::Special) => "it is not a regular file".to_owned(),
        Some(Content::TooLarge(size)) => format!("{size} bytes are too many"),
    };
    let path = path_of(material);
    Err(Unusable::Unreadable { path, why })
}

/// The certificates of a CA file, as every reader in Kubernetes takes them.
///
/// # Errors
/// When there is none, or one that Go does not read.
pub fn certificates(material: &Material) -> Result<Vec<Arc<Certificate>>, Unusable> {
    load::client_go_certs(bytes(material)?).map_err(|error| content(material, &error))
}

/// The text of a CA file that others are to read.
///
/// # Errors
/// When it has no certificates, is no UTF-8, or has a private key in it.
pub fn public_text(material: &Material) -> Result<&str, Unusable> {
    let bytes = bytes(material)?;
    certificates(material)?;
    let text = std::str::from_utf8(bytes).map_err(|_| Unusable::Content {
        path: path_of(material),
        why: "it is no UTF-8, which all texts in Kubernetes are".to_owned(),
    })?;
    match objects::holds_key(text) {
        true => Err(Unusable::HoldsKey(path_of(material))),
        false => Ok(text),
    }
}

fn certificates_of(material: Option<&Material>) -> Result<Vec<Arc<Certificate>>, Unusable> {
    material.map_or(Ok(Vec::new()), certificates)
}

fn checking_files(process: &Process) -> Option<Vec<Material>> {
    process.loads().iter().find_map(|load| match &load.what {
        Loaded::PublicKeys(files) => Some(files.clone()),
        _ => None,
    })
}

fn no_external_signer(process: &Process) -> Result<(), Unusable> {
    let socket = process.settings.get("service-account-signing-endpoint");
    match socket.filter(|socket| !socket.value.is_empty()) {
        Some(socket) => Err(Unusable::ExternalSigner(socket.value.clone())),
        None => Ok(()),
    }
}

fn content(material: &Material, error: &LoadError) -> Unusable {
    Unusable::Content {
        path: path_of(material),
        why: error.to_string(),
    }
}

fn unusable_key(material: &Material, error: &KeyError) -> Unusable {
    Unusable::Content {
        path: path_of(material),
        why: error.to_string(),
    }
}

fn path_of(material: &Material) -> Arc<str> {
    material.place().path
}

//! What a file gives somebody to show to servers: a kubeconfig's user, a certificate, or a token.

use std::path::{Component, Path};
use std::sync::Arc;

use audit::identity::{Bearer, Identity, Presented};
use authority::token::BootstrapToken;
use authority::token::service_account::Token;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use cluster::files::Memory;
use cluster::kubeconfig::{self, Impersonation};
use cluster::{Files, Inventory, Kubeconfig, KubeconfigUse, Material, Pair};
use verify::Certificate;
use verify::load::{append_certs_from_pem, key_pair};
use yaml::{Node, Value};
use zeroize::Zeroizing;

use crate::args::Rootfs;
use crate::error::CliError;
use crate::find::{self, Item};
use crate::password::Password;

/// What is in a file that servers may be shown.
pub struct Credential {
    /// Certificate and token.
    pub presented: Presented,
    /// The kubeconfig that it is of.
    pub kubeconfig: Option<Used>,
}

/// A kubeconfig, with the node whose files it names.
pub struct Used {
    /// The node's index.
    pub node: usize,
    /// How it was read.
    pub source: Arc<KubeconfigUse>,
    /// What it says.
    pub parsed: Arc<Kubeconfig>,
}

/// Where a credential is looked for.
pub struct Reader<'a> {
    /// The nodes: a kubeconfig of theirs names files of theirs.
    pub inventory: &'a Inventory,
    /// Where their trees lie.
    pub rootfs: &'a [Rootfs],
    /// What opens what is encrypted.
    pub password: Password,
}

impl Reader<'_> {
    /// What the bytes of the file at `path` give.
    ///
    /// # Errors
    /// When that is nothing, or nothing that a client could use.
    pub fn read(&mut self, path: &Path, bytes: &[u8]) -> Result<Credential, CliError> {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        if is_token(text) {
            return Ok(Credential::of_token(text));
        }
        let object = object(text);
        if object.as_ref().is_some_and(is_kubeconfig) {
            return self.kubeconfig(path, bytes);
        }
        match object.as_ref().and_then(token_in) {
            Some(token) => Ok(Credential::of_token(&token)),
            None => self.certificate(path, bytes),
        }
    }

    fn certificate(&mut self, path: &Path, bytes: &[u8]) -> Result<Credential, CliError> {
        let found = find::find(&path.to_string_lossy(), bytes, &mut self.password);
        let certificates = found.iter().filter_map(|found| match &found.item {
            Item::Certificate(certificate) => Some(Certificate::parse(certificate.der())),
            _ => None,
        });
        let mut certificates = certificates.peekable();
        if let Some(Err(error)) = certificates.peek() {
            return Err(broken(path, error));
        }
        // Go reads no further than it has to: what is broken behind the leaf does not count.
        let chain: Vec<_> = certificates.map_while(Result::ok).map(Arc::new).collect();
        let broken_item = found.iter().find_map(|found| match &found.item {
            Item::Broken(label, why) => Some(format!("{label}: {why}")),
            _ => None,
        });
        match (chain.is_empty(), broken_item) {
            (false, _) => Ok(Credential {
                presented: Presented {
                    chain,
                    bearer: None,
                },
                kubeconfig: None,
            }),
            (true, Some(why)) => Err(broken(path, why)),
            (true, None) => Err(CliError::NoCredential(path.to_owned())),
        }
    }

    fn kubeconfig(&self, path: &Path, bytes: &[u8]) -> Result<Credential, CliError> {
        let (node, source) = self.kubeconfig_at(path, bytes)?;
        let parsed = source.parsed.clone().map_err(|error| broken(path, error))?;
        let chain = match &parsed.client {
            Some(pair) => chain(pair).map_err(|why| broken(path, why))?,
            None => Vec::new(),
        };
        let text = parsed.token.as_ref().and_then(Material::bytes);
        let text = text.and_then(|bytes| std::str::from_utf8(bytes).ok());
        if let (Some(token), None) = (&parsed.token, text) {
            let named = token
                .path()
                .map(|path| path.to_string())
                .unwrap_or_default();
            return Err(broken(
                path,
                format!("its token file {named} cannot be read"),
            ));
        }
        Ok(Credential {
            presented: Presented {
                chain,
                bearer: text.map(bearer),
            },
            kubeconfig: Some(Used {
                node,
                source,
                parsed,
            }),
        })
    }

    /// A kubeconfig as a process on its node reads it: inside a tree that was given its paths are
    /// the node's, elsewhere this machine's. What standard input names is not at hand.
    fn kubeconfig_at(
        &self,
        path: &Path,
        bytes: &[u8],
    ) -> Result<(usize, Arc<KubeconfigUse>), CliError> {
        if path == Path::new("-") {
            let files = Files::in_memory(Memory::default().file("/-", bytes), true);
            return Ok((0, kubeconfig::at(&files, "/-")));
        }
        let failed = |source| CliError::Input {
            path: path.to_owned(),
            source,
        };
        let real = path.canonicalize().map_err(failed)?;
        let trees = self.inventory.nodes.iter().zip(self.rootfs).enumerate();
        for (index, (node, rootfs)) in trees {
            let root = rootfs.path.canonicalize().map_err(failed)?;
            if let Ok(inside) = real.strip_prefix(root) {
                return Ok((index, kubeconfig::at(&node.files, &absolute(inside))));
            }
        }
        let files = Files::on_disk(Path::new("/"), false).map_err(failed)?;
        Ok((0, kubeconfig::at(&files, &absolute(&real))))
    }
}

impl Credential {
    fn of_token(text: &str) -> Self {
        Credential {
            presented: Presented {
                chain: Vec::new(),
                bearer: Some(bearer(text)),
            },
            kubeconfig: None,
        }
    }

    /// `kubeconfig`, `certificate` or `token`.
    pub fn kind(&self) -> &'static str {
        match (&self.kubeconfig, &self.presented.bearer) {
            (Some(_), _) => "kubeconfig",
            (None, Some(_)) => "token",
            (None, None) => "certificate",
        }
    }

    /// Whether everything that servers would be shown is at hand, rather than a plugin's secret.
    pub fn is_known(&self) -> bool {
        let plugin = self.kubeconfig.as_ref().and_then(Used::plugin);
        let presented = &self.presented;
        plugin.is_none() || !presented.chain.is_empty() || presented.bearer.is_some()
    }
}

impl Used {
    /// Whom its user acts as, if it may.
    pub fn acts_as(&self) -> Option<Identity> {
        let Impersonation {
            user,
            uid,
            groups,
            extra,
        } = self.parsed.impersonation.as_ref()?;
        let groups = groups.iter().map(|group| group.value.clone()).collect();
        let extra = extra.iter().map(|(key, values)| {
            let values = values.iter().map(|value| value.value.clone());
            (key.clone(), values.collect())
        });
        Some(Identity {
            uid: uid.as_ref().map(|uid| uid.value.clone()),
            extra: extra.collect(),
            ..Identity::impersonated(&user.value, groups)
        })
    }

    /// The plugin that is asked for a credential, when it says the last word.
    pub fn plugin(&self) -> Option<&str> {
        let plugin = self
            .parsed
            .exec
            .as_ref()
            .or(self.parsed.auth_provider.as_ref());
        plugin.map(|setting| &*setting.value)
    }
}

/// What a client would send of a pair: without the key, if that was not collected.
fn chain(pair: &Pair) -> Result<Vec<Arc<Certificate>>, String> {
    let (certificate, key) = (pair.certificate.as_ref(), pair.key.as_ref());
    let bytes = |material: Option<&Material>| {
        let material = material?;
        material.bytes().map(<[u8]>::to_vec).map(Zeroizing::new)
    };
    let Some(content) = bytes(certificate) else {
        return Err(absent("certificate", certificate));
    };
    if let Some(key) = bytes(key) {
        let pair = key_pair(&content, &key).map_err(|error| error.to_string())?;
        let sent = pair.certificates.into_iter();
        return Ok(sent
            .map_while(|der| Certificate::parse(der).ok())
            .map(Arc::new)
            .collect());
    }
    if key.is_some_and(|key| !key.is_not_collected()) {
        return Err(absent("key", key));
    }
    let chain: Vec<_> = append_certs_from_pem(&content).iter().cloned().collect();
    match chain.is_empty() {
        true => Err("its certificate is none that Go reads".to_owned()),
        false => Ok(chain),
    }
}

fn absent(what: &str, material: Option<&Material>) -> String {
    let path = material.and_then(Material::path);
    let path = path.map_or("?", |path| path);
    format!("unable to read client-{what} {path}: open {path}: no such file or directory")
}

/// A bearer token, as far as it tells something.
fn bearer(text: &str) -> Bearer {
    let text = token_text(text);
    match (BootstrapToken::parse(text), Token::parse(text)) {
        (Ok(token), _) => Bearer::Bootstrap(token.id().to_owned()),
        (_, Ok(token)) => Bearer::Jwt(Box::new(token)),
        _ => Bearer::Other,
    }
}

fn is_token(text: &str) -> bool {
    let text = token_text(text);
    BootstrapToken::parse(text).is_ok() || Token::parse(text).is_ok()
}

/// Without what people copy along with it.
fn token_text(text: &str) -> &str {
    let text = text.trim();
    let text = text.strip_prefix("Authorization:").unwrap_or(text).trim();
    text.strip_prefix("Bearer ").unwrap_or(text).trim()
}

/// The first document, when the text is made of fields.
fn object(text: &str) -> Option<Node> {
    if text.trim_start().starts_with("-----BEGIN ") {
        return None;
    }
    let first = yaml::parse(text).ok()?.into_iter().next()?;
    matches!(first.value, Value::Mapping(_)).then_some(first)
}

/// Whether client-go would at least try.
fn is_kubeconfig(root: &Node) -> bool {
    field(root, &["kind"]) == Some("Config") || root.get("current-context").is_some()
}

/// The token in an object that is there for one: a Secret, what `kubectl create token -o yaml`
/// prints, or what a credential plugin answers.
fn token_in(root: &Node) -> Option<Zeroizing<String>> {
    match field(root, &["kind"])? {
        "Secret" => {
            let value = |key: &str| {
                let plain = field(root, &["stringData", key]);
                let plain = plain.map(|text| Zeroizing::new(text.to_owned()));
                plain.or_else(|| decoded(field(root, &["data", key])?))
            };
            let joined = |id: Zeroizing<String>| {
                let secret = value("token-secret")?;
                Some(Zeroizing::new(format!("{}.{}", *id, *secret)))
            };
            value("token").or_else(|| joined(value("token-id")?))
        }
        "TokenRequest" | "ExecCredential" => {
            let token = field(root, &["status", "token"])?;
            Some(Zeroizing::new(token.to_owned()))
        }
        _ => None,
    }
}

fn decoded(text: &str) -> Option<Zeroizing<String>> {
    let bytes = Zeroizing::new(BASE64_STANDARD.decode(text.trim()).ok()?);
    let text = std::str::from_utf8(&bytes).ok()?;
    Some(Zeroizing::new(text.to_owned()))
}

fn field<'a>(root: &'a Node, path: &[&str]) -> Option<&'a str> {
    let mut keys = path.iter();
    keys.try_fold(root, |node, key| node.get(key))?.text()
}

/// A path from the root on, as a node has it.
fn absolute(path: &Path) -> String {
    let names = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    names.map(|name| format!("/{name}")).collect()
}

fn broken(path: &Path, why: impl ToString) -> CliError {
    CliError::Broken {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

//! Reading a kubeconfig as `client-go/tools/clientcmd` does: `loader.go`, then `validation.go`, then
//! `client_config.go` for the current context.

use std::cell::Cell;
use std::sync::Arc;

use x509::Place;
use zeroize::Zeroizing;

use super::{Impersonation, Kubeconfig, KubeconfigError};
use crate::arguments::Lines;
use crate::document::{Cursor, Document};
use crate::files::Files;
use crate::material::{Loader, Material, Origin, Pair, Secret};
use crate::mounts::{View, parent};
use crate::setting::Setting;

/// What the kubeconfig in `source` says, and whether it names files, which are seen through `view`.
pub(super) fn parse(
    source: &Material,
    view: &View,
    files: &Files,
) -> (Result<Kubeconfig, KubeconfigError>, bool) {
    let names_files = Cell::new(false);
    let parsed = current_context(source, view, files, &names_files);
    (parsed, names_files.get())
}

fn current_context(
    source: &Material,
    view: &View,
    files: &Files,
    names_files: &Cell<bool>,
) -> Result<Kubeconfig, KubeconfigError> {
    let (Some(file), Some(bytes), Some(path)) = (source.file(), source.bytes(), source.path())
    else {
        return Err(KubeconfigError::Absent);
    };
    let document = Document::read(file, bytes).map_err(|broken| KubeconfigError::Malformed {
        place: broken.place,
        reason: broken.reason,
    })?;
    let root = document.root().ok_or(KubeconfigError::Empty)?;
    if !root.is_mapping() {
        return Err(malformed(&root, "not a Config"));
    }
    if let Some(kind) = root
        .get("kind")
        .filter(|kind| kind.text() != Some("Config"))
    {
        return Err(malformed(&kind, "not a Config"));
    }
    let reader = Reader {
        root: &root,
        lines: document.lines(),
        folder: parent(path).to_owned(),
        view,
        files,
        names_files,
    };
    reader.current_context()
}

struct Reader<'a> {
    root: &'a Cursor<'a>,
    lines: Lines<'a>,
    folder: String,
    view: &'a View,
    files: &'a Files,
    names_files: &'a Cell<bool>,
}

impl Reader<'_> {
    fn current_context(&self) -> Result<Kubeconfig, KubeconfigError> {
        let Some(context) = self.setting(self.root, "current-context") else {
            return Err(KubeconfigError::Empty);
        };
        if context.value.is_empty() {
            return Err(KubeconfigError::Empty);
        }
        let Some(chosen) = self.named("contexts", "context", &context.value) else {
            return Err(KubeconfigError::ContextNotFound {
                place: context.place,
                name: context.value,
            });
        };
        let cluster = self.chosen(&chosen, "clusters", "cluster", &context)?;
        let user = self.chosen(&chosen, "users", "user", &context)?;
        self.config(context, &chosen, cluster.as_ref(), user.as_ref())
    }

    /// The cluster or user that a context names; none when it names none, or one without content.
    fn chosen(
        &self,
        context: &Cursor<'_>,
        list: &str,
        key: &str,
        named: &Setting,
    ) -> Result<Option<Cursor<'_>>, KubeconfigError> {
        let Some(name) = context.get(key) else {
            let reason = format!("{key} was not specified for context \"{}\"", named.value);
            return Err(invalid(context.place(), reason));
        };
        let text = name.text().unwrap_or_default();
        if !self.has(list, text) {
            let reason = format!(
                "{key} \"{text}\" was not found for context \"{}\"",
                named.value
            );
            return Err(invalid(name.place(), reason));
        }
        Ok(self.named(list, key, text))
    }

    fn config(
        &self,
        context: Setting,
        chosen: &Cursor<'_>,
        cluster: Option<&Cursor<'_>>,
        user: Option<&Cursor<'_>>,
    ) -> Result<Kubeconfig, KubeconfigError> {
        let of = |part: Option<&Cursor<'_>>, key: &str| self.setting(part?, key);
        let server = of(cluster, "server").filter(|server| !server.value.is_empty());
        if server.is_none() {
            let place = cluster.map_or_else(|| context.place.clone(), Cursor::place);
            let name = chosen.text_at("cluster").unwrap_or_default();
            return Err(invalid(
                place,
                format!("no server found for cluster \"{name}\""),
            ));
        }
        let authority = self.either(cluster, "certificate-authority", "cluster")?;
        let insecure = of(cluster, "insecure-skip-tls-verify").filter(Setting::is_true);
        if let (Some(insecure), Some(_)) = (&insecure, &authority) {
            let reason =
                "specifying a root certificates file with the insecure flag is not allowed";
            return Err(invalid(insecure.place.clone(), reason.to_owned()));
        }
        Ok(Kubeconfig {
            server,
            certificate_authority: authority,
            insecure_skip_tls_verify: insecure,
            tls_server_name: of(cluster, "tls-server-name").filter(|name| !name.value.is_empty()),
            proxy_url: cluster
                .and_then(|cluster| cluster.get("proxy-url"))
                .filter(|url| url.text().is_some_and(|url| !url.is_empty()))
                .map(|url| url.secret_setting("proxy-url")),
            user: self.setting(chosen, "user"),
            client: self.client(user)?,
            token: user.and_then(|user| self.token(user)),
            exec: user
                .and_then(|user| user.at(&["exec", "command"]))
                .and_then(|command| command.setting("exec", &self.lines)),
            auth_provider: user
                .and_then(|user| user.at(&["auth-provider", "name"]))
                .and_then(|name| name.setting("auth-provider", &self.lines)),
            username: of(user, "username").filter(|name| !name.value.is_empty()),
            impersonation: user.and_then(|user| self.impersonation(user)),
            context,
        })
    }

    /// A file that cannot be read leaves the token that is embedded
    /// (`transport/round_trippers.go`).
    fn token(&self, user: &Cursor<'_>) -> Option<Material> {
        let file = self.setting(user, "tokenFile");
        let file = file
            .filter(|file| !file.value.is_empty())
            .map(|file| self.named_by(file));
        let text = user.get("token").filter(|token| token.text() != Some(""));
        let embedded = text.and_then(|token| {
            let bytes = Zeroizing::new(token.text()?.as_bytes().to_vec());
            Some(Material {
                setting: Some(token.secret_setting("token")),
                origin: Origin::Embedded(Secret::new(bytes, self.files.keys_withheld())),
            })
        });
        match file {
            Some(file) if file.bytes().is_some() => Some(file),
            file => embedded.or(file),
        }
    }

    fn impersonation(&self, user: &Cursor<'_>) -> Option<Impersonation> {
        let named = self.setting(user, "as");
        let texts = |list: Cursor<'_>, key: &str| -> Vec<Setting> {
            let items = list.items().into_iter();
            items
                .filter_map(|item| item.setting(key, &self.lines))
                .collect()
        };
        let extra = user.get("as-user-extra");
        let extra = extra.map(|extra| extra.entries()).unwrap_or_default();
        Some(Impersonation {
            user: named.filter(|named| !named.value.is_empty())?,
            uid: self
                .setting(user, "as-uid")
                .filter(|uid| !uid.value.is_empty()),
            groups: user
                .get("as-groups")
                .map(|groups| texts(groups, "as-groups"))
                .unwrap_or_default(),
            extra: extra
                .into_iter()
                .map(|(key, values)| (key.to_owned(), texts(values, "as-user-extra")))
                .collect(),
        })
    }

    /// The client pair. A key alone is ignored.
    fn client(&self, user: Option<&Cursor<'_>>) -> Result<Option<Arc<Pair>>, KubeconfigError> {
        let certificate = self.either(user, "client-certificate", "user")?;
        let key = self.either(user, "client-key", "user")?;
        let (Some(certificate), Some(user)) = (certificate, user) else {
            return Ok(None);
        };
        if key.is_none() {
            let reason = "client-key-data or client-key must be specified to use the clientCert \
                          authentication method";
            return Err(invalid(user.place(), reason.to_owned()));
        }
        Ok(Some(Arc::new(Pair {
            loader: self.loader_of(&certificate),
            certificate: Some(certificate),
            key,
        })))
    }

    /// The kubelet writes certificate and key into one file and names it twice.
    fn loader_of(&self, certificate: &Material) -> Loader {
        let name = certificate.path().and_then(|path| path.rsplit('/').next());
        if name == Some("kubelet-client-current.pem") {
            Loader::KubeletStore
        } else {
            Loader::ClientGoPair
        }
    }

    /// What is given as a file, or embedded as `KEY-data`; both at once are refused.
    fn either(
        &self,
        part: Option<&Cursor<'_>>,
        key: &str,
        of: &str,
    ) -> Result<Option<Material>, KubeconfigError> {
        let Some(part) = part else { return Ok(None) };
        let data = part.get(&format!("{key}-data"));
        let data = data.filter(|data| data.text() != Some(""));
        let file = self
            .setting(part, key)
            .filter(|file| !file.value.is_empty());
        match (data, file) {
            (Some(_), Some(file)) => {
                let reason = format!(
                    "{key}-data and {key} are both specified for {of}; {key}-data overrides"
                );
                Err(invalid(file.place, reason))
            }
            (Some(data), None) => Ok(Some(embedded(&data, self.files.keys_withheld())?)),
            (None, Some(file)) => Ok(Some(self.named_by(file))),
            (None, None) => Ok(None),
        }
    }

    /// The file that a field names, beside the kubeconfig unless the path is absolute.
    fn named_by(&self, file: Setting) -> Material {
        self.names_files.set(true);
        let path = match file.value.starts_with('/') {
            true => file.value.clone(),
            false => format!("{}/{}", self.folder, file.value),
        };
        self.view.material(self.files, &path, Some(file))
    }

    fn setting(&self, part: &Cursor<'_>, key: &str) -> Option<Setting> {
        part.get(key)?.setting(key, &self.lines)
    }

    /// The content of a list's element by its name; the first counts, as in client-go.
    fn named(&self, list: &str, content: &str, name: &str) -> Option<Cursor<'_>> {
        self.element(list, name)?.get(content)
    }

    fn has(&self, list: &str, name: &str) -> bool {
        self.element(list, name).is_some()
    }

    fn element(&self, list: &str, name: &str) -> Option<Cursor<'_>> {
        let elements = self
            .root
            .get(list)
            .map(|list| list.items())
            .unwrap_or_default();
        elements.into_iter().find(|element| {
            element
                .get("name")
                .and_then(|name| name.text())
                .unwrap_or_default()
                == name
        })
    }
}

fn embedded(data: &Cursor<'_>, keys_withheld: bool) -> Result<Material, KubeconfigError> {
    data.decoded(keys_withheld)
        .ok_or_else(|| malformed(data, "illegal base64 data"))
}

fn malformed(cursor: &Cursor<'_>, reason: &str) -> KubeconfigError {
    KubeconfigError::Malformed {
        place: cursor.place(),
        reason: reason.to_owned(),
    }
}

fn invalid(place: Place, reason: String) -> KubeconfigError {
    KubeconfigError::Invalid { place, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::Memory;

    const GOOD: &str = "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster:\n    server: https://10.0.0.1:6443\n    certificate-authority-data: Q0E=\ncontexts:\n- name: x\n  context: {cluster: c, user: u}\ncurrent-context: x\nusers:\n- name: u\n  user:\n    client-certificate: pki/u.crt\n    client-key: /etc/pki/u.key\n";

    fn parse_text(text: &str) -> Result<Kubeconfig, KubeconfigError> {
        let tree = Memory::default()
            .file("/etc/k/u.conf", text)
            .file("/etc/k/pki/u.crt", "CERT");
        let files = Files::in_memory(tree, false);
        let source = View::Host.material(&files, "/etc/k/u.conf", None);
        parse(&source, &View::Host, &files).0
    }

    fn without(line: &str) -> String {
        let lines = GOOD.lines().filter(|l| !l.contains(line));
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn reads_the_current_context() {
        let config = parse_text(GOOD).unwrap();
        let server = config.server.unwrap();
        assert_eq!(server.value, "https://10.0.0.1:6443");
        assert_eq!(
            server.place.to_string(),
            "/etc/k/u.conf:6:13 (clusters[0].cluster.server)"
        );
        let authority = config.certificate_authority.unwrap();
        assert_eq!(authority.bytes(), Some(&b"CA"[..]));
        assert_eq!(authority.setting.unwrap().value, "");
        let client = config.client.unwrap();
        assert_eq!(
            client.certificate.as_ref().unwrap().bytes(),
            Some(&b"CERT"[..])
        );
        assert_eq!(
            &**client.key.as_ref().unwrap().path().unwrap(),
            "/etc/pki/u.key"
        );
        assert_eq!(config.user.unwrap().value, "u");
    }

    #[test]
    fn refuses_what_client_go_refuses() {
        let error = |text: &str| parse_text(text).map(|_| ()).unwrap_err().to_string();
        assert_eq!(
            error(""),
            "invalid configuration: no configuration has been provided"
        );
        assert!(error("kind: [").starts_with("error loading config file \"/etc/k/u.conf\": "));
        assert!(error("kind: Pod").contains("not a Config"));
        let moved = GOOD.replace("current-context: x", "current-context: y");
        assert_eq!(
            error(&moved),
            "context was not found for specified context: y"
        );
        let both = GOOD.replace("    server:", "    certificate-authority: /ca\n    server:");
        assert!(error(&both).contains("both specified"));
        let insecure = GOOD.replace(
            "    server:",
            "    insecure-skip-tls-verify: true\n    server:",
        );
        assert!(error(&insecure).contains("insecure flag is not allowed"));
        assert!(error(&without("client-key")).contains("client-key"));
        assert!(error(&without("server:")).contains("no server"));
        assert!(error(&GOOD.replace("Q0E=", "Q0E")).contains("base64"));
        assert!(error(&GOOD.replace("user: u}", "user: v}")).contains("\"v\" was not found"));
    }

    #[test]
    fn a_key_alone_is_ignored() {
        let config = parse_text(&without("client-certificate")).unwrap();
        assert!(config.client.is_none());
    }

    #[test]
    fn tokens_are_read_and_not_shown() {
        let text = GOOD.replace("    client-key", "    token: hunter2\n    client-key");
        let config = parse_text(&text).unwrap();
        assert!(!format!("{config:?}").contains("hunter2"));
        let token = config.token.unwrap();
        assert_eq!(token.bytes(), Some(&b"hunter2"[..]));
        assert_eq!(token.setting.unwrap().value, "");
    }

    #[test]
    fn a_token_file_counts_when_it_can_be_read() {
        let with = |file: &str| {
            let fields = format!("    token: embedded\n    tokenFile: {file}\n    client-key");
            let config = parse_text(&GOOD.replace("    client-key", &fields)).unwrap();
            config.token.unwrap().bytes().map(<[u8]>::to_vec)
        };
        assert_eq!(with("pki/u.crt").unwrap(), b"CERT");
        assert_eq!(with("nowhere").unwrap(), b"embedded");
    }

    #[test]
    fn whom_a_user_acts_as() {
        let text = GOOD.replace(
            "    client-key",
            "    as: jane\n    as-groups: [a, b]\n    as-uid: '7'\n    as-user-extra: {k: [v]}\n    client-key",
        );
        let acts = parse_text(&text).unwrap().impersonation.unwrap();
        assert_eq!(acts.user.value, "jane");
        assert_eq!(acts.uid.unwrap().value, "7");
        let groups: Vec<_> = acts.groups.iter().map(|group| &*group.value).collect();
        assert_eq!(groups, ["a", "b"]);
        let (key, values) = &acts.extra[0];
        assert_eq!((&**key, &*values[0].value), ("k", "v"));
        assert!(parse_text(GOOD).unwrap().impersonation.is_none());
    }
}

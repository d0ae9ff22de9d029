//! Values that a component does not take: it ends before it loads anything.

use cluster::process::{Note, NoteKind};
use cluster::{Component, Process, Setting};
use x509::Place;

use crate::suites;

/// The first value that ends a process when it looks at its flags, in the process's words.
pub(super) fn refused(process: &Process) -> Option<Note> {
    let by_component = match process.component {
        Component::KubeApiserver => apiserver(process),
        Component::KubeControllerManager => signers(process),
        Component::Etcd => etcd(process),
        _ => None,
    };
    by_component.or_else(|| tls(process))
}

/// `component-base/cli/flag/ciphersuites_flag.go`; etcd's are `tlsutil/versions.go` and
/// `tlsutil/cipher_suites.go`.
fn tls(process: &Process) -> Option<Note> {
    let is_etcd = process.component == Component::Etcd;
    let versions: &[&str] = match is_etcd {
        true => &["TLS1.2", "TLS1.3"],
        false => &[
            "VersionTLS10",
            "VersionTLS11",
            "VersionTLS12",
            "VersionTLS13",
        ],
    };
    let limits = ["tls-min-version", "tls-max-version"].into_iter();
    let mut limits = limits.filter_map(|key| process.settings.get(key));
    let unknown =
        limits.find(|limit| !limit.value.is_empty() && !versions.contains(&&*limit.value));
    if let Some(version) = unknown {
        let said = match is_etcd {
            true => format!(
                "unexpected TLS version {:?} (must be one of: TLS1.2, TLS1.3)",
                version.value
            ),
            false => format!("unknown tls version {:?}", version.value),
        };
        return Some(at(version, said));
    }
    let key = if is_etcd {
        "cipher-suites"
    } else {
        "tls-cipher-suites"
    };
    let listed = process.settings.list(key);
    let unknown = listed
        .iter()
        .find(|suite| suites::strength(&suite.value).is_none())?;
    let said = match is_etcd {
        true => format!("unexpected TLS cipher suite {:?}", unknown.value),
        false => format!(
            "Cipher suite {} not supported or doesn't exist",
            unknown.value
        ),
    };
    Some(at(unknown, said))
}

/// `pkg/kubeapiserver/options/{authentication,authorization}.go` and the options of etcd's client.
fn apiserver(process: &Process) -> Option<Note> {
    let settings = &process.settings;
    let has = |key: &str| {
        settings
            .get(key)
            .is_some_and(|setting| !setting.value.is_empty())
    };
    let external = has("service-account-signing-endpoint");
    let required = [
        ("etcd-servers", "--etcd-servers must be specified", false),
        (
            "service-account-issuer",
            "service-account-issuer is a required flag",
            false,
        ),
        (
            "service-account-signing-key-file",
            "--service-account-signing-key-file, --service-account-issuer, and --api-audiences should be specified together",
            external,
        ),
        (
            "service-account-key-file",
            "either `--service-account-key-file` or `--service-account-signing-endpoint` must be set",
            external,
        ),
    ];
    let absent = required
        .into_iter()
        .find(|(key, _, is_excused)| !is_excused && !has(key));
    if let Some((_, said, _)) = absent {
        return Some(note(process.manifest.place(), said));
    }
    port(process)
        .or_else(|| issuer(process))
        .or_else(|| authorization(process))
        .or_else(|| open_id(process))
        .or_else(|| admission(process))
        .or_else(|| probe(process))
}

fn port(process: &Process) -> Option<Note> {
    let port = process.settings.get("secure-port")?;
    let number = port.value.parse::<u16>().unwrap_or(0);
    (number == 0).then(|| {
        let said = format!(
            "--secure-port {} must be between 1 and 65535, inclusive. It cannot be turned off with 0",
            port.value
        );
        at(port, said)
    })
}

fn issuer(process: &Process) -> Option<Note> {
    let mut issuers = process.settings.all("service-account-issuer");
    let broken = issuers.find(|issuer| {
        issuer.value.contains(':')
            && issuer
                .value
                .split_once(':')
                .is_none_or(|(scheme, _)| !is_scheme(scheme))
    })?;
    Some(at(
        broken,
        format!(
            "service-account-issuer {:?} contained a ':' but was not a valid URL",
            broken.value
        ),
    ))
}

/// What may stand before the colon of a URL (RFC 3986, section 3.1).
fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
}

fn authorization(process: &Process) -> Option<Note> {
    const MODES: [&str; 6] = [
        "AlwaysAllow",
        "AlwaysDeny",
        "ABAC",
        "Webhook",
        "RBAC",
        "Node",
    ];
    let settings = &process.settings;
    let modes = settings.list("authorization-mode");
    if let (Some(file), Some(_)) = (settings.get("authorization-config"), modes.first()) {
        return Some(at(
            file,
            "--authorization-config can not be specified when --authorization-mode or --authorization-webhook-* flags are defined",
        ));
    }
    let mut unknown = modes.iter().filter(|mode| !MODES.contains(&&*mode.value));
    if let Some(mode) = unknown.next() {
        return Some(at(
            mode,
            format!("authorization-mode {:?} is not a valid mode", mode.value),
        ));
    }
    let is_repeated = |(index, mode): (usize, &Setting)| {
        modes[..index]
            .iter()
            .any(|earlier| earlier.value == mode.value)
            .then(|| mode.clone())
    };
    if let Some(mode) = modes.iter().enumerate().find_map(is_repeated) {
        let said = format!(
            "authorization-mode has mode {:?} specified more than once",
            mode.value
        );
        return Some(at(&mode, said));
    }
    let lacks = |name: &str, key: &str| {
        modes
            .iter()
            .find(|mode| mode.value == name)
            .filter(|_| settings.get(key).is_none())
    };
    if let Some(mode) = lacks("Webhook", "authorization-webhook-config-file") {
        return Some(at(
            mode,
            "authorization-mode Webhook's authorization config file not passed",
        ));
    }
    let webhook = settings.get("authorization-webhook-config-file")?;
    let is_used = modes.iter().any(|mode| mode.value == "Webhook");
    (!is_used).then(|| {
        at(
            webhook,
            "cannot specify --authorization-webhook-config-file without mode Webhook",
        )
    })
}

/// `--oidc-issuer-url` and `--oidc-client-id` come together, over HTTPS, and not beside a file.
fn open_id(process: &Process) -> Option<Note> {
    let settings = &process.settings;
    let issuer = settings
        .get("oidc-issuer-url")
        .filter(|issuer| !issuer.value.is_empty());
    let client = settings
        .get("oidc-client-id")
        .filter(|client| !client.value.is_empty());
    match (issuer, client, settings.get("authentication-config")) {
        (None, None, _) => None,
        (Some(one), None, _) | (None, Some(one), _) => Some(at(
            one,
            "oidc-issuer-url and oidc-client-id must be specified together when any oidc-* flags are set",
        )),
        (Some(issuer), _, Some(_)) => Some(at(
            issuer,
            "authentication-config file and oidc-* flags are mutually exclusive",
        )),
        (Some(issuer), _, _) if !issuer.value.starts_with("https://") => Some(at(
            issuer,
            "issuer.url: Invalid value: URL scheme must be https",
        )),
        _ => None,
    }
}

/// The kubelet's probes bear no credential: who lets nobody anonymous in, or lets them ask nothing, is
/// started again and again.
fn probe(process: &Process) -> Option<Note> {
    let settings = &process.settings;
    process.anonymous_probe.as_ref()?;
    let probed =
        |status: u16| format!("Liveness probe failed: HTTP probe failed with statuscode: {status}");
    if let Some(anonymous) = settings.get("anonymous-auth").filter(|set| !set.is_true()) {
        return Some(at(anonymous, probed(401)));
    }
    if settings.get("authorization-config").is_some() {
        return None;
    }
    let modes = settings.list("authorization-mode");
    let find = |name: &str| modes.iter().find(|mode| mode.value == name);
    // Where everything is allowed, nobody is let in anonymously
    // (`pkg/kubeapiserver/options/authentication.go`, `ApplyAuthorization`).
    let all = || {
        let why = "AnonymousAuth is not allowed with the AlwaysAllow authorizer";
        format!("{why}: {}", probed(401))
    };
    match (modes.first(), find("AlwaysAllow")) {
        (None, _) => Some(note(process.manifest.place(), all())),
        (_, Some(mode)) => Some(at(mode, all())),
        // Neither of these knows what strangers may ask; RBAC does by a binding of its own.
        (Some(first), _)
            if modes
                .iter()
                .all(|mode| matches!(&*mode.value, "Node" | "AlwaysDeny")) =>
        {
            Some(at(first, probed(403)))
        }
        _ => None,
    }
}

/// A plugin that is switched on and off (`apiserver/pkg/server/options/admission.go`, `Validate`).
fn admission(process: &Process) -> Option<Note> {
    let on = process.settings.list("enable-admission-plugins");
    let off = process.settings.list("disable-admission-plugins");
    let is_on = |plugin: &&Setting| on.iter().any(|one| one.value == plugin.value);
    let both = off.iter().find(is_on)?;
    let said = format!(
        "[{}] in enable-admission-plugins and disable-admission-plugins overlapped",
        both.value
    );
    Some(at(both, said))
}

/// `options/csrsigningcontroller.go`.
fn signers(process: &Process) -> Option<Note> {
    let settings = &process.settings;
    let global = settings
        .get("cluster-signing-cert-file")
        .or_else(|| settings.get("cluster-signing-key-file"));
    let is_special = |setting: &&Setting| {
        let inner = setting.key.strip_prefix("cluster-signing-");
        let inner = inner.and_then(|inner| inner.strip_suffix("-file"));
        inner.is_some_and(|inner| !matches!(inner, "cert" | "key"))
    };
    let special = settings.iter().find(is_special)?;
    global.filter(|global| !global.value.is_empty() && !special.value.is_empty())?;
    Some(at(
        special,
        "cannot specify --cluster-signing-{cert,key}-file and other --cluster-signing-*-file flags at the same time",
    ))
}

/// `embed/config.go` and `embed/etcd.go`.
fn etcd(process: &Process) -> Option<Note> {
    let settings = &process.settings;
    let get = |key: &str| {
        settings
            .get(key)
            .filter(|setting| !setting.value.is_empty())
    };
    if let (Some(listen), None) = (get("listen-client-urls"), get("advertise-client-urls")) {
        return Some(at(
            listen,
            "--advertise-client-urls is required when --listen-client-urls is set explicitly",
        ));
    }
    let ports = [
        (
            "listen-client-urls",
            "cert-file",
            "key-file",
            "auto-tls",
            "client",
        ),
        (
            "listen-peer-urls",
            "peer-cert-file",
            "peer-key-file",
            "peer-auto-tls",
            "peer",
        ),
    ];
    for (urls, certificate, key, auto, who) in ports {
        let parts = get(urls).map(Setting::parts).unwrap_or_default();
        let secure = parts
            .into_iter()
            .find(|url| url.value.starts_with("https://"));
        let is_bare =
            get(certificate).is_none() && get(key).is_none() && !settings.is_on(auto, false);
        if let Some(url) = secure.filter(|_| is_bare) {
            let said = match who {
                "client" => format!(
                    "TLS key/cert (--cert-file, --key-file) must be provided for client url {} with HTTPS scheme",
                    url.value
                ),
                _ => format!(
                    "cannot listen on TLS for {}: KeyFile and CertFile are not presented",
                    url.value.trim_start_matches("https://")
                ),
            };
            return Some(at(&url, said));
        }
    }
    let minimum = get("tls-min-version").filter(|minimum| minimum.value == "TLS1.3");
    if let (Some(_), Some(suites)) = (minimum, get("cipher-suites")) {
        return Some(at(
            suites,
            "cipher suites cannot be configured when only TLS1.3 is enabled",
        ));
    }
    None
}

fn at(setting: &Setting, said: impl Into<String>) -> Note {
    note(setting.place.clone(), said)
}

fn note(place: Place, said: impl Into<String>) -> Note {
    Note {
        kind: NoteKind::Unsupported,
        place,
        message: said.into(),
    }
}

//! A line without what its keeper put in front of it, and the facts that are in it.

use cluster::Component;
use serde_json::Value;

use super::Facts;

/// A line.
pub(super) struct Line {
    /// Who says it, when the line tells.
    pub(super) component: Option<Component>,
    /// What is said, with quotes as they were before they were written down.
    pub(super) message: String,
}

/// The components that write logs, by their programs' names.
const SPEAKERS: [Component; 6] = [
    Component::KubeApiserver,
    Component::KubeControllerManager,
    Component::KubeScheduler,
    Component::KubeProxy,
    Component::Kubelet,
    Component::Etcd,
];

/// Who writes to a file of this name, as `/var/log/pods/kube-system_etcd-cp-1_…` or `kubelet.log`.
pub fn component_in_name(name: &str) -> Option<Component> {
    SPEAKERS
        .into_iter()
        .find(|component| name.contains(component.name()))
}

/// Reads a line as container runtimes, Docker, journald, klog, zap and kubectl write it.
pub(super) fn read(line: &str) -> Line {
    let mut component = None;
    let mut rest = line.trim();
    // kubectl logs --prefix: `[pod/NAME/CONTAINER] `.
    if let Some((pod, after)) = rest
        .strip_prefix("[pod/")
        .and_then(|rest| rest.split_once("] "))
    {
        component = component_in_name(pod);
        rest = after;
    }
    rest = without_runtime(rest);
    if let Some((tag, after)) = journal(rest) {
        component = component.or_else(|| component_in_name(tag));
        rest = without_runtime(after);
    }
    if rest.starts_with('{')
        && let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(rest)
    {
        let inner = structured(&fields);
        return Line {
            component: component.or(inner.component),
            message: inner.message,
        };
    }
    let by_kubectl = [
        "Unable to connect to the server",
        "error: You must be logged in",
        "The connection to the server",
    ]
    .iter()
    .any(|start| rest.starts_with(start));
    Line {
        component: component.or(by_kubectl.then_some(Component::Admin)),
        message: rest.replace("\\\"", "\""),
    }
}

/// CRI: `TIME stdout|stderr F|P MESSAGE` (kubernetes/kubernetes `pkg/kubelet/kuberuntime/logs`).
fn without_runtime(line: &str) -> &str {
    let mut parts = line.splitn(4, ' ');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some("stdout" | "stderr"), Some("F" | "P"), Some(message)) => {
            message.trim_start()
        }
        _ => line,
    }
}

/// journald and syslog: `Nov 25 10:00:00 HOST kubelet[1234]: MESSAGE`, with any time in front.
fn journal(line: &str) -> Option<(&str, &str)> {
    let (before, message) = line.split_once("]: ")?;
    let (head, process) = before.rsplit_once('[')?;
    let tag = head.rsplit(' ').next()?;
    let is_tag = !tag.is_empty() && process.chars().all(|c| c.is_ascii_digit());
    is_tag.then_some((tag, message))
}

/// Docker's `log`, journald's `MESSAGE`, and what zap and the components' own JSON have.
fn structured(fields: &serde_json::Map<String, Value>) -> Line {
    let text = |key: &str| fields.get(key).and_then(Value::as_str);
    if let Some(inner) = text("log").or_else(|| text("MESSAGE")) {
        let tag = text("_COMM")
            .or_else(|| text("SYSLOG_IDENTIFIER"))
            .and_then(component_in_name);
        let inner = match inner.starts_with("{\"log\"") {
            // Nobody wraps twice.
            true => Line {
                component: None,
                message: inner.to_owned(),
            },
            false => read(inner),
        };
        return Line {
            component: tag.or(inner.component),
            message: inner.message,
        };
    }
    // zap names its callers; those of etcd are its own packages.
    let caller = text("caller").unwrap_or_default();
    let is_etcd = [
        "embed/",
        "etcdserver/",
        "etcdmain/",
        "rafthttp/",
        "transport/",
        "v3rpc/",
    ]
    .iter()
    .any(|package| caller.starts_with(package));
    let rest = fields
        .iter()
        .filter(|(key, _)| !matches!(&***key, "level" | "ts" | "caller" | "msg" | "v" | "logger"))
        .map(|(key, value)| match value {
            Value::String(value) => format!("{key}={value}"),
            value => format!("{key}={value}"),
        });
    let message = text("msg").map(str::to_owned).into_iter().chain(rest);
    Line {
        component: is_etcd.then_some(Component::Etcd),
        message: message.collect::<Vec<_>>().join(" "),
    }
}

/// The error in a message, of which a part that was recognised begins at `at`: from where it starts,
/// unless that is far off, to where the next field begins.
pub(super) fn said(message: &str, at: usize) -> &str {
    const FAR: usize = 160;
    let before = message.get(..at).unwrap_or_default();
    let starts = ["err=\"", "error=", "desc = \"", "] "].into_iter();
    let start = starts
        .filter_map(|mark| Some(before.rfind(mark)? + mark.len()))
        .max();
    let start = start.filter(|start| at - start <= FAR);
    let start = start.unwrap_or(if at <= FAR { 0 } else { at });
    let text = message.get(start..).unwrap_or_default();
    // klog's `err="…" key=…`.
    let is_field = |rest: &str| {
        let name = rest.split('=').next().unwrap_or_default();
        rest.contains('=')
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let ends = text.match_indices("\" ").map(|(end, _)| end);
    let end = ends
        .filter(|end| start + end > at)
        .find(|end| is_field(&text[end + 2..]));
    text[..end.unwrap_or(text.len())].trim_end_matches('"')
}

/// What a message is about.
pub(super) fn facts(message: &str) -> Facts {
    Facts {
        path: path(message),
        address: address(message),
        name: name(message),
        reason: reason(message),
    }
}

/// The file in `open PATH: no such file or directory` and its like.
fn path(message: &str) -> Option<String> {
    let before = [
        "open ",
        "stat ",
        "read ",
        "client-cert ",
        "client-key ",
        "certificate-authority ",
        "public key file ",
        "bundle::",
        "path=\"",
    ];
    let starts = before.iter().filter_map(|word| {
        let at = message.find(&format!("{word}/"))?;
        Some(at + word.len())
    });
    let rest = &message[starts.min()?..];
    let end = rest.find(|c: char| c.is_whitespace() || ":\"',;)".contains(c));
    Some(rest[..end.unwrap_or(rest.len())].to_owned())
}

/// The address in `dial tcp ADDRESS:`, `https://ADDRESS/`, `Addr: "ADDRESS"` and its like.
fn address(message: &str) -> Option<String> {
    let after = |word: &str| message.split_once(word).map(|(_, rest)| rest);
    let rest = after("dial tcp ")
        .or_else(|| after("https://"))
        .or_else(|| after("http://"))
        .or_else(|| after("Addr: \""))
        .or_else(|| after("The connection to the server "))?;
    let end = rest
        .find(|c: char| c.is_whitespace() || "/\",".contains(c))
        .unwrap_or(rest.len());
    let address = rest[..end].trim_end_matches(':');
    (!address.is_empty()).then(|| address.to_owned())
}

/// The name in `certificate is valid for …, not NAME` and its like.
fn name(message: &str) -> Option<String> {
    let valid = message.find("is valid for ").and_then(|at| {
        let rest = &message[at..];
        rest.find(", not ").map(|at| &rest[at + 6..])
    });
    let any = || {
        message
            .split_once("not valid for any names, but wanted to match ")
            .map(|(_, rest)| rest)
    };
    let rest = valid.or_else(any)?;
    let end = rest
        .find(|c: char| c.is_whitespace() || "\"',)".contains(c))
        .unwrap_or(rest.len());
    Some(rest[..end].to_owned())
}

/// What Go says from `x509: ` or `tls: ` on.
fn reason(message: &str) -> Option<String> {
    let at = message.find("x509: ").or_else(|| message.find("tls: "))?;
    let text = without_moment(&message[at..]);
    let end = text
        .char_indices()
        .nth(200)
        .map_or(text.len(), |(end, _)| end);
    Some(
        text[..end]
            .trim_end_matches(['"', '\'', ' ', '}'])
            .to_owned(),
    )
}

/// `current time X is after Y` without X: it is said again and again.
pub(super) fn without_moment(text: &str) -> String {
    match text.split_once("current time ") {
        Some((before, after)) => {
            let rest = after.split_once(' ').map_or("", |(_, rest)| rest);
            format!("{before}{rest}")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_keeper_of_logs() {
        let said = "E1125 10:00:00.000000       1 run.go:72] \"command failed\" err=\"open /a: no such file or directory\"";
        let escaped = said.replace('"', "\\\"");
        for (line, component) in [
            (said.to_owned(), None),
            (
                format!("2026-11-25T10:00:00.000000000Z stderr F {said}"),
                None,
            ),
            (
                format!("Nov 25 10:00:00 cp-1 kubelet[812]: {said}"),
                Some(Component::Kubelet),
            ),
            (
                format!("2026-11-25T10:00:00+0000 cp-1 kubelet[812]: {said}"),
                Some(Component::Kubelet),
            ),
            (
                format!("[pod/kube-scheduler-cp-1/kube-scheduler] {said}"),
                Some(Component::KubeScheduler),
            ),
            (
                format!("{{\"log\":\"{escaped}\\n\",\"stream\":\"stderr\",\"time\":\"t\"}}"),
                None,
            ),
            (
                format!("{{\"MESSAGE\":\"{escaped}\",\"_COMM\":\"kubelet\"}}"),
                Some(Component::Kubelet),
            ),
        ] {
            let read = read(&line);
            assert_eq!(read.message.trim(), said, "{line}");
            assert_eq!(read.component, component, "{line}");
            assert_eq!(facts(&read.message).path.as_deref(), Some("/a"));
        }
        let etcd = read(
            "{\"level\":\"warn\",\"ts\":\"t\",\"caller\":\"embed/config_logging.go:194\",\"msg\":\"rejected connection on client endpoint\",\"remote-addr\":\"127.0.0.1:1\",\"error\":\"tls: bad\"}",
        );
        assert_eq!(etcd.component, Some(Component::Etcd));
        assert!(
            etcd.message
                .starts_with("rejected connection on client endpoint")
        );
        assert!(etcd.message.ends_with("error=tls: bad"), "{}", etcd.message);
    }

    #[test]
    fn the_error_alone() {
        let message = "E1125 1 a.go:1] \"Unable\" err=\"Post \"https://a\": dial tcp 1.2.3.4:1: connect: connection refused\" node=\"x\"";
        let at = message.find("connection refused").unwrap();
        let expected = "Post \"https://a\": dial tcp 1.2.3.4:1: connect: connection refused";
        assert_eq!(said(message, at), expected);
        assert_eq!(said("a x509: b", 2), "a x509: b");
        let long = format!("{}x509: b", "a".repeat(500));
        assert_eq!(said(&long, 500), "x509: b");
    }

    #[test]
    fn facts_of_lines() {
        let found = facts(
            "Post \"https://10.0.0.1:6443/api\": tls: failed to verify certificate: x509: certificate is valid for 10.96.0.1, not 10.0.0.1\" node=\"x\"",
        );
        assert_eq!(found.address.as_deref(), Some("10.0.0.1:6443"));
        assert_eq!(found.name.as_deref(), Some("10.0.0.1"));
        let found = facts("dial tcp 127.0.0.1:2379: connect: connection refused");
        assert_eq!(found.address.as_deref(), Some("127.0.0.1:2379"));
        let found = facts(
            "x509: certificate has expired or is not yet valid: current time 2026-01-01T00:00:00Z is after 2025-01-01T00:00:00Z",
        );
        assert_eq!(
            found.reason.as_deref(),
            Some(
                "x509: certificate has expired or is not yet valid: is after 2025-01-01T00:00:00Z"
            )
        );
    }
}

//! Dumps and answers are read alike, with the place of everything, and hostile ones do no harm.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use kubepki_cluster::objects::{CallbackKind, DumpError, Objects, Purpose, RequestState, Target};
use proptest::prelude::*;

/// As `kubectl get … -o yaml` prints objects.
const DUMP: &str = include_str!("data/objects.yaml");

fn dump(text: &str) -> Objects {
    let mut objects = Objects::default();
    objects.add_dump("dump.yaml", text.as_bytes()).unwrap();
    objects
}

#[test]
fn everything_has_its_place() {
    let objects = dump(DUMP);
    let places: Vec<(String, String, String)> = objects
        .bundles
        .iter()
        .map(|bundle| {
            let place = bundle.material.place();
            assert_eq!(objects.at(&place), Some(&bundle.object));
            let bytes = String::from_utf8(bundle.material.bytes().unwrap().to_vec());
            (bundle.object.to_string(), place.to_string(), bytes.unwrap())
        })
        .collect();
    let expected = [
        (
            "ConfigMap app/kube-root-ca.crt",
            "dump.yaml:6:7 (data[\"ca.crt\"])",
            "first\n",
        ),
        (
            "ConfigMap kube-public/cluster-info",
            "dump.yaml:17 (data.kubeconfig.clusters[0].cluster.certificate-authority-data)",
            "CA",
        ),
    ];
    let expected = expected.map(|(a, b, c)| (a.to_owned(), b.to_owned(), c.to_owned()));
    assert_eq!(places, expected);
    assert_eq!(objects.bundles[1].purpose, Purpose::Joining);
    assert_eq!(objects.endpoints[0].host().as_deref(), Some("10.0.0.1"));
    assert_eq!(objects.endpoints[0].server.place.line, Some(18));

    let secret = &objects.secrets[0];
    let place = secret.pair.certificate.as_ref().unwrap().place();
    assert_eq!(place.to_string(), "dump.yaml:24:14 (data[\"tls.crt\"])");

    let names: Vec<String> = objects.callbacks.iter().map(ToString::to_string).collect();
    let of = "of ValidatingWebhookConfiguration policy";
    assert_eq!(
        names,
        ["a", "b"].map(|name| format!("webhook {name}.example.com {of}"))
    );
    let [first, second] = &objects.callbacks[..] else {
        unreachable!("two were counted");
    };
    assert_eq!(first.kind, CallbackKind::Webhook("a.example.com".into()));
    assert_eq!(first.checked_name().as_deref(), Some("policy.hooks.svc"));
    assert!(first.bundle.is_some() && !first.is_optional);
    assert!(matches!(second.target, Target::Url(_)) && second.is_optional);
    assert_eq!(second.checked_name().as_deref(), Some("fd00::1"));

    let request = &objects.requests[0];
    assert_eq!(request.state, RequestState::Failed("no".to_owned()));
    assert_eq!(
        objects.at(&request.place).unwrap().to_string(),
        "CertificateSigningRequest csr-1"
    );
}

#[test]
fn lines_of_secrets_are_not_kept() {
    let text = dump(DUMP).text("dump.yaml").unwrap().to_string();
    for secret in ["Q0VSVA==", "S0VZ", "c2VjcmV0"] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(text.lines().count(), DUMP.lines().count());
    assert!(text.contains("kubernetes.io/kubelet-serving"));
    // All on one line.
    let list = r#"{"kind": "List", "apiVersion": "v1", "items": [{"kind": "ConfigMap", "apiVersion": "v1"}, {"kind": "Secret", "apiVersion": "v1", "data": {"a": "c2VjcmV0"}}, {"kind": "ConfigMap", "apiVersion": "v1"}]}"#;
    let text = dump(list).text("dump.yaml").unwrap().to_string();
    assert!(!text.contains("c2VjcmV0"), "{text}");
}

#[test]
fn an_answer_says_the_same_as_a_dump() {
    let answer = r#"{"kind": "ConfigMapList", "apiVersion": "v1", "items": [
        {"metadata": {"name": "kube-root-ca.crt", "namespace": "app"}, "data": {"ca.crt": "first\n"}}]}"#;
    let mut objects = Objects::default();
    let address = |namespace: Option<&str>, name: &str| {
        format!("https://c/{}/{name}", namespace.unwrap_or_default())
    };
    objects.add_answer(answer, &address).unwrap();
    let bundle = &objects.bundles[0];
    let place = bundle.material.place();
    assert_eq!(bundle.object.to_string(), "ConfigMap app/kube-root-ca.crt");
    assert_eq!(
        place.to_string(),
        "https://c/app/kube-root-ca.crt (data[\"ca.crt\"])"
    );
    assert_eq!(objects.at(&place), Some(&bundle.object));
    assert_eq!(objects.text(&place.path), None);
}

#[test]
fn what_is_no_dump_is_refused() {
    let mut objects = Objects::default();
    let mut refused = |bytes: &[u8]| objects.add_dump("d", bytes).unwrap_err();
    assert_eq!(refused(b""), DumpError::NoObject("d".into()));
    assert_eq!(refused(b"hello"), DumpError::NoObject("d".into()));
    assert_eq!(refused(b"a: 1"), DumpError::NoObject("d".into()));
    assert!(refused(b"a: [").to_string().starts_with("d:"));
    assert!(refused(b"\xff").to_string().contains("UTF-8"));
    // A cluster may well have none of a kind.
    let none = b"{\"kind\": \"List\", \"apiVersion\": \"v1\", \"items\": []}";
    objects.add_dump("d", none).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_dumps_do_no_harm(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4u8, any::<u8>()), 0..8),
    ) {
        let mut bytes = DUMP.as_bytes().to_vec();
        for (index, kind, byte) in edits {
            let at = index.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => bytes.truncate(at.max(1)),
                2 => bytes.insert(at, b"[]{}:,'\"&*-\n |"[usize::from(byte) % 14]),
                _ => bytes.extend_from_within(at..),
            }
        }
        let mut objects = Objects::default();
        if objects.add_dump("d", &bytes).is_ok() {
            for material in objects.materials() {
                prop_assert!(objects.at(&material.place()).is_some());
            }
        }
        let text = String::from_utf8_lossy(&bytes);
        let address = |_: Option<&str>, name: &str| name.to_owned();
        let _ = Objects::default().add_answer(&text, &address);
    }
}

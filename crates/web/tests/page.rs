//! What pages hold, and what they never hold.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test may end that way"
)]

mod common;

use std::fs;

use common::{HOSTILE, example, page_of_example, page_of_hostile, page_of_many};

#[test]
fn a_finding_stands_there_with_its_lines() {
    let page = page_of_example("broken");
    for part in [
        "1 of 12 channels failing",
        "id=\"finding-KP0301\"",
        "/etc/kubernetes/manifests/kube-apiserver.yaml:21:21",
        "--etcd-cafile=<mark>/etc/kubernetes/pki/ca.crt</mark>",
        "let --etcd-cafile name /etc/kubernetes/pki/etcd/ca.crt",
        "x509: certificate signed by unknown authority",
        "href=\"#channel-kube-apiserver~etcd\"",
        "id=\"channel-kube-apiserver~etcd\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(page_of_example("kubeadm").contains("All 12 channels work"));
}

#[test]
fn every_link_leads_somewhere() {
    for page in [page_of_example("broken"), page_of_many(), page_of_hostile()] {
        let values = |attribute: &str| -> Vec<String> {
            let before = format!(" {attribute}=\"");
            let parts = page.split(&before).skip(1);
            parts
                .filter_map(|rest| rest.split('"').next())
                .map(str::to_owned)
                .collect()
        };
        let mut names = values("id");
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all, "no name is given twice");
        for link in values("href") {
            let name = link.strip_prefix('#').expect("a link within the page");
            assert!(
                name == "closed" || names.iter().any(|one| one == name),
                "{link}"
            );
        }
    }
}

#[test]
fn what_files_say_is_text() {
    let page = page_of_hostile();
    for part in [HOSTILE, "<img", "<u>", "\u{202e}", "\u{1b}"] {
        assert!(!page.contains(part), "{part:?}");
    }
    assert!(page.contains("&lt;img src=x onerror=hacked=1&gt;"));
    assert!(page.contains("CN=&lt;u&gt;&quot;x&quot;&lt;/u&gt;&amp;'&lt;s"));
    assert_eq!(page.matches("<script").count(), 1, "the page's own");
}

#[test]
fn nothing_is_fetched() {
    let page = page_of_example("broken");
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"));
    for part in [
        " src=",
        "<link",
        "@import",
        "url(",
        "<iframe",
        "<object",
        " style=",
        " onclick=",
    ] {
        assert!(!page.contains(part), "{part}");
    }
}

#[test]
fn nothing_secret_stands_there() {
    let pages = [
        page_of_example("kubeadm"),
        page_of_example("broken"),
        page_of_many(),
    ]
    .concat();
    let mut secrets = 0;
    for tree in ["kubeadm", "broken"] {
        let root = example(tree).join("etc/kubernetes");
        for file in [
            "pki/ca.key",
            "pki/sa.key",
            "pki/apiserver.key",
            "pki/etcd/ca.key",
        ] {
            let text = fs::read_to_string(root.join(file)).unwrap();
            for line in text.lines().filter(|line| !line.starts_with('-')) {
                assert!(!pages.contains(line), "a line of {file}");
                secrets += 1;
            }
        }
        let text = fs::read_to_string(root.join("admin.conf")).unwrap();
        let key = text.split("client-key-data: ").nth(1).unwrap();
        assert!(!pages.contains(&key[..64]));
    }
    assert!(secrets > 20);
    assert!(!pages.contains("PRIVATE KEY"));
    assert!(!page_of_hostile().contains("sesame"));
}

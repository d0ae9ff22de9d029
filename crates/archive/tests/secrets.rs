//! Nothing secret is in an archive: secrets are planted wherever somebody keeps them, and looked for
//! in every byte.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use cluster::files::Memory;
use cluster::{Content, Files, Graph, Inventory};
use flate2::read::GzDecoder;
use kubepki_archive::{collect, read};
use time::macros::utc_datetime;

/// What is planted: distinct, and each told from everything that is not secret.
struct Planted(Vec<(String, Vec<u8>)>);

impl Planted {
    /// A password of letters and digits.
    fn word(&mut self, place: &str) -> String {
        let word = format!("Hunter{:02}z", self.0.len());
        self.0.push((place.to_owned(), word.clone().into_bytes()));
        word
    }

    /// The inner bytes of a private key.
    fn key(&mut self, place: &str, pem: &[u8]) -> Vec<u8> {
        let block = verify::pem::blocks(pem).next().unwrap();
        let middle = block.content.len() / 2;
        self.0.push((
            place.to_owned(),
            block.content[middle..middle + 24].to_vec(),
        ));
        pem.to_vec()
    }
}

fn example(path: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/kubeadm");
    fs::read(root.join(path)).unwrap()
}

fn text(path: &str) -> String {
    String::from_utf8(example(path)).unwrap()
}

fn pod(planted: &mut Planted) -> String {
    let mut word = |place: &str| planted.word(place);
    let manifest = text("etc/kubernetes/manifests/kube-apiserver.yaml");
    let annotations = format!(
        "  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: '{{\"env\":\"{}\"}}'\n    note: {}\n",
        word("last-applied-configuration"),
        word("an annotation")
    );
    let arguments = [
        "    - --token-auth-file=/etc/kubernetes/pki/tokens.csv".to_owned(),
        format!("    - --oidc-client-secret={}", word("an unknown flag")),
        "    - --some-password".to_owned(),
        format!("    - {}", word("a flag's own word")),
        format!(
            "    - --etcd-servers=https://root:{}@127.0.0.1:2379",
            word("a URL")
        ),
        format!(
            "    - --bearer=eyJhbGciOiJSUzI1NiJ9.{}.c2ln",
            word("a JSON web token")
        ),
        "    - --egress-selector-config-file=/etc/kubernetes/pki/egress.yaml".to_owned(),
        "    - --encryption-provider-config=/etc/kubernetes/pki/encryption.yaml".to_owned(),
    ];
    let more = format!(
        "    env:\n    - name: HARMLESS\n      value: {}\n    - {{name: DB_TOKEN, value: \"{}\"}}\n    - name: HTTPS_PROXY\n      value: http://u:{}@proxy:3128\n\
         \x20 - name: sidecar # {}\n    image: x/sidecar:v1\n    command: [/bin/sh, -c, \"curl -u admin:{} --header 'x' http://127.0.0.1\"]\n    args:\n    - |\n      export PASSWORD={}\n      exec run --secret {} \\\n        --fine=1\n    livenessProbe:\n      httpGet:\n        httpHeaders: [{{name: X-Custom, value: {}}}]\n",
        word("a variable"),
        word("a variable of a telling name"),
        word("a proxy"),
        word("a comment"),
        word("curl"),
        word("an exported variable"),
        word("a word in a script"),
        word("a header of a probe"),
    );
    manifest
        .replacen("  annotations:\n", &annotations, 1)
        .replacen(
            "    - --advertise",
            &format!("{}\n    - --advertise", arguments.join("\n")),
            1,
        )
        .replacen("    image:", &format!("{more}    image:"), 1)
}

fn kubeconfig(planted: &mut Planted) -> String {
    let text = text("etc/kubernetes/admin.conf");
    let users = format!(
        "users:\n- name: other\n  user:\n    token: {}\n    username: admin\n    password: {}\n- name: exec\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: aws\n      args: [eks, --secret-access-key, {}]\n      env:\n      - name: AWS_PROFILE\n        value: {}\n- name: provider\n  user:\n    auth-provider:\n      name: oidc\n      config: {{id-token: {}, client-id: {}}}\n",
        planted.word("a token"),
        planted.word("a password"),
        planted.word("an exec argument"),
        planted.word("an exec variable"),
        planted.word("an auth-provider"),
        planted.word("an auth-provider's field"),
    );
    let proxy = format!(
        "    proxy-url: http://p:{}@proxy\n    server:",
        planted.word("a proxy-url")
    );
    let key = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("client-key-data: "))
        .unwrap();
    planted.key("an embedded key", &BASE64_STANDARD.decode(key).unwrap());
    text.replacen("users:\n", &users, 1)
        .replacen("    server:", &proxy, 1)
}

fn tree(planted: &mut Planted) -> Memory {
    let mut tree = Memory::default();
    for name in ["ca", "apiserver", "etcd/server", "sa"] {
        let key = planted.key(name, &example(&format!("etc/kubernetes/pki/{name}.key")));
        tree = tree.file(&format!("/etc/kubernetes/pki/{name}.key"), key);
        if name != "sa" {
            let path = format!("etc/kubernetes/pki/{name}.crt");
            let noted = format!(
                "# {}\n{}",
                planted.word("beside a certificate"),
                text(&path)
            );
            tree = tree.file(&format!("/{path}"), noted);
        }
    }
    let der = verify::pem::blocks(&example("etc/kubernetes/pki/front-proxy-ca.key"))
        .next()
        .unwrap()
        .content
        .to_vec();
    let pem = example("etc/kubernetes/pki/front-proxy-ca.key");
    planted.key("a key as DER", &pem);
    let mislabelled = x509::pem::encode("CERTIFICATE", &der).as_bytes().to_vec();
    let certificate = verify::pem::blocks(&example("etc/kubernetes/pki/ca.crt"))
        .next()
        .unwrap()
        .content
        .to_vec();
    let behind = x509::pem::encode("CERTIFICATE", &[certificate, der.clone()].concat())
        .as_bytes()
        .to_vec();
    let encrypted = x509::pem::encode("ENCRYPTED PRIVATE KEY", &der)
        .as_bytes()
        .to_vec();
    let odd = String::from_utf8(pem)
        .unwrap()
        .replace("-----BEGIN RSA", "  -----BEGIN RSA");
    let word = |planted: &mut Planted, place: &str| planted.word(place);
    tree.file("/etc/kubernetes/manifests/kube-apiserver.yaml", pod(planted))
        .file("/etc/kubernetes/manifests/etcd.yaml", format!("kind: Pod\nspec: [\n  token: {}\n", word(planted, "a broken manifest")))
        .file("/etc/kubernetes/manifests/secret.yaml", format!("kind: Secret\nmetadata: {{name: s}}\nstringData: {{a: {}}}\n", word(planted, "a Secret")))
        .file("/etc/kubernetes/manifests/list.yaml", format!("- {}\n", word(planted, "a list")))
        .file("/etc/kubernetes/admin.conf", kubeconfig(planted))
        .file("/etc/kubernetes/kubelet.conf", format!("kind: Config\nusers:\n- name: u\n  user: {{tokenFile: /etc/kubernetes/pki/token, client-key-data: {}}}\nclusters:\n- name: c\n  cluster: {{server: 'https://h'}}\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\ncurrent-context: x\n", BASE64_STANDARD.encode(word(planted, "no key"))))
        .file("/etc/kubernetes/pki/token", word(planted, "a token's file"))
        .file("/etc/kubernetes/pki/tokens.csv", format!("{},admin,1,\"system:masters\"\n", word(planted, "a file of tokens")))
        .file("/etc/kubernetes/pki/password.txt", format!("{}\n", word(planted, "a file of a password")))
        .file("/etc/kubernetes/pki/key.der", der)
        .file("/etc/kubernetes/pki/mislabelled.crt", mislabelled)
        .file("/etc/kubernetes/pki/behind.crt", behind)
        .file("/etc/kubernetes/pki/encrypted.key", encrypted)
        .file("/etc/kubernetes/pki/odd.key", odd)
        .file("/etc/kubernetes/pki/encryption.yaml", format!("kind: EncryptionConfiguration\nresources:\n- providers:\n  - aescbc:\n      keys: [{{name: k1, secret: {}}}]\n  - secretbox: {{keys: [{{name: k, secret: \"{}\"}}]}}\n", BASE64_STANDARD.encode(word(planted, "an encryption key")), word(planted, "an encryption key in the open")))
        .file("/etc/kubernetes/pki/egress.yaml", format!("kind: EgressSelectorConfiguration\negressSelections:\n- name: cluster\n  connection: {{transport: {{tcp: {{url: 'https://a:{}@h'}}}}}}\n", word(planted, "an egress URL")))
        .file("/var/lib/kubelet/config.yaml", format!("kind: KubeletConfiguration\nstaticPodURLHeader:\n  Authorization: [{}]\nrotateCertificates: true\n", word(planted, "a header")))
        .file("/var/lib/kubelet/kubeadm-flags.env", format!("# {}\nKUBELET_KUBEADM_ARGS=\"--hostname-override=cp --token={} --node-ip=10.0.0.1\"\nAPI={}\nMORE={} \\\n  {}\n", word(planted, "a comment of an environment"), word(planted, "a kubelet flag"), word(planted, "an environment variable"), word(planted, "a variable that goes on"), word(planted, "where it goes on")))
        .file("/etc/systemd/system/kubelet.service.d/10-kubeadm.conf", format!("[Service]\nEnvironment=\"A=--x\" \"B={}\"\nEnvironmentFile=/var/lib/kubelet/kubeadm-flags.env\nExecStart=/usr/bin/kubelet $KUBELET_KUBEADM_ARGS --api-token {}\n", word(planted, "a unit's variable"), word(planted, "a unit's argument")))
        .file("/var/lib/kubelet/pki/blob", [&[0xff, 0xfe][..], word(planted, "what is no text").as_bytes()].concat())
}

/// The ways in which bytes may be written down.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    forms.push(hex.to_uppercase().into_bytes());
    forms.push(hex.into_bytes());
    for shift in 0..3 {
        let shifted = [&vec![0; shift], secret].concat();
        for text in [
            BASE64_STANDARD.encode(&shifted),
            BASE64_URL_SAFE_NO_PAD.encode(&shifted),
        ] {
            // Only the letters that no neighbour has a part in.
            let text = text.trim_end_matches('=');
            let inner = &text[(shift * 8).div_ceil(6)..text.len() - 1];
            forms.push(inner.as_bytes().to_vec());
        }
    }
    forms
}

/// Every text and every PEM block and base64 word in it, to a depth of three.
fn unpacked(bytes: &[u8], depth: usize, all: &mut Vec<Vec<u8>>) {
    all.push(bytes.to_vec());
    if depth == 0 {
        return;
    }
    for block in verify::pem::blocks(bytes) {
        unpacked(&block.content, depth - 1, all);
    }
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    for word in bytes
        .split(|byte| !is_base64(byte))
        .filter(|word| word.len() > 7)
    {
        if let Ok(content) = BASE64_STANDARD.decode(word) {
            unpacked(&content, depth - 1, all);
        }
    }
}

#[test]
fn no_secret_is_in_an_archive() {
    let mut planted = Planted(Vec::new());
    let inventory = Inventory::read(vec![(None, Files::in_memory(tree(&mut planted), false))]);
    let _ = Graph::of(&inventory);
    let mut packed = Vec::new();
    let collection = collect(&inventory, "0", utc_datetime!(2026-12-01 0:00));
    collection.write(&mut packed).unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(&*packed).read_to_end(&mut bytes).unwrap();
    let mut all = vec![bytes.clone()];
    for entry in tar::Archive::new(&*bytes).entries().unwrap() {
        let mut content = Vec::new();
        entry.unwrap().read_to_end(&mut content).unwrap();
        unpacked(&content, 3, &mut all);
    }
    let mut found = Vec::new();
    for (place, secret) in &planted.0 {
        for form in forms(secret) {
            let is_in = |text: &Vec<u8>| text.windows(form.len()).any(|window| window == form);
            if all.iter().any(is_in) {
                found.push(format!("{place}: {}", String::from_utf8_lossy(&form)));
            }
        }
    }
    assert!(
        found.is_empty(),
        "{} found\n{}",
        found.len(),
        found.join("\n")
    );
    assert!(planted.0.len() > 45);
    // Everything was in reach: what is not collected cannot be found.
    let paths: Vec<&str> = collection.index.nodes[0]
        .entries
        .iter()
        .map(|entry| &*entry.path)
        .collect();
    for path in [
        "/etc/kubernetes/pki/tokens.csv",
        "/etc/kubernetes/pki/egress.yaml",
        "/var/lib/kubelet/pki/blob",
    ] {
        assert!(paths.contains(&path), "{path}");
    }
    assert!(String::from_utf8_lossy(&bytes).contains("PUBLIC HALF OF RSA PRIVATE KEY"));
}

#[test]
fn every_line_stays_and_what_counts_is_kept() {
    let mut planted = Planted(Vec::new());
    let files = Files::in_memory(tree(&mut planted), false);
    let inventory = Inventory::read(vec![(None, files)]);
    let mut packed = Vec::new();
    collect(&inventory, "0", utc_datetime!(2026-12-01 0:00))
        .write(&mut packed)
        .unwrap();
    let mut nodes = read(Cursor::new(packed)).unwrap().nodes;
    let collected = Files::in_memory(nodes.remove(0).tree, false);
    let of_tree = &inventory.nodes[0].files;
    for path in [
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "/etc/kubernetes/manifests/etcd.yaml",
        "/etc/kubernetes/admin.conf",
        "/var/lib/kubelet/kubeadm-flags.env",
        "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
    ] {
        let lines = |files: &Files| {
            let file = files.get(path);
            String::from_utf8(file.bytes().unwrap().to_vec())
                .unwrap()
                .lines()
                .count()
        };
        assert_eq!(lines(&collected), lines(of_tree), "{path}");
    }
    let read_again = Inventory::read(vec![(None, collected)]);
    let settings = |inventory: &Inventory| -> Vec<String> {
        let processes = inventory.nodes[0].processes.values();
        let settings = processes.flat_map(|process| process.settings.iter());
        let places = settings.map(|setting| {
            format!(
                "{} {:?}",
                setting.place,
                setting.mark.map(|mark| mark.column)
            )
        });
        places.collect()
    };
    assert_eq!(settings(&read_again).len(), settings(&inventory).len());
    let apiserver = &read_again.nodes[0].processes[&cluster::Component::KubeApiserver];
    let value = |key: &str| {
        apiserver
            .settings
            .get(key)
            .map(|setting| setting.value.clone())
    };
    assert_eq!(
        value("tls-cert-file").as_deref(),
        Some("/etc/kubernetes/pki/apiserver.crt")
    );
    assert_eq!(
        value("etcd-servers").as_deref(),
        Some("https://127.0.0.1:2379")
    );
    let files = &read_again.nodes[0].files;
    assert_eq!(files.get("/never/asked").content, Content::NotCollected);
    assert_eq!(
        files.get("/etc/kubernetes/scheduler.conf").content,
        Content::Missing
    );
}

#[test]
fn cut_and_changed_files_are_collected_too() {
    let mut planted = Planted(Vec::new());
    let whole = Files::in_memory(tree(&mut planted), false);
    let paths = [
        "/etc/kubernetes/manifests/kube-apiserver.yaml",
        "/etc/kubernetes/admin.conf",
        "/etc/kubernetes/pki/sa.key",
    ];
    for path in paths {
        let bytes = whole.get(path).bytes().unwrap().to_vec();
        for at in (0..bytes.len()).step_by(bytes.len() / 20) {
            for odd in [
                &b"\x00"[..],
                b"\"",
                b"\n\t- {",
                b"-----END X-----\n",
                "ä: |\n".as_bytes(),
            ] {
                let mut changed = bytes.clone();
                changed.splice(
                    at..(at + odd.len() * 2).min(bytes.len()),
                    odd.iter().copied(),
                );
                // A change may take away what tells that something is secret; a cut may not.
                for (text, is_cut) in [(&changed[..], false), (&bytes[..at], true)] {
                    let files = Files::in_memory(Memory::default().file(path, text), false);
                    let inventory = Inventory::read(vec![(None, files)]);
                    let collection = collect(&inventory, "0", utc_datetime!(2026-12-01 0:00));
                    let mut packed = Vec::new();
                    collection.write(&mut packed).unwrap();
                    let mut unpacked = Vec::new();
                    GzDecoder::new(&*packed).read_to_end(&mut unpacked).unwrap();
                    let is_key = |secret: &[u8]| std::str::from_utf8(secret).is_err();
                    let secrets = planted
                        .0
                        .iter()
                        .filter(|(_, secret)| is_cut || is_key(secret));
                    for (place, secret) in secrets {
                        let is_in = unpacked
                            .windows(secret.len())
                            .any(|window| window == secret);
                        assert!(!is_in, "{place} in {path} changed at {at} by {odd:?}");
                    }
                }
            }
        }
    }
}

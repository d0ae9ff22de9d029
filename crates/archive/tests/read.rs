//! Archives that people make, and those that somebody makes to do harm.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

use std::io::{Cursor, Write};

use cluster::{Content, Files};
use flate2::Compression;
use flate2::write::GzEncoder;
use kubepki_archive::{ArchivedNode, ReadError, read};
use tar::{Builder, EntryType, Header};
use zip::write::SimpleFileOptions;

const CA: &str = "etc/kubernetes/pki/ca.crt";

/// A tar archive, one entry after the other.
#[derive(Default)]
struct Tape(Vec<u8>);

impl Tape {
    fn entry(
        mut self,
        name: impl AsRef<[u8]>,
        kind: EntryType,
        link: &str,
        content: &[u8],
    ) -> Self {
        let name = name.as_ref();
        let mut header = Header::new_gnu();
        // Written into the field itself: the library refuses names that it would not unpack.
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
        header.set_entry_type(kind);
        header.set_mode(0o640);
        header.set_uid(7);
        header.set_size(content.len() as u64);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn file(self, name: &str, content: &[u8]) -> Self {
        self.entry(name, EntryType::Regular, "", content)
    }

    fn link(self, name: &str, target: &str) -> Self {
        self.entry(name, EntryType::Symlink, target, &[])
    }

    fn read(mut self) -> Result<Vec<ArchivedNode>, ReadError> {
        self.0.resize(self.0.len() + 1024, 0);
        nodes(self.0)
    }
}

fn nodes(bytes: Vec<u8>) -> Result<Vec<ArchivedNode>, ReadError> {
    read(Cursor::new(bytes)).map(|archive| archive.nodes)
}

fn one(nodes: Result<Vec<ArchivedNode>, ReadError>) -> Files {
    let mut nodes = nodes.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(nodes.len(), 1);
    Files::in_memory(nodes.remove(0).tree, false)
}

fn zip(names: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in names {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn refusal(bytes: Vec<u8>) -> String {
    nodes(bytes)
        .err()
        .map_or_else(|| panic!("it is read"), |error| error.to_string())
}

#[test]
fn every_format_wherever_its_root_is() {
    for prefix in ["", "./", "/", "backup/cp-1/", "./a/"] {
        let name = format!("{prefix}{CA}");
        let tape = Tape::default().file(&name, b"CA").0;
        for bytes in [gzip(&tape), zip(&[(&name, b"CA")]), tape] {
            let files = one(nodes(bytes));
            assert_eq!(
                files.get("/etc/kubernetes/pki/ca.crt").bytes(),
                Some(&b"CA"[..]),
                "{name}"
            );
        }
    }
    let windows = zip(&[("x\\etc\\kubernetes\\admin.conf", b"A")]);
    assert!(
        one(nodes(windows))
            .get("/etc/kubernetes/admin.conf")
            .bytes()
            .is_some()
    );
}

#[test]
fn a_folder_for_each_node() {
    let tape = ["b", "a"].iter().fold(Tape::default(), |tape, node| {
        tape.file(&format!("all/{node}/{CA}"), node.as_bytes())
            .file(&format!("all/{node}/var/lib/kubelet/config.yaml"), b"x")
    });
    let nodes = tape.read().unwrap();
    let names: Vec<_> = nodes
        .iter()
        .map(|node| node.name.clone().unwrap())
        .collect();
    assert_eq!(names, ["a", "b"]);
    for node in nodes {
        let name = node.name.unwrap();
        let files = Files::in_memory(node.tree, false);
        assert_eq!(files.get(&format!("/{CA}")).bytes(), Some(name.as_bytes()));
        assert!(files.get("/var/lib/kubelet/config.yaml").bytes().is_some());
    }
}

#[test]
fn modes_owners_and_links() {
    let files = one(Tape::default()
        .file("n/etc/kubernetes/pki/1.crt", b"one")
        .link("n/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/pki/1.crt")
        .link("n/etc/kubernetes/pki/up.crt", "../../../../../../1")
        .link("n/etc/kubernetes/pki/loop", "loop")
        .entry(
            "n/etc/hard",
            EntryType::Link,
            "n/etc/kubernetes/pki/1.crt",
            &[],
        )
        .entry("n/etc/out", EntryType::Link, "m/secret", &[])
        .entry("n/etc/pipe", EntryType::Fifo, "", &[])
        .read());
    let file = files.get("/etc/kubernetes/pki/ca.crt");
    let attributes = file.attributes.unwrap();
    assert_eq!((attributes.mode, attributes.uid), (0o640, 7));
    assert_eq!(file.bytes(), Some(&b"one"[..]));
    assert_eq!(files.get("/etc/hard").bytes(), Some(&b"one"[..]));
    assert_eq!(
        files.get("/etc/kubernetes/pki/up.crt").content,
        Content::Missing
    );
    assert!(matches!(
        files.get("/etc/kubernetes/pki/loop").content,
        Content::Unreadable(_)
    ));
    assert_eq!(files.get("/etc/out").content, Content::Directory);
    assert_eq!(files.get("/etc/pipe").content, Content::Special);
}

#[test]
fn names_that_lead_out_are_passed_over() {
    let mut tape = Tape::default()
        .file(CA, b"CA")
        .file("../etc/kubernetes/admin.conf", b"x")
        .file("etc/kubernetes/../../etc/kubernetes/pki/b.crt", b"x")
        .file("etc/kubernetes/pki/c.crt", b"first")
        .file("etc/kubernetes/pki/c.crt", b"last");
    tape.0.resize(tape.0.len() + 1024, 0);
    let archive = read(Cursor::new(tape.0)).unwrap();
    assert_eq!(archive.notes.len(), 1);
    assert!(
        archive.notes[0].starts_with("2 members"),
        "{:?}",
        archive.notes
    );
    let files = one(Ok(archive.nodes));
    assert_eq!(files.list("/etc/kubernetes").unwrap(), ["pki"]);
    assert_eq!(
        files.list("/etc/kubernetes/pki").unwrap(),
        ["c.crt", "ca.crt"]
    );
    assert_eq!(
        files.get("/etc/kubernetes/pki/c.crt").bytes(),
        Some(&b"last"[..])
    );
}

#[test]
fn a_name_that_is_no_text() {
    let tape =
        Tape::default()
            .file(CA, b"CA")
            .entry(b"etc/kubernetes/\xff", EntryType::Regular, "", b"x");
    let files = one(tape.read());
    assert_eq!(files.list("/etc/kubernetes").unwrap(), ["pki"]);
}

#[test]
fn two_gigabytes_of_zeros_go_off_harmlessly() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let mut builder = Builder::new(&mut encoder);
    let mut header = Header::new_gnu();
    header.set_size(2 << 30);
    header.set_cksum();
    builder
        .append_data(
            &mut header,
            "etc/kubernetes/pki/ca.crt",
            std::io::Read::take(std::io::repeat(0), 2 << 30),
        )
        .unwrap();
    builder.finish().unwrap();
    drop(builder);
    assert_eq!(
        refusal(encoder.finish().unwrap()),
        "it unpacks to more than 1 GiB"
    );
}

#[test]
fn too_many_members_are_refused() {
    // A long name that never ends.
    let long = vec![b'a'; 2 << 20];
    let tape = Tape::default().entry("././@LongLink", EntryType::GNULongName, "", &long);
    assert_eq!(refusal(tape.0), "a member's headers have more than 1 MiB");

    let many: Vec<String> = (0..65_001).map(|i| format!("etc/kubernetes/{i}")).collect();
    let tape = many
        .iter()
        .fold(Tape::default(), |tape, name| tape.file(name, b""));
    assert_eq!(refusal(tape.0), "the archive has more than 65000 members");
    let many: Vec<(&str, &[u8])> = many.iter().map(|name| (&**name, &b""[..])).collect();
    assert_eq!(
        refusal(zip(&many)),
        "the archive has more than 65000 members"
    );
}

#[test]
fn large_files_are_refused_together_and_left_out_alone() {
    // Seventeen files that each are just small enough.
    let block = vec![0; 16 << 20];
    let names: Vec<String> = (0..17).map(|i| format!("etc/kubernetes/{i}")).collect();
    let full: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, &block[..])).collect();
    assert!(refusal(zip(&full)).contains("holds more than 256 MiB"));

    let larger = vec![0; (16 << 20) + 1];
    let files = one(nodes(zip(&[(CA, &larger)])));
    assert_eq!(
        files.get(&format!("/{CA}")).content,
        Content::TooLarge(larger.len() as u64)
    );
}

#[test]
fn what_is_broken_is_refused() {
    let tape = Tape::default().file(CA, &[b'x'; 4096]).0;
    for bytes in [tape.clone(), gzip(&tape), zip(&[(CA, &tape)])] {
        // Nothing before the content is cut can be a whole archive.
        for length in [0, 1, 2, 100, 511, 600, bytes.len() - 20] {
            let cut = bytes[..length.min(bytes.len() - 20)].to_vec();
            refusal(cut);
        }
    }
    assert!(refusal(b"just a file".to_vec()).contains("neither a folder nor"));
    assert!(refusal(vec![0; 1024]).contains("neither a folder nor"));
    assert!(refusal(Tape::default().file("readme", b"").0).contains("etc/kubernetes"));
    assert!(refusal(Tape::default().file("etc/kubernetes", b"").0).contains("etc/kubernetes"));
    let index = Tape::default()
        .file("x/kubepki-collect.json", b"{")
        .file(CA, b"");
    assert!(refusal(index.0).contains("kubepki-collect.json in the archive is broken"));
}

#[test]
fn the_directory_of_a_zip_may_lie() {
    let mut bytes = zip(&[(CA, b"CA")]);
    let end = bytes.len() - 22;
    bytes[end + 8..end + 12].copy_from_slice(&[0xff; 4]);
    assert!(refusal(bytes).contains("65000"));
}

#[test]
fn flipped_bytes_never_panic() {
    let tape = Tape::default()
        .file(CA, b"CA")
        .link("etc/kubernetes/x", "../y")
        .0;
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for whole in [gzip(&tape), zip(&[(CA, b"CA"), ("a", &tape)]), tape] {
        for _ in 0..1000 {
            let mut bytes = whole.clone();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                bytes[at] = u8::try_from(random(256)).unwrap();
            }
            if let Ok(nodes) = nodes(bytes) {
                for node in nodes {
                    let files = Files::in_memory(node.tree, false);
                    files.get("/etc/kubernetes/pki/ca.crt");
                }
            }
        }
    }
}

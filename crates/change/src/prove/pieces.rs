//! What files hold, taken apart into what may differ between nodes that are alike, and all else.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use time::UtcDateTime;
use verify::extensions::{AlternativeNames, Extensions};
use verify::{Certificate, PublicKey, withheld};
use x509::der::{self, Rules, Tag};

use crate::plan::{Digest, Plan};

/// Something that a node may have for itself, and that is never asked more of than whether it is the
/// same as another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Word {
    /// A node's name.
    Name(String),
    /// An address that a machine has.
    Address(IpAddr),
    /// The SubjectPublicKeyInfo of a key.
    Key(Vec<u8>),
    /// What tells one from another and says nothing else: a certificate's digest, a subject's bytes.
    Mark(Vec<u8>),
}

/// A part of a text.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// What counts as it is written.
    Said(String),
    /// What may be the node's own.
    Word(Word),
    /// What is written in base64.
    Encoded(Vec<Piece>),
    /// A certificate.
    Certificate(Rc<[Piece]>),
}

/// Every text of a plan, taken apart.
pub(super) struct Pieces<'p> {
    at: UtcDateTime,
    names: BTreeSet<String>,
    /// By their subjects.
    issuers: HashMap<Vec<u8>, Vec<Arc<Certificate>>>,
    certificates: RefCell<HashMap<[u8; 32], Rc<[Piece]>>>,
    contents: BTreeMap<&'p Digest, Vec<Piece>>,
    /// Whether some name or address is asked more of than whether it is the same: by a wildcard, or
    /// by an authority that may vouch for some names alone.
    pub(super) are_names_measured: bool,
}

/// A text before its words are looked at.
enum Segment {
    Text(String),
    Certificate(Arc<Certificate>),
    /// A key, under a label, in a form.
    Key(String, Vec<u8>),
    Encoded(Vec<Segment>),
}

const BEGIN: &str = "-----BEGIN ";

/// The same in base64.
const BEGIN_ENCODED: &str = "LS0tLS1CRUdJTi";

/// What nodes are called in their certificates.
const NODE: &str = "system:node:";

/// Of etcd's members as a node knew them when it joined, whether there were several is all that is
/// ever asked.
const MEMBERS: &str = "--initial-cluster=";

impl<'p> Pieces<'p> {
    pub(super) fn of(plan: &'p Plan) -> Self {
        let contents = plan.contents.iter();
        let contents: Vec<(&Digest, Vec<Segment>)> = contents
            .map(|(digest, text)| (digest, segments(text)))
            .collect();
        let mut pieces = Pieces {
            at: plan.at,
            names: plan.nodes.iter().map(|node| node.name.clone()).collect(),
            issuers: HashMap::new(),
            certificates: RefCell::default(),
            contents: BTreeMap::new(),
            are_names_measured: false,
        };
        let all = contents.iter().flat_map(|(_, segments)| segments);
        all.for_each(|segment| pieces.learn(segment));
        pieces.names.retain(|name| is_name(name));
        let apart = contents.into_iter().map(|(digest, segments)| {
            let mut apart = Vec::new();
            pieces.add_segments(&segments, &mut apart);
            (digest, apart)
        });
        let apart = apart.collect();
        pieces.contents = apart;
        pieces
    }

    /// What a file holds.
    pub(super) fn content(&self, digest: &Digest) -> &[Piece] {
        self.contents.get(digest).map_or(&[], Vec::as_slice)
    }

    /// A text that is in no file, or a path.
    pub(super) fn text(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.add_text(text, &mut pieces);
        pieces
    }

    /// What has to be known of all before any is taken apart.
    fn learn(&mut self, segment: &Segment) {
        match segment {
            Segment::Text(text) => self.are_names_measured |= text.contains("*."),
            Segment::Key(..) => {}
            Segment::Encoded(segments) => {
                segments.iter().for_each(|segment| self.learn(segment));
            }
            Segment::Certificate(certificate) => {
                let extensions = &certificate.extensions;
                let mut names = extensions.names.dns.iter();
                self.are_names_measured |=
                    extensions.name_constraints.is_some() || names.any(|name| name.contains('*'));
                let name = certificate.subject.common_name().strip_prefix(NODE);
                self.names.extend(name.map(str::to_owned));
                let subject = certificate.raw_subject().to_vec();
                let issuers = self.issuers.entry(subject).or_default();
                let key = certificate.raw_public_key();
                if issuers.iter().all(|known| known.raw_public_key() != key) {
                    issuers.push(certificate.clone());
                }
            }
        }
    }

    fn add_segments(&self, segments: &[Segment], pieces: &mut Vec<Piece>) {
        for segment in segments {
            match segment {
                Segment::Text(text) => self.add_text(text, pieces),
                Segment::Certificate(certificate) => {
                    pieces.push(Piece::Certificate(self.certificate(certificate)));
                }
                Segment::Key(form, info) => {
                    pieces.push(Piece::Said(form.clone()));
                    pieces.push(Piece::Word(Word::Key(info.clone())));
                }
                Segment::Encoded(inner) => {
                    let mut encoded = Vec::new();
                    self.add_segments(inner, &mut encoded);
                    pieces.push(Piece::Encoded(encoded));
                }
            }
        }
    }

    /// Words with what stands between them.
    fn add_text(&self, text: &str, pieces: &mut Vec<Piece>) {
        let (mut said, mut at) = (0, 0);
        while let Some(begin) = text[at..].find(in_word).map(|next| at + next) {
            let (found, end) = self.word(&text[begin..]);
            at = begin + end;
            if let Some(found) = found {
                pieces.push(Piece::Said(text[said..begin].to_owned()));
                pieces.push(found);
                said = at;
            }
        }
        pieces.push(Piece::Said(text[said..].to_owned()));
    }

    /// The word at the begin of a text, when it may be somebody's own, and where it ends.
    fn word(&self, text: &str) -> (Option<Piece>, usize) {
        if let Some(end) = several_members(text) {
            return (Some(Piece::Said("several members".to_owned())), end);
        }
        if let Some((address, end)) = address(text) {
            return (Some(Piece::Word(Word::Address(address))), end);
        }
        let end = text.find(|it| !in_word(it)).unwrap_or(text.len());
        let word = &text[..end];
        if let Some(more) = self.moment_of_own(word, &text[end..]) {
            let whole = &text[..end + more];
            return (Some(Piece::Word(Word::Mark(whole.into()))), whole.len());
        }
        let own = match word {
            name if self.names.contains(name) => Some(Word::Name(name.to_owned())),
            file if is_dated(file) => Some(Word::Mark(file.into())),
            _ => None,
        };
        (own.map(Piece::Word), end)
    }

    /// What follows the name of a node in a certificate that its kubelet made for itself: `@` and a
    /// moment (`client-go/util/cert/cert.go`, `GenerateSelfSignedCertKey`).
    fn moment_of_own(&self, word: &str, rest: &str) -> Option<usize> {
        let moment = rest.strip_prefix('@')?;
        let end = moment.find(|it: char| !it.is_ascii_digit());
        let end = end.unwrap_or(moment.len());
        let name = word.strip_suffix("-ca").unwrap_or(word);
        (end > 0 && self.names.contains(name)).then_some(1 + end)
    }

    fn certificate(&self, certificate: &Certificate) -> Rc<[Piece]> {
        let mut known = self.certificates.borrow_mut();
        let sum = *certificate.sha256();
        let pieces = known.entry(sum);
        pieces
            .or_insert_with(|| self.of_certificate(certificate).into())
            .clone()
    }

    /// All that a verdict may come from: every field, of the times whether they have come, and of the
    /// signature whose it is.
    fn of_certificate(&self, certificate: &Certificate) -> Vec<Piece> {
        let extensions = &certificate.extensions;
        let said = Extensions {
            raw_names: None,
            names: AlternativeNames::default(),
            subject_key_id: Vec::new(),
            authority_key_id: Vec::new(),
            ..extensions.clone()
        };
        let fields = (
            certificate.version,
            certificate.signature_algorithm,
            certificate.not_before.utc() > self.at,
            certificate.not_after.utc() < self.at,
            extensions.raw_names.is_some(),
        );
        let mut pieces = vec![Piece::Said(format!("{fields:?} {said:?}"))];
        let marks = [
            certificate.sha256(),
            certificate.raw_subject(),
            certificate.raw_issuer(),
            &extensions.subject_key_id,
            &extensions.authority_key_id,
        ];
        pieces.extend(marks.map(|mark| Piece::Word(Word::Mark(mark.to_vec()))));
        let (names, subject) = (&extensions.names, &certificate.subject);
        let (dns, others) = (&names.dns, (&names.email, &names.uri));
        self.add_text(&format!("{subject:?} {dns:?} {others:?}"), &mut pieces);
        let addresses = names.ip.iter().map(|ip| match ip.address() {
            address if is_machine(address) => Piece::Word(Word::Address(address)),
            address => Piece::Said(format!("{address}")),
        });
        pieces.extend(addresses);
        pieces.push(key(certificate.raw_public_key()));
        let issuers = self.issuers.get(certificate.raw_issuer());
        for issuer in issuers.into_iter().flatten() {
            let checked = issuer.public_key.as_ref().map(|key| {
                let algorithm = certificate.signature_algorithm;
                key.check_signature(algorithm, certificate.tbs(), certificate.signature())
            });
            pieces.push(key(issuer.raw_public_key()));
            pieces.push(Piece::Said(format!("{checked:?}")));
        }
        pieces
    }
}

impl Piece {
    /// Every word in it.
    pub(super) fn words<'w>(&'w self, each: &mut impl FnMut(&'w Word)) {
        match self {
            Piece::Said(_) => {}
            Piece::Word(word) => each(word),
            Piece::Encoded(pieces) => pieces.iter().for_each(|piece| piece.words(each)),
            Piece::Certificate(pieces) => pieces.iter().for_each(|piece| piece.words(each)),
        }
    }
}

impl Word {
    /// What counts of it even where nobody else has it.
    pub(super) fn kind(&self) -> String {
        match self {
            Word::Name(_) => "name".to_owned(),
            Word::Address(address) => format!("address {}", address.is_ipv6()),
            Word::Mark(_) => "mark".to_owned(),
            Word::Key(info) => match PublicKey::from_der(info) {
                Some(PublicKey::Rsa(key)) => {
                    format!("RSA {} {}", key.bits(), key.exponent)
                }
                Some(PublicKey::Ecdsa(key)) => format!("ECDSA {}", key.curve.name()),
                Some(PublicKey::Ed25519(_)) => "Ed25519".to_owned(),
                Some(PublicKey::Dsa) | None => format!("{info:?}"),
            },
        }
    }
}

fn key(info: &[u8]) -> Piece {
    Piece::Word(Word::Key(info.to_vec()))
}

fn in_word(it: char) -> bool {
    it.is_alphanumeric() || it == '-' || it == '.' || it == '_'
}

/// Whether a name cannot be taken for something else: a number, or a switch.
fn is_name(name: &str) -> bool {
    const SWITCHES: [&str; 9] = ["true", "false", "t", "f", "yes", "no", "on", "off", "null"];
    let is_switch = SWITCHES
        .iter()
        .any(|switch| name.eq_ignore_ascii_case(switch));
    name.chars().all(in_word) && name.contains(char::is_alphabetic) && !is_switch
}

/// Whether it is the address of one machine, and of no other meaning.
fn is_machine(address: IpAddr) -> bool {
    !address.is_loopback() && !address.is_unspecified() && !address.is_multicast()
}

/// The address at the begin of a text, where none longer is meant, and no range.
fn address(text: &str) -> Option<(IpAddr, usize)> {
    let is_part = |it: char| it.is_ascii_hexdigit() || it == ':' || it == '.';
    let run = &text[..text.find(|it| !is_part(it)).unwrap_or(text.len())];
    let host = run.split(':').next().unwrap_or_default();
    let mut found = [run, host].into_iter().filter_map(|it| {
        let address: IpAddr = it.parse().ok()?;
        Some((address, it.len())).filter(|_| address.to_string() == it)
    });
    let (address, end) = found.next()?;
    let next = text[end..].chars().next();
    let goes_on = next.is_some_and(|it| in_word(it) || it == '/');
    (is_machine(address) && !goes_on).then_some((address, end))
}

/// Where the members end that a member of etcd is told, when there are several.
fn several_members(text: &str) -> Option<usize> {
    let told = text.strip_prefix(MEMBERS)?;
    let end = told.find('\n').unwrap_or(told.len());
    let is_plain = |it: char| it.is_ascii_alphanumeric() || "-.:/=,".contains(it);
    let mut members = told[..end].split(',');
    let are_members = members.all(|member| member.contains('='));
    let several = told[..end].contains(',') && are_members && told[..end].chars().all(is_plain);
    several.then_some(MEMBERS.len() + end)
}

/// Whether it is a file in which a kubelet keeps a certificate, called by the moment it had it
/// (`client-go/util/certificate/certificate_store.go`).
fn is_dated(file: &str) -> bool {
    let date = ["kubelet-client-", "kubelet-server-"].map(|prefix| file.strip_prefix(prefix));
    let date = date.into_iter().flatten().next();
    let date = date.and_then(|rest| rest.strip_suffix(".pem"));
    date.is_some_and(|date| date.chars().all(|it| it.is_ascii_digit() || it == '-'))
}

/// A text with the certificates and keys in it. What is not written as everybody writes it is text.
fn segments(text: &str) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let next = [rest.find(BEGIN), rest.find(BEGIN_ENCODED)];
        let at = next.into_iter().flatten().min().unwrap_or(rest.len());
        let found = block(&rest[at..]).or_else(|| encoded(&rest[at..]));
        let (found, length) = match found {
            Some((found, length)) => (Some(found), length),
            None => (None, BEGIN.len().min(rest.len() - at)),
        };
        let plain = match found {
            Some(_) => at,
            None => at + length,
        };
        if plain > 0 {
            segments.push(Segment::Text(rest[..plain].to_owned()));
        }
        segments.extend(found);
        rest = &rest[at + length..];
    }
    segments
}

/// A block of PEM.
fn block(text: &str) -> Option<(Segment, usize)> {
    let (label, _) = text.strip_prefix(BEGIN)?.split_once("-----")?;
    let end = format!("-----END {label}-----\n");
    let length = text.find(&end)? + end.len();
    let block = verify::pem::blocks(&text.as_bytes()[..length]).next()?;
    if x509::pem::encode(label, &block.content).as_str() != &text[..length] {
        return None;
    }
    let content = block.content.as_slice();
    let segment = match label {
        "CERTIFICATE" => Segment::Certificate(Arc::new(Certificate::parse(content).ok()?)),
        "PUBLIC KEY" => Segment::Key(label.to_owned(), content.to_vec()),
        label if label.starts_with(withheld::PREFIX) => {
            let mut fields = der::single(content, Tag::SEQUENCE, Rules::Der)
                .ok()?
                .reader(Rules::Der);
            let form = fields.expect(Tag::INTEGER).ok()?;
            let info = fields.next_tlv().ok()?;
            fields.finish().ok()?;
            Segment::Key(format!("{label} {:?}", form.body), info.raw.to_vec())
        }
        _ => return None,
    };
    Some((segment, length))
}

/// PEM in base64, as in kubeconfigs.
fn encoded(text: &str) -> Option<(Segment, usize)> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || "+/=".contains(it);
    let length = text.find(|it| !is_part(it)).unwrap_or(text.len());
    let inner = BASE64_STANDARD.decode(&text[..length]).ok()?;
    let inner = String::from_utf8(inner).ok()?;
    let is_pem = inner.starts_with(BEGIN);
    is_pem.then(|| (Segment::Encoded(segments(&inner)), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: UtcDateTime = time::macros::utc_datetime!(2027-01-01 00:00);

    fn taken_apart(text: &str) -> Vec<Word> {
        let mut plan = Plan::new("", AT);
        plan.nodes = vec![crate::plan::Node {
            name: "cp-1".to_owned(),
            kind: crate::plan::Kind::Node,
            files: BTreeMap::new(),
            absent: BTreeSet::new(),
            folders: BTreeMap::new(),
        }];
        let pieces = Pieces::of(&plan).text(text);
        let mut words = Vec::new();
        let mut each = |word: &Word| words.push(word.clone());
        pieces.iter().for_each(|piece| piece.words(&mut each));
        words
    }

    fn name() -> Word {
        Word::Name("cp-1".to_owned())
    }

    fn address_of(text: &str) -> Word {
        Word::Address(text.parse().unwrap())
    }

    #[test]
    fn names_and_addresses_are_whole_words() {
        assert_eq!(
            taken_apart("- --name=cp-1 cp-10 a.cp-1 CP-1 system:node:cp-1"),
            [name(), name()]
        );
        assert_eq!(
            taken_apart(
                "https://10.0.0.1:6443,[fd00::1]:2379 10.0.0.1/24 10.0.0.10.1 127.0.0.1 ::1"
            ),
            [address_of("10.0.0.1"), address_of("fd00::1")]
        );
    }

    #[test]
    fn of_members_it_counts_whether_there_are_several() {
        let one = "- --initial-cluster=cp-1=https://10.0.0.1:2380\n";
        let two = "- --initial-cluster=cp-0=https://10.0.0.0:2380,cp-1=https://10.0.0.1:2380\n";
        assert_eq!(taken_apart(one), [name(), address_of("10.0.0.1")]);
        assert_eq!(taken_apart(two), []);
        let quoted = two.replace("=cp-0", "='cp-0");
        assert_eq!(taken_apart(&quoted).len(), 3);
    }

    #[test]
    fn what_a_kubelet_calls_by_the_moment_is_its_own() {
        let words = taken_apart("pki/kubelet-client-2026-11-26-15-20-57.pem cp-1-ca@1764170457");
        let marks = [
            "kubelet-client-2026-11-26-15-20-57.pem",
            "cp-1-ca@1764170457",
        ];
        assert_eq!(words, marks.map(|mark| Word::Mark(mark.into())));
        assert_eq!(
            taken_apart("kubelet-client-current.pem cp-2@1764170457"),
            []
        );
    }

    #[test]
    fn numbers_and_switches_are_no_names() {
        assert!(["cp-1", "a", "10a"].into_iter().all(is_name));
        assert!(!["6443", "true", "Off", "a b"].into_iter().any(is_name));
    }

    /// What is not written as usual is text.
    #[test]
    fn pem_is_found_in_text_and_in_base64() {
        let key = include_str!("../../../../examples/kubeadm-ecdsa/etc/kubernetes/pki/sa.pub");
        let encoded = BASE64_STANDARD.encode(key);
        let found = segments(&format!("data: {encoded}\n{key}# end"));
        assert!(
            matches!(found[1], Segment::Encoded(ref inner) if matches!(inner[0], Segment::Key(..)))
        );
        assert!(matches!(found[3], Segment::Key(..)));
        assert_eq!(found.len(), 5);
        let odd = key.replace("-----END PUBLIC KEY-----\n", "-----END PUBLIC KEY-----");
        assert!(
            segments(&odd)
                .iter()
                .all(|one| matches!(one, Segment::Text(_)))
        );
    }
}

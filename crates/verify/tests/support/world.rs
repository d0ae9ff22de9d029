//! Generated worlds: authorities that vouch for each other, a leaf, and what is asked of it.

#![allow(dead_code, reason = "each test uses its part")]

use std::time::Duration;

use kubepki_verify::Usage;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use time::UtcDateTime;
use time::macros::utc_datetime;
use x509::build::{self, Template};
use x509::der::Tag;
use x509::oid::known;
use x509::{Oid, write};

use super::forge::{KEYS, SIGNING_KEYS, Scheme};

/// 1.3.6.1.5.5.7.3.3 codeSigning.
pub const CODE_SIGNING: Oid<'static> = Oid(&[0x2b, 6, 1, 5, 5, 7, 3, 3]);

/// The moment that usual certificates are valid at.
const NOON: UtcDateTime = utc_datetime!(2026-06-01 12:00);
const DAY: Duration = Duration::from_secs(86_400);

/// Who may hold certificates; the last is the leaf, the others are authorities.
const HOLDERS: [&str; 6] = ["root", "second", "third", "fourth", "", "leaf"];
const LEAF: usize = HOLDERS.len() - 1;

/// Names that are asked for.
const WANTED: [&str; 16] = [
    "",
    "api.example",
    "sub.api.example",
    "API.Example.",
    "example",
    "10.0.0.1",
    "[10.0.0.1]",
    "10.0.0.2",
    "fd00::1",
    "[fd00::1]",
    "[fd00::1%25eth0]",
    "under_score.example",
    "-a.example",
    "xn--bcher-kva.example",
    "bad name",
    "*.api.example",
];

/// Alternative names: the number of the kind (RFC 5280 section 4.2.1.6) and the content.
const NAMES: [(u32, &[u8]); 30] = [
    (2, b"api.example"),
    (2, b"api.example"),
    (2, b"*.api.example"),
    (2, b"*.example"),
    (2, b"other.test"),
    (2, b"API.EXAMPLE"),
    (2, b"api.example."),
    (2, b"under_score.example"),
    (2, b"*"),
    (2, b"a*.example"),
    (2, b"a..example"),
    (2, b".example"),
    (2, b""),
    (2, b"caf\xc3\xa9.example"),
    (7, &[10, 0, 0, 1]),
    (7, &[10, 0, 0, 1]),
    (7, &[0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
    (7, &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1]),
    (7, &[10, 0, 0, 1, 9]),
    (1, b"user@example"),
    (1, b"\"quo ted\"@api.example"),
    (1, b"user@"),
    (6, b"https://api.example/path"),
    (6, b"spiffe://cluster.example/ns/a/sa/b"),
    (6, b"https://10.0.0.1/"),
    (6, b"https://[fd00::1]:443/"),
    (6, b"mailto:user@example"),
    (6, b"https://api.example:99a/"),
    (6, b"https://bad host/%zz"),
    (8, &[0x2a, 3, 4]),
];

/// What authorities are constrained to: likewise.
const SUBTREES: [(u32, &[u8]); 22] = [
    (2, b"example"),
    (2, b"example"),
    (2, b".example"),
    (2, b"api.example"),
    (2, b"test"),
    (2, b""),
    (2, b"*.example"),
    (2, b"bad..example"),
    (7, &[10, 0, 0, 0, 255, 0, 0, 0]),
    (7, &[10, 0, 0, 0, 255, 0, 0, 0]),
    (7, &[192, 168, 0, 0, 255, 255, 0, 0]),
    (7, &[10, 0, 0, 0, 255, 0, 255, 0]),
    (7, &[10, 0, 0, 0, 255, 0, 0]),
    (7, &[0; 32]),
    (1, b"example"),
    (1, b".example"),
    (1, b"user@example"),
    (1, b"us er@example"),
    (6, b"example"),
    (6, b".example"),
    (6, b"10.0.0.1"),
    (4, &[0x30, 0]),
];

/// The policies; the last is anyPolicy.
const POLICIES: [&str; 4] = ["1.2.3.1", "1.2.3.2", "1.2.3.3", "2.5.29.32.0"];

/// The content bytes of one of the policies.
pub fn policy_oid(policy: &str) -> Vec<u8> {
    match policy.strip_prefix("1.2.3.") {
        Some(last) => vec![0x2a, 3, last.parse().unwrap()],
        None => vec![0x55, 0x1d, 0x20, 0],
    }
}

/// Everything that is known, and what is asked.
#[derive(Clone, Debug)]
pub struct World {
    /// The wanted name.
    pub name: String,
    /// The wanted usages, as the oracle calls them.
    pub usages: Vec<&'static str>,
    /// The acceptable policies.
    pub policies: Vec<&'static str>,
    moment: UtcDateTime,
    leaf: Spec,
    authorities: Vec<Spec>,
    /// Which authorities are roots, which are intermediates, in order; the leaf's number is theirs
    /// plus one.
    roots: Vec<usize>,
    intermediates: Vec<usize>,
    /// How many false authorities bear the name of the leaf's issuer, to use up Go's budget.
    crowd: usize,
}

/// The certificates of a world.
#[derive(Clone, Debug)]
pub struct Forged {
    /// The leaf's DER.
    pub leaf: Vec<u8>,
    /// The roots.
    pub roots: Vec<Vec<u8>>,
    /// The intermediates.
    pub intermediates: Vec<Vec<u8>>,
}

/// One certificate.
#[derive(Clone, Debug)]
struct Spec {
    holder: usize,
    issuer: usize,
    key: usize,
    issuer_key: usize,
    serial: u8,
    scheme: Scheme,
    /// Days from noon.
    validity: (i32, i32),
    identifiers: (Option<u8>, Option<u8>),
    basic: Option<(bool, Option<u32>)>,
    key_usage: Option<u16>,
    usages: Vec<Oid<'static>>,
    names: Option<Vec<(u32, &'static [u8])>>,
    permitted: Vec<(u32, &'static [u8])>,
    excluded: Vec<(u32, &'static [u8])>,
    policies: Policies,
    odd: Odd,
}

#[derive(Clone, Debug)]
struct Policies {
    own: Vec<&'static str>,
    mapped: Vec<(&'static str, &'static str)>,
    /// requireExplicitPolicy and inhibitPolicyMapping.
    constraints: (Option<u8>, Option<u8>),
    inhibit_any: Option<u8>,
}

/// What is odd about a certificate's form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Odd {
    Nothing,
    UnknownCritical,
    DuplicateExtension,
    TrailingByte,
    BrokenBasicConstraints,
    NegativeSerial,
    BrokenSignature,
}

/// Worlds, of which about a half is in order.
pub fn worlds() -> impl Strategy<Value = World> {
    let depth = prop_oneof![2 => Just(0_usize), 4 => Just(1), 3 => Just(2), 2 => Just(3)];
    let asked = (
        mostly(8, "api.example", select(&WANTED[..])),
        mostly(
            8,
            vec!["server"],
            vec(select(&["server", "client", "code", "any"][..]), 0..3),
        ),
        mostly(12, Vec::new(), vec(select(&POLICIES[..]), 1..3)),
        mostly(30, NOON, moments()),
    );
    let bundles = (
        any::<u64>(),
        mostly(6, 0xffff, any::<u16>()),
        mostly(6, 0, any::<u16>()),
    );
    let crowd = mostly(60, 0_usize, 90..110_usize);
    (depth, asked, bundles, crowd)
        .prop_flat_map(|(depth, asked, bundles, crowd)| {
            let spine: Vec<_> = (0..=depth)
                .map(|place| authority(place, place.saturating_sub(1)))
                .collect();
            let cross =
                (0..LEAF, 0..LEAF).prop_flat_map(|(holder, issuer)| authority(holder, issuer));
            (
                spine,
                vec(cross, 0..4),
                leaf(depth),
                Just(asked),
                Just(bundles),
                Just(crowd),
            )
        })
        .prop_map(
            |(spine, cross, leaf, asked, (order, kept, trusted), crowd)| {
                let authorities = [spine, cross].concat();
                let count = authorities.len() + 1;
                let shuffled = shuffle(count, order);
                let has = |set: u16, i: usize| set >> (i % 16) & 1 == 1;
                let is_root = |i: &usize| {
                    (*i == 0 && has(kept, 15)) || (has(trusted, *i) && has(trusted, i + 7))
                };
                let is_intermediate =
                    |i: &usize| has(kept, *i) && (*i < count - 1 || has(trusted, 3));
                let (name, usages, policies, moment) = asked;
                World {
                    name: name.to_owned(),
                    usages,
                    policies,
                    moment,
                    leaf,
                    authorities,
                    roots: shuffled.iter().copied().filter(is_root).collect(),
                    intermediates: shuffled
                        .iter()
                        .rev()
                        .copied()
                        .filter(is_intermediate)
                        .collect(),
                    crowd,
                }
            },
        )
}

impl World {
    /// The current time.
    pub fn at(&self) -> UtcDateTime {
        self.moment
    }

    /// Which of the keys is the leaf's.
    pub fn leaf_key(&self) -> usize {
        self.leaf.key
    }

    /// Makes the certificates.
    pub fn forge(&self) -> Forged {
        let mut all: Vec<_> = self.authorities.iter().map(Spec::forge).collect();
        let leaf = self.leaf.forge();
        all.push(leaf.clone());
        let pick =
            |places: &[usize]| -> Vec<_> { places.iter().map(|i| all[*i].clone()).collect() };
        let crowd = (0..self.crowd).map(|i| self.pretender(i).forge());
        let intermediates = crowd.chain(pick(&self.intermediates)).collect();
        Forged {
            leaf,
            roots: pick(&self.roots),
            intermediates,
        }
    }

    /// An authority with the name of the leaf's issuer and another key.
    fn pretender(&self, number: usize) -> Spec {
        let holder = self.leaf.issuer;
        let usual = Spec::usual(holder, 0);
        let key = if self.leaf.issuer_key == 1 { 0 } else { 1 };
        let names = Some(vec![(2, [&b"a"[..], b"b", b"c"][number % 3])]);
        let serial = u8::try_from(number).unwrap();
        Spec {
            key,
            serial,
            names,
            scheme: Scheme::WrongRsa,
            ..usual
        }
    }
}

impl Forged {
    /// What its owner sends in a handshake.
    pub fn sent(&self) -> Vec<Vec<u8>> {
        [std::slice::from_ref(&self.leaf), &self.intermediates].concat()
    }
}

impl Spec {
    /// An authority as it should be.
    fn usual(holder: usize, issuer: usize) -> Self {
        Spec {
            holder,
            issuer,
            key: holder,
            issuer_key: issuer,
            serial: 1,
            scheme: Scheme::Usual,
            validity: (-1, 1),
            identifiers: (Some(holder as u8), Some(issuer as u8)),
            basic: Some((true, None)),
            key_usage: Some(1 << 5 | 1),
            usages: Vec::new(),
            names: None,
            permitted: Vec::new(),
            excluded: Vec::new(),
            policies: Policies::none(),
            odd: Odd::Nothing,
        }
    }

    fn forge(&self) -> Vec<u8> {
        let day = |days: i32| match days {
            0.. => NOON + DAY * days.unsigned_abs(),
            _ => NOON - DAY * days.unsigned_abs(),
        };
        let name = |holder: usize| match HOLDERS[holder] {
            "" => build::name(&[]),
            text => build::name(&[(known::COMMON_NAME, Tag::UTF8_STRING, text)]),
        };
        let serial = match self.odd {
            Odd::NegativeSerial => Vec::new(),
            _ => vec![self.serial],
        };
        let template = Template {
            serial,
            issuer: name(self.issuer),
            not_before: day(self.validity.0),
            not_after: day(self.validity.1),
            subject: name(self.holder),
            public_key: KEYS[self.key].public.clone(),
            extensions: self.extensions(),
        };
        let mut der = template
            .sign(&KEYS[self.issuer_key].signer(self.scheme))
            .unwrap();
        match self.odd {
            Odd::TrailingByte => der.push(0),
            Odd::BrokenSignature => *der.last_mut().unwrap() ^= 1,
            _ => {}
        }
        der
    }

    fn extensions(&self) -> Vec<Vec<u8>> {
        let mut list = Vec::new();
        let (own, issuers) = self.identifiers;
        list.extend(own.map(|id| build::subject_key_identifier(&[id; 4])));
        list.extend(issuers.map(|id| build::authority_key_identifier(&[id; 4])));
        list.extend(
            self.basic
                .map(|(is_ca, length)| build::basic_constraints(is_ca, length)),
        );
        list.extend(self.key_usage.map(build::key_usage));
        if !self.usages.is_empty() {
            list.push(build::ext_key_usage(&self.usages));
        }
        list.extend(self.names.as_deref().map(alternative_names));
        if !self.permitted.is_empty() || !self.excluded.is_empty() {
            list.push(name_constraints(&self.permitted, &self.excluded));
        }
        list.extend(self.policies.extensions());
        match self.odd {
            Odd::UnknownCritical => {
                list.push(build::extension(Oid(&[0x2a, 5]), true, &write::null()))
            }
            Odd::DuplicateExtension => list.extend(list.first().cloned()),
            Odd::BrokenBasicConstraints => {
                list.insert(
                    0,
                    build::extension(known::BASIC_CONSTRAINTS, true, &write::null()),
                );
            }
            _ => {}
        }
        list
    }
}

impl Policies {
    fn none() -> Self {
        Policies {
            own: Vec::new(),
            mapped: Vec::new(),
            constraints: (None, None),
            inhibit_any: None,
        }
    }

    /// RFC 5280 sections 4.2.1.4, 4.2.1.5, 4.2.1.11 and 4.2.1.14.
    fn extensions(&self) -> Vec<Vec<u8>> {
        let oid = |policy: &str| write::oid(Oid(&policy_oid(policy)));
        let count = |number: u32, count: Option<u8>| match count {
            Some(count) => {
                let tlv = write::unsigned(&[count]);
                write::implicit(number, &tlv[2..])
            }
            None => Vec::new(),
        };
        let mut list = Vec::new();
        if !self.own.is_empty() {
            let own = self.own.iter().map(|policy| write::sequence([oid(policy)]));
            list.push(build::extension(
                Oid(&[0x55, 0x1d, 0x20]),
                false,
                &write::sequence(own),
            ));
        }
        if !self.mapped.is_empty() {
            let pairs = self
                .mapped
                .iter()
                .map(|(from, to)| write::sequence([oid(from), oid(to)]));
            list.push(build::extension(
                Oid(&[0x55, 0x1d, 0x21]),
                true,
                &write::sequence(pairs),
            ));
        }
        if self.constraints != (None, None) {
            let (explicit, mapping) = self.constraints;
            let value = write::sequence([count(0, explicit), count(1, mapping)]);
            list.push(build::extension(Oid(&[0x55, 0x1d, 0x24]), true, &value));
        }
        list.extend(self.inhibit_any.map(|count| {
            build::extension(Oid(&[0x55, 0x1d, 0x36]), true, &write::unsigned(&[count]))
        }));
        list
    }
}

fn alternative_names(names: &[(u32, &[u8])]) -> Vec<u8> {
    let names = names
        .iter()
        .map(|(kind, content)| write::implicit(*kind, content));
    build::extension(known::SUBJECT_ALT_NAME, false, &write::sequence(names))
}

fn name_constraints(permitted: &[(u32, &[u8])], excluded: &[(u32, &[u8])]) -> Vec<u8> {
    let subtrees = |number, list: &[(u32, &[u8])]| {
        let base = |(kind, content): &(u32, &[u8])| match kind {
            4 => write::sequence([write::explicit(4, content)]),
            kind => write::sequence([write::implicit(*kind, content)]),
        };
        let bases: Vec<u8> = list.iter().flat_map(base).collect();
        if bases.is_empty() {
            Vec::new()
        } else {
            write::explicit(number, &bases)
        }
    };
    let value = write::sequence([subtrees(0, permitted), subtrees(1, excluded)]);
    build::extension(known::NAME_CONSTRAINTS, true, &value)
}

fn authority(holder: usize, issuer: usize) -> impl Strategy<Value = Spec> {
    let keys = (
        mostly(30, holder, 0..KEYS.len()),
        mostly(30, issuer, 0..KEYS.len()),
    );
    let form = (
        mostly(2, 1, any::<u8>()),
        mostly(30, Scheme::Usual, schemes()),
        odd(60),
    );
    let life = mostly(30, (-1, 1), (-400..400, -400..400));
    let identifiers = identifiers(holder, issuer);
    let basic = mostly(
        8,
        Some((true, None)),
        weighted(0.9, (any::<bool>(), weighted(0.7, 0_u32..3))),
    );
    let uses = (
        mostly(16, Some(1 << 5 | 1), weighted(0.5, 0_u16..512)),
        mostly(12, Vec::new(), usages()),
    );
    let limits = (
        mostly(14, Vec::new(), subtrees()),
        mostly(18, Vec::new(), subtrees()),
    );
    let names = mostly(12, None, names().prop_map(Some));
    (
        keys,
        form,
        life,
        identifiers,
        basic,
        uses,
        limits,
        names,
        policies(),
    )
        .prop_map(
            move |(keys, form, validity, identifiers, basic, uses, limits, names, policies)| Spec {
                key: keys.0,
                issuer_key: keys.1,
                serial: form.0,
                scheme: form.1,
                odd: form.2,
                validity,
                identifiers,
                basic,
                key_usage: uses.0,
                usages: uses.1,
                names,
                permitted: limits.0,
                excluded: limits.1,
                policies,
                ..Spec::usual(holder, issuer)
            },
        )
}

fn leaf(issuer: usize) -> impl Strategy<Value = Spec> {
    let key = prop_oneof![8 => Just(5), 3 => Just(6), 3 => Just(7), 1 => 0..KEYS.len()];
    let holder = mostly(40, LEAF, 0..HOLDERS.len());
    let names = mostly(3, vec![(2, &b"api.example"[..])], names());
    let usages = mostly(3, vec![known::SERVER_AUTH], usages());
    let basic =
        prop_oneof![8 => Just(None), 1 => Just(Some((false, None))), 1 => Just(Some((true, None)))];
    (
        authority(LEAF, issuer),
        key,
        holder,
        weighted(0.97, names),
        usages,
        basic,
    )
        .prop_map(|(spec, key, holder, names, usages, basic)| {
            let (permitted, excluded) = (Vec::new(), Vec::new());
            Spec {
                key,
                holder,
                names,
                usages,
                basic,
                permitted,
                excluded,
                ..spec
            }
        })
}

fn schemes() -> impl Strategy<Value = Scheme> {
    use Scheme::{Md5Rsa, Pss, Sha1Ecdsa, Sha1Rsa, Sha384, Sha512, Unknown, WrongEcdsa, WrongRsa};
    select(
        &[
            Sha384, Sha512, Pss, Sha1Rsa, Sha1Ecdsa, Md5Rsa, WrongEcdsa, WrongRsa, Unknown,
        ][..],
    )
}

fn odd(weight: u32) -> impl Strategy<Value = Odd> {
    use Odd::{
        BrokenBasicConstraints, BrokenSignature, DuplicateExtension, NegativeSerial, TrailingByte,
        UnknownCritical,
    };
    let odd = [
        UnknownCritical,
        DuplicateExtension,
        TrailingByte,
        BrokenBasicConstraints,
        NegativeSerial,
        BrokenSignature,
    ];
    mostly(weight, Odd::Nothing, select(odd.to_vec()))
}

fn identifiers(holder: usize, issuer: usize) -> impl Strategy<Value = (Option<u8>, Option<u8>)> {
    let id = || proptest::option::of(0_u8..4);
    (
        mostly(12, Some(holder as u8), id()),
        mostly(12, Some(issuer as u8), id()),
    )
}

fn usages() -> impl Strategy<Value = Vec<Oid<'static>>> {
    vec(
        select(vec![
            known::SERVER_AUTH,
            known::CLIENT_AUTH,
            known::ANY_USAGE,
            CODE_SIGNING,
        ]),
        0..3,
    )
}

fn names() -> impl Strategy<Value = Vec<(u32, &'static [u8])>> {
    // The broken ones are among the last of their kind: most lists should parse.
    vec(
        prop_oneof![9 => select(&NAMES[..8]), 5 => select(&NAMES[14..18]), 3 => select(&NAMES[19..26]), 2 => select(&NAMES[..])],
        0..5,
    )
}

fn subtrees() -> impl Strategy<Value = Vec<(u32, &'static [u8])>> {
    vec(
        prop_oneof![4 => select(&SUBTREES[..5]), 2 => select(&SUBTREES[8..11]), 2 => select(&SUBTREES[..])],
        1..4,
    )
}

fn policies() -> impl Strategy<Value = Policies> {
    let policy = || select(&POLICIES[..]);
    let count = || weighted(0.2, 0_u8..3);
    let some = (
        vec(policy(), 0..3),
        weighted(0.3, vec((policy(), policy()), 1..3)),
        (count(), count()),
        count(),
    );
    let some = some.prop_map(|(own, mapped, constraints, inhibit_any)| Policies {
        own,
        mapped: mapped.unwrap_or_default(),
        constraints,
        inhibit_any,
    });
    mostly(4, Policies::none(), some)
}

fn moments() -> impl Strategy<Value = UtcDateTime> {
    let around = (-90_000_i64..90_000, 0_u64..1_000_000_000).prop_map(|(seconds, nanos)| {
        let whole = UtcDateTime::from_unix_timestamp(NOON.unix_timestamp() + seconds).unwrap();
        whole + Duration::from_nanos(nanos)
    });
    let edges = select(vec![
        NOON - DAY,
        NOON + DAY,
        NOON + DAY + Duration::from_nanos(1),
    ]);
    prop_oneof![around, edges]
}

/// The usual, and once in a while something else.
fn mostly<T: Clone + std::fmt::Debug + 'static>(
    weight: u32,
    usual: T,
    other: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<T> {
    prop_oneof![weight => Just(usual), 1 => other].boxed()
}

/// The numbers below `count` in an order that `seed` decides.
fn shuffle(count: usize, mut seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for i in (1..count).rev() {
        order.swap(i, seed as usize % (i + 1));
        seed /= i as u64 + 1;
    }
    order
}

/// Two sides that shake hands.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// The server's world, and what the client trusts and wants.
    pub world: World,
    /// Go's `ClientAuthType`.
    pub mode: usize,
    /// Whether the client heeds the names of the server's client CAs.
    pub use_hints: bool,
    client: Option<(Forged, usize)>,
    other_cas: Option<Forged>,
}

impl Handshake {
    /// The client's chain and which key is its own.
    pub fn client(&self) -> Option<(Vec<Vec<u8>>, usize)> {
        self.client
            .as_ref()
            .map(|(forged, key)| (forged.sent(), *key))
    }

    /// What the server verifies clients with.
    pub fn client_cas(&self) -> Vec<Vec<u8>> {
        let cas = self
            .other_cas
            .as_ref()
            .or(self.client.as_ref().map(|(forged, _)| forged));
        cas.map(|forged| forged.roots.clone()).unwrap_or_default()
    }
}

/// Worlds of one side of a handshake: keys that can sign, and usually the usage of this side.
pub fn worlds_of(usage: Usage) -> BoxedStrategy<World> {
    let usual = match usage == Usage::client() {
        true => known::CLIENT_AUTH,
        false => known::SERVER_AUTH,
    };
    worlds()
        .prop_map(move |mut world| {
            world.leaf.key %= SIGNING_KEYS;
            if world.leaf.usages == [known::SERVER_AUTH] {
                world.leaf.usages = vec![usual];
            }
            world
        })
        .boxed()
}

/// Handshakes, of which most come to the client's certificate.
pub fn handshakes() -> impl Strategy<Value = Handshake> {
    let client = worlds_of(Usage::client()).prop_map(|world| (world.forge(), world.leaf.key));
    let server = worlds_of(Usage::server());
    let other_cas = mostly(8, None, worlds().prop_map(|world| Some(world.forge())));
    (
        server,
        0_usize..5,
        any::<bool>(),
        weighted(0.9, client),
        other_cas,
    )
        .prop_map(|(world, mode, use_hints, client, other_cas)| Handshake {
            world,
            mode,
            use_hints,
            client,
            other_cas,
        })
}

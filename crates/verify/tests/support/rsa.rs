//! Generated RSA private keys whose numbers belong together, or nearly.

#![allow(dead_code, reason = "each test uses its part")]

use std::sync::LazyLock;

use crypto_bigint::{BoxedUint, ConcatenatingMul, Resize};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use x509::der::{Reader, Rules, Tag};
use x509::write;

use super::der;

/// A number of a key, by its place behind the version.
const MODULUS: usize = 0;
const PRIVATE_EXPONENT: usize = 2;
const FIRST_PRIME: usize = 3;

/// Real primes of 1024 bits.
static PRIMES: LazyLock<Vec<BoxedUint>> = LazyLock::new(|| {
    let keys = [
        include_str!("../../../../examples/kubeadm/etc/kubernetes/pki/apiserver.key"),
        include_str!("../../../../examples/kubeadm/etc/kubernetes/pki/sa.key"),
        include_str!("../../../../examples/kubeadm/etc/kubernetes/pki/ca.key"),
    ];
    let primes = keys.iter().flat_map(|key| {
        let key = der(key);
        let mut outer = Reader::new(&key, Rules::Der);
        let mut fields = outer.expect(Tag::SEQUENCE).unwrap().reader(Rules::Der);
        let mut number = || fields.expect(Tag::INTEGER).unwrap().body;
        let numbers: Vec<&[u8]> = (0..6).map(|_| number()).collect();
        // One more than before, for the version.
        [FIRST_PRIME + 1, FIRST_PRIME + 2].map(|i| BoxedUint::from_be_slice_vartime(numbers[i]))
    });
    primes.collect()
});

/// What is done to a number of a key that is whole.
#[derive(Clone, Copy, Debug)]
enum Damage {
    Plus(u8),
    Minus(u8),
    Doubled,
    Zero,
    One,
    Negative,
    As(usize),
    PlusOther(usize),
    LeadingZero,
}

/// A PKCS #1 key.
pub fn keys() -> impl Strategy<Value = Vec<u8>> {
    let exponent = prop_oneof![
        6 => Just(65537_u64),
        1 => select(vec![1, 2, 3, 17, 65536, (1 << 31) - 1, (1 << 31) + 1, u64::MAX])
    ];
    let how_many = prop_oneof![4 => Just(8_usize), 1 => 5_usize..8];
    let further = prop_oneof![8 => Just(Vec::new()), 1 => vec(factor(), 0..3)];
    let version = prop_oneof![4 => Just(None), 1 => (0_u8..3).prop_map(Some)];
    let damage = weighted(0.5, (0_usize..8, damage()));
    (
        factor(),
        factor(),
        exponent,
        how_many,
        further,
        version,
        damage,
    )
        .prop_map(|(p, q, exponent, how_many, further, version, damage)| {
            let mut numbers = whole(&p, &q, exponent);
            numbers.truncate(how_many);
            let mut encoded: Vec<Vec<u8>> = numbers.iter().map(integer).collect();
            if let Some((place, damage)) = damage.filter(|(place, _)| *place < how_many) {
                encoded[place] = damaged(&numbers, place, damage);
            }
            let several = !further.is_empty();
            encoded.insert(0, write::unsigned(&[version.unwrap_or(several.into())]));
            if several {
                let one = write::unsigned(&[1]);
                let prime = |prime: &BoxedUint| write::sequence([&integer(prime), &one, &one]);
                encoded.push(write::sequence(further.iter().map(prime)));
            }
            write::sequence(encoded)
        })
}

/// Primes mostly; and numbers that are none, of every size.
fn factor() -> impl Strategy<Value = BoxedUint> {
    let prime = select(&PRIMES[..]);
    let odd = (1_usize..160).prop_flat_map(|len| vec(any::<u8>(), len));
    let odd = odd.prop_map(|mut digits| {
        *digits.last_mut().unwrap() |= 1;
        BoxedUint::from_be_slice_vartime(&digits)
    });
    let near = (prime.clone(), 0_u8..5)
        .prop_map(|(prime, more)| prime.wrapping_add(BoxedUint::from(2 * more)));
    let small = (1_u8..20).prop_map(BoxedUint::from);
    prop_oneof![12 => prime, 2 => odd, 2 => near, 1 => small]
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (1_u8..3).prop_map(Damage::Plus),
        (1_u8..3).prop_map(Damage::Minus),
        Just(Damage::Doubled),
        Just(Damage::Zero),
        Just(Damage::One),
        Just(Damage::Negative),
        Just(Damage::LeadingZero),
        (0_usize..8).prop_map(Damage::As),
        (0_usize..8).prop_map(Damage::PlusOther),
    ]
}

/// The eight numbers of RFC 8017, section A.1.2, that belong to these factors, as far as there are
/// such.
fn whole(p: &BoxedUint, q: &BoxedUint, exponent: u64) -> Vec<BoxedUint> {
    let one = BoxedUint::one();
    let less_one = |n: &BoxedUint| n.wrapping_sub(&one);
    let (p1, q1) = (less_one(p), less_one(q));
    let e = BoxedUint::from(exponent);
    let phi = p1.concatenating_mul(&q1);
    let d = inverse(&e, &phi);
    vec![
        p.concatenating_mul(q),
        e,
        d.clone(),
        p.clone(),
        q.clone(),
        rem(&d, &p1),
        rem(&d, &q1),
        inverse(q, p),
    ]
}

fn inverse(of: &BoxedUint, modulus: &BoxedUint) -> BoxedUint {
    let Some(nonzero) = modulus.as_nz_vartime() else {
        return BoxedUint::one();
    };
    let reduced = rem(of, modulus);
    let inverse = reduced.invert_mod(nonzero).into_option();
    inverse.unwrap_or_else(BoxedUint::one)
}

fn rem(of: &BoxedUint, modulus: &BoxedUint) -> BoxedUint {
    modulus
        .as_nz_vartime()
        .map_or_else(BoxedUint::one, |modulus| of.div_rem(modulus).1)
}

fn integer(number: &BoxedUint) -> Vec<u8> {
    write::unsigned(&number.to_be_bytes())
}

fn damaged(numbers: &[BoxedUint], place: usize, damage: Damage) -> Vec<u8> {
    let number = numbers[place]
        .clone()
        .resize(numbers[MODULUS].bits_precision() + 64);
    let other = |i: usize| &numbers[i.min(numbers.len() - 1)];
    let one = BoxedUint::one();
    integer(&match damage {
        Damage::Plus(more) => number.wrapping_add(BoxedUint::from(more)),
        Damage::Minus(less) if number > BoxedUint::from(less) => {
            number.wrapping_sub(BoxedUint::from(less))
        }
        Damage::Minus(_) | Damage::One => one,
        Damage::Doubled => number.wrapping_add(&number),
        Damage::Zero => return vec![2, 1, 0],
        Damage::Negative => return vec![2, 2, 0x80, 1],
        Damage::LeadingZero => {
            let digits = [&[0, 0][..], &number.to_be_bytes_trimmed_vartime()].concat();
            return write::element(Tag::INTEGER, &digits);
        }
        Damage::As(i) => other(i).clone(),
        // An exponent that is the same modulo a prime less one, among others.
        Damage::PlusOther(i) if place == PRIVATE_EXPONENT => {
            let [p1, q1] = [3, 4].map(|i| numbers[i].wrapping_sub(&one));
            let all = [p1.concatenating_mul(&q1), p1, q1];
            number.wrapping_add(&all[i % 3])
        }
        Damage::PlusOther(i) => number.wrapping_add(other(i)),
    })
}

//! Whether the numbers of an RSA private key belong together: Go's
//! `crypto/internal/fips140/rsa/rsa.go` (`checkPrivateKey`) and `crypto/rsa/rsa.go` (`precompute`).
//! Neither asks whether the primes are prime, so arithmetic is all there is to it.

use std::cmp::Ordering;

use crypto_bigint::{BoxedUint, ConcatenatingMul, Gcd};
use zeroize::Zeroizing;

use crate::der::magnitude;

/// The longest modulus that is looked at, in bits; Go looks at any, and takes 8192 in a handshake.
const MAX_BITS: u32 = 16384;

/// The numbers of a private key, big-endian and above zero.
pub(crate) struct Numbers<'a> {
    pub(crate) modulus: &'a [u8],
    pub(crate) public_exponent: i64,
    pub(crate) private_exponent: &'a [u8],
    /// At least two.
    pub(crate) primes: Vec<&'a [u8]>,
    /// The private exponent modulo each of the two primes less one, and the second's inverse modulo
    /// the first.
    pub(crate) chinese: Option<[&'a [u8]; 3]>,
}

/// A number that nobody may know.
type Secret = Zeroizing<BoxedUint>;

impl Numbers<'_> {
    /// Whether Go takes them together. Of numbers that are longer than anybody's only the public half
    /// is looked at.
    pub(crate) fn are_consistent(&self) -> bool {
        self.is_public_half_good() && (self.is_too_long() || self.belong_together().is_some())
    }

    /// As `checkPublicKey`.
    fn is_public_half_good(&self) -> bool {
        let is_odd = self.modulus.last().is_some_and(|byte| byte & 1 == 1);
        let e = self.public_exponent;
        is_odd && e > 1 && e & 1 == 1 && e <= i64::from(i32::MAX)
    }

    fn is_too_long(&self) -> bool {
        let primes = self.primes.iter().map(|prime| u64::from(bits(prime)));
        bits(self.modulus) > MAX_BITS
            || self.primes.len() > 2 && primes.sum::<u64>() > u64::from(MAX_BITS)
    }

    /// Nothing when they do not.
    fn belong_together(&self) -> Option<()> {
        let n = number(self.modulus);
        let d = below(self.private_exponent, &n)?;
        match self.primes.as_slice() {
            [p, q] => Pair::new([p, q], &n)?.check(self, &n, &d),
            primes => are_relatively_prime(primes).then_some(()),
        }
    }
}

/// The two primes, and each less one: what exponents are reduced by.
struct Pair {
    p: Secret,
    q: Secret,
    p_less_one: Secret,
    q_less_one: Secret,
}

impl Pair {
    /// Of two numbers above two and below the modulus, which divides their product.
    fn new([p, q]: [&[u8]; 2], n: &Secret) -> Option<Self> {
        let (p, q) = (below(p, n)?, below(q, n)?);
        let less_one = |prime: &Secret| {
            let less = Secret::new(prime.wrapping_sub(BoxedUint::one()));
            is_above_one(&less).then_some(less)
        };
        let is_product = bool::from(rem(&product(&p, &q), n)?.is_zero());
        is_product.then_some(Pair {
            p_less_one: less_one(&p)?,
            q_less_one: less_one(&q)?,
            p,
            q,
        })
    }

    fn check(&self, numbers: &Numbers<'_>, n: &Secret, d: &Secret) -> Option<()> {
        let own = [rem(d, &self.p_less_one)?, rem(d, &self.q_less_one)?];
        let q = rem(&self.q, &self.p)?;
        let inverse = match numbers.chinese {
            Some([dp, dq, inverse]) => {
                let given = [dp, dq].map(number);
                let is_own = |(given, own): (&Secret, &Secret)| order(given, own).is_eq();
                given.iter().zip(&own).all(is_own).then_some(())?;
                below(inverse, &self.p)?
            }
            None => self.inverse_of(&q)?,
        };
        let e = Secret::new(BoxedUint::from(numbers.public_exponent.unsigned_abs()));
        let [dp, dq] = own;
        let half = n.bit_width_vartime() / 2;
        let is_good = is_inverse(&dp, &e, &self.p_less_one)?
            && is_inverse(&dq, &e, &self.q_less_one)?
            && is_inverse(&q, &inverse, &self.p)?
            && self.distance()?.bit_width_vartime() + 100 > half
            && d.bit_width_vartime() > half;
        is_good.then_some(())
    }

    /// A number's inverse modulo the first by Fermat's little theorem, as Go makes it: it is one only
    /// when the first is as good as prime.
    fn inverse_of(&self, number: &Secret) -> Option<Secret> {
        let exponent = Secret::new(self.p.wrapping_sub(BoxedUint::from(2_u8)));
        Some(Secret::new(
            number.pow_mod(&exponent, self.p.as_odd_vartime()?),
        ))
    }

    /// How far they are apart; nothing when they are the same.
    fn distance(&self) -> Option<Secret> {
        let (more, less) = match order(&self.p, &self.q) {
            Ordering::Equal => return None,
            Ordering::Less => (&self.q, &self.p),
            Ordering::Greater => (&self.p, &self.q),
        };
        Some(Secret::new(more.wrapping_sub(&**less)))
    }
}

/// As `precomputeLegacy` asks of more than two primes: each is above one, and none shares a factor
/// with those before it.
fn are_relatively_prime(primes: &[&[u8]]) -> bool {
    let mut before = Secret::new(BoxedUint::one());
    primes.iter().all(|prime| {
        let prime = number(prime);
        let is_new = bool::from(Secret::new((*before).gcd(&*prime)).is_one());
        before = product(&before, &prime);
        is_new && is_above_one(&prime)
    })
}

fn number(digits: &[u8]) -> Secret {
    Secret::new(BoxedUint::from_be_slice_vartime(magnitude(digits)))
}

/// A number below another one.
fn below(digits: &[u8], limit: &Secret) -> Option<Secret> {
    let is_short = bits(digits) <= limit.bit_width_vartime();
    let number = is_short.then(|| number(digits))?;
    order(&number, limit).is_lt().then_some(number)
}

fn bits(digits: &[u8]) -> u32 {
    let digits = magnitude(digits);
    let leading = digits.first().map_or(0, |byte| byte.leading_zeros());
    u32::try_from(digits.len() * 8).map_or(u32::MAX, |bits| bits - leading)
}

fn is_above_one(number: &Secret) -> bool {
    number.cmp_vartime(BoxedUint::one()).is_gt()
}

fn is_inverse(one: &Secret, other: &Secret, modulus: &Secret) -> Option<bool> {
    Some(rem(&product(one, other), modulus)?.is_one().into())
}

fn order(one: &Secret, other: &Secret) -> Ordering {
    one.cmp_vartime(&**other)
}

fn product(one: &Secret, other: &Secret) -> Secret {
    Secret::new(one.concatenating_mul(&**other))
}

/// Nothing when it would divide by zero. How long it takes tells how long the modulus is, and no more.
fn rem(number: &Secret, modulus: &Secret) -> Option<Secret> {
    let (quotient, remainder) = number.div_rem_vartime(modulus.as_nz_vartime()?);
    drop(Secret::new(quotient));
    Some(Secret::new(remainder))
}

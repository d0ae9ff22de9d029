//! The elliptic curves that OpenSSL has by name.
//!
//! A table of facts, sorted by the short name: what `openssl ecparam` of OpenSSL 3.0.19
//! (Apache-2.0) prints.

/// A named curve.
pub(super) struct Curve {
    /// Its short name.
    pub(super) name: &'static str,
    /// The size of its order in bits.
    pub(super) bits: u32,
    /// The size of a coordinate in bytes.
    pub(super) field: usize,
    /// NIST's own name.
    pub(super) nist: Option<&'static str>,
}

/// The curve with a short name.
pub(super) fn by_name(name: &str) -> Option<&'static Curve> {
    let found = CURVES.binary_search_by_key(&name, |curve| curve.name);
    found.ok().map(|index| &CURVES[index])
}

const fn curve(name: &'static str, bits: u32, field: usize) -> Curve {
    Curve {
        name,
        bits,
        field,
        nist: None,
    }
}

const fn nist(name: &'static str, bits: u32, field: usize, nist: &'static str) -> Curve {
    Curve {
        name,
        bits,
        field,
        nist: Some(nist),
    }
}

const CURVES: &[Curve] = &[
    curve("Oakley-EC2N-3", 154, 20),
    curve("Oakley-EC2N-4", 184, 24),
    curve("brainpoolP160r1", 160, 20),
    curve("brainpoolP160t1", 160, 20),
    curve("brainpoolP192r1", 192, 24),
    curve("brainpoolP192t1", 192, 24),
    curve("brainpoolP224r1", 224, 28),
    curve("brainpoolP224t1", 224, 28),
    curve("brainpoolP256r1", 256, 32),
    curve("brainpoolP256t1", 256, 32),
    curve("brainpoolP320r1", 320, 40),
    curve("brainpoolP320t1", 320, 40),
    curve("brainpoolP384r1", 384, 48),
    curve("brainpoolP384t1", 384, 48),
    curve("brainpoolP512r1", 512, 64),
    curve("brainpoolP512t1", 512, 64),
    curve("c2pnb163v1", 163, 21),
    curve("c2pnb163v2", 162, 21),
    curve("c2pnb163v3", 162, 21),
    curve("c2pnb176v1", 161, 22),
    curve("c2pnb208w1", 193, 26),
    curve("c2pnb272w1", 257, 34),
    curve("c2pnb304w1", 289, 38),
    curve("c2pnb368w1", 353, 46),
    curve("c2tnb191v1", 191, 24),
    curve("c2tnb191v2", 190, 24),
    curve("c2tnb191v3", 189, 24),
    curve("c2tnb239v1", 238, 30),
    curve("c2tnb239v2", 237, 30),
    curve("c2tnb239v3", 236, 30),
    curve("c2tnb359v1", 353, 45),
    curve("c2tnb431r1", 418, 54),
    nist("prime192v1", 192, 24, "P-192"),
    curve("prime192v2", 192, 24),
    curve("prime192v3", 192, 24),
    curve("prime239v1", 239, 30),
    curve("prime239v2", 239, 30),
    curve("prime239v3", 239, 30),
    nist("prime256v1", 256, 32, "P-256"),
    curve("secp112r1", 112, 14),
    curve("secp112r2", 110, 14),
    curve("secp128r1", 128, 16),
    curve("secp128r2", 126, 16),
    curve("secp160k1", 161, 20),
    curve("secp160r1", 161, 20),
    curve("secp160r2", 161, 20),
    curve("secp192k1", 192, 24),
    curve("secp224k1", 225, 28),
    nist("secp224r1", 224, 28, "P-224"),
    curve("secp256k1", 256, 32),
    nist("secp384r1", 384, 48, "P-384"),
    nist("secp521r1", 521, 66, "P-521"),
    curve("sect113r1", 113, 15),
    curve("sect113r2", 113, 15),
    curve("sect131r1", 131, 17),
    curve("sect131r2", 131, 17),
    nist("sect163k1", 163, 21, "K-163"),
    curve("sect163r1", 162, 21),
    nist("sect163r2", 163, 21, "B-163"),
    curve("sect193r1", 193, 25),
    curve("sect193r2", 193, 25),
    nist("sect233k1", 232, 30, "K-233"),
    nist("sect233r1", 233, 30, "B-233"),
    curve("sect239k1", 238, 30),
    nist("sect283k1", 281, 36, "K-283"),
    nist("sect283r1", 282, 36, "B-283"),
    nist("sect409k1", 407, 52, "K-409"),
    nist("sect409r1", 409, 52, "B-409"),
    nist("sect571k1", 570, 72, "K-571"),
    nist("sect571r1", 570, 72, "B-571"),
    curve("wap-wsg-idm-ecid-wtls1", 112, 15),
    curve("wap-wsg-idm-ecid-wtls10", 232, 30),
    curve("wap-wsg-idm-ecid-wtls11", 233, 30),
    curve("wap-wsg-idm-ecid-wtls12", 224, 28),
    curve("wap-wsg-idm-ecid-wtls3", 163, 21),
    curve("wap-wsg-idm-ecid-wtls4", 113, 15),
    curve("wap-wsg-idm-ecid-wtls5", 163, 21),
    curve("wap-wsg-idm-ecid-wtls6", 112, 14),
    curve("wap-wsg-idm-ecid-wtls7", 161, 20),
    curve("wap-wsg-idm-ecid-wtls8", 113, 14),
    curve("wap-wsg-idm-ecid-wtls9", 161, 20),
];

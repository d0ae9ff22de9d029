//! Public keys (`encode_key2text.c`; in 1.1.1 the `*_ameth.c` files).

use super::signature::PssParameters;
use super::{OpensslVersion, Printed, Text, curves, number};
use crate::certificate::PublicKeyInfo;
use crate::der::{Reader, Rules, Tag, Tlv, single};
use crate::oid::Oid;

/// Where keys are indented to.
const INDENT: usize = 16;

/// How many bytes of a key stand in a line.
const WIDTH: usize = 15;

/// Raw keys that 3.5 knows besides: by OpenSSL's long name, with their length in bytes
/// (FIPS 203, 204 and 205).
const POST_QUANTUM: [(&str, usize); 18] = [
    ("ML-KEM-512", 800),
    ("ML-KEM-768", 1184),
    ("ML-KEM-1024", 1568),
    ("ML-DSA-44", 1312),
    ("ML-DSA-65", 1952),
    ("ML-DSA-87", 2592),
    ("SLH-DSA-SHA2-128s", 32),
    ("SLH-DSA-SHA2-128f", 32),
    ("SLH-DSA-SHA2-192s", 48),
    ("SLH-DSA-SHA2-192f", 48),
    ("SLH-DSA-SHA2-256s", 64),
    ("SLH-DSA-SHA2-256f", 64),
    ("SLH-DSA-SHAKE-128s", 32),
    ("SLH-DSA-SHAKE-128f", 32),
    ("SLH-DSA-SHAKE-192s", 48),
    ("SLH-DSA-SHAKE-192f", 48),
    ("SLH-DSA-SHAKE-256s", 64),
    ("SLH-DSA-SHAKE-256f", 64),
];

/// The parameters of an elliptic curve that are written out.
struct Explicit<'a> {
    prime: &'a [u8],
    a: &'a [u8],
    b: &'a [u8],
    seed: Option<&'a [u8]>,
    generator: &'a [u8],
    order: &'a [u8],
    cofactor: Option<&'a [u8]>,
}

impl Text {
    pub(super) fn public_key_info(&mut self, info: &PublicKeyInfo<'_>) -> Printed {
        self.str("        Subject Public Key Info:\n            Public Key Algorithm: ");
        self.object(info.algorithm.oid);
        self.str("\n");
        let start = self.out.len();
        if self.public_key(info).is_none() {
            self.out.truncate(start);
            self.str("            Unable to load Public Key\n");
            // It tries twice, and says so twice.
            self.unreadable();
            self.unreadable();
        }
        Ok(())
    }

    /// What OpenSSL says of a key that it cannot decode, with its own line.
    fn unreadable(&mut self) {
        let line = if self.is(OpensslVersion::V3_5) {
            466
        } else {
            461
        };
        self.put(format_args!(
            "TID:error:03000072:digital envelope routines:X509_PUBKEY_get0:decode error:../crypto/x509/x_pubkey.c:{line}:\n"
        ));
    }

    fn public_key(&mut self, info: &PublicKeyInfo<'_>) -> Option<()> {
        let (short, long) = self.version.names(info.algorithm.oid)?;
        match short {
            "rsaEncryption" | "RSA" => self.rsa(info),
            "RSASSA-PSS" => {
                self.rsa(info)?;
                self.pss_restrictions(info)
            }
            "id-ecPublicKey" => self.elliptic(info),
            "DSA" | "dsaEncryption" | "dsaEncryption-old" => self.dsa(info),
            "ED25519" => self.raw_key("ED25519", info, 32),
            "ED448" => self.raw_key("ED448", info, 57),
            "X25519" => self.raw_key("X25519", info, 32),
            "X448" => self.raw_key("X448", info, 56),
            _ => {
                let (name, length) = POST_QUANTUM.iter().find(|(name, _)| *name == long)?;
                self.raw_key(name, info, *length)
            }
        }
    }

    fn rsa(&mut self, info: &PublicKeyInfo<'_>) -> Option<()> {
        let mut outer = Reader::new(info.key, Rules::Ber);
        let mut fields = outer.expect(Tag::SEQUENCE).ok()?.reader(Rules::Ber);
        let modulus = unsigned(fields.expect(Tag::INTEGER).ok()?.body);
        let exponent = unsigned(fields.expect(Tag::INTEGER).ok()?.body);
        fields.finish().ok()?;
        self.indent(INDENT);
        let bits = bits(&modulus);
        if self.is(OpensslVersion::V1_1_1) {
            self.str("RSA ");
        }
        self.put(format_args!("Public-Key: ({bits} bit)\n"));
        self.number("Modulus:", &modulus);
        self.number("Exponent:", &exponent);
        Some(())
    }

    fn pss_restrictions(&mut self, info: &PublicKeyInfo<'_>) -> Option<()> {
        let Some(parameters) = info.algorithm.parameters else {
            self.indent(INDENT);
            self.str("No PSS parameter restrictions\n");
            return Some(());
        };
        let parameters = PssParameters::read(parameters.raw).ok()?;
        self.indent(INDENT);
        self.str("PSS parameter restrictions:\n");
        match self.is(OpensslVersion::V1_1_1) {
            true => self.pss_parameters(&parameters, INDENT + 2, "Minimum"),
            false => self.restrictions(&parameters),
        }
        Some(())
    }

    /// The provider's own words for what `pss_parameters` says.
    fn restrictions(&mut self, parameters: &PssParameters<'_>) {
        let hash = |hash: Option<Oid<'_>>| match hash {
            Some(hash) => (digest_name(hash), ""),
            None => ("SHA1".to_owned(), " (default)"),
        };
        let (name, default) = hash(parameters.hash);
        self.put(format_args!(
            "                  Hash Algorithm: {name}{default}\n"
        ));
        let (name, default) = hash(parameters.mask.map(|(_, hash)| hash));
        self.put(format_args!(
            "                  Mask Algorithm: MGF1 with {name}{default}\n"
        ));
        let (salt, default) = match parameters.salt.and_then(number::small) {
            Some(salt) => (salt, ""),
            None => (20, " (default)"),
        };
        self.put(format_args!(
            "                  Minimum Salt Length: {salt}{default}\n"
        ));
        let (trailer, default) = match parameters.trailer.and_then(number::small) {
            Some(trailer) if trailer != 1 => (trailer, ""),
            _ => (1, " (default)"),
        };
        self.put(format_args!(
            "                  Trailer Field: 0x{trailer:x}{default}\n"
        ));
    }

    fn elliptic(&mut self, info: &PublicKeyInfo<'_>) -> Option<()> {
        let parameters = info.algorithm.parameters?;
        match parameters.tag {
            Tag::OID => self.named_curve(Oid(parameters.body), info.key),
            Tag::SEQUENCE => self.explicit_curve(parameters, info.key),
            _ => None,
        }
    }

    fn named_curve(&mut self, oid: Oid<'_>, point: &[u8]) -> Option<()> {
        let curve = curves::by_name(oid.short_name()?)?;
        check_point(point, curve.field)?;
        check_on_curve(curve.name, point)?;
        self.indent(INDENT);
        self.put(format_args!("Public-Key: ({} bit)\n", curve.bits));
        self.key_bytes("pub:", point);
        self.put(format_args!("                ASN1 OID: {}\n", curve.name));
        if let Some(nist) = curve.nist {
            self.put(format_args!("                NIST CURVE: {nist}\n"));
        }
        Some(())
    }

    fn explicit_curve(&mut self, parameters: Tlv<'_>, point: &[u8]) -> Option<()> {
        let curve = Explicit::read(parameters)?;
        self.indent(INDENT);
        self.put(format_args!("Public-Key: ({} bit)\n", bits(curve.order)));
        self.key_bytes("pub:", point);
        self.str("                Field Type: prime-field\n");
        self.number("Prime:", curve.prime);
        self.number("A:   ", &unsigned(curve.a));
        self.number("B:   ", &unsigned(curve.b));
        let form = match curve.generator.first()? {
            4 => "uncompressed",
            2 | 3 => "compressed",
            _ => "hybrid",
        };
        self.key_bytes(&format!("Generator ({form}):"), curve.generator);
        self.number("Order: ", curve.order);
        if let Some(cofactor) = curve.cofactor {
            self.number("Cofactor: ", cofactor);
        }
        if let Some(seed) = curve.seed {
            self.key_bytes("Seed:", seed);
        }
        Some(())
    }

    fn dsa(&mut self, info: &PublicKeyInfo<'_>) -> Option<()> {
        let public = single(info.key, Tag::INTEGER, Rules::Ber).ok()?.body;
        let parameters = info
            .algorithm
            .parameters
            .filter(|tlv| tlv.tag == Tag::SEQUENCE)?;
        let mut fields = parameters.reader(Rules::Ber);
        let mut next = || Some(unsigned(fields.expect(Tag::INTEGER).ok()?.body));
        let (p, q, g) = (next()?, next()?, next()?);
        self.indent(INDENT);
        self.put(format_args!("Public-Key: ({} bit)\n", bits(&p)));
        self.number("pub: ", public);
        for (label, content) in [("P:   ", p), ("Q:   ", q), ("G:   ", g)] {
            self.number(label, &content);
        }
        Some(())
    }

    fn raw_key(&mut self, name: &str, info: &PublicKeyInfo<'_>, length: usize) -> Option<()> {
        if info.key.len() != length || info.algorithm.parameters.is_some() {
            return None;
        }
        self.put(format_args!("                {name} Public-Key:\n"));
        // A key that encapsulates is called so.
        let label = if name.starts_with("ML-KEM") {
            "ek:"
        } else {
            "pub:"
        };
        self.key_bytes(label, info.key);
        Some(())
    }

    fn key_bytes(&mut self, label: &str, bytes: &[u8]) {
        self.indent(INDENT);
        self.put(format_args!("{label}\n"));
        self.lines(bytes, INDENT + 4, WIDTH);
        self.str("\n");
    }

    /// A number behind its label, or below it when it is long.
    fn number(&mut self, label: &str, content: &[u8]) {
        self.labelled_number(label, content, INDENT);
    }
}

impl<'a> Explicit<'a> {
    /// `ECParameters` over a prime field (RFC 3279 section 2.3.5).
    fn read(tlv: Tlv<'a>) -> Option<Self> {
        let mut fields = tlv.reader(Rules::Ber);
        fields.expect(Tag::INTEGER).ok()?;
        let mut field = fields.expect(Tag::SEQUENCE).ok()?.reader(Rules::Ber);
        let kind = Oid(field.expect(Tag::OID).ok()?.body);
        let prime = field
            .expect(Tag::INTEGER)
            .ok()
            .filter(|_| kind.short_name() == Some("prime-field"))?;
        let mut curve = fields.expect(Tag::SEQUENCE).ok()?.reader(Rules::Ber);
        let (a, b) = (
            curve.expect(Tag::OCTET_STRING).ok()?,
            curve.expect(Tag::OCTET_STRING).ok()?,
        );
        let seed = curve.optional(Tag::BIT_STRING).ok()?;
        let generator = fields.expect(Tag::OCTET_STRING).ok()?;
        let order = fields.expect(Tag::INTEGER).ok()?;
        let cofactor = fields.optional(Tag::INTEGER).ok()?;
        Some(Explicit {
            prime: prime.body,
            a: a.body,
            b: b.body,
            seed: seed.and_then(|seed| seed.body.get(1..)),
            generator: generator.body,
            order: order.body,
            cofactor: cofactor.map(|cofactor| cofactor.body),
        })
    }
}

/// A digest as providers call it: `SHA2-256`.
fn digest_name(oid: Oid<'_>) -> String {
    let short = oid.short_name().unwrap_or_default();
    match short.strip_prefix("SHA") {
        Some(bits) if bits.len() == 3 => format!("SHA2-{bits}"),
        Some(rest) if rest.starts_with("512-") => format!("SHA2-512/{}", &rest[4..]),
        _ => short.to_owned(),
    }
}

/// An INTEGER's content for bytes without a sign: OpenSSL takes the numbers of a key so.
fn unsigned(bytes: &[u8]) -> Vec<u8> {
    std::iter::once(0).chain(bytes.iter().copied()).collect()
}

/// The size of a positive INTEGER's content in bits.
fn bits(content: &[u8]) -> usize {
    let significant: Vec<u8> = content
        .iter()
        .copied()
        .skip_while(|byte| *byte == 0)
        .collect();
    match significant.first() {
        Some(first) => significant.len() * 8 - first.leading_zeros() as usize,
        None => 0,
    }
}

/// Whether a point has one of the forms of X9.62 for a field of this size.
fn check_point(point: &[u8], field: usize) -> Option<()> {
    let is_sized = match point.first()? {
        2 | 3 => point.len() == 1 + field,
        4 | 6 | 7 => point.len() == 1 + 2 * field,
        _ => false,
    };
    is_sized.then_some(())
}

/// Whether a point lies on its curve, for the curves that the cryptographic library has.
fn check_on_curve(name: &str, point: &[u8]) -> Option<()> {
    use aws_lc_rs::signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ECDSA_P521_SHA512_ASN1, ParsedPublicKey,
    };
    let algorithm = match name {
        "prime256v1" => &ECDSA_P256_SHA256_ASN1,
        "secp384r1" => &ECDSA_P384_SHA384_ASN1,
        "secp521r1" => &ECDSA_P521_SHA512_ASN1,
        _ => return Some(()),
    };
    ParsedPublicKey::new(algorithm, point).ok().map(drop)
}

//! PKCS #12 (RFC 7292): certificates and keys behind a password.

use aws_lc_rs::digest::{self, Algorithm};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use crate::certificate::AlgorithmIdentifier;
use crate::der::{DerError, Reader, Rules, Tag, Tlv, first, single};
use crate::oid::Oid;
use crate::pbes::{self, DecryptError, iterations, unsupported};

/// How deep bags may hold bags.
const DEPTH: usize = 8;

/// data, encryptedData.
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x06];

/// What the identifiers of all bags begin with.
const BAGS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x0c, 0x0a, 0x01];

/// What was inside, each as DER.
#[derive(Default)]
pub struct Contents {
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// Revocation lists.
    pub revocation_lists: Vec<Vec<u8>>,
    /// Private keys, as PKCS #8.
    pub keys: Vec<Zeroizing<Vec<u8>>>,
}

/// Whether bytes are a PFX.
pub fn is_pfx(der: &[u8]) -> bool {
    parts(der).is_ok()
}

/// Opens a PFX that fills `der`.
///
/// # Errors
/// When it is none, the password is wrong, or an algorithm is not available.
pub fn open(der: &[u8], password: &str) -> Result<Contents, DecryptError> {
    let (safe, mac) = parts(der)?;
    if let Some(mac) = mac {
        check_mac(mac, &safe, password)?;
    }
    let mut contents = Contents::default();
    let mut list = single(&safe, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    while !list.is_empty() {
        let bags = content(list.expect(Tag::SEQUENCE)?, password)?;
        contents.bags(&bags, password, DEPTH)?;
    }
    Ok(contents)
}

/// The authenticated safe, and what authenticates it.
fn parts(der: &[u8]) -> Result<(Vec<u8>, Option<Tlv<'_>>), DerError> {
    let mut fields = single(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    if fields.expect(Tag::INTEGER)?.body != [3] {
        return Err(DerError::BadValue("version"));
    }
    let mut info = fields.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
    if info.expect(Tag::OID)?.body != DATA {
        return Err(DerError::BadValue("PFX"));
    }
    let explicit = info.expect(Tag::context_constructed(0))?;
    let safe = octets(explicit.reader(Rules::Ber).next_tlv()?, 0)?;
    let mac = fields.optional(Tag::SEQUENCE)?;
    Ok((safe, mac))
}

/// An OCTET STRING, whose pieces are put together.
fn octets(tlv: Tlv<'_>, depth: usize) -> Result<Vec<u8>, DerError> {
    if !tlv.tag.constructed {
        return Ok(tlv.body.to_vec());
    }
    if depth == DEPTH {
        return Err(DerError::TooDeep);
    }
    let mut pieces = tlv.reader(Rules::Ber);
    let mut whole = Vec::new();
    while !pieces.is_empty() {
        whole.extend(octets(pieces.next_tlv()?, depth + 1)?);
    }
    Ok(whole)
}

/// The bags of one part, decrypted when they are encrypted.
fn content(info: Tlv<'_>, password: &str) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let mut fields = info.reader(Rules::Ber);
    let kind = fields.expect(Tag::OID)?;
    let explicit = fields.expect(Tag::context_constructed(0))?;
    match kind.body {
        DATA => Ok(octets(explicit.reader(Rules::Ber).next_tlv()?, 0)?.into()),
        ENCRYPTED_DATA => {
            let mut fields = first(explicit.body, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
            fields.expect(Tag::INTEGER)?;
            let mut fields = fields.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
            fields.expect(Tag::OID)?;
            let algorithm = AlgorithmIdentifier::from_tlv(fields.expect(Tag::SEQUENCE)?)?;
            let encrypted = octets(fields.next_tlv()?, 0)?;
            pbes::decrypt(&algorithm, &encrypted, password)
        }
        other => Err(unsupported(Oid(other))),
    }
}

impl Contents {
    fn bags(&mut self, der: &[u8], password: &str, depth: usize) -> Result<(), DecryptError> {
        let mut list = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
        while !list.is_empty() {
            let mut bag = list.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
            let kind = bag.expect(Tag::OID)?.body;
            let value = bag.expect(Tag::context_constructed(0))?.body;
            match kind.strip_prefix(BAGS) {
                Some([1]) => self.keys.push(value.to_vec().into()),
                Some([2]) => self.keys.push(pbes::private_key(value, password)?),
                Some([3]) => self.certificates.push(wrapped(value)?),
                Some([4]) => self.revocation_lists.push(wrapped(value)?),
                Some([6]) if depth > 0 => self.bags(value, password, depth - 1)?,
                // Secrets of other kinds are no business of this program.
                _ => {}
            }
        }
        Ok(())
    }
}

/// The DER in a certBag or crlBag.
fn wrapped(value: &[u8]) -> Result<Vec<u8>, DerError> {
    let mut fields: Reader<'_> = single(value, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    fields.expect(Tag::OID)?;
    let explicit = fields.expect(Tag::context_constructed(0))?;
    octets(explicit.reader(Rules::Ber).next_tlv()?, 0)
}

/// Whether the password is the one that everything was authenticated with (section 4).
fn check_mac(mac: Tlv<'_>, safe: &[u8], password: &str) -> Result<(), DecryptError> {
    let mut fields = mac.reader(Rules::Ber);
    let mut info = fields.expect(Tag::SEQUENCE)?.reader(Rules::Ber);
    let algorithm = AlgorithmIdentifier::from_tlv(info.expect(Tag::SEQUENCE)?)?;
    let expected = info.expect(Tag::OCTET_STRING)?.body;
    let salt = fields.expect(Tag::OCTET_STRING)?.body;
    let rounds = fields.optional(Tag::INTEGER)?.map(iterations).transpose()?;
    let (digest, mac) = match algorithm.oid.short_name() {
        Some("SHA1") => (
            &digest::SHA1_FOR_LEGACY_USE_ONLY,
            hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
        ),
        Some("SHA256") => (&digest::SHA256, hmac::HMAC_SHA256),
        Some("SHA384") => (&digest::SHA384, hmac::HMAC_SHA384),
        Some("SHA512") => (&digest::SHA512, hmac::HMAC_SHA512),
        _ => return Err(unsupported(algorithm.oid)),
    };
    let rounds = rounds.map_or(1, std::num::NonZeroU32::get);
    // No password at all is not the same as an empty one; writers differ.
    let candidates = match password.is_empty() {
        true => vec![bmp(password), Zeroizing::new(Vec::new())],
        false => vec![bmp(password)],
    };
    let fits = candidates.iter().any(|password| {
        let key = mac_key(digest, password, salt, rounds);
        hmac::verify(&hmac::Key::new(mac, &key), safe, expected).is_ok()
    });
    if fits {
        Ok(())
    } else {
        Err(DecryptError::WrongPassword)
    }
}

/// The password in UTF-16 with a zero at its end (appendix B.1).
fn bmp(password: &str) -> Zeroizing<Vec<u8>> {
    let units = password.encode_utf16().chain([0]);
    Zeroizing::new(units.flat_map(u16::to_be_bytes).collect())
}

/// The key for the MAC, by which only the first output block is needed (appendix B.2, ID 3).
fn mac_key(
    algorithm: &'static Algorithm,
    password: &[u8],
    salt: &[u8],
    rounds: u32,
) -> Zeroizing<Vec<u8>> {
    let block = algorithm.block_len();
    let filled = |bytes: &[u8]| -> Vec<u8> {
        let length = bytes.len().div_ceil(block) * block;
        bytes.iter().copied().cycle().take(length).collect()
    };
    let mut input = Zeroizing::new(vec![3; block]);
    input.extend(filled(salt));
    input.extend(filled(password));
    let mut key = digest::digest(algorithm, &input);
    for _ in 1..rounds {
        key = digest::digest(algorithm, key.as_ref());
    }
    Zeroizing::new(key.as_ref().to_vec())
}

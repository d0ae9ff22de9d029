//! Decrypting with a password: PBES2 with PBKDF2 and AES (RFC 8018), which is what OpenSSL 3 and all
//! current tools write.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::pbkdf2;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::certificate::AlgorithmIdentifier;
use crate::der::{DerError, Rules, Tag, Tlv, single};
use crate::oid::Oid;

/// More rounds than anybody asks for; each costs time.
const ITERATION_LIMIT: u32 = 10_000_000;

/// Why something cannot be decrypted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DecryptError {
    /// Not built as it should be.
    #[error("it is damaged: {0}")]
    Der(#[from] DerError),
    /// The password is not the right one.
    #[error("the password does not fit")]
    WrongPassword,
    /// An algorithm that is not available here.
    #[error("it is encrypted with {0}, which is not supported here; convert a copy with openssl")]
    Unsupported(String),
}

/// Decrypts an EncryptedPrivateKeyInfo that fills `der` (RFC 5958 section 3).
///
/// # Errors
/// When it is none, the password is wrong, or the algorithm not available.
pub fn private_key(der: &[u8], password: &str) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    let mut fields = single(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    let algorithm = AlgorithmIdentifier::from_tlv(fields.expect(Tag::SEQUENCE)?)?;
    let content = fields.expect(Tag::OCTET_STRING)?.body;
    decrypt(&algorithm, content, password)
}

/// Decrypts what an algorithm with its parameters encrypted.
pub(crate) fn decrypt(
    algorithm: &AlgorithmIdentifier<'_>,
    content: &[u8],
    password: &str,
) -> Result<Zeroizing<Vec<u8>>, DecryptError> {
    if algorithm.oid.short_name() != Some("PBES2") {
        return Err(unsupported(algorithm.oid));
    }
    let parameters = sequence(algorithm)?;
    let mut parameters = parameters.reader(Rules::Ber);
    let derivation = AlgorithmIdentifier::from_tlv(parameters.expect(Tag::SEQUENCE)?)?;
    let scheme = AlgorithmIdentifier::from_tlv(parameters.expect(Tag::SEQUENCE)?)?;
    parameters.finish()?;
    let (cipher, length) = match scheme.oid.short_name() {
        Some("AES-128-CBC") => (&AES_128, 16),
        Some("AES-192-CBC") => (&AES_192, 24),
        Some("AES-256-CBC") => (&AES_256, 32),
        _ => return Err(unsupported(scheme.oid)),
    };
    let iv = scheme.parameters.filter(|iv| iv.tag == Tag::OCTET_STRING);
    let iv = iv.and_then(|iv| <[u8; 16]>::try_from(iv.body).ok());
    let iv = iv.ok_or(DerError::BadValue("initialisation vector"))?;
    let mut key = Zeroizing::new(vec![0; length]);
    derive(&derivation, password, &mut key)?;
    let wrong = |_| DecryptError::WrongPassword;
    let key = UnboundCipherKey::new(cipher, &key).map_err(wrong)?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).map_err(wrong)?;
    let mut buffer = Zeroizing::new(content.to_vec());
    let context = DecryptionContext::Iv128(FixedLength::from(iv));
    let plain = key.decrypt(&mut buffer, context).map_err(wrong)?.len();
    buffer.truncate(plain);
    // One wrong key of 256 leaves a padding that looks right; but keys and bags are one SEQUENCE.
    match single(&buffer, Tag::SEQUENCE, Rules::Ber) {
        Ok(_) => Ok(buffer),
        Err(_) => Err(DecryptError::WrongPassword),
    }
}

/// PBKDF2 (RFC 8018 section 5.2).
fn derive(
    algorithm: &AlgorithmIdentifier<'_>,
    password: &str,
    key: &mut [u8],
) -> Result<(), DecryptError> {
    if algorithm.oid.short_name() != Some("PBKDF2") {
        return Err(unsupported(algorithm.oid));
    }
    let mut fields = sequence(algorithm)?.reader(Rules::Ber);
    let salt = fields.expect(Tag::OCTET_STRING)?.body;
    let iterations = iterations(fields.expect(Tag::INTEGER)?)?;
    fields.optional(Tag::INTEGER)?;
    let function = fields
        .optional(Tag::SEQUENCE)?
        .map(AlgorithmIdentifier::from_tlv)
        .transpose()?;
    let function = match function.map(|function| (function.oid.short_name(), function.oid)) {
        None | Some((Some("hmacWithSHA1"), _)) => pbkdf2::PBKDF2_HMAC_SHA1,
        Some((Some("hmacWithSHA256"), _)) => pbkdf2::PBKDF2_HMAC_SHA256,
        Some((Some("hmacWithSHA384"), _)) => pbkdf2::PBKDF2_HMAC_SHA384,
        Some((Some("hmacWithSHA512"), _)) => pbkdf2::PBKDF2_HMAC_SHA512,
        Some((_, oid)) => return Err(unsupported(oid)),
    };
    pbkdf2::derive(function, iterations, salt, password.as_bytes(), key);
    Ok(())
}

/// How often something is done, within bounds.
pub(crate) fn iterations(tlv: Tlv<'_>) -> Result<NonZeroU32, DerError> {
    let count = tlv.body.iter().try_fold(0_u32, |sum, byte| {
        Some(sum.checked_mul(256)? | u32::from(*byte))
    });
    let count = count.filter(|count| *count <= ITERATION_LIMIT);
    count
        .and_then(NonZeroU32::new)
        .ok_or(DerError::BadValue("number of iterations"))
}

fn sequence<'a>(algorithm: &AlgorithmIdentifier<'a>) -> Result<Tlv<'a>, DerError> {
    let parameters = algorithm.parameters.filter(|tlv| tlv.tag == Tag::SEQUENCE);
    parameters.ok_or(DerError::BadValue("parameters of an algorithm"))
}

pub(crate) fn unsupported(oid: Oid<'_>) -> DecryptError {
    DecryptError::Unsupported(oid.long_name().map_or_else(|| oid.dotted(), str::to_owned))
}

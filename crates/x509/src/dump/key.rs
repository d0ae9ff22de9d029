//! The public key of a dump.

use super::DumpError;
use super::lines::Lines;
use crate::oid::{Oid, known};
use crate::write;

/// The SubjectPublicKeyInfo.
pub(super) fn read(lines: &mut Lines<'_>) -> Result<Vec<u8>, DumpError> {
    lines.expect("Subject Public Key Info:", "public key")?;
    match lines.expect("Public Key Algorithm:", "public key's algorithm")? {
        "rsaEncryption" => rsa(lines),
        "id-ecPublicKey" => elliptic(lines),
        "ED25519" => edwards(lines),
        other => Err(lines.unsupported(format!("a public key of the kind {other:?}"))),
    }
}

fn rsa(lines: &mut Lines<'_>) -> Result<Vec<u8>, DumpError> {
    let bits = bits(lines)?;
    lines.expect("Modulus", "modulus")?;
    let modulus = lines.hex("modulus")?;
    let digits = modulus.iter().skip_while(|byte| **byte == 0);
    if digits.count() != bits.div_ceil(8) {
        return Err(lines.damaged("modulus"));
    }
    let exponent = lines.expect("Exponent:", "exponent")?;
    let exponent = exponent
        .split(' ')
        .next()
        .and_then(|text| text.parse().ok());
    let exponent: u64 = exponent.ok_or(lines.damaged("exponent"))?;
    let exponent = write::unsigned(&exponent.to_be_bytes());
    let key = write::sequence([write::unsigned(&modulus), exponent]);
    Ok(info(known::RSA_ENCRYPTION, &write::null(), &key))
}

fn elliptic(lines: &mut Lines<'_>) -> Result<Vec<u8>, DumpError> {
    bits(lines)?;
    lines.expect("pub:", "point of the public key")?;
    let point = lines.hex("point of the public key")?;
    let name = lines.expect("ASN1 OID:", "name of the curve")?;
    let curve = Oid::by_short_name(name).ok_or(lines.damaged("name of the curve"))?;
    lines.after("NIST CURVE:");
    Ok(info(known::EC_PUBLIC_KEY, &write::oid(curve), &point))
}

fn edwards(lines: &mut Lines<'_>) -> Result<Vec<u8>, DumpError> {
    lines.expect("ED25519 Public-Key:", "public key")?;
    lines.expect("pub:", "public key")?;
    Ok(info(known::ED25519, &[], &lines.hex("public key")?))
}

/// `Public-Key: (2048 bit)`, before 1.1 and 3.0 with `RSA` in front.
fn bits(lines: &mut Lines<'_>) -> Result<usize, DumpError> {
    let line = lines
        .next()
        .ok_or(lines.missing("size of the public key"))?;
    let (_, size) = line
        .split_once('(')
        .ok_or(lines.damaged("size of the public key"))?;
    let size = size.split(' ').next().and_then(|text| text.parse().ok());
    size.ok_or(lines.damaged("size of the public key"))
}

fn info(algorithm: Oid<'_>, parameters: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = write::sequence([&write::oid(algorithm), parameters]);
    write::sequence([algorithm, write::bit_string(key)])
}

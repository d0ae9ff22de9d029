//! Signature algorithms, their parameters, and signatures (`t_x509.c`, `rsa_ameth.c`, `dsa_ameth.c`).

use super::{OpensslVersion, Text, number};
use crate::certificate::AlgorithmIdentifier;
use crate::der::{DerError, Rules, Tag, single};
use crate::oid::Oid;
use crate::value::integer;

/// How many bytes of a signature stand in a line.
const WIDTH: usize = 18;

const RSASSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x08];

/// The algorithms whose signatures are two numbers.
const DSA: [&str; 4] = [
    "DSA-SHA1",
    "DSA-SHA1-old",
    "dsa_with_SHA224",
    "dsa_with_SHA256",
];

/// The parameters of RSASSA-PSS (RFC 4055 section 3.1); what is absent is the default.
pub(super) struct PssParameters<'a> {
    pub(super) hash: Option<Oid<'a>>,
    pub(super) mask: Option<(Oid<'a>, Oid<'a>)>,
    pub(super) salt: Option<&'a [u8]>,
    pub(super) trailer: Option<&'a [u8]>,
}

impl Text {
    /// `        Signature Algorithm: …` as it stands at the top of what is signed.
    pub(super) fn algorithm_line(&mut self, algorithm: &AlgorithmIdentifier<'_>) {
        self.str("        Signature Algorithm: ");
        self.object(algorithm.oid);
        match algorithm.oid.0 == RSASSA_PSS {
            true => self.pss(algorithm, self.pss_indent()),
            false => self.str("\n"),
        }
    }

    /// The algorithm again, and the signature: the content of its BIT STRING.
    pub(super) fn signature(&mut self, algorithm: &AlgorithmIdentifier<'_>, content: &[u8]) {
        let signature = &masked(content);
        let indent = self.pss_indent();
        self.str("    Signature Algorithm: ");
        self.object(algorithm.oid);
        if !self.is(OpensslVersion::V1_1_1) {
            self.str("\n    Signature Value:");
        }
        let short_name = algorithm.oid.short_name().unwrap_or_default();
        if algorithm.oid.0 == RSASSA_PSS {
            self.pss(algorithm, indent);
            return self.dump(signature, indent);
        }
        self.str("\n");
        match two_numbers(signature).filter(|_| DSA.contains(&short_name)) {
            Some([r, s]) => {
                self.labelled_number("r:   ", r, indent);
                self.labelled_number("s:   ", s, indent);
            }
            None => self.dump(signature, indent),
        }
    }

    /// 1.1.1 indents by nine, as nobody else does.
    fn pss_indent(&self) -> usize {
        if self.is(OpensslVersion::V1_1_1) {
            9
        } else {
            8
        }
    }

    /// Lines of bytes, ended by a line break (`X509_signature_dump`).
    pub(super) fn dump(&mut self, bytes: &[u8], indent: usize) {
        self.lines(bytes, indent, WIDTH);
        self.str("\n");
    }

    /// The same behind something that stands in the line already.
    pub(super) fn dump_after_line(&mut self, bytes: &[u8], indent: usize) {
        if self.is(OpensslVersion::V1_1_1) && !bytes.is_empty() {
            self.str("\n");
        }
        self.dump(bytes, indent);
    }

    /// Lines of bytes with colons between them, none at the very end.
    pub(super) fn lines(&mut self, bytes: &[u8], indent: usize, width: usize) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        self.out
            .reserve(bytes.len() * 3 + (bytes.len() / width + 1) * (indent + 1));
        for (index, line) in bytes.chunks(width).enumerate() {
            if index > 0 {
                self.str("\n");
            }
            self.indent(indent);
            for byte in line {
                let digits = [
                    HEX[usize::from(byte >> 4)],
                    HEX[usize::from(byte & 15)],
                    b':',
                ];
                self.out.extend_from_slice(&digits);
            }
        }
        if !bytes.is_empty() {
            self.out.pop();
        }
    }

    /// A number under its label (`ASN1_bn_print`).
    pub(super) fn labelled_number(&mut self, label: &str, content: &[u8], indent: usize) {
        self.indent(indent);
        let (is_negative, magnitude) = number::magnitude(content);
        let sign = if is_negative { "-" } else { "" };
        if magnitude == [0] {
            return self.put(format_args!("{label} 0\n"));
        }
        if magnitude.len() <= 8 {
            let value = magnitude
                .iter()
                .fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
            return self.put(format_args!("{label} {sign}{value} ({sign}0x{value:x})\n"));
        }
        self.str(label);
        self.str(if is_negative { " (Negative)\n" } else { "\n" });
        let mut bytes = magnitude;
        if bytes[0] & 0x80 != 0 {
            bytes.insert(0, 0);
        }
        self.lines(&bytes, indent + 4, 15);
        self.str("\n");
    }

    fn pss(&mut self, algorithm: &AlgorithmIdentifier<'_>, indent: usize) {
        self.indent(indent);
        let parameters = algorithm.parameters.map(|tlv| PssParameters::read(tlv.raw));
        match parameters {
            Some(Ok(parameters)) => {
                self.str("\n");
                self.pss_parameters(&parameters, indent, "");
            }
            _ => self.str("(INVALID PSS PARAMETERS)\n"),
        }
    }

    pub(super) fn pss_parameters(
        &mut self,
        parameters: &PssParameters<'_>,
        indent: usize,
        least: &str,
    ) {
        self.indent(indent);
        self.str("Hash Algorithm: ");
        match parameters.hash {
            Some(hash) => self.object(hash),
            None => self.str("sha1 (default)"),
        }
        self.str("\n");
        self.indent(indent);
        self.str("Mask Algorithm: ");
        match parameters.mask {
            Some((mask, hash)) => {
                self.object(mask);
                self.str(" with ");
                self.object(hash);
            }
            None => self.str("mgf1 with sha1 (default)"),
        }
        self.str("\n");
        self.indent(indent);
        self.put(format_args!("{least} Salt Length: 0x"));
        self.hex_number(parameters.salt, "14 (default)");
        self.indent(indent);
        self.str("Trailer Field: 0x");
        let default = if self.is(OpensslVersion::V1_1_1) {
            "BC (default)"
        } else {
            "01 (default)"
        };
        self.hex_number(parameters.trailer, default);
    }

    /// `i2a_ASN1_INTEGER`, for numbers of one line.
    fn hex_number(&mut self, content: Option<&[u8]>, default: &str) {
        let Some(content) = content else {
            return self.put(format_args!("{default}\n"));
        };
        let (is_negative, magnitude) = number::magnitude(content);
        let hex: String = magnitude.iter().map(|byte| format!("{byte:02X}")).collect();
        self.put(format_args!(
            "{}{hex}\n",
            if is_negative { "-" } else { "" }
        ));
    }
}

impl<'a> PssParameters<'a> {
    pub(super) fn read(der: &'a [u8]) -> Result<Self, DerError> {
        let mut fields = single(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
        let mut explicit = |n| -> Result<Option<&'a [u8]>, DerError> {
            Ok(fields
                .optional(Tag::context_constructed(n))?
                .map(|tlv| tlv.body))
        };
        let (hash, mask, salt, trailer) = (explicit(0)?, explicit(1)?, explicit(2)?, explicit(3)?);
        fields.finish()?;
        let number = |der: &'a [u8]| integer(single(der, Tag::INTEGER, Rules::Ber)?);
        Ok(PssParameters {
            hash: hash
                .map(algorithm)
                .transpose()?
                .map(|algorithm| algorithm.oid),
            mask: mask.map(mask_generation).transpose()?,
            salt: salt.map(number).transpose()?,
            trailer: trailer.map(number).transpose()?,
        })
    }
}

fn algorithm(der: &[u8]) -> Result<AlgorithmIdentifier<'_>, DerError> {
    AlgorithmIdentifier::from_tlv(single(der, Tag::SEQUENCE, Rules::Ber)?)
}

/// The mask generation function, which must be MGF1, and its hash.
fn mask_generation(der: &[u8]) -> Result<(Oid<'_>, Oid<'_>), DerError> {
    let mask = algorithm(der)?;
    let parameters = mask.parameters.filter(|_| mask.oid.0 == MGF1);
    let hash = parameters.ok_or(DerError::BadValue("mask generation function"))?;
    Ok((mask.oid, algorithm(hash.raw)?.oid))
}

/// The bytes of a BIT STRING's content, with the unused bits cleared.
pub(super) fn masked(content: &[u8]) -> Vec<u8> {
    let (unused, bytes) = content.split_first().unwrap_or((&0, &[]));
    let mut bytes = bytes.to_vec();
    if let Some(last) = bytes.last_mut() {
        *last &= 0xff << (unused & 7);
    }
    bytes
}

/// `SEQUENCE { INTEGER, INTEGER }`, whose end may be followed by anything.
fn two_numbers(der: &[u8]) -> Option<[&[u8]; 2]> {
    let mut outer = crate::der::Reader::new(der, Rules::Ber);
    let mut fields = outer.expect(Tag::SEQUENCE).ok()?.reader(Rules::Der);
    let mut number = || fields.expect(Tag::INTEGER).ok().map(|tlv| tlv.body);
    Some([number()?, number()?])
}

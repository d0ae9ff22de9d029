//! What a PKCS #7 (CMS) bundle carries: certificates and revocation lists (RFC 5652 section 5.1).

use crate::der::{DerError, Rules, Tag, first, single};

/// signedData.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];

/// The elements that a bundle carries, each whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle<'a> {
    /// The certificates.
    pub certificates: Vec<&'a [u8]>,
    /// The revocation lists.
    pub revocation_lists: Vec<&'a [u8]>,
}

/// Reads a bundle that fills `der`; what is signed, and by whom, is not looked at.
///
/// # Errors
/// When it is no SignedData.
pub fn read(der: &[u8]) -> Result<Bundle<'_>, DerError> {
    let mut content = single(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    if content.expect(Tag::OID)?.body != SIGNED_DATA {
        return Err(DerError::BadValue("SignedData"));
    }
    let explicit = content.expect(Tag::context_constructed(0))?;
    let mut fields = first(explicit.body, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
    fields.expect(Tag::INTEGER)?;
    fields.expect(Tag::SET)?;
    fields.expect(Tag::SEQUENCE)?;
    let mut elements = |tag| -> Result<Vec<&[u8]>, DerError> {
        let Some(set) = fields.optional(Tag::context_constructed(tag))? else {
            return Ok(Vec::new());
        };
        let mut list = set.reader(Rules::Ber);
        let mut elements = Vec::new();
        while !list.is_empty() {
            let element = list.next_tlv()?;
            // Other forms than the plain one carry a tag of their own.
            if element.tag == Tag::SEQUENCE {
                elements.push(element.raw);
            }
        }
        Ok(elements)
    };
    Ok(Bundle {
        certificates: elements(0)?,
        revocation_lists: elements(1)?,
    })
}

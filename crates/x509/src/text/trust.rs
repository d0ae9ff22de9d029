//! What a TRUSTED CERTIFICATE says behind the certificate: what it is trusted for (`t_x509.c`,
//! `X509_aux_print`).

use super::Text;
use super::number;
use crate::der::{DerError, Rules, Tag, Tlv, first};
use crate::oid::Oid;
use crate::value::object_identifier;

impl Text {
    /// `X509_CERT_AUX`; what cannot be read prints nothing.
    pub(super) fn trust(&mut self, der: &[u8]) -> Result<(), DerError> {
        let mut fields = first(der, Tag::SEQUENCE, Rules::Ber)?.reader(Rules::Ber);
        let trusted = fields
            .optional(Tag::SEQUENCE)?
            .map(identifiers)
            .transpose()?;
        let rejected = fields.optional(Tag::context_constructed(0))?;
        let rejected = rejected.map(identifiers).transpose()?;
        let alias = fields.optional(Tag::UTF8_STRING)?;
        let key_id = fields.optional(Tag::OCTET_STRING)?;
        self.uses("Trusted", trusted);
        self.uses("Rejected", rejected);
        if let Some(alias) = alias {
            self.str("Alias: ");
            self.bytes(alias.body);
            self.str("\n");
        }
        if let Some(key_id) = key_id {
            self.put(format_args!("Key Id: {}\n", number::hex(key_id.body)));
        }
        Ok(())
    }

    fn uses(&mut self, what: &str, uses: Option<Vec<Oid<'_>>>) {
        let Some(uses) = uses else {
            return self.put(format_args!("No {what} Uses.\n"));
        };
        self.put(format_args!("{what} Uses:\n  "));
        for (index, oid) in uses.into_iter().enumerate() {
            if index > 0 {
                self.str(", ");
            }
            self.object(oid);
        }
        self.str("\n");
    }
}

fn identifiers(tlv: Tlv<'_>) -> Result<Vec<Oid<'_>>, DerError> {
    let mut list = tlv.reader(Rules::Ber);
    let mut oids = Vec::new();
    while !list.is_empty() {
        oids.push(object_identifier(list.expect(Tag::OID)?)?);
    }
    Ok(oids)
}

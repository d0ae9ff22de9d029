//! Requests (`t_req.c`).

use super::{OpensslVersion, Printed, Text, number};
use crate::certificate::Extension;
use crate::der::Tag;
use crate::request::{Request, RequestAttribute};

impl Text {
    pub(super) fn request(&mut self, request: &Request) -> Printed {
        self.str("Certificate Request:\n    Data:\n");
        match number::small(request.version()) {
            Some(version @ 0) => {
                self.put(format_args!(
                    "        Version: {} (0x{version:x})\n",
                    version + 1
                ));
            }
            version => self.put(format_args!(
                "        Version: Unknown ({})\n",
                version.unwrap_or(-1)
            )),
        }
        self.str("        Subject: ");
        self.name(&request.subject())?;
        self.str("\n");
        self.public_key_info(&request.public_key())?;
        self.request_attributes(&request.attributes());
        if let Some(extensions) = self.requested_extensions(request) {
            let (indent, title) = match self.is(OpensslVersion::V1_1_1) {
                true => (8, "        Requested Extensions:\n"),
                false => (12, "            Requested Extensions:\n"),
            };
            self.str(title);
            self.extension_list(&extensions, indent + 4);
        }
        self.signature(&request.signature_algorithm(), request.signature());
        Ok(())
    }

    /// 3.0 and later speak of extensions also where none were asked for.
    fn requested_extensions<'a>(&self, request: &'a Request) -> Option<Vec<Extension<'a>>> {
        let attributes = request.attributes();
        let asks = attributes
            .iter()
            .any(RequestAttribute::is_extension_request);
        match asks || self.is(OpensslVersion::V1_1_1) {
            true => request.extensions(),
            false => Some(Vec::new()),
        }
    }

    fn request_attributes(&mut self, attributes: &[RequestAttribute<'_>]) {
        self.str("        Attributes:\n");
        if attributes.is_empty() {
            self.str(match self.is(OpensslVersion::V1_1_1) {
                true => "            a0:00\n",
                false => "            (none)\n",
            });
        }
        for attribute in attributes
            .iter()
            .filter(|attribute| !attribute.is_extension_request())
        {
            self.indent(12);
            let start = self.out.len();
            self.object(attribute.oid);
            let width = self.out.len() - start;
            for (index, value) in attribute.values.iter().enumerate() {
                // Every value but the first stands right below, without the attribute's name.
                self.indent(if index == 0 {
                    25_usize.saturating_sub(width)
                } else {
                    0
                });
                self.str(":");
                match value.tag {
                    Tag::PRINTABLE_STRING
                    | Tag::T61_STRING
                    | Tag::NUMERIC_STRING
                    | Tag::UTF8_STRING
                    | Tag::IA5_STRING => {
                        self.bytes(value.body);
                        self.str("\n");
                    }
                    _ => self.str("unable to print attribute\n"),
                }
            }
        }
    }
}

//! Revocation lists (`t_crl.c`).

use super::{Printed, Text, number};
use crate::revocation::{RevocationList, Revoked};

impl Text {
    pub(super) fn revocation_list(&mut self, list: &RevocationList) -> Printed {
        self.str("Certificate Revocation List (CRL):\n");
        match number::small(list.version().unwrap_or(&[0])) {
            Some(version @ 0..=1) => {
                self.put(format_args!(
                    "        Version {} (0x{version:x})\n",
                    version + 1
                ));
            }
            version => self.put(format_args!(
                "        Version unknown ({})\n",
                version.unwrap_or(-1)
            )),
        }
        self.algorithm_line(&list.signature_algorithm());
        self.str("        Issuer: ");
        self.name(&list.issuer())?;
        self.str("\n        Last Update: ");
        self.validity(&list.this_update())?;
        self.str("\n        Next Update: ");
        match list.next_update() {
            Some(time) => self.validity(&time)?,
            None => self.str("NONE"),
        }
        self.str("\n");
        self.extensions("CRL extensions", &list.extensions(), 8);
        let revoked = list.revoked();
        self.str(match revoked.is_empty() {
            true => "No Revoked Certificates.\n",
            false => "Revoked Certificates:\n",
        });
        for entry in &revoked {
            self.revoked(entry)?;
        }
        self.signature(&list.signature_algorithm(), list.signature());
        Ok(())
    }

    fn revoked(&mut self, entry: &Revoked<'_>) -> Printed {
        let (is_negative, magnitude) = number::magnitude(entry.serial);
        let sign = if is_negative { "-" } else { "" };
        let hex = number::hex(&magnitude).replace(':', "");
        self.put(format_args!(
            "    Serial Number: {sign}{hex}\n        Revocation Date: "
        ));
        self.validity(&entry.date)?;
        self.str("\n");
        self.extensions("CRL entry extensions", &entry.extensions, 8);
        Ok(())
    }
}

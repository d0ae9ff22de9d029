//! What all nodes of a cluster share: the authorities and the key of service account tokens.

use std::sync::Arc;

use authority::PrivateKey;
use cluster::catalogue::{AUTHORITIES, Authority as Row};
use cluster::{File, Files};
use verify::{Certificate, load};
use zeroize::Zeroizing;

use super::{Authorities, Here, Look, State};
use crate::given::Known;
use crate::part::Part;

/// The key that signs service account tokens, as it is on a node.
#[derive(Clone)]
pub struct TokenKey {
    /// The text of `sa.key`.
    pub private: Arc<Zeroizing<String>>,
    /// What `sa.pub` has to hold.
    pub public: String,
}

impl Look<'_> {
    /// Every authority that is needed: the given one, else the one that a node holds.
    pub(super) fn authorities(&mut self, files: &[Files]) -> Authorities {
        let rows = AUTHORITIES.iter().filter(|row| self.is_needed(row.name));
        let rows: Vec<_> = rows.collect();
        rows.into_iter()
            .map(|row| (row.name, self.authority(files, row)))
            .collect()
    }

    fn authority(&mut self, files: &[Files], row: &'static Row) -> Option<Known> {
        let mut found = self.wanted.given.authorities.get(row.name).cloned();
        for (node, files) in self.wanted.nodes.iter().zip(files) {
            let here = Here { node, files };
            let Some(known) = self.authority_on(&here, row) else {
                continue;
            };
            match &found {
                Some(other) if other.certificate() != known.certificate() => {
                    let remedy = "every node has to hold the same authority: copy the right one \
                                  there, or move this one away";
                    self.problem(
                        &here,
                        self.wanted.layout.certificate(row.base),
                        format!("is another authority than {}", of(other)),
                        Some(remedy.to_owned()),
                    );
                }
                Some(other) if other.authority.is_some() => {}
                // A node that holds the key knows more than one that does not.
                _ => found = Some(known),
            }
        }
        found
    }

    /// The authority as it lies on one node.
    fn authority_on(&mut self, here: &Here<'_>, row: &Row) -> Option<Known> {
        let layout = &self.wanted.layout;
        let (certificate, key) = (layout.certificate(row.base), layout.key(row.base));
        let bundle = self.read(here, &certificate);
        let key_file = self.read(here, &key);
        let Some(bundle) = bundle else {
            if key_file.is_some() {
                self.problem(
                    here,
                    &certificate,
                    format!("is missing, and its key `{key}` is there"),
                    Some(format!(
                        "put the certificate back, or have a new authority made, which vouches for \
                         nothing that is there: rm {key}"
                    )),
                );
            }
            return None;
        };
        self.known(here, &certificate, &bundle, &key, key_file.as_deref())
    }

    fn known(
        &mut self,
        here: &Here<'_>,
        path: &str,
        bundle: &File,
        key_path: &str,
        key_file: Option<&File>,
    ) -> Option<Known> {
        let text = bundle.bytes().unwrap_or_default();
        let certificates = match load::client_go_certs(text) {
            Ok(certificates) => certificates,
            Err(error) => {
                let why = format!("holds no certificates that can be read: {error}");
                self.problem(here, path, why, Some(restore()));
                return None;
            }
        };
        let key = match key_file.map(read_key) {
            Some(Err(why)) => {
                self.problem(here, key_path, why, Some(restore()));
                return None;
            }
            Some(Ok(key)) => Some(key),
            None => None,
        };
        let (signer, key) = match key {
            Some((signer, text)) => (Some(Arc::new(signer) as _), Some(text)),
            None => (None, None),
        };
        let others = self.others(here);
        match Known::new(certificates, &others, signer, key) {
            Ok(known) => Some(known),
            Err(error) => {
                self.problem(here, path, error.to_string(), Some(restore()));
                None
            }
        }
    }

    /// Who may stand above a node's authorities: the given root, and whom the node trusts with it.
    fn others(&mut self, here: &Here<'_>) -> Vec<Arc<Certificate>> {
        let root = self.wanted.given.root.as_ref();
        let mut others = root.map(|root| root.chain.clone()).unwrap_or_default();
        let path = self.wanted.layout.trust_bundle();
        if let Some(file) = self.read(here, &path) {
            match load::client_go_certs(file.bytes().unwrap_or_default()) {
                Ok(certificates) => others.extend(certificates),
                Err(error) => self.problem(here, path, error.to_string(), Some(restore())),
            }
        }
        others
    }

    /// What becomes of an authority's files on one node.
    pub(super) fn authority_here(
        &mut self,
        here: &Here<'_>,
        row: &Row,
        known: Option<&Known>,
    ) -> State {
        let layout = &self.wanted.layout;
        let is_there = |path: String| here.files.get(&path).bytes().is_some();
        let certificate = is_there(layout.certificate(row.base));
        if let Some(why) = known.and_then(|known| self.out_of_time(known)) {
            self.warn(here, layout.certificate(row.base), why);
        }
        if known.is_none() && self.wanted.joins() {
            self.problem(
                here,
                layout.certificate(row.base),
                "is missing, and a node that joins has the authorities of its cluster",
                Some(format!(
                    "copy {0}.crt and {0}.key from a node of the cluster",
                    row.base
                )),
            );
        }
        let root = self.wanted.given.root.as_ref();
        if known.is_none() && root.is_some_and(|root| root.authority.is_none()) {
            let remedy = format!(
                "make key and request with `kubepki csr {0}`, have the root sign it with `kubepki \
                 sign --profile intermediate-ca`, and put its certificate into {1}.crt",
                row.name, row.base
            );
            self.problem(
                here,
                layout.certificate(row.base),
                "is missing, and the root's key is not here to make it",
                Some(remedy),
            );
        }
        match (certificate, known) {
            (true, Some(known)) if !is_there(layout.key(row.base)) && known.key.is_some() => {
                State::Partial
            }
            (true, Some(known)) if row.name == "ca" => {
                let signing = known.bundle.len() > 1;
                let trust = !known.above.is_empty();
                let is_whole = (!signing || is_there(layout.signing_certificate()))
                    && (!trust || is_there(layout.trust_bundle()));
                match is_whole {
                    true => State::Kept,
                    false => State::Partial,
                }
            }
            (true, _) => State::Kept,
            (false, _) => State::Absent,
        }
    }

    /// The service account key that a node holds.
    pub(super) fn token_key(&mut self, files: &[Files]) -> Option<TokenKey> {
        if !(self.wanted.select)(&Part::ServiceAccount) {
            return None;
        }
        let mut found: Option<TokenKey> = None;
        for (node, files) in self.wanted.nodes.iter().zip(files) {
            let here = Here { node, files };
            let path = self.wanted.layout.key("sa");
            let Some(file) = self.read(&here, &path) else {
                continue;
            };
            match (read_key(&file), &found) {
                (Err(why), _) => self.problem(&here, path, why, Some(restore())),
                (Ok((key, _)), Some(other)) if key.public_pem() != other.public => {
                    let why = "is another key than the one on a node before it";
                    let remedy = "every node has to hold the same: copy the right one there";
                    self.problem(&here, path, why, Some(remedy.to_owned()));
                }
                (Ok((key, text)), _) => {
                    found = Some(TokenKey {
                        private: Arc::new(text),
                        public: key.public_pem(),
                    });
                }
            }
        }
        found
    }

    /// What becomes of the service account key on one node.
    pub(super) fn token_key_here(&mut self, here: &Here<'_>, known: Option<&TokenKey>) -> State {
        let layout = &self.wanted.layout;
        let private = here.files.get(&layout.key("sa")).bytes().is_some();
        let public = here.files.get(&layout.public_key()).bytes().is_some();
        if known.is_none() && self.wanted.joins() {
            self.problem(
                here,
                layout.key("sa"),
                "is missing, and a node that joins signs tokens with its cluster's key",
                Some("copy sa.key and sa.pub from a node of the cluster".to_owned()),
            );
        }
        match (private, public) {
            (true, true) => State::Kept,
            (true, false) => State::Partial,
            (false, _) => State::Absent,
        }
    }
}

/// How an authority is spoken of.
pub(super) fn of(known: &Known) -> String {
    let own = known.certificate();
    let name = own.map_or_else(String::new, |own| own.short_name());
    format!("\"{name}\"")
}

/// A private key and its text, which is kept as it is.
fn read_key(file: &File) -> Result<(PrivateKey, Zeroizing<String>), String> {
    let bytes = file.bytes().unwrap_or_default();
    let key = PrivateKey::from_pem(bytes).map_err(|error| error.to_string())?;
    let text = std::str::from_utf8(bytes).map_err(|_| "is no text".to_owned())?;
    Ok((key, Zeroizing::new(text.to_owned())))
}

fn restore() -> String {
    "put a good copy in its place, or move it away".to_owned()
}

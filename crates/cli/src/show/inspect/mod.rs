//! What was found, in words: whom it is about, what that means in a cluster, how long it lasts.

mod human;
mod json;
mod meaning;

use std::path::Path;

use time::UtcDateTime;
use x509::PrivateKey;
use x509::pem::encode;

use crate::find::{self, Found, Item};
use crate::input;
use crate::password::Password;

/// Everything that was found, as of a moment.
pub struct Summaries<'a> {
    found: &'a [Found],
    /// For each, whether the key beside it belongs to it.
    keys: Vec<Option<KeyBeside>>,
    at: UtcDateTime,
}

/// The key that lies beside a certificate or request.
#[derive(Clone, Debug, PartialEq, Eq)]
struct KeyBeside {
    /// Where it lies.
    place: String,
    /// Whether it belongs to the certificate.
    fits: bool,
}

impl<'a> Summaries<'a> {
    /// Looks for the keys that lie beside.
    pub fn of(found: &'a [Found], at: UtcDateTime) -> Self {
        let keys = found.iter().map(|one| key_beside(one, found)).collect();
        Summaries { found, keys, at }
    }

    /// Everything but private keys, as PEM.
    pub fn to_pem(&self) -> String {
        let blocks = self.found.iter().filter_map(|found| match &found.item {
            Item::Certificate(certificate) => Some(encode("CERTIFICATE", certificate.der())),
            Item::Request(request) => Some(encode("CERTIFICATE REQUEST", request.der())),
            Item::List(list) => Some(encode("X509 CRL", list.der())),
            Item::Key(_) | Item::Broken(..) => None,
        });
        blocks.map(|block| block.to_string()).collect()
    }
}

/// The key in the same file, or in the file of the same name that ends in `.key`. A bundle of
/// authorities beside one key is not expected to be the key's, only the first certificate is.
fn key_beside(one: &Found, all: &[Found]) -> Option<KeyBeside> {
    let public = match &one.item {
        Item::Certificate(certificate) => certificate.public_key(),
        Item::Request(request) => request.public_key(),
        _ => return None,
    };
    let same_file = |other: &&Found| other.place.path == one.place.path;
    let keys = all
        .iter()
        .filter(same_file)
        .filter_map(|other| match &other.item {
            Item::Key(key) => Some((other, key)),
            _ => None,
        });
    let mut fitting = keys.filter(|(_, key)| key.fits(&public) == Some(true));
    if let Some((other, _)) = fitting.next() {
        return Some(KeyBeside {
            place: other.place.to_string(),
            fits: true,
        });
    }
    let (place, key) = key_file(&one.place.path)?;
    let is_first = all
        .iter()
        .find(same_file)
        .is_some_and(|first| std::ptr::eq(first, one));
    let fits = key.fits(&public)?;
    (fits || is_first).then_some(KeyBeside { place, fits })
}

/// `X.key` beside `X.crt` and its like.
fn key_file(path: &str) -> Option<(String, PrivateKey)> {
    let path = Path::new(path);
    let key = path.with_extension("key");
    if key == path || !key.is_file() {
        return None;
    }
    let name = key.to_string_lossy().into_owned();
    let found = find::find(&name, &input::read(&key).ok()?, &mut Password::default());
    let mut keys = found.into_iter().filter_map(|found| match found.item {
        Item::Key(key) => Some(key),
        _ => None,
    });
    Some((name, keys.next()?))
}

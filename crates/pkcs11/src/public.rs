//! The public key that belongs to a private key in a token.

use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use verify::{Certificate, PublicKey};
use x509::der::{Rules, Tag, single};
use x509::oid::known;
use x509::write;

/// The public key of the object with the private key's identifier, of the private key's own
/// attributes, or of the certificate; of the private key's kind.
pub(crate) fn public_key(
    session: &Session,
    key: ObjectHandle,
    kind: KeyType,
    certificate: Option<&Certificate>,
) -> Option<PublicKey> {
    let is_of_kind = |public: &PublicKey| match public {
        PublicKey::Rsa(_) => kind == KeyType::RSA,
        PublicKey::Ecdsa(_) => kind == KeyType::EC,
        PublicKey::Ed25519(_) | PublicKey::Dsa => false,
    };
    let objects = [beside(session, key), Some(key)].into_iter().flatten();
    let mut kept = objects.filter_map(|object| attributes_as_key(session, object));
    let public = kept.next();
    let public = public.or_else(|| PublicKey::from_der(certificate?.raw_public_key()));
    public.filter(is_of_kind)
}

/// The public key that has the same identifier.
fn beside(session: &Session, key: ObjectHandle) -> Option<ObjectHandle> {
    let id = session.get_attributes(key, &[AttributeType::Id]).ok()?;
    let id = id
        .into_iter()
        .find(|id| matches!(id, Attribute::Id(id) if !id.is_empty()))?;
    let template = [Attribute::Class(ObjectClass::PUBLIC_KEY), id];
    session.find_objects(&template).ok()?.first().copied()
}

/// The public key that an object's attributes tell (PKCS #11 v3.0 sections 2.1.2 and 2.3.3).
fn attributes_as_key(session: &Session, object: ObjectHandle) -> Option<PublicKey> {
    let attributes = [
        AttributeType::Modulus,
        AttributeType::PublicExponent,
        AttributeType::EcParams,
        AttributeType::EcPoint,
    ];
    // One by one: a token may answer for all of them or for none.
    let ask = |attribute| session.get_attributes(object, &[attribute]).ok()?.pop();
    match attributes.map(ask) {
        [
            Some(Attribute::Modulus(modulus)),
            Some(Attribute::PublicExponent(exponent)),
            ..,
        ] => {
            let algorithm = [write::oid(known::RSA_ENCRYPTION), write::null()];
            let key = write::sequence([write::unsigned(&modulus), write::unsigned(&exponent)]);
            info(algorithm, &key)
        }
        [
            ..,
            Some(Attribute::EcParams(curve)),
            Some(Attribute::EcPoint(point)),
        ] => {
            let algorithm = || [write::oid(known::EC_PUBLIC_KEY), curve.clone()];
            // An OCTET STRING with the point in it; some tokens give the point as it is.
            let inside = single(&point, Tag::OCTET_STRING, Rules::Ber).ok();
            let inside = inside.and_then(|inside| info(algorithm(), inside.body));
            inside.or_else(|| info(algorithm(), &point))
        }
        _ => None,
    }
}

fn info(algorithm: [Vec<u8>; 2], key: &[u8]) -> Option<PublicKey> {
    let der = write::sequence([write::sequence(algorithm), write::bit_string(key)]);
    PublicKey::from_der(&der)
}

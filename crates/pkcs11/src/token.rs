//! The way to a key: module, token, PIN, private key.

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use verify::Certificate;
use zeroize::Zeroizing;

use crate::public::public_key;
use crate::{TokenError, TokenKey, Uri};

/// The key that a URI names. The PIN is asked for with the token's label, once, if the token wants
/// one. The public key is the one that the token keeps beside the private key; where it keeps none,
/// the one of `certificate`.
///
/// # Errors
/// When anything on the way to it is not as it should be.
pub fn open(
    uri: &Uri,
    certificate: Option<&Certificate>,
    pin: impl FnOnce(&str) -> Option<Zeroizing<String>>,
) -> Result<TokenKey, TokenError> {
    let module = load(uri)?;
    let (slot, token) = find_token(&module, uri)?;
    let session = module.open_ro_session(slot).map_err(failed)?;
    log_in(&session, &module, slot, &token, pin)?;
    let key = find_key(&session, token.label(), uri)?;
    let kind = check_use(&session, key, uri)?;
    let public = public_key(&session, key, kind, certificate);
    let public = public.ok_or_else(|| TokenError::NoPublicKey(uri.of_key()))?;
    let mechanisms = module.get_mechanism_list(slot).map_err(failed)?;
    TokenKey::new(session, key, public, &mechanisms).ok_or_else(|| TokenError::Kind(uri.of_key()))
}

/// What the module says, in the words of the standard.
pub(crate) fn failed(error: Error) -> TokenError {
    TokenError::Failed(error.to_string())
}

/// Loads the module. It stays for the life of the process: somebody else may use it too.
fn load(uri: &Uri) -> Result<Pkcs11, TokenError> {
    let path = uri.module.as_ref().ok_or(TokenError::NoModule)?;
    let wrong = |error: Error| TokenError::Module {
        path: path.clone(),
        why: match error {
            Error::LibraryLoading(error) => error.to_string(),
            other => other.to_string(),
        },
    };
    let module = Pkcs11::new(path).map_err(wrong)?;
    let arguments = CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK);
    match module.initialize(arguments) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(module),
        Err(error) => Err(wrong(error)),
    }
}

fn find_token(module: &Pkcs11, uri: &Uri) -> Result<(Slot, TokenInfo), TokenError> {
    let slots = module.get_slots_with_initialized_token().map_err(failed)?;
    let with_token = |slot| Some((slot, module.get_token_info(slot).ok()?));
    let all: Vec<(Slot, TokenInfo)> = slots.into_iter().filter_map(with_token).collect();
    let fit = all.iter().filter(|(slot, token)| fits(uri, *slot, token));
    let fit: Vec<&(Slot, TokenInfo)> = fit.collect();
    let wanted = || uri.of_token();
    match fit.as_slice() {
        [(slot, token)] => Ok((*slot, token.clone())),
        [] => Err(TokenError::NoToken {
            wanted: wanted(),
            found: all.iter().map(name_of_token).collect(),
        }),
        several => Err(TokenError::SeveralTokens {
            wanted: wanted(),
            found: several.iter().copied().map(name_of_token).collect(),
        }),
    }
}

fn name_of_token((_, token): &(Slot, TokenInfo)) -> String {
    let name = Uri {
        token: Some(token.label().to_owned()),
        serial: Some(token.serial_number().to_owned()),
        ..Uri::default()
    };
    name.to_string()
}

fn fits(uri: &Uri, slot: Slot, token: &TokenInfo) -> bool {
    let is =
        |wanted: &Option<String>, text: &str| wanted.as_deref().is_none_or(|wanted| wanted == text);
    is(&uri.token, token.label())
        && is(&uri.manufacturer, token.manufacturer_id())
        && is(&uri.model, token.model())
        && is(&uri.serial, token.serial_number())
        && uri.slot.is_none_or(|wanted| wanted == slot.id())
}

/// Logs in, if the token wants that. A wrong PIN is given once and never again.
fn log_in(
    session: &Session,
    module: &Pkcs11,
    slot: Slot,
    token: &TokenInfo,
    pin: impl FnOnce(&str) -> Option<Zeroizing<String>>,
) -> Result<(), TokenError> {
    let label = || token.label().to_owned();
    let state = session.get_session_info().map_err(failed)?.session_state();
    // Whoever logs in does so for every session of the process.
    if !token.login_required() || state == SessionState::RoUser {
        return Ok(());
    }
    if token.user_pin_locked() {
        return Err(TokenError::Locked(label()));
    }
    let pin = match token.protected_authentication_path() {
        // It has a keypad of its own.
        true => None,
        false => {
            let pin = pin(token.label()).ok_or_else(|| TokenError::NoPin(label()))?;
            // Of just its length, so that it becomes the wiped one without another copy.
            Some(AuthPin::from(pin.to_string()))
        }
    };
    let is_last_try = || {
        let token = module.get_token_info(slot);
        token.is_ok_and(|token| token.user_pin_final_try())
    };
    match session.login(UserType::User, pin.as_ref()) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(error, _)) if is_wrong_pin(error) => Err(TokenError::WrongPin {
            token: label(),
            last_try: is_last_try(),
        }),
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(TokenError::Locked(label())),
        Err(Error::Pkcs11(RvError::UserPinNotInitialized, _)) => {
            Err(TokenError::NoUserPin(label()))
        }
        Err(error) => Err(failed(error)),
    }
}

fn is_wrong_pin(error: RvError) -> bool {
    matches!(
        error,
        RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange
    )
}

fn find_key(session: &Session, token: &str, uri: &Uri) -> Result<ObjectHandle, TokenError> {
    let private = Attribute::Class(ObjectClass::PRIVATE_KEY);
    let mut template = vec![private.clone()];
    template.extend(
        uri.object
            .clone()
            .map(|label| Attribute::Label(label.into())),
    );
    template.extend(uri.id.clone().map(Attribute::Id));
    let found = session.find_objects(&template).map_err(failed)?;
    let token = token.to_owned();
    let wanted = uri.of_key();
    let names = |keys: &[ObjectHandle]| keys.iter().map(|key| name_of_key(session, *key)).collect();
    match found.as_slice() {
        [key] => Ok(*key),
        [] => {
            let found = names(&session.find_objects(&[private]).map_err(failed)?);
            Err(TokenError::NoKey {
                token,
                wanted,
                found,
            })
        }
        several => {
            let found = names(several);
            Err(TokenError::SeveralKeys {
                token,
                wanted,
                found,
            })
        }
    }
}

fn name_of_key(session: &Session, key: ObjectHandle) -> String {
    let attributes = [AttributeType::Label, AttributeType::Id];
    let attributes = session.get_attributes(key, &attributes);
    let mut name = Uri::default();
    for attribute in attributes.unwrap_or_default() {
        match attribute {
            Attribute::Label(label) => {
                name.object = Some(String::from_utf8_lossy(&label).into_owned());
            }
            Attribute::Id(id) => name.id = Some(id),
            _ => {}
        }
    }
    name.to_string()
}

/// Whether the key may be used as it will be; its kind.
fn check_use(session: &Session, key: ObjectHandle, uri: &Uri) -> Result<KeyType, TokenError> {
    let attributes = [
        AttributeType::KeyType,
        AttributeType::Sign,
        AttributeType::AlwaysAuthenticate,
    ];
    let attributes = session.get_attributes(key, &attributes).map_err(failed)?;
    let mut kind = None;
    for attribute in attributes {
        match attribute {
            Attribute::KeyType(found) => kind = Some(found),
            Attribute::Sign(false) => return Err(TokenError::MayNotSign(uri.of_key())),
            Attribute::AlwaysAuthenticate(true) => {
                return Err(TokenError::AlwaysAuthenticate(uri.of_key()));
            }
            _ => {}
        }
    }
    let kind = kind.filter(|kind| [KeyType::RSA, KeyType::EC].contains(kind));
    kind.ok_or_else(|| TokenError::Kind(uri.of_key()))
}

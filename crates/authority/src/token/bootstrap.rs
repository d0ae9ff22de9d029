//! Bootstrap tokens: six characters that name it, sixteen that are secret.

use std::fmt;

use thiserror::Error;
use time::UtcDateTime;
use zeroize::Zeroizing;

use super::{NoRandom, random};

/// The group of the nodes that join with a token of kubeadm's, which its role bindings are for.
pub const DEFAULT_GROUP: &str = "system:bootstrappers:kubeadm:default-node-token";

/// A token, which is wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct BootstrapToken {
    id: String,
    secret: Zeroizing<String>,
}

/// What a token may be used for, until when, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The moment it ends; `None` for never.
    pub expires: Option<UtcDateTime>,
    /// What it may be used for.
    pub usages: Vec<Usage>,
    /// The groups that its user is in besides `system:bootstrappers`.
    pub groups: Vec<Group>,
    /// What people want to know about it.
    pub description: Option<String>,
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Usage {
    /// To authenticate at kube-apiserver.
    Authentication,
    /// To sign the ConfigMap `cluster-info`.
    Signing,
}

/// A group that users of tokens may be in; by default kubeadm's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group(String);

/// Why a text is no token. What it was is not told: it may be one with a typing mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "not a bootstrap token: six characters of a-z and 0-9, a dot, and sixteen more, such as \
     abcdef.0123456789abcdef"
)]
pub struct NotAToken;

/// Why a text is no such group.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "`{0}` is no group of bootstrap tokens: it has to start with system:bootstrappers: and go on \
     with a-z, 0-9, - and :, of which the last is a letter or digit"
)]
pub struct NotAGroup(String);

const ID_LENGTH: usize = 6;
const SECRET_LENGTH: usize = 16;

impl BootstrapToken {
    /// Reads a token (`staging/src/k8s.io/cluster-bootstrap/token/api`, `BootstrapTokenPattern`).
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, NotAToken> {
        let is_fine = |part: &str, length: usize| {
            let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            part.len() == length && part.bytes().all(allowed)
        };
        match text.split_once('.') {
            Some((id, secret)) if is_fine(id, ID_LENGTH) && is_fine(secret, SECRET_LENGTH) => {
                Ok(BootstrapToken {
                    id: id.to_owned(),
                    secret: Zeroizing::new(secret.to_owned()),
                })
            }
            _ => Err(NotAToken),
        }
    }

    /// Makes a token.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn generate() -> Result<Self, NoRandom> {
        Ok(BootstrapToken {
            id: characters(ID_LENGTH)?.to_string(),
            secret: characters(SECRET_LENGTH)?,
        })
    }

    /// The part that names it and is no secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The part that is secret.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Both, as people write it.
    pub fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(ID_LENGTH + 1 + SECRET_LENGTH));
        text.extend([&self.id, ".", &self.secret]);
        text
    }
}

impl fmt::Debug for BootstrapToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BootstrapToken({})", self.id)
    }
}

impl Usage {
    /// Both, in the order in which kubeadm names them.
    pub const ALL: [Usage; 2] = [Usage::Signing, Usage::Authentication];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Usage::Authentication => "authentication",
            Usage::Signing => "signing",
        }
    }
}

impl Group {
    /// Checks a group (`cluster-bootstrap/token/api`, `BootstrapGroupPattern`).
    ///
    /// # Errors
    /// When tokens may not give it.
    pub fn parse(text: &str) -> Result<Self, NotAGroup> {
        let rest = text.strip_prefix("system:bootstrappers:");
        let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-:".contains(&b);
        let is_fine = rest.is_some_and(|rest| {
            (1..=256).contains(&rest.len())
                && rest.bytes().all(inner)
                && !rest.ends_with(['-', ':'])
        });
        match is_fine {
            true => Ok(Group(text.to_owned())),
            false => Err(NotAGroup(text.to_owned())),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl Default for Group {
    fn default() -> Self {
        Group(DEFAULT_GROUP.to_owned())
    }
}

/// Random characters, all alike likely.
fn characters(count: usize) -> Result<Zeroizing<String>, NoRandom> {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    // The largest multiple of 36 that a byte can be below.
    const FAIR: u8 = 252;
    let mut text = Zeroizing::new(String::with_capacity(count));
    let mut bytes = Zeroizing::new([0; 32]);
    while text.len() < count {
        random(&mut *bytes)?;
        let fair = bytes.iter().filter(|byte| **byte < FAIR);
        let wanted = count - text.len();
        text.extend(
            fair.take(wanted)
                .map(|byte| char::from(ALPHABET[usize::from(byte % 36)])),
        );
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn only_tokens_are_tokens() {
        let token = BootstrapToken::parse("abcdef.0123456789abcdef").unwrap();
        assert_eq!((token.id(), token.secret()), ("abcdef", "0123456789abcdef"));
        assert_eq!(*token.text(), "abcdef.0123456789abcdef");
        for wrong in [
            "",
            ".",
            "abcdef",
            "abcde.0123456789abcdef",
            "abcdef.0123456789abcde",
            "abcdef.0123456789abcdef0",
            "abcdef.0123456789abcdef\n",
            "Abcdef.0123456789abcdef",
            "abcdef.0123456789abcde.",
            "abcdéf.0123456789abcdef",
        ] {
            assert_eq!(BootstrapToken::parse(wrong), Err(NotAToken), "{wrong}");
        }
    }

    #[test]
    fn debug_does_not_tell() {
        let token = BootstrapToken::parse("abcdef.0123456789abcdef").unwrap();
        assert_eq!(format!("{token:?}"), "BootstrapToken(abcdef)");
    }

    #[test]
    fn made_tokens_are_tokens_and_differ() {
        let made: Vec<_> = (0..200)
            .map(|_| BootstrapToken::generate().unwrap())
            .collect();
        for token in &made {
            assert_eq!(BootstrapToken::parse(&token.text()).as_ref(), Ok(token));
        }
        let distinct: BTreeSet<&str> = made.iter().map(BootstrapToken::secret).collect();
        assert_eq!(distinct.len(), 200);
        let used: BTreeSet<char> = made
            .iter()
            .flat_map(|token| token.secret().chars())
            .collect();
        assert_eq!(used.len(), 36);
    }

    #[test]
    fn groups() {
        assert_eq!(Group::parse(DEFAULT_GROUP), Ok(Group::default()));
        assert!(Group::parse("system:bootstrappers:a").is_ok());
        for wrong in [
            "",
            "system:masters",
            "system:bootstrappers:",
            "system:bootstrappers:a:",
            "system:bootstrappers:A",
        ] {
            assert!(Group::parse(wrong).is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_is_what_was_written(text in "[a-z0-9]{6}\\.[a-z0-9]{16}") {
            prop_assert_eq!(&*BootstrapToken::parse(&text).unwrap().text(), &text);
        }

        #[test]
        fn any_text_is_judged(text in any::<String>()) {
            let _ = BootstrapToken::parse(&text);
        }
    }
}

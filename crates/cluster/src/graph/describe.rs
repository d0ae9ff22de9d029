//! What either side of a channel presents and trusts, in words.

use std::fmt;

use super::{ClientAuth, ClientAuthMode, Credential, Presented, Required, Trust};
use crate::material::{Material, Origin, Pair};

impl fmt::Display for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.origin, &self.setting) {
            (Origin::File { path, .. } | Origin::NotMounted { path, .. }, _) => f.write_str(path),
            (Origin::Embedded(_), Some(setting)) => {
                let field = setting.name.rsplit('.').next().unwrap_or_default();
                write!(f, "{} in {}", field, setting.place.path)
            }
            (Origin::Embedded(_), None) => f.write_str("embedded"),
        }
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.certificate, &self.key) {
            (Some(certificate), _) => certificate.fmt(f),
            (None, Some(key)) => write!(f, "no certificate, only the key {key}"),
            (None, None) => f.write_str("nothing"),
        }
    }
}

impl fmt::Display for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Presented::Pair(pair) => pair.fmt(f),
            Presented::SelfSigned => f.write_str("self-signed"),
            Presented::Pending(_) => f.write_str("nothing yet: its request waits for approval"),
            Presented::Plaintext(setting) => write!(f, "nothing: plaintext by {}", setting.name),
            Presented::Elsewhere(place) => write!(f, "in {place}"),
            Presented::Unknown => f.write_str("not known"),
        }
    }
}

impl fmt::Display for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trust::Bundle { material, .. } => material.fmt(f),
            Trust::System => f.write_str("the system's CAs"),
            Trust::Nothing(Some(setting)) => write!(f, "nothing, by {}", setting.name),
            Trust::Nothing(None) => f.write_str("nothing"),
            Trust::Elsewhere(place) => f.write_str(place),
            Trust::Unknown => f.write_str("not known"),
        }
    }
}

impl fmt::Display for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Pair(pair) => pair.fmt(f),
            Credential::ServiceAccountToken(tokens) => match &tokens.signing_key {
                Some(key) => write!(f, "token signed by {key}"),
                None => f.write_str("token"),
            },
            Credential::Token(setting) => write!(f, "token from {}", setting.place.path),
            Credential::Plugin(setting) => write!(f, "what {} answers", setting.value),
            Credential::Nothing => f.write_str("nothing"),
            Credential::Unknown => f.write_str("not known"),
        }
    }
}

impl fmt::Display for ClientAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            ClientAuthMode::None => f.write_str("not asked for"),
            ClientAuthMode::Unknown => f.write_str("not known"),
            ClientAuthMode::Request | ClientAuthMode::Require => self.trust.fmt(f),
        }
    }
}

impl fmt::Display for Required {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Required::User(user) => f.write_str(user),
            Required::AnyGroup(groups) => write!(f, "a member of {}", groups.join(" or ")),
            Required::UserOrGroup(user, groups) => {
                write!(f, "{user}, or a member of {}", groups.join(" or "))
            }
            Required::Node(Some(name)) => write!(f, "system:node:{name} in system:nodes"),
            Required::Node(None) => f.write_str("a node in system:nodes"),
            Required::ServiceAccount("") => f.write_str("a service account"),
            Required::ServiceAccount(name) => f.write_str(name),
            Required::FrontProxy => f.write_str("a front proxy"),
            Required::AnyCertificate => f.write_str("whoever the CA vouches for"),
        }
    }
}

//! The catalogue: one row per credential, authority, flag and reload rule, each with the source it
//! was taken from. Behaviour, explanations and reference pages all come from these tables.

mod agreements;
mod channels;
mod credentials;
mod failures;
mod fields;
mod flags;
mod korean;
mod others;
mod reloads;
mod standard;
mod terms;

pub use agreements::{AGREEMENTS, Agreement};
pub use channels::{CHANNELS, ChannelRow, Position};
pub use credentials::{AUTHORITIES, Authority, CREDENTIALS, Credential, Holder, Usage};
pub use failures::{Failure, SURPRISES, surprise, when_read, when_set, when_used};
pub use fields::{Document, FIELDS, Field, Holds};
pub use flags::{FLAGS, PLAIN_FLAGS};
pub use korean::KOREAN;
pub use others::{OTHER_FILES, OtherFile};
pub use reloads::{
    RELOAD_EXCEPTIONS, RELOADS, Reload, ReloadException, ReloadRule, Rereading, by_loader, loader,
    rereading,
};

pub use standard::{STANDARD, standard};
pub use terms::{TERMS, Term};

use crate::component::Component;
use crate::material::Loader;
use crate::process::Version;

/// A flag that concerns the PKI.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// Whose.
    pub component: Component,
    /// Its name, without dashes.
    pub name: &'static str,
    /// The field of the component's configuration file that stands for it.
    pub field: Option<&'static str>,
    /// How its value is written and how several add up.
    pub kind: FlagKind,
    /// What its value is for the PKI.
    pub role: Role,
    /// What it is for, in a few words.
    pub purpose: &'static str,
    /// What holds when it is absent, in a few words.
    pub default: &'static str,
    /// The versions that take it.
    pub versions: Versions,
    /// The file that says so, in kubernetes/kubernetes or etcd-io/etcd.
    pub source: &'static str,
}

/// How a flag's value is written and how several add up (pflag's types, Go's `flag` for etcd).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagKind {
    /// One value; the last wins.
    Text,
    /// True when given alone; its value only follows `=`; the last wins.
    Bool,
    /// Comma-separated; several add up (`StringSlice`).
    List,
    /// Several add up, commas are part of the value (`StringArray`).
    Repeated,
    /// Comma-separated; the last wins (etcd's URL lists).
    Urls,
}

/// What a flag's value is for the PKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The certificate of a pair.
    Certificate {
        /// The flag for the key.
        key: &'static str,
        /// Who reads the pair.
        loader: Loader,
    },
    /// The key of a pair.
    Key {
        /// The flag for the certificate.
        certificate: &'static str,
    },
    /// `CERTIFICATE,KEY[:NAME,…]`, each a pair of its own.
    NamedPair,
    /// CA certificates that clients are verified with.
    ClientAuthority(Loader),
    /// CA certificates that a server is verified with.
    ServerAuthority(Loader),
    /// CA certificates that are handed on to others.
    PublishedAuthority(Loader),
    /// A private key that signs service account tokens.
    TokenSigningKey,
    /// Keys that check service account tokens.
    TokenVerificationKey,
    /// A kubeconfig.
    Kubeconfig,
    /// A further configuration file; it has to be there.
    Configuration,
    /// Where the component listens, or where it is told others find it or it finds others.
    Address,
    /// What is accepted, refused or assumed.
    Policy,
    /// A folder that certificates are kept in.
    Directory,
}

/// The versions that something holds for, `(major, minor)`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Versions {
    /// The first.
    pub since: Option<(u16, u16)>,
    /// The last.
    pub until: Option<(u16, u16)>,
}

impl Versions {
    /// Every version there is.
    pub const ALL: Versions = Versions {
        since: None,
        until: None,
    };

    /// A version and all later ones.
    pub const fn since(major: u16, minor: u16) -> Self {
        Versions {
            since: Some((major, minor)),
            until: None,
        }
    }

    /// A version and all earlier ones.
    pub const fn until(major: u16, minor: u16) -> Self {
        Versions {
            since: None,
            until: Some((major, minor)),
        }
    }

    /// Whether `version` is one of them.
    pub fn contain(&self, version: Version) -> bool {
        let version = (version.major, version.minor);
        self.since.is_none_or(|since| since <= version)
            && self.until.is_none_or(|until| version <= until)
    }
}

/// The row of a flag, by its name without dashes.
pub fn flag(component: Component, name: &str) -> Option<&'static Flag> {
    FLAGS
        .iter()
        .find(|flag| flag.component == component && flag.name == name)
}

/// The row of a configuration field.
pub fn field(component: Component, field: &str) -> Option<&'static Flag> {
    FLAGS
        .iter()
        .find(|flag| flag.component == component && flag.field == Some(field))
}

/// The rows of a component, in the order in which it looks at them when it starts.
pub fn flags(component: Component) -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().filter(move |flag| flag.component == component)
}

/// How the value of a known flag that does not concern the PKI is written.
pub fn plain_flag(component: Component, name: &str) -> Option<FlagKind> {
    PLAIN_FLAGS
        .iter()
        .find(|plain| plain.0 == component)
        .and_then(|(_, flags)| flags.iter().find(|plain| plain.0 == name))
        .map(|(_, kind)| *kind)
}

/// The versions of Kubernetes that the catalogue is for, `(major, minor)`. It was checked against the
/// source of 1.36 and what the change logs say of its features; of 1.37 only the first alpha was known.
pub const KUBERNETES: Versions = Versions {
    since: Some((1, 27)),
    until: Some((1, 37)),
};

/// The versions of etcd that the catalogue is for, `(major, minor)`.
pub const ETCD: Versions = Versions {
    since: Some((3, 4)),
    until: Some((3, 6)),
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_flag_stands_once() {
        let mut seen = BTreeSet::new();
        for flag in FLAGS {
            assert!(seen.insert((flag.component, flag.name)), "{}", flag.name);
            assert!(
                plain_flag(flag.component, flag.name).is_none(),
                "{}",
                flag.name
            );
        }
    }

    #[test]
    fn halves_of_a_pair_name_each_other() {
        for row in FLAGS {
            if let Role::Certificate { key, .. } = row.role {
                let other = flag(row.component, key).map(|flag| flag.role);
                let certificate = row.name;
                assert_eq!(other, Some(Role::Key { certificate }), "{}", row.name);
            }
            if let Role::Key { certificate } = row.role {
                let other = flag(row.component, certificate).map(|flag| flag.role);
                let names_it =
                    matches!(other, Some(Role::Certificate { key, .. }) if key == row.name);
                assert!(names_it, "{}", row.name);
            }
        }
    }

    #[test]
    fn every_file_has_a_reload_rule_in_every_version() {
        for flag in FLAGS.iter().filter(|flag| loader(flag).is_some()) {
            let rows = rereading(flag);
            let known = if flag.component == Component::Etcd {
                ETCD
            } else {
                KUBERNETES
            };
            for (major, minor) in every(known).filter(|(major, minor)| {
                let version = Version {
                    major: *major,
                    minor: *minor,
                    patch: 0,
                };
                flag.versions.contain(version)
            }) {
                let version = Version {
                    major,
                    minor,
                    patch: 0,
                };
                let fitting = rows.iter().filter(|row| row.versions.contain(version));
                assert_eq!(fitting.count(), 1, "{} {version}", flag.name);
            }
        }
    }

    #[test]
    fn fields_stand_once_and_are_read_in_every_version() {
        let mut seen = BTreeSet::new();
        for field in FIELDS {
            assert!(seen.insert((field.document, field.path)), "{}", field.path);
            for (major, minor) in every(KUBERNETES) {
                let version = Version {
                    major,
                    minor,
                    patch: 0,
                };
                let fitting = field
                    .reload
                    .iter()
                    .filter(|(versions, _)| versions.contain(version));
                assert_eq!(fitting.count(), 1, "{} {version}", field.path);
            }
        }
    }

    #[test]
    fn exceptions_are_about_flags_that_are_there() {
        for row in RELOAD_EXCEPTIONS {
            for name in row.flags {
                assert!(flag(row.component, name).is_some(), "{name}");
            }
        }
    }

    fn every(versions: Versions) -> impl Iterator<Item = (u16, u16)> {
        let (major, first) = versions.since.unwrap();
        let (_, last) = versions.until.unwrap();
        (first..=last).map(move |minor| (major, minor))
    }

    #[test]
    fn versions_have_two_ends() {
        let version = |minor| Version {
            major: 1,
            minor,
            patch: 9,
        };
        let some = Versions {
            since: Some((1, 28)),
            until: Some((1, 30)),
        };
        assert!(!some.contain(version(27)));
        assert!(some.contain(version(28)) && some.contain(version(30)));
        assert!(!some.contain(version(31)));
        assert!(Versions::ALL.contain(version(0)));
    }
}

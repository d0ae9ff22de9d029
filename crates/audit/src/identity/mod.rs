//! Whom a server takes a client for: the one place that knows what user, groups and more a
//! certificate or a token stands for.

mod answer;
mod certificate;
mod dialled;
mod hearing;
mod notes;
mod token;
mod union;

use std::collections::BTreeMap;
use std::fmt;

pub use answer::{Answer, Bearer, Method, Opinion, Outcome, Presented, Step};
pub use certificate::NotAUser;
pub use dialled::Dialled;
pub use notes::notes;

pub(crate) use certificate::{at_etcd, check_common_name, has_hostname, of_certificate};
pub(crate) use token::of_service_account;

/// Everybody who is known has this group besides.
const AUTHENTICATED: &str = "system:authenticated";
const ANONYMOUS: &str = "system:anonymous";
const UNAUTHENTICATED: &str = "system:unauthenticated";

/// Whom a server takes a client for (`apiserver/pkg/authentication/user.Info`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// The user.
    pub user: String,
    /// The groups, in the order in which the server has them.
    pub groups: Vec<String>,
    /// What tells the user from another of the same name.
    pub uid: Option<String>,
    /// What else is known, by key.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl Identity {
    /// A user in groups, of whom no more is known.
    pub fn new(user: impl Into<String>, groups: impl IntoIterator<Item = String>) -> Self {
        Identity {
            user: user.into(),
            groups: groups.into_iter().collect(),
            ..Identity::default()
        }
    }

    /// Whoever nobody knows.
    pub fn anonymous() -> Self {
        Identity::new(ANONYMOUS, [UNAUTHENTICATED.to_owned()])
    }

    /// With the group that everybody has who is known (`group/authenticated_group_adder.go`).
    #[must_use]
    pub fn authenticated(self) -> Self {
        match self.user == ANONYMOUS || self.is_in(UNAUTHENTICATED) {
            true => self,
            false => self.and(AUTHENTICATED),
        }
    }

    /// In one group more, unless it is in it.
    fn and(mut self, group: &str) -> Self {
        if !self.is_in(group) {
            self.groups.push(group.to_owned());
        }
        self
    }

    /// Whether it is in a group.
    pub fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }

    /// Whom kube-apiserver lets somebody act as, when it lets them: the groups that service
    /// accounts have come by themselves, and so does the one of all who are known
    /// (`apiserver/pkg/endpoints/filters/impersonation`).
    pub fn impersonated(user: &str, groups: Vec<String>) -> Self {
        let groups = match groups.is_empty() {
            true => token::groups_of_account(user).unwrap_or_default(),
            false => groups,
        };
        let acting = Identity::new(user, groups);
        match user == ANONYMOUS {
            true => acting.and(UNAUTHENTICATED),
            false => acting.authenticated(),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.user)?;
        match self.groups.as_slice() {
            [] => Ok(()),
            groups => write!(f, " in {}", groups.join(", ")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_known_is_in_one_group_more() {
        let known = Identity::new("jane", ["a".to_owned()]).authenticated();
        assert_eq!(known.groups, ["a", AUTHENTICATED]);
        assert_eq!(known.clone().authenticated(), known);
        let anonymous = Identity::anonymous();
        assert_eq!(anonymous.clone().authenticated(), anonymous);
        let called_so = Identity::new(ANONYMOUS, ["a".to_owned()]);
        assert_eq!(called_so.authenticated().groups, ["a"]);
    }

    #[test]
    fn whom_one_may_act_as() {
        let jane = Identity::impersonated("jane", vec!["a".to_owned()]);
        assert_eq!(jane.to_string(), "jane in a, system:authenticated");
        let account = Identity::impersonated("system:serviceaccount:n:a", Vec::new());
        let groups = "system:serviceaccounts, system:serviceaccounts:n, system:authenticated";
        assert_eq!(account.groups.join(", "), groups);
        let nobody = Identity::impersonated("system:anonymous", Vec::new());
        assert_eq!(nobody, Identity::anonymous());
    }
}

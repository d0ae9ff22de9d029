//! The users of bearer tokens.

use authority::token::service_account::{Claims, Token};
use cluster::graph::server::OpenId;
use serde_json::Value;
use time::UtcDateTime;

use super::Identity;
use super::certificate::CREDENTIAL_ID;

/// The group of whoever comes with a bootstrap token
/// (`cluster-bootstrap/token/api`, `BootstrapDefaultGroup`).
const BOOTSTRAPPERS: &str = "system:bootstrappers";

impl Identity {
    /// The user that a service account's token stands for, without the group of all who are known;
    /// nothing when it names no account.
    pub fn of_claims(claims: &Claims) -> Option<Self> {
        let identity = Identity::new(claims.user_name()?, claims.groups());
        let extra = claims.extra().into_iter();
        Some(Identity {
            uid: claims.user_uid().map(str::to_owned),
            extra: extra
                .map(|(key, value)| (key.to_owned(), vec![value]))
                .collect(),
            ..identity
        })
    }
}

/// The user that the tokens of an account stand for.
pub(crate) fn of_service_account(user: &str) -> Identity {
    Identity::new(user, groups_of_account(user).unwrap_or_default())
}

/// The groups of `system:serviceaccount:NAMESPACE:NAME`; nothing for anybody else.
pub(super) fn groups_of_account(user: &str) -> Option<Vec<String>> {
    let (namespace, _) = user
        .strip_prefix("system:serviceaccount:")?
        .split_once(':')?;
    Some(vec![
        "system:serviceaccounts".to_owned(),
        format!("system:serviceaccounts:{namespace}"),
    ])
}

/// The user that a bootstrap token stands for, and the group that all of them have; what other
/// groups its Secret says is not in the token.
pub(super) fn of_bootstrap(id: &str) -> Identity {
    Identity::new(format!("system:bootstrap:{id}"), [BOOTSTRAPPERS.to_owned()])
}

/// The user that an OpenID Connect token stands for, its signature apart, with the words of
/// `apiserver/plugin/pkg/authenticator/token/oidc/oidc.go`.
///
/// # Errors
/// When kube-apiserver would refuse it, whoever signed it.
pub(super) fn of_open_id(
    open_id: &OpenId,
    token: &Token,
    at: UtcDateTime,
) -> Result<Identity, String> {
    let claims = &token.claims;
    let is_over = |expires: i64| expires < at.unix_timestamp();
    if claims.expires.is_none_or(is_over) {
        return Err("oidc: verify token: oidc: token is expired".to_owned());
    }
    if !claims.audiences.contains(&open_id.client_id) {
        let found = &claims.audiences;
        return Err(format!(
            "oidc: verify token: oidc: expected audience in [{:?}] got {found:?}",
            open_id.client_id
        ));
    }
    let user = text(&token.payload, &open_id.username_claim)?;
    let is_unverified = token.payload.get("email_verified") == Some(&Value::Bool(false));
    if open_id.username_claim == "email" && is_unverified {
        return Err("oidc: email not verified".to_owned());
    }
    check_required(open_id, &token.payload)?;
    let mut identity = Identity::new(
        format!("{}{user}", open_id.username_prefix),
        open_id_groups(open_id, &token.payload),
    );
    let id = claims.id.as_ref().filter(|id| !id.is_empty());
    let extra = id.map(|id| (CREDENTIAL_ID.to_owned(), vec![format!("JTI={id}")]));
    identity.extra.extend(extra);
    Ok(identity)
}

fn text<'a>(payload: &'a Value, claim: &str) -> Result<&'a str, String> {
    let value = payload.get(claim).and_then(Value::as_str);
    value.ok_or_else(|| format!("oidc: parse username claims {claim:?}: claim not present"))
}

/// One group, or a list of them.
fn open_id_groups(open_id: &OpenId, payload: &Value) -> Vec<String> {
    let claim = open_id.groups_claim.as_ref();
    let groups = match claim.and_then(|claim| payload.get(claim)) {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let prefixed = |group: &str| format!("{}{group}", open_id.groups_prefix);
    groups.into_iter().map(prefixed).collect()
}

fn check_required(open_id: &OpenId, payload: &Value) -> Result<(), String> {
    for (claim, wanted) in &open_id.required_claims {
        let Some(found) = payload.get(claim) else {
            return Err(format!(
                "oidc: required claim {claim} not present in ID token"
            ));
        };
        let found = found.as_str().unwrap_or_default();
        if found != wanted {
            return Err(format!(
                "oidc: required claim {claim} value does not match. Got = {found}, want = {wanted}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_groups() {
        let account = of_service_account("system:serviceaccount:kube-system:kube-proxy");
        let groups = [
            "system:serviceaccounts",
            "system:serviceaccounts:kube-system",
        ];
        assert_eq!(account.groups, groups);
        assert_eq!(groups_of_account("jane"), None);
        assert_eq!(groups_of_account("system:serviceaccount:x"), None);
    }
}

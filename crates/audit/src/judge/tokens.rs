//! Service account tokens: signed with one key, checked with others.

use cluster::graph::{Party, Required, ServiceAccountTokens};
use cluster::{Channel, Component, Loader};
use verify::PublicKey;

use super::{Course, Judge};
use crate::identity::{self, Identity};
use crate::load::{self, Fault};
use crate::problem::{Problem, Use};

impl<'a> Judge<'a> {
    /// Whether what kube-apiserver signs is what kube-apiserver accepts.
    pub(super) fn token(
        &self,
        channel: &'a Channel,
        tokens: &'a ServiceAccountTokens,
        course: &mut Course<'a>,
    ) {
        if tokens.external_signer.is_some() {
            course.is_unknown = true;
            return;
        }
        check_issuer(tokens, channel.server.node, course);
        let checking = self.checking_keys(tokens, &channel.server, course);
        let signers = [
            (&tokens.signing_key, Component::KubeApiserver, false),
            (
                &tokens.legacy_signing_key,
                Component::KubeControllerManager,
                true,
            ),
        ];
        for (material, by, legacy) in signers {
            let (Some(material), Some(checking)) = (material, &checking) else {
                course.is_unknown |= !legacy;
                continue;
            };
            let signing = Use {
                material,
                by,
                node: Some(tokens.signer),
            };
            self.signed(signing, legacy, (checking, channel.server.node), course);
        }
        let identity = identity_of(&channel.required);
        self.authorize(channel, &identity, course);
        course.identity = Some(identity);
    }

    fn signed(
        &self,
        signing: Use<'a>,
        legacy: bool,
        (checking, checker): (&[(Use<'a>, Vec<PublicKey>)], Option<usize>),
        course: &mut Course<'a>,
    ) {
        let Ok(Some(key)) = self.loads.private_key(signing.material) else {
            // The start of its process tells why.
            if matches!(load::bytes(signing.material), Err(Fault::NotCollected)) && !legacy {
                course.add(Problem::NotCollected(signing), "");
            }
            return;
        };
        // With another kind it does not start.
        let can_sign = matches!(key, PublicKey::Rsa(_) | PublicKey::Ecdsa(_));
        if !can_sign || checking.iter().any(|(_, keys)| keys.contains(&key)) {
            return;
        }
        let problem = Problem::TokenKey {
            signing,
            checking: checking.iter().map(|(used, _)| *used).collect(),
            checker,
            legacy,
        };
        course.add(problem, "invalid signature, no keys found");
    }

    /// The keys of every file; nothing when one of them was not collected.
    pub(super) fn checking_keys(
        &self,
        tokens: &'a ServiceAccountTokens,
        server: &Party,
        course: &mut Course<'a>,
    ) -> Option<Vec<(Use<'a>, Vec<PublicKey>)>> {
        let mut checking = Vec::new();
        for material in &tokens.verification_keys {
            let used = Use {
                material,
                by: Component::KubeApiserver,
                node: server.node,
            };
            match load::bytes(material) {
                Err(Fault::NotCollected) => {
                    course.add(Problem::NotCollected(used), "");
                    return None;
                }
                bytes => {
                    let read = |bytes| {
                        let keys = load::keys(material).service_account_public_keys(bytes);
                        keys.ok()
                    };
                    let keys = bytes.ok().and_then(read);
                    // What cannot be read keeps kube-apiserver from starting: said there.
                    checking.push((used, keys?));
                }
            }
        }
        (!checking.is_empty()).then_some(checking)
    }
}

fn check_issuer<'a>(
    tokens: &'a ServiceAccountTokens,
    checker: Option<usize>,
    course: &mut Course<'a>,
) {
    let Some(named) = tokens.issuers.first() else {
        return;
    };
    if tokens
        .accepted_issuers
        .iter()
        .any(|issuer| issuer.value == named.value)
    {
        return;
    }
    let problem = Problem::TokenIssuer {
        named,
        signer: Some(tokens.signer),
        accepted: tokens.accepted_issuers.clone(),
        checker,
    };
    course.add(problem, "invalid bearer token");
}

fn identity_of(required: &Required) -> Identity {
    let user = match required {
        Required::ServiceAccount(user) if !user.is_empty() => *user,
        _ => "system:serviceaccount:NAMESPACE:NAME",
    };
    identity::of_service_account(user).authenticated()
}

/// Who reads the keys of tokens.
pub(super) fn is_token_loader(loader: Loader) -> bool {
    matches!(
        loader,
        Loader::ServiceAccountPrivate | Loader::ServiceAccountPublic
    )
}

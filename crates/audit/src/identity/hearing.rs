//! One client before every server: what each authenticator says.

use std::sync::Arc;

use authority::token::service_account::{Checker, Refusal, Token, check_claims};
use cluster::graph::server::Authenticator;
use cluster::graph::{ClientAuth, ClientAuthMode, Server, ServiceAccountTokens, Trust};
use cluster::process::Version;
use cluster::{Component, Material, Setting};
use time::UtcDateTime;
use verify::{Certificate, Kind, Options, Pool};

use super::answer::{Answer, Bearer, Method, Opinion, Outcome, Presented, Step};
use super::{Identity, NotAUser, certificate, token, union};
use crate::judge::{Judge, Verifies};

/// One client before all servers.
#[derive(Clone, Copy)]
pub(super) struct Hearing<'a, 'j> {
    judge: &'j Judge<'a>,
    servers: &'a [Server],
    chain: &'j [Arc<Certificate>],
    bearer: Option<&'j Bearer>,
    at: UtcDateTime,
}

impl<'a, 'j> Hearing<'a, 'j> {
    pub(super) fn new(
        judge: &'j Judge<'a>,
        servers: &'a [Server],
        presented: &'j Presented,
        at: UtcDateTime,
    ) -> Self {
        Hearing {
            judge,
            servers,
            chain: &presented.chain,
            bearer: presented.bearer.as_ref(),
            at,
        }
    }

    pub(super) fn answer(&self, server: &'a Server) -> Answer {
        let steps = match self.judge.stops(&server.party) {
            None => self.steps(server),
            Some(said) => {
                let why = format!("{} does not start: {said}", server.party.component);
                return union::answer(server, Outcome::Refused, Vec::new(), Some(why));
            }
        };
        let (outcome, why) = union::outcome(&steps, server.anonymous);
        union::answer(server, outcome, steps, why)
    }

    fn steps(&self, server: &'a Server) -> Vec<Step> {
        let mut steps = Vec::new();
        for authenticator in &server.authenticators {
            steps.extend(self.step(server, authenticator));
        }
        let reads_tokens = server.authenticators.iter().any(reads_tokens);
        let is_left_over = self.bearer.is_some() && reads_tokens;
        if is_left_over
            && !steps
                .iter()
                .any(|step| step.method.is_of_tokens() && step.is_decided())
        {
            // `request/bearertoken/bearertoken.go`
            let opinion = Opinion::Refuses("invalid bearer token".to_owned());
            steps.push(Step::new(Method::BearerToken, None, opinion));
        }
        steps
    }

    /// What one authenticator says; nothing when it does not look at such credentials.
    fn step(&self, server: &'a Server, authenticator: &'a Authenticator) -> Option<Step> {
        let leaf = self.chain.first();
        let bearer = self.bearer;
        match authenticator {
            Authenticator::Unknown => Some(Step::new(Method::Unknown, None, self.unknown(server))),
            Authenticator::Handshake(auth) => {
                let opinion = self.handshake(server, auth);
                Some(Step::new(Method::Handshake, trust_of(auth), opinion))
            }
            Authenticator::RequestHeader {
                auth,
                names_users,
                source,
            } => {
                let opinion = self.request_header(server, auth, *names_users, leaf?);
                let step = Step::new(Method::RequestHeader, trust_of(auth), opinion);
                Some(step.from(*source))
            }
            Authenticator::ClientCertificate { auth, source } => {
                let opinion = self.client_certificate(server, auth, leaf?);
                let step = Step::new(Method::ClientCertificate, trust_of(auth), opinion);
                Some(step.from(*source))
            }
            Authenticator::TokenReview => {
                let opinion = self.token_review(server, bearer?);
                Some(Step::new(Method::TokenReview, None, opinion))
            }
            _ => self.token(server, authenticator, bearer?),
        }
    }

    fn token(
        &self,
        server: &'a Server,
        authenticator: &'a Authenticator,
        bearer: &Bearer,
    ) -> Option<Step> {
        let (method, setting, opinion) = match (authenticator, bearer) {
            (Authenticator::ServiceAccount { tokens, audiences }, Bearer::Jwt(token)) => {
                let key = tokens.verification_keys.first();
                let setting = key.and_then(|key| key.setting.clone());
                let opinion = self.service_account(server, tokens, audiences, token);
                (Method::ServiceAccount, setting, opinion)
            }
            (Authenticator::BootstrapToken, Bearer::Bootstrap(id)) => {
                (Method::BootstrapToken, None, bootstrap(id))
            }
            (Authenticator::OpenId(open_id), Bearer::Jwt(token)) => {
                let issuer = Some(open_id.issuer.clone());
                if open_id.issuer.value != token.claims.issuer {
                    return None;
                }
                let opinion = match token::of_open_id(open_id, token, self.at) {
                    Ok(identity) => Opinion::Unknown {
                        why: "only the issuer's own keys, which no file holds, tell whether it \
                              signed this"
                            .to_owned(),
                        identity: Some(identity.authenticated()),
                    },
                    Err(why) => Opinion::Refuses(why),
                };
                (Method::OpenId, issuer, opinion)
            }
            (Authenticator::JwtConfiguration(file), Bearer::Jwt(token)) => {
                let opinion = configured(file, &token.claims.issuer)?;
                (Method::OpenId, file.setting.clone(), opinion)
            }
            (Authenticator::TokenFile(file), _) => {
                let why = "the file may hold it".to_owned();
                let identity = None;
                let opinion = Opinion::Unknown { why, identity };
                (Method::TokenFile, file.setting.clone(), opinion)
            }
            (Authenticator::Webhook(setting), _) => {
                let why = "only the service that is asked knows".to_owned();
                let identity = None;
                let opinion = Opinion::Unknown { why, identity };
                (Method::Webhook, Some(setting.clone()), opinion)
            }
            _ => return None,
        };
        Some(Step::new(method, setting, opinion))
    }

    /// Of a server whose flags are not known: what every server would say.
    fn unknown(&self, server: &'a Server) -> Opinion {
        const WHY: &str = "its configuration is not among the files";
        if let Some(leaf) = self.chain.first() {
            return self.unknown_to_certificate(server, leaf, WHY);
        }
        let unknown = |identity: Option<Identity>| Opinion::Unknown {
            why: WHY.to_owned(),
            identity,
        };
        match self.bearer {
            Some(_) if server.party.component == Component::Etcd => no_certificate(),
            Some(Bearer::Jwt(token)) => match check_claims(&token.claims, self.at) {
                Err(refusal @ (Refusal::Expired | Refusal::NotYetValid)) => {
                    Opinion::Refuses(refusal.to_string())
                }
                _ => unknown(Identity::of_claims(&token.claims).map(Identity::authenticated)),
            },
            Some(Bearer::Bootstrap(id)) => bootstrap(id),
            _ => unknown(None),
        }
    }

    /// What kubeadm's files would make of it, where they are there.
    fn unknown_to_certificate(
        &self,
        server: &'a Server,
        leaf: &Arc<Certificate>,
        why: &str,
    ) -> Opinion {
        let alone = match self.alone(leaf) {
            Opinion::Takes(_) if server.party.component == Component::Etcd => {
                certificate::at_etcd(leaf)
            }
            Opinion::Takes(identity) => identity,
            other => return other,
        };
        let usual = server.usual.iter();
        let steps: Vec<Step> = usual.filter_map(|usual| self.step(server, usual)).collect();
        let (as_usual, identity) = match union::outcome(&steps, false) {
            _ if steps.is_empty() => (String::new(), Some(alone)),
            (Outcome::Accepted, _) => {
                let identity = union::identity(&steps).cloned();
                let as_proxy = match identity {
                    None => " as a front proxy",
                    Some(_) => "",
                };
                let text = format!("; as kubeadm sets it up, it is accepted{as_proxy}");
                (text, identity)
            }
            (_, refused) => (
                format!(
                    "; as kubeadm sets it up, it is refused: {}",
                    refused.unwrap_or_default()
                ),
                None,
            ),
        };
        Opinion::Unknown {
            why: format!("{why}{as_usual}"),
            identity,
        }
    }

    /// What every verifier says to a certificate, whomever it trusts.
    fn alone(&self, leaf: &Arc<Certificate>) -> Opinion {
        let options = Options::client(self.at);
        let nobody = Pool::new();
        // As if it were trusted itself: then its times and usages are looked at.
        let itself: Pool = [leaf.clone()].into_iter().collect();
        let verdict = self
            .judge
            .verifier()
            .verify(leaf, &itself, &nobody, &options);
        match verdict.error() {
            Some(error) if error.kind() != Kind::UnknownAuthority => {
                Opinion::Refuses(error.to_string())
            }
            _ => user(leaf, None),
        }
    }

    /// Whether a server takes a certificate; the opinion is about nothing but that.
    fn verified(
        &self,
        server: &'a Server,
        auth: &'a ClientAuth,
        leaf: &Arc<Certificate>,
    ) -> Result<(), Opinion> {
        let refuses = |why: &str| Err(Opinion::Refuses(why.to_owned()));
        let (trust, troubles) = self.judge.trust_alone(&auth.trust, &server.party);
        match (trust, troubles.first()) {
            (Verifies::With(roots, _), _) => {
                let options = Options::client(self.at);
                let sent: Pool = self.chain.iter().skip(1).cloned().collect();
                let verdict = self.judge.verifier().verify(leaf, &roots, &sent, &options);
                match verdict.error() {
                    None => Ok(()),
                    Some(error) if error.kind() == Kind::CannotBeChecked => {
                        Err(not_known(error.to_string()))
                    }
                    Some(error) => Err(Opinion::Refuses(error.to_string())),
                }
            }
            (Verifies::System, _) => refuses("x509: certificate signed by unknown authority"),
            (Verifies::Nothing, Some(said)) => Err(Opinion::Refuses(said.clone())),
            (Verifies::Nothing, None) => refuses("it verifies no certificates"),
            (Verifies::NobodyKnows, _) => Err(match self.alone(leaf) {
                Opinion::Refuses(why) => Opinion::Refuses(why),
                _ => not_known("what it verifies certificates with was not collected".to_owned()),
            }),
        }
    }

    fn request_header(
        &self,
        server: &'a Server,
        auth: &'a ClientAuth,
        names_users: bool,
        leaf: &Arc<Certificate>,
    ) -> Opinion {
        if let Err(opinion) = self.verified(server, auth, leaf) {
            return opinion;
        }
        match certificate::check_common_name(leaf, &auth.allowed_names) {
            Err(said) => Opinion::Refuses(said),
            Ok(()) if names_users => Opinion::SpeaksForOthers,
            Ok(()) => Opinion::Passes("no header is set that would name a user".to_owned()),
        }
    }

    fn client_certificate(
        &self,
        server: &'a Server,
        auth: &'a ClientAuth,
        leaf: &Arc<Certificate>,
    ) -> Opinion {
        if auth.mode == ClientAuthMode::None {
            return Opinion::Passes("it asks for no certificates".to_owned());
        }
        let opinion = user(leaf, server.version);
        match (self.verified(server, auth, leaf), opinion) {
            (Ok(()), opinion) => opinion,
            (Err(Opinion::Unknown { why, .. }), Opinion::Takes(identity)) => Opinion::Unknown {
                why,
                identity: Some(identity),
            },
            (Err(refused), _) => refused,
        }
    }

    fn handshake(&self, server: &'a Server, auth: &'a ClientAuth) -> Opinion {
        if auth.mode == ClientAuthMode::None {
            return Opinion::TakesEverybody;
        }
        let Some(leaf) = self.chain.first() else {
            return no_certificate();
        };
        let identity = certificate::at_etcd(leaf);
        match self.verified(server, auth, leaf) {
            Err(Opinion::Unknown { why, .. }) => Opinion::Unknown {
                why,
                identity: Some(identity),
            },
            Err(opinion) => opinion,
            Ok(()) if certificate::has_hostname(leaf, &auth.allowed_hostnames) => {
                Opinion::Takes(identity)
            }
            Ok(()) => Opinion::Refuses("client certificate authentication failed".to_owned()),
        }
    }

    fn service_account(
        &self,
        server: &'a Server,
        tokens: &'a ServiceAccountTokens,
        audiences: &[Setting],
        token: &Token,
    ) -> Opinion {
        let values = |settings: &[Setting]| -> Vec<String> {
            settings
                .iter()
                .map(|setting| setting.value.clone())
                .collect()
        };
        let keys = match tokens.external_signer {
            Some(_) => None,
            None => self.judge.token_keys(tokens, &server.party),
        };
        let checker = Checker {
            keys: keys.clone().unwrap_or_default(),
            issuers: values(&tokens.accepted_issuers),
            audiences: values(audiences),
        };
        let identity = Identity::of_claims(&token.claims).map(Identity::authenticated);
        match (checker.check(token, self.at), identity) {
            (Ok(()), Some(identity)) => Opinion::Takes(identity),
            (Ok(()), None) => Opinion::Passes("it names no service account".to_owned()),
            (Err(refusal @ Refusal::Issuer { .. }), _) => Opinion::Passes(refusal.to_string()),
            (Err(_), identity) if keys.is_none() => match check_claims(&token.claims, self.at) {
                Err(refusal) => Opinion::Refuses(refusal.to_string()),
                Ok(()) => Opinion::Unknown {
                    why: "the keys that it checks tokens with are not there to be read".to_owned(),
                    identity,
                },
            },
            (Err(refusal), _) => Opinion::Refuses(refusal.to_string()),
        }
    }

    /// What kube-apiserver says that is asked: that of the same node, or the first.
    fn token_review(&self, server: &Server, bearer: &Bearer) -> Opinion {
        let is_apiserver = |other: &&Server| other.party.component == Component::KubeApiserver;
        let mut apiservers = self.servers.iter().filter(is_apiserver);
        let own = apiservers
            .clone()
            .find(|other| other.party.node == server.party.node);
        let Some(asked) = own.or_else(|| apiservers.next()) else {
            return not_known("no kube-apiserver is known".to_owned());
        };
        if let Some(said) = self.judge.stops(&asked.party) {
            return Opinion::Refuses(format!("kube-apiserver does not start: {said}"));
        }
        let alone = Hearing {
            chain: &[],
            bearer: Some(bearer),
            ..*self
        };
        let steps = alone.steps(asked);
        match union::outcome(&steps, false) {
            (Outcome::Accepted, _) => match union::identity(&steps) {
                Some(identity) => Opinion::Takes(identity.clone()),
                None => Opinion::TakesEverybody,
            },
            (Outcome::Unknown, why) => Opinion::Unknown {
                why: why.unwrap_or_default(),
                identity: union::identity(&steps).cloned(),
            },
            (_, why) => Opinion::Refuses(why.unwrap_or_default()),
        }
    }
}

fn reads_tokens(authenticator: &Authenticator) -> bool {
    !matches!(
        authenticator,
        Authenticator::Handshake(_)
            | Authenticator::RequestHeader { .. }
            | Authenticator::ClientCertificate { .. }
    )
}

/// Whom a certificate that is accepted makes of its bearer.
fn user(leaf: &Certificate, version: Option<Version>) -> Opinion {
    match certificate::of_certificate(leaf, version) {
        Ok(identity) => Opinion::Takes(identity.authenticated()),
        Err(why @ NotAUser::NoCommonName) => Opinion::Passes(why.to_string()),
        Err(why) => Opinion::Refuses(why.to_string()),
    }
}

fn bootstrap(id: &str) -> Opinion {
    Opinion::Unknown {
        why: format!("only if the Secret kube-system/bootstrap-token-{id} holds it"),
        identity: Some(token::of_bootstrap(id).authenticated()),
    }
}

/// Whether a list of issuers names this one; nothing when it does not.
fn configured(file: &Material, issuer: &str) -> Option<Opinion> {
    let names = |bytes: &[u8]| {
        let mut places = bytes.windows(issuer.len().max(1));
        places.any(|place| place == issuer.as_bytes())
    };
    match file.bytes() {
        Some(bytes) if !names(bytes) => None,
        Some(_) => Some(not_known(
            "the file names its issuer; what it makes of the claims is not looked into".to_owned(),
        )),
        None => Some(not_known("the file may name its issuer".to_owned())),
    }
}

fn not_known(why: String) -> Opinion {
    Opinion::Unknown {
        why,
        identity: None,
    }
}

fn no_certificate() -> Opinion {
    Opinion::Refuses("remote error: tls: certificate required".to_owned())
}

fn trust_of(auth: &ClientAuth) -> Option<Setting> {
    match &auth.trust {
        Trust::Bundle { material, .. } => material.setting.clone(),
        _ => None,
    }
}

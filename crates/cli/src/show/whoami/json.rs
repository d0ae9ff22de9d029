//! A credential for programs: `kubepki.whoami/v1`.

use audit::identity::{Answer, Bearer, Dialled, Identity, Step, notes};
use authority::token::service_account::Token;
use cluster::graph::server::Authorization;
use serde_json::{Value, json};
use time::UtcDateTime;
use verify::Certificate;

use super::{Introduction, rule};
use crate::credential::Used;
use crate::show::rfc3339;

impl Introduction<'_> {
    /// Everything.
    pub fn to_json(&self) -> Value {
        json!({
            "schema": "kubepki.whoami/v1",
            "at": rfc3339(self.at),
            "file": self.file.display().to_string(),
            "credential": self.credential_json(),
            "identity": self.identity().map(identity),
            "dials": self.dials.iter().map(dialled).collect::<Vec<_>>(),
            "servers": self.answers.iter().map(answer).collect::<Vec<_>>(),
            "notes": notes(&self.answers),
        })
    }

    fn credential_json(&self) -> Value {
        let presented = &self.credential.presented;
        let kubeconfig = self.credential.kubeconfig.as_ref();
        json!({
            "kind": self.credential.kind(),
            "certificate": presented.chain.first().map(|leaf| certificate(leaf)),
            "token": presented.bearer.as_ref().map(bearer),
            "kubeconfig": kubeconfig.map(used),
        })
    }
}

fn used(used: &Used) -> Value {
    let text = |setting: Option<&cluster::Setting>| setting.map(|setting| setting.value.clone());
    let parsed = &used.parsed;
    json!({
        "context": parsed.context.value,
        "user": text(parsed.user.as_ref()),
        "server": text(parsed.server.as_ref()),
        "plugin": used.plugin(),
        "basic_auth_user": text(parsed.username.as_ref()),
        "acts_as": used.acts_as().as_ref().map(identity),
    })
}

fn certificate(leaf: &Certificate) -> Value {
    let sum: String = leaf.sha256().iter().map(|b| format!("{b:02x}")).collect();
    json!({
        "subject": leaf.short_name(),
        "issuer": leaf.issuer.common_name(),
        "not_before": leaf.not_before.to_string(),
        "not_after": leaf.not_after.to_string(),
        "sha256": sum,
    })
}

/// What a token says, and never the token.
fn bearer(bearer: &Bearer) -> Value {
    match bearer {
        Bearer::Jwt(token) => jwt(token),
        Bearer::Bootstrap(id) => json!({ "kind": "bootstrap-token", "id": id }),
        Bearer::Other => json!({ "kind": "opaque" }),
    }
}

fn jwt(token: &Token) -> Value {
    let claims = &token.claims;
    let moment = |seconds: Option<i64>| {
        let moment = UtcDateTime::from_unix_timestamp(seconds?).ok()?;
        Some(rfc3339(moment))
    };
    json!({
        "kind": "jwt",
        "algorithm": token.algorithm,
        "key_id": token.key_id,
        "issuer": claims.issuer,
        "subject": claims.subject,
        "audiences": claims.audiences,
        "not_before": moment(claims.not_before),
        "expires": moment(claims.expires),
    })
}

fn dialled(dialled: &Dialled) -> Value {
    json!({
        "address": dialled.address,
        "server": dialled.server,
        "verdict": dialled.verdict.name(),
        "go_error": dialled.error,
    })
}

fn answer(answer: &Answer) -> Value {
    json!({
        "server": answer.server.to_string(),
        "outcome": answer.outcome.name(),
        "authenticator": answer.decisive().map(|step| step.method.name()),
        "rule": answer.decisive().and_then(rule),
        "identity": answer.identity.as_ref().map(identity),
        "speaks_for_others": answer.speaks_for_others,
        "why": answer.why,
        "authorization": authorization(&answer.authorization),
        "steps": answer.steps.iter().map(step).collect::<Vec<_>>(),
    })
}

fn step(step: &Step) -> Value {
    json!({
        "authenticator": step.method.name(),
        "rule": rule(step),
        "place": step.setting.as_ref().map(|setting| setting.place.to_string()),
        "opinion": step.opinion.name(),
        "why": step.opinion.why(),
    })
}

fn identity(identity: &Identity) -> Value {
    json!({
        "user": identity.user,
        "groups": identity.groups,
        "uid": identity.uid,
        "extra": identity.extra,
    })
}

fn authorization(authorization: &Authorization) -> Value {
    match authorization {
        Authorization::Modes(modes) => modes.iter().map(|mode| mode.value.as_str()).collect(),
        Authorization::Configuration(file) => json!(format!("{}={}", file.name, file.value)),
        Authorization::Nothing => json!([]),
        Authorization::AsksApiserver => json!(["SubjectAccessReview"]),
        Authorization::Unknown => Value::Null,
    }
}

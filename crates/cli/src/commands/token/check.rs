//! `kubepki token check`.

use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use audit::Identity;
use authority::token::BootstrapToken;
use authority::token::service_account::{Claims, Token};
use clap::ValueEnum;
use cluster::draw::printable;
use cluster::listing::residual_time;
use serde_json::{Map, Value, json};
use time::UtcDateTime;

use crate::args::{At, OneNode};
use crate::commands::Outcome;
use crate::error::CliError;
use crate::secret;
use crate::show::{self, labels, rfc3339};

/// Arguments of `kubepki token check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The file with the token, or `-` to type or pipe it.
    file: PathBuf,

    /// Whom it has to be for; several times for several. Default is kube-apiserver.
    #[arg(long, value_name = "NAME")]
    audience: Vec<String>,

    #[command(flatten)]
    node: OneNode,

    #[command(flatten)]
    at: At,

    /// How to show the answer.
    #[arg(short, long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,
}

/// How the answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Checks the token and prints the answer.
pub fn run(args: &Args) -> Result<Outcome, CliError> {
    let text = secret::line(&args.file, "Token: ")?;
    let at = args.at.moment();
    let answer = match Token::parse(&text) {
        Err(_) if BootstrapToken::parse(&text).is_ok() => return Err(CliError::BootstrapToken),
        Err(error) => Answer {
            token: None,
            error: Some(error.to_string()),
            at,
        },
        Ok(token) => {
            let node = args.node.read()?;
            let mut checker = args.node.control_plane(&node).token_checker()?;
            if !args.audience.is_empty() {
                checker.audiences.clone_from(&args.audience);
            }
            let error = checker
                .check(&token, at)
                .err()
                .map(|refusal| refusal.to_string());
            Answer {
                token: Some(token),
                error,
                at,
            }
        }
    };
    let text = match args.output {
        Format::Human => answer.to_human(show::width()),
        Format::Json => format!("{:#}\n", answer.to_json()),
    };
    show::stdout(text.as_bytes())?;
    Ok(match answer.error {
        None => Outcome::Clean,
        Some(_) => Outcome::Found,
    })
}

/// What kube-apiserver would say.
struct Answer {
    /// What was read, when it is a token.
    token: Option<Token>,
    /// Why it is refused.
    error: Option<String>,
    /// When.
    at: UtcDateTime,
}

impl Answer {
    fn to_human(&self, width: usize) -> String {
        let coloured = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
        let mut out = match &self.error {
            None => {
                let green = coloured(AnsiColor::Green);
                format!("{green}accepted{green:#}\n")
            }
            Some(error) => {
                let red = coloured(AnsiColor::Red);
                format!("{red}refused{red:#}: {}\n", printable(error))
            }
        };
        let Some(token) = &self.token else {
            return out;
        };
        out.push('\n');
        let unchecked = self.error.is_none().then(|| unchecked(&token.claims));
        let lines = lines(token, self.at).into_iter();
        for (label, text) in lines.chain(unchecked.map(|text| ("not checked", text))) {
            labels::push(&mut out, label, &text, Style::new(), width);
        }
        out
    }

    fn to_json(&self) -> Value {
        let mut object = json!({
            "schema": "kubepki.token-check/v1",
            "at": rfc3339(self.at),
            "accepted": self.error.is_none(),
            "error": self.error,
        });
        if let (Some(token), Some(fields)) = (&self.token, object.as_object_mut()) {
            fields.extend(claimed(token));
        }
        object
    }
}

/// What the token says; who is refused may say anything.
fn claimed(token: &Token) -> Map<String, Value> {
    let claims = &token.claims;
    let time = |seconds: Option<i64>| seconds.and_then(moment).map(rfc3339);
    let extra: Map<String, Value> = claims
        .extra()
        .into_iter()
        .map(|(name, value)| (name.to_owned(), json!([value])))
        .collect();
    let fields = json!({
        "user": claims.user_name(),
        "uid": claims.user_uid(),
        "groups": groups(claims),
        "extra": extra,
        "boundTo": bound_to(claims).map(|(kind, name, uid)| {
            json!({"kind": kind, "name": name, "uid": uid})
        }),
        "issuer": claims.issuer,
        "audiences": claims.audiences,
        "issuedAt": time(claims.issued_at),
        "notBefore": time(claims.not_before),
        "expires": time(claims.expires),
        "algorithm": token.algorithm,
        "keyId": token.key_id,
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The same for people.
fn lines(token: &Token, at: UtcDateTime) -> Vec<(&'static str, String)> {
    let claims = &token.claims;
    let or_nobody = |text: Option<String>| text.unwrap_or_else(|| "nobody".to_owned());
    let mut lines = vec![("user", or_nobody(claims.user_name()))];
    lines.extend(claims.user_uid().map(|uid| ("uid", uid.to_owned())));
    lines.push(("groups", groups(claims).join(", ")));
    let extra = claims.extra().into_iter();
    let labels = std::iter::once("extra").chain(std::iter::repeat(""));
    lines.extend(labels.zip(extra.map(|(name, value)| format!("{name}: {value}"))));
    lines.extend(bound_to(claims).map(|(kind, name, _)| ("bound to", format!("{kind} {name}"))));
    lines.push(("issuer", claims.issuer.clone()));
    lines.push(match claims.audiences.is_empty() {
        true => ("for", "anybody".to_owned()),
        false => ("for", claims.audiences.join(", ")),
    });
    lines.push(("valid", validity(claims, at)));
    let key = token.key_id.as_deref().unwrap_or("that it does not name");
    lines.push(("signed with", format!("{}, key {key}", token.algorithm)));
    lines
}

fn groups(claims: &Claims) -> Vec<String> {
    let identity = Identity::of_claims(claims).map(Identity::authenticated);
    identity.map(|identity| identity.groups).unwrap_or_default()
}

/// What ends the token when it is deleted, apart from the account: kind, name and UID.
fn bound_to(claims: &Claims) -> Option<(&'static str, &str, &str)> {
    if claims.is_legacy() {
        let secret = claims.legacy_secret.as_deref();
        return secret.map(|name| ("Secret", name, ""));
    }
    let kubernetes = claims.kubernetes.as_ref()?;
    let objects = [
        ("Pod", &kubernetes.pod),
        ("Secret", &kubernetes.secret),
        ("Node", &kubernetes.node),
    ];
    objects.into_iter().find_map(|(kind, object)| {
        let object = object.as_ref()?;
        Some((kind, &*object.name, &*object.uid))
    })
}

fn validity(claims: &Claims, at: UtcDateTime) -> String {
    let Some(end) = claims.expires else {
        return "for ever".to_owned();
    };
    let time =
        |seconds| moment(seconds).map_or_else(|| "a time beyond counting".to_owned(), rfc3339);
    let begin = claims.not_before.or(claims.issued_at).map(time);
    let begin = begin.map_or_else(String::new, |begin| format!("{begin} "));
    let left = match end.saturating_sub(at.unix_timestamp()) {
        left @ 0.. => format!("{} left", residual_time(left)),
        over => format!("ended {} ago", residual_time(over.saturating_neg())),
    };
    format!("{begin}to {}, {left}", time(end))
}

/// What only the cluster knows.
fn unchecked(claims: &Claims) -> String {
    let bound = bound_to(claims).map(|(kind, ..)| format!(" and this {kind}"));
    format!(
        "whether the cluster still has this service account{}",
        bound.unwrap_or_default()
    )
}

fn moment(seconds: i64) -> Option<UtcDateTime> {
    UtcDateTime::from_unix_timestamp(seconds).ok()
}

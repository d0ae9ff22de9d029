//! `kubepki verify`: would Go, and so every component, accept a certificate, and if not, why not.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use clap::ValueEnum;
use cluster::draw::printable;
use serde_json::{Value, json};
use verify::{Candidate, Certificate, Chain, Kind, Options, Pool, Verdict, VerifyError};
use x509::oid::known;

use super::Outcome;
use crate::args::At;
use crate::error::CliError;
use crate::{input, show};

/// Arguments of `kubepki verify`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The certificates that are trusted; several times for several files.
    #[arg(long, value_name = "FILE", required = true)]
    roots: Vec<PathBuf>,

    /// Certificates that may lead from the leaf to a trusted one.
    #[arg(long, value_name = "FILE")]
    intermediates: Vec<PathBuf>,

    /// The name or address that the leaf must have; without it, any will do.
    #[arg(
        long,
        value_name = "NAME",
        default_value = "",
        hide_default_value = true
    )]
    name: String,

    /// What the leaf is to be used as.
    #[arg(long, value_enum, default_value_t = Usage::Server, value_name = "USAGE")]
    usage: Usage,

    #[command(flatten)]
    at: At,

    /// How to show the answer.
    #[arg(short, long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,

    /// The certificate; what follows it in its file are intermediates, as a TLS peer sends them.
    leaf: PathBuf,
}

/// What a certificate is used as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Usage {
    /// By a TLS server.
    Server,
    /// By a TLS client.
    Client,
    /// Its usages do not matter.
    Any,
}

/// How the answer is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Verifies the leaf and prints the answer.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let roots = read_pool(&args.roots, quiet)?;
    let mut intermediates = read_pool(&args.intermediates, quiet)?;
    let sent = read_contents(&args.leaf)?;
    let mut sent = sent.into_iter().map(Certificate::parse);
    let leaf = sent
        .next()
        .ok_or_else(|| CliError::NoCertificate(args.leaf.clone()))?;
    for certificate in parsed(&args.leaf, sent, quiet) {
        intermediates.add(certificate);
    }
    let answer = match leaf {
        Ok(leaf) => Answer::verified(Arc::new(leaf), &roots, &intermediates, &args.options()),
        Err(error) => Answer::unparsable(error.to_string()),
    };
    let text = match args.output {
        Format::Human => answer.to_human(),
        Format::Json => format!("{:#}\n", answer.to_json()),
    };
    show::stdout(text.as_bytes())?;
    Ok(if answer.is_ok() {
        Outcome::Clean
    } else {
        Outcome::Found
    })
}

impl Args {
    fn options(&self) -> Options {
        let at = self.at.moment();
        let options = match self.usage {
            Usage::Server => Options::server(self.name.as_str(), at),
            Usage::Client => Options::client(at),
            Usage::Any => Options::any(at),
        };
        Options {
            name: self.name.clone(),
            ..options
        }
    }
}

fn read_pool(paths: &[PathBuf], quiet: bool) -> Result<Pool, CliError> {
    let mut pool = Pool::new();
    for path in paths {
        let contents = read_contents(path)?;
        let certificates = contents.into_iter().map(Certificate::parse);
        for certificate in parsed(path, certificates, quiet) {
            pool.add(certificate);
        }
    }
    Ok(pool)
}

/// The contents of a file's CERTIFICATE blocks, or the whole file when it is DER.
fn read_contents(path: &Path) -> Result<Vec<Arc<[u8]>>, CliError> {
    let bytes = input::read(path)?;
    if bytes.starts_with(&[0x30]) {
        return Ok(vec![bytes.into()]);
    }
    let blocks = verify::pem::blocks(&bytes).filter(|block| block.label == "CERTIFICATE");
    let contents: Vec<Arc<[u8]>> = blocks
        .map(|block| block.content.as_slice().into())
        .collect();
    match contents.is_empty() {
        true => Err(CliError::NoCertificate(path.to_owned())),
        false => Ok(contents),
    }
}

/// What Go reads; the rest is left out with one word for all, as Go's pools leave it out without any.
fn parsed(
    path: &Path,
    certificates: impl Iterator<Item = Result<Certificate, verify::ParseError>>,
    quiet: bool,
) -> Vec<Arc<Certificate>> {
    let (mut left_out, mut first) = (0_usize, None);
    let mut good = Vec::new();
    for certificate in certificates {
        match certificate {
            Ok(certificate) => good.push(Arc::new(certificate)),
            Err(error) => {
                left_out += 1;
                first.get_or_insert(error);
            }
        }
    }
    if let Some(error) = first.filter(|_| !quiet) {
        let (path, others) = (path.display(), left_out - 1);
        show::note(&match others {
            0 => format!("{path}: left out: {error}"),
            _ => format!("{path}: left out: {error}; and {others} more"),
        });
    }
    good
}

/// Go's answer.
struct Answer {
    leaf: Option<Arc<Certificate>>,
    verdict: Verdict,
    /// Go's text, empty when the certificate is accepted.
    error: String,
}

impl Answer {
    fn verified(leaf: Arc<Certificate>, roots: &Pool, others: &Pool, options: &Options) -> Self {
        let verdict = verify::verify(&leaf, roots, others, options);
        let error = verdict.error().map(ToString::to_string).unwrap_or_default();
        Answer {
            leaf: Some(leaf),
            verdict,
            error,
        }
    }

    fn unparsable(error: String) -> Self {
        let verdict = Verdict {
            outcome: Ok(Vec::new()),
            candidates: Vec::new(),
        };
        Answer {
            leaf: None,
            verdict,
            error,
        }
    }

    fn is_ok(&self) -> bool {
        self.error.is_empty()
    }

    fn to_json(&self) -> Value {
        let chains: Vec<Value> = self.verdict.chains().iter().map(sums).collect();
        let candidates = self.verdict.candidates.iter().map(|candidate| {
            let error = candidate.outcome.as_ref().err().map(ToString::to_string);
            json!({
                "chain": sums(&candidate.chain),
                "subjects": names(&candidate.chain),
                "error": error.unwrap_or_default(),
            })
        });
        json!({
            "ok": self.is_ok(),
            "error": self.error,
            "kind": self.verdict.error().map(|error| error.kind().name()),
            "chains": chains,
            "candidates": candidates.collect::<Vec<_>>(),
        })
    }

    fn to_human(&self) -> String {
        let mut lines = vec![self.headline(), String::new()];
        lines.extend(self.leaf.iter().flat_map(|leaf| describe(leaf)));
        if !self.verdict.candidates.is_empty() {
            lines.push(String::new());
        }
        let candidates = self.verdict.candidates.iter();
        lines.extend(candidates.flat_map(tried));
        if let Some(remedy) = self.verdict.error().and_then(remedy) {
            let bold = Style::new().bold();
            lines.extend([String::new(), format!("{bold}remedy{bold:#}: {remedy}")]);
        }
        lines.push(String::new());
        lines.join("\n")
    }

    fn headline(&self) -> String {
        let coloured = |color: AnsiColor| Style::new().bold().fg_color(Some(color.into()));
        match self.is_ok() {
            true => {
                let green = coloured(AnsiColor::Green);
                let count = self.verdict.chains().len();
                let chains = if count == 1 { "chain" } else { "chains" };
                format!("{green}accepted{green:#}: {count} valid {chains}")
            }
            false => {
                let red = coloured(AnsiColor::Red);
                format!("{red}refused{red:#}: {}", printable(&self.error))
            }
        }
    }
}

/// What a person compares with the question.
fn describe(leaf: &Certificate) -> Vec<String> {
    let names = &leaf.extensions.names;
    let all: Vec<String> = names
        .dns
        .iter()
        .cloned()
        .chain(names.ip.iter().map(ToString::to_string))
        .collect();
    let listed = if all.is_empty() {
        "none".to_owned()
    } else {
        all.join(", ")
    };
    let line = |label: &str, text: &str| format!("  {label:<8}{}", printable(text));
    vec![
        line("subject", &leaf.short_name()),
        line("issuer", common_name(&leaf.issuer)),
        line("names", &listed),
        line("usages", &usages(leaf)),
        line(
            "valid",
            &format!("{} to {}", leaf.not_before, leaf.not_after),
        ),
    ]
}

fn usages(leaf: &Certificate) -> String {
    let name = |usage: &verify::Usage| match usage.oid() {
        known::SERVER_AUTH => "server".to_owned(),
        known::CLIENT_AUTH => "client".to_owned(),
        known::ANY_USAGE => "any".to_owned(),
        other => other.dotted(),
    };
    let usages: Vec<String> = leaf.extensions.usages.iter().map(name).collect();
    match usages.is_empty() {
        true => "not limited".to_owned(),
        false => usages.join(", "),
    }
}

fn common_name(name: &verify::DistinguishedName) -> &str {
    let organization = name.organizations().next().unwrap_or("(without a name)");
    match name.common_name() {
        "" => organization,
        name => name,
    }
}

/// One chain that was tried, and what came of it.
fn tried(candidate: &Candidate) -> Vec<String> {
    let (style, mark, why) = match &candidate.outcome {
        Ok(()) => (AnsiColor::Green, "ok", String::new()),
        Err(why) => (AnsiColor::Red, "no", why.to_string()),
    };
    let style = Style::new().fg_color(Some(style.into()));
    let chain = printable(&names(&candidate.chain).join(" <- "));
    let mut lines = vec![format!("  {style}{mark}{style:#}  {chain}")];
    if !why.is_empty() {
        lines.push(format!("      {}", printable(&why)));
    }
    lines
}

fn names(chain: &Chain) -> Vec<String> {
    chain
        .iter()
        .map(|certificate| certificate.short_name())
        .collect()
}

fn sums(chain: &Chain) -> Value {
    let hex = |certificate: &Arc<Certificate>| -> String {
        certificate
            .sha256()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    };
    chain.iter().map(hex).collect()
}

/// What probably helps.
fn remedy(error: &VerifyError) -> Option<String> {
    let who = error
        .certificate()
        .map(|certificate| printable(&certificate.short_name()));
    let who = who.unwrap_or_default();
    Some(match error {
        VerifyError::Hostname { host, .. } => {
            let host = printable(host);
            format!(
                "issue `{who}` again with `{host}` among its alternative names, or dial a name it has"
            )
        }
        VerifyError::UnknownAuthority { certificate, hint } => {
            let issuer = printable(common_name(&certificate.issuer));
            match hint.as_deref().map(|hint| hint.error.kind()) {
                None => format!("give the certificate of `{issuer}`, which issued `{who}`"),
                Some(Kind::BadSignature) => format!(
                    "a `{issuer}` is there, but with another key: it was made anew; \
                     issue `{who}` from it, or trust the one that issued `{who}`"
                ),
                Some(_) => {
                    format!("issue `{issuer}` again as an authority that may sign, then `{who}`")
                }
            }
        }
        _ => return kind_remedy(error.kind(), &who),
    })
}

fn kind_remedy(kind: Kind, who: &str) -> Option<String> {
    Some(match kind {
        Kind::Expired => format!("renew `{who}`"),
        Kind::NotYetValid => format!("check the clock; `{who}` is not valid before its time"),
        Kind::WrongUsage => {
            "issue it again with the extended key usage that is wanted; authorities above it must \
             allow that too"
                .to_owned()
        }
        Kind::NameConstraint => {
            "issue it again with names that the authorities above it may vouch for".to_owned()
        }
        Kind::NotACa => format!("issue `{who}` again with basic constraints CA:TRUE"),
        Kind::PathLength => {
            format!("issue `{who}` again with a larger path length, or a shorter chain")
        }
        Kind::UnhandledCriticalExtension => {
            format!("issue `{who}` again without the critical extension that Go does not know")
        }
        _ => return None,
    })
}

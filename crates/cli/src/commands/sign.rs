//! `kubepki sign`: a certificate for somebody's request, by a profile.

use std::path::{Path, PathBuf};
use std::time::Duration;

use authority::Authority;
use authority::signing::{Allowances, Asked, Issues, Refusal, SigningProfile, Term};
use change::parse;
use time::UtcDateTime;
use verify::pem;

use super::Outcome;
use crate::ca::CaArgs;
use crate::error::CliError;
use crate::show::rfc3339;
use crate::{input, output, show};

/// Arguments of `kubepki sign`.
#[derive(Debug, clap::Args)]
#[command(after_help = profiles())]
pub struct Args {
    /// The request, in PEM or DER; `-` for standard input.
    #[arg(value_name = "CSR")]
    request: PathBuf,

    /// What the certificate may be for; the list is below.
    #[arg(long, value_name = "NAME", value_parser = profile)]
    profile: SigningProfile,

    /// Which authority of the tree signs, by kubeadm's name, rather than the profile's own.
    #[arg(long, value_name = "NAME", value_parser = ["ca", "etcd-ca", "front-proxy-ca"],
        conflicts_with = "ca_cert")]
    ca: Option<String>,

    /// How long it lasts, such as 8h; never longer than the authority.
    #[arg(long, value_name = "DURATION", value_parser = lifetime)]
    ttl: Option<Duration>,

    /// Sign for the group system:masters too.
    #[arg(long)]
    allow_system_masters: bool,

    /// Write it to a file, which is not there yet, rather than to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    #[command(flatten)]
    authority: CaArgs,
}

/// Reads the request, judges it, and signs.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let der = request(&args.request)?;
    let asked = match Asked::read(&der) {
        Ok(asked) => asked,
        Err(error) => return Ok(refuse(&args.request, &error.to_string(), None)),
    };
    let allowed = Allowances {
        system_masters: args.allow_system_masters,
    };
    let profile = match args.profile.admit(&asked, allowed) {
        Ok(profile) => profile,
        Err(refusal) => {
            let hint = hint(&refusal);
            return Ok(refuse(&args.request, &refusal.to_string(), hint));
        }
    };
    let name = args.ca.as_deref().or(args.profile.authority);
    let ca = args.authority.read(name)?;
    let at = UtcDateTime::now();
    let term = Term::new(&ca.authority, at, args.ttl.unwrap_or(args.profile.lifetime));
    let issued = match ca
        .authority
        .issue(&profile, &asked.public_key, term.validity, at)
    {
        Ok(issued) => issued,
        Err(error) => return Ok(refuse(&args.request, &error.to_string(), None)),
    };
    let text = ca.pem(issued);
    output::write(args.out.as_deref(), output::PUBLIC, text.as_bytes())?;
    if !quiet {
        tell(args, &asked, &ca.authority, &term);
        let name = name.filter(|_| args.authority.is_of_the_tree());
        if let Some((_, power)) = POWERS.iter().find(|(ca, _)| Some(*ca) == name) {
            show::note(power);
        }
    }
    Ok(Outcome::Clean)
}

/// The bytes of the first request of a file.
fn request(path: &Path) -> Result<Vec<u8>, CliError> {
    let bytes = input::read(path)?;
    let labels = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];
    let is_request = |block: &pem::Block| labels.contains(&block.label.as_str());
    let found = pem::blocks(&bytes).find(is_request);
    match found {
        Some(block) => Ok(block.content.to_vec()),
        // The tag of a sequence: DER rather than text.
        None if bytes.first() == Some(&0x30) => Ok(bytes),
        None => Err(CliError::NoRequest(path.to_owned())),
    }
}

fn refuse(path: &Path, why: &str, hint: Option<&str>) -> Outcome {
    show::failure(&format!("{} is not signed: {why}", path.display()), hint);
    Outcome::Found
}

/// What can be done about a refusal.
pub(super) fn hint(refusal: &Refusal) -> Option<&'static str> {
    match refusal {
        Refusal::SystemMasters => Some(
            "ask for a group that RBAC binds to what is needed, such as kubeadm:cluster-admins; \
             --allow-system-masters signs it all the same",
        ),
        Refusal::NotANode(_) | Refusal::Subject { .. } | Refusal::NoHost | Refusal::Names(_) => {
            Some("kubepki sign --help lists the profiles; kubepki csr makes a request")
        }
        Refusal::NoCommonName => None,
    }
}

/// What the bearer of any client certificate of an authority may do.
const POWERS: [(&str, &str); 2] = [
    (
        "etcd-ca",
        "etcd lets whoever is a client by this authority read and write everything in the cluster",
    ),
    (
        "front-proxy-ca",
        "kube-apiserver lets whoever is a client by this authority, under a name that \
         --requestheader-allowed-names has, speak for anybody",
    ),
];

/// What was signed, and what of it is not as was asked for.
fn tell(args: &Args, asked: &Asked, authority: &Authority, term: &Term) {
    let names = asked.names.to_strings();
    let named = match names.is_empty() {
        true => String::new(),
        false => format!(", for {}", names.join(", ")),
    };
    let until = rfc3339(term.validity.not_after);
    let issuer = authority.certificate().short_name();
    show::note(&format!(
        "{}{named}: signed by \"{issuer}\" as {}, until {until}",
        asked.subject, args.profile.name
    ));
    if term.is_cut {
        show::note("that is when the authority ends, and earlier than was wanted");
    }
    if !asked.left_out.is_empty() {
        const SHOWN: usize = 6;
        let more = match asked.left_out.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown: Vec<&str> = asked
            .left_out
            .iter()
            .take(SHOWN)
            .map(String::as_str)
            .collect();
        let shown = shown.join(", ");
        show::note(&format!(
            "it also asked for {shown}{more}: that was left out"
        ));
    }
    if args.profile.issues == Issues::Authority {
        show::note(
            "whoever holds its key can be anybody for those who trust the authority above it, \
             system:masters too",
        );
    }
}

fn profile(name: &str) -> Result<SigningProfile, String> {
    SigningProfile::named(name).ok_or_else(|| {
        let names: Vec<_> = SigningProfile::all().map(|profile| profile.name).collect();
        format!("there are {}", names.join(", "))
    })
}

/// How long a certificate is to last: at least a second.
pub(super) fn lifetime(text: &str) -> Result<Duration, String> {
    match u64::try_from(parse::duration(text)?) {
        Ok(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("`{text}` is over before it begins")),
    }
}

/// The table of profiles, for the help.
fn profiles() -> String {
    let mut text = "Profiles:\n".to_owned();
    for profile in SigningProfile::all() {
        text += &format!("  {:26}{}\n", profile.name, profile.purpose);
    }
    text
}

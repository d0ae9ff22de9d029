//! `kubepki token create`.

use std::path::PathBuf;

use authority::objects;
use authority::token::BootstrapToken;
use authority::token::bootstrap::{Group, Terms, Usage};
use change::parse;
use clap::ValueEnum;
use time::{Duration, UtcDateTime};

use crate::args::{At, OneNode};
use crate::error::CliError;
use crate::show::manifest;
use crate::{join, secret};

/// Arguments of `kubepki token create`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The token, in a file, or `-`; without it one is made.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// How long it lasts, such as 2h30m; 0 for ever.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = lifetime)]
    ttl: Duration,

    /// What it may be used for.
    #[arg(
        long,
        value_enum,
        value_delimiter = ',',
        default_value = "signing,authentication"
    )]
    usages: Vec<Use>,

    /// The groups that its user is in; default is kubeadm's, when it may authenticate.
    #[arg(long, value_name = "GROUP", value_delimiter = ',', value_parser = Group::parse)]
    groups: Vec<Group>,

    /// What people want to know about it.
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,

    /// Say on standard error, too, what to run on a node that joins.
    #[arg(long)]
    print_join_command: bool,

    /// With the certificate key in this file, or `-`, that node becomes one of the control plane.
    #[arg(long, value_name = "FILE", requires = "print_join_command")]
    certificate_key_file: Option<PathBuf>,

    #[command(flatten)]
    server: join::Server,

    #[command(flatten)]
    node: OneNode,

    #[command(flatten)]
    at: At,

    /// How to print the Secret.
    #[arg(short, long, value_enum, default_value_t = manifest::Format::Yaml, value_name = "FORMAT")]
    output: manifest::Format,
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Use {
    /// To sign ConfigMap cluster-info.
    Signing,
    /// To authenticate at kube-apiserver.
    Authentication,
}

/// Prints the Secret, and how to join with the token.
pub fn run(args: &Args) -> Result<(), CliError> {
    let terms = args.terms(args.at.moment())?;
    let token = match &args.token_file {
        Some(path) => secret::bootstrap_token(path)?,
        None => BootstrapToken::generate()?,
    };
    let command = match args.print_join_command {
        true => Some(args.join_command(&token)?),
        false => None,
    };
    manifest::print(&[objects::bootstrap_token(&token, &terms)], args.output)?;
    if let Some(command) = command {
        anstream::eprintln!("{}", *command);
    }
    Ok(())
}

impl Args {
    fn terms(&self, at: UtcDateTime) -> Result<Terms, CliError> {
        let authenticates = self.usages.contains(&Use::Authentication);
        if !self.groups.is_empty() && !authenticates {
            return Err(CliError::Contradiction(
                "--groups count only when --usages has authentication",
            ));
        }
        let groups = match self.groups.is_empty() && authenticates {
            true => vec![Group::default()],
            false => self.groups.clone(),
        };
        let usages = Usage::ALL.into_iter();
        let usages = usages.filter(|usage| self.usages.iter().any(|used| used.is(*usage)));
        Ok(Terms {
            expires: (!self.ttl.is_zero()).then(|| at.saturating_add(self.ttl)),
            usages: usages.collect(),
            groups,
            description: self.description.clone(),
        })
    }

    fn join_command(&self, token: &BootstrapToken) -> Result<zeroize::Zeroizing<String>, CliError> {
        let key = self.certificate_key_file.as_deref();
        let key = key.map(secret::certificate_key).transpose()?;
        let node = self.node.read()?;
        let endpoint = self.server.endpoint(&self.node.control_plane(&node))?;
        join::command(&endpoint, token, key.as_ref())
    }
}

impl Use {
    fn is(self, usage: Usage) -> bool {
        match self {
            Use::Signing => usage == Usage::Signing,
            Use::Authentication => usage == Usage::Authentication,
        }
    }
}

fn lifetime(text: &str) -> Result<Duration, String> {
    match parse::duration(text)? {
        ..0 => Err("a token cannot end before it begins".to_owned()),
        seconds => Ok(Duration::seconds(seconds)),
    }
}

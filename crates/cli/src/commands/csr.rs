//! `kubepki csr`: keys, and requests for certificates that somebody else signs.

use std::path::{Path, PathBuf};

use authority::{KeyAlgorithm, Kind, Names, PrivateKey, Profile, Subject};
use change::disk::{self, Disk, NewFile, Set};
use change::parse;
use change::part::{Layout, Part};
use change::requests::{requests, to_pem};
use clap::ValueEnum;
use cluster::{Content, Files};
use serde_json::{Value, json};

use super::Outcome;
use super::init::wish::{Wish, WishArgs};
use crate::error::CliError;
use crate::password::Password;
use crate::show::table::Table;
use crate::{output, show, signer};

/// Arguments of `kubepki csr`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Only these, by kubeadm's names, such as apiserver or admin; also ca, etcd-ca and
    /// front-proxy-ca, for a root that signs them elsewhere.
    #[arg(value_name = "NAME")]
    names: Vec<String>,

    #[command(flatten)]
    wish: WishArgs,

    /// The folder of the kubeconfigs, on the node.
    #[arg(long, value_name = "DIR", default_value = change::part::KUBERNETES,
        value_parser = parse::absolute_path)]
    kubeconfig_dir: String,

    #[command(flatten)]
    other: Other,

    /// How to say what was written.
    #[arg(short, long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    output: Format,
}

/// A request for anybody else.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "A single request")]
struct Other {
    /// The subject, such as O=dev,CN=jane; several O are several groups.
    #[arg(long, value_name = "SUBJECT", value_parser = subject,
        conflicts_with_all = ["names", "cn", "org"])]
    subject: Option<Subject>,

    /// The common name, which kube-apiserver takes for the user.
    #[arg(long, value_name = "NAME", conflicts_with = "names")]
    cn: Option<String>,

    /// An organisation, which kube-apiserver takes for a group; may be given several times.
    #[arg(long, value_name = "NAME", requires = "cn")]
    org: Vec<String>,

    /// A DNS name or an address; may be given several times.
    #[arg(long, value_name = "NAME", value_delimiter = ',', value_parser = parse::alternative_name)]
    san: Vec<String>,

    /// The key: an existing one, or a new file for one that is made.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,

    /// Write the request to a file, which is not there yet, rather than to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// A file whose first line opens an encrypted key; asked for at the terminal otherwise.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// How it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: schema kubepki.csr/v1.
    Json,
}

/// Makes what was asked for.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    match args.other.subject() {
        Some(subject) => args.other.run(subject, args.wish.key_algorithm()),
        None => of_cluster(args, quiet),
    }
}

/// Keys and requests of a cluster's parts, all or none.
fn of_cluster(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let wish = args.wish.read(quiet)?;
    let layout = Layout {
        kubeconfigs: args.kubeconfig_dir.clone(),
        ..Layout::of(&wish.cluster)
    };
    let mut made = Vec::new();
    for (node, tree) in wish.nodes.iter().zip(&wish.trees) {
        let parts = args.parts(&Part::all(&wish.cluster, node))?;
        let files = requests(&wish.cluster, node, &layout, &parts);
        let files = files.map_err(|error| CliError::NotMade(error.to_string()))?;
        let disk = Disk::open(tree)?;
        let lock = disk.lock()?;
        if let Some(path) = in_the_way(tree, &files)? {
            let hint = "a key that is in use is not replaced: move it away, or name other parts";
            show::failure(&format!("`{path}` is there already"), Some(hint));
            show::note("nothing was written");
            return Ok(Outcome::Found);
        }
        made.push((disk, lock, parts, files));
    }
    let sets = made.iter().map(|(disk, _, _, files)| Set {
        disk,
        folders: &[],
        files,
    });
    disk::write(&sets.collect::<Vec<_>>())?;
    let rows = made.iter().zip(&wish.nodes);
    let rows: Vec<Row<'_>> = rows
        .flat_map(|((_, _, parts, files), node)| rows_of(&node.name, parts, files))
        .collect();
    let text = match args.output {
        Format::Text => table(&rows, &wish),
        Format::Json => format!("{:#}\n", to_json(&rows)),
    };
    show::stdout(text.as_bytes())?;
    if !quiet {
        show::note(
            "`kubepki sign REQUEST --profile PART` signs them; a certificate belongs beside its key, \
             as .crt, or into its kubeconfig, as client-certificate-data",
        );
    }
    Ok(Outcome::Clean)
}

impl Args {
    /// Those that were named, else every credential.
    fn parts(&self, all: &[Part]) -> Result<Vec<Part>, CliError> {
        let is_any = |part: &&Part| matches!(part, Part::Authority(_) | Part::Credential(_));
        let has_certificate = || all.iter().filter(is_any);
        if self.names.is_empty() || self.names == ["all"] {
            let credentials = has_certificate().filter(|part| matches!(part, Part::Credential(_)));
            return Ok(credentials.copied().collect());
        }
        let named = |name: &String| {
            let found = has_certificate().find(|part| part.name() == name);
            found.copied().ok_or_else(|| CliError::NoPart(name.clone()))
        };
        self.names.iter().map(named).collect()
    }
}

/// The first of the files that is there already.
fn in_the_way<'a>(tree: &Path, files: &'a [NewFile]) -> Result<Option<&'a str>, CliError> {
    let there = Files::on_disk(tree, false).map_err(|source| CliError::Rootfs {
        path: tree.to_owned(),
        source,
    })?;
    let is_there = |file: &&NewFile| !matches!(there.get(&file.path).content, Content::Missing);
    Ok(files.iter().find(is_there).map(|file| file.path.as_str()))
}

impl Other {
    /// Whom a single request is about, when one is wanted.
    fn subject(&self) -> Option<Subject> {
        let cn = self.cn.as_ref().map(|cn| Subject {
            organizations: self.org.clone(),
            common_name: cn.clone(),
        });
        self.subject.clone().or(cn)
    }

    fn run(&self, subject: Subject, algorithm: KeyAlgorithm) -> Result<Outcome, CliError> {
        let path = self.key.as_deref().ok_or(CliError::NoKeyFile)?;
        if let Some(out) = self.out.as_ref().filter(|out| out.exists()) {
            return Err(CliError::Exists(out.clone()));
        }
        let key = match path.exists() {
            true => signer::from_file(path, &mut Password::new(self.password_file.as_deref())?)?,
            false => new_key(path, algorithm)?,
        };
        let profile = Profile {
            subject,
            // What it is for is up to whoever signs.
            kind: Kind::Leaf(Vec::new()),
            names: self.names(),
        };
        let request = to_pem(&profile, &key);
        let request = request.map_err(|error| CliError::NotMade(error.to_string()))?;
        output::write(self.out.as_deref(), output::PRIVATE, request.as_bytes())?;
        Ok(Outcome::Clean)
    }

    fn names(&self) -> Names {
        let mut names = Names::default();
        for name in &self.san {
            match parse::address(name) {
                Ok(address) => names.ip.push(address),
                Err(_) => names.dns.push(name.clone()),
            }
        }
        names
    }
}

fn new_key(path: &Path, algorithm: KeyAlgorithm) -> Result<PrivateKey, CliError> {
    let wrong = |error: authority::KeyError| CliError::NotMade(error.to_string());
    let key = PrivateKey::generate(algorithm).map_err(wrong)?;
    let text = key.to_pem().map_err(wrong)?;
    output::write_new(path, output::PRIVATE, text.as_bytes())?;
    Ok(key)
}

/// A subject as people write it: `O=dev,CN=jane`, with a backslash before a comma that is part of a
/// text.
fn subject(text: &str) -> Result<Subject, String> {
    let mut subject = Subject::default();
    for part in split(text) {
        match part.split_once('=') {
            Some((kind, value)) if !value.is_empty() => {
                match kind.trim().to_ascii_uppercase().as_str() {
                    "O" => subject.organizations.push(value.to_owned()),
                    "CN" if subject.common_name.is_empty() => {
                        value.clone_into(&mut subject.common_name)
                    }
                    "CN" => return Err("there is more than one CN".to_owned()),
                    other => return Err(format!("Kubernetes takes O and CN only, not {other}")),
                }
            }
            _ => return Err(format!("`{part}` should be like O=dev or CN=jane")),
        }
    }
    match subject.common_name.is_empty() {
        true => Err("there is no CN, which kube-apiserver takes for the user".to_owned()),
        false => Ok(subject),
    }
}

fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        let (c, ends) = match c {
            '\\' => (characters.next(), false),
            ',' => (None, true),
            c => (Some(c), false),
        };
        if ends {
            parts.push(String::new());
        } else if let (Some(part), Some(c)) = (parts.last_mut(), c) {
            part.push(c);
        }
    }
    parts
}

/// What was written of a part.
struct Row<'a> {
    node: &'a str,
    part: &'static str,
    key: &'a str,
    request: &'a str,
}

/// Each part has two files, key and request.
fn rows_of<'a>(
    node: &'a str,
    parts: &'a [Part],
    files: &'a [NewFile],
) -> impl Iterator<Item = Row<'a>> {
    let pairs = files.chunks_exact(2);
    parts.iter().zip(pairs).map(move |(part, pair)| Row {
        node,
        part: part.name(),
        key: &pair[0].path,
        request: &pair[1].path,
    })
}

fn table(rows: &[Row<'_>], wish: &Wish) -> String {
    let several = wish.nodes.len() > 1;
    let headings = ["NODE", "PART", "KEY", "REQUEST"];
    let mut table = Table::new(headings.into_iter().skip(usize::from(!several)));
    for row in rows {
        let cells = [row.node, row.part, row.key, row.request];
        let cells = cells.into_iter().skip(usize::from(!several));
        table.push(cells.map(Into::into).collect());
    }
    table.render()
}

fn to_json(rows: &[Row<'_>]) -> Value {
    let row = |row: &Row<'_>| json!({"node": row.node, "part": row.part, "key": row.key, "request": row.request});
    json!({"schema": "kubepki.csr/v1", "requests": rows.iter().map(row).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_written_as_people_do() {
        let read = |text: &str| subject(text).map(|subject| subject.to_string());
        assert_eq!(read("O=dev,CN=jane").unwrap(), "CN=jane, O=dev");
        assert_eq!(
            read("cn=jane,o=a\\,b,O=c=d").unwrap(),
            "CN=jane, O=a,b, O=c=d"
        );
        for wrong in [
            "",
            "O=dev",
            "CN=a,CN=b",
            "CN=",
            "CN=a,OU=x",
            "jane",
            "CN=a,",
        ] {
            assert!(subject(wrong).is_err(), "{wrong}");
        }
    }
}

//! `kubepki inspect`: certificates wherever they are kept, as people or programs read them, or as
//! OpenSSL prints them.

use std::collections::HashSet;
use std::io::Cursor;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use x509::text::{self, OpensslVersion};

use super::Outcome;
use crate::args::At;
use crate::error::CliError;
use crate::find::{self, Found, Item};
use crate::password::Password;
use crate::show::inspect::Summaries;
use crate::{input, show};

/// How deep folders are walked.
const DEPTH: usize = 32;

/// Arguments of `kubepki inspect`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print what `openssl x509 -text -noout` prints, and `req` and `crl` alike.
    #[arg(long, conflicts_with = "output")]
    text: bool,

    /// Whose text: it differs between versions.
    #[arg(long, value_enum, default_value_t = Version::V3_0, value_name = "VERSION", requires = "text")]
    openssl_version: Version,

    #[command(flatten)]
    at: At,

    /// How to show what is found; private keys are never shown.
    #[arg(short, long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    output: Format,

    /// The file whose first line is the password for what is encrypted; without it, the password is
    /// asked for at the terminal.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,

    /// Files, folders, archives (tar, tar.gz, zip), or `-` for standard input, which is the default.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// How things are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
    /// For people who like it.
    Yaml,
    /// As PEM, one after the other.
    Pem,
}

/// A version of OpenSSL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Version {
    /// 1.1.1
    #[value(name = "1.1.1")]
    V1_1_1,
    /// 3.0
    #[value(name = "3.0")]
    V3_0,
    /// 3.5
    #[value(name = "3.5")]
    V3_5,
}

impl From<Version> for OpensslVersion {
    fn from(version: Version) -> Self {
        match version {
            Version::V1_1_1 => OpensslVersion::V1_1_1,
            Version::V3_0 => OpensslVersion::V3_0,
            Version::V3_5 => OpensslVersion::V3_5,
        }
    }
}

/// Reads everything and prints what is found. One input that cannot be read does not lose the
/// others.
///
/// # Errors
/// With the first input that could not be read, or held nothing, when all is printed.
pub fn run(args: &Args, quiet: bool) -> Result<Outcome, CliError> {
    let mut walk = Walk {
        found: Vec::new(),
        failure: None,
        seen: HashSet::new(),
        password: Password::new(args.password_file.as_deref())?,
        quiet,
    };
    match args.files.as_slice() {
        [] => walk.named(Path::new("-")),
        files => files.iter().for_each(|file| walk.named(file)),
    }
    match args.text {
        true => show::stdout_exactly(args.texts(&walk.found))?,
        false => show::stdout(&args.shown(&walk.found))?,
    }
    if args.is_silent_on_broken() {
        walk.note_broken();
    }
    match walk.failure {
        Some(failure) => Err(failure),
        None => Ok(Outcome::Clean),
    }
}

impl Args {
    /// Whether what cannot be read has no place in the output.
    fn is_silent_on_broken(&self) -> bool {
        self.text || self.output == Format::Pem
    }

    fn shown(&self, found: &[Found]) -> Vec<u8> {
        let summaries = Summaries::of(found, self.at.moment());
        match self.output {
            Format::Human => summaries.to_human(show::width()).into_bytes(),
            Format::Json => format!("{:#}\n", summaries.to_json()).into_bytes(),
            Format::Yaml => yaml::write(&summaries.to_json()).into_bytes(),
            Format::Pem => summaries.to_pem().into_bytes(),
        }
    }

    fn texts<'a>(&'a self, found: &'a [Found]) -> impl Iterator<Item = Vec<u8>> + 'a {
        found.iter().map(|found| self.text_of(found))
    }

    fn text_of(&self, found: &Found) -> Vec<u8> {
        let version = self.openssl_version.into();
        match &found.item {
            Item::Certificate(certificate) => match &found.trust {
                Some(trust) => text::trusted_certificate(certificate, trust, version),
                None => text::certificate(certificate, version),
            },
            Item::Request(request) => text::request(request, version),
            Item::List(list) => text::revocation_list(list, version),
            Item::Key(_) | Item::Broken(..) => Vec::new(),
        }
    }
}

/// Files and folders, read one after the other.
struct Walk {
    found: Vec<Found>,
    failure: Option<CliError>,
    password: Password,
    /// Folders that were walked, so that links lead nowhere twice.
    seen: HashSet<PathBuf>,
    quiet: bool,
}

impl Walk {
    /// An input that somebody named: it has to be there and to hold something.
    fn named(&mut self, path: &Path) {
        if path.is_dir() {
            return self.folder(path, DEPTH);
        }
        let before = self.found.len();
        match input::read(path) {
            Ok(bytes) => self.find(path, &bytes),
            Err(error) => return self.failed(error),
        }
        let found = &self.found[before..];
        let readable = found
            .iter()
            .any(|found| !matches!(found.item, Item::Broken(..)));
        match found.first().map(|found| &found.item) {
            None => self.failed(CliError::NothingFound(path.to_owned())),
            Some(Item::Broken(label, why)) if !readable => {
                let why = format!("{label}: {why}");
                self.failed(CliError::Broken {
                    path: path.to_owned(),
                    why,
                });
            }
            _ => {}
        }
    }

    /// What is in a file, or in the files of an archive.
    fn find(&mut self, path: &Path, bytes: &[u8]) {
        if !archive::is_archive(&bytes[..bytes.len().min(archive::HEAD)]) {
            return self.find_in(path, bytes);
        }
        match archive::files(Cursor::new(bytes)) {
            Ok(files) => {
                for file in files {
                    self.find_in(&path.join(&file.name), &file.bytes);
                }
            }
            Err(error) => self.note(path, &error.to_string()),
        }
    }

    fn find_in(&mut self, path: &Path, bytes: &[u8]) {
        let found = find::find(&path.to_string_lossy(), bytes, &mut self.password);
        self.found.extend(found);
    }

    /// The first failure is the command's; further ones are said at once.
    fn failed(&mut self, error: CliError) {
        if let Some(earlier) = self.failure.replace(error) {
            show::error(&earlier);
        }
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        let is_new = folder
            .canonicalize()
            .is_ok_and(|real| self.seen.insert(real));
        if !is_new {
            return;
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => return self.note(folder, &error.to_string()),
        };
        let mut paths: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .collect();
        paths.sort();
        for path in paths {
            self.entry(&path, depth);
        }
    }

    /// What lies in a folder: pipes and devices are left alone.
    fn entry(&mut self, path: &Path, depth: usize) {
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() && depth > 0 => self.folder(path, depth - 1),
            Ok(metadata) if metadata.is_dir() => self.note(path, "folders nest too deep"),
            Ok(metadata) if metadata.is_file() => match input::read(path) {
                Ok(bytes) => self.find(path, &bytes),
                Err(error) => self.note(path, &error.to_string()),
            },
            Ok(_) => {}
            Err(error) => self.note(path, &error.to_string()),
        }
    }

    fn note_broken(&self) {
        for found in self.found.iter().filter(|_| !self.quiet) {
            if let Item::Broken(label, why) = &found.item {
                show::note(&format!("{}: {label}: {why}", found.place));
            }
        }
    }

    fn note(&self, path: &Path, why: &str) {
        if !self.quiet {
            show::note(&format!("{}: {why}", path.display()));
        }
    }
}

//! `kubepki audit --log`: what components say, line by line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use audit::Report;
use audit::log::{LINE_LIMIT, Log, component_in_name};

use crate::error::CliError;

/// What the logs say; `None` when there are none.
pub(super) fn read(paths: &[PathBuf], report: &Report) -> Result<Option<Log>, CliError> {
    let mut log = Log::beside(report);
    for path in paths {
        let read = match path == Path::new("-") {
            true => add(&mut log, path, io::stdin().lock()),
            false => File::open(path)
                .and_then(|file| add(&mut log, path, BufReader::with_capacity(1 << 16, file))),
        };
        read.map_err(|source| CliError::Input {
            path: path.clone(),
            source,
        })?;
    }
    Ok((!paths.is_empty()).then_some(log))
}

/// Line by line, of which only so much is kept at once as is looked at.
fn add(log: &mut Log, path: &Path, mut source: impl BufRead) -> io::Result<()> {
    let name = path.to_string_lossy();
    let speaker = component_in_name(&name);
    let name: Arc<str> = name.into();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let limit = LINE_LIMIT as u64;
        source.by_ref().take(limit).read_until(b'\n', &mut line)?;
        if line.is_empty() {
            break;
        }
        log.add(&name, number, speaker, &line);
        if line.last() != Some(&b'\n') && line.len() as u64 == limit {
            source.skip_until(b'\n')?;
        }
    }
    Ok(())
}

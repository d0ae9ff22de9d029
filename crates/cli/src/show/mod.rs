//! How things are shown: results on standard output, everything else on standard error.

pub mod table;
pub mod yaml;

use std::io::{ErrorKind, Write};

use anstyle::{AnsiColor, Style};

use crate::error::CliError;

/// Writes a result. A reader that went away (`| head`) is not an error.
pub fn stdout(bytes: &[u8]) -> Result<(), CliError> {
    let mut out = anstream::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}

/// Prints an error and, when there is one, a hint.
pub fn error(error: &CliError) {
    let red = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    anstream::eprintln!("{red}error{red:#}: {error}");
    if let Some(hint) = error.hint() {
        let cyan = Style::new().bold().fg_color(Some(AnsiColor::Cyan.into()));
        anstream::eprintln!("{cyan}hint{cyan:#}: {hint}");
    }
}

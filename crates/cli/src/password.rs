//! The password for what is encrypted: from a file, or asked for once at the terminal.

use std::io::{IsTerminal, stderr, stdin};
use std::path::Path;

use zeroize::Zeroizing;

use crate::error::CliError;
use crate::input;

/// Where the password comes from.
#[derive(Default)]
pub struct Password {
    known: Option<Zeroizing<String>>,
    may_ask: bool,
}

impl Password {
    /// The first line of a file; without one, it is asked for when it is needed and somebody is
    /// there to ask.
    ///
    /// # Errors
    /// When the file cannot be read or is no text.
    pub fn new(file: Option<&Path>) -> Result<Self, CliError> {
        let Some(file) = file else {
            let may_ask = stdin().is_terminal() && stderr().is_terminal();
            return Ok(Password {
                known: None,
                may_ask,
            });
        };
        let bytes = Zeroizing::new(input::read(file)?);
        let text = std::str::from_utf8(&bytes).map_err(|_| CliError::Input {
            path: file.to_owned(),
            source: std::io::Error::other("it is no UTF-8"),
        })?;
        let line = text.lines().next().unwrap_or_default();
        let known = Some(Zeroizing::new(line.to_owned()));
        Ok(Password {
            known,
            may_ask: false,
        })
    }

    /// The password, asked for at most once.
    pub fn get(&mut self) -> Option<Zeroizing<String>> {
        self.ask("Password: ")
    }

    /// As [`Password::get`], with what to say when it is asked for.
    pub fn ask(&mut self, prompt: &str) -> Option<Zeroizing<String>> {
        if self.known.is_none() && self.may_ask {
            self.may_ask = false;
            self.known = rpassword::prompt_password(prompt).ok().map(Zeroizing::new);
        }
        self.known.clone()
    }
}

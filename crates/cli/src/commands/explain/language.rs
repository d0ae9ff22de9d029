//! The languages that explanations are given in.

use clap::ValueEnum;

use super::korean;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Language {
    /// English.
    En,
    /// Korean.
    Ko,
}

impl Language {
    /// What the environment asks for (POSIX 8.2: the first that is set counts).
    pub fn of_the_locale() -> Self {
        let variables = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let values = variables
            .into_iter()
            .filter_map(|name| std::env::var(name).ok());
        Language::of(values)
    }

    /// Of the first value that is not empty.
    fn of(mut values: impl Iterator<Item = String>) -> Self {
        match values.find(|value| !value.is_empty()) {
            Some(value)
                if value == "ko" || value.starts_with("ko_") || value.starts_with("ko.") =>
            {
                Language::Ko
            }
            _ => Language::En,
        }
    }

    /// Its code, ISO 639-1.
    pub fn code(self) -> &'static str {
        match self {
            Language::En => "en",
            Language::Ko => "ko",
        }
    }

    /// What stands between two sentences that belong together.
    pub fn semicolon(self) -> &'static str {
        match self {
            Language::En => "; ",
            Language::Ko => ". ",
        }
    }

    /// A text in this language; in English where it was not translated.
    pub fn say(self, english: &'static str) -> &'static str {
        match self {
            Language::En => english,
            Language::Ko => korean(english).unwrap_or(english),
        }
    }
}

/// The Korean of a text of the catalogue, of the rules or of this command.
pub(super) fn korean(english: &str) -> Option<&'static str> {
    let tables = [
        cluster::catalogue::KOREAN,
        audit::rules::KOREAN,
        korean::KOREAN,
    ];
    let mut rows = tables.into_iter().flatten();
    rows.find(|row| row.0 == english).map(|row| row.1)
}

/// Puts what varies into a text, one for each `{}`.
pub fn fill(text: &str, parts: &[&str]) -> String {
    let mut pieces = text.split("{}");
    let mut filled = pieces.next().unwrap_or_default().to_owned();
    for (at, piece) in pieces.enumerate() {
        filled.push_str(parts.get(at).unwrap_or(&""));
        filled.push_str(piece);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_variable_that_is_set_counts() {
        let of = |values: &[&str]| Language::of(values.iter().map(|value| (*value).to_owned()));
        assert_eq!(of(&["ko_KR.UTF-8", "en_US.UTF-8"]), Language::Ko);
        assert_eq!(of(&["", "ko"]), Language::Ko);
        assert_eq!(of(&["C", "ko_KR.UTF-8"]), Language::En);
        assert_eq!(of(&["kok_IN"]), Language::En);
        assert_eq!(of(&[]), Language::En);
    }

    #[test]
    fn what_varies_stands_where_it_should() {
        assert_eq!(fill("{} and {}", &["a", "b"]), "a and b");
        assert_eq!(fill("{}{}", &["a"]), "a");
    }
}

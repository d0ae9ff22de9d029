//! Just enough of a shell's grammar to find the command line of a program inside a wrapper script.

use crate::arguments::NAME_LIMIT;
use crate::component::Component;

/// How much the variables of a script may stand for in all, in bytes.
const EXPANSION_LIMIT: usize = 1 << 20;

/// A word of a script, without its quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShellWord {
    /// The word.
    pub text: String,
    /// Where it starts in the script, in bytes.
    pub offset: usize,
}

/// Whether a container's first words start a shell on a script, and which word is the script.
pub(crate) fn script_of(words: &[&str]) -> Option<usize> {
    let shell = words.first()?.rsplit('/').next()?;
    if !matches!(shell, "sh" | "bash" | "ash" | "dash" | "busybox") {
        return None;
    }
    let flag = words
        .iter()
        .position(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('c'))?;
    Some(flag + 1)
}

/// The command line of the first component's program that a script starts: the component and the
/// words behind its name.
pub(crate) fn command_line(
    script: &str,
    variable: impl Fn(&str) -> Option<String>,
) -> Option<(Component, Vec<ShellWord>)> {
    let commands = split(script, variable);
    commands.into_iter().find_map(|words| {
        let program = |word: &ShellWord| Component::from_program(word.text.rsplit('/').next()?);
        let at = words.iter().position(|word| program(word).is_some())?;
        Some((program(&words[at])?, words[at + 1..].to_vec()))
    })
}

/// Splits a line into words, as systemd and environment files have them: no operators.
pub(crate) fn words(line: &str) -> Vec<ShellWord> {
    split(line, |_| None).into_iter().flatten().collect()
}

/// The commands of a script, each a list of words.
fn split(script: &str, variable: impl Fn(&str) -> Option<String>) -> Vec<Vec<ShellWord>> {
    let mut splitter = Splitter {
        commands: vec![Vec::new()],
        word: None,
    };
    let mut chars = script.char_indices().peekable();
    let mut quote = None;
    let mut expanded = 0;
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                splitter.open(at);
            }
            (None | Some('"'), '\\') => match chars.next() {
                Some((_, '\n')) | None => {}
                Some((_, escaped)) => splitter.push(at, escaped),
            },
            (None | Some('"'), '$') => {
                let rest = &script[at + 1..];
                let known = reference(rest).filter(|_| expanded < EXPANSION_LIMIT);
                match known.and_then(|(name, used)| Some((variable(name)?, used))) {
                    Some((value, used)) => {
                        expanded += value.len();
                        value.chars().for_each(|c| splitter.push(at, c));
                        while chars.next_if(|(next, _)| *next < at + 1 + used).is_some() {}
                    }
                    None => splitter.push(at, '$'),
                }
            }
            (None, '#') if splitter.word.is_none() => {
                while chars.next_if(|(_, c)| *c != '\n').is_some() {}
            }
            (None, '\n' | ';' | '&' | '|') => splitter.end_command(),
            (None, c) if c.is_whitespace() => splitter.end_word(),
            (_, c) => splitter.push(at, c),
        }
    }
    splitter.end_command();
    splitter.commands
}

/// The variable named behind a `$`, and how many bytes the reference takes.
fn reference(rest: &str) -> Option<(&str, usize)> {
    if let Some(inner) = rest.strip_prefix('{') {
        let end = inner.bytes().take(NAME_LIMIT).position(|b| b == b'}')?;
        return Some((&inner[..end], end + 2));
    }
    let in_name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let end = rest.bytes().take(NAME_LIMIT).take_while(in_name).count();
    (end > 0).then_some((&rest[..end], end))
}

struct Splitter {
    commands: Vec<Vec<ShellWord>>,
    word: Option<ShellWord>,
}

impl Splitter {
    fn open(&mut self, at: usize) -> &mut ShellWord {
        self.word.get_or_insert_with(|| ShellWord {
            text: String::new(),
            offset: at,
        })
    }

    fn push(&mut self, at: usize, c: char) {
        self.open(at).text.push(c);
    }

    fn end_word(&mut self) {
        if let (Some(word), Some(command)) = (self.word.take(), self.commands.last_mut()) {
            command.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.commands.push(Vec::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(words: &[ShellWord]) -> Vec<&str> {
        words.iter().map(|word| &*word.text).collect()
    }

    #[test]
    fn finds_the_program_in_a_wrapper() {
        let script = "set -e # first\nexport A=1; exec /usr/bin/kube-apiserver --a=\"x y\" \\\n  --b='$Z' --ip=${IP}:$PORT >> /log 2>&1\n";
        let variable = |name: &str| (name != "Z").then(|| format!("<{name}>"));
        let (component, words) = command_line(script, variable).unwrap();
        assert_eq!(component, Component::KubeApiserver);
        let seen = texts(&words);
        assert_eq!(seen[..3], ["--a=x y", "--b=$Z", "--ip=<IP>:<PORT>"]);
        assert!(script[words[1].offset..].starts_with("--b="));
        assert_eq!(command_line("sleep 1 && true", |_| None), None);
    }

    #[test]
    fn knows_a_shell() {
        assert_eq!(script_of(&["/bin/sh", "-c", "x"]), Some(2));
        assert_eq!(script_of(&["bash", "-ec", "x"]), Some(2));
        assert_eq!(script_of(&["etcd", "-c", "x"]), None);
        assert_eq!(script_of(&["sh", "x"]), None);
    }

    #[test]
    fn splits_lines() {
        assert_eq!(
            texts(&words("a  'b c' \"d\"e \\f")),
            ["a", "b c", "de", "f"]
        );
        assert_eq!(texts(&words("'open")), ["open"]);
        assert!(words("").is_empty());
    }
}

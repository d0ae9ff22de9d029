//! Explanations as people read them.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use cluster::draw::printable;
use unicode_width::UnicodeWidthStr;

use super::wrap::wrap;
use crate::commands::explain::Language;
use crate::commands::explain::explanation::{Explanation, Look, Read, Wrong};
use crate::commands::explain::reloads::Group;

/// How far what belongs to a heading is indented.
const INDENT: usize = 2;

/// Text reads badly in wider lines.
const WIDEST: usize = 100;

const HEADING: Style = Style::new().bold();
const COMMAND: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Cyan)));
const SAID: Style = Style::new().fg_color(Some(anstyle::Color::Ansi(AnsiColor::Red)));

/// An explanation in lines of at most `columns`, but for commands, paths and what components say.
pub fn explanation(explanation: &Explanation, language: Language, columns: usize) -> String {
    let mut page = Page {
        text: String::new(),
        width: columns.min(WIDEST),
    };
    page.heading(&explanation.name);
    for paragraph in &explanation.what {
        page.paragraph(paragraph, INDENT);
    }
    page.facts(explanation);
    page.reads(explanation, language);
    let plain = [
        ("Has to agree", &explanation.agrees),
        ("Without it", &explanation.without),
    ];
    page.list(language.say(plain[0].0), plain[0].1);
    page.wrongs(language.say("When it is wrong"), &explanation.wrong);
    page.list(language.say(plain[1].0), plain[1].1);
    page.looks(language.say("Look at it"), &explanation.look);
    page.here(explanation, language);
    if !explanation.see.is_empty() {
        page.section(language.say("See also"));
        // A name with a blank in it stays in one line.
        let names = explanation
            .see
            .iter()
            .map(|name| name.replace(' ', "\u{a0}"));
        page.paragraph(&names.collect::<Vec<_>>().join(", "), INDENT);
    }
    page.text
}

/// Names below their headings.
pub fn list(groups: &[(&'static str, Vec<String>)], columns: usize) -> String {
    let mut page = Page {
        text: String::new(),
        width: columns.min(WIDEST),
    };
    for (heading, names) in groups {
        if !page.text.is_empty() {
            page.text.push('\n');
        }
        page.heading(heading);
        let names = names.iter().map(|name| name.replace(' ', "\u{a0}"));
        page.paragraph(&names.collect::<Vec<_>>().join(", "), INDENT);
    }
    page.text
}

/// When every setting is read again, below the headings of whose they are.
pub fn reloads(groups: &[Group], columns: usize) -> String {
    let mut page = Page {
        text: String::new(),
        width: columns.min(WIDEST),
    };
    for group in groups {
        if !page.text.is_empty() {
            page.text.push('\n');
        }
        page.heading(group.whose);
        for (setting, reads) in &group.settings {
            page.item("", setting);
            reads.iter().for_each(|read| page.read(read, INDENT + 4));
        }
    }
    page.text
}

struct Page {
    text: String,
    width: usize,
}

impl Page {
    fn heading(&mut self, text: &str) {
        let _ = writeln!(self.text, "{HEADING}{text}{HEADING:#}");
    }

    fn section(&mut self, heading: &str) {
        self.text.push('\n');
        self.heading(heading);
    }

    /// Wrapped text, each line indented.
    fn paragraph(&mut self, text: &str, indent: usize) {
        for line in wrap(text, self.width.saturating_sub(indent)).lines() {
            let _ = writeln!(self.text, "{:indent$}{line}", "");
        }
    }

    /// A text whose first line begins with a mark, and whose others stand below it.
    fn item(&mut self, mark: &str, text: &str) {
        let indent = INDENT + mark.width();
        let mut before = format!("{:INDENT$}{mark}", "");
        for line in wrap(text, self.width.saturating_sub(indent)).lines() {
            let _ = writeln!(self.text, "{before}{line}");
            before = " ".repeat(indent);
        }
    }

    fn facts(&mut self, explanation: &Explanation) {
        let facts = &explanation.facts;
        let widest = facts
            .iter()
            .map(|fact| fact.label.width())
            .max()
            .unwrap_or(0);
        if !facts.is_empty() {
            self.text.push('\n');
        }
        for fact in facts {
            let mark = format!("{}{:2$}", fact.label, "", widest + 2 - fact.label.width());
            self.item(&mark, &fact.value);
        }
    }

    fn reads(&mut self, explanation: &Explanation, language: Language) {
        if explanation.read.is_empty() {
            return;
        }
        self.section(language.say("Read"));
        explanation
            .read
            .iter()
            .for_each(|read| self.read(read, INDENT));
    }

    fn read(&mut self, read: &Read, indent: usize) {
        match &*read.versions {
            "" => self.paragraph(&read.when, indent),
            versions => self.paragraph(
                &format!("{}: {}", versions.replace(' ', "\u{a0}"), read.when),
                indent,
            ),
        }
    }

    fn list(&mut self, heading: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.section(heading);
        for item in items {
            self.item("- ", item);
        }
    }

    fn wrongs(&mut self, heading: &str, wrongs: &[Wrong]) {
        if wrongs.is_empty() {
            return;
        }
        self.section(heading);
        let mut before = ("", "");
        for wrong in wrongs {
            let is_same = (wrong.when, wrong.effect) == before;
            before = (wrong.when, wrong.effect);
            match (is_same, wrong.effect) {
                (true, _) => {}
                (false, "") => self.item("- ", wrong.when),
                (false, effect) => self.item("- ", &format!("{}: {effect}", wrong.when)),
            }
            if !wrong.says.is_empty() {
                let _ = writeln!(self.text, "{:6}{SAID}{}{SAID:#}", "", wrong.says);
            }
        }
    }

    fn looks(&mut self, heading: &str, looks: &[Look]) {
        if looks.is_empty() {
            return;
        }
        self.section(heading);
        for look in looks {
            self.item("- ", &look.what);
            let _ = writeln!(self.text, "{:6}{COMMAND}{}{COMMAND:#}", "", look.command);
        }
    }

    fn here(&mut self, explanation: &Explanation, language: Language) {
        let Some(rows) = &explanation.here else {
            return;
        };
        self.section(language.say("Here"));
        if rows.is_empty() {
            self.paragraph(
                language.say("it is not set, and no file of its name is there"),
                INDENT,
            );
        }
        for row in rows {
            self.item("", &printable(&row.place));
            self.paragraph(&printable(&row.value), INDENT + 4);
        }
    }
}

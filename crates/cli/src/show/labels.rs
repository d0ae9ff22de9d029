//! Lines of a label and a text, whose further lines stand below its first.

use anstyle::Style;
use cluster::draw::printable;

use super::wrap::wrap;

/// How wide the column of labels is.
const LABEL: usize = 12;

/// Adds one, no wider than `width`.
pub fn push(out: &mut String, label: &str, text: &str, style: Style, width: usize) {
    let faint = Style::new().dimmed();
    let room = width.saturating_sub(LABEL + 4).max(20);
    let wrapped = wrap(&printable(text), room);
    for (index, part) in wrapped
        .lines()
        .flat_map(|line| pieces(line, room))
        .enumerate()
    {
        let label = if index == 0 { label } else { "" };
        out.push_str(&format!(
            "  {faint}{label:LABEL$}{faint:#} {style}{part}{style:#}\n"
        ));
    }
}

/// A word longer than a line, such as a fingerprint, in pieces of whole pairs of digits.
fn pieces(line: &str, room: usize) -> Vec<String> {
    if line.chars().count() <= room {
        return vec![line.to_owned()];
    }
    let characters: Vec<char> = line.chars().collect();
    let pieces = characters.chunks(room - room % 3);
    pieces.map(String::from_iter).collect()
}

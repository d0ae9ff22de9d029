//! Rows of cells under headings, in columns as wide as kubeadm makes them.

use anstyle::Style;

/// A table. Columns are as wide as their longest cell and three blanks, at least ten
/// (`k8s.io/cli-runtime/pkg/printers`, tabwriter's settings).
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

/// One cell.
pub struct Cell {
    text: String,
    style: Style,
}

impl Table {
    /// With these headings.
    pub fn new<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        let headings = headings.into_iter().map(Cell::from);
        Table {
            rows: vec![headings.collect()],
        }
    }

    /// Adds a row.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// The lines; no line ends in blanks.
    pub fn render(&self) -> String {
        let count = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let cells = |column: usize| self.rows.iter().filter_map(move |row| row.get(column));
        let widths: Vec<usize> = (0..count)
            .map(|column| cells(column).map(Cell::width).max().unwrap_or(0))
            .map(|width| (width + 3).max(10))
            .collect();
        let line = |row: &Vec<Cell>| {
            let mut line = String::new();
            let filled = row
                .iter()
                .rposition(|cell| !cell.text.is_empty())
                .map_or(0, |at| at + 1);
            for (at, (cell, width)) in row.iter().zip(&widths).enumerate().take(filled) {
                line.push_str(&cell.styled());
                if at + 1 < filled {
                    line.push_str(&" ".repeat(width - cell.width()));
                }
            }
            line + "\n"
        };
        self.rows.iter().map(line).collect()
    }
}

impl Cell {
    /// In a colour.
    pub fn with_style(text: impl Into<String>, style: Style) -> Self {
        Cell {
            style,
            ..Cell::from(text.into())
        }
    }

    fn width(&self) -> usize {
        self.text.chars().count()
    }

    fn styled(&self) -> String {
        format!("{}{}{:#}", self.style, self.text, self.style)
    }
}

impl<T: Into<String>> From<T> for Cell {
    /// A cell shows no control characters, whatever file its text comes from.
    fn from(text: T) -> Self {
        Cell {
            text: cluster::draw::printable(&text.into()),
            style: Style::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        let mut table = Table::new(["A", "LONG HEADING", "C"]);
        table.push(vec!["x\u{1b}[0m".into(), "".into(), "z".into()]);
        table.push(vec!["only".into(), "".into(), "".into()]);
        let blank = " ".repeat(15 + 4);
        let lines = format!("A         LONG HEADING   C\nx\u{fffd}[0m{blank} z\nonly\n");
        assert_eq!(table.render(), lines);
    }
}

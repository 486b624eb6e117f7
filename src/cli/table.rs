//! Tables: aligned columns to read, or CSV to work on.

use std::io::{self, Write};

/// A table; its columns' widths come from its cells.
pub(super) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// The columns that hold numbers, which are aligned to the right.
    numbers: Vec<bool>,
}

impl Table {
    /// An empty table. A column whose heading begins with `#` holds numbers; the sign is not shown.
    pub(super) fn new(head: &[&'static str]) -> Self {
        Self {
            head: head
                .iter()
                .map(|name| name.trim_start_matches('#'))
                .collect(),
            rows: Vec::new(),
            numbers: head.iter().map(|name| name.starts_with('#')).collect(),
        }
    }

    pub(super) fn push<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.into());
    }

    /// Writes it with aligned columns, the heading first.
    pub(super) fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([self.head[column].len()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let head: Vec<String> = self.head.iter().map(|&name| name.to_owned()).collect();
        for row in std::iter::once(&head).chain(&self.rows) {
            let cells = row.iter().zip(&widths).zip(&self.numbers);
            let line: Vec<String> = cells
                .map(|((cell, &width), &number)| {
                    if number {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    }
                })
                .collect();
            writeln!(out, "{}", line.join("  ").trim_end())?;
        }
        Ok(())
    }

    /// Writes it as CSV (RFC 4180, but with plain line ends), the heading first.
    pub(super) fn write_csv(&self, out: &mut impl Write) -> io::Result<()> {
        let head: Vec<&str> = self.head.iter().map(|name| name.trim()).collect();
        writeln!(out, "{}", head.join(",").replace(' ', "_"))?;
        for row in &self.rows {
            let cells: Vec<String> = row.iter().map(|cell| quoted(cell)).collect();
            writeln!(out, "{}", cells.join(","))?;
        }
        Ok(())
    }
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table = Table::new(&["entry", "#shown", "last day"]);
        table.push(["sore".into(), "1204".into(), "today, \"now\"".into()]);
        table.push(["größe".into(), "7".into(), "x".into()]);
        table
    }

    fn text(write: impl Fn(&mut Vec<u8>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut out).expect("memory can be written");
        String::from_utf8(out).expect("it was text")
    }

    #[test]
    fn columns_are_aligned_and_numbers_to_the_right() {
        assert_eq!(
            text(|out| table().write(out)),
            "entry  shown  last day\nsore    1204  today, \"now\"\ngröße      7  x\n"
        );
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        assert_eq!(
            text(|out| table().write_csv(out)),
            "entry,shown,last_day\nsore,1204,\"today, \"\"now\"\"\"\ngröße,7,x\n"
        );
    }
}

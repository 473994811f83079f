//! A table that can be read as it is, and pasted into a README.

use std::fmt;

/// A table with a line above it.
pub(crate) struct Table {
    about: String,
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table without rows. `about` says what was measured, and how.
    pub(crate) fn new(about: impl Into<String>, head: &[&str]) -> Self {
        Self {
            about: about.into(),
            head: head.iter().map(|&cell| cell.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row, of as many cells as the head has.
    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn width(&self, column: usize) -> usize {
        let cells = self
            .rows
            .iter()
            .chain([&self.head])
            .filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.about)?;
        let rule: Vec<String> = (0..self.head.len())
            .map(|column| "-".repeat(self.width(column)))
            .collect();
        for row in [&self.head, &rule].into_iter().chain(&self.rows) {
            write!(f, "|")?;
            for (column, cell) in row.iter().enumerate() {
                write!(f, " {cell:width$} |", width = self.width(column))?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

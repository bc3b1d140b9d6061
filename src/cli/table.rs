//! Columns of text for people: each as wide as its widest cell, two spaces apart, none after the last.

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::console::styled;

/// A harmless text in a style.
pub struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub fn new(text: impl Into<String>) -> Cell {
        Cell::styled(Style::new(), text)
    }

    pub fn styled(style: Style, text: impl Into<String>) -> Cell {
        Cell { text: text.into(), style }
    }
}

/// The rows as lines, each ending in a line feed.
pub fn lines(rows: &[Vec<Cell>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |cell: &Cell| cell.text.width();
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(width).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for row in rows {
        let last = row.iter().rposition(|cell| !cell.text.is_empty());
        let shown = last.map_or(0, |last| last + 1);
        for (column, cell) in row[..shown].iter().enumerate().filter(|(column, _)| widths[*column] > 0) {
            text.push_str(&styled(cell.style, &cell.text));
            if column + 1 < shown {
                text.push_str(&" ".repeat(widths[column] - width(cell) + 2));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let row = |cells: [&str; 4]| cells.map(Cell::new).into_iter().collect();
        let rows = vec![row(["a", "", "漢", "1"]), row(["long", "", "é", ""])];
        assert_eq!(lines(&rows), "a     漢  1\nlong  é\n");
    }
}

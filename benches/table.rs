//! A table of figures, as Markdown.

pub struct Table {
    title: &'static str,
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(title: &'static str, head: &[&'static str]) -> Table {
        Table { title, head: head.to_vec(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: &[String]) {
        self.rows.push(cells.to_vec());
    }

    pub fn print(&self) {
        println!("**{}**\n", self.title);
        println!("| {} |", self.head.join(" | "));
        println!("|{}", " --- |".repeat(self.head.len()));
        for row in &self.rows {
            println!("| {} |", row.join(" | "));
        }
        println!();
    }
}

/// A number with three digits that count.
pub fn short(x: f64) -> String {
    match x {
        x if x >= 10_000.0 => format!("{:.0}k", x / 1_000.0),
        x if x >= 1_000.0 => format!("{:.1}k", x / 1_000.0),
        x if x >= 100.0 => format!("{x:.0}"),
        x if x >= 10.0 => format!("{x:.1}"),
        x => format!("{x:.2}"),
    }
}

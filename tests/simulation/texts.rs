//! Steps with their clauses, and expressions, over the names that are visible.

use super::builder::{StepText, call, step, wait};
use super::generate::{Around, Generator, Kind, SIGNALS};

impl Generator {
    pub fn effect(&mut self, around: &Around) -> StepText {
        let n = self.int(around);
        let text = step(&self.name("s")).arg("n", &n);
        let text = self.clauses(text, "#{ code: 9, n: err.attempt }");
        if self.random.percent(45) { self.undone(text, around) } else { text }
    }

    pub fn child(&mut self, around: &Around) -> StepText {
        let (workflow, n) = (self.random.of(&self.later.clone()), self.int(around));
        let text = call(&self.name("k"), workflow).arg("n", &n);
        let text = self.clauses(text, "#{ out: err.attempt }");
        if self.random.percent(30) { self.undone(text, around) } else { text }
    }

    pub fn wait(&mut self) -> StepText {
        let signal = self.random.of(&SIGNALS);
        let text = wait(&self.name("q"), signal);
        let text = if self.random.percent(80) { text.timeout(self.random.of(&["0s", "5s", "20s"])) } else { text };
        if self.random.percent(50) { text.otherwise("err.kind") } else { text }
    }

    fn clauses(&mut self, mut text: StepText, otherwise: &str) -> StepText {
        let random = &mut self.random;
        if random.percent(30) {
            text = text.timeout(random.of(&["2s", "6s", "20s"]));
        }
        if random.percent(15) {
            text = text.within(random.of(&["8s", "25s"]));
        }
        if random.percent(45) {
            text = text.retry(random.of(&["0", "1", "2", "3"]));
            if random.percent(70) {
                let (from, to) = if random.percent(50) { ("1s", "1s") } else { ("500ms", "8s") };
                text = text.every(from, to);
            }
            if random.percent(40) {
                let conditions =
                    ["err.kind == \"exec\"", "err.attempt < 2", "true", "random() < 0.5", "err.data.code == 1"];
                text = text.when(random.of(&conditions));
            }
        }
        if random.percent(20) { text.otherwise(otherwise) } else { text }
    }

    fn undone(&mut self, text: StepText, around: &Around) -> StepText {
        let x = match self.random.below(8) {
            0 => format!("{}.n", text.name),
            1 => "random()".to_string(),
            2..=4 => text.name.clone(),
            _ => self.int(around),
        };
        let undo = step("undo").arg("x", &x);
        let undo = if self.random.percent(20) { undo } else { undo.retry("2").every("1s", "2s") };
        let undo = if self.random.percent(20) { undo.timeout("3s") } else { undo };
        let undo = if self.random.percent(10) { undo.within("30s") } else { undo };
        text.undo(if self.random.percent(20) { undo.otherwise("()") } else { undo })
    }

    /// A visible name of that kind, where there is one.
    pub fn var(&mut self, around: &Around, kind: Kind) -> Option<String> {
        let names: Vec<&String> = around.vars.iter().filter(|v| v.kind == kind).map(|v| &v.name).collect();
        let at = self.random.below(names.len() as u64) as usize;
        names.get(at).map(|name| name.to_string())
    }

    pub fn int(&mut self, around: &Around) -> String {
        let literal = self.random.below(9).to_string();
        match self.random.below(6) {
            0 => literal,
            1 => self.var(around, Kind::Effect).map_or(literal, |name| format!("{name}.n")),
            2 => self.var(around, Kind::Child).map_or(literal, |name| format!("{name}.out")),
            3 => self.var(around, Kind::Int).map_or(literal, |name| name),
            4 => self.var(around, Kind::Int).map_or(literal.clone(), |name| format!("({name} + {literal}) % 10")),
            _ => self.var(around, Kind::Int).map_or(literal.clone(), |name| format!("({name} * 3 + {literal}) % 7")),
        }
    }

    pub fn bool(&mut self, around: &Around) -> String {
        match self.random.below(6) {
            0 => "true".into(),
            1 => self.var(around, Kind::Effect).map_or("false".into(), |name| format!("{name}.code == 0")),
            2 => self.var(around, Kind::Error).map_or("true".into(), |name| format!("{name}.kind == \"exec\"")),
            _ => format!("{} < {}", self.int(around), 2 + self.random.below(6)),
        }
    }

    /// What a `fail` is given.
    pub fn failure(&mut self, around: &Around) -> String {
        match self.random.below(3) {
            0 => self.var(around, Kind::Error).unwrap_or("\"no\"".into()),
            1 => format!("#{{ kind: \"own\", message: \"m\", data: {} }}", self.int(around)),
            _ => "\"no\"".into(),
        }
    }

    pub fn any(&mut self, around: &Around) -> String {
        let names: Vec<String> = around.vars.iter().map(|v| v.name.clone()).collect();
        let at = self.random.below(names.len() as u64 + 1) as usize;
        names.get(at).cloned().unwrap_or("\"text\"".into())
    }
}

//! The forms that a keyword begins, as a list of what must follow, and the first thing that doesn't.

use crate::diag::Diagnostic;

use super::super::codes;
use super::line::{Line, Thing, What, line, shortened};
use super::name::{bad_name, breaks_name};
use super::rest::unexpected;
use super::{at, example::example, words};

/// One thing that a form wants; the text says what it is for people.
#[derive(Clone, Copy)]
enum Want {
    Name(&'static str),
    Sign(u8, &'static str),
    Word(&'static str),
    Value(&'static str),
    Text(&'static str),
    /// A name with dots.
    Path(&'static str),
    /// `(…)`
    Round(&'static str),
    Block,
    /// What may stand behind `step x =`.
    Target,
    /// The rest may follow where the word stands.
    If(&'static str, &'static [Want]),
}

use Want::{Block, If, Name, Path, Round, Sign, Target, Text, Value, Word};

const PARAMETERS: Want = Round("parameters in parentheses");

/// What follows a word that begins a statement, a declaration, a clause or a line of a test.
fn form(word: &str) -> Option<&'static [Want]> {
    Some(match word {
        "step" => &[Name("a name for the step"), Sign(b'=', "`=`"), Target],
        "let" => &[Name("a name for the variable"), Sign(b'=', "`=`"), Value("a value")],
        "const" => &[Name("a name for the constant"), Sign(b'=', "`=`"), Value("a value")],
        "if" | "while" => &[Value("a condition"), Block],
        "for" => &[
            Name("a name for the item"),
            If(",", &[Name("a name for the index")]),
            Word("in"),
            Value("a list"),
            If("parallel", &[Value("the number of items at once")]),
            Block,
        ],
        "else" | "parallel" | "race" | "try" | "finally" | "input" | "output" => &[Block],
        "branch" => &[Name("a name for the branch"), Block],
        "catch" => &[If("", &[Name("a name for the error")]), Block],
        "workflow" => &[Name("a name for the workflow"), Block],
        "action" => &[Name("a name for the action"), PARAMETERS, Block],
        "fn" => &[Name("a name for the function"), PARAMETERS, Block],
        "test" => &[Text("the test's name in quotes"), If("of", &[Name("a workflow's name")]), Block],
        "sleep" => &[If("until", &[Value("a time")]), Value("a duration")],
        "timeout" | "within" | "retention" | "advance" => &[Value("a duration")],
        "fail" => &[Value("what went wrong")],
        "yield" | "else-clause" => &[Value("a value")],
        "input-line" => &[Value("a map of inputs")],
        "log" | "emit" | "respond" | "restart" => &[Round("arguments in parentheses")],
        "send" => &[Path("WORKFLOW.SIGNAL"), Round("arguments in parentheses"), Word("to"), Value("a key")],
        "signal" => &[Name("a name for the signal"), If("to", &[Value("a key")])],
        "on" => &[Name("a kind of trigger")],
        "concurrency" => &[Value("a number of runs")],
        "run" => &[Word("as"), Text("an account's name in quotes")],
        "as" | "overlap" => &[Name("a name")],
        "when" => &[Value("a condition")],
        "with" => &[Value("a map of inputs")],
        "per" => &[Value("a value to count by")],
        "every" => &[Value("a duration")],
        "retry" => &[Value("how many times")],
        "rate_limit" => &[Value("a rate such as `\"20/s\"`")],
        "undo" => &[Path("an action"), Round("arguments in parentheses")],
        "wait" => &[Target],
        "given" => &[Name("a trigger's name or kind")],
        "headers" => &[Value("a map of headers")],
        "mock" | "answer" => &[Path("a step's path"), Sign(b'=', "`=`"), Value("a value")],
        "secret" => &[Name("the secret's name"), Sign(b'=', "`=`"), Value("a text")],
        "crash" => &[Word("after"), Path("a step's path")],
        "expect" => &[Value("a condition")],
        _ => return None,
    })
}

/// Something is missing in what the word at `from` begins: what, and where what was looked at ends.
/// `form` is the name of the form where the word alone doesn't tell.
pub(in super::super) fn lack(text: &str, from: usize, form: Option<&'static str>) -> (Diagnostic, usize) {
    let whole = line(text, from);
    match form {
        Some(form) => (explain_as(form, &whole), whole.end),
        None => (explain(&whole), head_end(&whole)),
    }
}

/// A head ends before its block, whose statements are told of by themselves.
fn head_end(line: &Line) -> usize {
    let block = line.things.iter().find(|t| t.what == What::Block);
    block.map_or(line.end, |t| t.start)
}

/// What the form of the line's first word lacks.
pub(super) fn explain(line: &Line) -> Diagnostic {
    match line.word(0) {
        "use" => using(line),
        word => explain_as(word, line),
    }
}

pub(super) fn explain_as(keyword: &str, line: &Line) -> Diagnostic {
    let mut walk = Walk { line, next: 1, keyword };
    let fault = form(keyword).and_then(|wants| walk.all(wants));
    fault.unwrap_or_else(|| walk.beyond())
}

struct Walk<'l, 'a> {
    line: &'l Line<'a>,
    next: usize,
    keyword: &'l str,
}

impl Walk<'_, '_> {
    /// The first want that isn't met, as a finding.
    fn all(&mut self, wants: &[Want]) -> Option<Diagnostic> {
        wants.iter().find_map(|want| self.one(*want))
    }

    fn one(&mut self, want: Want) -> Option<Diagnostic> {
        let thing = self.line.get(self.next);
        match want {
            Name(words) => self.name(words),
            Path(words) => self.path(words),
            Sign(sign, _) if self.line.signs(self.next) == (sign as char).to_string() => self.step(),
            Sign(_, words) => Some(self.no_sign(words)),
            Word(word) if self.line.word(self.next) == word => self.step(),
            Word(word) => Some(self.missing(&format!("`{word}`"))),
            Text(_) if thing.is_some_and(|t| t.what == What::Text) => self.step(),
            Text(words) => Some(self.missing(words)),
            Round(_) if thing.is_some_and(|t| t.what == What::Round) => self.step(),
            Round(words) => Some(self.missing(words)),
            Block if thing.is_some_and(|t| t.what == What::Block) => self.step(),
            Block => Some(self.no_block()),
            Value(words) => self.value(words),
            Target => self.target(),
            If(word, wants) => self.optional(word, wants),
        }
    }

    fn step(&mut self) -> Option<Diagnostic> {
        self.next += 1;
        None
    }

    fn optional(&mut self, word: &str, wants: &[Want]) -> Option<Diagnostic> {
        let stands = match word {
            "" => return if self.line.what(self.next) == Some(What::Block) { None } else { self.all(wants) },
            "," => self.line.is_sign(self.next, b','),
            _ => self.line.word(self.next) == word,
        };
        if !stands {
            return None;
        }
        self.next += 1;
        // `sleep until TIME` wants nothing more.
        let fault = self.all(wants);
        if fault.is_none() && word == "until" { Some(self.beyond()) } else { fault }
    }

    fn name(&mut self, words: &str) -> Option<Diagnostic> {
        let is_whole =
            |next: Option<Thing>, this: Thing| next.is_none_or(|n| n.start > this.end || !breaks_name(n.what));
        match self.line.get(self.next) {
            Some(_) if self.line.word(self.next) == "in" => Some(self.missing(words)),
            Some(this) if this.what == What::Word && is_whole(self.line.get(self.next + 1), this) => self.step(),
            Some(this) if matches!(this.what, What::Word | What::Number | What::Text | What::Sign(b'$' | b'@')) => {
                bad_name(self.line, self.next).or_else(|| Some(self.missing(words)))
            }
            _ => Some(self.missing(words)),
        }
    }

    fn path(&mut self, words: &str) -> Option<Diagnostic> {
        if self.line.what(self.next) != Some(What::Word) {
            return Some(self.missing(words));
        }
        self.next += 1;
        loop {
            match self.line.what(self.next) {
                Some(What::Sign(b'.')) => self.next += 2,
                Some(What::Square) => self.next += 1,
                _ => return None,
            }
        }
    }

    /// What may stand behind `step x =` or `wait`.
    fn target(&mut self) -> Option<Diagnostic> {
        let first = self.line.word(self.next);
        match first {
            "wait" => {
                self.next += 1;
                self.target()
            }
            "signal" | "callback" | "approval" if self.line.word(self.next - 1) == "wait" => {
                self.next += 1;
                self.one(Round("parentheses")).or_else(|| self.empty_signal(first))
            }
            _ if self.keyword == "wait" || self.line.word(self.next - 1) == "wait" => Some(
                self.missing("`signal(…)`, `callback(…)` or `approval(…)`")
                    .help("write `wait signal(NAME)`, `wait callback(…)` or `wait approval(\"question\", …)`"),
            ),
            "call" | "start" => {
                self.next += 1;
                self.path("a workflow's name").or_else(|| self.one(Round("arguments in parentheses")))
            }
            "script" => Some(
                at(self.line.place(self.next), codes::NO_STEP, "a `script` is no effect, so it needs no step")
                    .help("write `let NAME = script { … }`"),
            ),
            "sleep" | "fail" | "return" | "yield" | "restart" | "send" | "emit" | "log" | "respond" => {
                let message = format!("`{first}` is a statement of its own, and no step");
                let alone = shortened(&self.line.text[self.line.place(self.next).0..self.line.end]);
                Some(at(self.line.place(self.next), codes::NO_STEP, message).help(format!("write `{alone}`")))
            }
            "" => Some(self.no_action()),
            _ => self.path("an action").or_else(|| self.not_called()),
        }
    }

    /// `wait signal()`
    fn empty_signal(&self, word: &str) -> Option<Diagnostic> {
        let (start, _) = self.line.place(self.next - 1);
        (word == "signal").then(|| {
            at((start, start + 1), codes::MISSING, "one signal's name stands between these parentheses")
                .help("write `wait signal(NAME)`, with a signal that the workflow declares")
        })
    }

    /// Something else stands where a `=` should.
    fn no_sign(&self, words: &str) -> Diagnostic {
        let line = self.line;
        let name = line.str(self.next - 1);
        let signs = line.signs(self.next);
        let place = line.place(self.next);
        let found = |message: &str| at(place, codes::FOREIGN, message.to_owned());
        match (self.keyword, signs) {
            ("let" | "const", ":") => found("a variable has no declared type").help(format!("write `let {name} = …`")),
            ("let", ",") => found("`let` binds one name").help("write a `let` for each name"),
            ("step", ":") if (self.next + 2..line.things.len()).any(|index| line.is_sign(index, b'=')) => {
                found("the result of a step has no declared type").help(format!("write `step {name} = …`"))
            }
            ("step" | "mock" | "answer" | "secret", ":" | "->" | "<-" | "=>") => {
                at(place, codes::OPERATOR, format!("`{signs}` is no operator here")).help("write `=`")
            }
            _ => self.missing(words),
        }
    }

    fn not_called(&mut self) -> Option<Diagnostic> {
        if self.line.what(self.next) == Some(What::Round) {
            return self.step();
        }
        let path = &self.line.text[self.line.place(3).0..self.line.place(self.next - 1).1];
        Some(match self.line.get(self.next) {
            Some(Thing { what: What::Text | What::Map | What::Number | What::Word, .. }) => self
                .missing("arguments in parentheses")
                .help(format!("write `step NAME = {path}(…)`, with the arguments between the parentheses")),
            _ => {
                let message = format!("a step performs an action, and `{path}` is a value");
                at((self.line.place(3).0, self.line.place(self.next - 1).1), codes::NO_STEP, message)
                    .help(format!("for a value write `let {} = {path}`; an action has parentheses", self.line.word(1)))
            }
        })
    }

    fn no_action(&self) -> Diagnostic {
        let name = self.line.word(1);
        if self.line.get(self.next).is_none() {
            return self.missing("an action").help(format!("write it like `step {name} = http.get(\"https://…\")`"));
        }
        let message = format!("a step performs an action, and {} begins none", self.line.found(3));
        at(self.line.place(3), codes::NO_STEP, message).help(format!("for a value write `let {name} = …`"))
    }

    /// Over one expression: operands joined by operators.
    fn value(&mut self, words: &str) -> Option<Diagnostic> {
        let first = self.next;
        if let Some(wants) = self.block_value() {
            return self.all(wants);
        }
        if self.line.what(first) == Some(What::Block) && !self.wants_block() {
            let found = at(self.line.place(first), codes::MISSING, format!("expected {words}, and a block is none"));
            return Some(found.help("a map is written `#{ … }`"));
        }
        let part = words::PARTS.contains(&self.line.word(first));
        if part && matches!(self.line.what(first + 1), Some(What::Word | What::Number | What::Map | What::Text)) {
            return Some(self.missing(words));
        }
        loop {
            while matches!(self.line.what(self.next), Some(What::Sign(b'!' | b'-' | b'+' | b'|'))) {
                self.next += 1;
            }
            if !self.operand() {
                return Some(self.missing(if self.next == first { words } else { "a value" }));
            }
            if !self.operator() {
                return None;
            }
        }
    }

    /// `for`, `try` and their like as the value of a `let`.
    fn block_value(&mut self) -> Option<&'static [Want]> {
        let word = self.line.word(self.next);
        if self.keyword != "let" || !matches!(word, "for" | "while" | "parallel" | "race" | "try") {
            return None;
        }
        self.keyword = word;
        self.next += 1;
        form(word)
    }

    fn wants_block(&self) -> bool {
        form(self.keyword).is_some_and(|wants| wants.iter().any(|w| matches!(w, Block)))
    }

    fn operand(&mut self) -> bool {
        match self.line.what(self.next) {
            Some(What::Word) if matches!(self.line.word(self.next), "if" | "switch") => {
                while self.line.get(self.next).is_some_and(|t| t.what != What::Block) {
                    self.next += 1;
                }
            }
            Some(What::Word | What::Number | What::Text | What::Round | What::Square | What::Map) => {}
            _ => return false,
        }
        self.next += 1;
        loop {
            match self.line.what(self.next) {
                Some(What::Round | What::Square) => self.next += 1,
                Some(What::Sign(b'.')) if self.line.what(self.next + 1) == Some(What::Word) => self.next += 2,
                Some(What::Sign(b'?')) if self.line.is_sign(self.next + 1, b'.') => self.next += 3,
                _ => return true,
            }
        }
    }

    fn operator(&mut self) -> bool {
        const OPERATORS: &[&str] = &[
            "&&", "||", "??", "==", "!=", "<=", ">=", "<<", ">>", "**", "..=", "..", "+", "-", "*", "/", "%", "^", "&",
            "|", "<", ">",
        ];
        if self.line.word(self.next) == "in" {
            self.next += 1;
            return true;
        }
        let signs = self.line.signs(self.next);
        let bare = signs.trim_end_matches(['!', '-']);
        let operator = OPERATORS.iter().find(|o| signs == **o || bare == **o);
        operator.is_some_and(|o| {
            self.next += o.len();
            true
        })
    }

    fn missing(&self, words: &str) -> Diagnostic {
        let line = self.line;
        let before = match self.next {
            0 | 1 => format!("`{}`", line.str(0)),
            n => format!("`{}`", shortened(line.str(n - 1))),
        };
        let before = if matches!(line.what(self.next - 1), Some(What::Round | What::Square | What::Text | What::Map)) {
            "it".to_owned()
        } else {
            before
        };
        let found = unexpected(line, self.next, &format!("{words} behind {before}"), codes::MISSING);
        match found.help {
            None => found.help(format!("write it like `{}`", example(self.keyword))),
            Some(_) => found,
        }
    }

    fn no_block(&self) -> Diagnostic {
        let line = self.line;
        let keyword = self.keyword;
        let place = line.place(self.next);
        if self.next == 1 && keyword == "else" && line.get(1).is_some_and(|t| t.what != What::Sign(b':')) {
            return at(place, codes::LEFT_OVER, "an `else` has no condition of its own")
                .help("write `else if CONDITION { … }`");
        }
        if line.signs(self.next) == "=" && matches!(keyword, "if" | "while") {
            return at(place, codes::OPERATOR, "`=` is no operator here").help("to compare write `==`");
        }
        let is_other_form = line.is_sign(self.next, b':') || matches!(line.word(self.next), "then" | "do" | "begin");
        if !is_other_form && line.get(self.next).is_some() {
            return unexpected(line, self.next, "`{`", codes::LEFT_OVER);
        }
        let message = format!("the block of `{keyword}` stands in braces, and {} stands here", line.found(self.next));
        at(place, codes::NO_BRACES, message).help(format!("write `{}`", example(keyword)))
    }

    /// All that was wanted is there, and still the grammar stopped: at the next thing, or we don't know where.
    fn beyond(&self) -> Diagnostic {
        match self.line.get(self.next) {
            Some(_) => unexpected(self.line, self.next, "the end of the line", codes::LEFT_OVER),
            None if self.keyword == "fn" => {
                let place = self.line.place(2);
                at(place, codes::FIELD, "the parameters of a function are names alone")
                    .help("write `fn NAME(a, b) { … }`")
            }
            None => {
                let end = self.line.place(0).1;
                at((self.line.start, end), codes::MISSING, format!("this `{}` can't be read", self.keyword))
            }
        }
    }
}

/// `use` has two forms.
fn using(line: &Line) -> Diagnostic {
    let help = "write `use NAME` for the standard library, or `use \"./file.wf\" as NAME`";
    match line.what(1) {
        Some(What::Word | What::Text) if line.word(2) == "as" => match bad_name(line, 3) {
            Some(found) => found,
            None => {
                at(line.place(3), codes::MISSING, format!("a name is missing behind `as`, found {}", line.found(3)))
                    .help(help)
            }
        },
        Some(What::Word | What::Text) => {
            unexpected(line, 2, "`as NAME` or the end of the line", codes::LEFT_OVER).help(help)
        }
        _ => at(
            line.place(1),
            codes::MISSING,
            format!("a module's name or a path in quotes is missing behind `use`, found {}", line.found(1)),
        )
        .help(help),
    }
}

/// Whether a form begins with the word.
pub(super) fn has_form(word: &str) -> bool {
    form(word).is_some() || word == "use" || words::FILE.contains(&word)
}

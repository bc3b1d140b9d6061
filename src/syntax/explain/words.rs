//! Words that people write, and the word of this language for the same.

/// Words that begin a declaration of a file.
pub(super) const FILE: &[&str] = &["workflow", "action", "fn", "const", "use", "test"];

/// Words that begin a line of a workflow or an action.
pub(super) const BODY: &[&str] = &[
    "step",
    "let",
    "if",
    "for",
    "while",
    "parallel",
    "race",
    "branch",
    "try",
    "sleep",
    "fail",
    "return",
    "yield",
    "break",
    "continue",
    "restart",
    "send",
    "emit",
    "log",
    "respond",
    "input",
    "output",
    "signal",
    "on",
    "concurrency",
    "timeout",
    "retention",
    "run",
];

/// Words that begin a line of a test.
pub(super) const TEST: &[&str] =
    &["input", "given", "mock", "secret", "signal", "answer", "advance", "crash", "expect", "for"];

/// Words that begin a clause of a step.
pub(super) const CLAUSES: &[&str] = &["timeout", "within", "retry", "rate_limit", "else", "once", "undo"];

/// Words that stand within a clause or a declaration.
pub(super) const PARTS: &[&str] = &["every", "when", "with", "per", "as", "overlap", "to"];

/// Modules whose actions are built in.
pub(super) const MODULES: &[&str] = &["http", "file", "kv", "mail", "exec", "shell"];

/// What to write for a word of another language; the second is a whole sentence of help.
pub(super) fn foreign(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "elif" | "elseif" | "elsif" | "elsf" => {
            ("else if", "write `else if CONDITION { … }` behind the `}` of the `if`")
        }
        "var" | "val" | "auto" | "local" | "mut" | "set" | "declare" | "my" | "const" => {
            ("let", "write `let NAME = VALUE`; a variable may be given another value later")
        }
        "function" | "func" | "def" | "fun" | "sub" | "proc" | "procedure" | "fn" => {
            ("fn", "functions stand outside of workflows: `fn NAME(a, b) { … }`")
        }
        "switch" | "match" | "case" | "select" => (
            "switch",
            "there is no `switch` statement: write `if` and `else if`, or take a value: `let x = switch VALUE { … }`",
        ),
        "unless" => ("if", "write `if !(CONDITION) { … }`"),
        "until" => ("while", "write `while !(CONDITION) { … }`"),
        "loop" | "forever" => ("while", "write `while true { … }`"),
        "do" | "repeat" => ("while", "write `while CONDITION { … }`"),
        "foreach" | "each" => ("for", "write `for ITEM in LIST { … }`"),
        "throw" | "raise" | "panic" | "abort" | "error" | "die" => ("fail", "write `fail \"why\"`"),
        "except" | "rescue" => ("catch", "write `try { … } catch err { … }`"),
        "ensure" | "defer" => ("finally", "write `try { … } finally { … }`"),
        "import" | "include" | "require" | "from" => {
            ("use", "write `use NAME` or `use \"./file.wf\" as NAME` at the top of the file")
        }
        "print" | "println" | "echo" | "console" | "printf" | "puts" | "debug" => ("log", "write `log(TEXT)`"),
        "await" | "async" | "spawn" | "go" => {
            ("step", "a step waits for its result by itself; what runs at once stands in `parallel { … }`")
        }
        "exit" | "quit" | "end" | "stop" => ("return", "write `return` to end the run, or `fail \"why\"`"),
        "delay" | "pause" => ("sleep", "write `sleep 5m`"),
        "next" | "pass" => ("continue", "write `continue` to go on with the next item; an empty block is `{ }`"),
        "assert" | "should" | "verify" => ("expect", "in a `test`, write `expect CONDITION`"),
        "trigger" | "when" => ("on", "write `on KIND(…)` at the top of the workflow"),
        "call" | "start" | "wait" | "exec" | "shell" => ("step", "every effect is a step with a name of its own"),
        _ => return None,
    })
}

/// What a word at the top of a file may stand for.
pub(super) fn foreign_declaration(word: &str) -> Option<(&'static str, &'static str)> {
    Some(match word {
        "function" | "func" | "def" | "fun" | "sub" | "proc" => ("fn", "write `fn NAME(a, b) { … }`"),
        "let" | "var" | "val" => ("const", "write `const NAME = VALUE`; variables stand in workflows"),
        "import" | "include" | "require" | "from" => ("use", "write `use NAME` or `use \"./file.wf\" as NAME`"),
        "flow" | "pipeline" | "job" | "process" | "main" | "name" => ("workflow", "write `workflow NAME { … }`"),
        "describe" | "it" | "spec" => ("test", "write `test \"what it shows\" { … }`"),
        "task" | "activity" | "routine" => ("action", "write `action NAME(a: string) { … }`"),
        "export" | "pub" | "public" | "private" | "async" | "static" => {
            ("nothing", "leave the word out: all that stands in a file can be used from outside")
        }
        _ => return None,
    })
}

/// The word of `list` that `word` was probably meant to be.
pub(super) fn near(word: &str, list: &[&'static str]) -> Option<&'static str> {
    crate::diag::near(word, list.iter().copied())
}

/// The unit of a duration that a word was meant as.
pub(super) fn unit(word: &str) -> Option<&'static str> {
    Some(match word {
        "ms" | "millis" | "millisecond" | "milliseconds" | "msec" => "ms",
        "s" | "sec" | "secs" | "second" | "seconds" => "s",
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "day" | "days" => "d",
        _ => return None,
    })
}

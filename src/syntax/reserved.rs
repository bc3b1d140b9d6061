//! Words that can't be the name of what they are given to, each with its reason.

/// What a name is given to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Bears {
    Workflow,
    Step,
    Variable,
    Constant,
    Function,
    Action,
    /// The parameter of a `fn`, which is plain rhai.
    FnParameter,
}

impl Bears {
    /// `a step`, as it stands in a sentence.
    pub fn words(self) -> &'static str {
        match self {
            Bears::Workflow => "a workflow",
            Bears::Step => "a step",
            Bears::Variable => "a variable",
            Bears::Constant => "a constant",
            Bears::Function => "a function",
            Bears::Action => "an action",
            Bears::FnParameter => "a parameter of a function",
        }
    }
}

/// Words of rhai that are no names there.
const RHAI: &[&str] = &[
    "if",
    "else",
    "switch",
    "while",
    "loop",
    "do",
    "until",
    "for",
    "in",
    "let",
    "const",
    "fn",
    "return",
    "break",
    "continue",
    "throw",
    "try",
    "catch",
    "true",
    "false",
    "as",
    "private",
    "import",
    "export",
    "this",
    "call",
    "print",
    "debug",
    "eval",
    "curry",
    "type_of",
    "is_shared",
    "is_def_var",
    "is_def_fn",
    "Fn",
];

/// Words that begin a statement or a declaration of a workflow.
pub(super) const STATEMENTS: &[&str] = &[
    "step", "let", "if", "else", "while", "for", "race", "parallel", "branch", "try", "catch", "finally", "yield",
    "break", "continue", "return", "fail", "restart", "send", "emit", "log", "respond", "sleep", "wait", "call",
    "start", "input", "output", "signal", "on",
];

/// Words behind `step x =` that are no action.
const TARGETS: &[&str] = &["call", "start", "wait", "script"];

/// Why `word` can't be the name of such a thing, and what to do; none where it can.
pub(super) fn refused(word: &str, bears: Bears) -> Option<(String, String)> {
    let reason = match word {
        "null" | "nil" => format!("`{word}` can't be the name of {}: it reads as a value", bears.words()),
        _ if RHAI.contains(&word) => {
            format!("`{word}` can't be the name of {}: it is a keyword of expressions", bears.words())
        }
        _ if STATEMENTS.contains(&word) && bears.is_refused_statements() => {
            format!("`{word}` can't be the name of {}: it begins a statement", bears.words())
        }
        _ if TARGETS.contains(&word) && bears == Bears::Action => {
            format!("`{word}` can't be the name of an action: behind `step x =` it means something else")
        }
        _ => return None,
    };
    let help = match word {
        "null" | "nil" => "the value for nothing is `()`".to_owned(),
        _ => format!("choose another name, such as `{word}_` or `the_{word}`"),
    };
    Some((reason, help))
}

impl Bears {
    fn is_refused_statements(self) -> bool {
        matches!(self, Bears::Workflow | Bears::Step | Bears::Variable | Bears::Constant)
    }
}

//! E05xx: expressions.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "E0501",
        title: "unreadable expression",
        text: "\
A value is a rhai expression, and this one can't be read. An expression ends at the end of its line unless a bracket is
open, the line ends in an operator, or the next one begins with one.",
        wrong: "workflow w {
  let x = (1 + ) * 2
  log(x)
}
",
        right: "workflow w {
  let x = (1 + 1) * 2
  log(x)
}
",
    },
    Entry {
        code: "E0502",
        title: "statement in a value",
        text: "\
A value holds no statements: `let`, loops, assignments and `;` belong in a `fn`, or in `let x = script { … }`, whose last
expression is the value.",
        wrong: "workflow w {
  let x = [1, 2].map(|n| { let m = n * 2; m })
  log(x)
}
",
        right: "workflow w {
  let x = [1, 2].map(|n| n * 2)
  log(x)
}
",
    },
    Entry {
        code: "E0503",
        title: "word that can't be a name here",
        text: "\
A word of the expression language stands where a name is wanted. Behind a dot any word is a name; as a key of a map such
a word is quoted: `#{ \"if\": 1 }`.",
        wrong: "workflow w {
  let calls = 1
  log(call + 1)
}
",
        right: "workflow w {
  let calls = 1
  log(calls + 1)
}
",
    },
    Entry {
        code: "E0504",
        title: "beyond a limit",
        text: "A number is too large, or an expression is nested too deep. The limit is named. Give parts of it names with `let`.",
        wrong: "workflow w {
  let x = 99999999999999999999
  log(x)
}
",
        right: "workflow w {
  let x = 99999999999999999999.0
  log(x)
}
",
    },
    Entry {
        code: "E0505",
        title: "change of what can't be changed here",
        text: "\
A `script` or a `fn` changes nothing outside of itself: its last expression is its value, and that is bound or assigned.
An assignment is made to a name, with fields and indexes behind it.",
        wrong: "workflow w {
  let total = 0
  let done = script {
    total = 3;
    true
  }
  log(`${total} ${done}`)
}
",
        right: "workflow w {
  let total = 0
  let sum = script {
    let sum = total;
    sum += 3;
    sum
  }
  log(`${sum}`)
}
",
    },
    Entry {
        code: "E0506",
        title: "not in the language",
        text: "Some of rhai is left out, since it reaches outside, hides what is called, or makes a run depend on luck.",
        wrong: "workflow w {
  let x = eval(\"1 + 1\")
  log(x)
}
",
        right: "workflow w {
  let x = 1 + 1
  log(x)
}
",
    },
    Entry {
        code: "E0507",
        title: "twice in an expression",
        text: "A map has a key twice, or a function has a parameter twice.",
        wrong: "workflow w {
  let x = #{ a: 1, a: 2 }
  log(x)
}
",
        right: "workflow w {
  let x = #{ a: 1, b: 2 }
  log(x)
}
",
    },
    Entry {
        code: "E0508",
        title: "constant that can't be computed",
        text: "A constant is computed before anything runs. What it is computed from failed, at the place shown.",
        wrong: "const SIZE = 1 / 0
workflow w { log(SIZE) }
",
        right: "const SIZE = 1 / 1
workflow w { log(SIZE) }
",
    },
];

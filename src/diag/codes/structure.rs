//! E04xx: order and place.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "E0401",
        title: "declaration behind a statement",
        text: "\
`input`, `signal`, `on`, `concurrency`, `timeout`, `retention` and `run as` stand before the first statement, in any
order among themselves.",
        wrong: "workflow w {
  log(\"started\")
  timeout 2h
}
",
        right: "workflow w {
  timeout 2h
  log(\"started\")
}
",
    },
    Entry {
        code: "E0402",
        title: "something behind the output",
        text: "`output` stands last in a workflow: it is evaluated at the end, and sees what the statements bound.",
        wrong: "workflow w {
  output { size: int = 3 }
  log(\"done\")
}
",
        right: "workflow w {
  log(\"done\")
  output { size: int = 3 }
}
",
    },
    Entry {
        code: "E0403",
        title: "declaration twice",
        text: "A workflow has one `input`, one `concurrency`, one `timeout`, one `retention`, one `run as` and one `output`.",
        wrong: "workflow w {
  timeout 2h
  timeout 3h
  log(\"started\")
}
",
        right: "workflow w {
  timeout 3h
  log(\"started\")
}
",
    },
    Entry {
        code: "E0404",
        title: "declaration in a block",
        text: "Declarations belong to a workflow as a whole: they stand in its own block, not in one within it, and not in an action.",
        wrong: "workflow w {
  if 1 < 2 {
    timeout 2h
    log(\"started\")
  }
}
",
        right: "workflow w {
  timeout 2h
  if 1 < 2 {
    log(\"started\")
  }
}
",
    },
    Entry {
        code: "E0405",
        title: "clauses out of order",
        text: "\
The clauses of a step stand in this order: timeout, within, retry, rate_limit, else, once, undo. What stands behind
`undo` belongs to the undo.",
        wrong: "workflow w {
  step list = exec(\"ls\")
    retry 3
    timeout 5s
}
",
        right: "workflow w {
  step list = exec(\"ls\")
    timeout 5s
    retry 3
}
",
    },
    Entry {
        code: "E0406",
        title: "clause twice",
        text: "A step has each clause at most once; of two, one was probably meant for another step.",
        wrong: "workflow w {
  step list = exec(\"ls\") timeout 5s timeout 6s
}
",
        right: "workflow w {
  step list = exec(\"ls\") timeout 6s
}
",
    },
    Entry {
        code: "E0407",
        title: "clause behind an empty line",
        text: "\
A clause belongs to the step above it. Behind an empty line it looks as if it stood alone, and would be overlooked.",
        wrong: "workflow w {
  step list = exec(\"ls\")

    timeout 5s
}
",
        right: "workflow w {
  step list = exec(\"ls\")
    timeout 5s
}
",
    },
    Entry {
        code: "E0408",
        title: "once and again",
        text: "`once` says that a step must never be performed twice, so it excludes `retry`.",
        wrong: "action pay() {
  step paid = exec(\"pay\")
    retry 3
    once
}
workflow w { log(\"started\") }
",
        right: "action pay() {
  step paid = exec(\"pay\")
    once
}
workflow w { log(\"started\") }
",
    },
    Entry {
        code: "E0409",
        title: "no loop around",
        text: "`break` and `continue` stand within a `for` or `while`. `return` ends the run, `yield` the block of a value.",
        wrong: "workflow w {
  if 1 < 2 { break }
}
",
        right: "workflow w {
  if 1 < 2 { return }
}
",
    },
    Entry {
        code: "E0410",
        title: "`yield` to nobody",
        text: "\
`yield` gives its value to the nearest block around it whose value is bound: `let x = for …`, and so for `while`, `try`,
`race` and `parallel`. It may not leave a `parallel`, a `race` or a `for … parallel` whose own value is not bound.",
        wrong: "workflow w {
  for n in [1, 2] { yield n * 2 }
}
",
        right: "workflow w {
  let doubled = for n in [1, 2] { yield n * 2 }
  log(doubled)
}
",
    },
    Entry {
        code: "E0411",
        title: "assignment out of a branch",
        text: "\
Branches run at once, so none may assign to a variable that it doesn't own: which value would hold in the end would be a
matter of luck. Give the value with `yield`, and use the block's value after it.",
        wrong: "action sum() {
  let total = 0
  for n in [1, 2] parallel 2 { total += n }
  return total
}
workflow w { log(\"started\") }
",
        right: "action sum() {
  let all = for n in [1, 2] parallel 2 { yield n }
  return all.sum()
}
workflow w { log(\"started\") }
",
    },
    Entry {
        code: "E0412",
        title: "race without branches",
        text: "A `race` is between branches, which have names: `branch fast { … }`. Its value says which one won.",
        wrong: "action first() {
  race {
    step a = exec(\"one\")
    branch b { step c = exec(\"two\") }
  }
}
workflow w { log(\"started\") }
",
        right: "action first() {
  race {
    branch a { step d = exec(\"one\") }
    branch b { step c = exec(\"two\") }
  }
}
workflow w { log(\"started\") }
",
    },
    Entry {
        code: "E0414",
        title: "not to be changed",
        text: "\
Only what `let` bound is assigned to. The result of a step, an input, a constant, the variable of a loop and a caught
error stay what they are.",
        wrong: "workflow w {
  step list = exec(\"ls\")
  list.code = 0
}
",
        right: "workflow w {
  step list = exec(\"ls\")
  let copy = list
  copy.code = 0
}
",
    },
    Entry {
        code: "E0416",
        title: "test of no workflow",
        text: "Where a file has several workflows, a test says which one it drives: `test \"…\" of NAME`.",
        wrong: "workflow a { log(\"a\") }
workflow b { log(\"b\") }
test \"runs\" {
  input #{}
  expect run.status == \"succeeded\"
}
",
        right: "workflow a { log(\"a\") }
workflow b { log(\"b\") }
test \"runs\" of a {
  input #{}
  expect run.status == \"succeeded\"
}
",
    },
];

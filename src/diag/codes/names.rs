//! E02xx: names.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "E0201",
        title: "unknown name",
        text: "\
An expression reads a name that nothing binds at this place. A name is bound by `step`, `let`, `for`, `catch` or `const`,
and it is visible until the end of the block in which it was bound. Inputs are read as `input.name`. `event` is there
only within a trigger, `err` only in `when` and `else` of a step.",
        wrong: "workflow w {
  let size = 3
  log(`${sise} files`)
}
",
        right: "workflow w {
  let size = 3
  log(`${size} files`)
}
",
    },
    Entry {
        code: "E0202",
        title: "name in use",
        text: "\
A name is bound where the same name is visible already. Nothing is hidden by a second thing of the same name: choose
another one. A variable that is to change is assigned to: `x = 2`, without `let`.",
        wrong: "workflow w {
  let size = 3
  let size = 4
  log(size)
}
",
        right: "workflow w {
  let size = 3
  size = 4
  log(size)
}
",
    },
    Entry {
        code: "E0203",
        title: "not known yet",
        text: "\
Defaults and rules of inputs are computed before the run begins, in the order in which the inputs stand. So they don't
know `run`, and a default reads only the inputs above it.",
        wrong: "workflow w {
  input {
    copies: int = input.hosts * 2
    hosts: int = 3
  }
}
",
        right: "workflow w {
  input {
    hosts: int = 3
    copies: int = input.hosts * 2
  }
}
",
    },
    Entry {
        code: "E0204",
        title: "unknown action",
        text: "\
A step performs an action that there isn't. Built in are `exec`, `shell`, `http.*`, `file.*`, `kv.*` and `mail.send`;
others are defined by `action` or come with a module. A workflow is called by `call`.",
        wrong: "workflow w {
  step list = exce(\"ls\")
}
",
        right: "workflow w {
  step list = exec(\"ls\")
}
",
    },
    Entry {
        code: "E0205",
        title: "unknown workflow",
        text: "`call`, `start`, `send` or a test names a workflow that the file doesn't have.",
        wrong: "workflow backup { log(\"done\") }
workflow nightly {
  step done = call backups()
}
",
        right: "workflow backup { log(\"done\") }
workflow nightly {
  step done = call backup()
}
",
    },
    Entry {
        code: "E0206",
        title: "unknown signal",
        text: "\
A signal is declared before the first statement of the workflow that waits for it: `signal approve(by: string)`.",
        wrong: "workflow w {
  signal approve(by: string)
  on webhook(path: \"ok\") signal aprove to event.body.key
  log(\"started\")
}
",
        right: "workflow w {
  signal approve(by: string)
  on webhook(path: \"ok\") signal approve to event.body.key
  log(\"started\")
}
",
    },
    Entry {
        code: "E0207",
        title: "unknown function",
        text: "\
An expression calls a function that is neither built in nor defined by `fn` in the file. An action is no function: it is
performed by a step.",
        wrong: "fn greeting(name) { `Hello ${name}` }
workflow w {
  log(greting(\"Ada\"))
}
",
        right: "fn greeting(name) { `Hello ${name}` }
workflow w {
  log(greeting(\"Ada\"))
}
",
    },
    Entry {
        code: "E0208",
        title: "unknown field",
        text: "\
A field is read of a value that is known not to have it. The results of built-in actions, the inputs, and what `call`
gives have known fields; JSON from outside has not.",
        wrong: "workflow w {
  step list = exec(\"ls\")
  log(list.stdot)
}
",
        right: "workflow w {
  step list = exec(\"ls\")
  log(list.stdout)
}
",
    },
    Entry {
        code: "E0209",
        title: "defined twice",
        text: "\
A file has two workflows, actions, functions, constants or modules of one name. Each of these kinds has names of its
own: a workflow and an action may share one.",
        wrong: "const LIMIT = 1
const LIMIT = 2
workflow w { log(LIMIT) }
",
        right: "const LIMIT = 1
const MOST = 2
workflow w { log(LIMIT + MOST) }
",
    },
    Entry {
        code: "E0210",
        title: "path in use",
        text: "\
Two steps of a workflow have the same path, though their scopes may not meet. A path names a step in the history, in
mocks and in the idempotency keys of its effects, so each is unique; arms of one `if` may share one, since only one of
them runs. A loop whose value is bound (`let pages = for …`) and a `branch` put their names into the paths.",
        wrong: "workflow w {
  for name in [\"a\", \"b\"] { step made = exec(\"touch\", [name]) }
  for name in [\"c\", \"d\"] { step made = exec(\"mkdir\", [name]) }
}
",
        right: "workflow w {
  for name in [\"a\", \"b\"] { step touched = exec(\"touch\", [name]) }
  for name in [\"c\", \"d\"] { step made = exec(\"mkdir\", [name]) }
}
",
    },
    Entry {
        code: "E0211",
        title: "unknown type",
        text: "\
The types are `string int float bool datetime duration secret any`, `list<T>`, `map<T>`, `{ field: T }`, `\"a\" | \"b\"`,
and `T?` for what may be `()`.",
        wrong: "workflow w {
  input { size: integer }
  log(input.size)
}
",
        right: "workflow w {
  input { size: int }
  log(input.size)
}
",
    },
    Entry {
        code: "E0212",
        title: "unknown trigger",
        text: "\
`on` names a kind of trigger that there isn't, or a test gives a delivery to a trigger that the workflow doesn't have.",
        wrong: "workflow w {
  on cron(\"0 6 * * *\")
  log(\"morning\")
}
",
        right: "workflow w {
  on schedule(\"0 6 * * *\")
  log(\"morning\")
}
",
    },
    Entry {
        code: "E0213",
        title: "unknown step in a test",
        text: "\
A test's `mock`, `answer` or `crash after` names a step that the workflow doesn't have. A path is written outermost
first (`pings[2].ping`), and may be a tail of the whole path.",
        wrong: "workflow w {
  step list = exec(\"ls\")
}
test \"lists\" {
  mock lost = #{ stdout: \"\" }
  input #{}
  expect run.status == \"succeeded\"
}
",
        right: "workflow w {
  step list = exec(\"ls\")
}
test \"lists\" {
  mock list = #{ stdout: \"\" }
  input #{}
  expect run.status == \"succeeded\"
}
",
    },
    Entry {
        code: "E0214",
        title: "twice in one list",
        text: "\
Two parameters, fields, outputs, signals, triggers or branches of one list have the same name. Two triggers of one kind
get names of their own by `as`.",
        wrong: "workflow w {
  input {
    size: int
    size: string
  }
  log(\"started\")
}
",
        right: "workflow w {
  input {
    size: int
    unit: string
  }
  log(\"started\")
}
",
    },
    Entry {
        code: "E0215",
        title: "constant in a circle",
        text: "A constant may read other constants, whatever their order, but none that needs itself.",
        wrong: "const A = B + 1
const B = A + 1
workflow w { log(\"started\") }
",
        right: "const A = B + 1
const B = 1
workflow w { log(A) }
",
    },
];

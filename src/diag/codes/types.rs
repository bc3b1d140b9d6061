//! E03xx: types and arguments.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "E0301",
        title: "another type is wanted",
        text: "\
A value of one type stands where another one is asked for: a default, an output, the value of a clause. A duration is
written with its unit (`30s`), a datetime as `datetime(\"2026-11-22T01:30:00Z\")`. An int may stand for a float.",
        wrong: "workflow w {
  input { replicas: int = \"two\" }
  log(input.replicas)
}
",
        right: "workflow w {
  input { replicas: int = 2 }
  log(input.replicas)
}
",
    },
    Entry {
        code: "E0302",
        title: "not a bool",
        text: "\
A condition is a `bool`, and so is what `&&`, `||` and `!` take. Nothing else counts as true or false: write the
comparison (`list.len() > 0`, `name != \"\"`, `found != ()`).",
        wrong: "workflow w {
  input { name: string }
  if input.name { log(\"named\") }
}
",
        right: "workflow w {
  input { name: string }
  if input.name != \"\" { log(\"named\") }
}
",
    },
    Entry {
        code: "E0303",
        title: "comparison of unlike types",
        text: "\
`==` between values of unlike types is never true, and `<` between them has no meaning; both are mistakes more often
than not. `== ()` is always allowed. A value of a union is compared with one of its words.",
        wrong: "workflow w {
  input { size: int }
  if input.size == \"3\" { log(\"three\") }
}
",
        right: "workflow w {
  input { size: int }
  if input.size == 3 { log(\"three\") }
}
",
    },
    Entry {
        code: "E0304",
        title: "missing argument",
        text: "\
An argument that is needed isn't given. An input with a default, or of a type with `?`, may be left out.",
        wrong: "workflow backup {
  input { target: string }
  log(input.target)
}
workflow nightly {
  step done = call backup()
}
",
        right: "workflow backup {
  input { target: string }
  log(input.target)
}
workflow nightly {
  step done = call backup(target: \"disk\")
}
",
    },
    Entry {
        code: "E0305",
        title: "unknown argument",
        text: "An argument is given by a name that what is called doesn't have.",
        wrong: "workflow w {
  step list = exec(\"ls\", folder: \"/tmp\")
}
",
        right: "workflow w {
  step list = exec(\"ls\", dir: \"/tmp\")
}
",
    },
    Entry {
        code: "E0306",
        title: "argument out of place",
        text: "\
An argument is given twice, or without a name where one is needed, or there are too many. Arguments without a name come
first. Inputs of workflows and parameters of signals are always given by name.",
        wrong: "workflow backup {
  input { target: string }
  log(input.target)
}
workflow nightly {
  step done = call backup(target: \"disk\", target: \"tape\")
}
",
        right: "workflow backup {
  input { target: string }
  log(input.target)
}
workflow nightly {
  step done = call backup(target: \"disk\")
}
",
    },
    Entry {
        code: "E0307",
        title: "argument of another type",
        text: "The value of an argument is known not to be of the type that is asked for.",
        wrong: "workflow w {
  step list = exec(\"ls\", \"-l\")
}
",
        right: "workflow w {
  step list = exec(\"ls\", [\"-l\"])
}
",
    },
    Entry {
        code: "E0308",
        title: "not a list",
        text: "\
`for` goes through a list. Of a map take `.keys()` or `.values()`, of a number the range below it (`0..n`), of a text its
lines (`.split(\"\\n\")`).",
        wrong: "workflow w {
  step list = exec(\"ls\")
  for name in list.stdout { log(name) }
}
",
        right: "workflow w {
  step list = exec(\"ls\")
  for name in list.stdout.split(\"\\n\") { log(name) }
}
",
    },
    Entry {
        code: "E0309",
        title: "operator without meaning",
        text: "An operator stands between values for which it has no meaning.",
        wrong: "workflow w {
  let size = 3
  log(size - true)
}
",
        right: "workflow w {
  let size = 3
  log(size - 1)
}
",
    },
    Entry {
        code: "E0310",
        title: "value in the text of a shell",
        text: "\
The text of `shell` is a plain string: a value written into it could become a command. Give the value by the
environment, where a shell doesn't read it as one, or use `exec`, which starts a program without a shell.",
        wrong: "workflow w {
  input { name: string }
  step said = shell(`echo ${input.name}`)
}
",
        right: "workflow w {
  input { name: string }
  step said = shell(\"echo \\\"$NAME\\\"\", env: #{ NAME: input.name })
}
",
    },
    Entry {
        code: "E0311",
        title: "output without a value",
        text: "\
An output may leave out its `= …` only where every path through the workflow ends in `return`, `fail` or `restart`.",
        wrong: "workflow w {
  step list = exec(\"ls\")
  output { names: string }
}
",
        right: "workflow w {
  step list = exec(\"ls\")
  output { names: string = list.stdout }
}
",
    },
    Entry {
        code: "E0312",
        title: "`return` against the outputs",
        text: "\
In a workflow `return` gives the outputs by name, so it takes a map with the fields of the `output` block. An output
whose type has a `?` may be left out.",
        wrong: "workflow w {
  return #{ cuont: 3 }
  output { count: int }
}
",
        right: "workflow w {
  return #{ count: 3 }
  output { count: int }
}
",
    },
    Entry {
        code: "E0313",
        title: "secret in sight",
        text: "\
A secret would reach a place where people read it or where it is kept: an output, the log, an event, a failure, `kv`, a
file, or an input of another workflow that is no `secret`. It is followed through names, functions, lists and maps,
backtick strings and loops; the message shows its way. Secrets are for the arguments of steps: there their values are
filled in as the effect is performed, and nothing of them is stored.",
        wrong: "workflow w {
  input { key: secret }
  log(input.key)
}
",
        right: "workflow w {
  input { key: secret }
  log(\"started\")
}
",
    },
    Entry {
        code: "E0314",
        title: "name of a secret",
        text: "\
The name of a secret is also that of a variable and of a file: it is made of letters, digits, `_`, `-` and `.`, begins
with a letter or `_`, and has 128 bytes at most.",
        wrong: "workflow w {
  step a = exec(\"push\", env: #{ TOKEN: secret(\"prod/token\") })
}
",
        right: "workflow w {
  step a = exec(\"push\", env: #{ TOKEN: secret(\"PROD_TOKEN\") })
}
",
    },
];

//! E06xx: what is part of the language, but not of this version yet.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "E0601",
        title: "statement that can't be run yet",
        text: "\
The statement is part of the language and is checked, but this version of wf can't run it yet: `parallel`, `race`,
`for … parallel`, `wait approval`, `wait callback`, `restart`, `send`, `respond`.",
        wrong: "workflow w {
  parallel {
    step a = exec(\"one\")
    step b = exec(\"two\")
  }
}
",
        right: "workflow w {
  step a = exec(\"one\")
  step b = exec(\"two\")
}
",
    },
    Entry {
        code: "E0602",
        title: "clause that can't be run yet",
        text: "\
The clause is part of the language and is checked, but this version of wf can't run it yet: `rate_limit`, `once`,
`undo`.",
        wrong: "workflow w {
  step made = exec(\"mkdir\", [\"x\"])
    undo exec(\"rmdir\", [\"x\"])
}
",
        right: "workflow w {
  try {
    step made = exec(\"mkdir\", [\"x\"])
  } catch err {
    step removed = exec(\"rmdir\", [\"x\"])
  }
}
",
    },
    Entry {
        code: "E0603",
        title: "action that can't be run yet",
        text: "\
The action is part of the language and its arguments are checked, but this version of wf can't perform it yet. It
performs `exec`, `shell`, `http.*`, `file.read`, `file.write` and `kv.*`.",
        wrong: "workflow w {
  step told = mail.send(to: \"a@example.com\", subject: \"done\", text: \"all of it\")
}
",
        right: "workflow w {
  step told = exec(\"mail\", [\"-s\", \"done\", \"a@example.com\"], stdin: \"all of it\")
}
",
    },
    Entry {
        code: "E0604",
        title: "modules can't be used yet",
        text: "`use` is part of the language, but this version of wf reads one file alone.",
        wrong: "use slack
workflow w { log(\"started\") }
",
        right: "workflow w { log(\"started\") }
",
    },
    Entry {
        code: "E0606",
        title: "declaration that has no effect yet",
        text: "\
`concurrency` and `run as` are part of the language, but this version of wf starts every run at once and does everything
by its own account; it refuses what it can't keep rather than running it otherwise than it says.",
        wrong: "workflow w {
  concurrency 1
  log(\"started\")
}
",
        right: "workflow w {
  log(\"started\")
}
",
    },
];

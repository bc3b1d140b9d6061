//! W0xxx: what is allowed and probably not meant.

use super::Entry;

pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        code: "W0301",
        title: "`${…}` in double quotes",
        text: "\
Values are put into texts in backticks; in double quotes `${…}` stays as it is. In the text of `shell`, `${NAME}` is the
shell's own, and gets no warning.",
        wrong: "workflow w {
  input { name: string }
  log(\"Hello ${input.name}\")
}
",
        right: "workflow w {
  input { name: string }
  log(`Hello ${input.name}`)
}
",
    },
    Entry {
        code: "W0302",
        title: "secret in a program's arguments",
        text: "\
What a program is started with can be read by everybody on the same computer (`ps`, `/proc`), for as long as it runs. Its
environment and its standard input can not: only its own user reads them.",
        wrong: "workflow w {
  step a = exec(\"push\", [\"--token\", secret(\"TOKEN\")])
}
",
        right: "workflow w {
  step a = exec(\"push\", env: #{ TOKEN: secret(\"TOKEN\") })
}
",
    },
    Entry {
        code: "W0303",
        title: "a change that nobody keeps",
        text: "\
In a `fn` and in a `script`, methods such as `trim`, `pad_start` and `sort` change what they are called on and give nothing,
as in rhai. Called on a value that has no name, they do nothing at all.",
        wrong: "fn shown(n) { `no. ${n.to_string().pad_start(3, \"0\")}` }
workflow w {
  log(shown(7))
}
",
        right: "fn shown(n) {
  let text = n.to_string();
  text.pad_start(3, \"0\");
  `no. ${text}`
}
workflow w {
  log(shown(7))
}
",
    },
    Entry {
        code: "W0401",
        title: "never reached",
        text: "A statement stands behind one at which the block is always left.",
        wrong: "workflow w {
  return
  log(\"done\")
}
",
        right: "workflow w {
  log(\"done\")
  return
}
",
    },
];

//! What the parser finds: E01xx and W01xx.

use super::Entry;

/// The codes of the room `syntax`.
pub const SYNTAX: &[Entry] = &[
    Entry {
        code: "E0101",
        title: "a bracket isn't closed",
        text: "Every `(`, `[`, `{`, `#{` and `${` is closed by its partner. What is underlined is the bracket that \
               lacks one; where the layout of the lines shows that an inner block was left open, that one is named. \
               The declaration around it is read as far as it makes sense, the others as usual.",
        wrong: "workflow w {\n  step a = exec(\"ls\", [\"-l\")\n}\n",
        right: "workflow w {\n  step a = exec(\"ls\", [\"-l\"])\n}\n",
    },
    Entry {
        code: "E0102",
        title: "too much stands within each other",
        text: "Brackets, comments within comments and types within types may stand 256 deep (the limit `nesting`). \
               A text beyond that was hardly written by a person; one that was becomes readable by giving names to \
               its inner parts: with `let`, a `fn`, an `action` or a workflow of its own.",
        wrong: concat!(
            "const A = ",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
            "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1",
            "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
            "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
            "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
            "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
        ),
        right: "const INNER = [[1]]\nconst A = [[INNER]]\n",
    },
    Entry {
        code: "E0103",
        title: "a closing bracket closes nothing, or the wrong thing",
        text: "A closing bracket closes the last one that is still open, and must be of its kind. Either it is one \
               too many, or an opening bracket above is missing, or it is the wrong one of the two kinds.",
        wrong: "workflow w {\n  let a = [1, 2)\n}\n",
        right: "workflow w {\n  let a = [1, 2]\n}\n",
    },
    Entry {
        code: "E0104",
        title: "a text doesn't end",
        text: "A text in double quotes ends on the line where it begins (a backslash at the end of a line carries it \
               on). A text of several lines stands in backticks, in which `${…}` puts values, or in `#\"…\"#`, in \
               which nothing has a meaning. Texts that aren't closed at all swallow the rest of the file.",
        wrong: "workflow w {\n  log(\"done)\n}\n",
        right: "workflow w {\n  log(\"done\")\n}\n",
    },
    Entry {
        code: "E0105",
        title: "a comment doesn't end",
        text: "A comment that begins with `/*` ends with `*/`. Comments may stand within comments, and each is closed \
               by itself, so a piece of text that holds comments can be taken out by two marks. A comment to the end \
               of its line begins with `//`.",
        wrong: "workflow w {\n  return\n}\n/* a note\n",
        right: "workflow w {\n  return\n}\n/* a note */\n",
    },
    Entry {
        code: "E0106",
        title: "a character has no meaning here",
        text: "Outside of texts in quotes and comments a file is plain ASCII. Most such characters come from a word \
               processor or a web page: curly quotes, long dashes, spaces that aren't spaces, marks that can't be \
               seen at all; they are told by number and name. Names are ASCII letters, digits and `_`. Comments begin \
               with `//`, not with `#`.",
        wrong: "workflow w {\n  let a\u{a0}= 1\n}\n",
        right: "workflow w {\n  let a = 1\n}\n",
    },
    Entry {
        code: "E0107",
        title: "a text stands in single quotes",
        text: "A text stands in double quotes, or in backticks where `${…}` puts values into it. Single quotes hold \
               one character, as in other languages of this family.",
        wrong: "workflow w { log(\"on\") }\ntest 'it runs' {\n  input #{}\n}\n",
        right: "workflow w { log(\"on\") }\ntest \"it runs\" {\n  input #{}\n}\n",
    },
    Entry {
        code: "E0110",
        title: "a line begins no statement",
        text: "In a workflow or an action every line begins with a word that says what it does (`step`, `let`, `if`, \
               `for`, `log` …), or gives a variable another value (`x = 1`). A value alone does nothing, so it can't \
               stand alone. Where the word is close to a known one, that is named.",
        wrong: "workflow w {\n  setp a = exec(\"ls\")\n}\n",
        right: "workflow w {\n  step a = exec(\"ls\")\n}\n",
    },
    Entry {
        code: "E0111",
        title: "a line begins no declaration",
        text: "A file holds declarations: `use`, `const`, `fn`, `action`, `workflow` and `test`. Statements stand \
               within the braces of a workflow or an action.",
        wrong: "step a = exec(\"ls\")\n",
        right: "workflow w {\n  step a = exec(\"ls\")\n}\n",
    },
    Entry {
        code: "E0112",
        title: "something is missing",
        text: "What a word begins has a fixed form: `step NAME = ACTION(…)`, `let NAME = VALUE`, `for ITEM in LIST \
               { … }`. The message says which part was expected, behind what, and what stands there instead.",
        wrong: "workflow w {\n  let a 1\n}\n",
        right: "workflow w {\n  let a = 1\n}\n",
    },
    Entry {
        code: "E0113",
        title: "something is left over",
        text: "A statement ends at the end of its line or at `;`. What is underlined stands behind a statement that \
               was complete: two values without an operator between them, a second statement, a stray sign. A value \
               goes on in the next line where a bracket is open, where the line ends in an operator, or where the \
               next line begins with one other than `-`.",
        wrong: "workflow w {\n  let a = 1 2\n}\n",
        right: "workflow w {\n  let a = 1 + 2\n}\n",
    },
    Entry {
        code: "E0114",
        title: "a word of another language",
        text: "The word has a meaning in other languages and none here; the help says how the same is written. \
               `elif` is `else if`, `var` is `let`, `throw` is `fail`, `print` is `log`. There is no `switch` \
               statement: `switch` is an expression that gives a value.",
        wrong: "workflow w {\n  var a = 1\n}\n",
        right: "workflow w {\n  let a = 1\n}\n",
    },
    Entry {
        code: "E0115",
        title: "an effect without a step, or a step without an effect",
        text: "Every effect is a step, and every step is remembered: a call of an action stands behind `step NAME =`, \
               so that its result has a name and a place in the run's history. The other way round, a step performs \
               an action: a value that is only computed stands behind `let NAME =`.",
        wrong: "workflow w {\n  exec(\"ls\")\n}\n",
        right: "workflow w {\n  step listing = exec(\"ls\")\n}\n",
    },
    Entry {
        code: "E0116",
        title: "a block without braces",
        text: "What belongs to `if`, `while`, `for`, `try`, `parallel`, a workflow or a test stands in braces, \
               whatever the layout of the lines. There is no `:`, no `then` and no `end`.",
        wrong: "workflow w {\n  if true:\n    return\n}\n",
        right: "workflow w {\n  if true {\n    return\n  }\n}\n",
    },
    Entry {
        code: "E0117",
        title: "no operator of this language",
        text: "Conditions are joined by `&&` and `||` and turned by `!`. Values are compared by `==` and `!=`. A \
               variable gets another value by `=`, `+=`, `-=` and their like. For one of two values write `if \
               CONDITION { a } else { b }`; for a value in place of `()` write `a ?? b`.",
        wrong: "workflow w {\n  let a = true and false\n}\n",
        right: "workflow w {\n  let a = true && false\n}\n",
    },
    Entry {
        code: "E0120",
        title: "a word that can't be a name",
        text: "Words that begin a statement, and keywords of expressions, can't name workflows, steps and variables: \
               a line that began with such a name, or an expression that used it, would mean something else. `null` \
               and `nil` are refused since they read as a value; the value for nothing is `()`. Words of clauses \
               (`retry`, `when` …) are free, and any word may name a parameter, an argument or a field.",
        wrong: "workflow w {\n  let step = 1\n}\n",
        right: "workflow w {\n  let stride = 1\n}\n",
    },
    Entry {
        code: "E0121",
        title: "no name",
        text: "Names are ASCII letters, digits and `_`, and don't begin with a digit. They stand without quotes. A \
               hyphen would be a minus.",
        wrong: "workflow w {\n  step list-files = exec(\"ls\")\n}\n",
        right: "workflow w {\n  step list_files = exec(\"ls\")\n}\n",
    },
    Entry {
        code: "E0122",
        title: "no duration",
        text: "A duration is whole numbers with the units `d h m s ms`, from large to small, each once, without \
               spaces: `500ms`, `30m`, `1h30m`. It stands alone as a value; within a larger expression write \
               `duration(\"90s\")`.",
        wrong: "workflow w {\n  sleep 30m1h\n}\n",
        right: "workflow w {\n  sleep 1h30m\n}\n",
    },
    Entry {
        code: "E0123",
        title: "no type",
        text: "Types are `string int float bool datetime duration secret any`, `list<T>`, `map<T>`, objects `{ field: \
               T, … }` and unions of texts `\"a\" | \"b\"`. A `?` behind the whole type says that the value may be \
               `()`.",
        wrong: "workflow w {\n  input {\n    hosts: list<string\n  }\n}\n",
        right: "workflow w {\n  input {\n    hosts: list<string>\n  }\n}\n",
    },
    Entry {
        code: "E0124",
        title: "no argument",
        text: "Arguments stand in parentheses and are separated by commas. One that is named is `name: value`. A map \
               is written `#{ … }`.",
        wrong: "workflow w {\n  step a = exec(\"ls\", dir = \"/tmp\")\n}\n",
        right: "workflow w {\n  step a = exec(\"ls\", dir: \"/tmp\")\n}\n",
    },
    Entry {
        code: "E0125",
        title: "no field or parameter",
        text: "A field of `input` is `name: T = default where rule`, in this order, on a line of its own; a field of \
               `output` is `name: T = value`. Parameters in parentheses have the same form and are separated by \
               commas. The parameters of a `fn` are names alone.",
        wrong: "workflow w {\n  input {\n    service\n  }\n}\n",
        right: "workflow w {\n  input {\n    service: string\n  }\n}\n",
    },
    Entry {
        code: "E0126",
        title: "a clause in the wrong place",
        text: "Clauses (`timeout within retry rate_limit else once undo`) belong to a step and stand behind it, on \
               its line or on the lines directly below. Parts of a clause or of a trigger (`every when per as with \
               overlap`) stand behind it in the same way, without an empty line between.",
        wrong: "workflow w {\n  let a = 1\n  retry 3\n}\n",
        right: "workflow w {\n  step a = exec(\"ls\")\n    retry 3\n}\n",
    },
    Entry {
        code: "E0127",
        title: "something stands twice",
        text: "A trigger has one `as`, one `when`, one `with` and one `signal`, and `concurrency` one `per` and one \
               `overlap`. Two conditions are joined by `&&`.",
        wrong: "workflow w {\n  on api when true when false\n}\n",
        right: "workflow w {\n  on api when true && false\n}\n",
    },
    Entry {
        code: "E0128",
        title: "a line begins no line of a test",
        text: "A test says what is given and what is expected: `input`, `given`, `mock`, `secret`, `signal`, `answer`, \
               `advance`, `crash after`, `expect`, and `for` around such lines. What is done stands in the workflow.",
        wrong: "workflow w {\n}\ntest \"it works\" {\n  assert run.status == \"succeeded\"\n}\n",
        right: "workflow w {\n}\ntest \"it works\" {\n  expect run.status == \"succeeded\"\n}\n",
    },
    Entry {
        code: "W0101",
        title: "documentation of nothing",
        text: "`///` documents what stands directly below it: a declaration, a parameter, a field or a statement. It \
               shows in `wf doc`, forms and the editor. Where nothing that can be documented follows, nobody will \
               see it; a plain comment begins with `//`.",
        wrong: "/// Keeps the lights on.\n\nworkflow w {\n}\n",
        right: "/// Keeps the lights on.\nworkflow w {\n}\n",
    },
    Entry {
        code: "W0102",
        title: "a text that shows in another order than it is read",
        text: "Some characters that can't be seen turn the direction in which the text behind them is shown, so that \
               a reviewer sees something else than what will run. They are allowed in texts and comments, since some \
               scripts need them, but hardly ever wanted in a workflow.",
        wrong: "workflow w {\n  log(\"user\u{202e}nimda\")\n}\n",
        right: "workflow w {\n  log(\"user nimda\")\n}\n",
    },
];

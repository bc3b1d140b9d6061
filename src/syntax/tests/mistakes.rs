//! Lines that people write by mistake, each with all that is told of it: code, what is underlined, message, help.

/// Lines of a workflow, and what is told of them.
pub const LINES: &[(&str, &str)] = &[
    (
        "step x http.get(\"u\")\n  timeout 5s",
        "E0112 ‹http› expected `=` behind `x`, found `http` | write it like `step NAME = ACTION(…)`",
    ),
    (
        "step = http.get(\"u\")",
        "E0112 ‹=› expected a name for the step behind `step`, found `=` | write it like `step NAME = ACTION(…)`",
    ),
    ("step x = 5 + 3", "E0115 ‹5› a step performs an action, and `5` begins none | for a value write `let x = …`"),
    (
        "step x = health.status",
        "E0115 ‹health.status› a step performs an action, and `health.status` is a value | for a value write `let x = health.status`; an action has parentheses",
    ),
    (
        "step x = http.get \"u\"",
        "E0112 ‹\\\"u\\\"› expected arguments in parentheses behind `get`, found a text | write `step NAME = http.get(…)`, with the arguments between the parentheses",
    ),
    (
        "step x =",
        "E0112 ‹› expected an action behind `=`, found the end of the line | write it like `step x = http.get(\"https://…\")`",
    ),
    ("step my-step = f()", "E0121 ‹my-step› `my-step` is no name: names are letters, digits and `_` | write `my_step`"),
    (
        "step 2x = f()",
        "E0121 ‹2x› `2x` is no name: names are letters, digits and `_` and don't begin with a digit | write `_2x`",
    ),
    (
        "step x = f().body",
        "E0113 ‹.› the result of a step can't be taken apart where it is made | give the step a name, and read the field from it: `let x = NAME.field`",
    ),
    ("step x = f() if y", "E0113 ‹if› a step has no `if` of its own | put the step into `if CONDITION { … }`"),
    (
        "step x = f()\n  timeout",
        "E0112 ‹› expected a duration behind `timeout`, found the end of the line | write it like `timeout 30s`",
    ),
    ("step x = f() timeout 5 s", "E0122 ‹5 s› `5 s` is no duration | write `5s`, without a space"),
    (
        "step x = f()\n  retry every 5s",
        "E0112 ‹every› expected how many times behind `retry`, found `every` | write it like `retry 3 every 1s..1m`",
    ),
    (
        "step x = f()\n  retry 3 every",
        "E0112 ‹› expected a duration behind `every`, found the end of the line | write it like `every 1s..1m`",
    ),
    (
        "step x = f()\n  retry 3 every 5..10",
        "E0122 ‹5› `5` has no unit, so it is no duration | write `5ms`, `5s`, `5m`, `5h` or `5d`",
    ),
    (
        "step x = f() undo",
        "E0112 ‹› expected an action behind `undo`, found the end of the line | write it like `undo ACTION(…)`",
    ),
    (
        "step x = f(\n a: 1\n b: 2)",
        "E0124 ‹b› `b` stands behind an argument without a comma between | separate arguments by commas",
    ),
    ("step x = f(a = 1)", "E0124 ‹=› `=` stands behind the name of the argument `a` | write `a: …`"),
    ("step x = f(a: 1,, b: 2)", "E0124 ‹,› an argument is missing before this comma | take the comma out"),
    ("step x = f({ a: 1 })", "E0124 ‹{› a block is no value | a map is written `#{ … }`"),
    ("step x = f(a: { b: 1 })", "E0124 ‹{› a block is no value | a map is written `#{ … }`"),
    ("step x = f(a: )", "E0124 ‹:› the argument `a` has no value"),
    ("step x = f(a and b)", "E0117 ‹and› `and` is no operator here | write `&&`"),
    (
        "step x = wait foo",
        "E0112 ‹foo› expected `signal(…)`, `callback(…)` or `approval(…)` behind `wait`, found `foo` | write `wait signal(NAME)`, `wait callback(…)` or `wait approval(\"question\", …)`",
    ),
    (
        "step x = wait",
        "E0112 ‹› expected `signal(…)`, `callback(…)` or `approval(…)` behind `wait`, found the end of the line | write `wait signal(NAME)`, `wait callback(…)` or `wait approval(\"question\", …)`",
    ),
    (
        "step x = call",
        "E0112 ‹› expected a workflow's name behind `call`, found the end of the line | write it like `step NAME = ACTION(…)`",
    ),
    (
        "step x = call w",
        "E0112 ‹› expected arguments in parentheses behind `w`, found the end of the line | write it like `step NAME = ACTION(…)`",
    ),
    (
        "step x = script { 1 }",
        "E0115 ‹script› a `script` is no effect, so it needs no step | write `let NAME = script { … }`",
    ),
    (
        "step if = f()",
        "E0120 ‹if› `if` can't be the name of a step: it is a keyword of expressions | choose another name, such as `if_` or `the_if`",
    ),
    (
        "step null = f()",
        "E0120 ‹null› `null` can't be the name of a step: it reads as a value | the value for nothing is `()`",
    ),
    (
        "let retry = 1\nlet step = 2",
        "E0120 ‹step› `step` can't be the name of a variable: it begins a statement | choose another name, such as `step_` or `the_step`",
    ),
    ("let x", "E0112 ‹› expected `=` behind `x`, found the end of the line | write it like `let NAME = VALUE`"),
    (
        "let = 5",
        "E0112 ‹=› expected a name for the variable behind `let`, found `=` | write it like `let NAME = VALUE`",
    ),
    ("let x 5", "E0112 ‹5› expected `=` behind `x`, found `5` | write it like `let NAME = VALUE`"),
    ("let x = ", "E0112 ‹› expected a value behind `=`, found the end of the line | write it like `let NAME = VALUE`"),
    (
        "let x = 5 +",
        "E0112 ‹+› expected a value behind `+`, found the end of the line | a value may go on in the next line when the line ends in an operator, but not over the end of a block",
    ),
    (
        "let x = a b",
        "E0113 ‹b› `b` stands behind the end of the `let` | put an operator between two values, or end the line (or write `;`) between two statements",
    ),
    ("let x := 5", "E0117 ‹:=› `:=` is no operator here | write `=`"),
    ("let x = a and b", "E0117 ‹and› `and` is no operator here | write `&&`"),
    ("let x = not a", "E0117 ‹not› `not` is no operator here | write `!`"),
    ("let x = a === b", "E0117 ‹===› `===` is no operator here | write `==`"),
    (
        "let x = a ? b : c",
        "E0117 ‹?› `?` is no operator here | write `if CONDITION { a } else { b }`, or `a ?? b` for what may be `()`",
    ),
    ("let x = 5min", "E0122 ‹5min› `5min` is no duration | write `5m`"),
    ("let x = 1.5h", "E0122 ‹1.5h› `1.5h` is no duration | write whole numbers: `1h30m`"),
    (
        "let x = 1h5d",
        "E0122 ‹1h5d› the units of `1h5d` don't go from large to small, each once | write it like `1d12h30m`",
    ),
    (
        "let x = 99999999999999999d",
        "E0122 ‹99999999999999999d› the duration `99999999999999999d` is longer than can be counted | durations are counted in milliseconds and may last some hundred million years",
    ),
    ("let x = y = 3", "E0117 ‹=› `=` is no operator here | to compare write `==`"),
    (
        "let x = 5 log(x)",
        "E0113 ‹log› `log` begins another line, and this one isn't over | begin a new line, or write `;` between them",
    ),
    (
        "let x = for v in y",
        "E0116 ‹› the block of `for` stands in braces, and the end of the line stands here | write `for ITEM in LIST { … }`",
    ),
    ("x = ", "E0112 ‹› a value is missing behind `=`"),
    ("x++", "E0117 ‹++› `++` is no operator here | write `x += 1`"),
    ("x := 5", "E0117 ‹:=› `:=` is no operator here | write `let x = …`"),
    ("int x = 5", "E0114 ‹int› `int` begins no statement | write `let x = …`; a variable has no declared type"),
    ("var x = 5", "E0114 ‹var› `var` begins no statement in this language | write `let x = …`"),
    (
        "const x = 5",
        "E0114 ‹const› `const` begins no statement in this language | write `let x = …`; constants stand at the top of the file",
    ),
    ("x.push(5)", "E0115 ‹x.push› a call of `x.push` alone is no statement | write `x = x.push(5)`"),
    ("x.list.sort()", "E0115 ‹x.list.sort› a call of `x.list.sort` alone is no statement | write `x = x.list.sort()`"),
    ("lgo(\"a\")", "E0115 ‹lgo› a call of `lgo` alone is no statement | did you mean `log`?"),
    ("exce(\"a\")", "E0115 ‹exce› a call of `exce` alone is no statement | did you mean `step NAME = exec(…)`?"),
    ("step h = sleep 5s", "E0115 ‹sleep› `sleep` is a statement of its own, and no step | write `sleep 5s`"),
    (
        "let z = call foo()",
        "E0115 ‹call› `call` is an effect, and every effect is a step | write `step z = call foo()`",
    ),
    (
        "z = call foo(a: 1)",
        "E0115 ‹call› `call` is an effect, and every effect is a step | write `step z = call foo(a: 1)`",
    ),
    ("step s: any = exec(\"ls\")", "E0114 ‹:› the result of a step has no declared type | write `step s = …`"),
    ("step x = f() timeot 5s", "E0113 ‹timeot› `timeot` is no clause of a step | did you mean `timeout`?"),
    ("step x = f() retry 3 evry 5s", "E0113 ‹evry› `evry` is no clause of a step | did you mean `every`?"),
    ("step x = f()\n  retyr 3", "E0110 ‹retyr› `retyr` begins no statement | did you mean `retry`?"),
    ("exec(\"a\")", "E0115 ‹exec› `exec` is an effect, and every effect is a step | write `step NAME = exec(…)`"),
    (
        "http.get(\"u\")",
        "E0115 ‹http.get› `http.get` is an effect, and every effect is a step | write `step NAME = http.get(…)`",
    ),
    (
        "foo(1)",
        "E0115 ‹foo› a call of `foo` alone is no statement | to perform an action write `step NAME = foo(…)`, to keep a value `let NAME = foo(…)`",
    ),
    (
        "foo",
        "E0110 ‹foo› `foo` begins no statement | every line begins with a word such as `step`, `let`, `if` or `for`, or gives a variable another value: `x = …`",
    ),
    (
        "\"text\"",
        "E0110 ‹\\\"text\\\"› a text begins no line: expected a statement | a value alone does nothing: keep it with `let NAME = VALUE`, or give it with `return VALUE` or `yield VALUE`",
    ),
    ("setp x = f()", "E0110 ‹setp› `setp` begins no statement | did you mean `step`?"),
    ("Step x = f()", "E0110 ‹Step› `Step` begins no statement | did you mean `step`?"),
    ("lett x = 1", "E0110 ‹lett› `lett` begins no statement | did you mean `let`?"),
    ("if a and b { break }", "E0117 ‹and› `and` is no operator here | write `&&`"),
    ("if a = b { break }", "E0117 ‹=› `=` is no operator here | to compare write `==`"),
    (
        "if a:\n  break",
        "E0116 ‹:› the block of `if` stands in braces, and `:` stands here | write `if CONDITION { … }`",
    ),
    (
        "if a then\n  break",
        "E0116 ‹then› the block of `if` stands in braces, and `then` stands here | write `if CONDITION { … }`",
    ),
    (
        "if a\n  break",
        "E0116 ‹› the block of `if` stands in braces, and the end of the line stands here | write `if CONDITION { … }`",
    ),
    ("if { break }", "E0112 ‹{› expected a condition behind `if`, found `{` | write it like `if CONDITION { … }`"),
    ("if (a) break", "E0113 ‹break› expected `{`, found `break`"),
    (
        "if a { break } elif b { break } else { break }",
        "E0114 ‹elif› `elif` begins no statement in this language | write `else if CONDITION { … }` behind the `}` of the `if`",
    ),
    (
        "if a { break } else b { break }",
        "E0113 ‹b› an `else` has no condition of its own | write `else if CONDITION { … }`",
    ),
    (
        "elif a { break }",
        "E0114 ‹elif› `elif` begins no statement in this language | write `else if CONDITION { … }` behind the `}` of the `if`",
    ),
    (
        "else { break }",
        "E0110 ‹else› this `else` follows no `if` | write it behind the `}` of the `if`: `if CONDITION { … } else { … }`",
    ),
    (
        "catch err { break }",
        "E0110 ‹catch› this `catch` follows no `try` | write it behind the `}` of the `try`: `try { … } catch err { … } finally { … }`",
    ),
    (
        "for x of y { break }",
        "E0112 ‹of› expected `in` behind `x`, found `of` | write it like `for ITEM in LIST { … }`",
    ),
    ("for x in { break }", "E0112 ‹{› expected a list behind `in`, found `{` | write it like `for ITEM in LIST { … }`"),
    (
        "for (x in y) { break }",
        "E0112 ‹(› expected a name for the item behind `for`, found `(` | write it like `for ITEM in LIST { … }`",
    ),
    (
        "for x, in y { break }",
        "E0112 ‹in› expected a name for the index behind `,`, found `in` | write it like `for ITEM in LIST { … }`",
    ),
    (
        "for x in y parallel { break }",
        "E0112 ‹{› expected the number of items at once behind `parallel`, found `{` | write it like `for ITEM in LIST { … }`",
    ),
    (
        "while { break }",
        "E0112 ‹{› expected a condition behind `while`, found `{` | write it like `while CONDITION { … }`",
    ),
    ("parallel 8 { break }", "E0113 ‹8› expected `{`, found `8`"),
    (
        "branch a { break }",
        "E0110 ‹branch› a `branch` stands directly within `parallel { … }` or `race { … }`, and not here | put it into `parallel { … }`, or write its statements alone",
    ),
    (
        "race { branch { break } }",
        "E0112 ‹{› expected a name for the branch behind `branch`, found `{` | write it like `branch NAME { … }`",
    ),
    (
        "try { break } catch (e) { break }",
        "E0112 ‹(› expected a name for the error behind `catch`, found `(` | write it like `catch err { … }`",
    ),
    (
        "switch a { 1 => 2 }",
        "E0114 ‹switch› `switch` begins no statement in this language | there is no `switch` statement: write `if` and `else if`, or take a value: `let x = switch VALUE { … }`",
    ),
    (
        "function f() { 1 }",
        "E0114 ‹function› `function` begins no statement in this language | functions stand outside of workflows: `fn NAME(a, b) { … }`",
    ),
    ("print(\"x\")", "E0114 ‹print› `print` begins no statement in this language | write `log(TEXT)`"),
    ("throw \"x\"", "E0114 ‹throw› `throw` begins no statement in this language | write `fail \"why\"`"),
    ("sleep", "E0112 ‹› expected a duration behind `sleep`, found the end of the line | write it like `sleep 5m`"),
    ("sleep 5 minutes", "E0122 ‹5 minutes› `5 minutes` is no duration | write `5m`, without a space"),
    (
        "fail",
        "E0112 ‹› expected what went wrong behind `fail`, found the end of the line | write it like `fail \"why\"`",
    ),
    ("yield", "E0112 ‹› expected a value behind `yield`, found the end of the line | write it like `yield VALUE`"),
    (
        "log \"x\"",
        "E0112 ‹\\\"x\\\"› expected arguments in parentheses behind `log`, found a text | write it like `log(\"text\")`",
    ),
    (
        "send w.s(a: 1)",
        "E0112 ‹› expected `to` behind it, found the end of the line | write it like `send WORKFLOW.SIGNAL(name: VALUE) to KEY`",
    ),
    (
        "send w",
        "E0112 ‹› expected arguments in parentheses behind `w`, found the end of the line | write it like `send WORKFLOW.SIGNAL(name: VALUE) to KEY`",
    ),
    (
        "retry 3",
        "E0126 ‹retry› `retry` belongs to no step here | clauses stand behind a step: on its line, or on the lines directly below",
    ),
    (
        "within 5s",
        "E0126 ‹within› `within` belongs to no step here | clauses stand behind a step: on its line, or on the lines directly below",
    ),
    ("input { a }", "E0125 ‹a› the field `a` has no type | write `a: T`, such as `a: string`"),
    ("input { a: int, b: int }", "E0125 ‹,› fields stand on lines of their own | begin a new line, without the comma"),
    (
        "input { a: int,\n b: int }",
        "E0125 ‹,› a comma stands behind a field | take it out: a field ends at the end of its line",
    ),
    ("input { a = 5 }", "E0125 ‹a› the field `a` has no type | write `a: T`, such as `a: string`"),
    ("input { string a }", "E0125 ‹string› the name of a field stands before its type | write `a: string`"),
    ("input { a?: int }", "E0125 ‹?:› `?` stands behind the type, not behind the name `a` | write `a: T?`"),
    ("input { a: [int] }", "E0123 ‹[› this is no type | a list is written `a: list<T>`"),
    (
        "input { a: list<int }",
        "E0123 ‹list<int› a `>` is missing behind the type that `list<` begins | write `list<T>`",
    ),
    (
        "input { a: int where a > 0 = 5 }",
        "E0125 ‹=› `=` stands in the wrong place | the order is `name: T = default where rule`",
    ),
    (
        "input { a: int b: int }",
        "E0125 ‹b: int› `b` stands behind a field | a field is `name: T = default where rule`, and a new line begins the next",
    ),
    ("input { a: int?? }", "E0123 ‹?› this type is optional already | one `?` is enough: `T?`"),
    ("input { a: }", "E0125 ‹:› the type of `a` is missing | write `a: string`"),
    ("input { a-b: int }", "E0121 ‹a-b› `a-b` is no name: names are letters, digits and `_` | write `a_b`"),
    ("input { a: int = }", "E0125 ‹=› a default is missing behind `=` | write it like `name: int = 5`"),
    (
        "output { a: int == 5 }",
        "E0125 ‹== 5› `==` stands behind a field | a field is `name: T = default where rule`, and a new line begins the next",
    ),
    (
        "on",
        "E0112 ‹› expected a kind of trigger behind `on`, found the end of the line | write it like `on schedule(\"0 6 * * *\")`",
    ),
    (
        "on github(events: [\"push\"])\n  when",
        "E0112 ‹› expected a condition behind `when`, found the end of the line | write it like `when CONDITION`",
    ),
    ("on github as", "E0112 ‹› expected a name behind `as`, found the end of the line | write it like `as NAME`"),
    ("on github when a when b", "E0127 ‹when b› `when` stands here a second time | keep one of them"),
    (
        "on github(a: 1)\n\n  when a",
        "E0126 ‹when› an empty line stands between this `when` and what it belongs to | take the empty line out",
    ),
    (
        "signal",
        "E0112 ‹› expected a name for the signal behind `signal`, found the end of the line | write it like `signal NAME(name: string)`",
    ),
    ("signal s(a)", "E0125 ‹a› the parameter `a` has no type | write `a: T`, such as `a: string`"),
    (
        "signal s(a: int b: int)",
        "E0125 ‹b› `b` stands behind a parameter | separate parameters by commas; each is `name: T = default where rule`",
    ),
    (
        "concurrency",
        "E0112 ‹› expected a number of runs behind `concurrency`, found the end of the line | write it like `concurrency 1 per KEY`",
    ),
    (
        "concurrency 1 per",
        "E0112 ‹› expected a value to count by behind `per`, found the end of the line | write it like `per KEY`",
    ),
    (
        "run as",
        "E0112 ‹› expected an account's name in quotes behind `as`, found the end of the line | write it like `run as \"account\"`",
    ),
    (
        "timeout",
        "E0112 ‹› expected a duration behind `timeout`, found the end of the line | write it like `timeout 30s`",
    ),
    (
        "retention",
        "E0112 ‹› expected a duration behind `retention`, found the end of the line | write it like `retention 30d`",
    ),
    (";", "E0113 ‹;› nothing stands before this `;` | take it out"),
    ("break; ; break", "E0113 ‹;› nothing stands before this `;` | take it out"),
    ("$x = 5", "E0110 ‹$› `$` begins no line: expected a statement | names have no `$`: write `let NAME = VALUE`"),
    (
        "@retry",
        "E0110 ‹@› `@` begins no line: expected a statement | there are no decorators: what belongs to a step is written behind it as a clause",
    ),
    ("# a comment", "E0106 ‹#› `#` has no meaning here | a comment begins with `//`"),
    ("let x = 1 # comment", "E0106 ‹#› `#` has no meaning here | a comment begins with `//`"),
    ("let x = “a”", "E0106 ‹“› U+201C (LEFT DOUBLE QUOTATION MARK) has no meaning here | write `\"`"),
    ("let x\u{a0}= 5", "E0106 ‹\\u{a0}› U+00A0 (NO-BREAK SPACE) has no meaning here | put a plain space in its place"),
    (
        "let é = 5",
        "E0106 ‹é› `é` (U+00E9) can't stand in a name | names are ASCII letters, digits and `_`; any character may stand in a text in quotes",
    ),
    (
        "let x = 'abc'",
        "E0107 ‹\\'abc\\'› a text stands in double quotes, and this one in single ones | write `\"abc\"`",
    ),
    ("let x = don't", "E0104 ‹\\'› this quote begins here and doesn't end | texts stand in double quotes: `\"it's\"`"),
    (
        "let x = \"abc\nlet y = 5 5",
        "E0104 ‹\\\"› this text begins here and doesn't end | a text in double quotes ends on its line; one of several lines stands in backticks\nE0113 ‹5› `5` stands behind the end of the `let` | put an operator between two values, or end the line (or write `;`) between two statements",
    ),
    ("let x = f(1, [2)", "E0101 ‹[› this `[` isn't closed | a `]` is missing behind it"),
    (
        "let x = f(1, [2\nlet y = 5 5",
        "E0101 ‹[› this `[` isn't closed | a `]` is missing behind it\nE0113 ‹5› `5` stands behind the end of the `let` | put an operator between two values, or end the line (or write `;`) between two statements",
    ),
    (
        "let x = 1)",
        "E0103 ‹)› this `)` closes nothing | take it out, or look for an opening bracket that is missing above",
    ),
    ("if f(a { break }", "E0101 ‹(› this `(` isn't closed | a `)` is missing behind it"),
    (
        "async step x = f()",
        "E0114 ‹async› `async` begins no statement in this language | a step waits for its result by itself; what runs at once stands in `parallel { … }`",
    ),
    (
        "workflow v { }",
        "E0110 ‹workflow› `workflow` stands at the top of a file, not within a block | move it out of the braces",
    ),
    (
        "import foo",
        "E0114 ‹import› `import` begins no statement in this language | write `use NAME` or `use \"./file.wf\" as NAME` at the top of the file",
    ),
    (
        "let x = #{ a: 1 } }",
        "E0103 ‹}› this `}` closes nothing | take it out, or look for an opening bracket that is missing above",
    ),
    (
        "let x = `abc",
        "E0104 ‹`› this text begins here and doesn't end | close it with another backtick; one within it is written twice",
    ),
    (
        "/* abc",
        "E0105 ‹/*› this comment begins here and doesn't end | close it with `*/`; a comment within a comment is closed by itself",
    ),
    ("wait signal(x)", "E0114 ‹wait› `wait` begins no statement in this language | write `step NAME = wait …`"),
    (
        "step x = wait signal()",
        "E0112 ‹(› one signal's name stands between these parentheses | write `wait signal(NAME)`, with a signal that the workflow declares",
    ),
    (
        "step x = f() once once_more",
        "E0113 ‹once_more› `once_more` stands behind the end of the `step` | put an operator between two values, or end the line (or write `;`) between two statements",
    ),
    (
        "step x = f(),",
        "E0113 ‹,› `,` stands behind the end of the `step` | statements are separated by line ends, not by commas",
    ),
    (
        "return 5,",
        "E0113 ‹,› `,` stands behind the end of the statement | statements are separated by line ends, not by commas",
    ),
    ("let x = { a: 1 }", "E0112 ‹{› expected a value, and a block is none | a map is written `#{ … }`"),
    (
        "restart",
        "E0112 ‹› expected arguments in parentheses behind `restart`, found the end of the line | write it like `restart(name: VALUE)`",
    ),
    (
        "undo f()",
        "E0126 ‹undo› `undo` belongs to no step here | clauses stand behind a step: on its line, or on the lines directly below",
    ),
    (
        "when x",
        "E0126 ‹when› `when` belongs to no step here | write it behind `retry N`, or `when` behind a trigger: `retry 3 every 1s..1m when err.kind == \"http\"`",
    ),
    ("x = 5;;", "E0113 ‹;› nothing stands before this `;` | take it out"),
    (
        "input { a: string | null }",
        "E0123 ‹|› a union is of texts only | write `\"a\" | \"b\"`; `T?` may be `()`, and `any` is anything",
    ),
    (
        "input { a: list<list<int> }",
        "E0123 ‹list<list<int>› a `>` is missing behind the type that `list<` begins | write `list<T>`",
    ),
    ("input { a: list<int>> }", "E0123 ‹>› this `>` closes nothing | take it out"),
    (
        "step x = f() rate_limit",
        "E0112 ‹› expected a rate such as `\"20/s\"` behind `rate_limit`, found the end of the line | write it like `rate_limit \"20/s\"`",
    ),
    (
        "step x = f() else",
        "E0112 ‹› expected a value behind `else`, found the end of the line | write it like `else VALUE`",
    ),
    ("step x = f() else { a: 1 }", "E0112 ‹{› expected a value, and a block is none | a map is written `#{ … }`"),
    (
        "let f = x => 1",
        "E0113 ‹=> 1› `=>` stands behind the end of the `let` | a statement ends at the end of its line or at `;`",
    ),
    ("let a = b is c", "E0117 ‹is› `is` is no operator here | write `==`"),
    ("let a, b = c", "E0114 ‹,› `let` binds one name | write a `let` for each name"),
    (
        "let [a, b] = c",
        "E0112 ‹[› expected a name for the variable behind `let`, found `[` | write it like `let NAME = VALUE`",
    ),
    ("let x: int = 5", "E0114 ‹:› a variable has no declared type | write `let x = …`"),
    ("step x: f()", "E0117 ‹:› `:` is no operator here | write `=`"),
    ("step x -> f()", "E0117 ‹->› `->` is no operator here | write `=`"),
    (
        "end",
        "E0114 ‹end› `end` begins no statement in this language | write `return` to end the run, or `fail \"why\"`",
    ),
];

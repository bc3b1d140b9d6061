//! Plans as text: what a small file becomes.

use crate::diag::Diagnostic;
use crate::model::Slot;
use crate::program::compile::compile_with;
use crate::program::plan::{Bind, Block, ExprForm, Plan, Statement, StepId};

/// The plan, whatever this version can run of it.
fn plan(text: &str) -> Plan {
    let compiled = compile_with("a.wf", text, |found: &Diagnostic| !found.code.starts_with("E06"));
    compiled.plan.unwrap_or_else(|| panic!("{}", crate::diag::render(&compiled.sources, &compiled.diagnostics, false)))
}

/// An expression with the slots of its names: `a + b [a=0 b=1]`.
fn expr(plan: &Plan, id: crate::program::plan::ExprId) -> String {
    let expr = &plan.exprs[id.0 as usize];
    let text = match &expr.form {
        ExprForm::Literal(value) => value.to_string(),
        ExprForm::Expression(text) => text.to_string(),
        ExprForm::Url(text) => format!("url {text}"),
        ExprForm::Script(text) => format!("script {text}"),
        ExprForm::Assignment { text, root } => format!("{root} <- {text}"),
    };
    let names: Vec<String> = expr.names.iter().map(|(name, Slot(slot))| format!("{name}={slot}")).collect();
    if names.is_empty() { text } else { format!("{text} [{}]", names.join(" ")) }
}

fn bind(bind: Option<&Bind>) -> String {
    bind.map_or(String::new(), |b| format!("{}:{} = ", b.name, b.slot.0))
}

fn step(plan: &Plan, StepId(id): StepId) -> String {
    let step = &plan.steps[id as usize];
    let slot = step.slot.map_or(String::new(), |s| format!(":{}", s.0));
    let mut text = format!("step {}{slot} = {:?}", step.name, step.target);
    step.arguments.iter().for_each(|(name, e)| text.push_str(&format!(" {name}={}", expr(plan, *e))));
    step.timeout.iter().for_each(|e| text.push_str(&format!(" timeout {}", expr(plan, *e))));
    step.within.iter().for_each(|e| text.push_str(&format!(" within {}", expr(plan, *e))));
    if let Some(retry) = &step.retry {
        text.push_str(&format!(" retry {}", expr(plan, retry.count)));
        retry.every.iter().for_each(|(a, b)| text.push_str(&format!(" every {}..{}", expr(plan, *a), expr(plan, *b))));
        retry.when.iter().for_each(|e| text.push_str(&format!(" when {}", expr(plan, *e))));
    }
    step.otherwise.iter().for_each(|e| text.push_str(&format!(" else {}", expr(plan, *e))));
    step.undo.iter().for_each(|undo| text.push_str(&format!(" undo ({})", self::step(plan, *undo))));
    text
}

fn statement(plan: &Plan, statement: &Statement, depth: usize, to: &mut String) {
    let indent = "  ".repeat(depth);
    let line = |to: &mut String, text: String| to.push_str(&format!("{indent}{text}\n"));
    let inner = |to: &mut String, id: crate::program::plan::BlockId| block(plan, id, depth + 1, to);
    let e = |id| expr(plan, id);
    match statement {
        Statement::Let { slot, value } => line(to, format!("{} = {}", slot.0, e(*value))),
        Statement::If { arms, otherwise } => {
            for (condition, body) in arms {
                line(to, format!("if {}", e(*condition)));
                inner(to, *body);
            }
            if let Some(body) = otherwise {
                line(to, "else".into());
                inner(to, *body);
            }
        }
        Statement::While { condition, body, bind: name } => {
            line(to, format!("{}while {}", bind(name.as_ref()), e(*condition)));
            inner(to, *body);
        }
        Statement::For(f) => {
            let index = f.index.map_or(String::new(), |i| format!(", {}", i.0));
            let parallel = f.parallel.map_or(String::new(), |p| format!(" parallel {}", e(p)));
            let head = format!("for {}{index} in {} of {}{parallel}", f.item.0, f.list.0, e(f.items));
            line(to, format!("{}{head}", bind(f.bind.as_ref())));
            inner(to, f.body);
        }
        Statement::Try { body, catch, finally, bind: name } => {
            line(to, format!("{}try", bind(name.as_ref())));
            inner(to, *body);
            if let Some((slot, body)) = catch {
                line(to, format!("catch {}", slot.map_or("-".into(), |s| s.0.to_string())));
                inner(to, *body);
            }
            if let Some(body) = finally {
                line(to, "finally".into());
                inner(to, *body);
            }
        }
        Statement::Fork { kind, branches, bind: name, .. } => {
            line(to, format!("{}{kind:?}", bind(name.as_ref())));
            for branch in branches {
                let name = branch.name.as_deref().unwrap_or("-");
                let export = branch.export.map_or(String::new(), |s| format!(" exports {}", s.0));
                line(to, format!("branch {name}{}{export}", if branch.in_path { " in path" } else { "" }));
                inner(to, branch.body);
            }
        }
        Statement::Step(id) => line(to, step(plan, *id)),
        Statement::Sleep(id) => line(to, format!("sleep {}", e(*id))),
        Statement::SleepUntil(id) => line(to, format!("sleep until {}", e(*id))),
        Statement::Emit { name, data } => {
            line(to, format!("emit {}{}", e(*name), data.map_or(String::new(), |data| format!(", {}", e(data)))))
        }
        Statement::Log(id) => line(to, format!("log {}", e(*id))),
        Statement::Fail(id) => line(to, format!("fail {}", e(*id))),
        Statement::Return(id) => line(to, format!("return {}", id.map_or("-".into(), e))),
        Statement::Yield(id) => line(to, format!("yield {}", e(*id))),
        Statement::Break => line(to, "break".into()),
        Statement::Continue => line(to, "continue".into()),
    }
}

fn block(plan: &Plan, id: crate::program::plan::BlockId, depth: usize, to: &mut String) {
    let Block { statements, slots } = &plan.blocks[id.0 as usize];
    let slots: Vec<String> = slots.iter().map(|s| s.0.to_string()).collect();
    to.push_str(&format!("{}{{{}}}\n", "  ".repeat(depth), slots.join(" ")));
    statements.iter().for_each(|s| statement(plan, s, depth, to));
}

fn shown(text: &str) -> String {
    let plan = plan(text);
    let mut to = String::new();
    for (name, workflow) in &plan.workflows {
        to.push_str(&format!("workflow {name}\n"));
        for input in &workflow.inputs {
            let default = input.default.map_or(String::new(), |e| format!(" = {}", expr(&plan, e)));
            let rule = input.rule.map_or(String::new(), |e| format!(" where {}", expr(&plan, e)));
            to.push_str(&format!("input {}: {}{default}{rule}\n", input.name, input.ty));
        }
        workflow.timeout.iter().for_each(|e| to.push_str(&format!("timeout {}\n", expr(&plan, *e))));
        block(&plan, workflow.body, 0, &mut to);
        for output in &workflow.outputs {
            let value = output.value.map_or("-".into(), |e| expr(&plan, e));
            to.push_str(&format!("output {}: {} = {value}\n", output.name, output.ty));
        }
    }
    to
}

macro_rules! plans {
    ($($name:ident: $text:expr => $expected:expr;)*) => { $(
        #[test]
        fn $name() {
            assert_eq!(shown($text).trim(), $expected.trim());
        }
    )* };
}

plans! {
    inputs_and_outputs: r#"
const MOST = 20
workflow w {
  input {
    service: string where service.len() > 0
    replicas: int = 2 where replicas <= MOST && input.service != ""
    window: duration = 30m
  }
  timeout input.window
  let n = input.replicas
  output {
    n: int = n
    w = MOST
  }
}"# => r#"
workflow w
input service: string where service.len() > 0
input replicas: int = 2 where replicas <= MOST && input.service != ""
input window: duration = "30m"
timeout input.window
{0}
0 = input.replicas
output n: int = n [n=0]
output w: any = MOST
"#;
    assignments: r#"
workflow w {
  let x = 1
  x = 2
  x += x
  let m = #{}
  m.a[x] = x
  m = 30s
  let s = script { let y = x; y + 1 }
}"# => r#"
workflow w
{0 1 2}
0 = 1
0 = x <- x = 2 [x=0]
0 = x <- x += x [x=0]
1 = #{}
1 = m <- m.a[x] = x [m=1 x=0]
1 = "30s"
2 = script { let y = x; y + 1 } [x=0]
"#;
    loops: r#"
workflow w {
  let all = for a, i in [1, 2] {
    let b = a + i
    if b > 2 { continue } else if b < 0 { break } else { yield b }
  }
  for c in all { while c > 1 { log(c) } }
  let n = while all.len() > 3 { yield 1 }
}"# => r#"
workflow w
{0 1 5 7}
all:1 = for 2, 3 in 0 of [1, 2]
  {2 3 4}
  4 = a + i [a=2 i=3]
  if b > 2 [b=4]
    {}
    continue
  if b < 0 [b=4]
    {}
    break
  else
    {}
    yield b [b=4]
for 6 in 5 of all [all=1]
  {6}
  while c > 1 [c=6]
    {}
    log c [c=6]
n:7 = while all.len() > 3 [all=1]
  {}
  yield 1
"#;
    attempts: r#"
workflow w {
  let v = try { yield 1 } catch err { log(err.kind); yield 2 } finally { log("x") }
  try { fail "x" } catch { log(v) }
  return
}"# => r#"
workflow w
{0}
v:0 = try
  {}
  yield 1
catch 1
  {1}
  log err.kind [err=1]
  yield 2
finally
  {}
  log "x"
try
  {}
  fail "x"
catch -
  {}
  log v [v=0]
return -
"#;
    steps: r#"
workflow child { input { n: int } log(input.n) }
workflow w {
  step a = exec("ls", ["-l"], dir: "/")
    timeout 5s
    within 1m
    retry 3 every 1s..30s when err.kind == "exec"
    else #{ code: err.attempt }
  step b = shell("ls $A", env: #{ A: a.stdout }) retry 2 every 5s
  step c = call child(n: a.code)
  step d = start child(n: 1) retry 1
  sleep 5s
  sleep until now()
}"# => r#"
workflow child
input n: int
{}
log input.n
workflow w
{0 1 2 3}
step a:0 = Action("exec") program="ls" args=["-l"] dir="/" timeout "5s" within "1m" retry 3 every "1s".."30s" when err.kind == "exec" else #{ code: err.attempt }
step b:1 = Action("shell") command="ls $A" env=#{ A: a.stdout } [a=0] retry 2 every "5s".."5s"
step c:2 = Call("child") n=a.code [a=0]
step d:3 = Start("child") n=1 retry 1
sleep "5s"
sleep until now()
"#;
    forks: r#"
workflow w {
  signal go(by: string)
  parallel {
    step a = exec("x") undo exec("y", [a.stdout]) retry 1
    branch b { step c = exec("z") }
    log("free")
  }
  let won = race {
    branch l { yield a.code }
    branch r { step s = wait signal(go) timeout 5s }
  }
  let all = for n in [1] parallel 2 { yield n }
  log(a)
}"# => r#"
workflow w
{0 2 4 5}
Parallel
branch a exports 0
  {}
  step a:0 = Action("exec") program="x" undo (step undo = Action("exec") program="y" args=[a.stdout] [a=0] retry 1)
branch b in path
  {1}
  step c:1 = Action("exec") program="z"
branch -
  {}
  log "free"
won:2 = Race
branch l in path
  {}
  yield a.code [a=0]
branch r in path
  {3}
  step s:3 = Signal("go") timeout "5s"
all:5 = for 6 in 4 of [1] parallel 2
  {6}
  yield n [n=6]
log a [a=0]
"#;
    names_of_their_own: r#"
fn double(n) { n * 2 }
workflow w {
  let x = [1].map(|y| double(y) + run.id.len())
  for x2 in x { let y = x2 }
  for x2 in x { let y = x2 }
}"# => r#"
workflow w
{0 1 4}
0 = [1].map(|y| double(y) + run.id.len())
for 2 in 1 of x [x=0]
  {2 3}
  3 = x2 [x2=2]
for 5 in 4 of x [x=0]
  {5 6}
  6 = x2 [x2=5]
"#;
}

#[test]
fn places_texts_functions_and_constants_are_kept() {
    let plan = plan(
        "const A = B * 2\nconst B = 1h\nfn f(x) { x }\nworkflow w {\n  let é = 1\n  log(`é` + f(A))\n}\n"
            .replace("é = 1", "e = 1")
            .as_str(),
    );
    let last = &plan.exprs.last().expect("an expression").place;
    assert_eq!((&*last.file, last.line, last.column), ("a.wf", 6, 7));
    let function = &plan.functions[0];
    assert_eq!((&*function.name, &*function.body, function.place.line, function.place.column), ("f", "{ x }", 3, 9));
    assert_eq!(plan.constants["A"].to_string(), "\"2h\"");
    assert_eq!(plan.texts[0].1.to_string().len(), "sha256:".len() + 64);
}

#[test]
fn a_plan_is_the_same_every_time_and_survives_its_writing() {
    let text = include_str!("../cases/names.wf").split("---- ").nth(1).and_then(|c| c.split_once('\n'));
    let text = text.expect("the first case").1;
    let write = || serde_json::to_string(&plan(text)).expect("a plan is plain data");
    let first = write();
    assert!((0..5).all(|_| write() == first));
    let read: Plan = serde_json::from_str(&first).expect("its own writing");
    assert_eq!(read, plan(text));
}

#[test]
fn what_cannot_be_run_yet_has_no_plan() {
    let text = "workflow w {\n  parallel { step a = exec(\"x\") }\n}\n";
    assert!(crate::program::compile("a.wf", text).plan.is_none());
    let unplanned = "workflow w {\n  respond(status: 200)\n}\n";
    assert!(compile_with("a.wf", unplanned, |_| false).plan.is_none());
}

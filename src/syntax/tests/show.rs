//! A tree as compact text: nested parentheses, with expressions in guillemets as they stand in the file.

use crate::source::{Source, Span};

use crate::syntax::ast::{
    Argument, ArgumentValue, Arguments, Arm, Block, Call, Clause, ClauseKind, Code, Declaration, Doc, Expr, File, For,
    Item, LetValue, MockValue, Param, Performance, Statement, StatementKind, Step, StepTarget, TestLine, TestLineKind,
    Try, Type, TypeKind, UseFrom, While,
};

/// Shows the parts of one source's tree.
pub struct Show<'a>(pub &'a Source);

fn group(head: &str, parts: impl IntoIterator<Item = String>) -> String {
    let parts: Vec<String> = parts.into_iter().filter(|p| !p.is_empty()).collect();
    if parts.is_empty() { head.to_owned() } else { format!("({head} {})", parts.join(" ")) }
}

impl Show<'_> {
    fn at(&self, span: Span) -> &str {
        self.0.slice(span)
    }

    fn code(&self, code: &Code) -> String {
        format!("‹{}›", self.at(code.span))
    }

    fn expr(&self, expr: &Expr) -> String {
        match expr {
            Expr::Duration { ms, .. } => format!("{ms}ms"),
            Expr::Code(code) => self.code(code),
        }
    }

    fn maybe(&self, word: &str, code: &Option<Code>) -> String {
        code.as_ref().map_or_else(String::new, |c| group(word, [self.code(c)]))
    }

    fn doc(&self, doc: &Doc) -> String {
        doc.as_ref().map_or_else(String::new, |d| format!("{:?}", d.text))
    }

    pub fn file(&self, file: &File) -> String {
        file.items.iter().map(|i| self.item(i)).collect::<Vec<_>>().join("\n")
    }

    fn item(&self, item: &Item) -> String {
        match item {
            Item::Use(u) => {
                let from = match &u.from {
                    UseFrom::Module(name) => name.text.to_string(),
                    UseFrom::File(path) => format!("{:?}", path.text),
                };
                group("use", [from, u.alias.as_ref().map_or_else(String::new, |a| format!("as {}", a.text))])
            }
            Item::Const(c) => group("const", [self.doc(&c.doc), c.name.text.to_string(), self.expr(&c.value)]),
            Item::Fn(f) => {
                let params = group("of", f.params.iter().map(|p| p.text.to_string()));
                group("fn", [self.doc(&f.doc), f.name.text.to_string(), params, self.code(&f.body)])
            }
            Item::Action(a) => {
                let head = [self.doc(&a.doc), a.name.text.to_string(), self.params(&a.params)];
                group("action", head.into_iter().chain(self.block(&a.body)))
            }
            Item::Workflow(w) => {
                let head = [self.doc(&w.doc), w.name.text.to_string()];
                group("workflow", head.into_iter().chain(self.block(&w.body)))
            }
            Item::Test(t) => {
                let of = t.of.as_ref().map_or_else(String::new, |n| format!("of {}", n.text));
                let head = [format!("{:?}", t.name.text), of];
                group("test", head.into_iter().chain(t.lines.iter().map(|l| self.line(l))))
            }
        }
    }

    fn block(&self, block: &Block) -> Vec<String> {
        block.statements.iter().map(|s| self.statement(s)).collect()
    }

    fn params(&self, params: &[Param]) -> String {
        group("params", params.iter().map(|p| self.param(p)))
    }

    fn param(&self, p: &Param) -> String {
        let default = p.default.as_ref().map_or_else(String::new, |d| format!("= {}", self.expr(d)));
        group(&p.name.text, [self.doc(&p.doc), self.ty(&p.ty), default, self.maybe("where", &p.rule)])
    }

    pub fn ty(&self, ty: &Type) -> String {
        let kind = match &ty.kind {
            TypeKind::Named(name) => name.text.to_string(),
            TypeKind::List(inner) => format!("list<{}>", self.ty(inner)),
            TypeKind::Map(inner) => format!("map<{}>", self.ty(inner)),
            TypeKind::Object(fields) => {
                let fields: Vec<String> = fields.iter().map(|(n, t)| format!("{}: {}", n.text, self.ty(t))).collect();
                format!("{{{}}}", fields.join(", "))
            }
            TypeKind::OneOf(texts) => texts.iter().map(|t| format!("{:?}", t.text)).collect::<Vec<_>>().join("|"),
        };
        if ty.optional { format!("{kind}?") } else { kind }
    }

    fn arguments(&self, arguments: &Arguments) -> String {
        let list: Vec<String> = arguments.list.iter().map(|a| self.argument(a)).collect();
        format!("[{}]", list.join(", "))
    }

    fn argument(&self, a: &Argument) -> String {
        let value = match &a.value {
            ArgumentValue::Expr(expr) => self.expr(expr),
            ArgumentValue::Action(call) => self.call(call),
            ArgumentValue::Fields(fields) => group("fields", fields.iter().map(|f| self.param(f))),
        };
        a.name.as_ref().map_or_else(|| value.clone(), |n| format!("{}: {value}", n.text))
    }

    fn call(&self, call: &Call) -> String {
        format!("{}{}", call.path.text(), self.arguments(&call.arguments))
    }

    pub fn statement(&self, s: &Statement) -> String {
        let shown = self.kind(&s.kind);
        if s.doc.is_some() { group("doc", [self.doc(&s.doc), shown]) } else { shown }
    }

    fn kind(&self, kind: &StatementKind) -> String {
        match kind {
            StatementKind::Declaration(d) => self.declaration(d),
            StatementKind::Step(step) => self.step(step),
            StatementKind::Let { name, value } => group("let", [name.text.to_string(), self.let_value(value)]),
            StatementKind::Assign { root, target, operator, value } => {
                let parts = [root.text.to_string(), self.code(target), self.expr(value)];
                group(&operator.text, parts)
            }
            StatementKind::If { arms, otherwise } => {
                let arms = arms.iter().map(|(c, b)| group(&self.code(c), self.block(b)));
                let otherwise = otherwise.as_ref().map(|b| group("else", self.block(b)));
                group("if", arms.chain(otherwise))
            }
            StatementKind::While(w) => self.while_loop(w),
            StatementKind::For(f) => self.for_loop(f),
            StatementKind::Parallel(p) => self.arms("parallel", &p.arms),
            StatementKind::Race(r) => self.arms("race", &r.arms),
            StatementKind::Try(t) => self.attempt(t),
            StatementKind::Break => "break".into(),
            StatementKind::Continue => "continue".into(),
            StatementKind::Sleep(e) => group("sleep", [self.expr(e)]),
            StatementKind::SleepUntil(c) => group("sleep-until", [self.code(c)]),
            StatementKind::Fail(c) => group("fail", [self.code(c)]),
            StatementKind::Return(e) => group("return", e.iter().map(|e| self.expr(e))),
            StatementKind::Yield(e) => group("yield", [self.expr(e)]),
            StatementKind::Restart(a) => group("restart", [self.arguments(a)]),
            StatementKind::Send { to, arguments, key } => {
                group("send", [to.text(), self.arguments(arguments), self.code(key)])
            }
            StatementKind::Emit(a) => group("emit", [self.arguments(a)]),
            StatementKind::Log(a) => group("log", [self.arguments(a)]),
            StatementKind::Respond(a) => group("respond", [self.arguments(a)]),
        }
    }

    fn let_value(&self, value: &LetValue) -> String {
        match value {
            LetValue::Expr(e) => self.expr(e),
            LetValue::Script(c) => group("script", [self.code(c)]),
            LetValue::For(f) => self.for_loop(f),
            LetValue::While(w) => self.while_loop(w),
            LetValue::Parallel(p) => self.arms("parallel", &p.arms),
            LetValue::Race(r) => self.arms("race", &r.arms),
            LetValue::Try(t) => self.attempt(t),
        }
    }

    fn while_loop(&self, w: &While) -> String {
        group("while", [self.code(&w.condition)].into_iter().chain(self.block(&w.body)))
    }

    fn for_loop(&self, f: &For) -> String {
        let index = f.index.as_ref().map_or_else(String::new, |i| i.text.to_string());
        let head = [f.item.text.to_string(), index, self.code(&f.items), self.maybe("parallel", &f.parallel)];
        group("for", head.into_iter().chain(self.block(&f.body)))
    }

    fn arms(&self, word: &str, arms: &[Arm]) -> String {
        let arm = |arm: &Arm| match arm {
            Arm::Branch { name, body, .. } => {
                group("branch", [name.text.to_string()].into_iter().chain(self.block(body)))
            }
            Arm::Statement(s) => self.statement(s),
        };
        group(word, arms.iter().map(arm))
    }

    fn attempt(&self, t: &Try) -> String {
        let catch = t.catch.as_ref().map(|c| {
            let name = c.name.as_ref().map_or_else(String::new, |n| n.text.to_string());
            group("catch", [name].into_iter().chain(self.block(&c.body)))
        });
        let finally = t.finally.as_ref().map(|b| group("finally", self.block(b)));
        group("try", self.block(&t.body).into_iter().chain(catch).chain(finally))
    }

    fn step(&self, step: &Step) -> String {
        let target = match &step.target {
            StepTarget::Action(call) => self.call(call),
            StepTarget::Call(call) => format!("call {}", self.call(call)),
            StepTarget::Start(call) => format!("start {}", self.call(call)),
            StepTarget::Signal(name) => format!("signal {}", name.text),
            StepTarget::Callback(a) => format!("callback{}", self.arguments(a)),
            StepTarget::Approval(a) => format!("approval{}", self.arguments(a)),
        };
        let clauses = step.clauses.iter().map(|c| self.clause(c));
        group("step", [step.name.text.to_string(), target].into_iter().chain(clauses))
    }

    fn clause(&self, clause: &Clause) -> String {
        let shown = match &clause.kind {
            ClauseKind::Timeout(e) => group("timeout", [self.expr(e)]),
            ClauseKind::Within(e) => group("within", [self.expr(e)]),
            ClauseKind::Else(e) => group("else", [self.expr(e)]),
            ClauseKind::Once => "once".into(),
            ClauseKind::RateLimit { rate, per } => group("rate_limit", [self.code(rate), self.maybe("per", per)]),
            ClauseKind::Retry { count, every, when } => {
                let every = every.as_ref().map_or_else(String::new, |(a, b)| {
                    let b = b.as_ref().map_or_else(String::new, |b| self.expr(b));
                    group("every", [self.expr(a), b])
                });
                group("retry", [self.code(count), every, self.maybe("when", when)])
            }
            ClauseKind::Undo { action, clauses } => {
                group("undo", [self.call(action)].into_iter().chain(clauses.iter().map(|c| self.clause(c))))
            }
        };
        if clause.after_blank_line { group("blank", [shown]) } else { shown }
    }

    fn declaration(&self, declaration: &Declaration) -> String {
        match declaration {
            Declaration::Input(params) => group("input", params.iter().map(|p| self.param(p))),
            Declaration::Signal { name, params } => group("signal", [name.text.to_string(), self.params(params)]),
            Declaration::On(on) => {
                let arguments = on.arguments.as_ref().map_or_else(String::new, |a| self.arguments(a));
                let alias = on.alias.as_ref().map_or_else(String::new, |n| format!("as {}", n.text));
                let to = |(name, key): &(crate::syntax::ast::Name, Code)| {
                    group("signal", [name.text.to_string(), self.code(key)])
                };
                let signal = on.signal.as_ref().map_or_else(String::new, to);
                let parts = [on.kind.text.to_string(), arguments, alias, self.maybe("when", &on.when), signal];
                group("on", parts.into_iter().chain([self.maybe("with", &on.with)]))
            }
            Declaration::Concurrency { limit, per, overlap } => {
                let overlap = overlap.as_ref().map_or_else(String::new, |n| n.text.to_string());
                group("concurrency", [self.code(limit), self.maybe("per", per), overlap])
            }
            Declaration::Timeout(e) => group("timeout", [self.expr(e)]),
            Declaration::Retention(e) => group("retention", [self.expr(e)]),
            Declaration::RunAs(text) => group("run-as", [format!("{:?}", text.text)]),
            Declaration::Output(fields) => group(
                "output",
                fields.iter().map(|f| {
                    let ty = f.ty.as_ref().map_or_else(String::new, |t| self.ty(t));
                    let value = f.value.as_ref().map_or_else(String::new, |e| format!("= {}", self.expr(e)));
                    group(&f.name.text, [self.doc(&f.doc), ty, value])
                }),
            ),
        }
    }

    fn line(&self, line: &TestLine) -> String {
        match &line.kind {
            TestLineKind::Input(c) => group("input", [self.code(c)]),
            TestLineKind::Given { trigger, body, headers } => {
                let body = body.as_ref().map_or_else(String::new, |b| self.code(b));
                group("given", [trigger.text.to_string(), body, self.maybe("headers", headers)])
            }
            TestLineKind::Mock { path, value } => group("mock", [path.text.to_string(), self.mock(value)]),
            TestLineKind::Secret { name, value } => group("secret", [name.text.to_string(), self.code(value)]),
            TestLineKind::Signal { name, arguments } => {
                let arguments = arguments.as_ref().map_or_else(String::new, |a| self.arguments(a));
                group("signal", [name.text.to_string(), arguments])
            }
            TestLineKind::Answer { path, value } => group("answer", [path.text.to_string(), self.expr(value)]),
            TestLineKind::Advance { by, down } => {
                group("advance", [self.expr(by), if *down { "down".into() } else { String::new() }])
            }
            TestLineKind::CrashAfter { path } => group("crash-after", [path.text.to_string()]),
            TestLineKind::Expect(c) => group("expect", [self.code(c)]),
            TestLineKind::For { item, index, items, lines } => {
                let index = index.as_ref().map_or_else(String::new, |i| i.text.to_string());
                let head = [item.text.to_string(), index, self.code(items)];
                group("for", head.into_iter().chain(lines.iter().map(|l| self.line(l))))
            }
        }
    }

    fn mock(&self, value: &MockValue) -> String {
        let one = |p: &Performance| match p {
            Performance::Gives(e) => self.expr(e),
            Performance::Fails(c) => group("fails", [self.code(c)]),
        };
        match value {
            MockValue::One(p) => one(p),
            MockValue::List(list) => group("list", list.iter().map(one)),
        }
    }
}

//! The statements of a body: what they bind, where they may stand, what types their values must have.

use crate::check::checker::{Around, Checker};
use crate::check::ending::{Endings, Leaves};
use crate::check::scope::Origin;
use crate::check::ty::{Kind, Ty, short};
use crate::diag::Diagnostic;
use crate::model::Length;
use crate::source::Span;
use crate::syntax::ast::{Block, Code, Expr, For, LetValue, Name, Statement, StatementKind, Try, While};

impl<'a> Checker<'a> {
    /// Statements in order; what they bind stays visible, so the caller opens a scope around.
    pub fn block(&mut self, block: &'a Block) {
        self.statements(block.statements.iter());
    }

    pub fn statements(&mut self, statements: impl Iterator<Item = &'a Statement>) {
        let mut left: Option<&Statement> = None;
        for statement in statements {
            if let Some(leaving) = left.take() {
                let at = self.first_line(leaving.span);
                let warning = Diagnostic::warning("W0401", self.first_line(statement.span), "this is never reached");
                self.tell(warning.label(at, "the block is always left here"));
            } else if self.is_left(statement) {
                left = Some(statement);
            }
            self.statement(statement);
        }
    }

    /// Whether what follows the statement is never reached. Outside of all blocks, what leaves one is a mistake of
    /// its own.
    fn is_left(&self, statement: &Statement) -> bool {
        match Endings(self.source).leaves(statement) {
            Leaves::No => false,
            Leaves::Block => !self.body.around.is_empty(),
            Leaves::Run => true,
        }
    }

    pub fn statement(&mut self, statement: &'a Statement) {
        let span = statement.span;
        match &statement.kind {
            StatementKind::Declaration(declaration) => self.stray_declaration(declaration, span),
            StatementKind::Step(step) => self.step(step),
            StatementKind::Let { name, value } => self.binding(name, value, span),
            StatementKind::Assign { root, target, operator, value } => self.assign(root, *target, operator, *value),
            StatementKind::If { arms, otherwise } => {
                for (condition, body) in arms {
                    self.condition(*condition);
                    self.scoped(|c| c.block(body));
                }
                otherwise.iter().for_each(|body| self.scoped(|c| c.block(body)));
            }
            StatementKind::While(inner) => drop(self.while_loop(inner, false)),
            StatementKind::For(inner) => drop(self.for_loop(inner, false, span)),
            StatementKind::Parallel(inner) => drop(self.parallel(inner, false)),
            StatementKind::Race(inner) => drop(self.race(inner, false)),
            StatementKind::Try(inner) => drop(self.attempt(inner, false)),
            StatementKind::Break => self.leave_loop("break", span),
            StatementKind::Continue => self.leave_loop("continue", span),
            StatementKind::Sleep(length) => drop(self.expect(*length, &Ty::Duration, "`sleep`")),
            StatementKind::SleepUntil(time) => self.sleep_until(*time),
            StatementKind::Fail(what) => self.fail(*what),
            StatementKind::Return(value) => self.give_back(*value, span),
            StatementKind::Yield(value) => self.give_value(*value, span),
            StatementKind::Restart(_)
            | StatementKind::Send { .. }
            | StatementKind::Emit(_)
            | StatementKind::Log(_)
            | StatementKind::Respond(_) => self.message(&statement.kind, span),
        }
    }

    fn binding(&mut self, name: &'a Name, value: &'a LetValue, span: Span) {
        let ty = match value {
            LetValue::Expr(value) => self.expr(*value),
            LetValue::Script(code) => self.script(*code),
            LetValue::For(inner) => self.for_loop(inner, true, span),
            LetValue::While(inner) => self.while_loop(inner, true),
            LetValue::Parallel(inner) => self.parallel(inner, true),
            LetValue::Race(inner) => self.race(inner, true),
            LetValue::Try(inner) => self.attempt(inner, true),
        };
        if ty.holds_secret() {
            self.ways.insert(name.span, vec![value_span(value, span)]);
        }
        self.bind(name, Origin::Let, ty);
    }

    /// A condition must be a bool.
    pub fn condition(&mut self, code: Code) {
        let ty = self.code(code);
        if !matches!(ty.kind(), None | Some(Kind::Bool)) {
            let mut error =
                Diagnostic::error("E0302", code.span, format!("a condition must be a `bool`, this is `{ty}`"));
            if matches!(ty, Ty::Optional(_) | Ty::Unit) {
                error = error.help("to ask whether it is there, write `… != ()`");
            }
            self.tell(error);
        }
    }

    fn while_loop(&mut self, inner: &'a While, bound: bool) -> Ty {
        self.condition(inner.condition);
        let yields = self.within(Around::Loop { parallel: false }, bound, |c| c.block(&inner.body));
        Ty::list(yields.unwrap_or_default())
    }

    fn for_loop(&mut self, inner: &'a For, bound: bool, span: Span) -> Ty {
        let items = self.code(inner.items);
        let item = self.items(&items, inner.items);
        let parallel = inner.parallel.is_some();
        if let Some(limit) = inner.parallel {
            self.expect(Expr::Code(limit), &Ty::Int, "`parallel`");
            let head = self.first_line(span);
            self.not_yet(
                "E0601",
                head,
                "`for … parallel`",
                "write a `for` without `parallel`: one item after the other",
            );
        }
        let yields = self.within(Around::Loop { parallel }, bound, |c| {
            let inside = |c: &mut Self| {
                if item.holds_secret() {
                    c.ways.insert(inner.item.span, vec![inner.items.span]);
                }
                c.bind(&inner.item, Origin::Loop, item);
                inner.index.iter().for_each(|index| c.bind(index, Origin::Loop, Ty::Int));
                c.block(&inner.body);
            };
            if parallel { c.apart(inside) } else { inside(c) }
        });
        Ty::list(yields.unwrap_or_default())
    }

    /// The type of the items that a `for` goes through.
    fn items(&mut self, ty: &Ty, code: Code) -> Ty {
        match ty.present() {
            Ty::List(of) => of.ty.clone(),
            Ty::Any | Ty::Veiled => ty.clone(),
            other => {
                let error =
                    Diagnostic::error("E0308", code.span, format!("`for` goes through a list, this is `{other}`"));
                let help = match other.kind() {
                    Some(Kind::Map) => Some("write `.keys()` or `.values()` behind it"),
                    Some(Kind::Number) => Some("for the numbers below it write `0..` in front of it"),
                    Some(Kind::Text) => Some("write `.split(\"\\n\")` behind it for its lines"),
                    _ => None,
                };
                self.tell(Diagnostic { help: help.map(str::to_string), ..error });
                Ty::Any
            }
        }
    }

    fn attempt(&mut self, inner: &'a Try, bound: bool) -> Ty {
        let mut yields = self.within(Around::Try, bound, |c| c.block(&inner.body));
        let mut join = |more: Option<Ty>| {
            yields = match (yields.take(), more) {
                (Some(a), Some(b)) => Some(a.join(&b)),
                (a, b) => a.or(b),
            };
        };
        if let Some(catch) = &inner.catch {
            join(self.within(Around::Try, bound, |c| {
                catch.name.iter().for_each(|name| c.bind(name, Origin::Catch, error_type()));
                c.block(&catch.body);
            }));
        }
        if let Some(finally) = &inner.finally {
            join(self.within(Around::Try, bound, |c| c.block(finally)));
        }
        yields.map_or(Ty::Unit, |ty| ty.join(&Ty::Unit))
    }

    fn sleep_until(&mut self, time: Code) {
        let text = self.source.slice(time.span).trim();
        if text.starts_with(|c: char| c.is_ascii_digit()) && text.parse::<Length>().is_ok() {
            let error = Diagnostic::error(
                "E0301",
                time.span,
                format!("`sleep until` takes a moment, and `{text}` is a length"),
            );
            return self.tell(error.help(format!("write `sleep {text}`")));
        }
        self.expect(Expr::Code(time), &Ty::Datetime, "`sleep until`");
    }

    fn leave_loop(&mut self, word: &str, span: Span) {
        if !self.body.around.iter().any(|e| matches!(e.around, Around::Loop { .. })) {
            let error = Diagnostic::error("E0409", span, format!("there is no loop around this `{word}`"));
            self.tell(error.help("to end the run write `return`, to end the block of a value write `yield`"));
        }
    }

    fn fail(&mut self, code: Code) {
        let ty = self.code(code);
        if ty.holds_secret() {
            return self.secret_reaches(code.span, "a failure");
        }
        let known = match ty.present() {
            Ty::Object(object) => object,
            Ty::Any | Ty::Veiled | Ty::Map(_) | Ty::String | Ty::Literal(_) | Ty::OneOf(_) => return,
            other => {
                let message = format!("`fail` takes a text or a map, this is `{other}`");
                return self.tell(Diagnostic::error("E0301", code.span, message));
            }
        };
        const FIELDS: [&str; 5] = ["kind", "message", "data", "step", "attempt"];
        if let Some(strange) = known.fields.keys().find(|name| !FIELDS.contains(&&***name)) {
            let help = self.suggestion(strange, FIELDS).unwrap_or_else(|| "it has `kind`, `message` and `data`".into());
            let message = format!("a failure has no field `{}`", short(strange));
            self.tell(Diagnostic::error("E0208", code.span, message).help(help));
        }
        for name in ["kind", "message"] {
            let Some(field) = known.fields.get(name) else { continue };
            if !matches!(field.present(), Ty::Any | Ty::Unit | Ty::String | Ty::Literal(_) | Ty::OneOf(_)) {
                let message = format!("the `{name}` of a failure is a text, this is `{field}`");
                self.tell(Diagnostic::error("E0301", code.span, message));
            }
        }
    }

    fn give_back(&mut self, value: Option<Expr>, span: Span) {
        let given = value.map(|value| (self.expr(value), value.span()));
        if self.body.workflow {
            self.returned(given, span);
        }
    }

    /// `yield` gives to the nearest block whose value is bound.
    fn give_value(&mut self, value: Expr, span: Span) {
        let ty = self.expr(value);
        let mut crossed = None;
        for enclosing in self.body.around.iter_mut().rev() {
            if enclosing.bound {
                if crossed.is_none() {
                    enclosing.yields = Some(enclosing.yields.as_ref().map_or_else(|| ty.clone(), |y| y.join(&ty)));
                }
                let Some(word) = crossed else { return };
                let message = format!("this `yield` would leave the {word} around it, whose value is not bound");
                let error = Diagnostic::error("E0410", span, message);
                return self.tell(error.help(format!("write `let x =` in front of the {word}, and use `x` after it")));
            }
            crossed = crossed.or(match enclosing.around {
                Around::Parallel => Some("`parallel`"),
                Around::Race => Some("`race`"),
                Around::Loop { parallel: true } => Some("`for … parallel`"),
                Around::Loop { parallel: false } | Around::Try => None,
            });
        }
        let error = Diagnostic::error("E0410", span, "there is no block around this `yield` whose value is bound");
        self.tell(error.help("write `let x =` in front of the `for`, `while`, `try`, `race` or `parallel` around it"));
    }
}

/// Where the secrets of a bound value stand: in its expression, or somewhere in its block.
fn value_span(value: &LetValue, whole: Span) -> Span {
    match value {
        LetValue::Expr(value) => value.span(),
        LetValue::Script(code) => code.span,
        LetValue::For(_) | LetValue::While(_) | LetValue::Parallel(_) | LetValue::Race(_) | LetValue::Try(_) => whole,
    }
}

/// What `err` is.
pub fn error_type() -> Ty {
    Ty::fields([
        ("kind", Ty::String),
        ("message", Ty::String),
        ("step", Ty::optional(Ty::String)),
        ("attempt", Ty::Int),
        ("data", Ty::Any),
    ])
}

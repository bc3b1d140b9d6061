//! The tree of a `.wf` file: what was written, with where it was written. Nothing is resolved here.

use std::sync::Arc;

use crate::source::Span;

/// A name as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Name {
    pub text: Arc<str>,
    pub span: Span,
}

/// A dotted name of an action: `http.get`, `slack.post`, `notify`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Path {
    pub parts: Vec<Name>,
    pub span: Span,
}

impl Path {
    /// The parts joined by dots.
    pub fn text(&self) -> String {
        self.parts.iter().map(|p| &*p.text).collect::<Vec<_>>().join(".")
    }
}

/// A piece of rhai, untouched: where it stands is all that is known of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Code {
    pub span: Span,
}

/// Where a value is written: a duration alone, or an expression.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Expr {
    /// `1h30m`
    Duration {
        ms: i64,
        span: Span,
    },
    Code(Code),
}

impl Expr {
    pub fn span(&self) -> Span {
        match self {
            Expr::Duration { span, .. } => *span,
            Expr::Code(code) => code.span,
        }
    }
}

/// A quoted text that is no expression (a path of `use`, a test's name); `text` has its escapes resolved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quoted {
    pub text: Arc<str>,
    pub span: Span,
}

/// `///` lines that stand directly above something, without the slashes, joined by newlines.
pub type Doc = Option<Quoted>;

/// A comment that is no documentation, kept for the formatter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comment {
    pub span: Span,
    pub kind: CommentKind,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CommentKind {
    /// `// …`
    Line,
    /// `/* … */`
    Block,
    /// `/// …` that stands above something it documents.
    Doc,
    /// `/// …` that documents nothing.
    StrayDoc,
}

/// A whole file.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct File {
    pub items: Vec<Item>,
    /// Every comment outside of expressions, in order.
    pub comments: Vec<Comment>,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Item {
    Use(Use),
    Const(Const),
    Fn(Function),
    Action(Action),
    Workflow(Workflow),
    Test(Test),
}

/// `use slack`, `use "./hosts.wf" as hosts`
#[derive(Clone, PartialEq, Debug)]
pub struct Use {
    pub from: UseFrom,
    pub alias: Option<Name>,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum UseFrom {
    /// A module of the standard library.
    Module(Name),
    File(Quoted),
}

/// `const NAME = value`
#[derive(Clone, PartialEq, Debug)]
pub struct Const {
    pub doc: Doc,
    pub name: Name,
    pub value: Expr,
    pub span: Span,
}

/// `fn name(a, b) { rhai }`
#[derive(Clone, PartialEq, Debug)]
pub struct Function {
    pub doc: Doc,
    pub name: Name,
    pub params: Vec<Name>,
    /// The body with its braces.
    pub body: Code,
    pub span: Span,
}

/// `action name(params) { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Action {
    pub doc: Doc,
    pub name: Name,
    pub params: Vec<Param>,
    pub body: Block,
    pub span: Span,
}

/// `name: T = default where rule`: a field of `input`, a parameter of an action, signal or form.
#[derive(Clone, PartialEq, Debug)]
pub struct Param {
    pub doc: Doc,
    pub name: Name,
    pub ty: Type,
    pub default: Option<Expr>,
    pub rule: Option<Code>,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Type {
    pub kind: TypeKind,
    /// `T?`
    pub optional: bool,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum TypeKind {
    /// `string`, or any other word: which words are types is the checker's to say.
    Named(Name),
    List(Box<Type>),
    Map(Box<Type>),
    Object(Vec<(Name, Type)>),
    OneOf(Vec<Quoted>),
}

/// `workflow name { declarations; statements; output }`
#[derive(Clone, PartialEq, Debug)]
pub struct Workflow {
    pub doc: Doc,
    pub name: Name,
    /// Declarations and statements in the order in which they were written.
    pub body: Block,
    pub span: Span,
}

/// Statements between braces, the braces included in the span. In a workflow's own block, declarations and the
/// `output` stand among them; anywhere else the checker refuses them.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Block {
    pub statements: Vec<Statement>,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Statement {
    pub doc: Doc,
    pub kind: StatementKind,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum StatementKind {
    /// A declaration of a workflow (`input`, `on`, …), wherever it stands.
    Declaration(Declaration),
    Step(Box<Step>),
    Let {
        name: Name,
        value: LetValue,
    },
    /// `x = e`, `x += e`, `x.a[0] = e`
    Assign {
        root: Name,
        target: Code,
        operator: Operator,
        value: Expr,
    },
    If {
        arms: Vec<(Code, Block)>,
        otherwise: Option<Block>,
    },
    While(While),
    For(For),
    Parallel(Parallel),
    Race(Race),
    Try(Try),
    Break,
    Continue,
    /// `sleep D`
    Sleep(Expr),
    /// `sleep until EXPR`
    SleepUntil(Code),
    Fail(Code),
    Return(Option<Expr>),
    Yield(Expr),
    /// `restart(args)`
    Restart(Arguments),
    /// `send WORKFLOW.S(args) to KEY`
    Send {
        to: Path,
        arguments: Arguments,
        key: Code,
    },
    /// `emit("name", data)`
    Emit(Arguments),
    /// `log(text)`
    Log(Arguments),
    /// `respond(status: 200, json: …)`
    Respond(Arguments),
}

/// `=`, `+=` …; the span is the operator's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Operator {
    pub text: Arc<str>,
    pub span: Span,
}

/// What may stand behind `let x =`.
#[derive(Clone, PartialEq, Debug)]
pub enum LetValue {
    Expr(Expr),
    /// `script { … }`: the braces are included.
    Script(Code),
    For(For),
    While(While),
    Parallel(Parallel),
    Race(Race),
    Try(Try),
}

#[derive(Clone, PartialEq, Debug)]
pub struct While {
    pub condition: Code,
    pub body: Block,
}

#[derive(Clone, PartialEq, Debug)]
pub struct For {
    pub item: Name,
    pub index: Option<Name>,
    pub items: Code,
    /// `parallel N`
    pub parallel: Option<Code>,
    pub body: Block,
}

/// `parallel { … }`: each statement is a branch; `branch NAME { … }` is one of several statements.
#[derive(Clone, PartialEq, Debug)]
pub struct Parallel {
    pub arms: Vec<Arm>,
    pub span: Span,
}

/// `race { branch a { … } … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Race {
    pub arms: Vec<Arm>,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum Arm {
    Branch { name: Name, body: Block, span: Span },
    Statement(Statement),
}

#[derive(Clone, PartialEq, Debug)]
pub struct Try {
    pub body: Block,
    pub catch: Option<Catch>,
    pub finally: Option<Block>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Catch {
    pub name: Option<Name>,
    pub body: Block,
}

/// `step x = ACTION(args) CLAUSES`
#[derive(Clone, PartialEq, Debug)]
pub struct Step {
    pub name: Name,
    pub target: StepTarget,
    /// In the order in which they were written.
    pub clauses: Vec<Clause>,
}

#[derive(Clone, PartialEq, Debug)]
pub enum StepTarget {
    /// An action by its name: `http.get(…)`, `exec(…)`, `post(…)`.
    Action(Call),
    /// `call WORKFLOW(args)`
    Call(Call),
    /// `start WORKFLOW(args)`
    Start(Call),
    /// `wait signal(NAME)`
    Signal(Name),
    /// `wait callback(subscribe: ACTION, unsubscribe: ACTION)`
    Callback(Arguments),
    /// `wait approval("question", …)`
    Approval(Arguments),
}

/// A name with arguments.
#[derive(Clone, PartialEq, Debug)]
pub struct Call {
    pub path: Path,
    pub arguments: Arguments,
    pub span: Span,
}

/// Arguments with their parentheses.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Arguments {
    pub list: Vec<Argument>,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Argument {
    pub name: Option<Name>,
    pub value: ArgumentValue,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum ArgumentValue {
    Expr(Expr),
    /// An action to be performed, not a value (`notify: slack.post(…)`): taken for one where the argument's name
    /// is `notify`, `subscribe`, `unsubscribe` or `fetch`.
    Action(Call),
    /// `fields: { note: string = "" }`
    Fields(Vec<Param>),
}

#[derive(Clone, PartialEq, Debug)]
pub struct Clause {
    pub kind: ClauseKind,
    /// Whether an empty line stands between it and what precedes it (an error of the checker's to report).
    pub after_blank_line: bool,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum ClauseKind {
    Timeout(Expr),
    Within(Expr),
    /// `retry N every A..B when EXPR`
    Retry {
        count: Code,
        every: Option<(Expr, Option<Expr>)>,
        when: Option<Code>,
    },
    /// `rate_limit "20/s" per EXPR`
    RateLimit {
        rate: Code,
        per: Option<Code>,
    },
    Else(Expr),
    Once,
    Undo {
        action: Call,
        clauses: Vec<Clause>,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum Declaration {
    Input(Vec<Param>),
    Signal {
        name: Name,
        params: Vec<Param>,
    },
    On(Box<On>),
    Concurrency {
        limit: Code,
        per: Option<Code>,
        overlap: Option<Name>,
    },
    Timeout(Expr),
    Retention(Expr),
    /// `run as "account"`
    RunAs(Quoted),
    Output(Vec<OutputField>),
}

/// `on KIND(args) as NAME when EXPR with MAP`, or `… signal S to EXPR with MAP`
#[derive(Clone, PartialEq, Debug)]
pub struct On {
    pub kind: Name,
    pub arguments: Option<Arguments>,
    pub alias: Option<Name>,
    pub when: Option<Code>,
    /// `signal S to EXPR`
    pub signal: Option<(Name, Code)>,
    pub with: Option<Code>,
}

/// `name: T = e`; the value may be left out, and so may the type.
#[derive(Clone, PartialEq, Debug)]
pub struct OutputField {
    pub doc: Doc,
    pub name: Name,
    pub ty: Option<Type>,
    pub value: Option<Expr>,
    pub span: Span,
}

/// `test "name" of WORKFLOW { … }`
#[derive(Clone, PartialEq, Debug)]
pub struct Test {
    pub name: Quoted,
    pub of: Option<Name>,
    pub lines: Vec<TestLine>,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub struct TestLine {
    pub kind: TestLineKind,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug)]
pub enum TestLineKind {
    Input(Code),
    Given {
        trigger: Name,
        body: Option<Code>,
        headers: Option<Code>,
    },
    /// `path` is the text of a step's path: `pings[2].ping`, `go.notify`.
    Mock {
        path: Quoted,
        value: MockValue,
    },
    Secret {
        name: Name,
        value: Code,
    },
    Signal {
        name: Name,
        arguments: Option<Arguments>,
    },
    Answer {
        path: Quoted,
        value: Expr,
    },
    Advance {
        by: Expr,
        down: bool,
    },
    CrashAfter {
        path: Quoted,
    },
    Expect(Code),
    For {
        item: Name,
        index: Option<Name>,
        items: Code,
        lines: Vec<TestLine>,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum MockValue {
    One(Performance),
    /// A literal list: successive performances.
    List(Vec<Performance>),
}

#[derive(Clone, PartialEq, Debug)]
pub enum Performance {
    Gives(Expr),
    /// `fails(#{ … })`: the code is what stands between the parentheses.
    Fails(Code),
}

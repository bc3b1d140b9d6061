//! A plan made runnable: its expressions are compiled when they are first needed, and then kept.

use std::sync::{Arc, OnceLock};

use crate::expr::{self, Ambient, Compiled, Evaluated, FnText, Form, Library, Origin, Scope};
use crate::model::{Digest, Failure, Place, Value};

use super::plan::{Expr, ExprForm, ExprId, PLAN_FORMAT, Plan};

/// Why a stored plan can't be followed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the stored plan is damaged: {0}")]
    Damaged(#[from] serde_json::Error),
    #[error("the stored plan has format {found}; this version of wf follows formats up to {PLAN_FORMAT}")]
    Newer { found: u32 },
    #[error("the stored plan's function `{name}` can't be compiled: {message}")]
    Function { name: Arc<str>, message: String },
}

/// A plan that can be followed.
pub struct Program {
    plan: Plan,
    digest: Digest,
    library: Arc<Library>,
    compiled: Vec<OnceLock<Result<Compiled, Failure>>>,
    speaks_of_folder: bool,
    secrets: Vec<Arc<str>>,
}

impl Program {
    /// Compiles the plan's functions; the expressions wait until they are needed.
    pub fn new(plan: Plan, digest: Digest) -> Result<Program, Error> {
        if plan.format > PLAN_FORMAT {
            return Err(Error::Newer { found: plan.format });
        }
        let library = library(&plan)?;
        let compiled = plan.exprs.iter().map(|_| OnceLock::new()).collect();
        let speaks_of_folder = plan.exprs.iter().any(speaks_of_folder);
        let secrets = super::secrets::named(&plan);
        Ok(Program { plan, digest, library, compiled, speaks_of_folder, secrets })
    }

    /// The program of a plan as it is stored.
    pub fn read(text: &str, digest: Digest) -> Result<Program, Error> {
        #[derive(serde::Deserialize)]
        struct Format {
            format: u32,
        }
        let Format { format } = serde_json::from_str(text)?;
        if format > PLAN_FORMAT {
            return Err(Error::Newer { found: format });
        }
        Program::new(serde_json::from_str(text)?, digest)
    }

    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The hash of the plan as it is stored.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether an expression may read `run.dir`: then the folder must be there before anything does.
    pub fn speaks_of_folder(&self) -> bool {
        self.speaks_of_folder
    }

    /// The names of the secrets that it writes as `secret("NAME")`.
    pub fn secrets(&self) -> &[Arc<str>] {
        &self.secrets
    }

    /// The value of an expression; a fault is a failure at its place in the file.
    pub fn evaluate(&self, id: ExprId, scope: &dyn Scope, ambient: &mut Ambient) -> Result<Value, Failure> {
        if let ExprForm::Literal(value) = &self.expr(id).form {
            return Ok(value.clone());
        }
        expr::evaluate(self.compiled(id)?, scope, ambient).map_err(|fault| self.failure(id, fault))
    }

    /// The same, with what was read.
    pub fn trace(&self, id: ExprId, scope: &dyn Scope, ambient: &mut Ambient) -> Result<Evaluated, Failure> {
        if let ExprForm::Literal(value) = &self.expr(id).form {
            return Ok(Evaluated { value: value.clone(), reads: Vec::new() });
        }
        expr::evaluate_traced(self.compiled(id)?, scope, ambient).map_err(|fault| self.failure(id, fault))
    }

    pub fn expr(&self, id: ExprId) -> &Expr {
        &self.plan.exprs[id.0 as usize]
    }

    fn failure(&self, id: ExprId, fault: expr::Fault) -> Failure {
        let place = Place { file: self.expr(id).place.file.clone(), line: fault.line, column: fault.column };
        Failure { at: Some(place), ..Failure::new(fault.kind, fault.message) }
    }

    fn compiled(&self, id: ExprId) -> Result<&Compiled, Failure> {
        let made = self.compiled[id.0 as usize].get_or_init(|| compile(self.expr(id), &self.library));
        made.as_ref().map_err(Failure::clone)
    }
}

/// By its text: one that only looks so makes a folder that nobody needs.
fn speaks_of_folder(expr: &Expr) -> bool {
    match &expr.form {
        ExprForm::Literal(_) => false,
        ExprForm::Expression(text)
        | ExprForm::Url(text)
        | ExprForm::Script(text)
        | ExprForm::Assignment { text, .. } => text.contains("run"),
    }
}

fn library(plan: &Plan) -> Result<Arc<Library>, Error> {
    let texts: Vec<FnText<'_>> = plan
        .functions
        .iter()
        .map(|f| FnText {
            name: &f.name,
            params: f.params.iter().map(|p| &**p).collect(),
            body: &f.body,
            origin: Origin { line: f.place.line, column: f.place.column },
        })
        .collect();
    let constants = plan.constants.iter().map(|(k, v)| (k.to_string(), v.clone())).collect();
    let (library, problems) = Library::compile(&texts, constants);
    match problems.into_iter().next() {
        Some((i, p)) => Err(Error::Function { name: plan.functions[i].name.clone(), message: p.message }),
        None => Ok(Arc::new(library)),
    }
}

fn compile(expr: &Expr, library: &Arc<Library>) -> Result<Compiled, Failure> {
    let origin = Origin { line: expr.place.line, column: expr.place.column };
    let (text, form) = match &expr.form {
        ExprForm::Literal(_) => ("()", Form::Expression),
        ExprForm::Expression(text) => (&**text, Form::Expression),
        ExprForm::Url(text) => (&**text, Form::Url),
        ExprForm::Script(text) => (&**text, Form::Script),
        ExprForm::Assignment { text, root } => (&**text, Form::Assignment { root: root.to_string() }),
    };
    // A plan holds only what compiled when it was made; what doesn't now was made by another version.
    expr::compile(text, origin, form, library).map_err(|problems| {
        let message = problems.first().map_or("it can't be compiled", |p| &p.message);
        Failure { at: Some(expr.place.clone()), ..Failure::new("type", message) }
    })
}

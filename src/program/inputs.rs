//! What is given from outside, the inputs of a workflow and the parameters of a signal: defaults filled in, types and
//! rules checked, before anything comes of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::{Ambient, Scope};
use crate::model::{Failure, Mismatch, Type, Value};

use super::Program;
use super::plan::{ExprForm, ExprId, Param};

/// Who asks for what is given.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Asker {
    Workflow,
    Signal(Arc<str>),
}

impl Asker {
    /// What it calls one that it asks for.
    pub fn word(&self) -> &'static str {
        match self {
            Asker::Workflow => "input",
            Asker::Signal(_) => "parameter",
        }
    }
}

impl std::fmt::Display for Asker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Asker::Workflow => f.write_str("the workflow"),
            Asker::Signal(name) => write!(f, "signal `{name}`"),
        }
    }
}

/// What is wrong with a given input or parameter, by its name.
#[derive(Clone, PartialEq, Debug)]
pub struct InputProblem {
    pub asker: Asker,
    pub name: Arc<str>,
    pub kind: InputProblemKind,
}

#[derive(Clone, PartialEq, Debug)]
pub enum InputProblemKind {
    /// There is no such one; `known` are those there are.
    Unknown {
        known: Vec<Arc<str>>,
    },
    /// It was not given and has no default.
    Missing {
        ty: Type,
    },
    Type(Mismatch),
    /// The secret of that name stands where the input's type names none.
    Secret {
        ty: Type,
        secret: Arc<str>,
    },
    /// The rule of its `where` doesn't hold.
    Rule {
        value: Value,
        rule: String,
    },
    /// Its default or its rule could not be computed.
    Failed(Failure),
}

impl InputProblem {
    /// The kind of the failure that it is where a run calls another.
    pub fn failure_kind(&self) -> &'static str {
        match self.kind {
            InputProblemKind::Secret { .. } => "secret",
            InputProblemKind::Unknown { .. }
            | InputProblemKind::Missing { .. }
            | InputProblemKind::Type(_)
            | InputProblemKind::Rule { .. }
            | InputProblemKind::Failed(_) => "type",
        }
    }
}

impl std::fmt::Display for InputProblem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let InputProblem { asker, name, kind } = self;
        let word = asker.word();
        match kind {
            InputProblemKind::Unknown { known } if known.is_empty() => {
                write!(f, "there is no {word} `{name}`: {asker} takes none")
            }
            InputProblemKind::Unknown { known } => {
                write!(f, "there is no {word} `{name}`; {asker} takes {}", known.join(", "))
            }
            InputProblemKind::Missing { ty } => write!(f, "{word} `{name}` ({ty}) is missing and has no default"),
            InputProblemKind::Type(mismatch) => write!(f, "{word} `{name}`: {mismatch}"),
            InputProblemKind::Secret { ty, secret } => {
                write!(f, "{word} `{name}` ({ty}) would be given the secret `{secret}`; one of type `secret` may be")
            }
            InputProblemKind::Rule { value, rule } => {
                write!(f, "{word} `{name}` is `{value}`, which breaks its rule `{rule}`")
            }
            InputProblemKind::Failed(failure) => {
                write!(f, "{word} `{name}`: {}", failure.message)?;
                failure.at.as_ref().map_or(Ok(()), |place| write!(f, " ({place})"))
            }
        }
    }
}

/// What a default or a rule sees under `input`.
#[derive(Clone, Copy)]
struct Seen<'a> {
    /// The inputs of the run, where it is there already.
    input: Option<&'a Value>,
    admitted: &'a BTreeMap<Arc<str>, Value>,
}

/// The names that a default or a rule sees.
struct Known<'a> {
    program: &'a Program,
    seen: Seen<'a>,
    own: Option<(&'a str, &'a Value)>,
}

impl Scope for Known<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        match self.own {
            Some((own, value)) if own == name => Some(value.clone()),
            _ if name == "input" => {
                let admitted = || Value::Map(Arc::new(self.seen.admitted.clone()));
                Some(self.seen.input.cloned().unwrap_or_else(admitted))
            }
            _ => self.program.plan().constants.get(name).cloned(),
        }
    }
}

impl Program {
    /// The inputs of `workflow` as its run sees them, or everything that is wrong with `given`. All defaults and rules
    /// together may take what one evaluation may.
    pub fn admit(
        &self,
        workflow: &str,
        given: &BTreeMap<Arc<str>, Value>,
        ambient: Ambient,
    ) -> Result<Value, Vec<InputProblem>> {
        let none = Vec::new();
        let params = self.plan().workflows.get(workflow).map_or(&none, |w| &w.inputs);
        crate::expr::together(|| self.admitted(&Asker::Workflow, params, None, given, ambient))
    }

    /// The parameters of a message of `signal` as a wait of the run with these inputs sees them, or everything that is
    /// wrong with `given`.
    pub fn admit_message(
        &self,
        signal: &Arc<str>,
        params: &[Param],
        input: &Value,
        given: &BTreeMap<Arc<str>, Value>,
        ambient: Ambient,
    ) -> Result<Value, Vec<InputProblem>> {
        let asker = Asker::Signal(signal.clone());
        crate::expr::together(|| self.admitted(&asker, params, Some(input), given, ambient))
    }

    /// `input` is what expressions see under that name; none: what has been admitted so far.
    fn admitted(
        &self,
        asker: &Asker,
        params: &[Param],
        input: Option<&Value>,
        given: &BTreeMap<Arc<str>, Value>,
        mut ambient: Ambient,
    ) -> Result<Value, Vec<InputProblem>> {
        let problem = |name: &Arc<str>, kind| InputProblem { asker: asker.clone(), name: name.clone(), kind };
        let mut problems: Vec<InputProblem> =
            unknown(params, given).into_iter().map(|(name, kind)| problem(&name, kind)).collect();
        let mut all = BTreeMap::new();
        for param in params {
            let seen = Seen { input, admitted: &all };
            match self.admit_one(param, given.get(&param.name), seen, &mut ambient) {
                Ok(value) => {
                    all.insert(param.name.clone(), value);
                }
                Err(kind) => problems.push(problem(&param.name, kind)),
            }
        }
        // A rule may look at any other input, so rules wait until all are there.
        if problems.is_empty() {
            let seen = Seen { input, admitted: &all };
            let broken = |param: &Param| {
                let kind = self.broken_rule(param, all.get(&param.name)?, seen, &mut ambient)?;
                Some(problem(&param.name, kind))
            };
            problems = params.iter().filter_map(broken).collect();
        }
        if problems.is_empty() { Ok(Value::Map(Arc::new(all))) } else { Err(problems) }
    }

    /// What of the inputs says more than leaving it out would: those that were given and are not what their defaults
    /// give. Two wishes of which this is the same are the same, also where a default differs from time to time.
    pub fn beyond_defaults(
        &self,
        workflow: &str,
        given: &BTreeMap<Arc<str>, Value>,
        admitted: &Value,
        mut ambient: Ambient,
    ) -> BTreeMap<Arc<str>, Value> {
        let none = Vec::new();
        let params = self.plan().workflows.get(workflow).map_or(&none, |w| &w.inputs);
        let (mut before, mut beyond) = (BTreeMap::new(), BTreeMap::new());
        crate::expr::together(|| {
            for param in params {
                let value = admitted.get(&param.name).cloned().unwrap_or_default();
                if given.contains_key(&param.name)
                    && self.admit_one(param, None, Seen { input: None, admitted: &before }, &mut ambient).ok().as_ref()
                        != Some(&value)
                {
                    beyond.insert(param.name.clone(), value.clone());
                }
                before.insert(param.name.clone(), value);
            }
        });
        beyond
    }

    fn admit_one(
        &self,
        param: &Param,
        given: Option<&Value>,
        seen: Seen<'_>,
        ambient: &mut Ambient,
    ) -> Result<Value, InputProblemKind> {
        let value = match (given, param.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => {
                let known = Known { program: self, seen, own: None };
                self.evaluate(default, &known, ambient).map_err(InputProblemKind::Failed)?
            }
            (None, None) if matches!(param.ty, Type::Optional(_)) => Value::Unit,
            (None, None) => return Err(InputProblemKind::Missing { ty: param.ty.clone() }),
        };
        if let Some(secret) = param.ty.misplaced_secret(&value) {
            return Err(InputProblemKind::Secret { ty: param.ty.clone(), secret: secret.clone() });
        }
        param.ty.admit(&value).map_err(InputProblemKind::Type)
    }

    fn broken_rule(
        &self,
        param: &Param,
        value: &Value,
        seen: Seen<'_>,
        ambient: &mut Ambient,
    ) -> Option<InputProblemKind> {
        let rule = param.rule?;
        let known = Known { program: self, seen, own: Some((&param.name, value)) };
        match self.evaluate(rule, &known, ambient) {
            Ok(Value::Bool(true)) => None,
            Ok(_) => Some(InputProblemKind::Rule { value: value.clone(), rule: self.text(rule) }),
            Err(failure) => Some(InputProblemKind::Failed(failure)),
        }
    }

    fn text(&self, id: ExprId) -> String {
        match &self.expr(id).form {
            ExprForm::Literal(value) => value.to_string(),
            ExprForm::Expression(text) | ExprForm::Url(text) => text.to_string(),
            ExprForm::Script(text) | ExprForm::Assignment { text, .. } => text.to_string(),
        }
    }
}

/// Those that nobody asks for.
fn unknown(params: &[Param], given: &BTreeMap<Arc<str>, Value>) -> Vec<(Arc<str>, InputProblemKind)> {
    let known: Vec<Arc<str>> = params.iter().map(|p| p.name.clone()).collect();
    let strange = given.keys().filter(|name| !known.contains(name));
    strange.map(|name| (name.clone(), InputProblemKind::Unknown { known: known.clone() })).collect()
}

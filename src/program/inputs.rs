//! Inputs of a workflow: defaults filled in, types and rules checked, before anything runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::{Ambient, Scope};
use crate::model::{Failure, Mismatch, Type, Value};

use super::Program;
use super::plan::{ExprForm, ExprId, Param};

/// What is wrong with a given input, by the parameter's name.
#[derive(Clone, PartialEq, Debug)]
pub struct InputProblem {
    pub name: Arc<str>,
    pub kind: InputProblemKind,
}

#[derive(Clone, PartialEq, Debug)]
pub enum InputProblemKind {
    /// The workflow has no such input; `known` are those it has.
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
        let name = &self.name;
        match &self.kind {
            InputProblemKind::Unknown { known } if known.is_empty() => {
                write!(f, "there is no input `{name}`: the workflow takes none")
            }
            InputProblemKind::Unknown { known } => {
                write!(f, "there is no input `{name}`; the workflow takes {}", known.join(", "))
            }
            InputProblemKind::Missing { ty } => write!(f, "input `{name}` ({ty}) is missing and has no default"),
            InputProblemKind::Type(mismatch) => write!(f, "input `{name}`: {mismatch}"),
            InputProblemKind::Secret { ty, secret } => {
                write!(f, "input `{name}` ({ty}) would be given the secret `{secret}`; one of type `secret` may be")
            }
            InputProblemKind::Rule { value, rule } => {
                write!(f, "input `{name}` is `{value}`, which breaks its rule `{rule}`")
            }
            InputProblemKind::Failed(failure) => {
                write!(f, "input `{name}`: {}", failure.message)?;
                failure.at.as_ref().map_or(Ok(()), |place| write!(f, " ({place})"))
            }
        }
    }
}

/// The names that a default or a rule sees.
struct Known<'a> {
    program: &'a Program,
    inputs: &'a BTreeMap<Arc<str>, Value>,
    own: Option<(&'a str, &'a Value)>,
}

impl Scope for Known<'_> {
    fn get(&self, name: &str) -> Option<Value> {
        match self.own {
            Some((own, value)) if own == name => Some(value.clone()),
            _ if name == "input" => Some(Value::Map(Arc::new(self.inputs.clone()))),
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
        crate::expr::together(|| self.admitted(workflow, given, ambient))
    }

    fn admitted(
        &self,
        workflow: &str,
        given: &BTreeMap<Arc<str>, Value>,
        mut ambient: Ambient,
    ) -> Result<Value, Vec<InputProblem>> {
        let none = Vec::new();
        let params = self.plan().workflows.get(workflow).map_or(&none, |w| &w.inputs);
        let mut problems = self.unknown(params, given);
        let mut inputs = BTreeMap::new();
        for param in params {
            match self.admit_one(param, given.get(&param.name), &inputs, &mut ambient) {
                Ok(value) => {
                    inputs.insert(param.name.clone(), value);
                }
                Err(kind) => problems.push(InputProblem { name: param.name.clone(), kind }),
            }
        }
        // A rule may look at any other input, so rules wait until all are there.
        if problems.is_empty() {
            problems = params.iter().filter_map(|p| self.broken_rule(p, &inputs, &mut ambient)).collect();
        }
        if problems.is_empty() { Ok(Value::Map(Arc::new(inputs))) } else { Err(problems) }
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
                    && self.admit_one(param, None, &before, &mut ambient).ok().as_ref() != Some(&value)
                {
                    beyond.insert(param.name.clone(), value.clone());
                }
                before.insert(param.name.clone(), value);
            }
        });
        beyond
    }

    fn unknown(&self, params: &[Param], given: &BTreeMap<Arc<str>, Value>) -> Vec<InputProblem> {
        let known: Vec<Arc<str>> = params.iter().map(|p| p.name.clone()).collect();
        let strange = given.keys().filter(|name| !known.contains(name));
        strange
            .map(|name| InputProblem { name: name.clone(), kind: InputProblemKind::Unknown { known: known.clone() } })
            .collect()
    }

    fn admit_one(
        &self,
        param: &Param,
        given: Option<&Value>,
        before: &BTreeMap<Arc<str>, Value>,
        ambient: &mut Ambient,
    ) -> Result<Value, InputProblemKind> {
        let value = match (given, param.default) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => {
                let known = Known { program: self, inputs: before, own: None };
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
        inputs: &BTreeMap<Arc<str>, Value>,
        ambient: &mut Ambient,
    ) -> Option<InputProblem> {
        let rule = param.rule?;
        let value = inputs.get(&param.name)?;
        let known = Known { program: self, inputs, own: Some((&param.name, value)) };
        let kind = match self.evaluate(rule, &known, ambient) {
            Ok(Value::Bool(true)) => return None,
            Ok(_) => InputProblemKind::Rule { value: value.clone(), rule: self.text(rule) },
            Err(failure) => InputProblemKind::Failed(failure),
        };
        Some(InputProblem { name: param.name.clone(), kind })
    }

    fn text(&self, id: ExprId) -> String {
        match &self.expr(id).form {
            ExprForm::Literal(value) => value.to_string(),
            ExprForm::Expression(text) | ExprForm::Script(text) | ExprForm::Assignment { text, .. } => text.to_string(),
        }
    }
}

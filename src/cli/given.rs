//! Inputs of a workflow and parameters of a signal as a person gives them on the command line, turned into values by
//! their types.
//!
//! What can't be right is refused before anything runs; rules and defaults are the program's matter.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

use serde_json::Value as Json;

use crate::diag::{did_you_mean, near};
use crate::model::{MAX_VALUE_DEPTH, Type, Value, wrong_secret_name};
use crate::program::Asker;
use crate::program::plan::Param;

use super::place::STDIN;
use super::stop::{Exit, Stop};

/// The most bytes that `--input` takes from a file or from standard input (the limit `input size`).
const MAX_INPUT_BYTES: u64 = 8 << 20;

/// How much of a wrong value is repeated, in characters.
const MAX_SHOWN_CHARS: usize = 60;

pub type Given = BTreeMap<Arc<str>, Value>;

/// What is asked for, and by whom.
#[derive(Clone, Copy)]
pub struct Asked<'a> {
    pub params: &'a [Param],
    pub asker: &'a Asker,
}

impl Asked<'_> {
    fn word(&self) -> &'static str {
        self.asker.word()
    }

    fn find(&self, name: &str) -> Option<&Param> {
        self.params.iter().find(|param| *param.name == *name)
    }
}

/// All that was given; `-i` counts more than `--input`.
pub fn given(inputs: &[String], input: Option<&str>, asked: Asked<'_>) -> Result<Given, Stop> {
    let mut problems = Vec::new();
    let mut given = match input {
        Some(text) => object(text, asked)?,
        None => Given::new(),
    };
    let mut seen = Vec::new();
    for input in inputs {
        match single(input, asked, &mut seen) {
            Ok((name, value)) => {
                given.insert(name, value);
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(given.iter().filter_map(|(name, value)| unmistaken(asked.word(), name, value).err()));
    problems.extend(given.keys().filter(|name| asked.find(name).is_none()).map(|name| unknown(name, asked)));
    if problems.is_empty() { Ok(given) } else { Err(refusal(problems)) }
}

/// What is wrong with one input, and perhaps what was meant.
struct Problem {
    message: String,
    help: Option<String>,
}

impl Problem {
    fn new(message: String) -> Problem {
        Problem { message, help: None }
    }
}

fn refusal(problems: Vec<Problem>) -> Stop {
    let help = problems.iter().find_map(|problem| problem.help.clone());
    let errors = problems.into_iter().map(|problem| problem.message).collect();
    Stop { errors, help, exit: Exit::Wrong }
}

fn unknown(name: &str, asked: Asked<'_>) -> Problem {
    let (word, asker) = (asked.word(), asked.asker);
    let known: Vec<&str> = asked.params.iter().map(|param| &*param.name).collect();
    if known.is_empty() {
        return Problem::new(format!("there is no {word} `{name}`: {asker} takes none"));
    }
    let list: Vec<String> = asked.params.iter().map(|param| format!("`{}` ({})", param.name, param.ty)).collect();
    let message = format!("there is no {word} `{name}`; {asker} takes {}", list.join(", "));
    Problem { message, help: near(name, known).map(did_you_mean) }
}

/// One `-i NAME=VALUE`.
fn single(text: &str, asked: Asked<'_>, seen: &mut Vec<String>) -> Result<(Arc<str>, Value), Problem> {
    let Some((name, value)) = text.split_once('=') else {
        let message = format!("`-i {text}` has no `=`");
        return Err(Problem { message, help: Some("write `-i NAME=VALUE`".into()) });
    };
    let name = name.trim();
    let word = asked.word();
    let Some(param) = asked.find(name) else { return Err(unknown(name, asked)) };
    if seen.iter().any(|earlier| earlier == name) {
        return Err(Problem::new(format!("{word} `{name}` is given twice")));
    }
    seen.push(name.to_string());
    let value = read(value, &param.ty).ok_or_else(|| mistaken(word, param, value))?;
    let value = named(value, &param.ty);
    unmistaken(word, name, &value)?;
    let value = param.ty.admit(&value).map_err(|m| Problem::new(format!("{word} `{name}` ({}): {m}", param.ty)))?;
    Ok((param.name.clone(), value))
}

/// A text that can't be a secret's name may well be its value: it is refused, and not repeated.
fn unmistaken(word: &str, name: &str, value: &Value) -> Result<(), Problem> {
    let mut is_wrong = false;
    value.each_secret(&mut |secret| is_wrong |= wrong_secret_name(secret).is_some());
    if !is_wrong {
        return Ok(());
    }
    let message = format!("{word} `{name}` takes the name of a secret, and what is given can't be one");
    let help =
        "a name has letters, digits, `_`, `-` and `.`, a letter or `_` first; a value is set by `wf secrets set NAME`";
    Err(Problem { message, help: Some(help.into()) })
}

fn mistaken(word: &str, param: &Param, value: &str) -> Problem {
    let shown: String = value.chars().take(MAX_SHOWN_CHARS).collect();
    let dots = if shown.len() < value.len() { "…" } else { "" };
    let (name, ty) = (&param.name, &param.ty);
    let shown = if names_secrets(ty) { "what is given".into() } else { format!("`{shown}{dots}`") };
    let message = format!("{word} `{name}` is to be a value of type {ty}, and {shown} is none");
    Problem { message, help: Some(example(&param.name, ty)) }
}

fn names_secrets(ty: &Type) -> bool {
    match ty {
        Type::Secret => true,
        Type::Optional(of) | Type::List(of) | Type::Map(of) => names_secrets(of),
        Type::Object(fields) => fields.values().any(names_secrets),
        Type::Any
        | Type::String
        | Type::Int
        | Type::Float
        | Type::Bool
        | Type::Datetime
        | Type::Duration
        | Type::Unit
        | Type::OneOf(_) => false,
    }
}

fn example(name: &str, ty: &Type) -> String {
    let value = match ty {
        Type::Optional(inner) => return example(name, inner),
        Type::Int => "5",
        Type::Float => "1.5",
        Type::Bool => "true",
        Type::Datetime => "2026-11-22T08:00:00Z",
        Type::Duration => "1h30m",
        Type::List(_) => "'[…]'",
        Type::Map(_) | Type::Object(_) => "'{ … }'",
        Type::OneOf(words) => return format!("write for example `-i {name}={}`", words.first().map_or("", |w| w)),
        Type::Any | Type::Unit => "null",
        Type::Secret => "NAME",
        Type::String => "TEXT",
    };
    format!("write for example `-i {name}={value}`; text within JSON stands in double quotes")
}

/// The value that `text` says for a parameter of that type; none where it can't say one.
fn read(text: &str, ty: &Type) -> Option<Value> {
    match ty {
        Type::String => Some(Value::text(text)),
        Type::Secret => Some(Value::Secret(secret_name(text).into())),
        Type::OneOf(words) if words.iter().any(|word| **word == *text) => Some(Value::text(text)),
        Type::Duration | Type::Datetime => read_time(text, ty),
        Type::Optional(inner) => match &**inner {
            Type::String | Type::Secret => read(text, inner),
            _ if matches!(text, "null" | "()") => Some(Value::Unit),
            _ => read(text, inner),
        },
        Type::Int
        | Type::Float
        | Type::Bool
        | Type::Any
        | Type::Unit
        | Type::OneOf(_)
        | Type::List(_)
        | Type::Map(_)
        | Type::Object(_) => json(text),
    }
}

/// As it stands, or as JSON says it.
fn read_time(text: &str, ty: &Type) -> Option<Value> {
    let bare = json(text);
    let text = bare.as_ref().and_then(Value::as_str).unwrap_or(text).trim();
    match ty {
        Type::Duration => text.parse().ok().map(Value::Length),
        _ => text.parse().ok().map(Value::Time),
    }
}

/// `NAME` or `secret("NAME")`.
fn secret_name(text: &str) -> &str {
    let inner = text.strip_prefix("secret(").and_then(|rest| rest.strip_suffix(')'));
    inner.map_or(text, |name| name.trim_matches('"'))
}

fn json(text: &str) -> Option<Value> {
    let json: Json = serde_json::from_str(text).ok()?;
    (depth(&json) <= MAX_VALUE_DEPTH).then(|| Value::from_json(&json))
}

/// How deep lists and maps stand within each other. serde_json reads at most 128 levels.
fn depth(json: &Json) -> usize {
    match json {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => 0,
    }
}

/// `--input`: one JSON object.
fn object(text: &str, asked: Asked<'_>) -> Result<Given, Stop> {
    let (text, from) = match text.strip_prefix('@') {
        Some(path) => (read_all(path, File::open(path))?, format!("`{path}`")),
        None if text == STDIN => (read_all(STDIN, Ok(io::stdin().lock()))?, "standard input".to_string()),
        None => (text.to_string(), "`--input`".to_string()),
    };
    let json: Json =
        serde_json::from_str(&text).map_err(|error| Stop::wrong(format!("{from} is not JSON: {error}")))?;
    if depth(&json) > MAX_VALUE_DEPTH {
        return Err(Stop::wrong(format!("{from} is nested more than {MAX_VALUE_DEPTH} deep (limit `value depth`)")));
    }
    let Json::Object(fields) = json else {
        return Err(Stop::wrong(format!("{from} is not a JSON object")).help("write `{ \"NAME\": VALUE, … }`"));
    };
    Ok(fields.into_iter().map(|(name, json)| (Arc::from(&*name), typed(&json, asked.find(&name)))).collect())
}

fn typed(json: &Json, param: Option<&Param>) -> Value {
    let value = Value::from_json(json);
    param.map_or(value.clone(), |param| named(value, &param.ty))
}

/// The value with secrets where its type has them: there a text is the name of one.
fn named(value: Value, ty: &Type) -> Value {
    match (ty, &value) {
        (Type::Secret, Value::Text(name)) => Value::Secret(secret_name(name).into()),
        (Type::Optional(of), _) => named(value, of),
        (Type::List(of), Value::List(items)) => Value::list(items.iter().map(|item| named(item.clone(), of)).collect()),
        (Type::Map(of), Value::Map(fields)) => {
            Value::map(fields.iter().map(|(name, field)| (name.clone(), named(field.clone(), of))))
        }
        (Type::Object(types), Value::Map(fields)) => {
            Value::map(fields.iter().map(|(name, field)| {
                (name.clone(), types.get(name).map_or(field.clone(), |ty| named(field.clone(), ty)))
            }))
        }
        _ => value,
    }
}

fn read_all<R: Read>(name: &str, from: io::Result<R>) -> Result<String, Stop> {
    let failed = |error: io::Error| Stop::wrong(format!("the inputs can't be read from `{name}`: {error}"));
    let mut text = String::new();
    from.map_err(failed)?.take(MAX_INPUT_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > MAX_INPUT_BYTES {
        return Err(Stop::wrong(format!(
            "`{name}` is larger than 8 MiB, the most inputs may hold (limit `input size`)"
        )));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> Vec<Param> {
        let param = |name: &str, ty| Param { name: name.into(), ty, default: None, rule: None };
        vec![
            param("service", Type::String),
            param("replicas", Type::Int),
            param("mode", Type::OneOf(vec!["all".into(), "rolling".into()])),
            param("window", Type::Duration),
            param("when", Type::Datetime),
            param("tags", Type::List(Box::new(Type::String))),
            param("note", Type::Optional(Box::new(Type::String))),
            param("most", Type::Optional(Box::new(Type::Int))),
            param("token", Type::Secret),
            param("tokens", Type::List(Box::new(Type::Secret))),
            param("anything", Type::Any),
        ]
    }

    fn gives(inputs: &[&str]) -> Result<Given, Stop> {
        let inputs: Vec<String> = inputs.iter().map(ToString::to_string).collect();
        given(&inputs, None, Asked { params: &params(), asker: &Asker::Workflow })
    }

    fn one(input: &str) -> Value {
        gives(&[input]).expect("it is taken").into_values().next().expect("one input")
    }

    fn refused(input: &str) -> Stop {
        gives(&[input]).expect_err("it is refused")
    }

    #[test]
    fn each_type_reads_its_own_writing() {
        assert_eq!(one("service=5"), Value::text("5"));
        assert_eq!(one("service=a=b"), Value::text("a=b"));
        assert_eq!(one("replicas=5"), Value::Int(5));
        assert_eq!(one("mode=all"), Value::text("all"));
        assert_eq!(one("mode=\"all\""), Value::text("all"));
        assert_eq!(one("window=1h30m"), Value::Length("90m".parse().expect("a duration")));
        assert_eq!(one("window=\"5s\""), Value::Length("5s".parse().expect("a duration")));
        assert_eq!(one("when=2026-11-22T09:00:00+01:00").to_string(), "\"2026-11-22T08:00:00.000Z\"");
        assert_eq!(one("tags=[\"a\"]"), Value::list(vec![Value::text("a")]));
        assert_eq!(one("note=null"), Value::text("null"));
        assert_eq!(one("most=null"), Value::Unit);
        assert_eq!(one("most=3"), Value::Int(3));
        assert_eq!(one("token=secret(\"T\")"), Value::Secret("T".into()));
        assert_eq!(one("anything={\"a\":[1]}"), Value::map([("a", Value::list(vec![Value::Int(1)]))]));
    }

    #[test]
    fn what_is_wrong_names_the_parameter_and_its_type() {
        for (input, parts) in [
            ("replicas=many", ["`replicas`", "int", "`many`"]),
            ("replicas=1.5", ["`replicas`", "int", "1.5"]),
            ("mode=some", ["`mode`", "\"all\" | \"rolling\"", "`some`"]),
            ("window=5x", ["`window`", "duration", "`5x`"]),
            ("tags=[1]", ["`tags`", "list<string>", "[0]"]),
        ] {
            let stop = refused(input);
            assert_eq!(stop.exit, Exit::Wrong);
            assert!(parts.iter().all(|part| stop.errors[0].contains(part)), "{input}: {:?}", stop.errors);
        }
        let stop = refused("servce=x");
        assert_eq!(stop.help.as_deref(), Some("did you mean `service`?"));
        assert!(refused("service").errors[0].contains("no `=`"));
        assert!(gives(&["service=a", "service=b"]).expect_err("twice").errors[0].contains("twice"));
        assert_eq!(gives(&["replicas=x", "window=y", "zzz=1"]).expect_err("all").errors.len(), 3);
    }

    #[test]
    fn a_value_in_the_place_of_a_secrets_name_is_refused_and_not_repeated() {
        for value in ["hunter2!", "s3cr et", "/x", "5hunter2"] {
            let json = serde_json::json!({ "token": value, "tokens": [value] }).to_string();
            let object = given(&[], Some(&json), Asked { params: &params(), asker: &Asker::Workflow });
            for stop in [
                refused(&format!("token={value}")),
                refused(&format!("token=secret(\"{value}\")")),
                refused(&format!("tokens=[\"{value}\"]")),
                refused(&format!("tokens={value}")),
                object.expect_err("it is refused"),
            ] {
                assert_eq!(stop.exit, Exit::Wrong);
                let said = format!("{:?} {:?}", stop.errors, stop.help);
                assert!(!said.contains(value), "{said}");
            }
        }
        assert!(Type::Secret.admit(&Value::Secret("no name".into())).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let deep = |n: usize| format!("anything={}{}", "[".repeat(n), "]".repeat(n));
        assert!(gives(&[&deep(MAX_VALUE_DEPTH)]).is_ok());
        assert!(gives(&[&deep(MAX_VALUE_DEPTH + 1)]).is_err());
        assert!(gives(&[&deep(100_000)]).is_err());
    }
}

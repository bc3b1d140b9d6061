//! What `exec` and `shell` were asked: their arguments read and checked, before anything is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::Attempt;
use crate::driver::doorway::environment;
use crate::model::{Failure, Value};

/// How many characters of a shell's command name it in a message.
const LABEL_LENGTH: usize = 60;

/// A program to be started.
#[derive(Debug)]
pub(super) struct Request {
    /// What it is called in messages.
    pub label: String,
    pub program: String,
    pub args: Vec<String>,
    /// All of its environment.
    pub env: Vec<(String, OsString)>,
    pub dir: PathBuf,
    pub stdin: Option<String>,
}

impl Request {
    pub fn read(attempt: &Attempt) -> Result<Request, Failure> {
        match &*attempt.perform.action {
            "exec" => Request::exec(&attempt.perform.input, &attempt.dir),
            "shell" => Request::shell(&attempt.perform.input, &attempt.dir),
            other => Err(wrong(format!("`{other}` is no effect that this `wf` can perform"))),
        }
    }

    fn exec(input: &Value, run_dir: &Path) -> Result<Request, Failure> {
        let program = text("program", given(input, "program").unwrap_or(&Value::Unit))?;
        if program.is_empty() {
            return Err(wrong("`program` is empty".into()));
        }
        let args = match given(input, "args") {
            None => Vec::new(),
            Some(Value::List(items)) => {
                let named = items.iter().enumerate().map(|(i, item)| text(&format!("args[{i}]"), item));
                named.collect::<Result<_, _>>()?
            }
            Some(other) => return Err(not_a("args", "list", other)),
        };
        let stdin = given(input, "stdin").map(|stdin| plain_text("stdin", stdin)).transpose()?;
        Ok(Request {
            label: program.clone(),
            program,
            args,
            env: environment_of(input)?,
            dir: folder(input, run_dir)?,
            stdin,
        })
    }

    fn shell(input: &Value, run_dir: &Path) -> Result<Request, Failure> {
        let command = match given(input, "command") {
            Some(command @ Value::Text(_)) => text("command", command)?,
            other => return Err(not_a("command", "string", other.unwrap_or(&Value::Unit))),
        };
        Ok(Request {
            label: label(&command),
            program: "/bin/sh".into(),
            args: vec!["-c".into(), command],
            env: environment_of(input)?,
            dir: folder(input, run_dir)?,
            stdin: None,
        })
    }
}

/// The folder in which a program begins: the run's own unless said, or relative to that.
fn folder(input: &Value, run_dir: &Path) -> Result<PathBuf, Failure> {
    match given(input, "dir") {
        None => Ok(run_dir.to_path_buf()),
        Some(dir) => Ok(run_dir.join(text("dir", dir)?)),
    }
}

/// The argument of that name, unless it is `()`.
fn given<'a>(input: &'a Value, name: &str) -> Option<&'a Value> {
    input.get(name).filter(|value| **value != Value::Unit)
}

/// PATH and HOME of this process and what `env` gives, which may replace them.
fn environment_of(input: &Value) -> Result<Vec<(String, OsString)>, Failure> {
    let mut env: Vec<(String, OsString)> =
        environment::inherited().into_iter().map(|(name, value)| (name.to_string(), value)).collect();
    let own = match given(input, "env") {
        None => return Ok(env),
        Some(Value::Map(own)) => own,
        Some(other) => return Err(not_a("env", "map", other)),
    };
    for (name, value) in own.iter() {
        if name.is_empty() || name.contains(['=', '\0']) {
            let shown = name.replace('\0', "\\0");
            return Err(wrong(format!("`{shown}` of `env` can't be the name of a variable")));
        }
        let value = text(&format!("env.{name}"), value)?;
        env.retain(|(known, _)| **known != **name);
        env.push((name.to_string(), value.into()));
    }
    Ok(env)
}

/// The text that a program is given for a value.
fn text(name: &str, value: &Value) -> Result<String, Failure> {
    let text = plain_text(name, value)?;
    if text.contains('\0') {
        return Err(wrong(format!("`{name}` holds a NUL character, which a program can't be given")));
    }
    Ok(text)
}

fn plain_text(name: &str, value: &Value) -> Result<String, Failure> {
    match value {
        Value::Text(text) => Ok(text.to_string()),
        Value::Int(_) | Value::Float(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Secret(_) | Value::Sealed(_) => {
            let secret = value.secret().map_or("", |name| name);
            Err(Failure::new("secret", format!("the secret `{secret}` of `{name}` has no value")))
        }
        Value::Unit | Value::List(_) | Value::Map(_) | Value::Time(_) | Value::Length(_) => {
            Err(not_a(name, "string, an int, a float or a bool", value))
        }
    }
}

fn not_a(name: &str, wanted: &str, value: &Value) -> Failure {
    let article = |word: &str| if word.starts_with(['i', 'a']) { "an" } else { "a" };
    let found = match value.type_name() {
        "()" => "`()`".to_string(),
        found => format!("{} {found}", article(found)),
    };
    wrong(format!("`{name}` is {found}, where {} {wanted} is needed", article(wanted)))
}

fn wrong(message: String) -> Failure {
    Failure::new("type", message)
}

/// The first line of a command that says something, shortened.
fn label(command: &str) -> String {
    let mut lines = command.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().unwrap_or("sh");
    match line.char_indices().nth(LABEL_LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None if lines.next().is_some() => format!("{line} …"),
        None => line.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exec(pairs: &[(&str, Value)]) -> Result<Request, Failure> {
        Request::exec(&Value::map(pairs.iter().cloned()), Path::new("/run"))
    }

    #[test]
    fn plain_values_become_text() {
        let args = Value::list(vec![Value::Int(-5), Value::Float(1.0), Value::Bool(true), Value::text("a b")]);
        let asked = exec(&[("program", Value::text("x")), ("args", args), ("dir", Value::text("sub"))]);
        let asked = asked.expect("good");
        assert_eq!(asked.args, ["-5", "1.0", "true", "a b"]);
        assert_eq!(asked.dir, Path::new("/run/sub"));
    }

    #[test]
    fn what_is_no_text_is_refused_by_name() {
        let list = |item: Value| Value::list(vec![Value::text("ok"), item]);
        let cases: [(&str, Value, &str); 9] = [
            ("program", Value::Unit, "`program` is `()`, where a string, an int, a float or a bool is needed"),
            ("program", Value::text(""), "`program` is empty"),
            ("program", Value::text("a\0b"), "`program` holds a NUL character, which a program can't be given"),
            ("args", Value::text("x"), "`args` is a string, where a list is needed"),
            ("args", list(Value::Unit), "`args[1]` is `()`, where a string, an int, a float or a bool is needed"),
            ("args", list(Value::text("\0")), "`args[1]` holds a NUL character, which a program can't be given"),
            ("env", Value::Int(1), "`env` is an int, where a map is needed"),
            ("env", Value::map([("A=B", Value::Int(1))]), "`A=B` of `env` can't be the name of a variable"),
            (
                "env",
                Value::map([("A", Value::list(vec![]))]),
                "`env.A` is a list, where a string, an int, a float or a bool is needed",
            ),
        ];
        for (name, value, message) in cases {
            let failure = exec(&[("program", Value::text("x")), (name, value)]).expect_err(message);
            assert_eq!((&*failure.kind, failure.message.as_str()), ("type", message));
        }
    }

    #[test]
    fn a_secret_without_a_value_is_named() {
        let failure = exec(&[("program", Value::text("x")), ("stdin", Value::Secret("TOKEN".into()))]);
        let failure = failure.expect_err("no value");
        assert_eq!(
            (&*failure.kind, failure.message.as_str()),
            ("secret", "the secret `TOKEN` of `stdin` has no value")
        );
    }

    #[test]
    fn a_given_variable_replaces_the_inherited_one() {
        let env = Value::map([("PATH", Value::text("/x")), ("N", Value::Int(3))]);
        let env = exec(&[("program", Value::text("x")), ("env", env)]).expect("good").env;
        let of = |name: &str| env.iter().filter(|(n, _)| n == name).map(|(_, v)| v.clone()).collect::<Vec<_>>();
        assert_eq!(of("PATH"), ["/x"]);
        assert_eq!(of("N"), ["3"]);
        assert!(env.iter().all(|(name, _)| ["PATH", "HOME", "N"].contains(&name.as_str())));
    }

    #[test]
    fn a_command_is_named_by_its_first_words() {
        assert_eq!(label("\n  # why\n  tar -c x\n  rm x\n"), "tar -c x …");
        assert_eq!(label("tar -c x\n"), "tar -c x");
        assert_eq!(label(&"ä".repeat(70)), format!("{}…", "ä".repeat(60)));
        assert_eq!(label(""), "sh");
    }
}

//! The built-in actions: their parameters, their results, and which of them this version performs.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::check::signature::{Signature, Takes};
use crate::check::ty::Ty;

#[derive(Debug)]
pub struct Builtin {
    pub signature: Signature,
    pub result: Ty,
    /// Whether this version can perform it.
    pub runnable: bool,
}

static ALL: LazyLock<BTreeMap<&'static str, Builtin>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    programs(&mut all);
    web(&mut all);
    files(&mut all);
    store(&mut all);
    all
});

/// The built-in action of that dotted name.
pub fn get(name: &str) -> Option<&'static Builtin> {
    ALL.get(name)
}

/// The names of all built-in actions, sorted.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.keys().copied()
}

/// `#{ status, headers, body }`
pub fn response() -> Ty {
    Ty::fields([("status", Ty::Int), ("headers", Ty::map(Ty::String)), ("body", Ty::Any)])
}

fn programs(all: &mut BTreeMap<&'static str, Builtin>) {
    let result = Ty::fields([("code", Ty::Int), ("stdout", Ty::String), ("stderr", Ty::String)]);
    let env = || Takes::Scalars(Ty::map(Ty::Any));
    let exec = Signature::default()
        .required("program", Ty::String)
        .with("args", Takes::Scalars(Ty::list(Ty::Any)), false)
        .by_place(2)
        .with("env", env(), false)
        .optional("dir", Ty::String)
        .with("stdin", Takes::Scalars(Ty::Any), false);
    all.insert("exec", Builtin { signature: exec, result: result.clone(), runnable: true });
    let shell = Signature::default()
        .required("command", Ty::String)
        .by_place(1)
        .with("env", env(), false)
        .optional("dir", Ty::String);
    all.insert("shell", Builtin { signature: shell, result, runnable: true });
}

fn web(all: &mut BTreeMap<&'static str, Builtin>) {
    for name in ["http.get", "http.post", "http.put", "http.patch", "http.delete", "http.request"] {
        let mut signature = Signature::default().required("url", Ty::String).by_place(1);
        if name == "http.request" {
            signature = signature.required("method", Ty::String);
        }
        let signature = signature
            .optional("query", Ty::map(Ty::Any))
            .optional("headers", Ty::map(Ty::Any))
            .optional("json", Ty::Any)
            .optional("form", Ty::map(Ty::Any))
            .optional("body", Ty::Any)
            .optional("auth", Ty::map(Ty::Any))
            .optional("accept", Ty::Any)
            .exclusive(&["json", "form", "body"]);
        all.insert(name, Builtin { signature, result: response(), runnable: true });
    }
    let mail = Signature::default()
        .required("to", Ty::Any)
        .required("subject", Ty::String)
        .optional("text", Ty::String)
        .optional("html", Ty::String)
        .exclusive(&["text", "html"]);
    all.insert("mail.send", Builtin { signature: mail, result: Ty::Any, runnable: false });
}

fn files(all: &mut BTreeMap<&'static str, Builtin>) {
    let path = || Signature::default().required("path", Ty::String);
    let text = Ty::fields([("text", Ty::String)]);
    all.insert("file.read", Builtin { signature: path().by_place(1), result: text, runnable: true });
    let written = Ty::fields([("path", Ty::String), ("bytes", Ty::Int)]);
    let write = path().required("text", Ty::String).by_place(2);
    all.insert("file.write", Builtin { signature: write, result: written, runnable: true });
}

fn store(all: &mut BTreeMap<&'static str, Builtin>) {
    let key = || Signature::default().required("key", Ty::String);
    let pair = || key().required("value", Ty::Any).by_place(2);
    let list = Signature::default().optional("prefix", Ty::String).by_place(1);
    for (name, signature, result) in [
        ("kv.get", key().by_place(1), Ty::Any),
        ("kv.put", pair(), Ty::Unit),
        ("kv.add", pair(), Ty::Bool),
        ("kv.delete", key().by_place(1), Ty::Bool),
        ("kv.list", list, Ty::list(Ty::String)),
    ] {
        all.insert(name, Builtin { signature, result, runnable: true });
    }
}

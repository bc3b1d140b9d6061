//! The built-in functions: one table, from which rhai is given them and the checker learns their types.
//!
//! A function checks its arguments' types before it runs, so a wrong one is a fault in words that names the
//! function. Those that change their receiver exist twice: in scripts and `fn`s they change it, in expressions
//! (as [`translate`](super::translate) sees to) they give the changed value. Invariant: what takes long in
//! proportion to its arguments counts it, and what makes something large refuses first.

mod call;
mod digest;
mod edit;
mod format;
mod list;
mod map;
mod moment;
mod number;
mod own;
mod pattern;
mod signature;
mod text;
mod xml;

use std::collections::HashMap;
use std::sync::OnceLock;

use rhai::{Dynamic, Module};

use super::fault::{Stop, rhai_type};
use super::native::{Outcome, any, register as put};
use super::words::OWN_MARK;

pub(super) use call::Call;
pub(super) use digest::{RESERVED, sha256_of};
pub use signature::{Parameter, Signature, builtins};

/// What kinds of values a parameter takes, or a function gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    Any,
    Unit,
    Bool,
    Int,
    Float,
    /// An int or a float.
    Number,
    Text,
    /// A list of texts.
    Texts,
    List,
    Map,
    Time,
    Length,
    Secret,
    Function,
    /// A text or a secret.
    TextOrSecret,
    /// A list, or a range of ints.
    Items,
    /// An int, or a range of ints.
    Place,
    /// A text, a number or a bool.
    Scalar,
    /// A number or a duration.
    Signed,
}

/// A built-in function.
pub(super) struct Builtin {
    pub name: &'static str,
    /// Its parameters, the receiver first.
    pub takes: &'static [Kind],
    /// How many of them must be given.
    pub least: usize,
    pub gives: Kind,
    /// Whether it is written as a method.
    pub method: bool,
    /// Whether it changes its receiver in scripts.
    pub changes: bool,
    pub run: fn(&mut Call) -> Outcome,
}

impl Builtin {
    /// A method that gives a value and leaves its receiver as it is.
    pub const fn method(
        name: &'static str,
        takes: &'static [Kind],
        gives: Kind,
        run: fn(&mut Call) -> Outcome,
    ) -> Builtin {
        Builtin { name, takes, least: takes.len(), gives, method: true, changes: false, run }
    }

    /// A function that is written before its arguments.
    pub const fn function(
        name: &'static str,
        takes: &'static [Kind],
        gives: Kind,
        run: fn(&mut Call) -> Outcome,
    ) -> Builtin {
        Builtin { name, takes, least: takes.len(), gives, method: false, changes: false, run }
    }

    /// A method that changes its receiver.
    pub const fn changing(
        name: &'static str,
        takes: &'static [Kind],
        gives: Kind,
        run: fn(&mut Call) -> Outcome,
    ) -> Builtin {
        Builtin { name, takes, least: takes.len(), gives, method: true, changes: true, run }
    }

    /// The same, with some of the last parameters left to be left out.
    pub const fn least(mut self, least: usize) -> Builtin {
        self.least = least;
        self
    }
}

/// The tables of functions. A name may stand in several, for other receivers.
const TABLES: [&[Builtin]; 10] = [
    text::TABLE,
    list::TABLE,
    edit::TABLE,
    map::TABLE,
    number::TABLE,
    moment::TABLE,
    format::TABLE,
    digest::TABLE,
    pattern::TABLE,
    own::TABLE,
];

/// Every function by name: several where a name means another function for another receiver.
pub(super) fn by_name(name: &str) -> &'static [&'static Builtin] {
    static NAMES: OnceLock<HashMap<&'static str, Vec<&'static Builtin>>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let mut names: HashMap<_, Vec<_>> = HashMap::new();
        TABLES.into_iter().flatten().for_each(|builtin| names.entry(builtin.name).or_default().push(builtin));
        names
    });
    names.get(name).map_or(&[], Vec::as_slice)
}

/// Whether there is a built-in function of that name which takes so many arguments, a method's receiver counted.
pub fn is_known(name: &str, args: usize) -> bool {
    let special = matches!((name, args), ("call", 1..) | ("type_of", 1));
    special || by_name(name).iter().any(|builtin| (builtin.least..=builtin.takes.len()).contains(&args))
}

/// Whether the name is one of a method.
pub(super) fn is_method(name: &str) -> bool {
    by_name(name).iter().any(|builtin| builtin.method)
}

/// Whether the method of that name changes its receiver, where it may.
pub(super) fn changes_receiver(name: &str) -> bool {
    by_name(name).iter().any(|builtin| builtin.changes)
}

pub(super) fn register(module: &mut Module) {
    let mut done: Vec<(&str, usize)> = Vec::new();
    for builtin in TABLES.into_iter().flatten() {
        let all = by_name(builtin.name);
        let changes = all.iter().any(|other| other.changes);
        for count in builtin.least..=builtin.takes.len() {
            if done.contains(&(builtin.name, count)) {
                continue;
            }
            done.push((builtin.name, count));
            put(module, builtin.name, &any(count), changes, move |context, args| {
                (chosen(all, args)?.run)(&mut Call::new(context, args))
            });
            if changes {
                let pure = format!("{OWN_MARK}{}", builtin.name);
                put(module, &pure, &any(count), false, move |context, args| {
                    run_pure(chosen(all, args)?, context, args)
                });
            }
        }
    }
    own::register(module);
}

/// Runs a function that changes its receiver on a copy, which it gives.
fn run_pure(builtin: &Builtin, context: &rhai::NativeCallContext, args: &mut [&mut Dynamic]) -> Outcome {
    if !builtin.changes {
        return (builtin.run)(&mut Call::new(context, args));
    }
    let mut receiver = args[0].flatten_clone();
    let mut others = args.iter_mut().skip(1).map(|arg| arg.take()).collect::<Vec<_>>();
    let mut all: Vec<&mut Dynamic> = std::iter::once(&mut receiver).chain(others.iter_mut()).collect();
    (builtin.run)(&mut Call::new(context, &mut all)).map(drop)?;
    Ok(receiver)
}

/// The function of a name that goes with the arguments.
fn chosen(all: &'static [&'static Builtin], args: &[&mut Dynamic]) -> Result<&'static Builtin, Stop> {
    let fits = |builtin: &&&Builtin| {
        let count = (builtin.least..=builtin.takes.len()).contains(&args.len());
        count && builtin.takes.iter().zip(args).all(|(kind, arg)| kind.admits(arg))
    };
    if let Some(builtin) = all.iter().find(fits) {
        return Ok(builtin);
    }
    let same_receiver = |builtin: &&&Builtin| {
        builtin.takes.len() >= args.len()
            && builtin.takes.first().zip(args.first()).is_none_or(|(kind, arg)| kind.admits(arg))
    };
    let nearest = all.iter().find(same_receiver);
    Err(wrong_arguments(all, nearest.copied(), args))
}

/// What is wrong with calling the method of that name of a value that it doesn't work on.
pub(super) fn wrong_receiver(name: &str, receiver: &mut Dynamic) -> Stop {
    wrong_arguments(by_name(name), None, &[receiver])
}

fn wrong_arguments(all: &[&Builtin], nearest: Option<&Builtin>, args: &[&mut Dynamic]) -> Stop {
    let given = |index: usize| args.get(index).map_or_else(String::new, |arg| super::convert::type_name(arg));
    let name = all.first().map_or("", |builtin| builtin.name);
    let secret = args.iter().find_map(|arg| super::sealing::unread(arg, &format!("`{name}`")));
    if let Some(stop) = secret {
        return stop;
    }
    let Some(builtin) = nearest else {
        let works: Vec<String> =
            all.iter().filter_map(|builtin| builtin.takes.first()).map(|kind| kind.words()).collect();
        let absent = if args.first().is_some_and(|arg| arg.is_unit()) {
            format!("; use `?.{name}()` if it may be absent")
        } else {
            String::new()
        };
        return Stop::new("type", format!("`{name}` works on {}, not on {}{absent}", works.join(" or "), given(0)));
    };
    let wrong = builtin.takes.iter().zip(args).position(|(kind, arg)| !kind.admits(arg)).unwrap_or(0);
    let wanted = builtin.takes.get(wrong).map_or_else(String::new, |kind| kind.words());
    let which = match (builtin.method, wrong, builtin.takes.len()) {
        (true, _, 0..=2) | (false, _, 0..=1) => String::new(),
        (true, wrong, _) => format!(" as argument {wrong}"),
        (false, wrong, _) => format!(" as argument {}", wrong + 1),
    };
    Stop::new("type", format!("`{}` takes {wanted}{which}, not {}", builtin.name, given(wrong)))
}

/// What is wrong where rhai found no function for a call that it shows as `name (type, type)`.
pub(super) fn no_function(signature: &str) -> Stop {
    let (name, rest) = signature.split_once(" (").unwrap_or((signature, ""));
    let name = name.strip_prefix(OWN_MARK).unwrap_or(name);
    let types: Vec<&str> =
        rest.trim_end_matches(')').split(", ").filter(|name| !name.is_empty()).map(rhai_type).collect();
    let known = by_name(name);
    if name.starts_with("anon$") {
        return Stop::new("type", format!("this function takes another number of arguments than {}", types.len()));
    }
    if ["..", "..="].contains(&name) {
        return Stop::new("type", format!("a range goes from an int to an int, not from {}", types.join(" to ")));
    }
    if known.is_empty() {
        return Stop::new("type", format!("there is no function `{name}` for {}", types.join(", ")));
    }
    let counts: Vec<String> = known.iter().map(|builtin| builtin.counts()).collect();
    Stop::new("type", format!("`{name}` takes {}", counts.join(" or ")))
}

impl Builtin {
    /// How many arguments it takes, as a person counts them.
    fn counts(&self) -> String {
        let less = usize::from(self.method);
        let (least, most) = (self.least - less, self.takes.len() - less);
        match (least, most) {
            (0, 0) => "no arguments".to_string(),
            (1, 1) => "one argument".to_string(),
            (least, most) if least == most => format!("{least} arguments"),
            (least, most) => format!("{least} to {most} arguments"),
        }
    }
}

impl Kind {
    pub fn admits(self, value: &Dynamic) -> bool {
        use super::convert::bare_type;
        let kind = bare_type(value);
        match self {
            Kind::Any => true,
            Kind::Unit => kind == "()",
            Kind::Bool => kind == "bool",
            Kind::Int => kind == "int",
            Kind::Float => kind == "float",
            Kind::Number => matches!(kind, "int" | "float"),
            Kind::Text => kind == "string",
            Kind::List | Kind::Texts => kind == "list",
            Kind::Map => kind == "map",
            Kind::Time => kind == "datetime",
            Kind::Length => kind == "duration",
            Kind::Secret => kind == "secret",
            Kind::Function => kind == "function",
            Kind::TextOrSecret => matches!(kind, "string" | "secret"),
            Kind::Items => matches!(kind, "list" | "range"),
            Kind::Place => matches!(kind, "int" | "range"),
            Kind::Scalar => matches!(kind, "int" | "float" | "bool" | "string"),
            Kind::Signed => matches!(kind, "int" | "float" | "duration"),
        }
    }

    fn words(self) -> String {
        let words = match self {
            Kind::Any => "any value",
            Kind::Unit => "`()`",
            Kind::Bool => "a bool",
            Kind::Int => "an int",
            Kind::Float => "a float",
            Kind::Number => "a number",
            Kind::Text => "a string",
            Kind::Texts => "a list of strings",
            Kind::List => "a list",
            Kind::Map => "a map",
            Kind::Time => "a datetime",
            Kind::Length => "a duration",
            Kind::Secret => "a secret",
            Kind::Function => "a function",
            Kind::TextOrSecret => "a string or a secret",
            Kind::Items => "a list or a range",
            Kind::Place => "an int or a range",
            Kind::Scalar => "a string, a number or a bool",
            Kind::Signed => "a number or a duration",
        };
        words.to_string()
    }
}

//! A call of a built-in function: its arguments, whose kinds are known to be right, and the closures among them.
//!
//! Invariant: an accessor gives the argument that the table promised; where the table is wrong it gives an empty
//! value, never a panic.

use rhai::{Array, Dynamic, EvalAltResult, FnPtr, ImmutableString, NativeCallContext};

use super::super::convert::range_of;
use super::super::fault::Stop;
use super::super::meter;
use super::super::native::Outcome;

pub(in super::super) struct Call<'a, 'b, 'c> {
    context: &'a NativeCallContext<'a>,
    pub args: &'b mut [&'c mut Dynamic],
}

impl<'a, 'b, 'c> Call<'a, 'b, 'c> {
    pub fn new(context: &'a NativeCallContext<'a>, args: &'b mut [&'c mut Dynamic]) -> Call<'a, 'b, 'c> {
        Call { context, args }
    }

    pub fn given(&self, index: usize) -> bool {
        index < self.args.len()
    }

    pub fn arg(&self, index: usize) -> &Dynamic {
        self.args[index]
    }

    /// The argument itself; a copy of the receiver, which may be a variable of the script's.
    pub fn take(&mut self, index: usize) -> Dynamic {
        if index == 0 { self.args[0].flatten_clone() } else { self.args[index].take() }
    }

    /// A text, also one of a single character, and counts reading it.
    pub fn text(&self, index: usize) -> Result<ImmutableString, Stop> {
        let text = match self.args[index].as_char() {
            Ok(c) => c.to_string().into(),
            Err(_) => self.args[index].as_immutable_string_ref().map(|text| text.clone()).unwrap_or_default(),
        };
        meter::charge(text.len() as u64 / 64)?;
        Ok(text)
    }

    pub fn int(&self, index: usize) -> i64 {
        self.args[index].as_int().unwrap_or_default()
    }

    /// An int that may be left out.
    pub fn int_or(&self, index: usize, or: i64) -> i64 {
        if self.given(index) { self.int(index) } else { or }
    }

    pub fn number(&self, index: usize) -> f64 {
        let arg = &self.args[index];
        arg.as_float().ok().or_else(|| arg.as_int().ok().map(|n| n as f64)).unwrap_or_default()
    }

    /// A copy of the items of a list or range, and counts copying them.
    pub fn items(&self, index: usize) -> Result<Array, Stop> {
        if let Ok(items) = self.args[index].as_array_ref() {
            meter::charge(items.len() as u64)?;
            return Ok(items.clone());
        }
        let range = range_of(self.args[index]).unwrap_or(0..0);
        let len = usize::try_from(range.end.saturating_sub(range.start)).unwrap_or(0);
        meter::list(len)?;
        Ok(range.map(Dynamic::from_int).collect())
    }

    /// Looks at the items of a list, and counts them.
    pub fn with_items<T>(&self, index: usize, f: impl FnOnce(&Array) -> Result<T, Stop>) -> Result<T, Stop> {
        match self.args[index].as_array_ref() {
            Ok(items) => {
                meter::charge(items.len() as u64)?;
                f(&items)
            }
            Err(_) => f(&self.items(index)?),
        }
    }

    /// Changes the receiver, which is a list.
    pub fn change_items<T>(&mut self, f: impl FnOnce(&mut Array) -> Result<T, Stop>) -> Result<T, Stop> {
        match self.args[0].as_array_mut() {
            Ok(mut items) => {
                let result = f(&mut items)?;
                meter::list_length(items.len())?;
                Ok(result)
            }
            Err(_) => Err(Stop::new("type", "a list is wanted here")),
        }
    }

    /// Makes the receiver another value.
    pub fn set(&mut self, value: impl Into<Dynamic>) -> Outcome {
        *self.args[0] = value.into();
        Ok(Dynamic::UNIT)
    }

    pub fn function(&self, index: usize) -> Function<'a> {
        let pointer = self.args[index].read_lock::<FnPtr>().map(|pointer| pointer.clone());
        Function { pointer, context: self.context, indexed: false }
    }
}

/// A closure or a function's name given to a function.
pub(in super::super) struct Function<'a> {
    pointer: Option<FnPtr>,
    context: &'a NativeCallContext<'a>,
    /// Whether it was found to take the item's index too.
    indexed: bool,
}

impl Function<'_> {
    /// Calls it with an item, and with its index if it takes two.
    pub fn each(&mut self, item: Dynamic, index: usize) -> Outcome {
        let position = Dynamic::from_int(index as i64);
        if self.indexed {
            return self.call([item, position]);
        }
        match self.call([item.clone()]) {
            Err(error) if self.takes_another_count(&error) => {
                self.indexed = true;
                self.call([item, position])
            }
            result => result,
        }
    }

    /// As [`Function::each`], where a bool is wanted.
    pub fn holds(&mut self, item: Dynamic, index: usize) -> Result<bool, Box<EvalAltResult>> {
        let given = self.each(item, index)?;
        given.as_bool().map_err(|_| {
            let given = super::super::convert::type_name(&given);
            Stop::new("type", format!("the function must give a bool, and gave {given}")).into()
        })
    }

    /// Calls it with a field's value, or with its name and value if it takes two.
    pub fn with_key(&self, value: Dynamic, key: &str) -> Outcome {
        match self.call([value.clone()]) {
            Err(error) if self.takes_another_count(&error) => self.call([key.into(), value]),
            result => result,
        }
    }

    pub fn call<const N: usize>(&self, args: [Dynamic; N]) -> Outcome {
        match &self.pointer {
            Some(pointer) => pointer.call_raw(self.context, None, args).map(Dynamic::flatten),
            None => Ok(Dynamic::UNIT),
        }
    }

    fn takes_another_count(&self, error: &EvalAltResult) -> bool {
        let name = self.pointer.as_ref().map_or("", |pointer| pointer.fn_name());
        matches!(error, EvalAltResult::ErrorFunctionNotFound(signature, _) if signature.starts_with(name))
    }
}

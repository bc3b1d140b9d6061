//! The values that this process has filled in so far: from then on they are masked in whatever comes back, also of
//! steps that weren't given them.
//!
//! Short ones are masked only where they were given: elsewhere they may well be a word like any other. Invariant: a
//! value, once known, is looked for until the process ends, also after its secret has got another.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::mask::Mask;

/// From how many bytes on a value is masked in every step.
pub const MASKED_EVERYWHERE: usize = 8;

/// The most values that are masked in every step (the limit `known secrets`); later ones are masked in the steps that
/// are given them.
pub const MAX_KNOWN: usize = 1_000;

/// A value with the name that stands for it.
#[derive(Clone)]
pub(super) struct Named {
    pub name: Arc<str>,
    pub value: Arc<Zeroizing<String>>,
}

impl Named {
    #[cfg(test)]
    pub fn new(name: &str, value: &str) -> Named {
        Named { name: name.into(), value: Arc::new(Zeroizing::new(value.to_string())) }
    }

    fn is(&self, other: &Named) -> bool {
        self.name == other.name && bool::from(self.value.as_bytes().ct_eq(other.value.as_bytes()))
    }
}

/// What an attempt was given.
#[derive(Default)]
pub(super) struct Filled {
    /// The values of secrets.
    pub values: Vec<Named>,
    /// What was computed of them and couldn't be recognised by the values: looked for in this attempt alone, as there is
    /// no end to it.
    pub made: Vec<Named>,
}

/// A mask and how many of the known values it looks for.
#[derive(Clone, Default)]
struct Built {
    values: usize,
    mask: Mask,
}

/// Values are only added, so their number says which of them a mask has.
#[derive(Default)]
struct Values {
    all: Vec<Named>,
    built: Built,
}

#[derive(Default)]
pub(super) struct Known(Mutex<Values>);

impl Known {
    /// Learns what was filled in for an attempt, and gives what is to be masked in it. Masks are built outside the lock:
    /// with many long values that takes a while, and others must only look.
    pub fn learn(&self, filled: Filled) -> Mask {
        let (own, all, built) = {
            let mut values = self.values();
            let mut own: Vec<Named> = Vec::new();
            for secret in filled.values {
                if values.all.iter().chain(&own).any(|known| known.is(&secret)) {
                    continue;
                }
                match secret.value.len() >= MASKED_EVERYWHERE && values.all.len() < MAX_KNOWN {
                    true => values.all.push(secret),
                    false => own.push(secret),
                }
            }
            own.extend(filled.made);
            if own.is_empty() && values.built.values == values.all.len() {
                return values.built.mask.clone();
            }
            (own, values.all.clone(), values.built.clone())
        };
        let mask = match built.values == all.len() {
            true => built.mask,
            false => self.keep(Built { values: all.len(), mask: Mask::of(&all) }),
        };
        if own.is_empty() { mask } else { Mask::of(&[own, all].concat()) }
    }

    /// Of two that build at once, the mask with more values stays.
    fn keep(&self, built: Built) -> Mask {
        let mut values = self.values();
        if built.values > values.built.values {
            values.built = built;
        }
        values.built.mask.clone()
    }

    pub fn mask(&self) -> Mask {
        self.values().built.mask.clone()
    }

    fn values(&self) -> MutexGuard<'_, Values> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(values: &[(&str, &str)], made: &[(&str, &str)]) -> Filled {
        let named = |of: &[(&str, &str)]| of.iter().map(|(name, value)| Named::new(name, value)).collect();
        Filled { values: named(values), made: named(made) }
    }

    #[test]
    fn what_was_made_of_secrets_takes_no_room_of_theirs() {
        let known = Known::default();
        for i in 0..2 * MAX_KNOWN {
            let digest = format!("digest number {i}");
            let mask = known.learn(filled(&[("A", "first value")], &[("A", &digest)]));
            assert_eq!(mask.text(&format!("first value, {digest}")), "[secret A], [secret A]");
        }
        known.learn(filled(&[("B", "second value")], &[]));
        assert_eq!(
            known.mask().text("first value, second value, digest number 1"),
            "[secret A], [secret B], digest number 1"
        );
    }

    #[test]
    fn who_is_given_the_same_at_once_has_a_mask_of_it() {
        let known = Known::default();
        std::thread::scope(|scope| {
            for i in 0..8 {
                let known = &known;
                scope.spawn(move || {
                    let own = format!("value number {i}");
                    let mask = known.learn(filled(&[("S", "shared value"), ("O", &own)], &[]));
                    assert_eq!(mask.text(&format!("shared value {own}")), "[secret S] [secret O]");
                });
            }
        });
        let all: Vec<String> = (0..8).map(|i| format!("value number {i}")).collect();
        assert!(!known.mask().text(&all.join(" ")).contains("value"));
    }
}

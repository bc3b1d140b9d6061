//! The values that this process has filled in so far: from then on they are masked in whatever comes back, also of
//! steps that weren't given them.
//!
//! Short ones are masked only where they were given: elsewhere they may well be a word like any other. Invariant: a
//! value, once known, is looked for until the process ends, also after its secret has got another.

use std::sync::Arc;

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

#[derive(Default)]
pub(super) struct Known {
    all: Vec<Named>,
    mask: Mask,
}

impl Known {
    /// Learns what was filled in for an attempt, and gives what is to be masked in it.
    pub fn learn(&mut self, filled: Vec<Named>) -> Mask {
        let before = self.all.len();
        let mut own: Vec<Named> = Vec::new();
        for secret in filled {
            if self.all.iter().chain(&own).any(|known| known.is(&secret)) {
                continue;
            }
            match secret.value.len() >= MASKED_EVERYWHERE && self.all.len() < MAX_KNOWN {
                true => self.all.push(secret),
                false => own.push(secret),
            }
        }
        if self.all.len() > before {
            self.mask = Mask::of(&self.all);
        }
        match own.is_empty() {
            true => self.mask.clone(),
            false => Mask::of(&[own, self.all.clone()].concat()),
        }
    }

    pub fn mask(&self) -> Mask {
        self.mask.clone()
    }
}

//! Values of a body that may be absent, null or new.

use serde::{Deserialize, Deserializer};

/// What a body says of a value that may be absent.
#[derive(Clone, Default)]
pub(super) enum Change<T> {
    /// Nothing: the value stays.
    #[default]
    Keep,
    /// A new value, or null.
    To(Option<T>),
}

impl<T: Clone> Change<T> {
    pub(super) fn and_then<U>(&self, parse: impl FnOnce(&T) -> Option<U>) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::To(value) => Change::To(value.as_ref().and_then(parse)),
        }
    }

    pub(super) fn apply(&self, value: &mut Option<T>) {
        if let Self::To(new) = self {
            value.clone_from(new);
        }
    }
}

impl<'de> Deserialize<'de> for Change<String> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::To)
    }
}

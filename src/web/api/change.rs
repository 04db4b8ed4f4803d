//! Fields of bodies that are more than a value: absent or null, times in several forms.

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a body says of a value that may be absent.
#[derive(Clone, Default)]
pub(in crate::web) enum Change<T> {
    /// Nothing: the value stays.
    #[default]
    Keep,
    /// A new value, or null.
    To(Option<T>),
}

impl<T: Clone> Change<T> {
    /// The new value, if there is one.
    pub(in crate::web) fn value(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::To(value) => value.as_ref(),
        }
    }

    pub(in crate::web) fn and_then<U>(&self, parse: impl FnOnce(&T) -> Option<U>) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::To(value) => Change::To(value.as_ref().and_then(parse)),
        }
    }

    pub(in crate::web) fn apply(&self, value: &mut Option<T>) {
        if let Self::To(new) = self {
            value.clone_from(new);
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::To)
    }
}

/// Reads a nullable field that must be present. By default, Serde takes an absent field for null.
pub(in crate::web) fn nullable<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<String>, D::Error> {
    Option::deserialize(deserializer)
}

/// Reads a time as text. Numbers are times too, as in the old service.
pub(super) fn time_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    match Option::<Value>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(Value::Number(number)) => Ok(Some(number.to_string())),
        Some(_) => Err(D::Error::custom("expected a time (RFC 3339), a date, or a number of seconds")),
    }
}

pub(super) fn time_change<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Change<String>, D::Error> {
    time_text(deserializer).map(Change::To)
}

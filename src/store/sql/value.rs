//! What passes between Rust and a database: values, and the parameters of a statement.

use std::borrow::Cow;

/// One value of a column or a parameter, in a form that every driver knows.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::store) enum Value<'a> {
    /// No value.
    Null,
    /// True or false; a number in databases without such a type.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(Cow<'a, [u8]>),
}

/// A type that can be a parameter.
pub(in crate::store) trait ToSql {
    /// Its value in the database.
    fn to_sql(&self) -> Value<'_>;
}

/// A type that a column can hold.
pub(in crate::store) trait FromSql: Sized {
    /// What the type is called when a column holds something else.
    const NAME: &'static str;

    /// `None` for a value that this version could not have written.
    fn from_sql(value: Value<'_>) -> Option<Self>;
}

impl<T: ToSql + ?Sized> ToSql for &T {
    fn to_sql(&self) -> Value<'_> {
        (**self).to_sql()
    }
}

impl<T: ToSql> ToSql for Option<T> {
    fn to_sql(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, ToSql::to_sql)
    }
}

impl<T: FromSql> FromSql for Option<T> {
    const NAME: &'static str = T::NAME;

    fn from_sql(value: Value<'_>) -> Option<Self> {
        if value == Value::Null { Some(None) } else { T::from_sql(value).map(Some) }
    }
}

impl ToSql for bool {
    fn to_sql(&self) -> Value<'_> {
        Value::Boolean(*self)
    }
}

impl FromSql for bool {
    const NAME: &'static str = "flag";

    fn from_sql(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Boolean(flag) => Some(flag),
            Value::Integer(number) => Some(number != 0),
            _ => None,
        }
    }
}

macro_rules! integers {
    ($($integer:ty),*) => {$(
        impl ToSql for $integer {
            /// Numbers beyond the database's largest become the largest.
            fn to_sql(&self) -> Value<'_> {
                Value::Integer(i64::try_from(*self).unwrap_or(i64::MAX))
            }
        }

        impl FromSql for $integer {
            const NAME: &'static str = "number";

            fn from_sql(value: Value<'_>) -> Option<Self> {
                let Value::Integer(number) = value else { return None };
                number.try_into().ok()
            }
        }
    )*};
}

integers!(u8, u16, u32, u64, usize, i64);

impl ToSql for f64 {
    fn to_sql(&self) -> Value<'_> {
        Value::Real(*self)
    }
}

impl FromSql for f64 {
    const NAME: &'static str = "number";

    fn from_sql(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Real(number) => Some(number),
            Value::Integer(number) => Some(number as Self),
            _ => None,
        }
    }
}

impl ToSql for f32 {
    fn to_sql(&self) -> Value<'_> {
        Value::Real((*self).into())
    }
}

impl FromSql for f32 {
    const NAME: &'static str = f64::NAME;

    #[expect(clippy::cast_possible_truncation, reason = "back to the precision that was stored")]
    fn from_sql(value: Value<'_>) -> Option<Self> {
        f64::from_sql(value).map(|number| number as Self)
    }
}

impl ToSql for str {
    fn to_sql(&self) -> Value<'_> {
        Value::Text(self.into())
    }
}

impl ToSql for String {
    fn to_sql(&self) -> Value<'_> {
        self.as_str().to_sql()
    }
}

impl FromSql for String {
    const NAME: &'static str = "text";

    fn from_sql(value: Value<'_>) -> Option<Self> {
        if let Value::Text(text) = value { Some(text.into_owned()) } else { None }
    }
}

impl ToSql for [u8] {
    fn to_sql(&self) -> Value<'_> {
        Value::Blob(self.into())
    }
}

impl ToSql for Vec<u8> {
    fn to_sql(&self) -> Value<'_> {
        self.as_slice().to_sql()
    }
}

impl FromSql for Vec<u8> {
    const NAME: &'static str = "blob";

    fn from_sql(value: Value<'_>) -> Option<Self> {
        if let Value::Blob(bytes) = value { Some(bytes.into_owned()) } else { None }
    }
}

/// The parameters of a statement: an array or a tuple, whose first value is `?1`.
pub(in crate::store) trait Params {
    /// In order.
    fn values(&self) -> Vec<Value<'_>>;

    /// Whether each value is of its column's type; if not, it is converted: rows of event files have fewer types.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite does not ask"))]
    fn have_types(&self) -> bool {
        true
    }
}

macro_rules! tuples {
    ($first:ident $($name:ident)*) => {
        impl<$first: ToSql, $($name: ToSql),*> Params for ($first, $($name,)*) {
            #[expect(non_snake_case, reason = "types and values of a tuple share their names")]
            fn values(&self) -> Vec<Value<'_>> {
                let ($first, $($name,)*) = self;
                vec![$first.to_sql(), $($name.to_sql()),*]
            }
        }
        tuples!($($name)*);
    };
    () => {};
}

/// Values of one type, the single parameter among them.
impl<T: ToSql, const N: usize> Params for [T; N] {
    fn values(&self) -> Vec<Value<'_>> {
        self.iter().map(ToSql::to_sql).collect()
    }
}

impl Params for () {
    fn values(&self) -> Vec<Value<'_>> {
        Vec::new()
    }
}

tuples!(A B C D E F G H I J K L M N O P Q R S T);

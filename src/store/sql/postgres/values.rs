//! Values on their way to the server and back. Whole numbers are `bigint`, flags `boolean`, floating-point numbers
//! `double precision`; sums of whole numbers come back as `numeric`.

use std::borrow::Cow;
use std::error::Error;

use bytes::BytesMut;
use postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::store::sql::value::Value;

type Problem = Box<dyn Error + Sync + Send>;

/// The type that a value has as a parameter; what has none is inferred from where it stands.
pub(super) fn type_of(value: &Value<'_>) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Boolean(_) => Type::BOOL,
        Value::Integer(_) => Type::INT8,
        Value::Real(_) => Type::FLOAT8,
        Value::Text(_) => Type::TEXT,
        Value::Blob(_) => Type::BYTEA,
    }
}

impl ToSql for Value<'_> {
    /// As the type that the server expects: a record of an event file has numbers where a column has flags.
    fn to_sql(&self, wanted: &Type, out: &mut BytesMut) -> Result<IsNull, Problem> {
        match (self, wanted) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Boolean(flag), &Type::BOOL) => flag.to_sql(wanted, out),
            (Value::Boolean(flag), &Type::INT8) => i64::from(*flag).to_sql(wanted, out),
            (Value::Integer(number), &Type::INT8) => number.to_sql(wanted, out),
            (Value::Integer(number), &Type::INT4) => i32::try_from(*number)?.to_sql(wanted, out),
            (Value::Integer(number), &Type::FLOAT8) => (*number as f64).to_sql(wanted, out),
            (Value::Integer(number @ (0 | 1)), &Type::BOOL) => (*number == 1).to_sql(wanted, out),
            (Value::Real(number), &Type::FLOAT8) => number.to_sql(wanted, out),
            // The server has no texts with a zero byte.
            (Value::Text(text), &Type::TEXT | &Type::VARCHAR) if text.contains('\0') => {
                text.replace('\0', "\u{FFFD}").to_sql(wanted, out)
            }
            (Value::Text(text), &Type::TEXT | &Type::VARCHAR) => text.to_sql(wanted, out),
            (Value::Blob(bytes), &Type::BYTEA) => bytes.as_ref().to_sql(wanted, out),
            _ => Err(format!("a value for a column of type `{wanted}`").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value that was received, which owns its bytes only where it must.
pub(super) struct Received<'a>(pub(super) Value<'a>);

impl<'a> FromSql<'a> for Received<'a> {
    fn from_sql(of: &Type, raw: &'a [u8]) -> Result<Self, Problem> {
        Ok(Self(match *of {
            Type::BOOL => Value::Boolean(bool::from_sql(of, raw)?),
            Type::INT8 => Value::Integer(i64::from_sql(of, raw)?),
            Type::INT4 => Value::Integer(i32::from_sql(of, raw)?.into()),
            Type::INT2 => Value::Integer(i16::from_sql(of, raw)?.into()),
            Type::FLOAT8 => Value::Real(f64::from_sql(of, raw)?),
            Type::FLOAT4 => Value::Real(f32::from_sql(of, raw)?.into()),
            Type::NUMERIC => Value::Integer(whole_number(raw).ok_or("a number that is not whole")?),
            Type::BYTEA => Value::Blob(Cow::Borrowed(raw)),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN => {
                Value::Text(Cow::Borrowed(std::str::from_utf8(raw)?))
            }
            _ => return Err(format!("a column of type `{of}`").into()),
        }))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Problem> {
        Ok(Self(Value::Null))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A `numeric` without a fraction: number of digits, weight of the first, sign, digits of the fraction; then the
/// digits, to the base of 10,000.
fn whole_number(raw: &[u8]) -> Option<i64> {
    let mut words = raw.chunks_exact(2).map(|word| u16::from_be_bytes([word[0], word[1]]));
    let (digits, weight, sign, _) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let places = usize::from(weight.wrapping_add(1));
    if sign & 0xBFFF != 0 || (digits > 0 && usize::from(digits) > places) {
        return None;
    }
    let mut number = 0_i128;
    for at in 0..places.min(6) {
        let digit = if at < usize::from(digits) { words.next()? } else { 0 };
        number = number * 10_000 + i128::from(digit);
    }
    i64::try_from(if sign == 0 { number } else { -number }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numeric(words: &[u16]) -> Option<i64> {
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        whole_number(&bytes)
    }

    #[test]
    fn sums_are_read_as_whole_numbers() {
        assert_eq!(numeric(&[0, 0, 0, 0]), Some(0));
        assert_eq!(numeric(&[1, 0, 0, 0, 7]), Some(7));
        assert_eq!(numeric(&[2, 1, 0x4000, 0, 3, 21]), Some(-30_021));
        // Zeros at the end are not sent.
        assert_eq!(numeric(&[1, 2, 0, 0, 5]), Some(500_000_000));
        assert_eq!(numeric(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5807]), Some(i64::MAX));
        // A fraction, one below one, what is not a number, what is too large.
        assert_eq!(numeric(&[2, 0, 0, 1, 7, 5000]), None);
        assert_eq!(numeric(&[1, 0xFFFF, 0, 1, 5000]), None);
        assert_eq!(numeric(&[0, 0, 0xC000, 0]), None);
        assert_eq!(numeric(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5808]), None);
    }
}

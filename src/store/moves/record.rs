//! Rows as JSON: how they stand in an event file. Columns have their names of the database; bytes are
//! `{"base64": "..."}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number, Value as Json, json};

use crate::store::sql::{FromRow, FromSql, Params, Row, Value};
use crate::store::{StoreError, StoreResult};

/// A row, by the names of its columns.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Record(pub(super) Map<String, Json>);

impl Record {
    /// The value of a column; `None` if there is none, or one that this version could not have written.
    pub(super) fn get<T: FromSql>(&self, column: &str) -> Option<T> {
        T::from_sql(from_json(self.0.get(column)?)?)
    }

    /// [`Record::get`] of what every row has.
    pub(super) fn expect<T: FromSql>(&self, column: &str) -> StoreResult<T> {
        self.get(column).ok_or(StoreError::Corrupt { what: T::NAME })
    }

    pub(super) fn set(&mut self, column: &str, value: &Value<'_>) {
        self.0.insert(column.to_owned(), to_json(value));
    }

    /// The values of these columns in their order, of those that the row has.
    pub(super) fn values<'c>(&self, columns: &[&'c str]) -> StoreResult<(Vec<&'c str>, Values)> {
        let (mut names, mut values) = (Vec::new(), Vec::new());
        for column in columns {
            if let Some(json) = self.0.get(*column) {
                names.push(*column);
                values.push(from_json(json).ok_or(StoreError::Corrupt { what: "row of an event file" })?);
            }
        }
        Ok((names, Values(values)))
    }
}

/// Parameters whose number is not known before.
pub(super) struct Values(pub(super) Vec<Value<'static>>);

impl Params for Values {
    fn values(&self) -> Vec<Value<'_>> {
        self.0.clone()
    }

    fn have_types(&self) -> bool {
        false
    }
}

impl FromRow for Record {
    fn from_row(row: &Row<'_>) -> StoreResult<Self> {
        let columns = row.columns()?.into_iter().map(|(name, value)| (name, to_json(&value)));
        Ok(Self(columns.collect()))
    }
}

fn to_json(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Boolean(flag) => Json::from(i64::from(*flag)),
        Value::Integer(number) => Json::from(*number),
        // The database has no other numbers than finite ones.
        Value::Real(number) => Number::from_f64(*number).map_or(Json::Null, Json::Number),
        Value::Text(text) => Json::from(text.as_ref()),
        Value::Blob(bytes) => json!({ "base64": STANDARD.encode(bytes) }),
    }
}

fn from_json(json: &Json) -> Option<Value<'static>> {
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Boolean(*flag),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Value::Integer(number),
            None => Value::Real(number.as_f64()?),
        },
        Json::String(text) => Value::Text(text.clone().into()),
        Json::Object(object) => {
            let text = object.get("base64").filter(|_| object.len() == 1)?.as_str()?;
            Value::Blob(STANDARD.decode(text).ok()?.into())
        }
        Json::Array(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_they_are_written() {
        let values = [
            Value::Null,
            Value::Integer(i64::MAX),
            Value::Integer(-1),
            Value::Real(0.1),
            Value::Text("é\u{0}\"".into()),
            Value::Blob(vec![0, 255, 7].into()),
        ];
        for value in values {
            assert_eq!(from_json(&to_json(&value)), Some(value));
        }
        for wrong in [json!([1]), json!({}), json!({ "base64": "?" }), json!({ "base64": "AA==", "more": 1 })]
        {
            assert_eq!(from_json(&wrong), None, "{wrong}");
        }
    }
}

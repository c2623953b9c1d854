//! A domain value in a `jsonb` column or a `json` expression, and a domain key in a `text` column.

use std::fmt::Debug;
use std::io::Write;

use diesel::QueryResult;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::result::Error;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types;
use serde::de::{DeserializeOwned, IntoDeserializer, value};
use serde::{Deserialize, Serialize};

/// PostgreSQL has one binary form of `jsonb` so far: this byte, then text.
const FORM: u8 = 1;

/// A value kept as `jsonb`, or put together by the database as `json`. Numbers come back bit for bit: `numeric` keeps all
/// digits, and serde_json reads exactly.
#[derive(Clone, Debug, AsExpression, Deserialize, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub struct Json<T: Debug + 'static>(pub T);

impl<T: Debug + DeserializeOwned> FromSql<sql_types::Jsonb, Pg> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [FORM, text @ ..] => Ok(Json(serde_json::from_slice(text)?)),
            _ => Err("jsonb in a form that is not known".into()),
        }
    }
}

impl<T: Debug + DeserializeOwned> FromSql<sql_types::Json, Pg> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Json(serde_json::from_slice(value.as_bytes())?))
    }
}

impl<T: Debug + Serialize> ToSql<sql_types::Jsonb, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[FORM])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

/// The value that a key names, as on the wire.
pub fn from_key<T: DeserializeOwned>(key: &str) -> QueryResult<T> {
    let named: Result<T, value::Error> = T::deserialize(key.into_deserializer());
    named.map_err(|error| Error::DeserializationError(error.into()))
}

//! A domain value in a `jsonb` column or a `json` expression, and a domain key in a `text` column.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::result::{Error, QueryResult};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types;
use serde::de::{DeserializeOwned, IntoDeserializer, value};
use serde::{Deserialize, Serialize};

/// A value kept as `jsonb`, or put together by the database as `json`.
#[derive(Clone, Debug, AsExpression, Deserialize, FromSqlRow)]
#[diesel(sql_type = sql_types::Jsonb)]
#[serde(transparent)]
pub(super) struct Json<T: std::fmt::Debug + 'static>(pub(super) T);

impl<T: std::fmt::Debug + DeserializeOwned> FromSql<sql_types::Jsonb, Pg> for Json<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let value = <serde_json::Value as FromSql<sql_types::Jsonb, Pg>>::from_sql(bytes)?;
        Ok(Json(serde_json::from_value(value)?))
    }
}

impl<T: std::fmt::Debug + DeserializeOwned> FromSql<sql_types::Json, Pg> for Json<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Json(serde_json::from_slice(bytes.as_bytes())?))
    }
}

impl<T: std::fmt::Debug + Serialize> ToSql<sql_types::Jsonb, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let value = serde_json::to_value(&self.0)?;
        <serde_json::Value as ToSql<sql_types::Jsonb, Pg>>::to_sql(&value, &mut out.reborrow())
    }
}

/// The value that a key names, as on the wire.
pub(super) fn from_key<T: DeserializeOwned>(key: &str) -> QueryResult<T> {
    let named: Result<T, value::Error> = T::deserialize(key.into_deserializer());
    named.map_err(|error| Error::DeserializationError(error.into()))
}

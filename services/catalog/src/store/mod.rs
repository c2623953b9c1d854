//! Speaks SQL: every query and nothing else. Connection first; a look-up returns an option.

pub(crate) mod characters;
pub(crate) mod instruments;
pub(crate) mod member_data;
pub(crate) mod quest_templates;
pub(crate) mod result_texts;
pub(crate) mod self_check_items;
pub(crate) mod versions;

use diesel::QueryResult;
use diesel::result::Error::{DeserializationError, SerializationError};
use diesel_async::SimpleAsyncConnection;
use pg::Connection;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Lets all that this transaction reads be of one moment. Must come before its first query.
pub(crate) async fn freeze(conn: &mut Connection) -> QueryResult<()> {
    conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY").await
}

/// A value of a `content` column. Numbers come back bit for bit: `numeric` keeps all digits, and serde_json reads exactly.
fn read<T: DeserializeOwned>(content: Value) -> QueryResult<T> {
    serde_json::from_value(content).map_err(|error| DeserializationError(error.into()))
}

fn written(value: &impl Serialize) -> QueryResult<Value> {
    serde_json::to_value(value).map_err(|error| SerializationError(error.into()))
}

/// Places from 0, as `position` columns count.
fn positions() -> impl Iterator<Item = i16> {
    0..=i16::MAX
}

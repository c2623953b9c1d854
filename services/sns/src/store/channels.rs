//! `sns_channels`: what can be connected. Rows come by migrations.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use pg::{Connection, from_key};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::domain::channels::Channel;
use crate::domain::grants::Provider;
use crate::schema::sns_channels::dsl;

type Row = (String, String, String);

fn channel((key, name, kind): Row) -> QueryResult<Channel> {
    Ok(Channel { key, name, kind: from_key(&kind)? })
}

/// Every channel, in their order.
pub(crate) async fn list(mut conn: &Connection) -> QueryResult<Vec<Channel>> {
    let channels = dsl::sns_channels.order(dsl::position);
    let rows: Vec<Row> = channels.select((dsl::key, dsl::name, dsl::kind)).load(&mut conn).await?;
    rows.into_iter().map(channel).collect()
}

/// The channel of a key.
pub(crate) async fn find(conn: &mut Connection, key: &str) -> QueryResult<Option<Channel>> {
    let found = dsl::sns_channels.find(key).select((dsl::key, dsl::name, dsl::kind));
    found.first(conn).await.optional()?.map(channel).transpose()
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::sns_channels)]
struct ProviderRow {
    authorize_url: Option<String>,
    token_url: Option<String>,
    scopes: Vec<String>,
    scope_separator: String,
    client_auth: String,
    exchange_url: Option<String>,
    refresh_url: Option<String>,
    revocation: Option<Value>,
    profile: Option<Value>,
    posts: Option<Value>,
}

/// The provider of a channel; none where it is not one of OAuth.
pub(crate) async fn find_provider(
    conn: &mut Connection,
    key: &str,
) -> QueryResult<Option<Provider>> {
    let found = dsl::sns_channels.find(key).select(ProviderRow::as_select());
    let Some(row) = found.first(conn).await.optional()? else {
        return Ok(None);
    };
    let (Some(authorize_url), Some(token_url), Some(profile)) =
        (row.authorize_url, row.token_url, row.profile)
    else {
        return Ok(None);
    };
    Ok(Some(Provider {
        authorize_url,
        token_url,
        scopes: row.scopes,
        scope_separator: row.scope_separator,
        client_auth: from_key(&row.client_auth)?,
        exchange_url: row.exchange_url.map(read_text).transpose()?,
        refresh_url: row.refresh_url.map(read_text).transpose()?,
        revocation: row.revocation.map(read).transpose()?,
        profile: read(profile)?,
        posts: row.posts.map(read).transpose()?,
    }))
}

fn read_text<T: DeserializeOwned>(text: String) -> QueryResult<T> {
    read(Value::String(text))
}

fn read<T: DeserializeOwned>(value: Value) -> QueryResult<T> {
    let read = serde_json::from_value(value);
    read.map_err(|error| diesel::result::Error::DeserializationError(error.into()))
}

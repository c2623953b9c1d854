//! `sns_tokens`: what providers gave us, sealed.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::accounts::Account;
use crate::domain::seals::Sealed;
use crate::schema::sns_tokens::dsl;

/// What is kept of a grant.
#[derive(Clone, Debug)]
pub(crate) struct TokenRow {
    pub(crate) sealed: Sealed,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) scopes: Vec<String>,
}

/// The token of an account.
pub(crate) async fn find(
    conn: &mut Connection,
    user_id: UserId,
    account_id: Uuid,
) -> QueryResult<Option<TokenRow>> {
    type Row = (String, Vec<u8>, Option<jiff_diesel::Timestamp>, Vec<String>);
    let row: Option<Row> = dsl::sns_tokens
        .find((user_id.0, account_id))
        .select((dsl::key_id, dsl::sealed, dsl::expires_at, dsl::scopes))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(|(key_id, bytes, expires_at, scopes)| TokenRow {
        sealed: Sealed { key_id, bytes },
        expires_at: expires_at.map(Timestamp::from),
        scopes,
    }))
}

/// Keeps the token of an account, in the place of the one before it.
pub(crate) async fn upsert(
    conn: &mut Connection,
    account: &Account,
    token: &TokenRow,
) -> QueryResult<()> {
    let kept = (
        dsl::key_id.eq(&token.sealed.key_id),
        dsl::sealed.eq(&token.sealed.bytes),
        dsl::expires_at.eq(token.expires_at.map(|at| at.to_diesel())),
        dsl::scopes.eq(&token.scopes),
        dsl::renewing_until.eq(None::<jiff_diesel::Timestamp>),
    );
    diesel::insert_into(dsl::sns_tokens)
        .values((
            dsl::user_id.eq(account.user_id.0),
            dsl::account_id.eq(account.id),
            dsl::channel.eq(&account.channel),
            kept,
        ))
        .on_conflict((dsl::user_id, dsl::account_id))
        .do_update()
        .set(kept)
        .execute(conn)
        .await
        .map(drop)
}

/// Takes it upon oneself to renew a token, until `until`; false while somebody else does.
pub(crate) async fn claim(
    conn: &mut Connection,
    account: &Account,
    now: Timestamp,
    until: Timestamp,
) -> QueryResult<bool> {
    let free = dsl::sns_tokens
        .find((account.user_id.0, account.id))
        .filter(dsl::renewing_until.is_null().or(dsl::renewing_until.le(now.to_diesel())));
    let claimed = diesel::update(free).set(dsl::renewing_until.eq(until.to_diesel()));
    Ok(claimed.execute(conn).await? == 1)
}

/// Keeps what a renewal gave, for who has claimed it until `until`; nothing where the token is gone or somebody else's.
pub(crate) async fn update_renewed(
    conn: &mut Connection,
    account: &Account,
    token: &TokenRow,
    until: Timestamp,
) -> QueryResult<bool> {
    let claimed = dsl::sns_tokens
        .find((account.user_id.0, account.id))
        .filter(dsl::renewing_until.eq(until.to_diesel()));
    let updated = diesel::update(claimed)
        .set((
            dsl::key_id.eq(&token.sealed.key_id),
            dsl::sealed.eq(&token.sealed.bytes),
            dsl::expires_at.eq(token.expires_at.map(|at| at.to_diesel())),
            dsl::scopes.eq(&token.scopes),
            dsl::renewing_until.eq(None::<jiff_diesel::Timestamp>),
        ))
        .execute(conn)
        .await?;
    Ok(updated == 1)
}

/// Somebody else may try.
pub(crate) async fn update_free(
    conn: &mut Connection,
    account: &Account,
    until: Timestamp,
) -> QueryResult<()> {
    let claimed = dsl::sns_tokens
        .find((account.user_id.0, account.id))
        .filter(dsl::renewing_until.eq(until.to_diesel()));
    diesel::update(claimed)
        .set(dsl::renewing_until.eq(None::<jiff_diesel::Timestamp>))
        .execute(conn)
        .await
        .map(drop)
}

/// Forgets an account's token; the database sees to it that it is revoked.
pub(crate) async fn delete(
    conn: &mut Connection,
    user_id: UserId,
    account_id: Uuid,
) -> QueryResult<()> {
    diesel::delete(dsl::sns_tokens.find((user_id.0, account_id))).execute(conn).await.map(drop)
}

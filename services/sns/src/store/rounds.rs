//! `sns_rounds`: rounds to a provider that have not come back.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;

use crate::domain::seals::Sealed;
use crate::schema::sns_rounds::dsl;

/// A round begins; those that are over are forgotten.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    state: &[u8],
    channel: &str,
    verifier: &Sealed,
    (now, until): (Timestamp, Timestamp),
) -> QueryResult<()> {
    diesel::delete(dsl::sns_rounds.filter(dsl::expires_at.le(now.to_diesel())))
        .execute(conn)
        .await?;
    diesel::insert_into(dsl::sns_rounds)
        .values((
            dsl::user_id.eq(user_id.0),
            dsl::state.eq(state),
            dsl::channel.eq(channel),
            dsl::key_id.eq(&verifier.key_id),
            dsl::verifier.eq(&verifier.bytes),
            dsl::expires_at.eq(until.to_diesel()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// The member's round comes back: its verifier, once and in time.
pub(crate) async fn take(
    conn: &mut Connection,
    user_id: UserId,
    state: &[u8],
    channel: &str,
    now: Timestamp,
) -> QueryResult<Option<Sealed>> {
    let round = dsl::sns_rounds.find((user_id.0, state)).filter(dsl::channel.eq(channel));
    let taken: Option<(String, Vec<u8>, jiff_diesel::Timestamp)> = diesel::delete(round)
        .returning((dsl::key_id, dsl::verifier, dsl::expires_at))
        .get_result(conn)
        .await
        .optional()?;
    let good = taken.filter(|(.., expires_at)| Timestamp::from(*expires_at) > now);
    Ok(good.map(|(key_id, bytes, _)| Sealed { key_id, bytes }))
}

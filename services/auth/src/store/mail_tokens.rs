//! Rows of `mail_tokens`: tokens that are in a letter, and letters that have yet to be sent.

use contracts::UserId;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::Connection;
use uuid::Uuid;

use crate::domain::mail_tokens::{MailToken, Purpose};
use crate::schema::mail_tokens::dsl;

/// A letter that somebody has taken upon themselves to send.
#[derive(Clone, Debug, QueryableByName)]
#[diesel(table_name = crate::schema::mail_tokens)]
pub(crate) struct DueRow {
    pub(crate) id: Uuid,
    /// None where nobody has the address.
    pub(crate) user_id: Option<Uuid>,
    pub(crate) purpose: String,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    pub(crate) expires_at: Timestamp,
    /// With this one.
    pub(crate) attempts: i32,
}

/// A new token, whose letter is due now, in the place of the member's last one for this purpose.
pub(crate) async fn upsert(
    conn: &mut Connection,
    user_id: Option<UserId>,
    MailToken { id, purpose }: MailToken,
    now: Timestamp,
) -> QueryResult<()> {
    let row = (
        dsl::id.eq(id),
        dsl::expires_at.eq((now + purpose.lifetime()).to_diesel()),
        dsl::attempts.eq(0),
        dsl::due_at.eq(Some(now.to_diesel())),
    );
    diesel::insert_into(dsl::mail_tokens)
        .values((dsl::user_id.eq(user_id.map(|id| id.0)), dsl::purpose.eq(purpose.name()), row))
        .on_conflict((dsl::user_id, dsl::purpose))
        .do_update()
        .set(row)
        .execute(conn)
        .await
        .map(drop)
}

/// Whose token it is, while it is good.
pub(crate) async fn find(
    conn: &mut Connection,
    token: MailToken,
    now: Timestamp,
) -> QueryResult<Option<UserId>> {
    let good = dsl::mail_tokens.find(token.id).filter(dsl::expires_at.gt(now.to_diesel()));
    let user_id = good.select(dsl::user_id).first::<Option<Uuid>>(conn).await.optional()?;
    Ok(user_id.flatten().map(UserId))
}

/// Uses a token up, and says whose it was; none when it was used or replaced, or has run out. Of several who come with
/// one token at once, one finds it.
pub(crate) async fn take(
    conn: &mut Connection,
    token: MailToken,
    now: Timestamp,
) -> QueryResult<Option<UserId>> {
    let good = dsl::mail_tokens.find(token.id).filter(dsl::expires_at.gt(now.to_diesel()));
    let taken = diesel::delete(good).returning(dsl::user_id);
    let user_id = taken.get_result::<Option<Uuid>>(conn).await.optional()?;
    Ok(user_id.flatten().map(UserId))
}

/// Makes the member's tokens for a purpose worthless, and forgets their letters.
pub(crate) async fn delete_of(
    conn: &mut Connection,
    user_id: UserId,
    purpose: Purpose,
) -> QueryResult<()> {
    let theirs = dsl::mail_tokens.filter(dsl::user_id.eq(user_id.0));
    diesel::delete(theirs.filter(dsl::purpose.eq(purpose.name()))).execute(conn).await.map(drop)
}

/// Takes at most `limit` letters that are due, so that nobody else tries to send them before `again_at`.
pub(crate) async fn claim(
    conn: &mut Connection,
    now: Timestamp,
    again_at: Timestamp,
    limit: i64,
) -> QueryResult<Vec<DueRow>> {
    enum Claim {}
    let claim = diesel::sql_query(
        "UPDATE mail_tokens SET attempts = attempts + 1, due_at = $2
         WHERE id = ANY (ARRAY(SELECT id FROM mail_tokens WHERE due_at <= $1
                               ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED))
         RETURNING id, user_id, purpose, expires_at, attempts",
    )
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Timestamptz, _>(again_at.to_diesel())
    .bind::<BigInt, _>(limit);
    pg::fixed::<Claim, _>(claim).load(conn).await
}

/// When a letter is due again; never, once it is sent.
pub(crate) async fn update_due(
    conn: &mut Connection,
    id: Uuid,
    due_at: Option<Timestamp>,
) -> QueryResult<()> {
    diesel::update(dsl::mail_tokens.find(id))
        .set(dsl::due_at.eq(due_at.map(|at| at.to_diesel())))
        .execute(conn)
        .await
        .map(drop)
}

/// Forgets a letter and its token.
pub(crate) async fn delete(conn: &mut Connection, id: Uuid) -> QueryResult<()> {
    diesel::delete(dsl::mail_tokens.find(id)).execute(conn).await.map(drop)
}

//! Rows of `signing_keys`.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};
use pg::Connection;

use crate::domain::keys::Key;
use crate::error::Error;
use crate::schema::signing_keys::dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::signing_keys)]
struct SigningKeyRow {
    kid: String,
    public: serde_json::Value,
    sealed: Option<Vec<u8>>,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    published_at: Timestamp,
    #[diesel(deserialize_as = NullableTimestamp)]
    signs_from: Option<Timestamp>,
    #[diesel(deserialize_as = NullableTimestamp)]
    revoked_at: Option<Timestamp>,
}

impl TryFrom<SigningKeyRow> for Key {
    type Error = Error;

    fn try_from(row: SigningKeyRow) -> Result<Self, Error> {
        Ok(Key {
            kid: row.kid,
            public: serde_json::from_value(row.public)?,
            sealed: row.sealed,
            published_at: row.published_at,
            signs_from: row.signs_from,
            revoked_at: row.revoked_at,
        })
    }
}

/// New keys. One that is known, and a second spare, are left out.
pub(crate) async fn insert(conn: &mut Connection, keys: &[Key]) -> Result<(), Error> {
    let row = |key: &Key| {
        Ok::<_, Error>((
            dsl::kid.eq(key.kid.clone()),
            dsl::public.eq(serde_json::to_value(&key.public)?),
            dsl::sealed.eq(key.sealed.clone()),
            dsl::published_at.eq(key.published_at.to_diesel()),
            dsl::signs_from.eq(key.signs_from.map(|from| from.to_diesel())),
        ))
    };
    let rows: Vec<_> = keys.iter().map(row).collect::<Result<_, _>>()?;
    let insert = diesel::insert_into(dsl::signing_keys).values(rows).on_conflict_do_nothing();
    insert.execute(conn).await?;
    Ok(())
}

/// All keys in the order of their turns, the spare last.
pub(crate) async fn list(conn: &mut Connection) -> Result<Vec<Key>, Error> {
    let rows: Vec<SigningKeyRow> = dsl::signing_keys
        .order((dsl::signs_from, dsl::kid))
        .select(SigningKeyRow::as_select())
        .load(conn)
        .await?;
    rows.into_iter().map(Key::try_from).collect()
}

/// All keys, and nobody else changes one until the transaction ends.
pub(crate) async fn lock(conn: &mut Connection) -> Result<Vec<Key>, Error> {
    dsl::signing_keys.order(dsl::kid).select(dsl::kid).for_update().execute(conn).await?;
    list(conn).await
}

/// The names of the revoked ones.
pub(crate) async fn list_revoked(conn: &mut Connection) -> QueryResult<Vec<String>> {
    let revoked = dsl::signing_keys.filter(dsl::revoked_at.is_not_null());
    revoked.order(dsl::kid).select(dsl::kid).load(conn).await
}

/// Says when a key's turn comes.
pub(crate) async fn update_signs_from(
    conn: &mut Connection,
    kid: &str,
    signs_from: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::signing_keys.find(kid))
        .set(dsl::signs_from.eq(signs_from.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}

/// Revokes a key and forgets its private half.
pub(crate) async fn update_revoked(
    conn: &mut Connection,
    kid: &str,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::signing_keys.find(kid))
        .set((dsl::revoked_at.eq(now.to_diesel()), dsl::sealed.eq(None::<Vec<u8>>)))
        .execute(conn)
        .await
        .map(drop)
}

/// Forgets the private halves of keys that sign no more.
pub(crate) async fn forget_sealed(conn: &mut Connection, kids: &[&str]) -> QueryResult<()> {
    let served = dsl::signing_keys.filter(dsl::kid.eq_any(kids)).filter(dsl::sealed.is_not_null());
    diesel::update(served).set(dsl::sealed.eq(None::<Vec<u8>>)).execute(conn).await.map(drop)
}

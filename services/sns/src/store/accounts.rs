//! `user_sns_accounts`.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::{Connection, from_key};
use uuid::Uuid;

use crate::domain::accounts::{Account, AccountState};
use crate::egress::Validators;
use crate::schema::user_sns_accounts::{self, dsl};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = user_sns_accounts, treat_none_as_default_value = false)]
struct AccountRow {
    user_id: Uuid,
    id: Uuid,
    channel: String,
    address: String,
    name: String,
    proof: String,
    state: String,
    connected_at: jiff_diesel::Timestamp,
    confirmed_at: Option<jiff_diesel::Timestamp>,
    leaving_at: Option<jiff_diesel::Timestamp>,
    is_whole: bool,
    etag: Option<String>,
    last_modified: Option<String>,
    imported_at: Option<jiff_diesel::Timestamp>,
    import_at: Option<jiff_diesel::Timestamp>,
}

impl AccountRow {
    fn read(self) -> QueryResult<Account> {
        Ok(Account {
            user_id: UserId(self.user_id),
            id: self.id,
            channel: self.channel,
            address: self.address,
            name: self.name,
            proof: self.proof,
            state: from_key(&self.state)?,
            connected_at: self.connected_at.to_jiff(),
            confirmed_at: self.confirmed_at.map(Timestamp::from),
            leaving_at: self.leaving_at.map(Timestamp::from),
            is_whole: self.is_whole,
            etag: self.etag,
            last_modified: self.last_modified,
            imported_at: self.imported_at.map(Timestamp::from),
            import_at: self.import_at.map(Timestamp::from),
        })
    }

    fn of(account: &Account) -> Self {
        let account = account.clone();
        AccountRow {
            user_id: account.user_id.0,
            id: account.id,
            channel: account.channel,
            address: account.address,
            name: account.name,
            proof: account.proof,
            state: account.state.key().to_owned(),
            connected_at: account.connected_at.to_diesel(),
            confirmed_at: account.confirmed_at.map(|at| at.to_diesel()),
            leaving_at: account.leaving_at.map(|at| at.to_diesel()),
            is_whole: account.is_whole,
            etag: account.etag,
            last_modified: account.last_modified,
            imported_at: account.imported_at.map(|at| at.to_diesel()),
            import_at: account.import_at.map(|at| at.to_diesel()),
        }
    }
}

/// The member's accounts, oldest first.
pub(crate) async fn list(mut conn: &Connection, user_id: UserId) -> QueryResult<Vec<Account>> {
    let rows: Vec<AccountRow> = dsl::user_sns_accounts
        .filter(dsl::user_id.eq(user_id.0))
        .order((dsl::connected_at, dsl::id))
        .select(AccountRow::as_select())
        .load(&mut conn)
        .await?;
    rows.into_iter().map(AccountRow::read).collect()
}

/// One of the member's accounts.
pub(crate) async fn find(
    conn: &mut Connection,
    user_id: UserId,
    id: Uuid,
) -> QueryResult<Option<Account>> {
    let found = dsl::user_sns_accounts.find((user_id.0, id)).select(AccountRow::as_select());
    found.first(conn).await.optional()?.map(AccountRow::read).transpose()
}

/// The member's account of an address.
pub(crate) async fn find_by_address(
    conn: &mut Connection,
    user_id: UserId,
    channel: &str,
    address: &str,
) -> QueryResult<Option<Account>> {
    let found = dsl::user_sns_accounts
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::channel.eq(channel).and(dsl::address.eq(address)))
        .select(AccountRow::as_select());
    found.first(conn).await.optional()?.map(AccountRow::read).transpose()
}

/// Whose accounts have this address, and which.
pub(crate) async fn list_by_address(
    conn: &mut Connection,
    channel: &str,
    address: &str,
) -> QueryResult<Vec<(UserId, Uuid)>> {
    let rows: Vec<(Uuid, Uuid)> = dsl::user_sns_accounts
        .filter(dsl::channel.eq(channel).and(dsl::address.eq(address)))
        .select((dsl::user_id, dsl::id))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(user_id, id)| (UserId(user_id), id)).collect())
}

/// Keeps a new account.
pub(crate) async fn insert(conn: &mut Connection, account: &Account) -> QueryResult<()> {
    diesel::insert_into(dsl::user_sns_accounts)
        .values(AccountRow::of(account))
        .execute(conn)
        .await
        .map(drop)
}

/// It was shown that it is the member's.
pub(crate) async fn update_confirmed(
    conn: &mut Connection,
    account: &Account,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::user_sns_accounts.find((account.user_id.0, account.id)))
        .set(dsl::confirmed_at.eq(now.to_diesel()))
        .execute(conn)
        .await
        .map(drop)
}

/// How we stand to it, and when it is read next by itself.
pub(crate) async fn update_state(
    conn: &mut Connection,
    account: &Account,
    state: AccountState,
    import_at: Option<Timestamp>,
) -> QueryResult<()> {
    diesel::update(dsl::user_sns_accounts.find((account.user_id.0, account.id)))
        .set((dsl::state.eq(state.key()), dsl::import_at.eq(import_at.map(|at| at.to_diesel()))))
        .execute(conn)
        .await
        .map(drop)
}

/// It counts no more, and goes when its provider has heard of it.
pub(crate) async fn update_leaving(
    conn: &mut Connection,
    account: &Account,
    now: Timestamp,
) -> QueryResult<()> {
    diesel::update(dsl::user_sns_accounts.find((account.user_id.0, account.id)))
        .set((
            dsl::state.eq(AccountState::Leaving.key()),
            dsl::leaving_at.eq(now.to_diesel()),
            dsl::import_at.eq(None::<jiff_diesel::Timestamp>),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// It is being read: until the end is reached, it is not known what lies behind its newest post.
pub(crate) async fn update_begun(
    conn: &mut Connection,
    user_id: UserId,
    id: Uuid,
) -> QueryResult<()> {
    diesel::update(dsl::user_sns_accounts.find((user_id.0, id)))
        .set(dsl::is_whole.eq(false))
        .execute(conn)
        .await
        .map(drop)
}

/// It was read to its end.
pub(crate) async fn update_read(
    conn: &mut Connection,
    account: &Account,
    validators: Validators,
    now: Timestamp,
    import_at: Option<Timestamp>,
) -> QueryResult<()> {
    diesel::update(dsl::user_sns_accounts.find((account.user_id.0, account.id)))
        .set((
            dsl::is_whole.eq(true),
            dsl::etag.eq(validators.etag),
            dsl::last_modified.eq(validators.last_modified),
            dsl::imported_at.eq(now.to_diesel()),
            dsl::import_at.eq(import_at.map(|at| at.to_diesel())),
        ))
        .execute(conn)
        .await
        .map(drop)
}

/// It is gone.
pub(crate) async fn delete(conn: &mut Connection, user_id: UserId, id: Uuid) -> QueryResult<()> {
    diesel::delete(dsl::user_sns_accounts.find((user_id.0, id))).execute(conn).await.map(drop)
}

/// The account of which its provider has now heard is gone, if it waited for that.
pub(crate) async fn delete_leaving(conn: &mut Connection, id: Uuid) -> QueryResult<()> {
    let leaving = dsl::user_sns_accounts
        .filter(dsl::id.eq(id))
        .filter(dsl::state.eq(AccountState::Leaving.key()));
    diesel::delete(leaving).execute(conn).await.map(drop)
}

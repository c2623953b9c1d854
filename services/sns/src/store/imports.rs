//! `sns_imports`: jobs as their members see them, and as who works on them holds them.

use contracts::UserId;
use diesel::prelude::*;
use diesel::sql_types::Timestamptz;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::{Connection, from_key};
use uuid::Uuid;

use crate::domain::accounts::Account;
use crate::domain::imports::{Import, Job, Status};
use crate::schema::sns_imports::{self, dsl};

#[derive(Queryable, Selectable)]
#[diesel(table_name = sns_imports)]
struct ImportRow {
    id: Uuid,
    account_id: Uuid,
    status: String,
    fetched: i32,
    new: i32,
    topics: Vec<String>,
    started_at: Option<jiff_diesel::Timestamp>,
    finished_at: Option<jiff_diesel::Timestamp>,
    resume_at: Option<jiff_diesel::Timestamp>,
    error: Option<String>,
}

impl ImportRow {
    fn read(self) -> QueryResult<Import> {
        Ok(Import {
            id: self.id,
            account_id: self.account_id,
            status: from_key(&self.status)?,
            fetched: self.fetched,
            new: self.new,
            topics: self.topics,
            started_at: self.started_at.map(Timestamp::from),
            finished_at: self.finished_at.map(Timestamp::from),
            resume_at: self.resume_at.map(Timestamp::from),
            error: self.error,
        })
    }
}

/// One of the member's imports.
pub(crate) async fn find(
    mut conn: &Connection,
    user_id: UserId,
    id: Uuid,
) -> QueryResult<Option<Import>> {
    let found = dsl::sns_imports.find((user_id.0, id)).select(ImportRow::as_select());
    found.first(&mut conn).await.optional()?.map(ImportRow::read).transpose()
}

/// The import of an account that is not over.
pub(crate) async fn find_open(
    conn: &mut Connection,
    user_id: UserId,
    account_id: Uuid,
) -> QueryResult<Option<Import>> {
    let open = dsl::sns_imports
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::account_id.eq(account_id).and(dsl::finished_at.is_null()))
        .select(ImportRow::as_select());
    open.first(conn).await.optional()?.map(ImportRow::read).transpose()
}

/// When the last import of an account ended, if any has.
pub(crate) async fn find_last_end(
    conn: &mut Connection,
    user_id: UserId,
    account_id: Uuid,
) -> QueryResult<Option<Timestamp>> {
    let last: Option<jiff_diesel::Timestamp> = dsl::sns_imports
        .filter(dsl::user_id.eq(user_id.0).and(dsl::account_id.eq(account_id)))
        .select(diesel::dsl::max(dsl::finished_at))
        .first(conn)
        .await?;
    Ok(last.map(Timestamp::from))
}

/// Asks for an import of an account that has none that is open.
pub(crate) async fn insert(
    conn: &mut Connection,
    account: &Account,
    now: Timestamp,
) -> QueryResult<Import> {
    let row: ImportRow = diesel::insert_into(dsl::sns_imports)
        .values((
            dsl::user_id.eq(account.user_id.0),
            dsl::id.eq(Uuid::now_v7()),
            dsl::account_id.eq(account.id),
            dsl::until_known.eq(account.is_whole),
            dsl::status.eq("queued"),
            dsl::due_at.eq(now.to_diesel()),
        ))
        .returning(ImportRow::as_returning())
        .get_result(conn)
        .await?;
    row.read()
}

/// What claims an import.
#[derive(QueryableByName)]
#[diesel(table_name = sns_imports)]
struct JobRow {
    user_id: Uuid,
    id: Uuid,
    account_id: Uuid,
    fence: i32,
    failures: i32,
    until_known: bool,
    cursor: Option<String>,
}

/// Takes the import that has been due for longest. Nobody else takes it before `lease_until`, and whoever held it before
/// finds its fence raised.
pub(crate) async fn claim(
    conn: &mut Connection,
    now: Timestamp,
    lease_until: Timestamp,
) -> QueryResult<Option<Job>> {
    enum Claim {}
    let claim = diesel::sql_query(
        "WITH due AS (
             SELECT user_id, id FROM sns_imports WHERE due_at <= $1
             ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED
         )
         UPDATE sns_imports i SET status = 'running', started_at = coalesce(i.started_at, $1), due_at = $2,
             resume_at = NULL, error = NULL, fence = i.fence + 1
         FROM due WHERE i.user_id = due.user_id AND i.id = due.id
         RETURNING i.user_id, i.id, i.account_id, i.fence, i.failures, i.until_known, i.cursor",
    )
    .bind::<Timestamptz, _>(now.to_diesel())
    .bind::<Timestamptz, _>(lease_until.to_diesel());
    let rows: Vec<JobRow> = pg::fixed::<Claim, _>(claim).load(conn).await?;
    Ok(rows.into_iter().next().map(|row| Job {
        user_id: UserId(row.user_id),
        id: row.id,
        account_id: row.account_id,
        fence: row.fence,
        failures: row.failures,
        until_known: row.until_known,
        cursor: row.cursor,
    }))
}

/// The job's row, as long as nobody else has taken it and it is not over.
#[diesel::dsl::auto_type]
fn held(job: &Job) -> _ {
    let key: (Uuid, Uuid) = (job.user_id.0, job.id);
    let fence: i32 = job.fence;
    dsl::sns_imports.find(key).filter(dsl::fence.eq(fence).and(dsl::finished_at.is_null()))
}

/// A page was read: counts it, moves on, and holds the job for longer. False where somebody else has it now, or it is gone.
pub(crate) async fn update_read(
    conn: &mut Connection,
    job: &Job,
    cursor: Option<&str>,
    lease_until: Timestamp,
) -> QueryResult<bool> {
    let updated = diesel::update(held(job))
        .set((dsl::cursor.eq(cursor), dsl::failures.eq(0), dsl::due_at.eq(lease_until.to_diesel())))
        .execute(conn)
        .await?;
    Ok(updated == 1)
}

/// Adds what a page held.
pub(crate) async fn update_counts(
    conn: &mut Connection,
    job: &Job,
    fetched: i32,
    new: i32,
    topics: &[String],
) -> QueryResult<()> {
    enum Count {}
    use diesel::sql_types::{Array, Integer, Text, Uuid as SqlUuid};
    let count = diesel::sql_query(
        "UPDATE sns_imports SET fetched = fetched + $3, new = new + $4,
             topics = ARRAY(SELECT DISTINCT unnest(topics || $5) ORDER BY 1)
         WHERE user_id = $1 AND id = $2",
    )
    .bind::<SqlUuid, _>(job.user_id.0)
    .bind::<SqlUuid, _>(job.id)
    .bind::<Integer, _>(fetched)
    .bind::<Integer, _>(new)
    .bind::<Array<Text>, _>(topics);
    pg::fixed::<Count, _>(count).execute(conn).await.map(drop)
}

/// It goes on later, for this reason. False where somebody else has it now, or it is gone.
pub(crate) async fn update_paused(
    conn: &mut Connection,
    job: &Job,
    error: &str,
    resume_at: Timestamp,
) -> QueryResult<bool> {
    let updated = diesel::update(held(job))
        .set((
            dsl::status.eq("paused"),
            dsl::error.eq(error),
            dsl::failures.eq(dsl::failures + 1),
            dsl::resume_at.eq(resume_at.to_diesel()),
            dsl::due_at.eq(resume_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(updated == 1)
}

/// It is over. False where somebody else has it now, or it is gone.
pub(crate) async fn update_finished(
    conn: &mut Connection,
    job: &Job,
    status: Status,
    error: Option<&str>,
    now: Timestamp,
) -> QueryResult<bool> {
    let updated = diesel::update(held(job))
        .set((
            dsl::status.eq(status.key()),
            dsl::error.eq(error),
            dsl::finished_at.eq(now.to_diesel()),
            dsl::due_at.eq(None::<jiff_diesel::Timestamp>),
            dsl::cursor.eq(None::<&str>),
        ))
        .execute(conn)
        .await?;
    Ok(updated == 1)
}

/// Forgets an account's imports, after whoever works on one has finished its page.
pub(crate) async fn delete_of(
    conn: &mut Connection,
    user_id: UserId,
    account_id: Uuid,
) -> QueryResult<()> {
    let theirs = dsl::sns_imports.filter(dsl::user_id.eq(user_id.0));
    diesel::delete(theirs.filter(dsl::account_id.eq(account_id))).execute(conn).await.map(drop)
}

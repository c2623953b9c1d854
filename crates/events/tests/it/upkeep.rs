//! What keeps the log small, and what keeps it through a move to another cluster.

use contracts::events::MemberErased;

use crate::support::{Database, Running, eventually, local, member, metric, number};

const LOG: &str = "select count(*) from events.log";
const INBOX: &str = "select count(*) from events.inbox";
const APPLIED: &str = "select count(*) from quest.applied";

#[tokio::test]
async fn old_events_expire_in_batches_when_they_have_been_read() {
    local(async {
        let database = Database::create().await;
        for name in ["1", "2", "3", "4", "5"] {
            database.send(member(), name).await;
        }
        let reader = Running::start(database.noting());
        database.until(APPLIED, 5).await;
        reader.stop().await;
        let mut quest = database.connect("quest").await;
        let mut expire = async || number(&mut quest, "events.expire(2)").await;
        assert_eq!(expire().await, 0);

        let age = "update events.log set created_at = now() - interval '7 days 1 minute' where payload->>'name' < '4'";
        database.sql(age).await;
        // A consumer that has not read them yet, then one that has parked them.
        database.sql("insert into events.cursors values ('sns', 0, 0, false)").await;
        assert_eq!(expire().await, 0);
        database.sql("delete from events.cursors where consumer = 'sns'").await;
        let park = "insert into events.parked (event_id, consumer, lane, fence, seq) \
                    select id, 'sns', id, fence, seq from events.log";
        database.sql(park).await;
        assert_eq!(expire().await, 0);
        database.sql("delete from events.parked").await;

        assert_eq!([expire().await, expire().await, expire().await], [2, 1, 0]);
        assert_eq!(database.number(LOG).await, 2);
        assert_eq!(database.number(INBOX).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_running_consumer_clears_old_events() {
    local(async {
        let database = Database::create().await;
        database.send(member(), "1").await;
        let reader = Running::start(database.noting());
        database.until(APPLIED, 1).await;
        reader.stop().await;
        database.sql("update events.log set created_at = now() - interval '8 days'").await;
        let reader = Running::start(database.noting());
        database.until(LOG, 0).await;
        reader.stop().await;
        assert_eq!(database.number(INBOX).await, 0);
    })
    .await;
}

/// A dump restored into a cluster whose transactions have lower numbers, as if it were there already.
const RESTORED: &str = "update events.log set fence = fence + (1::bigint << 40);
    update events.cursors set fence = fence + (1::bigint << 40);
    update events.parked set fence = fence + (1::bigint << 40)";

#[tokio::test]
async fn a_restored_log_is_read_on_where_it_was() {
    local(async {
        let database = Database::create().await;
        let member = member();
        database.send(member, "read").await;
        let reader = Running::start(database.noting());
        database.until(APPLIED, 1).await;
        reader.stop().await;
        database.send(member, "unread").await;
        database.sql(RESTORED).await;
        database.set_up().await;
        database.send(member, "new").await;
        let reader = Running::start(database.noting());
        database.until(APPLIED, 3).await;
        reader.stop().await;
        assert_eq!(database.applied_of(member).await, ["read", "unread", "new"]);
        // The inbox was not needed for that.
        assert_eq!(database.number("select count(*) from events.log where fence <= 0").await, 2);
    })
    .await;
}

/// Somebody restores by hand and starts the services before the set-up: it is felt, and nothing they write is lost.
#[tokio::test]
async fn what_is_written_before_the_set_up_of_a_restored_log_is_read_after_it() {
    local(async {
        let database = Database::create().await;
        let members = [member(), member(), member()];
        let erase = async |user_id| database.publish("auth", &MemberErased { user_id }).await;
        erase(members[0]).await;
        let reader = Running::start(database.noting_erasures("sns"));
        database.until(APPLIED, 1).await;
        database.sql(RESTORED).await;
        erase(members[1]).await;
        eventually(|| metric("events_lag_seconds", &["sns"]).is_infinite()).await;
        assert_eq!(database.number(APPLIED).await, 1);

        database.set_up().await;
        erase(members[2]).await;
        database.until(APPLIED, 3).await;
        reader.stop().await;
        let applied = database.applied().await.into_iter().map(|(user_id, _)| user_id);
        assert_eq!(applied.collect::<Vec<_>>(), members);
    })
    .await;
}

/// Events of others are not looked through again and again: the cursor follows in strides.
#[tokio::test]
async fn a_consumer_that_meets_nothing_moves_on() {
    local(async {
        let database = Database::create().await;
        let reader = Running::start(database.noting());
        database.until("select count(*) from events.cursors where fence > 0", 1).await;
        let stands = database.number("select fence from events.cursors").await;
        // Each of these is a transaction.
        database
            .sql("do $$ begin for i in 1..1100 loop perform pg_current_xact_id(); commit; end loop; end $$")
            .await;
        database.until(&format!("select count(*) from events.cursors where fence > {stands}"), 1).await;
        reader.stop().await;
    })
    .await;
}

//! From a commit to its effect: none for a rolled back one, one for each event, soon, and in one trace.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use contracts::events::{MemberErased, MemberUpdated};
use diesel::sql_query;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use opentelemetry::trace::TraceContextExt;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tracing::Instrument;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::support::{
    Database, LOSE_CONNECTIONS, Running, eventually, local, member, note, note_name, number,
    updated,
};

#[tokio::test]
async fn a_rolled_back_change_sends_nothing() {
    local(async {
        let database = Database::create().await;
        let (kept, undone) = (member(), member());
        let pool = database.pool("auth");
        let rolled_back = pg::transaction(&pool, async |conn| {
            events::publish(conn, &updated(undone, "a")).await.map_err(pg::Error::from)?;
            Err::<(), _>(pg::Error::from(diesel::result::Error::NotFound))
        });
        assert!(rolled_back.await.is_err());
        database.send(kept, "b").await;
        let reader = Running::start(database.noting());
        database.until("select count(*) from quest.applied", 1).await;
        reader.stop().await;
        assert_eq!(database.applied().await, [(kept, "b".to_owned())]);
        assert_eq!(database.number("select count(*) from events.log").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_event_read_twice_has_one_effect() {
    local(async {
        let database = Database::create().await;
        let member = member();
        for name in ["a", "b", "c"] {
            database.send(member, name).await;
        }
        let reader = Running::start(database.noting());
        database.until("select count(*) from quest.applied", 3).await;
        database.sql("update events.cursors set fence = 0, seq = 0").await;
        database.send(member, "d").await;
        database.until("select count(*) from quest.applied where name = 'd'", 1).await;
        reader.stop().await;
        assert_eq!(database.applied_of(member).await, ["a", "b", "c", "d"]);
    })
    .await;
}

#[tokio::test]
async fn the_handlers_effects_and_the_cursor_are_kept_or_lost_together() {
    local(async {
        let database = Database::create().await;
        let member = member();
        database.send(member, "a").await;
        let entered = Rc::new(Semaphore::new(0));
        let stuck = {
            let entered = entered.clone();
            database.consumer("quest").on::<MemberUpdated>(async move |conn, event, meta| {
                note(conn, event, meta).await?;
                entered.add_permits(1);
                std::future::pending().await
            })
        };
        let killed = Running::start(stuck);
        let _ = entered.acquire().await.unwrap();
        killed.kill().await;
        assert_eq!(database.applied().await, []);

        let reader = Running::start(database.noting());
        database.until("select count(*) from quest.applied", 1).await;
        reader.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_replica_does_not_wait_for_another_that_is_at_work() {
    local(async {
        let database = Database::create().await;
        database.send(member(), "a").await;
        let (entered, go_on) = (Rc::new(Semaphore::new(0)), Rc::new(Semaphore::new(0)));
        let slow = {
            let (entered, go_on) = (entered.clone(), go_on.clone());
            database.consumer("quest").on::<MemberUpdated>(async move |conn, event, meta| {
                note(conn, event, meta).await?;
                entered.add_permits(1);
                let _ = go_on.acquire().await.unwrap();
                Ok(())
            })
        };
        let slow = Running::start(slow);
        let _ = entered.acquire().await.unwrap();
        let idle = Running::start(database.noting());
        // It looks a few times, and can still be stopped at once.
        tokio::time::sleep(Duration::from_millis(100)).await;
        timeout(Duration::from_secs(20), idle.stop()).await.unwrap();
        go_on.add_permits(1);
        database.until("select count(*) from quest.applied", 1).await;
        slow.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_database_is_waited_for() {
    local(async {
        let database = Database::create().await;
        let member = member();
        let reader = Running::start(database.noting());
        database.send(member, "a").await;
        database.until("select count(*) from quest.applied", 1).await;
        database.sql(LOSE_CONNECTIONS).await;
        database.send(member, "b").await;
        database.until("select count(*) from quest.applied", 2).await;
        reader.stop().await;
        assert_eq!(database.number("select count(*) from events.parked").await, 0);
    })
    .await;
}

#[tokio::test]
async fn the_last_state_wins_and_types_without_a_handler_are_passed_over() {
    local(async {
        let database = Database::create().await;
        let member = member();
        database.publish("auth", &MemberErased { user_id: member }).await;
        for name in ["a", "b"] {
            database.send(member, name).await;
        }
        const UPSERT: &str = "insert into quest.members values ($1, $2) \
                      on conflict (user_id) do update set name = excluded.name";
        let reader = Running::start(database.consumer("quest").on::<MemberUpdated>(
            async |conn, MemberUpdated(member), meta| {
                assert_eq!(meta.producer, "auth");
                assert_eq!(meta.user_id, Some(member.user_id));
                sql_query(UPSERT)
                    .bind::<SqlUuid, _>(member.user_id.0)
                    .bind::<Text, _>(&member.name)
                    .execute(conn)
                    .await?;
                note_name(conn, member.user_id, &member.name).await
            },
        ));
        database.until("select count(*) from quest.applied", 2).await;
        reader.stop().await;
        assert_eq!(database.number("select count(*) from quest.members where name = 'b'").await, 1);
    })
    .await;
}

#[tokio::test]
async fn an_event_continues_the_trace_of_its_change() {
    local(async {
        let database = Database::create().await;
        let change = tracing::info_span!("change");
        let sent = change.context().span().span_context().trace_id();
        database.send(member(), "a").instrument(change).await;

        let seen = Rc::new(RefCell::new(None));
        let reader = {
            let seen = seen.clone();
            database.consumer("quest").on::<MemberUpdated>(async move |_, _, _| {
                let context = tracing::Span::current().context();
                seen.replace(Some(context.span().span_context().trace_id()));
                Ok(())
            })
        };
        let reader = Running::start(reader);
        eventually(|| seen.borrow().is_some()).await;
        reader.stop().await;
        assert_eq!(seen.take(), Some(sent));
    })
    .await;
}

#[tokio::test]
async fn an_event_is_a_statement_that_is_prepared_once() {
    let database = Database::create().await;
    let mut conn = database.connect("auth").await;
    for name in ["a", "b", "c"] {
        events::publish(&conn, &updated(member(), name)).await.unwrap();
    }
    let prepared =
        "select count(*) from pg_prepared_statements where statement ilike 'insert%log%'";
    assert_eq!(number(&mut conn, prepared).await, 1);
}

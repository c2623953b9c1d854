//! A service that starts late: the owner's state first, then the log from before it.

use std::cell::Cell;
use std::rc::Rc;

use diesel::result::Error::NotFound;
use diesel_async::SimpleAsyncConnection;

use crate::support::{Database, Running, eventually, local, member, note_name};

/// What was long ago may come again: other tests' transactions hold the horizon back.
const APPLIED: &str = "select count(*) from quest.applied where name <> 'long ago'";

#[tokio::test]
async fn the_snapshot_comes_first_and_then_what_happened_since_it_began() {
    local(async {
        let database = Rc::new(Database::create().await);
        let member = member();
        database.send(member, "long ago").await;
        let takes = Rc::new(Cell::new(0));
        let snapshot = {
            let (database, takes) = (database.clone(), takes.clone());
            async move || {
                takes.set(takes.get() + 1);
                // A change that the first page of the snapshot has missed.
                database.send(member, "meanwhile").await;
                let mut conn = database.pool("quest").get().await?;
                note_name(&mut conn, member, "snapshot").await
            }
        };
        let replicas = [(); 2]
            .map(|()| Running::start(database.noting().start_with_snapshot(snapshot.clone())));
        database.until(APPLIED, 2).await;
        database.send(member, "afterwards").await;
        database.until(APPLIED, 3).await;
        for replica in replicas {
            replica.stop().await;
        }
        let mut applied = database.applied_of(member).await;
        applied.retain(|name| name != "long ago");
        assert_eq!(applied, ["snapshot", "meanwhile", "afterwards"]);
        assert_eq!(takes.get(), 1);

        // The next start only follows the log.
        let reader = Running::start(database.noting().start_with_snapshot(snapshot));
        database.send(member, "tomorrow").await;
        database.until(APPLIED, 4).await;
        assert_eq!(takes.get(), 1);

        // Without its cursor it begins anew, running or not.
        database.sql("delete from events.cursors").await;
        database.until("select count(*) from quest.applied where name = 'snapshot'", 2).await;
        reader.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_crash_in_the_snapshot_repeats_it_and_loses_nothing() {
    local(async {
        let database = Rc::new(Database::create().await);
        let member = member();
        let entered = Rc::new(Cell::new(false));
        let stuck = {
            let entered = entered.clone();
            async move || {
                entered.set(true);
                std::future::pending().await
            }
        };
        let killed = Running::start(database.noting().start_with_snapshot(stuck));
        eventually(|| entered.get()).await;
        database.send(member, "during the first").await;
        killed.kill().await;

        // Fails once, then works.
        let takes = Rc::new(Cell::new(0));
        let snapshot = {
            let (database, takes) = (database.clone(), takes.clone());
            async move || {
                takes.set(takes.get() + 1);
                if takes.get() == 1 {
                    return Err(NotFound.into());
                }
                let mut conn = database.pool("quest").get().await?;
                note_name(&mut conn, member, "snapshot").await
            }
        };
        let reader = Running::start(database.noting().start_with_snapshot(snapshot));
        database.until(APPLIED, 2).await;
        reader.stop().await;
        assert_eq!(takes.get(), 2);
        assert_eq!(database.applied_of(member).await, ["snapshot", "during the first"]);
    })
    .await;
}

/// The cursor stands below a transaction that runs while the snapshot cannot see its change.
#[tokio::test]
async fn a_change_that_commits_after_the_snapshot_is_not_lost() {
    local(async {
        let database = Rc::new(Database::create().await);
        let member = member();
        let mut conn = database.connect("auth").await;
        conn.batch_execute("begin").await.unwrap();
        events::publish(&conn, &crate::support::updated(member, "late")).await.unwrap();

        let taken = Rc::new(Cell::new(false));
        let snapshot = {
            let taken = taken.clone();
            async move || {
                taken.set(true);
                Ok(())
            }
        };
        let reader = Running::start(database.noting().start_with_snapshot(snapshot));
        eventually(|| taken.get()).await;
        database.until("select count(*) from events.cursors where not snapshot_due", 1).await;
        conn.batch_execute("commit").await.unwrap();
        database.until(APPLIED, 1).await;
        reader.stop().await;
    })
    .await;
}

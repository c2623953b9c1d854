//! An event that cannot be applied stops nobody but its own member.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use contracts::UserId;
use contracts::events::{MemberErased, MemberUpdated};
use diesel_async::SimpleAsyncConnection;
use events::Consumer;

use crate::support::{self, Database, Running, local, member, note, note_name};

const PARKED: &str = "select count(*) from events.parked";
const APPLIED: &str = "select count(*) from quest.applied";

/// Fails at every event named `poison` while `sick` says so.
fn choosy(consumer: Consumer<pg::Error>, sick: &Rc<Cell<bool>>) -> Consumer<pg::Error> {
    let sick = sick.clone();
    consumer
        .on::<MemberUpdated>(async move |conn, event, meta| {
            let poisoned = sick.get() && event.0.name == "poison";
            note(conn, event, meta).await?;
            if poisoned {
                return Err(diesel::result::Error::NotFound.into());
            }
            Ok(())
        })
        .on::<MemberErased>(async |conn, event, _| note_name(conn, event.user_id, "erased").await)
}

/// Three events of one member, the second poisoned, among those of others.
async fn send_poison(database: &Database, ill: UserId, others: &[UserId]) {
    for (of_ill, of_others) in [("before", "1"), ("poison", "2"), ("after", "3")] {
        database.send(ill, of_ill).await;
        for other in others {
            database.send(*other, of_others).await;
        }
    }
}

#[tokio::test]
async fn poison_is_parked_with_its_members_later_events_and_the_others_go_on() {
    local(async {
        let database = Database::create().await;
        let (ill, others) = (member(), [member(), member()]);
        send_poison(&database, ill, &others).await;
        let sick = Rc::new(Cell::new(true));
        // Of another service than the other tests', for the sake of the metrics.
        let reader = Running::start(choosy(database.consumer("analysis"), &sick));
        database.until(APPLIED, 7).await;
        database.until(PARKED, 2).await;
        // Later ones find the lane parked.
        database.send(ill, "much later").await;
        database.send(others[0], "4").await;
        database.until(APPLIED, 8).await;
        assert_eq!(database.applied_of(ill).await, ["before"]);
        assert_eq!(database.applied_of(others[0]).await, ["1", "2", "3", "4"]);
        assert_eq!(database.applied_of(others[1]).await, ["1", "2", "3"]);
        let why = "select count(*) from events.parked where error = 'Query:NotFound'";
        assert_eq!(database.number(why).await, 1);
        assert_eq!(database.number(PARKED).await, 3);
        assert_eq!(metric("events_parked", &["analysis"]).await, 3.0);
        let failed = ["analysis", "member.updated", "failed"];
        assert_eq!(metric("events_consumed_total", &failed).await, 3.0);

        // Still ill: postponed, nothing applied. Then repaired: all of it, in order.
        database.sql("update events.parked set retry_at = now() where error is not null").await;
        database.until("select max(attempts) from events.parked", 1).await;
        sick.set(false);
        database.sql("update events.parked set retry_at = now() where error is not null").await;
        database.until(PARKED, 0).await;
        reader.stop().await;
        assert_eq!(database.applied_of(ill).await, ["before", "poison", "after", "much later"]);
    })
    .await;
}

/// The metric's value, once it is not what it was before the last look.
async fn metric(name: &str, labels: &[&str]) -> f64 {
    tokio::time::sleep(Duration::from_millis(100)).await;
    support::metric(name, labels)
}

#[tokio::test]
async fn a_cursor_set_back_before_parked_events_changes_nothing() {
    local(async {
        let database = Database::create().await;
        let (ill, other) = (member(), member());
        send_poison(&database, ill, &[other]).await;
        let sick = Rc::new(Cell::new(true));
        let reader = Running::start(choosy(database.consumer("quest"), &sick));
        database.until(PARKED, 2).await;
        database.sql("update events.cursors set fence = 0, seq = 0").await;
        database.send(other, "4").await;
        database.until(APPLIED, 5).await;
        assert_eq!(database.number(PARKED).await, 2);
        sick.set(false);
        database.sql("update events.parked set retry_at = now() where error is not null").await;
        database.until(PARKED, 0).await;
        reader.stop().await;
        assert_eq!(database.applied_of(ill).await, ["before", "poison", "after"]);
        assert_eq!(database.applied_of(other).await, ["1", "2", "3", "4"]);
    })
    .await;
}

#[tokio::test]
async fn erasing_a_member_does_not_wait_behind_its_poison() {
    local(async {
        let database = Database::create().await;
        let ill = member();
        send_poison(&database, ill, &[]).await;
        let sick = Rc::new(Cell::new(true));
        let reader = Running::start(choosy(database.consumer("quest"), &sick));
        database.until(PARKED, 2).await;
        database.publish("auth", &MemberErased { user_id: ill }).await;
        database.until(PARKED, 0).await;
        // Nothing of the member comes back, not even when all is read again.
        sick.set(false);
        database.sql("update events.cursors set fence = 0, seq = 0").await;
        database.send(member(), "end").await;
        database.until("select count(*) from quest.applied where name = 'end'", 1).await;
        reader.stop().await;
        assert_eq!(database.applied_of(ill).await, ["before", "erased"]);
    })
    .await;
}

#[tokio::test]
async fn a_panic_and_a_swallowed_refusal_are_poison_like_others() {
    local(async {
        let database = Database::create().await;
        let (panics, swallows, well) = (member(), member(), member());
        for name in ["1", "2"] {
            database.send(panics, name).await;
            database.send(swallows, name).await;
            database.send(well, name).await;
        }
        let reader = Running::start(database.consumer("quest").on::<MemberUpdated>(
            async move |conn, event, meta| {
                if event.0.user_id == panics {
                    panic!("{}", event.0.name);
                }
                if event.0.user_id == swallows {
                    let _ = conn.batch_execute("select 1 / 0").await;
                    return Ok(());
                }
                note(conn, event, meta).await
            },
        ));
        database.until(APPLIED, 2).await;
        database.until(PARKED, 4).await;
        reader.stop().await;
        let errors = "select count(*) from events.parked where error in ('Panicked', 'LeftAnAbortedTransaction')";
        assert_eq!(database.number(errors).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_payload_that_cannot_be_read_is_parked() {
    local(async {
        let database = Database::create().await;
        database
            .connect("auth")
            .await
            .batch_execute(
                "insert into events.log (id, type, payload) \
                 values (gen_random_uuid(), 'member.updated', '{\"name\": 7}')",
            )
            .await
            .unwrap();
        database.send(member(), "well").await;
        let reader = Running::start(database.noting());
        database.until(APPLIED, 1).await;
        reader.stop().await;
        let parked = "select count(*) from events.parked where error = 'Payload'";
        assert_eq!(database.number(parked).await, 1);
    })
    .await;
}

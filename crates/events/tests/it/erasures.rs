//! The end of a member, once and for good.

use std::cell::Cell;
use std::rc::Rc;

use contracts::events::MemberErased;
use diesel_async::SimpleAsyncConnection;
use events::erasures;
use jiff::{SignedDuration, Timestamp};
use member_data::Table;

use crate::support::{Database, Running, local, member, updated};

const TABLES: &[Table] = &[Table::new("members", &[]), Table::new("applied", &["n"])];

const TABLE: &str =
    "create table quest.erasures (user_id uuid primary key, erased_at timestamptz not null);
    grant all on quest.erasures to quest_app";

#[tokio::test]
async fn who_is_erased_is_forgotten_kept_away_for_a_day_and_confirmed() {
    local(async {
        let database = Database::create().await;
        database.sql(TABLE).await;
        let (gone, stays) = (member(), member());
        for user_id in [gone, stays] {
            let insert = format!("insert into quest.members values ('{user_id}', 'a')");
            database.sql(&insert).await;
        }
        let reader = database.consumer("quest").on_erasure(|| Timestamp::UNIX_EPOCH, TABLES);
        let reader = Running::start(reader);
        for user_id in [gone, stays] {
            database.send(user_id, "Minji").await;
        }
        database.publish("auth", &MemberErased { user_id: gone }).await;
        let confirmed = format!(
            "select count(*) from events.log where type = 'member.erasure_done' and producer = 'quest'
             and user_id = '{gone}' and payload->>'service' = 'quest'
             and payload->'tables' = '[\"members\", \"applied\"]'"
        );
        database.until(&confirmed, 1).await;
        assert_eq!(database.number("select count(*) from quest.members").await, 1);
        let told = "select count(*) from events.log where payload->>'name' = 'Minji'";
        assert_eq!(database.number(told).await, 1, "what was told of them is blank");

        let mut quest = database.connect("quest").await;
        quest.batch_execute("begin").await.unwrap();
        assert!(!erasures::hold(&mut quest, gone).await.unwrap());
        assert!(erasures::hold(&mut quest, stays).await.unwrap());
        // Whoever is at work for a member is waited for.
        database.publish("auth", &MemberErased { user_id: stays }).await;
        let waiting = "select count(*) from pg_locks where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())";
        database.until(waiting, 1).await;
        quest.batch_execute("commit").await.unwrap();
        database.until("select count(*) from quest.members", 0).await;
        reader.stop().await;
        assert!(erasures::exists_for(&mut quest, gone).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_was_told_of_an_erased_member_is_forgotten_and_of_nobody_else() {
    let database = Database::create().await;
    let (gone, stays) = (member(), member());
    for user_id in [gone, stays] {
        database.send(user_id, "Minji").await;
        database.send(user_id, "Minji Kim").await;
    }
    let mut auth = database.connect("auth").await;
    let told = "select count(*) from events.log where payload->>'name' like 'Minji%'";
    // Nobody's word is forgotten who was not erased.
    erasures::forget_told(&mut auth, gone).await.unwrap();
    assert_eq!(database.number(told).await, 4);

    database.publish("auth", &MemberErased { user_id: gone }).await;
    for _ in 0..2 {
        erasures::forget_told(&mut auth, gone).await.unwrap();
    }
    assert_eq!(database.number(told).await, 2);
    let named = format!("select count(*) from events.log l where l::text like '%{gone}%'");
    assert_eq!(database.number(&named).await, 1, "that they were erased");
    // What is blank is read by nobody, and the readers behind it go on.
    local(async {
        let reader = Running::start(database.noting());
        database.publish("auth", &updated(stays, "Minji Lee")).await;
        database.until("select count(*) from quest.applied where name = 'Minji Lee'", 1).await;
        reader.stop().await;
    })
    .await;
    assert_eq!(database.applied_of(gone).await, ["erased"]);
    assert_eq!(database.number("select count(*) from events.parked").await, 0);
}

#[tokio::test]
async fn an_erasure_is_not_kept_for_ever() {
    local(async {
        let database = Database::create().await;
        database.sql(TABLE).await;
        let now = Rc::new(Cell::new(Timestamp::UNIX_EPOCH));
        let clock = Rc::clone(&now);
        let reader = database.consumer("quest").on_erasure(move || clock.get(), &[]);
        let reader = Running::start(reader);
        // The one of the first hour is asked for again in the last: it is kept from then on.
        let (again, first, second) = (member(), member(), member());
        for (hours, user_id) in [(0, again), (0, first), (24, second), (25, again)] {
            now.set(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours));
            database.publish("auth", &MemberErased { user_id }).await;
            let kept = format!(
                "select count(*) from quest.erasures where user_id = '{user_id}'
                 and erased_at = to_timestamp({hours} * 3600)"
            );
            database.until(&kept, 1).await;
        }
        reader.stop().await;
        let kept = format!("select count(*) from quest.erasures where user_id <> '{first}'");
        assert_eq!(database.number(&kept).await, 2);
        assert_eq!(database.number("select count(*) from quest.erasures").await, 2);
    })
    .await;
}

#[tokio::test]
async fn who_reads_a_type_is_known_to_every_service() {
    let database = Database::create().await;
    let mut auth = database.connect("auth").await;
    let mut readers = events::readers_of::<MemberErased>(&mut auth).await.unwrap();
    readers.sort();
    assert_eq!(readers, ["analysis", "catalog", "quest", "sns"]);
}

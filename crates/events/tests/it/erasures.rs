//! The end of a member, once and for good.

use std::cell::Cell;
use std::rc::Rc;

use contracts::events::MemberErased;
use diesel_async::SimpleAsyncConnection;
use events::erasures;
use jiff::{SignedDuration, Timestamp};

use crate::support::{Database, Running, local, member};

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
        let reader = database.consumer("quest").on_erasure(
            || Timestamp::UNIX_EPOCH,
            async |conn, user_id| {
                Ok(erasures::delete_from(conn, &["members", "applied"], user_id).await?)
            },
        );
        let reader = Running::start(reader);
        database.publish("auth", &MemberErased { user_id: gone }).await;
        let confirmed = format!(
            "select count(*) from events.log where type = 'member.erasure_done' and producer = 'quest'
             and user_id = '{gone}' and payload->>'service' = 'quest'"
        );
        database.until(&confirmed, 1).await;
        assert_eq!(database.number("select count(*) from quest.members").await, 1);

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
async fn an_erasure_is_not_kept_for_ever() {
    local(async {
        let database = Database::create().await;
        database.sql(TABLE).await;
        let now = Rc::new(Cell::new(Timestamp::UNIX_EPOCH));
        let clock = Rc::clone(&now);
        let reader =
            database.consumer("quest").on_erasure(move || clock.get(), async |_, _| Ok(()));
        let reader = Running::start(reader);
        for hours in [0, 24, 25] {
            now.set(Timestamp::UNIX_EPOCH + SignedDuration::from_hours(hours));
            let user_id = member();
            database.publish("auth", &MemberErased { user_id }).await;
            let kept = format!("select count(*) from quest.erasures where user_id = '{user_id}'");
            database.until(&kept, 1).await;
        }
        reader.stop().await;
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
    assert_eq!(readers, ["analysis", "catalog", "quest"]);
}

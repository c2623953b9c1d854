//! Row security: each role sees its own side of the log only.

use contracts::events::{MemberErased, QuestUndone};
use diesel_async::SimpleAsyncConnection;
use jiff::civil::date;
use uuid::Uuid;

use crate::support::{Database, member, number, updated};

#[tokio::test]
async fn a_service_sends_only_its_own_types() {
    let database = Database::create().await;
    let undone = QuestUndone {
        user_id: member(),
        quest_id: Uuid::new_v4(),
        template_code: "E01".to_owned(),
        date: date(2026, 11, 20),
        xp: 10,
    };
    let auth = database.connect("auth").await;
    let refused = events::publish(&auth, &undone).await.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
    let quest = database.connect("quest").await;
    events::publish(&quest, &undone).await.unwrap();
    let refused = events::publish(&quest, &updated(member(), "a")).await.unwrap_err();
    assert!(refused.to_string().contains("row-level security"), "{refused}");
    assert_eq!(database.number("select count(*) from events.log").await, 1);
    assert_eq!(
        database.number("select count(*) from events.log where producer = 'quest'").await,
        1
    );
}

#[tokio::test]
async fn a_service_reads_only_types_it_consumes() {
    let database = Database::create().await;
    database.send(member(), "a").await;
    database.publish("auth", &MemberErased { user_id: member() }).await;
    for (service, sees) in [("quest", 2), ("analysis", 2), ("catalog", 1), ("auth", 0)] {
        let mut conn = database.connect(service).await;
        assert_eq!(number(&mut conn, "select count(*) from events.log").await, sees, "{service}");
    }
}

#[tokio::test]
async fn the_log_is_append_only_and_its_places_are_the_databases_to_give() {
    let database = Database::create().await;
    database.send(member(), "a").await;
    let mut auth = database.connect("auth").await;
    for statement in [
        "update events.log set payload = '{}'",
        "delete from events.log",
        "truncate events.log",
        "insert into events.log (id, type, payload, producer) values (gen_random_uuid(), 'member.erased', '{}', 'quest')",
        "insert into events.log (id, type, payload, fence) values (gen_random_uuid(), 'member.erased', '{}', 0)",
        "insert into events.log (id, type, payload, seq) overriding system value values (gen_random_uuid(), 'member.erased', '{}', 0)",
        "insert into events.log (id, type, payload, created_at) values (gen_random_uuid(), 'member.erased', '{}', now())",
        "insert into events.producers values ('quest.completed', 'auth')",
        "insert into events.consumers values ('quest.completed', 'auth')",
        "set role events_owner",
    ] {
        let refused = auth.batch_execute(statement).await.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn a_consumer_has_only_its_own_cursor_inbox_and_parked_events() {
    let database = Database::create().await;
    for (table, columns, values) in [
        ("cursors", "fence, seq, snapshot_due", "7, 0, false"),
        ("inbox", "event_id", "gen_random_uuid()"),
        ("parked", "event_id, lane, fence, seq", "gen_random_uuid(), gen_random_uuid(), 7, 0"),
    ] {
        let insert = |consumer| {
            format!(
                "insert into events.{table} (consumer, {columns}) values ('{consumer}', {values})"
            )
        };
        let mut quest = database.connect("quest").await;
        quest.batch_execute(&insert("quest")).await.unwrap();
        let refused = quest.batch_execute(&insert("analysis")).await.unwrap_err().to_string();
        assert!(refused.contains("row-level security"), "{table}: {refused}");
        let mut analysis = database.connect("analysis").await;
        let count = format!("select count(*) from events.{table}");
        assert_eq!(number(&mut analysis, &count).await, 0, "{table}");
        assert_eq!(number(&mut quest, &count).await, 1, "{table}");
    }
    let mut analysis = database.connect("analysis").await;
    analysis
        .batch_execute("update events.cursors set fence = 9; delete from events.parked")
        .await
        .unwrap();
    assert_eq!(database.number("select fence from events.cursors").await, 7);
    assert_eq!(database.number("select count(*) from events.parked").await, 1);
}

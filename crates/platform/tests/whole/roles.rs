//! The borders inside the database, over the tables of all services and the event log.

use testkit::{Database, assert_isolated};

use crate::platform::{TABLES, query};

#[tokio::test]
async fn every_role_reads_and_writes_its_own_schema_and_nothing_else() {
    let database = Database::create(TABLES).await;
    assert_isolated(&database).await;
}

#[tokio::test]
async fn whoever_holds_something_of_members_is_told_to_erase_it() {
    let database = Database::create(TABLES).await;
    let schemas = "SELECT nspname::text AS found FROM pg_namespace
        WHERE nspowner::regrole::text = nspname || '_owner' AND nspname <> 'events' ORDER BY 1";
    let mut migrated: Vec<_> = TABLES.iter().map(|(schema, _)| *schema).collect();
    migrated.sort_unstable();
    assert_eq!(query(&database, schemas).await, migrated, "every service's tables are looked at");
    let hold = "SELECT DISTINCT table_schema::text AS found FROM information_schema.columns
        WHERE column_name = 'user_id' AND table_schema NOT IN ('auth', 'events') ORDER BY 1";
    let told =
        "SELECT service AS found FROM events.consumers WHERE type = 'member.erased' ORDER BY 1";
    assert_eq!(query(&database, told).await, query(&database, hold).await);
}

//! The borders inside the database, over the tables of all services and the event log.

use testkit::{Database, assert_isolated};

use crate::platform::TABLES;

#[tokio::test]
async fn every_role_reads_and_writes_its_own_schema_and_nothing_else() {
    let database = Database::create(TABLES).await;
    assert_isolated(&database).await;
}

//! Every service's migrations, forwards, backwards and forwards again, by its owner role.

use chassis::Service;
use testkit::Database;

use crate::platform::TABLES;

#[tokio::test(flavor = "multi_thread")]
async fn migrations_are_taken_back_and_made_again() {
    let database = Database::create(TABLES).await;
    back_and_forth::<auth::Auth>(&database).await;
    back_and_forth::<catalog::Catalog>(&database).await;
    back_and_forth::<analysis::Analysis>(&database).await;
    back_and_forth::<quest::Quest>(&database).await;
    back_and_forth::<sns::Sns>(&database).await;
}

async fn back_and_forth<S: Service>(database: &Database) {
    let (name, owner) = (S::NAME, database.owner_url(S::NAME));
    let before = tables(database, name).await;
    let reverted = pg::revert(&owner, S::MIGRATIONS).await.unwrap();
    assert!(!reverted.is_empty(), "{name}");
    assert_eq!(tables(database, name).await, ["__diesel_schema_migrations"], "{name}");
    let applied = pg::migrate(&owner, S::MIGRATIONS).await.unwrap();
    assert_eq!(applied.len(), reverted.len(), "{name}");
    assert_eq!(tables(database, name).await, before, "{name}");
}

/// The tables of a service's schema.
async fn tables(database: &Database, service: &str) -> Vec<String> {
    let sql = format!(
        "SELECT c.relname AS found FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = '{service}' AND c.relkind IN ('r', 'p', 'v') ORDER BY 1"
    );
    crate::platform::query(database, &sql).await
}

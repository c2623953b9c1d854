//! Statements of a fixed text are prepared once.

use diesel::prelude::*;
use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use testkit::Database;

const QUEST: EmbeddedMigrations = embed_migrations!("tests/migrations/quest");

diesel::table! {
    /// Of the role's own schema.
    things (name) {
        /// Unique.
        name -> Text,
    }
}

enum Rename {}

#[tokio::test]
async fn an_update_is_prepared_once_and_used_often() {
    let database = Database::create(&[("quest", QUEST)]).await;
    let pool = database.pool("quest");
    let conn = &mut *pool.get().await.unwrap();
    diesel::insert_into(things::table).values(things::name.eq("0")).execute(conn).await.unwrap();
    for n in 0..3 {
        let (from, to) = (n.to_string(), (n + 1).to_string());
        let rename = diesel::update(things::table.filter(things::name.eq(from)));
        let rename = pg::fixed::<Rename, _>(rename.set(things::name.eq(to)));
        assert_eq!(rename.execute(conn).await.unwrap(), 1);
    }
    let used = diesel::dsl::sql::<BigInt>(
        "SELECT sum(generic_plans + custom_plans)::bigint FROM pg_prepared_statements
         WHERE statement LIKE 'UPDATE%'",
    );
    assert_eq!(used.get_result::<i64>(conn).await.unwrap(), 3);
}

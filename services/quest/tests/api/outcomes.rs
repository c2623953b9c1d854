//! What became of the templates with all members.

use testkit::Database;
use wiremock::MockServer;

use crate::{TABLES, World, eventually};

/// Six hundred members have looked at their last day and never come again; on one more day, which is not over for everybody,
/// all have looked as well. Each has completed one of two.
const SEED: &str = "
    INSERT INTO quest.offers (user_id, date, given_at, rules_version, library_version, basis, picked, random, candidates,
        scores, parts, propensities, choice)
    SELECT md5(n::text)::uuid, date, now(), 1, 1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', 1
    FROM generate_series(1, 600) AS n, (VALUES (date '2026-02-25'), ('2026-02-26')) AS days (date);
    INSERT INTO quest.user_quests (user_id, id, date, slot, template_code, template_version, title, cue, category, difficulty,
        minutes, xp, reason, status, given_at, completed_at)
    SELECT user_id, gen_random_uuid(), date, slot, code, 1, '{}', '{}', 'calm', 1, 5, 10, '{}', status, now(), completed_at
    FROM quest.offers, (VALUES (0, 'a00', 'completed', now()), (1, 'b00', 'open', NULL))
        AS quests (slot, code, status, completed_at)";

#[tokio::test]
async fn days_that_are_over_are_counted_once_though_nobody_comes_again() {
    let database = Database::create(TABLES).await;
    let (administrator, driver) =
        tokio_postgres::connect(&database.admin_url(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(driver);
    administrator.batch_execute(SEED).await.unwrap();
    let world = World::start_on(database, MockServer::start().await).await;
    let counted = "SELECT FROM quest.offers WHERE counted";
    eventually("they are counted", async || world.count(counted).await == 600).await;
    let outcomes = "SELECT template_code || ' ' || done || ' ' || missed
        FROM quest.template_outcomes ORDER BY 1";
    assert_eq!(world.rows(outcomes).await, ["a00 600 0", "b00 0 600"]);
}

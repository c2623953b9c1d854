//! The migrations, there and back, over data.

use chassis::Service;
use quest::Quest;

use crate::{World, complete_one};

#[tokio::test]
async fn migrations_go_back_and_forth() {
    let world = World::start().await;
    let (user_id, member) = world.stranger();
    complete_one(&member).await;
    let url = world.quest.database.owner_url("quest");
    let back = pg::revert(&url, Quest::MIGRATIONS).await.unwrap();
    let tables = "SELECT FROM information_schema.tables
        WHERE table_schema = 'quest' AND table_name NOT LIKE '\\_\\_diesel%'";
    assert_eq!(world.count(tables).await, 0);
    let forth = pg::migrate(&url, Quest::MIGRATIONS).await.unwrap();
    assert_eq!(back.len(), forth.len());
    world.again(user_id).get("/api/home").await.expect(200);
}

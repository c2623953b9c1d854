//! The migrations, there and back, over data.

use chassis::Service;
use sns::Sns;

use crate::{World, somebody};

#[tokio::test]
async fn migrations_go_back_and_forth() {
    let world = World::start(&[]).await;
    world.connect(somebody(), "tistory", "minji").await;
    let url = world.sns.database.owner_url("sns");
    let back = pg::revert(&url, Sns::MIGRATIONS).await.unwrap();
    let left = "SELECT FROM information_schema.tables
        WHERE table_schema = 'sns' AND table_name NOT LIKE '\\_\\_diesel%'";
    assert_eq!(world.count(left).await, 0);
    let forth = pg::migrate(&url, Sns::MIGRATIONS).await.unwrap();
    assert_eq!(back.len(), forth.len());
    world.connect(somebody(), "tistory", "minji").await;
}

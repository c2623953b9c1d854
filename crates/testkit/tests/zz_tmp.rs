//! tmp
use std::time::Instant;
use testkit::Database;
#[tokio::test]
async fn speed() {
    for _ in 0..4 {
        let t = Instant::now();
        let d = Database::create(&[]).await;
        eprintln!("create {:?}", t.elapsed());
        let t = Instant::now();
        let c = pg::Connector::new(&pg::Settings::new(d.app_url("quest"))).unwrap();
        let _c = c.connect().await.unwrap();
        eprintln!("connect {:?}", t.elapsed());
        let t = Instant::now();
        drop(d);
        eprintln!("drop {:?}", t.elapsed());
    }
}

//! What waits for a commit.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use diesel_async::SimpleAsyncConnection;
use pg::Error;
use testkit::Database;

#[tokio::test]
async fn a_hook_is_called_after_the_commit_and_never_without_one() {
    let database = Database::create(&[]).await;
    let pool = database.pool("quest");
    let calls = Arc::new(AtomicUsize::new(0));
    let count = || calls.load(Ordering::SeqCst);
    let hook = || {
        let calls = calls.clone();
        pg::on_commit(move || {
            calls.fetch_add(1, Ordering::SeqCst);
        });
    };

    let committed: Result<(), Error> = pg::transaction(&pool, async |_| {
        hook();
        hook();
        assert_eq!(count(), 0);
        Ok(())
    })
    .await;
    assert!(committed.is_ok());
    assert_eq!(count(), 2);

    let rolled_back: Result<(), Error> = pg::transaction(&pool, async |conn| {
        hook();
        Ok(conn.batch_execute("select 1/0").await?)
    })
    .await;
    assert!(rolled_back.is_err());
    let not_committed: Result<(), Error> = pg::transaction(&pool, async |conn| {
        hook();
        let _ = conn.batch_execute("select 1/0").await;
        Ok(())
    })
    .await;
    assert!(not_committed.is_err());
    assert_eq!(count(), 2);

    hook();
    assert_eq!(count(), 3, "at once outside of a transaction");
}

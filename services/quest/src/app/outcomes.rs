//! What becomes of each template with all members, counted when a day is long over.

use jiff::Timestamp;
use pg::Pool;

use crate::domain::day::last_settled_date;
use crate::error::Error;
use crate::store;

/// How often it is looked for days that are over.
const EVERY: std::time::Duration = std::time::Duration::from_secs(3600);

/// Counts every day once, whether its member comes again or not. Runs for as long as it is polled.
pub(crate) async fn sweep(pool: Pool, now: impl Fn() -> Timestamp) {
    loop {
        if let Err(error) = count(&pool, now()).await {
            tracing::warn!(%error, "the outcomes of days that are over were not counted");
        }
        tokio::time::sleep(EVERY).await;
    }
}

async fn count(pool: &Pool, now: Timestamp) -> Result<(), Error> {
    let mut conn = pool.get().await?;
    while store::outcomes::count_until(&mut conn, last_settled_date(now)).await? {}
    Ok(())
}

//! The background of the catalog: this release's content goes into the tables, and what the tables say goes on the shelf.

use std::time::Duration;

use chassis::Readiness;

use crate::app;
use crate::domain::files::Files;
use crate::state::State;

/// How soon a replica notices what another one has written.
const POLL: Duration = Duration::from_secs(1);
/// Between two attempts while the database is away.
const RETRY: Duration = Duration::from_secs(2);

/// Publishes once and refreshes the shelf for as long as it is polled. Ready from the first time that something is on the
/// shelf; from then on reads do not need the database.
pub(crate) async fn keep(state: State, files: Files, readiness: Readiness) {
    let mut published = false;
    loop {
        let now = state.clock.now();
        if !published {
            match app::content::publish(&state.pool, now, &files).await {
                Ok(()) => published = true,
                Err(error) => tracing::warn!(%error, "content was not published"),
            }
        }
        match state.shelf.refresh(&state.pool).await {
            Ok(()) => readiness.reached("content"),
            Err(error) if state.shelf.documents().is_err() => {
                readiness.wait_for("content", error.to_string());
            }
            Err(error) => tracing::warn!(%error, "answering from memory"),
        }
        tokio::time::sleep(if published { POLL } else { RETRY }).await;
    }
}

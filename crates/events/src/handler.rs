//! A service's handlers, with the types of their events and errors put aside so that they fit one table.

use std::error::Error;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use contracts::UserId;
use contracts::events::Event;
use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use jiff::Timestamp;
use tracing::Instrument;
use uuid::Uuid;

use crate::log::Entry;
use crate::trace;

/// A transaction that hangs holds back every reader of the log (its horizon), so a handler has a limit.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// What is known of an event besides its payload.
#[derive(Clone, Debug)]
pub struct Meta {
    /// The event.
    pub id: Uuid,
    /// The service that sent it.
    pub producer: String,
    /// The member it is about.
    pub user_id: Option<UserId>,
    /// When it was sent.
    pub created_at: Timestamp,
}

/// The name of what went wrong, made of identifiers of code only: it may be logged and kept.
pub(crate) type Cause = String;

pub(crate) trait Handle {
    fn handle<'a>(
        &'a self,
        conn: &'a mut pg::Connection,
        entry: &'a Entry,
    ) -> LocalBoxFuture<'a, Result<(), Cause>>;
}

/// A handler of `E` that fails with `X`.
pub(crate) struct Typed<E, X, F>(F, PhantomData<fn(E) -> X>);

impl<E, X, F> Typed<E, X, F> {
    pub(crate) fn new(handler: F) -> Self {
        Typed(handler, PhantomData)
    }
}

impl<E, X, F> Handle for Typed<E, X, F>
where
    E: Event,
    X: Error,
    F: AsyncFn(&mut pg::Connection, E, &Meta) -> Result<(), X>,
{
    fn handle<'a>(
        &'a self,
        conn: &'a mut pg::Connection,
        entry: &'a Entry,
    ) -> LocalBoxFuture<'a, Result<(), Cause>> {
        Box::pin(async move {
            let event = E::deserialize(&entry.payload).map_err(|_| Cause::from("Payload"))?;
            let meta = Meta {
                id: entry.id,
                producer: entry.producer.clone(),
                user_id: entry.user_id.map(UserId),
                created_at: entry.created_at,
            };
            (self.0)(conn, event, &meta).await.map_err(|error| name_of(&error))
        })
    }
}

pub(crate) trait TakeSnapshot {
    fn take(&self) -> LocalBoxFuture<'_, Result<(), Cause>>;
}

impl<X, F> TakeSnapshot for Typed<(), X, F>
where
    X: Error,
    F: AsyncFn() -> Result<(), X>,
{
    fn take(&self) -> LocalBoxFuture<'_, Result<(), Cause>> {
        Box::pin(async move { (self.0)().await.map_err(|error| name_of(&error)) })
    }
}

/// Runs a handler as a part of the trace that sent the event. A panic and a handler without end are failures like others:
/// they must not stop the consumer.
pub(crate) async fn run(
    handler: &dyn Handle,
    conn: &mut pg::Connection,
    entry: &Entry,
) -> Result<(), Cause> {
    let span = tracing::info_span!(
        "event",
        otel.name = entry.kind,
        otel.kind = "consumer",
        event.id = %entry.id,
    );
    trace::continue_from(&span, entry.traceparent.as_deref());
    let handling = AssertUnwindSafe(handler.handle(conn, entry)).catch_unwind().instrument(span);
    match tokio::time::timeout(TIME_LIMIT, handling).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(_)) => Err("Panicked".into()),
        Err(_) => Err("TimedOut".into()),
    }
}

/// The identifiers that an error's `Debug` begins with: `Database(DatabaseError(UniqueViolation, "…` becomes
/// `Database:DatabaseError:UniqueViolation`. Messages and fields stay out, since they quote members' data.
fn name_of(error: &dyn Error) -> Cause {
    let debug = format!("{error:?}");
    let identifier = |part: &&str| {
        part.starts_with(|c: char| c.is_ascii_uppercase())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let leading = debug.split([' ', ',', ')', '{']).next().unwrap_or_default();
    leading.split('(').take_while(identifier).collect::<Vec<_>>().join(":")
}

#[cfg(test)]
mod tests {
    use super::name_of;

    #[derive(Debug, thiserror::Error)]
    #[error("{self:?}")]
    #[allow(dead_code, reason = "read by Debug")]
    enum Error {
        QuestAlreadyCompleted,
        Names { name: &'static str },
        Note(&'static str),
        Database(diesel::result::Error),
    }

    #[test]
    fn an_errors_name_holds_nothing_of_its_values() {
        assert_eq!(name_of(&Error::QuestAlreadyCompleted), "QuestAlreadyCompleted");
        assert_eq!(name_of(&Error::Names { name: "Alice" }), "Names");
        assert_eq!(name_of(&Error::Note("alice@example.org")), "Note");
        assert_eq!(name_of(&Error::Database(diesel::result::Error::NotFound)), "Database:NotFound");
        let violated = diesel::result::Error::DatabaseError(
            diesel::result::DatabaseErrorKind::UniqueViolation,
            Box::new("Key (email)=(alice@example.org) already exists.".to_owned()),
        );
        assert_eq!(name_of(&Error::Database(violated)), "Database:DatabaseError:UniqueViolation");
    }
}

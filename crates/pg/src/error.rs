//! Two kinds of failure: the database is away (try again later), or it refused a query (a rule or a bug).

use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::{SettingsError, metrics::FAILURES};

/// Why the database gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection, none free in time, a lost one, or a statement that ran out of time: worth trying again.
    #[error("the database is not available")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The database understood and refused, or its answer made no sense to Diesel.
    #[error("the database refused a query")]
    Query(#[source] DieselError),
}

/// What was being done when the database was found to be away: the label `kind` of `db_failures_total`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Failure {
    /// All connections of the pool were busy for too long.
    PoolTimeout,
    /// A connection could not be opened.
    Connect,
    /// A statement was cut short.
    Statement,
}

impl Failure {
    /// Each there is.
    pub(crate) const ALL: [Self; 3] = [Self::PoolTimeout, Self::Connect, Self::Statement];

    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::PoolTimeout => "pool_timeout",
            Self::Connect => "connect",
            Self::Statement => "statement",
        }
    }
}

impl Error {
    /// Counts the failure and keeps its cause.
    pub(crate) fn unavailable(
        failure: Failure,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        FAILURES.with_label_values(&[failure.label()]).inc();
        Self::Unavailable(cause.into())
    }

    /// The name of the constraint that the query violated, if that is what happened.
    pub fn violated_constraint(&self) -> Option<&str> {
        match self {
            Self::Query(error) => violated_constraint(error),
            Self::Unavailable(_) => None,
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        if means_unavailable(&error) {
            Self::unavailable(Failure::Statement, error)
        } else {
            Self::Query(error)
        }
    }
}

/// The name of the constraint (unique, foreign key, check, exclusion) that a query violated, if that is what happened.
pub fn violated_constraint(error: &DieselError) -> Option<&str> {
    match error {
        DieselError::DatabaseError(_, information) => information.constraint_name(),
        _ => None,
    }
}

/// How the messages of these errors begin: `query_canceled`, `lock_not_available` and `deadlock_detected`.
///
/// Diesel keeps a message and drops its SQLSTATE, so the words are all there is; setup.sql fixes their language.
const OUT_OF_TIME: [&str; 2] = ["canceling statement due to", "deadlock detected"];

/// The same for `admin_shutdown`, `crash_shutdown`, the timeouts of idle sessions, `cannot_connect_now` and
/// `too_many_connections`: the server ends the connection.
const FAREWELLS: [&str; 5] = [
    "terminating connection",
    "the database system is",
    "sorry, too many clients",
    "too many connections for",
    "remaining connection slots are reserved",
];

fn means_unavailable(error: &DieselError) -> bool {
    ends_the_connection(error)
        || matches!(error, DieselError::BrokenTransactionManager)
        || begins_with(error, &OUT_OF_TIME)
}

/// Whether nothing more can be asked on the connection that answered this.
pub(crate) fn ends_the_connection(error: &DieselError) -> bool {
    use DatabaseErrorKind::{ClosedConnection, UnableToSendCommand};
    matches!(error, DieselError::DatabaseError(UnableToSendCommand | ClosedConnection, _))
        || begins_with(error, &FAREWELLS)
}

fn begins_with(error: &DieselError, beginnings: &[&str]) -> bool {
    matches!(error, DieselError::DatabaseError(_, information)
        if beginnings.iter().any(|words| information.message().starts_with(words)))
}

/// Why a migration or the set-up did not finish.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The given URL is of no use.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The database is away or refused.
    #[error(transparent)]
    Database(#[from] Error),
    /// A migration failed; the ones before it stay.
    #[error("a migration failed: {0}")]
    Migration(String),
}

impl From<DieselError> for SetupError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

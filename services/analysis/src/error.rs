//! Everything that can go wrong in analysis, and what the client is told.

use actix_web::http::StatusCode;
use client::NotReached;
use problem::{FieldError, Problem};

use crate::domain::answers::Fault;
use crate::domain::instruments::InstrumentKey;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such test session")]
    SessionNotFound,
    #[error("the test session is a result already")]
    SessionAlreadySubmitted,
    #[error("no such result")]
    ResultNotFound,
    #[error("the member was erased")]
    MemberErased,
    #[error("no such instrument")]
    UnknownInstrument,
    #[error("the input breaks a rule")]
    Invalid(Vec<FieldError>),
    #[error("the answers break a rule")]
    WrongAnswers {
        /// The pointer of what holds the answers.
        list: &'static str,
        faults: Vec<Fault>,
    },
    #[error(transparent)]
    NotReached(#[from] NotReached),
    #[error(transparent)]
    Database(#[from] pg::Error),
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Error::Database(error.into())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::Internal(error.into())
    }
}

impl From<client::Error> for Error {
    fn from(error: client::Error) -> Self {
        Error::Internal(error.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::SessionNotFound | Error::ResultNotFound => Problem::not_found(),
            Error::MemberErased => Problem::not_found().unkept(),
            Error::SessionAlreadySubmitted => Problem::new(
                StatusCode::CONFLICT,
                "session-already-submitted",
                "This test was submitted; its answers stay as they are",
            ),
            Error::UnknownInstrument => {
                let known = InstrumentKey::ALL.map(InstrumentKey::key).join(" or ");
                Problem::invalid([FieldError::new("/instrument", format!("must be {known}"))])
            }
            Error::Invalid(errors) => Problem::invalid(errors),
            Error::WrongAnswers { list, faults } => Problem::invalid(
                faults
                    .into_iter()
                    .map(|fault| FieldError::new(format!("{list}{}", fault.pointer), fault.detail)),
            ),
            Error::NotReached(_) => Problem::unavailable(1),
            Error::Database(pg::Error::Unavailable(_)) => Problem::unavailable(1),
            Error::Database(error) => Problem::internal(&error),
            Error::Internal(error) => Problem::internal(error.as_ref()),
        }
    }
}

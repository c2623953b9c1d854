//! Everything that can go wrong in quest, and what the client is told.

use actix_web::http::StatusCode;
use client::NotReached;
use jiff::civil::Date;
use problem::{FieldError, Problem};

use crate::domain::pauses::{FARTHEST_AHEAD_DAYS, LONGEST_PAUSE_DAYS, PauseFault};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such quest")]
    QuestNotFound,
    #[error("the day of the quest is over")]
    QuestDayOver {
        /// The date the quest was given for.
        date: Date,
    },
    #[error("the quest is completed")]
    QuestAlreadyCompleted,
    #[error("the goal is only half said, or not offered")]
    WrongGoal { pointer: &'static str, detail: &'static str },
    #[error("there is a pause already")]
    AlreadyPaused,
    #[error("there is no pause")]
    PauseNotFound,
    #[error("the pause breaks a rule")]
    WrongPause(PauseFault),
    #[error("the member was erased")]
    MemberErased,
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
            Error::QuestNotFound | Error::PauseNotFound => Problem::not_found(),
            Error::MemberErased => Problem::not_found().unkept(),
            Error::QuestDayOver { date } => Problem::new(
                StatusCode::CONFLICT,
                "quest-day-over",
                "The day of this quest is over",
            )
            .detail(format!("It was given for {date}; today has quests of its own")),
            Error::QuestAlreadyCompleted => Problem::new(
                StatusCode::CONFLICT,
                "quest-already-completed",
                "This quest is completed; take that back before you skip it",
            ),
            Error::WrongGoal { pointer, detail } => {
                Problem::invalid([FieldError::new(pointer, detail)])
            }
            Error::AlreadyPaused => Problem::new(
                StatusCode::CONFLICT,
                "already-paused",
                "A pause is declared already; end it before you declare another",
            ),
            Error::WrongPause(fault) => Problem::invalid([pause_field(fault)]),
            Error::NotReached(_) => Problem::unavailable(1),
            Error::Database(pg::Error::Unavailable(_)) => Problem::unavailable(1),
            Error::Database(error) => Problem::internal(&error),
            Error::Internal(error) => Problem::internal(error.as_ref()),
        }
    }
}

fn pause_field(fault: PauseFault) -> FieldError {
    match fault {
        PauseFault::BeginsInThePast => FieldError::new("/from", "must not be before today"),
        PauseFault::BeginsTooFarAhead => {
            FieldError::new("/from", format!("must be within {FARTHEST_AHEAD_DAYS} days"))
        }
        PauseFault::EndsBeforeItBegins => FieldError::new("/until", "must not be before from"),
        PauseFault::TooLong => FieldError::new(
            "/until",
            format!("must make the pause at most {LONGEST_PAUSE_DAYS} days long"),
        ),
    }
}

//! Everything that can go wrong in the catalog, and what the client is told.

use actix_web::http::StatusCode;
use problem::{FieldError, Problem};

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("nothing was published yet")]
    NotPublished,
    #[error("no such instrument")]
    InstrumentNotFound,
    #[error("no such character")]
    CharacterNotFound,
    #[error("no such quest template")]
    QuestTemplateNotFound,
    #[error("the code was used before")]
    CodeTaken,
    #[error("the body has another code than the path")]
    OtherCode,
    #[error("a draft was not validated before")]
    NotValidated,
    #[error(transparent)]
    Database(#[from] pg::Error),
    #[error("a document could not be written")]
    Json(#[from] serde_json::Error),
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Error::Database(error.into())
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotPublished => Problem::unavailable(1),
            Error::InstrumentNotFound | Error::CharacterNotFound | Error::QuestTemplateNotFound => {
                Problem::not_found()
            }
            Error::CodeTaken => {
                Problem::new(StatusCode::CONFLICT, "code-taken", "A code is used only once").field(
                    "/code",
                    "belongs to a template, perhaps to a withdrawn one; take another",
                )
            }
            Error::OtherCode => {
                Problem::invalid([FieldError::new("/code", "must be the code in the path")])
            }
            Error::Database(pg::Error::Unavailable(_)) => Problem::unavailable(1),
            Error::Database(error) => Problem::internal(&error),
            Error::NotValidated | Error::Json(_) => Problem::internal(&error),
        }
    }
}

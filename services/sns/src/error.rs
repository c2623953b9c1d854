//! Everything that can go wrong in sns, and what the client is told.

use actix_web::http::StatusCode;
use jiff::SignedDuration;
use problem::{FieldError, Problem};

use crate::domain::accounts::MOST_ACCOUNTS;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("no such channel")]
    ChannelNotFound,
    #[error("no such account")]
    AccountNotFound,
    #[error("no such import")]
    ImportNotFound,
    #[error("no such deletion")]
    DeletionNotFound,
    #[error("a field breaks a rule")]
    Wrong { pointer: &'static str, detail: &'static str },
    #[error("the channel's provider does not know us")]
    ChannelUnavailable,
    #[error("the account is connected already")]
    AlreadyConnected,
    #[error("the account is leaving")]
    AccountLeaving,
    #[error("the member has connected too many accounts")]
    TooManyAccounts,
    #[error("the provider does not let us in any more")]
    ConsentNeeded,
    #[error("the channel tells only who the member is")]
    NothingToImport,
    #[error("the account was read just now")]
    ImportedJustNow { wait: SignedDuration },
    #[error("no such round, or it is over")]
    RoundOver,
    #[error("the member has not allowed it")]
    ConsentRefused,
    #[error("the provider has refused")]
    ProviderRefused,
    #[error("the provider is away")]
    ProviderAway,
    #[error("the request is not the provider's")]
    SignatureRefused,
    #[error("the member was erased")]
    MemberErased,
    #[error(transparent)]
    Database(#[from] pg::Error),
    #[error(transparent)]
    Internal(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    pub(crate) fn internal(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Error::Internal(error.into())
    }
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

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::ChannelNotFound
            | Error::AccountNotFound
            | Error::ImportNotFound
            | Error::DeletionNotFound => Problem::not_found(),
            Error::MemberErased => Problem::not_found().unkept(),
            Error::Wrong { pointer, detail } => {
                Problem::invalid([FieldError::new(pointer, detail)])
            }
            Error::ChannelUnavailable => Problem::new(
                StatusCode::CONFLICT,
                "channel-unavailable",
                "This channel cannot be connected here",
            ),
            Error::AlreadyConnected => Problem::new(
                StatusCode::CONFLICT,
                "already-connected",
                "This account is connected already",
            ),
            Error::AccountLeaving => Problem::new(
                StatusCode::CONFLICT,
                "account-leaving",
                "This account is being disconnected; its provider has yet to hear of it",
            ),
            Error::TooManyAccounts => Problem::new(
                StatusCode::CONFLICT,
                "too-many-accounts",
                "No more accounts can be connected",
            )
            .detail(format!("At most {MOST_ACCOUNTS} at a time")),
            Error::ConsentNeeded => Problem::new(
                StatusCode::CONFLICT,
                "consent-needed",
                "The provider lets us in no more; go through its consent again",
            ),
            Error::NothingToImport => Problem::new(
                StatusCode::CONFLICT,
                "nothing-to-import",
                "This channel tells who somebody is, and nothing that they wrote",
            ),
            Error::ImportedJustNow { wait } => {
                let seconds = wait.as_secs_f64().ceil() as u64;
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests")
                    .detail(format!("This account was read just now; wait {seconds} seconds"))
                    .retry_after(seconds)
                    .unkept()
            }
            Error::RoundOver => Problem::new(
                StatusCode::BAD_REQUEST,
                "round-over",
                "This member has begun no such round, or it is over",
            ),
            Error::ConsentRefused => Problem::new(
                StatusCode::FORBIDDEN,
                "consent-refused",
                "The provider was not allowed to let us in",
            ),
            Error::ProviderRefused => Problem::new(
                StatusCode::BAD_REQUEST,
                "provider-refused",
                "The provider has refused, or the code was used",
            ),
            Error::ProviderAway => Problem::unavailable(5).detail("The provider does not answer"),
            Error::SignatureRefused => Problem::new(
                StatusCode::UNAUTHORIZED,
                "signature-refused",
                "The request is not signed by the provider",
            ),
            Error::Database(pg::Error::Unavailable(_)) => Problem::unavailable(1),
            Error::Database(error) => Problem::internal(&error),
            Error::Internal(error) => Problem::internal(error.as_ref()),
        }
    }
}

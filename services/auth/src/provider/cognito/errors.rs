//! Cognito's errors by the names that it gives them, as far as we make a difference, and what they are in our words.

use super::{CONFIRM_RESET, CONFIRM_SIGN_UP, INITIATE_AUTH, SIGN_UP};
use crate::error::Error;

/// Why Cognito did not do what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A wrong password, a token that has ended, an account that is confirmed already: it depends on what was asked.
    NotAuthorized,
    UserNotFound,
    UserNotConfirmed,
    PasswordResetRequired,
    UsernameExists,
    InvalidPassword,
    InvalidParameter,
    CodeMismatch,
    ExpiredCode,
    /// Too many tries of this account.
    LimitExceeded,
    /// Too many calls of all of us.
    Throttled,
    /// It wants to know more than a password: a second factor, a new password.
    Challenge,
    /// No answer in time, a fault of its own, or the circuit is open.
    Away,
    /// Anything else: it was set up otherwise than we were told.
    Unexpected,
}

impl Kind {
    /// The kind of what Cognito calls `name`.
    pub(super) fn of(name: &str) -> Self {
        match name {
            "NotAuthorizedException" => Kind::NotAuthorized,
            "UserNotFoundException" => Kind::UserNotFound,
            "UserNotConfirmedException" => Kind::UserNotConfirmed,
            "PasswordResetRequiredException" => Kind::PasswordResetRequired,
            "UsernameExistsException" | "AliasExistsException" => Kind::UsernameExists,
            "InvalidPasswordException" => Kind::InvalidPassword,
            "InvalidParameterException" => Kind::InvalidParameter,
            "CodeMismatchException" => Kind::CodeMismatch,
            "ExpiredCodeException" => Kind::ExpiredCode,
            "LimitExceededException" | "TooManyFailedAttemptsException" => Kind::LimitExceeded,
            "TooManyRequestsException" | "ThrottlingException" => Kind::Throttled,
            "InternalErrorException" | "CodeDeliveryFailureException" => Kind::Away,
            _ => Kind::Unexpected,
        }
    }

    /// The metric's label, and the log's word.
    pub(super) fn label(self) -> &'static str {
        match self {
            Kind::NotAuthorized => "not_authorized",
            Kind::UserNotFound => "user_not_found",
            Kind::UserNotConfirmed => "user_not_confirmed",
            Kind::PasswordResetRequired => "password_reset_required",
            Kind::UsernameExists => "username_exists",
            Kind::InvalidPassword => "invalid_password",
            Kind::InvalidParameter => "invalid_parameter",
            Kind::CodeMismatch => "code_mismatch",
            Kind::ExpiredCode => "expired_code",
            Kind::LimitExceeded => "limit_exceeded",
            Kind::Throttled => "throttled",
            Kind::Challenge => "challenge",
            Kind::Away => "away",
            Kind::Unexpected => "unexpected",
        }
    }

    /// Whether a session that cannot be renewed for this has ended.
    pub(crate) fn ends_a_session(self) -> bool {
        matches!(
            self,
            Kind::NotAuthorized
                | Kind::UserNotFound
                | Kind::UserNotConfirmed
                | Kind::PasswordResetRequired
        )
    }

    /// Whether the same call may succeed a moment later.
    pub(crate) fn passes(self) -> bool {
        matches!(self, Kind::Away | Kind::Throttled)
    }
}

/// What Cognito answered in place of what it was asked for. It says nothing of the member: that stays in Cognito's message.
#[derive(Debug, thiserror::Error)]
#[error("Cognito, asked to {operation}: {}", kind.label())]
pub(crate) struct Failure {
    pub(crate) operation: &'static str,
    pub(crate) kind: Kind,
    /// The rule of the pool's policy that a password breaks, in Cognito's words.
    pub(crate) rule: Option<String>,
}

/// What Cognito refuses, in our words. The same word of Cognito's means different things to different operations.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match (failure.kind, failure.operation) {
            // Who has no code is not told whether there is an account.
            (
                Kind::NotAuthorized | Kind::UserNotFound | Kind::InvalidParameter,
                CONFIRM_SIGN_UP | CONFIRM_RESET,
            )
            | (Kind::UserNotConfirmed, CONFIRM_RESET)
            | (Kind::CodeMismatch, _) => Error::WrongCode,
            (Kind::ExpiredCode, _) => Error::ExpiredCode,
            (Kind::NotAuthorized | Kind::UserNotFound | Kind::InvalidPassword, INITIATE_AUTH) => {
                Error::WrongCredentials
            }
            (Kind::InvalidPassword, operation) => Error::PasswordRefused {
                pointer: if operation == SIGN_UP { "/password" } else { "/new" },
                rule: failure.rule,
            },
            (Kind::InvalidParameter, SIGN_UP) => Error::EmailRefused,
            (Kind::UsernameExists, _) => Error::EmailTaken,
            (Kind::UserNotConfirmed, _) => Error::NotConfirmed,
            (Kind::PasswordResetRequired, _) => Error::PasswordResetRequired,
            (Kind::Challenge, _) => Error::ChallengeRequired,
            (Kind::LimitExceeded, _) => Error::TooManyTries,
            (Kind::Away | Kind::Throttled, _) => Error::ProviderAway,
            (
                Kind::NotAuthorized
                | Kind::UserNotFound
                | Kind::InvalidParameter
                | Kind::Unexpected,
                _,
            ) => Error::internal(failure),
        }
    }
}

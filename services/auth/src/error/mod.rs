//! Everything that can go wrong in auth. What the client is told of it: [`problem`](mod@problem).

mod problem;

use crate::domain::quotas::Spent;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("the e-mail address is taken")]
    EmailTaken,
    #[error("e-mail address or password is wrong")]
    WrongCredentials,
    #[error("the current password is wrong")]
    WrongPassword,
    #[error("the password that was given again is wrong")]
    NotProven,
    #[error("the sign-in is too old to stand for a password")]
    SignInTooOld,
    #[error("the refresh token is not valid")]
    RefreshRefused,
    #[error("the token out of a letter is not valid")]
    MailTokenRefused,
    #[error("the e-mail address is verified already")]
    EmailVerified,
    #[error("too many requests")]
    QuotaSpent(Spent),
    #[error("this account needs no confirmation")]
    NothingToConfirm,
    #[error("the account is not confirmed")]
    NotConfirmed,
    #[error("the code is wrong")]
    WrongCode,
    #[error("the code has expired")]
    ExpiredCode,
    #[error("the provider does not take the address")]
    EmailRefused,
    #[error("the provider does not take the password")]
    PasswordRefused { pointer: &'static str, rule: Option<String> },
    #[error("the provider wants the password to be replaced")]
    PasswordResetRequired,
    #[error("the provider wants more than a password")]
    ChallengeRequired,
    #[error("the provider has seen too many tries")]
    TooManyTries,
    #[error("the provider is away")]
    ProviderAway,
    #[error("no such member")]
    UserNotFound,
    #[error("no such session")]
    SessionNotFound,
    #[error("no such erasure")]
    ErasureNotFound,
    #[error("{0} does not say what it holds of a member")]
    HolderAway(String),
    #[error("there is no such role")]
    UnknownRole,
    #[error("some roles are not known")]
    UnknownRoles(Vec<usize>),
    #[error("the role is not open to the member")]
    RoleNotOpen,
    #[error("there must be an admin")]
    LastAdmin,
    #[error("the member was changed meanwhile")]
    UserChanged,
    #[error("the settings were changed by somebody else")]
    SettingsChanged,
    #[error("too many passwords are being checked")]
    TooBusy,
    #[error("no such provider of accounts")]
    ProviderNotFound,
    #[error("the provider's word is not believed")]
    ProviderUnbelievable,
    #[error("the provider has refused")]
    ProviderRefused,
    #[error("the provider does not vouch for an e-mail address")]
    ProviderEmailUnverified,
    #[error("consent was refused")]
    ConsentRefused,
    #[error("no such round to a provider was begun by this browser")]
    RoundOver,
    #[error("the account of this address has not proved it")]
    LinkRefused,
    #[error("nobody has said that they are over 14")]
    AgeUnconfirmed,
    #[error("the code is not valid")]
    SignInCodeRefused,
    #[error("no such key")]
    KeyNotFound,
    #[error("a rotation is under way: {0} signs soon")]
    RotationUnderWay(String),
    #[error("there is no spare key; auth publishes one within a second of its start")]
    NoSpareKey,
    #[error("it is not known which key signs, or it cannot be read with this JWT_SECRET")]
    NoSigningKey,
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
        match pg::violated_constraint(&error) {
            Some("users_email_key") => Error::EmailTaken,
            _ => Error::Database(error.into()),
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Error::internal(error)
    }
}

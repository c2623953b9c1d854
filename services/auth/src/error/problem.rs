//! What the client is told of what went wrong.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue, WWW_AUTHENTICATE};
use problem::{FieldError, Problem};

use super::Error;
use crate::domain::quotas::{Quota, Spent};

const NO_ROLE: &str = "is no role";

// draft-ietf-httpapi-ratelimit-headers
const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STATE: HeaderName = HeaderName::from_static("ratelimit");

/// What a client is told to do who has to sign in anew; `max_age` in seconds, as `domain::erasures::FRESH`.
const FRESH_SIGN_IN: &str = r#"Bearer error="insufficient_user_authentication", max_age="300""#;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::EmailTaken => {
                Problem::new(StatusCode::CONFLICT, "email-taken", "This e-mail address is taken")
                    .field("/email", "is taken by another account; sign in, or use another address")
            }
            Error::WrongCredentials => {
                unauthorized("wrong-credentials", "E-mail address or password is wrong")
            }
            Error::WrongPassword => unprocessable(
                "wrong-password",
                "The current password is wrong",
                "/current",
                "is not the current password",
            ),
            Error::NotProven => unprocessable(
                "wrong-password",
                "The password is wrong",
                "/password",
                "is not the account's password",
            ),
            // RFC 9470: what is asked for is a sign-in of now, not another token.
            Error::SignInTooOld => Problem::new(
                StatusCode::UNAUTHORIZED,
                "sign-in-too-old",
                "Sign in again, and ask within five minutes",
            )
            .header(WWW_AUTHENTICATE, HeaderValue::from_static(FRESH_SIGN_IN)),
            Error::RefreshRefused => {
                unauthorized("refresh-refused", "The refresh token is not valid; sign in again")
            }
            Error::MailTokenRefused => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "mail-token-refused",
                "The link is used, replaced or expired; ask for a new one",
            )
            .field("/token", "is used, replaced, expired, or not ours"),
            Error::EmailVerified => Problem::new(
                StatusCode::CONFLICT,
                "email-verified",
                "The e-mail address is verified already",
            ),
            Error::QuotaSpent(spent) => rate_limited(spent),
            Error::NothingToConfirm => Problem::new(
                StatusCode::CONFLICT,
                "nothing-to-confirm",
                "Accounts need no confirmation here",
            ),
            Error::NotConfirmed => Problem::new(
                StatusCode::FORBIDDEN,
                "not-confirmed",
                "The account is not confirmed; a code was sent again",
            ),
            Error::WrongCode => unprocessable(
                "wrong-code",
                "The code is wrong",
                "/code",
                "is not the code that was sent",
            ),
            Error::ExpiredCode => unprocessable(
                "expired-code",
                "The code has expired or was used; ask for another",
                "/code",
                "has expired",
            ),
            Error::EmailRefused => {
                Problem::invalid([FieldError::new("/email", "is not an address that can sign up")])
            }
            Error::PasswordRefused { pointer, rule } => {
                let rule = rule.map(|rule| format!(": {rule}")).unwrap_or_default();
                Problem::invalid([FieldError::new(
                    pointer,
                    format!("breaks the rules for passwords{rule}"),
                )])
            }
            Error::PasswordResetRequired => Problem::new(
                StatusCode::FORBIDDEN,
                "password-reset-required",
                "The password has to be reset before signing in",
            ),
            Error::ChallengeRequired => Problem::new(
                StatusCode::FORBIDDEN,
                "challenge-required",
                "Signing in takes more than a password, which cannot be asked for here",
            ),
            Error::TooManyTries => Problem::new(
                StatusCode::TOO_MANY_REQUESTS,
                "rate-limited",
                "Too many tries of this account",
            )
            .retry_after(300),
            Error::ProviderAway => Problem::unavailable(5),
            // Of somebody who was erased meanwhile: nothing of them is kept any more.
            Error::UserNotFound => Problem::not_found().unkept(),
            Error::SessionNotFound | Error::ErasureNotFound | Error::ProviderNotFound => {
                Problem::not_found()
            }
            Error::HolderAway(service) => Problem::unavailable(5)
                .detail(format!("{service} does not answer, and an export is whole or it is none")),
            Error::UnknownRole => Problem::invalid([FieldError::new("/role", NO_ROLE)]),
            Error::UnknownRoles(places) => Problem::invalid(
                places.iter().map(|place| FieldError::new(format!("/roles/{place}"), NO_ROLE)),
            ),
            Error::RoleNotOpen => Problem::new(
                StatusCode::FORBIDDEN,
                "role-not-open",
                "This role is not for the member to take",
            ),
            Error::LastAdmin => {
                Problem::new(StatusCode::CONFLICT, "last-admin", "There must be an admin")
                    .detail("Make somebody else an admin first.")
            }
            Error::UserChanged => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "user-changed",
                "The member was changed meanwhile; read them again",
            ),
            Error::ProviderUnbelievable => Problem::new(
                StatusCode::BAD_GATEWAY,
                "provider-unbelievable",
                "The provider's word about the account could not be believed",
            ),
            Error::ProviderRefused => Problem::new(
                StatusCode::BAD_REQUEST,
                "provider-refused",
                "The provider has refused to say whose account it is; begin again",
            ),
            Error::ProviderEmailUnverified => Problem::new(
                StatusCode::FORBIDDEN,
                "provider-email-unverified",
                "The provider does not vouch for an e-mail address; verify it there, or sign up here",
            ),
            Error::ConsentRefused => Problem::new(
                StatusCode::FORBIDDEN,
                "consent-refused",
                "You have not allowed the provider to say who you are",
            ),
            Error::RoundOver => Problem::new(
                StatusCode::BAD_REQUEST,
                "round-over",
                "This browser has begun no such sign-in, or it is over; begin again",
            ),
            Error::LinkRefused => Problem::new(
                StatusCode::CONFLICT,
                "link-refused",
                "An account has this address and has not proved it: sign in to it, and verify the address first",
            ),
            Error::AgeUnconfirmed => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "age-unconfirmed",
                "Who becomes a member has to be over 14, and to say so at the beginning",
            )
            .field("/over_14", "must be true"),
            Error::SignInCodeRefused => {
                unauthorized("sign-in-code-refused", "The code is used, expired, or not yours")
            }
            Error::SettingsChanged => Problem::new(
                StatusCode::PRECONDITION_FAILED,
                "settings-changed",
                "The settings were changed by somebody else; read them again",
            ),
            Error::TooBusy | Error::NoSigningKey => Problem::unavailable(2),
            // Only an operator meets these, in a shell.
            Error::KeyNotFound | Error::RotationUnderWay(_) | Error::NoSpareKey => {
                Problem::internal(&error)
            }
            Error::Database(pg::Error::Unavailable(_)) => Problem::unavailable(1),
            Error::Database(error) => Problem::internal(&error),
            Error::Internal(error) => Problem::internal(error.as_ref()),
        }
    }
}

/// A 422 about one field.
fn unprocessable(
    code: &'static str,
    title: &'static str,
    pointer: &'static str,
    detail: &'static str,
) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, code, title).field(pointer, detail)
}

/// A 401 that says, as it must, by what a client is known here (RFC 9110, 15.5.2).
fn unauthorized(code: &'static str, title: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, title)
        .header(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
}

/// A 429, in the form that the gateway's have.
fn rate_limited(Spent { quota, seconds }: Spent) -> Problem {
    let Quota { name, most, window } = quota;
    let value =
        |text: String| HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "rate-limited", "Too many requests")
        .unkept()
        .detail(format!("Wait {seconds} seconds"))
        .retry_after(seconds)
        .header(POLICY, value(format!("{name:?};q={most};w={}", window.as_secs())))
        .header(STATE, value(format!("{name:?};r=0;t={seconds}")))
}

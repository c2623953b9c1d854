//! What a token that came by mail may be used for: once, for one purpose, and for how long.

use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::derived::DerivingKeys;

/// What a token is for. It is good for nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Choosing a new password without the old one.
    PasswordReset,
    /// Proving that an address is one's own.
    EmailVerification,
}

impl Purpose {
    /// Each there is.
    pub(crate) const ALL: [Self; 2] = [Purpose::PasswordReset, Purpose::EmailVerification];

    /// Its name in the database, in logs and in metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Purpose::PasswordReset => "password_reset",
            Purpose::EmailVerification => "email_verification",
        }
    }

    /// The purpose of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.name() == name)
    }

    /// How long a token is good for since it was asked for. A letter that could not be sent by then is given up.
    pub(crate) fn lifetime(self) -> SignedDuration {
        match self {
            Purpose::PasswordReset => SignedDuration::from_hours(1),
            Purpose::EmailVerification => SignedDuration::from_hours(72),
        }
    }
}

/// A token whose tag was found right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MailToken {
    pub(crate) id: Uuid,
    pub(crate) purpose: Purpose,
}

/// Derives and reads the tokens, with keys of their own for each purpose.
#[derive(Debug)]
pub(crate) struct MailKeys {
    password_reset: DerivingKeys,
    email_verification: DerivingKeys,
}

impl MailKeys {
    /// Out of each private key in `JWT_SECRET`.
    pub(crate) fn derive(secret: &SecretString) -> Self {
        MailKeys {
            password_reset: DerivingKeys::derive(secret, "damacorch password reset tokens"),
            email_verification: DerivingKeys::derive(secret, "damacorch email verification tokens"),
        }
    }

    /// The token as it goes into the letter.
    pub(crate) fn token(&self, MailToken { id, purpose }: MailToken) -> String {
        self.keys(purpose).token(id.as_bytes())
    }

    /// What a token says; none when we did not write it for this purpose.
    pub(crate) fn read(&self, purpose: Purpose, text: &SecretString) -> Option<MailToken> {
        let id = self.keys(purpose).read(text.expose_secret())?;
        Some(MailToken { id: Uuid::from_bytes(id), purpose })
    }

    fn keys(&self, purpose: Purpose) -> &DerivingKeys {
        match purpose {
            Purpose::PasswordReset => &self.password_reset,
            Purpose::EmailVerification => &self.email_verification,
        }
    }
}

/// When to try again to send a letter, after so many attempts: in 10 s, 20 s, 40 s, … and then every ten minutes.
pub(crate) fn next_attempt(attempts: i32, now: Timestamp) -> Timestamp {
    let doublings = u32::try_from(attempts - 1).unwrap_or(0).min(6);
    now + SignedDuration::from_secs((10 << doublings).min(600))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_what_it_was_made_for() {
        let pem = "-----BEGIN X-----\na\n-----END X-----\n";
        let keys = MailKeys::derive(&pem.into());
        let token = MailToken { id: Uuid::from_u128(7), purpose: Purpose::EmailVerification };
        let text = keys.token(token).into();
        assert_eq!(keys.read(Purpose::EmailVerification, &text), Some(token));
        assert_eq!(keys.read(Purpose::PasswordReset, &text), None);
        assert_eq!(keys.read(Purpose::EmailVerification, &"".into()), None);
        let refresh = DerivingKeys::derive(&pem.into(), "damacorch refresh tokens");
        let other = refresh.token(token.id.as_bytes()).into();
        assert_eq!(keys.read(Purpose::EmailVerification, &other), None);
    }

    #[test]
    fn it_is_tried_less_and_less_often() {
        let after = |attempts| next_attempt(attempts, Timestamp::UNIX_EPOCH).as_second();
        assert_eq!([1, 2, 3, 6, 7, 99].map(after), [10, 20, 40, 320, 600, 600]);
    }
}

//! What an access token must say to be believed, once its signature holds.

use contracts::UserId;
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::assertion::Subject;
use crate::{LEEWAY_SECONDS, Refusal};

const ACCESS: &str = "access";

/// The claims that are looked at, ours and Cognito's. All optional here: a missing one is refused below, by name.
#[derive(Deserialize)]
pub(super) struct Claims {
    pub(super) iss: Option<String>,
    aud: Option<Audience>,
    client_id: Option<String>,
    token_use: Option<String>,
    sub: Option<String>,
    sid: Option<String>,
    origin_jti: Option<String>,
    jti: Option<String>,
    roles: Option<Vec<String>>,
    #[serde(rename = "cognito:groups")]
    cognito_groups: Option<Vec<String>>,
    iat: Option<i64>,
    nbf: Option<i64>,
    exp: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

/// A member, as a token names them.
pub(super) struct Member {
    pub(super) user_id: UserId,
    pub(super) subject: Subject,
    /// In seconds.
    pub(super) expires_at: i64,
}

impl Claims {
    /// Every rule that holds once and for all. What changes with time (expiry, revocation) is looked at each time.
    pub(super) fn check(self, audience: &str, now: Timestamp) -> Result<Member, Refusal> {
        if self.token_use.as_deref().ok_or(Refusal::MissingClaim)? != ACCESS {
            return Err(Refusal::WrongKind);
        }
        if !self.is_for(audience)? {
            return Err(Refusal::WrongAudience);
        }
        let expires_at = self.exp.ok_or(Refusal::MissingClaim)?;
        let issued_at = self.iat.ok_or(Refusal::MissingClaim)?;
        let valid_from = issued_at.max(self.nbf.unwrap_or(issued_at));
        if valid_from > now.as_second() + LEEWAY_SECONDS {
            return Err(Refusal::NotYetValid);
        }
        let user_id = UserId(uuid(self.sub.as_deref().ok_or(Refusal::MissingClaim)?)?);
        let session = self.sid.or(self.origin_jti).or(self.jti);
        let session_id = session.as_deref().map(uuid).transpose()?;
        let roles = self.roles.or(self.cognito_groups).unwrap_or_default();
        let not_after = Timestamp::from_second(expires_at).map_err(|_| Refusal::Malformed)?;
        Ok(Member {
            user_id,
            subject: Subject::member(user_id, roles.into(), session_id, not_after),
            expires_at,
        })
    }

    fn is_for(&self, audience: &str) -> Result<bool, Refusal> {
        match (&self.aud, &self.client_id) {
            (Some(Audience::One(aud)), _) => Ok(aud == audience),
            (Some(Audience::Many(auds)), _) => Ok(auds.iter().any(|aud| aud == audience)),
            (None, Some(client_id)) => Ok(client_id == audience),
            (None, None) => Err(Refusal::MissingClaim),
        }
    }
}

fn uuid(text: &str) -> Result<Uuid, Refusal> {
    Uuid::try_parse(text).map_err(|_| Refusal::MissingClaim)
}

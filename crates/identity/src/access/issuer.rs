//! Issuing access tokens: auth's side.

use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use serde::Serialize;
use uuid::Uuid;

use crate::Roles;
use crate::jws::{SignError, sign, sign_as};
use crate::keys::SigningKey;

/// Issues access tokens under one name, for one audience.
#[derive(Clone, Debug)]
pub struct AccessTokenIssuer {
    issuer: String,
    audience: String,
    key: SigningKey,
    lifetime: SignedDuration,
}

/// A token as a member receives it.
#[derive(Debug)]
pub struct AccessToken {
    /// The compact JWT.
    pub token: SecretString,
    /// From then on it is refused.
    pub expires_at: Timestamp,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: UserId,
    sid: Uuid,
    roles: &'a Roles,
    token_use: &'a str,
    iat: i64,
    exp: i64,
    jti: Uuid,
}

#[derive(Serialize)]
struct Attested<'a, C> {
    iss: &'a str,
    token_use: &'a str,
    #[serde(flatten)]
    claims: &'a C,
}

impl AccessTokenIssuer {
    /// Tokens by `issuer` for `audience`, signed with the key; they live for `lifetime`.
    pub fn new(issuer: &str, audience: &str, key: SigningKey, lifetime: SignedDuration) -> Self {
        AccessTokenIssuer {
            issuer: issuer.to_owned(),
            audience: audience.to_owned(),
            key,
            lifetime,
        }
    }

    /// A token for a member's session.
    pub fn issue(
        &self,
        user_id: UserId,
        session_id: Uuid,
        roles: &Roles,
        now: Timestamp,
    ) -> Result<AccessToken, SignError> {
        let issued_at = now.as_second();
        let expires_at = issued_at.saturating_add(self.lifetime.as_secs());
        let claims = Claims {
            iss: &self.issuer,
            aud: &self.audience,
            sub: user_id,
            sid: session_id,
            roles,
            token_use: "access",
            iat: issued_at,
            exp: expires_at,
            jti: Uuid::new_v4(),
        };
        Ok(AccessToken {
            token: sign(&claims, &self.key)?.into(),
            expires_at: Timestamp::from_second(expires_at).unwrap_or(Timestamp::MAX),
        })
    }

    /// Says something for good, in the issuer's name and with its key, that is no token: `kind` stands in `typ` (RFC 8725,
    /// 3.11) and in `token_use`, and no verifier of tokens takes it. The claims must not repeat `iss` or `token_use`.
    pub fn attest<C: Serialize>(&self, kind: &str, claims: &C) -> Result<String, SignError> {
        let attested = Attested { iss: &self.issuer, token_use: kind, claims };
        sign_as(&format!("{kind}+jwt"), &attested, &self.key)
    }
}

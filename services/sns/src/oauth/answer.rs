//! What token endpoints answer, which is not always what the standard says: a lifetime as text, scopes with commas or as a
//! list, no type, all of it in a list of one, an error with a 200.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oauth2::basic::BasicTokenType;
use oauth2::{AccessToken, RefreshToken, Scope, TokenResponse};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::Refusal;
use crate::domain::grants::{Grant, Provider, Secrets};
use crate::domain::limits::limit_in;

/// An answer that gives a token.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(from = "Shape")]
pub(super) struct Answer(Fields);

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Fields {
    access_token: AccessToken,
    #[serde(default = "bearer")]
    token_type: BasicTokenType,
    #[serde(default, deserialize_with = "seconds")]
    expires_in: Option<u64>,
    refresh_token: Option<RefreshToken>,
    #[serde(default, alias = "permissions", deserialize_with = "scopes")]
    scope: Option<Vec<Scope>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Shape {
    Plain(Fields),
    Listed { data: [Fields; 1] },
}

impl From<Shape> for Answer {
    fn from(shape: Shape) -> Self {
        match shape {
            Shape::Plain(fields) | Shape::Listed { data: [fields] } => Answer(fields),
        }
    }
}

fn bearer() -> BasicTokenType {
    BasicTokenType::Bearer
}

fn seconds<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u64>, D::Error> {
    Ok(match Option::<Value>::deserialize(from)? {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    })
}

fn scopes<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Vec<Scope>>, D::Error> {
    let named: Vec<String> = match Option::<Value>::deserialize(from)? {
        Some(Value::String(text)) => text.split([' ', ',']).map(str::to_owned).collect(),
        Some(Value::Array(list)) => {
            list.iter().filter_map(|scope| Some(scope.as_str()?.to_owned())).collect()
        }
        _ => return Ok(None),
    };
    let named = named.into_iter().filter(|scope| !scope.is_empty());
    Ok(Some(named.map(Scope::new).collect()))
}

impl TokenResponse for Answer {
    type TokenType = BasicTokenType;

    fn access_token(&self) -> &AccessToken {
        &self.0.access_token
    }

    fn token_type(&self) -> &BasicTokenType {
        &self.0.token_type
    }

    fn expires_in(&self) -> Option<Duration> {
        self.0.expires_in.map(Duration::from_secs)
    }

    fn refresh_token(&self) -> Option<&RefreshToken> {
        self.0.refresh_token.as_ref()
    }

    fn scopes(&self) -> Option<&Vec<Scope>> {
        self.0.scope.as_ref()
    }
}

impl Answer {
    /// The grant, which keeps of the one before it what this answer does not say anew.
    pub(super) fn into_grant(
        self,
        provider: &Provider,
        before: Option<&Grant>,
        now: Timestamp,
    ) -> Grant {
        let asked_for = before.map_or(&provider.scopes, |before| &before.scopes).clone();
        let kept = before.and_then(|before| before.secrets.refresh_token.clone());
        self.grant(asked_for, kept, now)
    }

    /// The same, where there are no refresh tokens.
    pub(super) fn into_prolonged(self, before: &Grant, now: Timestamp) -> Grant {
        self.grant(before.scopes.clone(), None, now)
    }

    fn grant(self, scopes: Vec<String>, refresh_token: Option<String>, now: Timestamp) -> Grant {
        let Answer(fields) = self;
        // A lifetime of centuries is none.
        let lifetime = fields.expires_in.and_then(|seconds| i64::try_from(seconds).ok());
        let expires_at =
            lifetime.and_then(|seconds| now.checked_add(SignedDuration::from_secs(seconds)).ok());
        let said = fields.scope.map(|said| said.iter().map(|scope| scope.to_string()).collect());
        Grant {
            secrets: Secrets {
                access_token: fields.access_token.into_secret(),
                refresh_token: fields
                    .refresh_token
                    .map(RefreshToken::into_secret)
                    .or(refresh_token),
            },
            expires_at,
            scopes: said.unwrap_or(scopes),
        }
    }
}

/// What an error's code means (RFC 6749, 5.2).
pub(super) fn meaning(code: &str) -> Refusal {
    match code {
        "invalid_grant" | "invalid_token" | "unauthorized_client" => Refusal::Worthless,
        _ => Refusal::Away("it refuses"),
    }
}

/// What an error means that is none of the standard's.
pub(super) fn meaning_of(body: &[u8], now: Timestamp) -> Refusal {
    if let Some(until) = limit_in(400, body, now) {
        return Refusal::Limited(until);
    }
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    // Meta: the token is no good. Kakao: it is not known. Naver, with a 200 or not: a code of its own.
    let codes = ["/error/code", "/code"].map(|at| body.pointer(at).and_then(Value::as_i64));
    if codes.iter().flatten().any(|code| matches!(code, 190 | -401)) {
        return Refusal::Worthless;
    }
    meaning(body["error"].as_str().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(body: &str) -> Option<(Option<i64>, Option<String>, Vec<String>)> {
        let answer: Answer = serde_json::from_str(body).ok()?;
        let grant = answer.grant(vec!["asked".to_owned()], None, Timestamp::UNIX_EPOCH);
        assert_eq!(grant.secrets.access_token, "a");
        let expires = grant.expires_at.map(Timestamp::as_second);
        Some((expires, grant.secrets.refresh_token, grant.scopes))
    }

    #[test]
    fn tokens_are_read_however_they_are_told() {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        for (body, told) in [
            (
                r#"{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "refresh_token": "r", "scope": "x y"}"#,
                (Some(60), Some("r".to_owned()), own(&["x", "y"])),
            ),
            (
                r#"{"access_token": "a", "token_type": "bearer", "expires_in": "3600"}"#,
                (Some(3600), None, own(&["asked"])),
            ),
            (r#"{"access_token": "a", "scope": "x,y"}"#, (None, None, own(&["x", "y"]))),
            (
                r#"{"access_token": "a", "user_id": 7, "permissions": ["x"]}"#,
                (None, None, own(&["x"])),
            ),
            (
                r#"{"data": [{"access_token": "a", "permissions": "x,y"}]}"#,
                (None, None, own(&["x", "y"])),
            ),
            (
                r#"{"access_token": "a", "expires_in": 99999999999999999}"#,
                (None, None, own(&["asked"])),
            ),
        ] {
            assert_eq!(grant(body), Some(told), "{body}");
        }
        for body in ["{}", r#"{"error": "invalid_grant"}"#, r#"{"data": []}"#] {
            assert!(grant(body).is_none(), "{body}");
        }
    }

    #[test]
    fn a_token_is_worthless_only_where_that_is_said() {
        let now = Timestamp::UNIX_EPOCH;
        for (body, worthless) in [
            (r#"{"error": "invalid_grant"}"#, true),
            (
                r#"{"error": "invalid_token", "error_description": "Token expired or revoked"}"#,
                true,
            ),
            (r#"{"error": {"code": 190}}"#, true),
            (r#"{"msg": "this access token does not exist", "code": -401}"#, true),
            (r#"{"error": "temporarily_unavailable"}"#, false),
            (r#"{"error": "invalid_client"}"#, false),
            ("<html>", false),
        ] {
            let meaning = meaning_of(body.as_bytes(), now);
            assert_eq!(matches!(meaning, Refusal::Worthless), worthless, "{body}");
        }
        let limited = meaning_of(br#"{"error": {"code": 4}}"#, now);
        assert!(matches!(limited, Refusal::Limited(_)));
    }
}

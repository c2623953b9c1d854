//! As Cognito writes: its answers, and what we read in its tokens beside what every access token says.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use uuid::Uuid;

/// How a confirmation code was sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delivery {
    /// `EMAIL` or `SMS`.
    pub(crate) delivery_medium: String,
    /// Whereto, made unreadable in parts: `m***@e***`.
    pub(crate) destination: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct SignUpAnswer {
    pub(super) user_sub: Uuid,
    #[serde(default)]
    pub(super) user_confirmed: bool,
    pub(super) code_delivery_details: Option<Delivery>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AuthAnswer {
    pub(super) authentication_result: Option<AuthResult>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AuthResult {
    pub(super) access_token: SecretString,
    pub(super) id_token: Option<SecretString>,
    pub(super) refresh_token: Option<SecretString>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UserAnswer {
    pub(super) user_attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Attribute {
    pub(super) name: String,
    #[serde(default)]
    pub(super) value: String,
}

/// Cognito's name of the member: their address, or where the pool takes addresses as aliases, their `sub`.
pub(super) fn username(access: &SecretString) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        username: String,
    }
    let claims = access.expose_secret().split('.').nth(1)?;
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok().map(|claims| claims.username)
}

//! Amazon Cognito, beside our own accounts: what a user pool's public operations do for members whose password it holds.
//!
//! They are unsigned JSON posts: no credentials of AWS are needed, and no SDK.

mod calls;
mod errors;
mod settings;
mod tokens;
mod wire;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chassis::StartError;
use contracts::UserId;
use identity::access::TokenVerifier;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use self::calls::{Calls, failure};
use self::tokens::believer;
use self::wire::{Attribute, AuthAnswer, AuthResult, SignUpAnswer, UserAnswer};
use crate::domain::cognito_sessions::Grant;

pub(crate) use self::errors::{Failure, Kind};
pub(crate) use self::settings::CognitoSettings;
pub(crate) use self::tokens::Tokens;
pub(crate) use self::wire::Delivery;

/// A user pool, by one of its app clients.
pub(crate) struct Cognito {
    calls: Calls,
    client_id: String,
    client_secret: Option<SecretString>,
    /// Believes what the pool issues.
    pub(crate) verifier: TokenVerifier,
}

/// An account that was made.
pub(crate) struct SignedUp {
    pub(crate) user_id: UserId,
    /// Whether nothing has to be confirmed.
    pub(crate) is_confirmed: bool,
    pub(crate) delivery: Option<Delivery>,
}

/// What a member's account says of them.
pub(crate) struct Profile {
    pub(crate) email: String,
    /// Whether the address was confirmed to be theirs.
    pub(crate) is_verified: bool,
    pub(crate) name: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) time_zone: Option<String>,
}

// Operations whose refusals mean something of their own.
const INITIATE_AUTH: &str = "InitiateAuth";
const SIGN_UP: &str = "SignUp";
const CONFIRM_SIGN_UP: &str = "ConfirmSignUp";
const CONFIRM_RESET: &str = "ConfirmForgotPassword";

impl Cognito {
    /// Keys come with `verifier.keep_fresh()`.
    pub(crate) fn new(settings: CognitoSettings) -> Result<Self, StartError> {
        let CognitoSettings { endpoint, concurrency, issuer, client_secret } = settings;
        let client_id = issuer.audience.clone();
        Ok(Cognito {
            calls: Calls::new(endpoint, concurrency)?,
            verifier: believer(issuer)?,
            client_id,
            client_secret,
        })
    }

    /// Makes an account. It holds what the member's row cannot do without: a sign-up that ends half way is made whole
    /// from it.
    pub(crate) async fn sign_up(
        &self,
        new: &Profile,
        password: &SecretString,
    ) -> Result<SignedUp, Failure> {
        let attributes = [
            ("email", Some(&new.email)),
            ("name", new.name.as_ref()),
            ("locale", new.locale.as_ref()),
            ("zoneinfo", new.time_zone.as_ref()),
        ];
        let attributes = attributes
            .iter()
            .filter_map(|(name, value)| value.map(|value| json!({"Name": name, "Value": value})));
        let body = json!({
            "Password": password.expose_secret(),
            "UserAttributes": attributes.collect::<Vec<_>>(),
        });
        let body = self.of_user(&new.email, body);
        let answer: SignUpAnswer = self.calls.call(SIGN_UP, &body).await?;
        Ok(SignedUp {
            user_id: UserId(answer.user_sub),
            is_confirmed: answer.user_confirmed,
            delivery: answer.code_delivery_details,
        })
    }

    /// Confirms an account by the code that was sent to its owner.
    pub(crate) async fn confirm(&self, email: &str, code: &str) -> Result<(), Failure> {
        let body = self.of_user(email, json!({"ConfirmationCode": code}));
        self.done(CONFIRM_SIGN_UP, &body).await
    }

    /// Sends a new code to the owner of an account that is not confirmed.
    pub(crate) async fn send_code_again(&self, email: &str) -> Result<(), Failure> {
        let body = self.of_user(email, json!({}));
        self.done("ResendConfirmationCode", &body).await
    }

    /// Signs in: the tokens, and with what they are renewed.
    pub(crate) async fn sign_in(
        &self,
        email: &str,
        password: &SecretString,
        now: Timestamp,
    ) -> Result<(Tokens, Grant), Failure> {
        if password.expose_secret().is_empty() {
            // Cognito would call it a mistake of ours.
            return Err(failure(INITIATE_AUTH, Kind::NotAuthorized, None));
        }
        let parameters = json!({"USERNAME": email, "PASSWORD": password.expose_secret()});
        let result = self.authenticate("USER_PASSWORD_AUTH", email, parameters).await?;
        let unexpected = || failure(INITIATE_AUTH, Kind::Unexpected, None);
        let refresh_token = result.refresh_token.clone().ok_or_else(unexpected)?;
        let username = wire::username(&result.access_token).ok_or_else(unexpected)?;
        let grant = Grant { refresh_token, username: username.into() };
        Ok((self.believed(result, now).await?, grant))
    }

    /// New tokens of a session.
    pub(crate) async fn renew(&self, grant: &Grant, now: Timestamp) -> Result<Tokens, Failure> {
        let parameters = json!({"REFRESH_TOKEN": grant.refresh_token.expose_secret()});
        let username = grant.username.expose_secret();
        let result = self.authenticate("REFRESH_TOKEN_AUTH", username, parameters).await?;
        self.believed(result, now).await
    }

    /// What the account of an access token says of its owner.
    pub(crate) async fn find_profile(&self, access: &SecretString) -> Result<Profile, Failure> {
        let body = json!({"AccessToken": access.expose_secret()});
        let answer: UserAnswer = self.calls.call("GetUser", &body).await?;
        let mut attributes: Vec<Attribute> = answer.user_attributes;
        attributes.retain(|attribute| !attribute.value.is_empty());
        let mut take = |name: &str| {
            let place = attributes.iter().position(|attribute| attribute.name == name)?;
            Some(attributes.swap_remove(place).value)
        };
        Ok(Profile {
            email: take("email").ok_or_else(|| failure("GetUser", Kind::Unexpected, None))?,
            is_verified: take("email_verified").as_deref() == Some("true"),
            name: take("name"),
            locale: take("locale"),
            time_zone: take("zoneinfo"),
        })
    }

    /// Replaces the password of whoever knows it, and has just signed in with it.
    pub(crate) async fn change_password(
        &self,
        tokens: &Tokens,
        current: &SecretString,
        new: &SecretString,
    ) -> Result<(), Failure> {
        let body = json!({
            "AccessToken": tokens.access.expose_secret(),
            "PreviousPassword": current.expose_secret(), "ProposedPassword": new.expose_secret(),
        });
        self.done("ChangePassword", &body).await
    }

    /// Sends the owner of an account a code for a new password.
    pub(crate) async fn send_reset_code(&self, email: &str) -> Result<(), Failure> {
        let body = self.of_user(email, json!({}));
        self.done("ForgotPassword", &body).await
    }

    /// Replaces the password by the code that was sent for it.
    pub(crate) async fn reset_password(
        &self,
        email: &str,
        code: &SecretString,
        new: &SecretString,
    ) -> Result<(), Failure> {
        let body = json!({
            "ConfirmationCode": code.expose_secret(), "Password": new.expose_secret(),
        });
        self.done(CONFIRM_RESET, &self.of_user(email, body)).await
    }

    /// Ends a session.
    pub(crate) async fn revoke(&self, grant: &Grant) -> Result<(), Failure> {
        let mut body =
            json!({"Token": grant.refresh_token.expose_secret(), "ClientId": self.client_id});
        if let Some(secret) = &self.client_secret {
            body["ClientSecret"] = secret.expose_secret().into();
        }
        self.done("RevokeToken", &body).await
    }

    /// Ends all sessions of a member, whoever began them.
    pub(crate) async fn sign_out_everywhere(
        &self,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let tokens = self.renew(grant, now).await?;
        self.done("GlobalSignOut", &json!({"AccessToken": tokens.access.expose_secret()})).await
    }

    /// Deletes the member's account, and says whose it was.
    pub(crate) async fn delete(&self, grant: &Grant, now: Timestamp) -> Result<UserId, Failure> {
        let tokens = self.renew(grant, now).await?;
        self.done("DeleteUser", &json!({"AccessToken": tokens.access.expose_secret()})).await?;
        Ok(tokens.user_id)
    }

    async fn authenticate(
        &self,
        flow: &str,
        username: &str,
        mut parameters: Value,
    ) -> Result<AuthResult, Failure> {
        if let Some(hash) = self.secret_hash(username) {
            parameters["SECRET_HASH"] = hash.into();
        }
        let body = json!({
            "ClientId": self.client_id, "AuthFlow": flow, "AuthParameters": parameters,
        });
        let answer: AuthAnswer = self.calls.call(INITIATE_AUTH, &body).await?;
        answer.authentication_result.ok_or_else(|| failure(INITIATE_AUTH, Kind::Challenge, None))
    }

    /// The body of an operation about a user by name.
    fn of_user(&self, username: &str, mut body: Value) -> Value {
        body["ClientId"] = self.client_id.as_str().into();
        body["Username"] = username.into();
        if let Some(hash) = self.secret_hash(username) {
            body["SecretHash"] = hash.into();
        }
        body
    }

    /// Proves that we know the client's secret, where it has one.
    fn secret_hash(&self, username: &str) -> Option<String> {
        let secret = self.client_secret.as_ref()?.expose_secret();
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let message = format!("{username}{}", self.client_id);
        Some(STANDARD.encode(hmac::sign(&key, message.as_bytes())))
    }

    async fn done(&self, operation: &'static str, body: &Value) -> Result<(), Failure> {
        self.calls.call::<IgnoredAny>(operation, body).await.map(drop)
    }
}

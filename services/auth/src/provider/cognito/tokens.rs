//! Cognito's tokens, found to be the pool's own.

use std::sync::Arc;

use chassis::StartError;
use contracts::UserId;
use identity::access::{Revocations, TokenIssuer, TokenIssuers, TokenVerifier, VerifierSettings};
use identity::{Refusal, Roles};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::calls::failure;
use super::wire::AuthResult;
use super::{Cognito, Failure, INITIATE_AUTH, Kind};

/// Access and id token of a session at Cognito, found to be the pool's own.
pub(crate) struct Tokens {
    pub(crate) user_id: UserId,
    /// `origin_jti`, which is the same for all tokens of a session, else `jti`.
    pub(crate) session_id: Uuid,
    /// The groups of the pool that the member is in.
    pub(crate) roles: Roles,
    pub(crate) access: SecretString,
    pub(crate) id: Option<SecretString>,
    pub(crate) expires_at: Timestamp,
}

impl Cognito {
    /// What every token must stand up to, also one that Cognito has given us itself.
    pub(super) async fn believed(
        &self,
        result: AuthResult,
        now: Timestamp,
    ) -> Result<Tokens, Failure> {
        let AuthResult { access_token: access, id_token: id, .. } = result;
        let token = self.verifier.verify(access.expose_secret(), now).await;
        let token = token.map_err(|refusal| {
            tracing::error!(%refusal, "Cognito's own token is not believed: look at the settings");
            let away = refusal == Refusal::KeysUnavailable;
            failure(INITIATE_AUTH, if away { Kind::Away } else { Kind::Unexpected }, None)
        })?;
        let of_it = token.session_id().zip(Timestamp::from_second(token.expires_at()).ok());
        let (session_id, expires_at) =
            of_it.ok_or_else(|| failure(INITIATE_AUTH, Kind::Unexpected, None))?;
        Ok(Tokens {
            user_id: token.user_id(),
            session_id,
            roles: token.roles().clone(),
            access,
            id,
            expires_at,
        })
    }
}

/// Believes the access tokens of the pool, for the client's id.
pub(super) fn believer(issuer: TokenIssuer) -> Result<TokenVerifier, StartError> {
    // A token is looked at once here, so hardly any is remembered; who has ended is asked of the database.
    let settings = VerifierSettings { remembered_tokens: 100, ..VerifierSettings::default() };
    let issuers = TokenIssuers::try_from(vec![issuer])?;
    Ok(TokenVerifier::new(&issuers, Arc::new(Revocations::new(0)), settings)?)
}

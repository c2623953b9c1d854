//! Issues and reads the tokens that members carry, by the keys that hold now.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use aws_lc_rs::error::Unspecified;
use chassis::StartError;
use identity::Roles;
use identity::access::{AccessTokenIssuer, Revocations, TokenVerifier};
use identity::keys::{JwkSet, SigningKey, SigningKeys};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use crate::config::{ACCESS_TOKEN_LIFETIME, Config};
use crate::domain::cognito_sessions::Grants;
use crate::domain::erasures::Receipt;
use crate::domain::keys::{Key, Standing, only};
use crate::domain::roles::MEMBER;
use crate::domain::seals::Seals;
use crate::domain::sessions::{RefreshKeys, RefreshToken, Session};
use crate::domain::users::User;
use crate::error::Error;
use crate::metrics::SIGNING_KEY_FROM;
use crate::provider::cognito;

/// Issues and reads tokens. Until it has been told the keys once, it can do neither.
pub(crate) struct Tokens {
    issuer: String,
    audience: String,
    own: SigningKeys,
    seals: Seals,
    refresh: RefreshKeys,
    /// Seals what Cognito's sessions are renewed with.
    pub(crate) grants: Grants,
    ring: ArcSwapOption<Ring>,
}

/// The keys that hold now.
pub(crate) struct Ring {
    standings: Vec<(String, Standing)>,
    issuer: AccessTokenIssuer,
    /// Believes what we issued; for services that ask.
    pub(crate) verifier: TokenVerifier,
    /// The public keys, as they are served.
    pub(crate) jwks: chassis::Document,
}

/// The tokens as a member receives them.
pub(crate) struct TokenPair {
    pub(crate) access: SecretString,
    pub(crate) refresh: String,
    /// Of Cognito's members.
    pub(crate) id: Option<SecretString>,
    pub(crate) expires_in: i64,
}

impl Tokens {
    pub(crate) fn new(config: &Config) -> Result<Self, StartError> {
        let own = SigningKeys::from_pem(&config.jwt_secret)
            .map_err(|error| format!("setting JWT_SECRET: {error}"))?;
        let seals = Seals::derive(&config.jwt_secret, b"damacorch signing keys")
            .map_err(|Unspecified| "no key can be derived from JWT_SECRET")?;
        Ok(Tokens {
            issuer: config.token_issuer.clone(),
            audience: config.token_audience.clone(),
            own,
            seals,
            refresh: RefreshKeys::derive(&config.jwt_secret),
            grants: Grants::derive(&config.jwt_secret).map_err(|_| "setting JWT_SECRET: no key")?,
            ring: ArcSwapOption::empty(),
        })
    }

    /// The keys of `JWT_SECRET`.
    pub(crate) fn own(&self) -> impl Iterator<Item = &SigningKey> {
        self.own.iter()
    }

    /// A new key, its private half sealed.
    pub(crate) fn generate(&self) -> Result<(SigningKey, Vec<u8>), Error> {
        let pem = SigningKey::generate_pem().map_err(Error::internal)?;
        let key = SigningKey::from_pem(&pem).map_err(Error::internal)?;
        let sealed = self.seals.seal(pem.expose_secret().as_bytes(), key.kid().as_bytes());
        Ok((key, sealed.map_err(Error::internal)?))
    }

    /// Takes over what now holds.
    pub(crate) fn hold(&self, keys: &[Key], now: Timestamp) -> Result<(), Error> {
        let standings: Vec<_> =
            keys.iter().map(|key| (key.kid.clone(), key.standing(keys, now))).collect();
        if self.ring.load().as_ref().is_some_and(|ring| ring.standings == standings) {
            return Ok(());
        }
        let signing = only(keys, Standing::Signing, now);
        let Some((signing, private)) = signing.and_then(|key| Some((key, self.private(key)?)))
        else {
            // What the key before it would sign is soon refused.
            self.ring.store(None);
            return Err(Error::NoSigningKey);
        };
        let published = keys.iter().zip(&standings).filter(|(_, (_, how))| how.is_published());
        let jwks = JwkSet { keys: published.map(|(key, _)| key.public.clone()).collect() };
        let (issuer, audience) = (&self.issuer, &self.audience);
        let none_revoked = Arc::new(Revocations::new(0));
        tracing::info!(kid = signing.kid, published = jwks.keys.len(), "these keys hold now");
        SIGNING_KEY_FROM.set(signing.signs_from.map_or(0, |from| from.as_second()));
        let ring = Ring {
            standings,
            issuer: AccessTokenIssuer::new(issuer, audience, private, ACCESS_TOKEN_LIFETIME),
            jwks: chassis::Document::json(&jwks)?.cached_for(300),
            verifier: TokenVerifier::own(issuer, audience, jwks, none_revoked),
        };
        self.ring.store(Some(Arc::new(ring)));
        Ok(())
    }

    fn private(&self, key: &Key) -> Option<SigningKey> {
        let Some(sealed) = &key.sealed else {
            return self.own.iter().find(|own| own.kid() == key.kid).cloned();
        };
        let pem = String::from_utf8(self.seals.open(sealed, key.kid.as_bytes())?).ok()?;
        SigningKey::from_pem(&pem.into()).ok()
    }

    /// The keys that hold now.
    pub(crate) fn ring(&self) -> Result<Arc<Ring>, Error> {
        self.ring.load_full().ok_or(Error::NoSigningKey)
    }

    /// Tokens for a session that is Cognito's too: its own access token, where that says what ours would say. Roles that
    /// are none of the pool's groups, and sessions of clients that give each token another id, take one of ours.
    pub(crate) fn issue_beside(
        &self,
        theirs: cognito::Tokens,
        user: &User,
        session: &Session,
        now: Timestamp,
    ) -> Result<TokenPair, Error> {
        let roles = user.roles.iter().map(String::as_str).chain(theirs.roles.iter()).collect();
        let mut pair = self.issue_as(user, session, &roles, now)?;
        let mut ours = user.roles.iter().filter(|role| *role != MEMBER);
        if theirs.session_id == session.id && ours.all(|role| theirs.roles.has(role)) {
            pair.expires_in = theirs.expires_at.as_second() - now.as_second();
            pair.access = theirs.access;
        }
        pair.id = theirs.id;
        Ok(pair)
    }

    /// Tokens for a session.
    pub(crate) fn issue(
        &self,
        user: &User,
        session: &Session,
        now: Timestamp,
    ) -> Result<TokenPair, Error> {
        let roles = user.roles.iter().map(String::as_str).collect();
        self.issue_as(user, session, &roles, now)
    }

    fn issue_as(
        &self,
        user: &User,
        session: &Session,
        roles: &Roles,
        now: Timestamp,
    ) -> Result<TokenPair, Error> {
        let access = self.ring()?.issuer.issue(user.id, session.id, roles, now);
        let refresh = RefreshToken { session_id: session.id, generation: session.generation };
        Ok(TokenPair {
            access: access.map_err(Error::internal)?.token,
            refresh: self.refresh.token(refresh),
            id: None,
            expires_in: ACCESS_TOKEN_LIFETIME.as_secs(),
        })
    }

    /// The receipt of an erasure: signed like a token, and none.
    pub(crate) fn receipt(&self, receipt: &Receipt<'_>) -> Result<String, Error> {
        self.ring()?.issuer.attest("erasure-receipt", receipt).map_err(Error::internal)
    }

    /// What a refresh token says.
    pub(crate) fn read_refresh(&self, token: &str) -> Option<RefreshToken> {
        self.refresh.read(token)
    }
}

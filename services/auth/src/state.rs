//! What the handlers work with.

use std::collections::BTreeMap;
use std::sync::Arc;

use chassis::{Clock, StartError, Startup, WithPool};
use client::Client;
use identity::Roles;
use identity::access::{AccessTokenIssuer, Revocations, TokenVerifier};
use identity::keys::SigningKeys;
use jiff::Timestamp;
use pg::Pool;
use secrecy::SecretString;

use crate::config::{ACCESS_TOKEN_LIFETIME, Config};
use crate::domain::cognito_sessions::Grants;
use crate::domain::erasures::Receipt;
use crate::domain::mail_tokens::MailKeys;
use crate::domain::roles::MEMBER;
use crate::domain::sessions::{RefreshKeys, RefreshToken, Session};
use crate::domain::users::User;
use crate::error::Error;
use crate::provider::OwnAccounts;
use crate::provider::cognito::{self, Cognito, CognitoSettings};

/// Pool, clock, and who signs.
#[derive(Clone)]
pub struct State {
    pub(crate) pool: Pool,
    pub(crate) clock: Clock,
    pub(crate) passwords: Arc<OwnAccounts>,
    /// Where it is on, new members' passwords are Cognito's.
    pub(crate) cognito: Option<Arc<Cognito>>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) holders: Arc<Holders>,
    pub(crate) mail_keys: Arc<MailKeys>,
}

/// The other services that hold something of members, by name.
pub(crate) type Holders = BTreeMap<&'static str, Client>;

impl State {
    pub(crate) fn new(startup: &Startup, config: &Config) -> Result<Self, StartError> {
        let (pool, clock) = (startup.pool.clone(), startup.clock.clone());
        let passwords = Arc::new(OwnAccounts::new(config.hash_concurrency)?);
        let cognito = CognitoSettings::of(config)?.map(Cognito::new).transpose()?.map(Arc::new);
        let tokens = Arc::new(Tokens::new(config)?);
        let holders = [
            ("catalog", &config.catalog_base_url),
            ("analysis", &config.analysis_base_url),
            ("quest", &config.quest_base_url),
        ];
        let client = |(name, base_url): (&'static str, &String)| {
            Ok((name, Client::new(name, base_url, startup.proof(name))?))
        };
        let holders: Result<_, StartError> = holders.into_iter().map(client).collect();
        let holders = Arc::new(holders?);
        let mail_keys = Arc::new(MailKeys::derive(&config.jwt_secret));
        Ok(State { pool, clock, passwords, cognito, tokens, holders, mail_keys })
    }
}

impl WithPool for State {
    fn with_pool(&self, pool: Pool) -> Self {
        State { pool, ..self.clone() }
    }
}

/// Issues and reads the tokens that members carry.
pub(crate) struct Tokens {
    issuer: AccessTokenIssuer,
    refresh: RefreshKeys,
    /// Seals what Cognito's sessions are renewed with.
    pub(crate) grants: Grants,
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
    fn new(config: &Config) -> Result<Self, StartError> {
        let keys = SigningKeys::from_pem(&config.jwt_secret)
            .map_err(|error| format!("setting JWT_SECRET: {error}"))?;
        let (issuer, audience) = (&config.token_issuer, &config.token_audience);
        let revocations = Arc::new(Revocations::new(0));
        Ok(Tokens {
            issuer: AccessTokenIssuer::new(
                issuer,
                audience,
                keys.signing().clone(),
                ACCESS_TOKEN_LIFETIME,
            ),
            refresh: RefreshKeys::derive(&config.jwt_secret),
            grants: Grants::derive(&config.jwt_secret).map_err(|_| "setting JWT_SECRET: no key")?,
            verifier: TokenVerifier::own(issuer, audience, keys.jwks(), revocations),
            jwks: chassis::Document::json(&keys.jwks())?.cached_for(300),
        })
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
        let access = self.issuer.issue(user.id, session.id, roles, now).map_err(Error::internal)?;
        let refresh = RefreshToken { session_id: session.id, generation: session.generation };
        Ok(TokenPair {
            access: access.token,
            refresh: self.refresh.token(refresh),
            id: None,
            expires_in: ACCESS_TOKEN_LIFETIME.as_secs(),
        })
    }

    /// The receipt of an erasure: signed like a token, and none.
    pub(crate) fn receipt(&self, receipt: &Receipt<'_>) -> Result<String, Error> {
        self.issuer.attest("erasure-receipt", receipt).map_err(Error::internal)
    }

    /// What a refresh token says.
    pub(crate) fn read_refresh(&self, token: &str) -> Option<RefreshToken> {
        self.refresh.read(token)
    }
}

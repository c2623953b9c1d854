//! The one client of OAuth 2 (authorization code with PKCE), for every channel whose row says where its provider is.

mod answer;
mod http;
mod requests;

use std::collections::BTreeMap;

use client::ProviderClient;
use jiff::Timestamp;
use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
};
use oauth2::url::ParseError;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RefreshToken, RequestTokenError,
    StandardRevocableToken, TokenUrl,
};
use reqwest::StatusCode;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use self::answer::Answer;
use self::http::{NoAnswer, send};
use crate::config::{OAuthClient, OAuthClients};
use crate::domain::grants::{ClientAuth, Grant, Provider, RevocationWay, Secrets};
use crate::error::Error;

type Client = oauth2::Client<
    BasicErrorResponse,
    Answer,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Who we are at which provider, and how they are asked.
pub(crate) struct OAuth {
    clients: BTreeMap<String, OAuthClient>,
    providers: ProviderClient,
    pages_url: String,
}

/// A round that begins.
pub(crate) struct Begun {
    /// Where the member goes.
    pub(crate) url: Url,
    pub(crate) state: String,
    pub(crate) verifier: String,
}

/// Why a token was not renewed or given back.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The token is worth nothing (any more).
    #[error("the provider takes the token no more")]
    Worthless,
    /// We ask too much.
    #[error("the provider wants to be left alone")]
    Limited(Timestamp),
    /// Nobody answers, or with an error that passes.
    #[error("the provider is away: {0}")]
    Away(&'static str),
}

impl OAuth {
    pub(crate) fn new(clients: OAuthClients, pages_url: &str) -> Result<Self, reqwest::Error> {
        let pages_url = pages_url.trim_end_matches('/').to_owned();
        Ok(OAuth { clients: clients.0, providers: ProviderClient::new()?, pages_url })
    }

    /// Whether a channel's provider knows us.
    pub(crate) fn is_available(&self, channel: &str) -> bool {
        self.clients.contains_key(channel)
    }

    /// The secret that a channel's provider shares with us.
    pub(crate) fn secret(&self, channel: &str) -> Option<&SecretString> {
        self.clients.get(channel).map(|client| &client.client_secret)
    }

    /// Where to send the member, and what to remember until they come back.
    pub(crate) fn begin(&self, channel: &str, provider: &Provider) -> Result<Begun, Error> {
        let (client, _) = self.client(channel, provider)?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let mut way = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge);
        if !provider.scopes.is_empty() {
            way = way.add_extra_param("scope", provider.scopes.join(&provider.scope_separator));
        }
        let (url, state) = way.url();
        Ok(Begun { url, state: state.into_secret(), verifier: verifier.into_secret() })
    }

    /// What the member has granted, for the code that they came back with.
    pub(crate) async fn finish(
        &self,
        channel: &str,
        provider: &Provider,
        (code, verifier): (String, String),
        now: Timestamp,
    ) -> Result<Grant, Error> {
        let (client, own) = self.client(channel, provider)?;
        let request = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier));
        let answer = request.request_async(&|request| send(&self.providers, request, now)).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::Request(error) => away(channel, &error.to_string()),
            // Its words are for developers, and some repeat the code.
            _ => Error::ProviderRefused,
        })?;
        let grant = answer.into_grant(provider, None, now);
        let Some(url) = &provider.exchange_url else {
            return Ok(grant);
        };
        let exchanged = self.prolong(url, Some(own), &grant, now).await;
        exchanged.map_err(|error| away(channel, &error.to_string()))
    }

    /// A grant that lives longer than the one that was given.
    pub(crate) async fn renew(
        &self,
        channel: &str,
        provider: &Provider,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Grant, Refusal> {
        if let Some(url) = &provider.refresh_url {
            return self.prolong(url, None, grant, now).await;
        }
        let refresh_token = grant.secrets.refresh_token.clone().ok_or(Refusal::Worthless)?;
        let refresh_token = RefreshToken::new(refresh_token);
        let (client, _) =
            self.client(channel, provider).map_err(|_| Refusal::Away("unknown there"))?;
        let request = client.exchange_refresh_token(&refresh_token);
        let answer = request.request_async(&|request| send(&self.providers, request, now)).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(refused) => answer::meaning(refused.error().as_ref()),
            RequestTokenError::Parse(_, body) => answer::meaning_of(&body, now),
            RequestTokenError::Request(error) => error.into(),
            RequestTokenError::Other(_) => Refusal::Away("its answer is of no use"),
        })?;
        // Many say the refresh token once, and mean it to stay.
        Ok(answer.into_grant(provider, Some(grant), now))
    }

    /// Gives a token back. One that is worth nothing any more need not be.
    pub(crate) async fn revoke(
        &self,
        channel: &str,
        provider: &Provider,
        secrets: &Secrets,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let Some(revocation) = &provider.revocation else {
            return Ok(());
        };
        let own = self.clients.get(channel).ok_or(Refusal::Away("unknown there"))?;
        let request = match revocation.how {
            RevocationWay::Token => {
                requests::revocation(&revocation.url, provider.client_auth, own, secrets)
            }
            RevocationWay::Bearer => requests::bearer(&revocation.url, secrets),
            RevocationWay::Grant => requests::deletion(&revocation.url, own, secrets),
        };
        let answer = send(&self.providers, request.map_err(NoAnswer::from)?, now).await?;
        match answer.status() {
            status if status.is_success() => Ok(()),
            // RFC 7009 answers 200 for a token that is worth nothing; others say so.
            StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                match answer::meaning_of(answer.body(), now) {
                    Refusal::Worthless => Ok(()),
                    refusal => Err(refusal),
                }
            }
            _ => Err(Refusal::Away("it refuses")),
        }
    }

    /// Meta's way: a token is exchanged for one that lives for two months, and that one for another, by GET.
    async fn prolong(
        &self,
        url: &Url,
        own: Option<&OAuthClient>,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Grant, Refusal> {
        let request = requests::prolongation(url, own, &grant.secrets).map_err(NoAnswer::from)?;
        let answer = send(&self.providers, request, now).await?;
        if !answer.status().is_success() {
            return Err(answer::meaning_of(answer.body(), now));
        }
        let answer: Answer = serde_json::from_slice(answer.body())
            .map_err(|_| Refusal::Away("its answer is of no use"))?;
        Ok(answer.into_prolonged(grant, now))
    }

    fn client(&self, channel: &str, provider: &Provider) -> Result<(Client, &OAuthClient), Error> {
        let own = self.clients.get(channel).ok_or(Error::ChannelUnavailable)?;
        let wrong = |error: ParseError| Error::Internal(error.into());
        let client = oauth2::Client::new(ClientId::new(own.client_id.clone()))
            .set_client_secret(ClientSecret::new(own.client_secret.expose_secret().to_owned()))
            .set_auth_type(match provider.client_auth {
                ClientAuth::Basic => AuthType::BasicAuth,
                ClientAuth::Body => AuthType::RequestBody,
            })
            .set_auth_uri(AuthUrl::new(provider.authorize_url.clone()).map_err(wrong)?)
            .set_token_uri(TokenUrl::new(provider.token_url.clone()).map_err(wrong)?)
            .set_redirect_uri(
                RedirectUrl::new(format!("{}/sns/{channel}", self.pages_url)).map_err(wrong)?,
            );
        Ok((client, own))
    }
}

fn away(channel: &str, why: &str) -> Error {
    tracing::warn!(channel, why, "a provider is away");
    Error::ProviderAway
}

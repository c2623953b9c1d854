//! One provider: what it says of itself, the way to it, and who it says has come back.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use client::ProviderClient;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdToken, CoreIdTokenClaims, CoreJwsSigningAlgorithm,
    CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope,
    SignatureVerificationError, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use url::Url;

use super::SocialProvider;
use crate::domain::social::{Person, Round};
use crate::error::Error;

/// How long what a provider says of itself, its keys among it, is taken for true without asking again.
const FRESH: Duration = Duration::from_secs(60 * 60);
/// How long nothing is asked again after an attempt.
const PAUSE: Duration = Duration::from_secs(5);
/// How long all the talk at the end of a round may take.
const DEADLINE: Duration = Duration::from_secs(8);

/// With which keys a provider may sign: never with the secret that it shares with us.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 4] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider of accounts.
pub(crate) struct Provider {
    name: String,
    issuer: IssuerUrl,
    client_id: ClientId,
    client_secret: SecretString,
    callback: RedirectUrl,
    http: ProviderClient,
    known: Mutex<Known>,
}

/// What a provider says of somebody, in the ID token or to who asks for more.
#[derive(Deserialize)]
struct Told {
    sub: String,
    email: Option<String>,
    email_verified: Option<bool>,
    name: Option<String>,
    locale: Option<String>,
}

impl Told {
    fn of(claims: &impl Serialize) -> Result<Self, Error> {
        Ok(serde_json::from_value(serde_json::to_value(claims)?)?)
    }
}

/// What a provider has said of itself.
#[derive(Default)]
struct Known {
    metadata: Option<Arc<CoreProviderMetadata>>,
    fetched_at: Option<Instant>,
    asked_at: Option<Instant>,
}

impl Provider {
    pub(super) fn new(
        named: &SocialProvider,
        callback: String,
        http: ProviderClient,
    ) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        Ok(Provider {
            name: named.name.clone(),
            issuer: IssuerUrl::new(named.issuer.clone())?,
            client_id: ClientId::new(named.client_id.clone()),
            client_secret: named.client_secret.clone(),
            callback: RedirectUrl::new(callback)?,
            http,
            known: Mutex::default(),
        })
    }

    /// Its own name for itself.
    pub(crate) fn issuer(&self) -> &str {
        self.issuer.as_str()
    }

    /// Where to send the browser, and what to remember until it comes back: state, nonce, and the verifier of PKCE.
    pub(crate) async fn begin(&self) -> Result<(Url, [String; 3]), Error> {
        let client = self.client(&*self.metadata(false).await?);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let way = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scopes(["email", "profile"].map(|scope| Scope::new(scope.to_owned())))
            .set_pkce_challenge(challenge);
        let (url, state, nonce) = way.url();
        Ok((url, [state.into_secret(), nonce.secret().clone(), verifier.into_secret()]))
    }

    /// Who has come back with this code.
    pub(crate) async fn finish(&self, round: &Round, code: String) -> Result<Person, Error> {
        let done = timeout(DEADLINE, self.exchange(round, code)).await;
        done.unwrap_or_else(|_late| Err(self.away("it is late")))
    }

    async fn exchange(&self, round: &Round, code: String) -> Result<Person, Error> {
        let mut client = self.client(&*self.metadata(false).await?);
        let http = |request| self.http.send(request);
        let verifier = PkceCodeVerifier::new(round.pkce_verifier.clone());
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|_| self.away("it names no token endpoint"))?;
        let answer = request.set_pkce_verifier(verifier).request_async(&http).await;
        let answer = answer.map_err(|error| match error {
            RequestTokenError::ServerResponse(_) => Error::ProviderRefused,
            RequestTokenError::Request(error) => self.away(&error.to_string()),
            RequestTokenError::Parse(..) | RequestTokenError::Other(_) => {
                self.away("its answer is of no use")
            }
        })?;
        let id_token = answer.id_token().ok_or_else(|| self.unbelievable("no ID token"))?;
        let nonce = Nonce::new(round.nonce.clone());
        let is_unknown_key = |error: &ClaimsVerificationError| {
            let unknown = SignatureVerificationError::NoMatchingKey;
            *error == ClaimsVerificationError::SignatureVerification(unknown)
        };
        // It may have a new key since we asked.
        if verify(&client, id_token, &nonce).is_err_and(|error| is_unknown_key(&error)) {
            client = self.client(&*self.metadata(true).await?);
        }
        let claims = verify(&client, id_token, &nonce);
        let claims = claims.map_err(|error| self.unbelievable(label(&error)))?;
        let told = Told::of(claims)?;
        if told.email.is_some() {
            return Ok(self.person(told));
        }
        // What a provider does not write into the ID token it tells who has the access token.
        let (token, subject) = (answer.access_token().clone(), claims.subject().clone());
        let Ok(request) = client.user_info(token, Some(subject)) else {
            return Ok(self.person(told));
        };
        let told = request.request_async(&http).await;
        let told: CoreUserInfoClaims = told.map_err(|_| self.unbelievable("user info"))?;
        Ok(self.person(Told::of(&told)?))
    }

    fn person(&self, told: Told) -> Person {
        let is_address = |email: &String| email.len() <= 255 && email.contains('@');
        let is_verified = told.email_verified == Some(true);
        Person {
            issuer: self.issuer().to_owned(),
            subject: told.sub,
            verified_email: told.email.filter(|email| is_verified && is_address(email)),
            name: told.name,
            locale: told.locale,
        }
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let secret = ClientSecret::new(self.client_secret.expose_secret().to_owned());
        let id = self.client_id.clone();
        CoreClient::from_provider_metadata(metadata.clone(), id, Some(secret))
            .set_redirect_uri(self.callback.clone())
    }

    /// What the provider says of itself: remembered, asked anew when it is old or when `anew`, and old if need be.
    async fn metadata(&self, anew: bool) -> Result<Arc<CoreProviderMetadata>, Error> {
        let mut known = self.known.lock().await;
        let is_fresh = known.fetched_at.is_some_and(|at| at.elapsed() < FRESH) && !anew;
        if !is_fresh && known.asked_at.is_none_or(|at| at.elapsed() > PAUSE) {
            let http = |request| self.http.send(request);
            match CoreProviderMetadata::discover_async(self.issuer.clone(), &http).await {
                Ok(metadata) => {
                    known.metadata = Some(Arc::new(metadata));
                    known.fetched_at = Some(Instant::now());
                }
                Err(error) => drop(self.away(&error.to_string())),
            }
            known.asked_at = Some(Instant::now());
        }
        known.metadata.clone().ok_or(Error::ProviderAway)
    }

    fn away(&self, why: &str) -> Error {
        tracing::warn!(provider = self.name, why, "a provider of accounts is away");
        Error::ProviderAway
    }

    fn unbelievable(&self, why: &str) -> Error {
        tracing::warn!(provider = self.name, why, "a provider's word is not believed");
        Error::ProviderUnbelievable
    }
}

fn verify<'t>(
    client: &Client,
    id_token: &'t CoreIdToken,
    nonce: &Nonce,
) -> Result<&'t CoreIdTokenClaims, ClaimsVerificationError> {
    id_token.claims(&client.id_token_verifier().set_allowed_algs(ALGORITHMS), nonce)
}

/// What is wrong with an ID token, in a word: the library's own say what stands in it.
fn label(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "expired",
        ClaimsVerificationError::InvalidAudience(_) => "audience",
        ClaimsVerificationError::InvalidIssuer(_) => "issuer",
        ClaimsVerificationError::InvalidNonce(_) => "nonce",
        ClaimsVerificationError::SignatureVerification(_) => "signature",
        _ => "claims",
    }
}

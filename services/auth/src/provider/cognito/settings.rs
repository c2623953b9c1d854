//! Which pool, by which client, and where it is.

use chassis::StartError;
use identity::access::TokenIssuer;
use secrecy::SecretString;
use url::Url;

use crate::config::Config;

/// A user pool, and where to ask it.
pub(crate) struct CognitoSettings {
    pub(crate) endpoint: Url,
    pub(crate) concurrency: usize,
    /// Of the pool's tokens; the audience is the client's id.
    pub(crate) issuer: TokenIssuer,
    pub(crate) client_secret: Option<SecretString>,
}

impl CognitoSettings {
    /// None where no pool is named: then we hold all passwords ourselves.
    pub(crate) fn of(config: &Config) -> Result<Option<Self>, StartError> {
        let Some(pool) = &config.cognito_user_pool_id else {
            return match &config.cognito_client_id {
                Some(_) => {
                    Err("setting COGNITO_USER_POOL_ID is missing beside COGNITO_CLIENT_ID".into())
                }
                None => Ok(None),
            };
        };
        let needed = |name: &str, value: &Option<String>| {
            value
                .clone()
                .ok_or_else(|| format!("setting {name} is missing beside COGNITO_USER_POOL_ID"))
        };
        let region = needed("COGNITO_REGION", &config.cognito_region)?;
        let client_id = needed("COGNITO_CLIENT_ID", &config.cognito_client_id)?;
        let host = format!("https://cognito-idp.{region}.amazonaws.com");
        let name = config.cognito_issuer.clone().unwrap_or_else(|| format!("{host}/{pool}"));
        let url = |given: &Option<Url>, usual: String| match given {
            Some(url) => Ok(url.clone()),
            None => Url::parse(&usual),
        };
        let keys = format!("{name}/.well-known/jwks.json");
        let issuer = TokenIssuer {
            jwks_url: url(&config.cognito_jwks_url, keys)
                .map_err(|error| format!("setting COGNITO_JWKS_URL: {error}"))?,
            audience: client_id,
            issuer: name,
        };
        Ok(Some(CognitoSettings {
            endpoint: url(&config.cognito_endpoint, host)
                .map_err(|error| format!("setting COGNITO_ENDPOINT: {error}"))?,
            concurrency: config.cognito_concurrency,
            issuer,
            client_secret: config.cognito_client_secret.clone(),
        }))
    }
}

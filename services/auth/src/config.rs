//! The settings of auth. Secrets cannot be printed.

use std::path::PathBuf;

use chassis::settings::list;
use jiff::SignedDuration;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::social::SocialProviders;

/// What auth needs to know, beside what every service does.
#[derive(Clone, Debug, Deserialize)]
pub struct Config {
    /// `JWT_SECRET`: one or more private keys in PEM. What auth keeps secret is derived from them; the first is also the
    /// first key that signs.
    pub jwt_secret: SecretString,
    /// `TOKEN_ISSUER`: the `iss` of our tokens, which gateways find among their issuers.
    #[serde(default = "issuer")]
    pub token_issuer: String,
    /// `TOKEN_AUDIENCE`: the `aud` of our tokens.
    #[serde(default = "audience")]
    pub token_audience: String,
    /// `HASH_CONCURRENCY`: how many passwords are hashed at once, 19 MiB each.
    #[serde(default = "hash_concurrency")]
    pub hash_concurrency: usize,
    /// `CATALOG_BASE_URL`, `ANALYSIS_BASE_URL`, `QUEST_BASE_URL`, `SNS_BASE_URL`: whoever holds something of members, and so has a part of
    /// an export.
    pub catalog_base_url: String,
    /// See above.
    pub analysis_base_url: String,
    /// See above.
    pub quest_base_url: String,
    /// See above.
    pub sns_base_url: String,
    /// `ERASURE_RETRY`: after how many seconds an erasure that was not confirmed is asked for again the first time.
    #[serde(default = "erasure_retry")]
    pub erasure_retry: u64,
    /// `SMTP_URL`: by which mail leaves, `smtps://user:password@host` or `smtp://…?tls=required`.
    pub smtp_url: Option<SecretString>,
    /// `MAIL_FOLDER`: in its place a folder, for development.
    pub mail_folder: Option<PathBuf>,
    /// `MAIL_FROM`: who writes, `damacorch <no-reply@example.com>`.
    pub mail_from: Option<String>,
    /// `PAGES_URL`: where the pages are that mails point to.
    pub pages_url: Option<Url>,
    /// `PUBLIC_URL`: where we are found from outside, and providers send the browser back to.
    #[serde(default = "public_url")]
    pub public_url: String,
    /// `SOCIAL_PROVIDERS`: with whose accounts members may sign in.
    #[serde(default)]
    pub social_providers: SocialProviders,
    /// `SOCIAL_RETURN_URLS`: pages and apps that may take over after that, letter by letter.
    #[serde(default, deserialize_with = "list")]
    pub social_return_urls: Vec<String>,
    /// `COGNITO_USER_POOL_ID`: new members' passwords are held by this pool of Amazon Cognito. Unset, by us.
    pub cognito_user_pool_id: Option<String>,
    /// `COGNITO_REGION`: where the pool is, such as `ap-northeast-2`.
    pub cognito_region: Option<String>,
    /// `COGNITO_CLIENT_ID`: the pool's app client that we are.
    pub cognito_client_id: Option<String>,
    /// `COGNITO_CLIENT_SECRET`: its secret, where it has one.
    pub cognito_client_secret: Option<SecretString>,
    /// `COGNITO_ISSUER`: the `iss` of the pool's tokens, where it is not the usual one.
    pub cognito_issuer: Option<String>,
    /// `COGNITO_JWKS_URL`: where its public keys are, where that is not below the issuer.
    pub cognito_jwks_url: Option<Url>,
    /// `COGNITO_ENDPOINT`: where it is asked, where that is not the region's.
    pub cognito_endpoint: Option<Url>,
    /// `COGNITO_CONCURRENCY`: how many calls to it run at once.
    #[serde(default = "cognito_concurrency")]
    pub cognito_concurrency: usize,
}

/// How long an access token lives.
pub(crate) const ACCESS_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_mins(10);
/// How long an ended session is told of. A refresh at the same moment, on a machine whose clock is ahead, may have issued
/// an access token a little later than the session ended.
pub(crate) const REVOCATION_LIFETIME: SignedDuration = SignedDuration::from_mins(11);
/// How long a refresh token lives, and with it a session that is not used.
pub(crate) const REFRESH_TOKEN_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

fn public_url() -> String {
    "http://localhost:8000".to_owned()
}

fn issuer() -> String {
    "http://localhost:8000".to_owned()
}

fn audience() -> String {
    "damacorch".to_owned()
}

fn hash_concurrency() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get().div_ceil(2))
}

fn erasure_retry() -> u64 {
    600
}

fn cognito_concurrency() -> usize {
    32
}

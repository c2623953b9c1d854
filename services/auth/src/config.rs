//! The settings of auth. Secrets cannot be printed.

use std::path::PathBuf;

use chassis::settings::{Secret, list};
use jiff::SignedDuration;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::social::SocialProviders;

/// What auth needs to know, beside what every service does.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct Config {
    /// One or more private keys in PEM. What auth keeps secret is derived from them; the first is also the
    /// first key that signs.
    #[schemars(with = "Secret")]
    pub jwt_secret: SecretString,
    /// The `iss` of our tokens, which gateways find among their issuers.
    #[serde(default = "issuer")]
    pub token_issuer: String,
    /// The `aud` of our tokens.
    #[serde(default = "audience")]
    pub token_audience: String,
    /// How many passwords are hashed at once, 19 MiB each.
    #[serde(default = "hash_concurrency")]
    #[schemars(extend("default" = "half the cores"))]
    pub hash_concurrency: usize,
    /// Where catalog is. Whoever holds something of members has a part of an export.
    pub catalog_base_url: String,
    /// Where analysis is.
    pub analysis_base_url: String,
    /// Where quest is.
    pub quest_base_url: String,
    /// Where sns is.
    pub sns_base_url: String,
    /// After how many seconds an erasure that was not confirmed is asked for again the first time.
    #[serde(default = "erasure_retry")]
    pub erasure_retry: u64,
    /// By which mail leaves, `smtps://user:password@host` or `smtp://…?tls=required`.
    #[schemars(with = "Option<Secret>")]
    pub smtp_url: Option<SecretString>,
    /// A folder for mails in place of `SMTP_URL`, for development. With neither, letters wait, and a warning says so.
    pub mail_folder: Option<PathBuf>,
    /// Who writes, `damacorch <no-reply@example.com>`.
    pub mail_from: Option<String>,
    /// Where the pages `/reset-password` and `/verify-email` are that mails point to, with the token behind `#token=`.
    #[schemars(with = "Option<String>")]
    pub pages_url: Option<Url>,
    /// Where we are found from outside, and providers send the browser back to.
    #[serde(default = "public_url")]
    pub public_url: String,
    /// With whose accounts members may sign in: `[{"name": "google", "issuer": "https://…", "client_id": "…", "client_secret": "…"}]`.
    #[serde(default)]
    #[schemars(with = "Secret")]
    pub social_providers: SocialProviders,
    /// Pages and apps that may take over after signing in with such an account, letter by letter.
    #[serde(default, deserialize_with = "list")]
    pub social_return_urls: Vec<String>,
    /// New members' passwords are held by this pool of Amazon Cognito. Unset, by us.
    pub cognito_user_pool_id: Option<String>,
    /// Where the pool is, such as `ap-northeast-2`.
    pub cognito_region: Option<String>,
    /// The pool's app client that we are.
    pub cognito_client_id: Option<String>,
    /// That client's secret, where it has one.
    #[schemars(with = "Option<Secret>")]
    pub cognito_client_secret: Option<SecretString>,
    /// The `iss` of the pool's tokens, where it is not the usual one.
    pub cognito_issuer: Option<String>,
    /// Where its public keys are, where that is not below the issuer.
    #[schemars(with = "Option<String>")]
    pub cognito_jwks_url: Option<Url>,
    /// Where the pool is asked, where that is not the region's.
    #[schemars(with = "Option<String>")]
    pub cognito_endpoint: Option<Url>,
    /// How many calls to Cognito run at once.
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

//! Asking a provider: what says that it is worth trying again is no answer.

use client::ProviderClient;
use jiff::{SignedDuration, Timestamp};
use oauth2::{HttpRequest, HttpResponse, http};
use reqwest::StatusCode;
use reqwest::header::RETRY_AFTER;

use super::Refusal;

/// How long a provider is left alone that does not say for how long.
const UNSAID: i64 = 900;

/// Why a provider gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error(transparent)]
    Nothing(#[from] client::NoAnswer),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("it wants to be left alone")]
    Limited(Timestamp),
    #[error("the question cannot be put")]
    Malformed(#[from] http::Error),
}

impl From<NoAnswer> for Refusal {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Limited(until) => Refusal::Limited(until),
            NoAnswer::Nothing(_) => Refusal::Away("no answer that can be read"),
            NoAnswer::Status(_) => Refusal::Away("an error of its own"),
            NoAnswer::Malformed(_) => Refusal::Away("the question cannot be put"),
        }
    }
}

/// One request and its answer.
pub(super) async fn send(
    providers: &ProviderClient,
    request: HttpRequest,
    now: Timestamp,
) -> Result<HttpResponse, NoAnswer> {
    let answer = providers.send(request).await?;
    match answer.status() {
        StatusCode::TOO_MANY_REQUESTS => {
            let said = answer.headers().get(RETRY_AFTER);
            let said = said.and_then(|value| value.to_str().ok()?.parse().ok());
            let wait = SignedDuration::from_secs(said.unwrap_or(UNSAID).clamp(1, 86_400));
            Err(NoAnswer::Limited(now + wait))
        }
        status if status.is_server_error() => Err(NoAnswer::Status(status)),
        _ => Ok(answer),
    }
}

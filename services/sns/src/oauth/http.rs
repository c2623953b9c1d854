//! Asking a provider: bounded in time and size, and no redirect is followed.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use oauth2::{HttpRequest, HttpResponse, http};
use reqwest::header::RETRY_AFTER;
use reqwest::{StatusCode, redirect};

use super::Refusal;

const TIMEOUT: Duration = Duration::from_secs(3);
const LARGEST_ANSWER_BYTES: usize = 256 * 1024;
/// How long a provider is left alone that does not say for how long.
const UNSAID: i64 = 900;

/// Why a provider gave no answer. What was asked is not repeated: there are secrets among it.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error("no answer")]
    Nothing,
    #[error("it answered more than {LARGEST_ANSWER_BYTES} bytes")]
    TooLarge,
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("it wants to be left alone")]
    Limited(Timestamp),
    #[error("the question cannot be put")]
    Malformed(#[from] http::Error),
}

impl From<reqwest::Error> for NoAnswer {
    fn from(_: reqwest::Error) -> Self {
        NoAnswer::Nothing
    }
}

impl From<NoAnswer> for Refusal {
    fn from(why: NoAnswer) -> Self {
        match why {
            NoAnswer::Limited(until) => Refusal::Limited(until),
            NoAnswer::Nothing => Refusal::Away("no answer"),
            NoAnswer::TooLarge => Refusal::Away("too large an answer"),
            NoAnswer::Status(_) => Refusal::Away("an error of its own"),
            NoAnswer::Malformed(_) => Refusal::Away("the question cannot be put"),
        }
    }
}

/// No idle connection is kept: one would belong to whichever worker's runtime opened it.
pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .timeout(TIMEOUT)
        .build()
}

/// One request and its answer; what says that it is worth trying again is no answer.
pub(super) async fn send(
    http: &reqwest::Client,
    request: HttpRequest,
    now: Timestamp,
) -> Result<HttpResponse, NoAnswer> {
    let mut answer = http.execute(request.try_into()?).await?;
    let status = answer.status();
    if status == StatusCode::TOO_MANY_REQUESTS {
        let said =
            answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let wait = SignedDuration::from_secs(said.unwrap_or(UNSAID).clamp(1, 86_400));
        return Err(NoAnswer::Limited(now + wait));
    }
    if status.is_server_error() {
        return Err(NoAnswer::Status(status));
    }
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ANSWER_BYTES {
            return Err(NoAnswer::TooLarge);
        }
    }
    let mut response = http::Response::builder().status(status);
    if let Some(headers) = response.headers_mut() {
        *headers = std::mem::take(answer.headers_mut());
    }
    Ok(response.body(body)?)
}

//! Asking a provider: bounded in time and size, and no redirect is followed.

use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse, http};
use reqwest::redirect;

const TIMEOUT: Duration = Duration::from_secs(3);
const LARGEST_ANSWER_BYTES: usize = 256 * 1024;

/// Why a provider gave no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error("it answered more than {LARGEST_ANSWER_BYTES} bytes")]
    TooLarge,
    #[error(transparent)]
    Malformed(#[from] http::Error),
}

/// No idle connection is kept: one would belong to whichever worker's runtime opened it.
pub(super) fn client() -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .redirect(redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .timeout(TIMEOUT)
        .build()
}

/// One request and its answer.
pub(super) async fn send(
    http: &reqwest::Client,
    request: HttpRequest,
) -> Result<HttpResponse, NoAnswer> {
    let mut answer = http.execute(request.try_into()?).await?;
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LARGEST_ANSWER_BYTES {
            return Err(NoAnswer::TooLarge);
        }
    }
    let mut response = http::Response::builder().status(answer.status());
    if let Some(headers) = response.headers_mut() {
        *headers = std::mem::take(answer.headers_mut());
    }
    Ok(response.body(body)?)
}

//! Asking somebody else's server in the words of a library that leaves the sending to us (`oauth2`, `openidconnect`).

use std::time::Duration;

use http::{Request, Response};
use reqwest::redirect::Policy;

const TIMEOUT: Duration = Duration::from_secs(3);
const LARGEST_ANSWER_BYTES: usize = 256 * 1024;

/// Sends requests to providers: bounded in time and size. No redirect is followed, which could lead anywhere.
#[derive(Clone, Debug)]
pub struct ProviderClient(reqwest::Client);

/// Why a provider gave no answer. Where it was asked is not repeated: some take secrets in the address.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    /// It could not be asked, or broke off.
    #[error(transparent)]
    Http(reqwest::Error),
    /// It said too much.
    #[error("it answered more than {LARGEST_ANSWER_BYTES} bytes")]
    TooLarge,
    /// The question or the answer is none of HTTP's.
    #[error(transparent)]
    Malformed(#[from] http::Error),
}

impl From<reqwest::Error> for NoAnswer {
    fn from(error: reqwest::Error) -> Self {
        NoAnswer::Http(error.without_url())
    }
}

impl ProviderClient {
    /// A client for all of them.
    pub fn new() -> Result<Self, reqwest::Error> {
        let client = reqwest::Client::builder()
            .redirect(Policy::none())
            // No idle connection is kept: one would belong to whichever worker's runtime opened it.
            .pool_max_idle_per_host(0)
            .timeout(TIMEOUT);
        Ok(ProviderClient(client.build()?))
    }

    /// One request and its answer, whatever its status.
    pub async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, NoAnswer> {
        let mut answer = self.0.execute(request.try_into()?).await?;
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > LARGEST_ANSWER_BYTES {
                return Err(NoAnswer::TooLarge);
            }
        }
        let mut response = Response::builder().status(answer.status());
        if let Some(headers) = response.headers_mut() {
            *headers = std::mem::take(answer.headers_mut());
        }
        Ok(response.body(body)?)
    }
}

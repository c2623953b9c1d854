//! The one client for whatever is fetched on a member's behalf: it asks public addresses only, whatever a name, a
//! redirect or a notation says, and takes no more than a bounded answer in a bounded time.
//!
//! Addresses are judged in two places: a literal in a URL here, before each hop, because literals are never looked up;
//! a name's in [`names`], where the connection takes them from, so that no later look-up can say something else.

mod addresses;
mod body;
mod names;
mod pause;
mod reach;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    ACCEPT_ENCODING, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH,
    LAST_MODIFIED,
};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use body::Body;
#[cfg(test)]
use body::LIMIT as BODY_LIMIT;
use names::Names;
pub(crate) use pause::Pause;
pub(crate) use reach::{Reach, Refused};

/// How long a fetch may take, its redirects and its body included.
const DEADLINE: Duration = Duration::from_secs(10);
const MOST_REDIRECTS: usize = 3;
const USER_AGENT: &str = "damacorch";

/// What tells an answer from the one before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    /// `ETag`.
    pub(crate) etag: Option<String>,
    /// `Last-Modified`, as the server wrote it.
    pub(crate) last_modified: Option<String>,
}

/// What was found.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// What the validators stand for still holds.
    Unchanged,
    /// A page.
    New(Box<Page>),
}

/// An answer of the kind 200.
#[derive(Debug)]
pub(crate) struct Page {
    /// Where it was found in the end: what links are relative to.
    pub(crate) url: Url,
    /// For the next time.
    pub(crate) validators: Validators,
    /// `Link`, `Content-Type` and their like.
    pub(crate) headers: HeaderMap,
    /// At most [`body::LIMIT`] bytes.
    pub(crate) body: Vec<u8>,
}

/// Why there is no page. None of it says which address was asked: that is the member's.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It must not be fetched, now or later.
    #[error("it is not fetched: {0}")]
    Refused(#[from] Refused),
    /// 429 or 503: later.
    #[error("the server asks to wait")]
    Busy(Pause),
    /// Another status that is not a success, and what was said with it.
    #[error("the server answered {status}")]
    Status {
        /// For example 404.
        status: StatusCode,
        /// At most [`body::LIMIT`] bytes.
        body: Vec<u8>,
    },
    /// The body is larger than is read.
    #[error("the answer is larger than 2 MB")]
    TooLarge,
    /// Nobody answered, or not to the end.
    #[error("the server is away: {0}")]
    Away(&'static str),
}

/// The client. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Egress {
    http: Client,
    reach: Arc<Reach>,
}

impl Egress {
    /// A client that goes as far as `reach`.
    ///
    /// # Errors
    /// When the machine's name servers cannot be read or TLS cannot be set up.
    pub(crate) fn new(reach: Reach) -> Result<Self, Box<dyn StdError + Send + Sync>> {
        let reach = Arc::new(reach);
        let hops = reach.clone();
        let follow = move |attempt: Attempt<'_>| {
            if attempt.previous().len() > MOST_REDIRECTS {
                return attempt.error(Refused::Redirects);
            }
            match hops.check(attempt.url()) {
                Ok(()) => attempt.follow(),
                Err(refused) => attempt.error(refused),
            }
        };
        let http = Client::builder()
            .no_proxy()
            .dns_resolver(Arc::new(Names::new(reach.clone())?))
            // A connection for each fetch: some servers close theirs without saying so, and break the next one's.
            .pool_max_idle_per_host(0)
            .redirect(Policy::custom(follow))
            .referer(false)
            .timeout(DEADLINE)
            .user_agent(USER_AGENT)
            .build()?;
        Ok(Egress { http, reach })
    }

    /// Asks for a page that may be known already.
    pub(crate) async fn get(&self, url: &Url, known: &Validators) -> Result<Fetched, Error> {
        let conditions = [(IF_NONE_MATCH, &known.etag), (IF_MODIFIED_SINCE, &known.last_modified)];
        let conditions = conditions.into_iter().filter_map(|(name, value)| {
            Some((name, HeaderValue::from_str(value.as_deref()?).ok()?))
        });
        self.fetch(url, |request| request.headers(conditions.collect())).await
    }

    /// Asks for a page with a member's token, which goes to no other host than `url`'s.
    pub(crate) async fn get_with(&self, url: &Url, token: &SecretString) -> Result<Page, Error> {
        match self.fetch(url, |request| request.bearer_auth(token.expose_secret())).await? {
            Fetched::New(page) => Ok(*page),
            Fetched::Unchanged => Err(Error::Away("it answered a condition that nobody made")),
        }
    }

    async fn fetch(
        &self,
        url: &Url,
        with: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Result<Fetched, Error> {
        self.reach.check(url)?;
        let request = self.http.get(url.clone()).header(ACCEPT_ENCODING, body::PACKED);
        let answer = with(request).send().await.map_err(broken)?;
        match answer.status() {
            StatusCode::NOT_MODIFIED => Ok(Fetched::Unchanged),
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Err(Error::Busy(Pause::asked_in(answer.headers())))
            }
            status if status.is_success() => Ok(Fetched::New(Box::new(Page {
                url: answer.url().clone(),
                validators: Validators::of(answer.headers()),
                headers: answer.headers().clone(),
                body: read(answer).await?,
            }))),
            status => Err(Error::Status { status, body: read(answer).await? }),
        }
    }
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Validators { etag: text(ETAG), last_modified: text(LAST_MODIFIED) }
    }
}

impl Page {
    /// A header's value, where it is text.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The whole body, counted as it is unpacked: what was told beforehand need not be true.
async fn read(mut answer: Response) -> Result<Vec<u8>, Error> {
    let mut body = Body::new(answer.headers());
    while let Some(chunk) = answer.chunk().await.map_err(broken)? {
        body.add(&chunk)?;
    }
    body.finish()
}

/// What a failure means. Its own words name the address, so they go no further.
#[allow(clippy::needless_pass_by_value, reason = "it is what map_err gives")]
fn broken(error: reqwest::Error) -> Error {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(&error);
    while let Some(this) = cause {
        if let Some(refused) = this.downcast_ref::<Refused>() {
            return Error::Refused(*refused);
        }
        cause = this.source();
    }
    if error.is_timeout() {
        Error::Away("no answer in time")
    } else if error.is_connect() {
        Error::Away("no connection")
    } else {
        Error::Away("the answer broke off")
    }
}

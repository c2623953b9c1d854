//! How each kind of channel is read: one page of posts at a time, by the provider's own links.

mod bluesky;
mod feed;
mod listing;
mod mastodon;
mod profile;

use jiff::Timestamp;
use reqwest::StatusCode;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use url::Url;

pub(crate) use bluesky::Network;
pub(crate) use profile::person;

use crate::domain::accounts::Account;
use crate::domain::channels::Kind;
use crate::domain::grants::Listing;
use crate::domain::imports::Hitch;
use crate::domain::limits::limit_in;
use crate::egress::{Egress, Error, Fetched, Page, Validators};
use crate::feeds::Post;

/// Where to read what.
pub(crate) struct Reading<'a> {
    pub(crate) egress: &'a Egress,
    pub(crate) network: &'a Network,
    pub(crate) kind: Kind,
    pub(crate) account: &'a Account,
    /// The page to go on with; none at the beginning.
    pub(crate) cursor: Option<Url>,
    /// Where the account's posts are listed to who has its token.
    pub(crate) listing: Option<(Listing, SecretString)>,
    pub(crate) now: Timestamp,
}

/// A page of posts.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) posts: Vec<Post>,
    /// What the account says of itself.
    pub(crate) about: String,
    /// The next older page.
    pub(crate) next: Option<Url>,
    /// By what it is known that the first page has not changed.
    pub(crate) validators: Validators,
}

impl Reading<'_> {
    /// Reads a page; none where nothing has changed since it was read last.
    pub(crate) async fn read(&self) -> Result<Option<Found>, Hitch> {
        let found = match (self.kind, &self.listing) {
            (Kind::Feed, _) => feed::read(self).await?,
            (Kind::Mastodon, _) => Some(mastodon::read(self).await?),
            (Kind::Bluesky, _) => Some(bluesky::read(self).await?),
            (Kind::OAuth, Some((listing, token))) => {
                Some(listing::read(self, listing, token).await?)
            }
            (Kind::OAuth, None) => return Err(Hitch::ConsentNeeded),
        };
        // A page that names itself as the next one is the last one.
        Ok(found.map(|found| Found {
            next: found.next.filter(|next| self.cursor.as_ref() != Some(next)),
            ..found
        }))
    }

    async fn get(&self, url: &Url) -> Result<Page, Hitch> {
        match self.egress.get(url, &Validators::default()).await {
            Ok(Fetched::New(page)) => Ok(*page),
            Ok(Fetched::Unchanged) => Err(Hitch::Away),
            Err(error) => Err(self.hitch(error)),
        }
    }

    async fn get_json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, Hitch> {
        json(&self.get(url).await?)
    }

    /// What an answer that is none means for the import.
    fn hitch(&self, error: Error) -> Hitch {
        match hitch_of(error, self.kind, self.now) {
            // Its feeds are gone for hours and come back.
            Hitch::NotFound if self.account.channel == "youtube" => Hitch::Away,
            hitch => hitch,
        }
    }
}

fn hitch_of(error: Error, kind: Kind, now: Timestamp) -> Hitch {
    let (status, body) = match error {
        Error::Refused(_) => return Hitch::NotPublic,
        Error::Busy(pause) => return Hitch::Limited(pause.resume_at(now)),
        Error::TooLarge => return Hitch::TooLarge,
        Error::Away(_) => return Hitch::Away,
        Error::Status { status, body } => (status, body),
    };
    if let Some(until) = limit_in(status.as_u16(), &body, now) {
        return Hitch::Limited(until);
    }
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Hitch::NotFound,
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if kind == Kind::OAuth => {
            Hitch::ConsentNeeded
        }
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => Hitch::Away,
        status if status.is_client_error() => Hitch::Refused,
        _ => Hitch::Away,
    }
}

fn json<T: DeserializeOwned>(page: &Page) -> Result<T, Hitch> {
    serde_json::from_slice(&page.body).map_err(|_| Hitch::Unreadable)
}

/// An address below a base that is ours or was told.
fn join(base: &str, path: &str) -> Result<Url, Hitch> {
    Url::parse(base).and_then(|base| base.join(path)).map_err(|_| Hitch::Unreadable)
}

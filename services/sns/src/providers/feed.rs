//! RSS and Atom, by any of their addresses, or by that of a page that names its feed.

use url::Url;

use super::{Found, Reading};
use crate::domain::imports::Hitch;
use crate::egress::{Fetched, Page, Validators};
use crate::feeds::{self, Feed};

pub(super) async fn read(reading: &Reading<'_>) -> Result<Option<Found>, Hitch> {
    let account = reading.account;
    let at_start = || Url::parse(&account.address).map_err(|_| Hitch::Unreadable);
    let url = reading.cursor.clone().map_or_else(at_start, Ok)?;
    let known = match reading.cursor {
        Some(_) => Validators::default(),
        None => {
            Validators { etag: account.etag.clone(), last_modified: account.last_modified.clone() }
        }
    };
    let page = match reading.egress.get(&url, &known).await {
        Ok(Fetched::New(page)) => *page,
        Ok(Fetched::Unchanged) => return Ok(None),
        Err(error) => return Err(reading.hitch(error)),
    };
    let validators = page.validators.clone();
    match parse(page).await? {
        Ok(feed) => Ok(Some(found(feed, validators))),
        // That the page has not changed says nothing of its feed, so none of its validators is kept.
        Err(Some(url)) => {
            let feed = parse(reading.get(&url).await?).await?.map_err(|_| Hitch::Unreadable)?;
            Ok(Some(found(feed, Validators::default())))
        }
        Err(None) => Err(Hitch::Unreadable),
    }
}

fn found(feed: Feed, validators: Validators) -> Found {
    Found { posts: feed.posts, about: feed.about, next: feed.next, validators }
}

/// A feed, or else the feed that the page names. Two megabytes take a while: other work goes on meanwhile.
async fn parse(page: Page) -> Result<Result<Feed, Option<Url>>, Hitch> {
    let parsed = tokio::task::spawn_blocking(move || {
        feeds::read(&page.body, &page.url).map_err(|_not_a_feed| {
            let html = String::from_utf8_lossy(&page.body);
            feeds::alternates(&html, &page.url).into_iter().next().map(|feed| feed.url)
        })
    });
    parsed.await.map_err(|_panicked| Hitch::Unreadable)
}

//! A feed's posts.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::model::{self, Content, Entry, Link, Text};
use feed_rs::parser::Builder;
use jiff::Timestamp;
use url::Url;

use super::html;

/// The most of a post that is read, in bytes: what it is about is said by then.
pub(crate) const TEXT_LIMIT: usize = 20_000;

/// What a feed holds.
#[derive(Debug)]
pub(crate) struct Feed {
    /// In the feed's order; each id once.
    pub(crate) posts: Vec<Post>,
    /// What it says of itself: title and description.
    pub(crate) about: String,
    /// The next older page, where the feed is paged (RFC 5005).
    pub(crate) next: Option<Url>,
}

/// What a member wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    /// The feed's own id of it, else what its address and title make.
    pub(crate) id: String,
    /// Where it can be read.
    pub(crate) url: Option<Url>,
    /// When it was published, else when it was last changed.
    pub(crate) published_at: Option<Timestamp>,
    /// Title and content without markup, at most [`TEXT_LIMIT`] bytes.
    pub(crate) text: String,
}

/// It is no feed, or a broken one. What feed-rs says of it may quote it, so that goes no further.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a feed that can be read")]
pub(crate) struct NotAFeed;

/// Reads a feed that was found at `url`.
pub(crate) fn read(body: &[u8], url: &Url) -> Result<Feed, NotAFeed> {
    let feed = parse(body, url)?;
    let next = feed.links.iter().find(|link| link.rel.as_deref() == Some("next"));
    let next = next.and_then(|link| url.join(&link.href).ok()).filter(|next| next != url);
    let mut about = Parts::default();
    feed.title.iter().chain(&feed.description).for_each(|words| about.add_text(words));
    let mut seen = HashSet::new();
    let posts = feed.entries.into_iter().map(|entry| post(entry, url));
    let posts = posts.filter(|post| !post.id.is_empty() && seen.insert(post.id.clone())).collect();
    Ok(Feed { posts, about: about.0, next })
}

fn parse(body: &[u8], url: &Url) -> Result<model::Feed, NotAFeed> {
    // An entry without an id and a link has no id then, and is left out: a made-up one would double it the next time.
    let parser = Builder::new().base_uri(Some(url)).id_generator(|links, title, _| {
        let (link, title) = (links.first(), title.as_ref());
        let parts = [link.map(|link| &*link.href), title.map(|title| &*title.content)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
    });
    let parser = parser.build();
    // quick-xml 0.42 panics at a declared encoding that its first bytes gainsay. Nothing is shared with what is left behind.
    let parsed = catch_unwind(AssertUnwindSafe(|| parser.parse(body)));
    parsed.map_err(|_| NotAFeed)?.map_err(|_| NotAFeed)
}

fn post(entry: Entry, base: &Url) -> Post {
    let published = entry.published.or(entry.updated);
    let published_at = published.and_then(|at| Timestamp::from_second(at.timestamp()).ok());
    let url = address(&entry.links).and_then(|link| base.join(&link.href).ok());
    let mut text = Parts::default();
    if let Some(title) = &entry.title {
        text.add_text(title);
    }
    match (&entry.content, &entry.summary) {
        (Some(Content { body: Some(body), content_type, .. }), _) => {
            text.add(body, content_type.as_str());
        }
        (_, Some(summary)) => text.add_text(summary),
        // A video's words are beside its media.
        _ => entry.media.iter().filter_map(|media| media.description.as_ref()).for_each(|words| {
            text.add_text(words);
        }),
    }
    Post { id: entry.id, url, published_at, text: text.0 }
}

/// The link to the post itself.
fn address(links: &[Link]) -> Option<&Link> {
    let own = |link: &&Link| matches!(link.rel.as_deref(), None | Some("alternate"));
    links.iter().find(own).or(links.first())
}

/// A text that is put together, within its limit.
#[derive(Default)]
struct Parts(String);

impl Parts {
    fn add_text(&mut self, text: &Text) {
        self.add(&text.content, text.content_type.as_str());
    }

    fn add(&mut self, content: &str, media_type: &str) {
        let left = TEXT_LIMIT - self.0.len();
        match media_type {
            "text/plain" => self.add_plain(&content[..content.floor_char_boundary(left)]),
            _ if media_type.starts_with("text/") || media_type.contains("html") => {
                self.add_plain(&html::text_of(content, left));
            }
            _ => {} // a picture, or the like
        }
    }

    fn add_plain(&mut self, words: &str) {
        if !self.0.is_empty() && self.0.len() < TEXT_LIMIT {
            self.0.push('\n');
        }
        let left = TEXT_LIMIT - self.0.len();
        self.0.push_str(&words[..words.floor_char_boundary(left)]);
    }
}

//! Mastodon's API, which other servers speak too. Public posts need no token, unless a server wants one.

use jiff::Timestamp;
use reqwest::header::LINK;
use serde::Deserialize;
use url::Url;

use super::{Found, Reading, join, json};
use crate::domain::imports::Hitch;
use crate::feeds::{Post, TEXT_LIMIT, text_of};

#[derive(Deserialize)]
struct Profile {
    id: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    #[serde(default)]
    value: String,
}

#[derive(Deserialize)]
struct Status {
    id: String,
    created_at: Option<Timestamp>,
    #[serde(default)]
    spoiler_text: String,
    #[serde(default)]
    content: String,
}

pub(super) async fn read(reading: &Reading<'_>) -> Result<Found, Hitch> {
    let (about, url) = match &reading.cursor {
        Some(next) => (String::new(), next.clone()),
        None => begin(reading).await?,
    };
    let page = reading.get(&url).await?;
    let statuses: Vec<Status> = json(&page)?;
    let next = page.header(&LINK).and_then(next_in).and_then(|link| page.url.join(link).ok());
    Ok(Found {
        posts: statuses.into_iter().map(post).collect(),
        about,
        // Only its own server is asked.
        next: next.filter(|next| next.origin() == page.url.origin()),
        ..Found::default()
    })
}

/// What the profile says, and where its first page is.
async fn begin(reading: &Reading<'_>) -> Result<(String, Url), Hitch> {
    let address = &reading.account.address;
    let (_, name) = address.rsplit_once("/@").ok_or(Hitch::Unreadable)?;
    let lookup = join(address, &format!("/api/v1/accounts/lookup?acct={name}"))?;
    let profile: Profile = reading.get_json(&lookup).await?;
    let mut statuses = join(address, "/")?;
    let path = ["api", "v1", "accounts", &profile.id, "statuses"];
    statuses.path_segments_mut().map_err(|()| Hitch::Unreadable)?.clear().extend(path);
    statuses.query_pairs_mut().append_pair("exclude_reblogs", "true").append_pair("limit", "40");
    let says =
        [profile.note].into_iter().chain(profile.fields.into_iter().map(|field| field.value));
    let about = says.map(|html| text_of(&html, TEXT_LIMIT)).collect::<Vec<_>>().join("\n");
    Ok((about, statuses))
}

fn post(status: Status) -> Post {
    let text = format!("{}\n{}", status.spoiler_text, text_of(&status.content, TEXT_LIMIT));
    Post { id: status.id, url: None, published_at: status.created_at, text }
}

/// The target of `rel="next"` in a `Link` header (RFC 8288).
fn next_in(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |parameter: &str| matches!(parameter.trim(), "rel=\"next\"" | "rel=next");
        parameters.split(';').any(is_next).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_where_the_header_says() {
        let both = r#"<https://a.example/s?max_id=1>; rel="next", <https://a.example/s?min_id=9>; rel="prev""#;
        assert_eq!(next_in(both), Some("https://a.example/s?max_id=1"));
        assert_eq!(next_in(r#"<https://a.example/s?min_id=9>; rel="prev""#), None);
        assert_eq!(next_in(""), None);
    }
}

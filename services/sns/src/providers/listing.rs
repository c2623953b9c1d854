//! A provider's list of the member's own posts, as the channel's row describes it.

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;
use url::Url;

use super::{Found, Reading, json};
use crate::domain::grants::{Listing, Next};
use crate::domain::imports::Hitch;
use crate::feeds::{Post, TEXT_LIMIT};

pub(super) async fn read(
    reading: &Reading<'_>,
    listing: &Listing,
    token: &SecretString,
) -> Result<Found, Hitch> {
    let url = match &reading.cursor {
        Some(next) => next.clone(),
        None => first(listing, &reading.account.address)?,
    };
    let page = reading.egress.get_with(&url, token).await;
    let body: Value = json(&page.map_err(|error| reading.hitch(error))?)?;
    let items = body.pointer(&listing.items).and_then(Value::as_array);
    // Some leave the list out where it is empty.
    let posts = items.into_iter().flatten().filter_map(|item| post(item, listing)).collect();
    Ok(Found { posts, next: next(&url, &body, listing), ..Found::default() })
}

fn first(listing: &Listing, id: &str) -> Result<Url, Hitch> {
    let escaped: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
    Url::parse(&listing.url.replace("{id}", &escaped)).map_err(|_| Hitch::Unreadable)
}

fn post(item: &Value, listing: &Listing) -> Option<Post> {
    let text_at = |pointer: &String| item.pointer(pointer).and_then(Value::as_str);
    let mut text = listing.text.iter().filter_map(text_at).collect::<Vec<_>>().join("\n");
    text.truncate(text.floor_char_boundary(TEXT_LIMIT));
    let published_at = text_at(&listing.published_at).and_then(time);
    Some(Post { id: id_at(item, &listing.id)?, url: None, published_at, text })
}

/// Numbers are ids too.
pub(super) fn id_at(value: &Value, pointer: &str) -> Option<String> {
    match value.pointer(pointer)? {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// RFC 3339, or Meta's own zone without a colon.
fn time(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", text).ok())
}

/// The next page, at the same host: with it goes the token.
fn next(url: &Url, body: &Value, listing: &Listing) -> Option<Url> {
    let next = match &listing.next {
        Next::Url { url: pointer } => {
            let mut next = url.join(body.pointer(pointer)?.as_str()?).ok()?;
            without(&mut next, "access_token"); // some write it into their links, and ours is kept sealed
            next
        }
        Next::Token { token, parameter } => {
            let token = body.pointer(token)?.as_str().filter(|token| !token.is_empty())?;
            let mut next = url.clone();
            without(&mut next, parameter);
            next.query_pairs_mut().append_pair(parameter, token);
            next
        }
    };
    (next.origin() == url.origin()).then_some(next)
}

fn without(url: &mut Url, parameter: &str) {
    let kept: Vec<_> =
        url.query_pairs().into_owned().filter(|(name, _)| name != parameter).collect();
    url.query_pairs_mut().clear().extend_pairs(kept);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn listing(next: &Value) -> Listing {
        serde_json::from_value(json!({
            "url": "https://api.example/{id}/posts?limit=2", "items": "/data", "id": "/id", "text": ["/title", "/text"],
            "published_at": "/at", "next": next,
        }))
        .unwrap()
    }

    #[test]
    fn pages_follow_the_providers_own_links_and_stay_at_its_host() {
        let by_url = listing(&json!({"url": "/paging/next"}));
        let url = first(&by_url, "a/b").unwrap();
        assert_eq!(url.as_str(), "https://api.example/a%2Fb/posts?limit=2");
        let told = json!({"paging": {"next": "https://api.example/p?after=x&access_token=secret"}});
        assert_eq!(next(&url, &told, &by_url).unwrap().as_str(), "https://api.example/p?after=x");
        let elsewhere = json!({"paging": {"next": "https://evil.example/p"}});
        assert_eq!(next(&url, &elsewhere, &by_url), None);
        assert_eq!(next(&url, &json!({}), &by_url), None);

        let by_token = listing(&json!({"token": "/meta/next", "parameter": "page"}));
        let second = next(&url, &json!({"meta": {"next": "2"}}), &by_token).unwrap();
        let third = next(&second, &json!({"meta": {"next": "3"}}), &by_token).unwrap();
        assert_eq!(third.as_str(), "https://api.example/a%2Fb/posts?limit=2&page=3");
        assert_eq!(next(&url, &json!({"meta": {"next": ""}}), &by_token), None);
    }

    #[test]
    fn a_post_is_what_the_row_points_to() {
        let listing = listing(&json!({"url": "/next"}));
        let item =
            json!({"id": 7, "title": "제목", "text": "글", "at": "2026-11-20T10:00:00+0000"});
        let found = post(&item, &listing).unwrap();
        assert_eq!((found.id.as_str(), found.text.as_str()), ("7", "제목\n글"));
        assert_eq!(found.published_at, "2026-11-20T10:00:00Z".parse().ok());
        assert_eq!(post(&json!({"text": "without an id"}), &listing), None);
    }
}

//! Takes off what a client must not say: identity, in any spelling, and whatever belongs to its connection alone.
//! First of all stages, on every path, so that nothing behind it has to ask.

use actix_web::http::header::{
    CONNECTION, EXPECT, HeaderMap, HeaderName, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE,
    TRAILER, TRANSFER_ENCODING, UPGRADE,
};
use identity::headers::{ASSERTION, USER_ID, USER_ROLES};

/// Strips a request. Any name with an underscore goes: servers behind a door have been seen to read `x_forwarded_for` as
/// `x-forwarded-for`. What says who forwarded the request goes too, the door says it anew.
pub(crate) fn strip(headers: &mut HeaderMap) {
    let named = named_by_connection(headers);
    headers.retain(|name, _| {
        let text = name.as_str();
        !(is_identity(text)
            || is_of_connection(name)
            || is_forwarding(text)
            || text.contains('_')
            || named.contains(name))
    });
}

/// Strips an answer: what belongs to the upstream's connection, and identity, which no answer carries.
pub(crate) fn strip_answer(headers: &mut HeaderMap) {
    let named = named_by_connection(headers);
    headers.retain(|name, _| {
        !(is_identity(name.as_str()) || is_of_connection(name) || named.contains(name))
    });
}

/// By its letters, whatever joins them: some servers take every sign that is no letter for the same. Header names come in
/// lower case.
fn is_identity(name: &str) -> bool {
    let letters = |name: &'static str| name.bytes().filter(u8::is_ascii_alphanumeric);
    let given = || name.bytes().filter(u8::is_ascii_alphanumeric);
    [USER_ID, USER_ROLES, ASSERTION].iter().any(|ours| given().eq(letters(ours)))
}

/// RFC 9110, 7.6.1, and `Expect`, which the server has met already.
fn is_of_connection(name: &HeaderName) -> bool {
    *name == CONNECTION
        || *name == TRANSFER_ENCODING
        || *name == TE
        || *name == UPGRADE
        || *name == TRAILER
        || *name == EXPECT
        || *name == PROXY_AUTHENTICATE
        || *name == PROXY_AUTHORIZATION
        || matches!(name.as_str(), "keep-alive" | "proxy-connection" | "http2-settings")
}

fn is_forwarding(name: &str) -> bool {
    name == "forwarded" || name == "x-real-ip" || name.starts_with("x-forwarded-")
}

/// The headers that `Connection` declares to be of this connection.
fn named_by_connection(headers: &HeaderMap) -> Vec<HeaderName> {
    let mut named = Vec::new();
    for value in headers.get_all(CONNECTION) {
        for name in value.as_bytes().split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let usual =
                name.eq_ignore_ascii_case(b"close") || name.eq_ignore_ascii_case(b"keep-alive");
            if !usual && let Ok(name) = HeaderName::from_bytes(name) {
                named.push(name);
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn left(given: &[(&str, &str)]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for (name, value) in given {
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            headers.append(name, HeaderValue::from_str(value).unwrap());
        }
        strip(&mut headers);
        let mut left: Vec<_> = headers.keys().map(|name| name.as_str().to_owned()).collect();
        left.sort_unstable();
        left
    }

    #[test]
    fn identity_goes_in_any_spelling_however_often() {
        for name in [
            "X-User-Id",
            "x-user-id",
            "X-USER-ID",
            "x_user_id",
            "X_User-Id",
            "X-User-Roles",
            "x_user_roles",
            "X-Assertion",
            "x_assertion",
            "x.user.id",
            "X--User-Id-",
            "xuserroles",
        ] {
            assert_eq!(left(&[(name, "1"), ("accept", "*/*"), (name, "2")]), ["accept"], "{name}");
        }
        assert_eq!(left(&[("x-user-ids", "1"), ("x-use", "1")]), ["x-use", "x-user-ids"]);
    }

    #[test]
    fn what_belongs_to_the_connection_goes_with_what_it_names() {
        let given = [
            ("connection", "keep-alive, X-Secret"),
            ("connection", "upgrade ,x-other"),
            ("x-secret", "1"),
            ("x-other", "1"),
            ("upgrade", "websocket"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("proxy-authorization", "Basic x"),
            ("accept-language", "ko"),
        ];
        assert_eq!(left(&given), ["accept-language"]);
    }

    #[test]
    fn nobody_says_for_us_who_forwarded() {
        let given =
            [("forwarded", "for=1.1.1.1"), ("x-forwarded-host", "a"), ("x-real-ip", "1.1.1.1")];
        assert_eq!(left(&given), [] as [&str; 0]);
    }
}

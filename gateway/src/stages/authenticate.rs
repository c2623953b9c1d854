//! Who asks, where the route wants to know. On a public route a token is neither looked at nor passed on.

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use identity::Refusal;
use problem::Problem;

use super::address::Sender;
use super::assert::Member;
use crate::door::Door;
use crate::metrics::REFUSED_CALLERS;
use crate::table::{Kind, Route, TOKEN_CLASS};

const BEARER: &[u8] = b"bearer ";

/// 401 without a good access token, 403 without the role, 503 when an issuer's keys cannot be had.
pub(crate) async fn authenticate(
    door: &Door,
    route: &Route,
    headers: &HeaderMap,
    sender: &Sender,
) -> Result<Option<Arc<Member>>, Problem> {
    let role = match &route.kind {
        Kind::Public => return Ok(None),
        Kind::Member => None,
        Kind::Role(role) => Some(role),
    };
    let token = bearer(headers).ok_or_else(|| {
        count("missing");
        Problem::unauthenticated()
    })?;
    let member = verify(door, token, sender).await?;
    if role.is_some_and(|role| !member.roles().has(role)) {
        count("role");
        return Err(Problem::forbidden());
    }
    Ok(Some(member))
}

/// A remembered token costs next to nothing. Any other costs a signature check, so an address has a quota of those.
async fn verify(door: &Door, token: &[u8], sender: &Sender) -> Result<Arc<Member>, Problem> {
    let now = door.clock.now();
    let outcome = match door.verifier.recall(token, now) {
        Some(known) => known,
        None => {
            if let Some(class) = door.routes.table().class(TOKEN_CLASS) {
                class.take(sender.rate_key())?;
            }
            door.verifier.verify(token, now).await
        }
    };
    outcome.map_err(|refusal: Refusal| {
        count(refusal.label());
        Problem::from(refusal)
    })
}

/// The token of the one `Authorization: Bearer` header (RFC 6750, 2.1).
fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut values = headers.get_all(AUTHORIZATION);
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.as_bytes().split_at_checked(BEARER.len())?;
    let token = token.trim_ascii();
    (scheme.eq_ignore_ascii_case(BEARER) && !token.is_empty()).then_some(token)
}

fn count(reason: &str) {
    REFUSED_CALLERS.with_label_values(&[reason]).inc();
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    #[test]
    fn one_bearer_token_is_one() {
        for (values, token) in [
            (&["Bearer abc"][..], Some("abc")),
            (&["bearer  abc "], Some("abc")),
            (&[], None),
            (&["abc"], None),
            (&["Basic abc"], None),
            (&["Bearer "], None),
            (&["Bearer a", "Bearer b"], None),
        ] {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            assert_eq!(bearer(&headers), token.map(str::as_bytes), "{values:?}");
        }
    }
}

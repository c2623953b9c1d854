//! What the standard does not know, or the library does not say our way: giving tokens back and prolonging them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use oauth2::{HttpRequest, http};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use secrecy::ExposeSecret;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use crate::config::OAuthClient;
use crate::domain::grants::{ClientAuth, Secrets};

type Built = Result<HttpRequest, http::Error>;

/// RFC 7009. With the refresh token goes the whole grant, so that one is named where there is one.
pub(super) fn revocation(
    url: &Url,
    auth: ClientAuth,
    own: &OAuthClient,
    secrets: &Secrets,
) -> Built {
    let token = secrets.refresh_token.as_ref().unwrap_or(&secrets.access_token);
    let hint = if secrets.refresh_token.is_some() { "refresh_token" } else { "access_token" };
    let mut form = vec![("token", token.as_str()), ("token_type_hint", hint)];
    let secret = own.client_secret.expose_secret();
    if auth == ClientAuth::Body {
        form.extend([("client_id", own.client_id.as_str()), ("client_secret", secret)]);
        return post(url, None, &form);
    }
    let escaped = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let pair = format!("{}:{}", escaped(&own.client_id), escaped(secret));
    post(url, Some(format!("Basic {}", STANDARD.encode(pair))), &form)
}

/// The token is its own proof.
pub(super) fn bearer(url: &Url, secrets: &Secrets) -> Built {
    post(url, Some(format!("Bearer {}", secrets.access_token)), &[])
}

/// A grant that deletes.
pub(super) fn deletion(url: &Url, own: &OAuthClient, secrets: &Secrets) -> Built {
    let form = [
        ("grant_type", "delete"),
        ("client_id", &own.client_id),
        ("client_secret", own.client_secret.expose_secret()),
        ("access_token", &secrets.access_token),
    ];
    post(url, None, &form)
}

/// A token for one that lives longer; the first time it takes our own secret.
pub(super) fn prolongation(url: &Url, own: Option<&OAuthClient>, secrets: &Secrets) -> Built {
    let mut url = url.clone();
    url.query_pairs_mut().append_pair("access_token", &secrets.access_token);
    if let Some(own) = own {
        url.query_pairs_mut().append_pair("client_secret", own.client_secret.expose_secret());
    }
    http::Request::get(url.as_str()).header(ACCEPT, "application/json").body(Vec::new())
}

fn post(url: &Url, authorization: Option<String>, form: &[(&str, &str)]) -> Built {
    let body = Serializer::new(String::new()).extend_pairs(form).finish();
    let mut request = http::Request::post(url.as_str())
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(authorization) = authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    request.body(body.into_bytes())
}

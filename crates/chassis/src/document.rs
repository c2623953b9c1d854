//! A document that is read often and changes seldom: its bytes are made once, and who knows them by their ETag gets a 304.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, HeaderValue, IF_MATCH, IF_NONE_MATCH, VARY,
};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use contracts::Lang;
use serde::Serialize;
use sha2::{Digest, Sha256};

/// Bytes, what they are, and the strong ETag that names them (RFC 9110, 8.8.3).
#[derive(Clone, Debug)]
pub struct Document {
    body: Bytes,
    content_type: &'static str,
    etag: HeaderValue,
    cache_control: HeaderValue,
    lang: Option<Lang>,
}

impl Document {
    /// Any bytes. Clients may keep them, and ask each time whether they still hold.
    pub fn new(body: impl Into<Bytes>, content_type: &'static str) -> Self {
        let body = body.into();
        let digest = Sha256::digest(&body);
        let mut etag = String::with_capacity(34);
        etag.push('"');
        for byte in &digest[..16] {
            etag.push_str(&format!("{byte:02x}"));
        }
        etag.push('"');
        Document {
            body,
            content_type,
            etag: HeaderValue::try_from(etag).unwrap_or(HeaderValue::from_static("\"\"")),
            cache_control: HeaderValue::from_static("no-cache"),
            lang: None,
        }
    }

    /// A value as JSON.
    pub fn json(value: &impl Serialize) -> Result<Self, serde_json::Error> {
        Ok(Document::new(serde_json::to_vec(value)?, "application/json"))
    }

    /// Lets clients use it without asking for that many seconds.
    #[must_use]
    pub fn cached_for(mut self, seconds: u32) -> Self {
        if let Ok(value) = HeaderValue::try_from(format!("public, max-age={seconds}")) {
            self.cache_control = value;
        }
        self
    }

    /// Says which language it is in, and that the choice may have followed from `Accept-Language`.
    #[must_use]
    pub fn in_language(mut self, lang: Lang) -> Self {
        self.lang = Some(lang);
        self
    }

    /// The ETag, quotes included.
    pub fn etag(&self) -> &HeaderValue {
        &self.etag
    }

    /// The bytes.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether a write over this document may be done: its `If-Match` names it, or it has none (RFC 9110, 13.1.1).
    pub fn may_be_replaced_by(&self, request: &HttpRequest) -> bool {
        let mut expected = request.headers().get_all(IF_MATCH).peekable();
        expected.peek().is_none() || expected.any(|tags| names(tags, |tag| self.etag == tag))
    }

    /// The answer: 304 to who knows it, else 200.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let known = request
            .headers()
            .get_all(IF_NONE_MATCH)
            .any(|tags| names(tags, |tag| self.etag == tag.strip_prefix(b"W/").unwrap_or(tag)));
        let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header((ETAG, self.etag.clone()));
        response.insert_header((CACHE_CONTROL, self.cache_control.clone()));
        if let Some(lang) = self.lang {
            response.insert_header((VARY, "Accept-Language"));
            response.insert_header((CONTENT_LANGUAGE, lang.tag()));
        }
        if known {
            return response.finish();
        }
        response.content_type(self.content_type).body(self.body.clone())
    }
}

/// Whether a list of ETags, `*` or `"a", W/"b"`, has one that is meant.
fn names(list: &HeaderValue, is_meant: impl Fn(&[u8]) -> bool) -> bool {
    let list = list.as_bytes().trim_ascii();
    list == b"*" || list.split(|byte| *byte == b',').map(<[u8]>::trim_ascii).any(is_meant)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn who_knows_a_document_gets_304() {
        let document = Document::json(&[1, 2]).unwrap();
        let etag = document.etag().to_str().unwrap().to_owned();
        for (known, status) in [
            (etag.clone(), 304),
            (format!("W/{etag}"), 304),
            (format!("\"other\", {etag}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
            (etag.trim_matches('"').to_owned(), 200),
        ] {
            let request = TestRequest::get().insert_header(("if-none-match", known.clone()));
            let response = document.respond(&request.to_http_request());
            assert_eq!(response.status(), status, "{known}");
            assert_eq!(response.headers().get("etag").unwrap(), etag.as_str());
        }
    }

    #[test]
    fn only_who_has_read_what_is_there_may_replace_it() {
        let document = Document::json(&[1, 2]).unwrap();
        let etag = document.etag().to_str().unwrap();
        for (expected, may) in [
            (etag, true),
            (&format!("\"other\", {etag}"), true),
            ("*", true),
            ("\"other\"", false),
            (&format!("W/{etag}"), false),
            ("", false),
        ] {
            let request = TestRequest::put().insert_header(("if-match", expected));
            assert_eq!(document.may_be_replaced_by(&request.to_http_request()), may, "{expected}");
        }
        assert!(document.may_be_replaced_by(&TestRequest::put().to_http_request()));
    }

    #[test]
    fn a_document_says_its_language() {
        let document = Document::json(&[1, 2]).unwrap().in_language(Lang::En);
        let response = document.respond(&TestRequest::get().to_http_request());
        assert_eq!(response.headers().get("content-language").unwrap(), "en");
        assert_eq!(response.headers().get("vary").unwrap(), "Accept-Language");
    }
}

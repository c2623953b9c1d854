//! Which language an answer is in: `?lang=`, else the member's locale, else `Accept-Language`, else Korean.

use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::header::ACCEPT_LANGUAGE;
use actix_web::{FromRequest, HttpRequest};
use contracts::Lang;

/// What a request says about language; the member's locale is known to the service alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Language {
    asked: Option<Lang>,
    accepted: Option<Lang>,
}

impl Language {
    /// The language of an answer to a member with this locale (a BCP 47 tag).
    pub fn for_locale(self, locale: Option<&str>) -> Lang {
        self.asked.or_else(|| locale.and_then(Lang::from_tag)).or(self.accepted).unwrap_or_default()
    }

    /// The language of an answer to anybody.
    pub fn for_anybody(self) -> Lang {
        self.for_locale(None)
    }
}

impl FromRequest for Language {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let asked = request
            .query_string()
            .split('&')
            .find_map(|pair| pair.strip_prefix("lang="))
            .and_then(Lang::from_tag);
        let accepted = request
            .headers()
            .get(ACCEPT_LANGUAGE)
            .and_then(|value| value.to_str().ok())
            .and_then(preferred);
        ready(Ok(Language { asked, accepted }))
    }
}

/// The language we speak that an `Accept-Language` (RFC 9110, 12.5.4) weighs most.
fn preferred(accept: &str) -> Option<Lang> {
    let mut best: Option<(f32, Lang)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';');
        let Some(lang) = parts.next().and_then(|tag| Lang::from_tag(tag.trim())) else {
            continue;
        };
        let weight = parts
            .find_map(|part| part.trim().strip_prefix("q="))
            .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        if weight > 0.0 && best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heaviest_language_we_speak_is_preferred() {
        for (accept, lang) in [
            ("en-GB,en;q=0.9,ko;q=0.8", Some(Lang::En)),
            ("fr, ko;q=0.5, en;q=0.4", Some(Lang::Ko)),
            ("en;q=0.1, ko;q=0.2", Some(Lang::Ko)),
            ("en;q=0", None),
            ("fr", None),
            ("", None),
        ] {
            assert_eq!(preferred(accept), lang, "{accept}");
        }
    }

    #[test]
    fn asking_beats_the_locale_beats_accepting_beats_korean() {
        let all = Language { asked: Some(Lang::En), accepted: Some(Lang::Ko) };
        assert_eq!(all.for_locale(Some("ko-KR")), Lang::En);
        let accepted = Language { asked: None, accepted: Some(Lang::En) };
        assert_eq!(accepted.for_locale(Some("ko-KR")), Lang::Ko);
        assert_eq!(accepted.for_locale(Some("fr")), Lang::En);
        assert_eq!(Language::default().for_anybody(), Lang::Ko);
    }
}

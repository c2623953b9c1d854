//! The languages of the product, and a text in all of them.

use serde::{Deserialize, Serialize};

/// A language the product speaks. Korean is what is spoken when nothing else is asked for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// Korean.
    #[default]
    Ko,
    /// English.
    En,
}

impl Lang {
    /// The BCP 47 tag, as in `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Ko => "ko",
            Lang::En => "en",
        }
    }

    /// The language of a BCP 47 tag such as `ko-KR`; none when the product does not speak it.
    pub fn from_tag(tag: &str) -> Option<Lang> {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().trim();
        match primary {
            _ if primary.eq_ignore_ascii_case("ko") => Some(Lang::Ko),
            _ if primary.eq_ignore_ascii_case("en") => Some(Lang::En),
            _ => None,
        }
    }
}

/// The same words in every language: a text that lacks one does not parse.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Text<T = String> {
    /// Korean.
    pub ko: T,
    /// English.
    pub en: T,
}

impl<T> Text<T> {
    /// The words in one language.
    pub fn get(&self, lang: Lang) -> &T {
        match lang {
            Lang::Ko => &self.ko,
            Lang::En => &self.en,
        }
    }
}

//! Who can be a member, and what a member can say of themselves.

use contracts::UserId;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The youngest age at which a person may consent to the processing of their data alone (PIPA of Korea, article 22-2).
pub(crate) const YOUNGEST: i32 = 14;
/// The oldest age that is believed.
pub(crate) const OLDEST: i32 = 120;
/// The language of a member who has not said so.
pub(crate) const DEFAULT_LOCALE: &str = "ko";
/// Where a member lives who has not said so.
pub(crate) const DEFAULT_TIME_ZONE: &str = "Asia/Seoul";

/// A member.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: UserId,
    pub(crate) email: String,
    pub(crate) name: String,
    pub(crate) age: Option<i32>,
    pub(crate) gender: Option<String>,
    pub(crate) roles: Vec<String>,
    pub(crate) locale: String,
    pub(crate) time_zone: String,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
    pub(crate) last_login_at: Option<Timestamp>,
    /// When the address was proved to be theirs.
    pub(crate) email_verified_at: Option<Timestamp>,
}

/// Whether a name is in the IANA time zone database.
pub(crate) fn is_time_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok_and(|zone| zone.iana_name().is_some())
}

/// Whether a tag has the form of a BCP 47 language tag, such as `ko`, `en-GB` or `zh-Hant-TW`.
pub(crate) fn is_locale(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_zones_are_those_of_the_database() {
        for (name, known) in [
            ("Asia/Seoul", true),
            ("UTC", true),
            ("Pacific/Kiritimati", true),
            ("Asia/Atlantis", false),
            ("Etc/Unknown", false),
            ("+09:00", false),
            ("", false),
        ] {
            assert_eq!(is_time_zone(name), known, "{name}");
        }
    }

    #[test]
    fn locales_have_the_form_of_a_language_tag() {
        for (tag, well_formed) in [
            ("ko", true),
            ("en-GB", true),
            ("zh-Hant-TW", true),
            ("k", false),
            ("ko_KR", false),
            ("'; --", false),
        ] {
            assert_eq!(is_locale(tag), well_formed, "{tag}");
        }
    }
}

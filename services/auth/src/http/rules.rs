//! What members may say of themselves, in garde's form: each rule says in words what a field must be.

use secrecy::{ExposeSecret, SecretString};

use crate::domain::passwords;
use crate::domain::roles::MEMBER;
use crate::domain::users::{OLDEST, YOUNGEST, is_locale, is_time_zone};

pub(crate) fn name(value: &str, _: &()) -> garde::Result {
    match value.trim().chars().count() {
        1..=100 => Ok(()),
        _ => Err(garde::Error::new("must have 1 to 100 characters")),
    }
}

pub(crate) fn locale(value: &str, _: &()) -> garde::Result {
    if value.len() <= 16 && is_locale(value) {
        return Ok(());
    }
    Err(garde::Error::new("must be a language tag such as ko or en-GB"))
}

pub(crate) fn time_zone(value: &str, _: &()) -> garde::Result {
    if is_time_zone(value) {
        return Ok(());
    }
    Err(garde::Error::new("must be a time zone of the IANA database, such as Asia/Seoul"))
}

pub(super) fn roles(value: &[String], _: &()) -> garde::Result {
    let twice = |(place, role)| value[..place].contains(role);
    if value.len() > 32 || value.iter().enumerate().any(twice) {
        return Err(garde::Error::new("must name each role once, and at most 32"));
    }
    match value.iter().any(|role| role == MEMBER) {
        true => Ok(()),
        false => Err(garde::Error::new("must have member among them, which everybody is")),
    }
}

pub(super) fn password(value: &SecretString, _: &()) -> garde::Result {
    let password = value.expose_secret();
    if !passwords::LENGTH.contains(&password.chars().count()) {
        return Err(garde::Error::new("must have 8 to 128 characters"));
    }
    if passwords::is_common(password) {
        return Err(garde::Error::new(
            "is one of the most common passwords, which are tried first",
        ));
    }
    Ok(())
}

pub(super) fn age(over_14: Option<bool>) -> impl FnOnce(&Option<i32>, &()) -> garde::Result {
    move |age, ()| match age {
        Some(age) if *age < YOUNGEST => Err(garde::Error::new(
            "must be at least 14: younger people need the consent of a parent, which we cannot ask for",
        )),
        Some(age) if *age > OLDEST => Err(garde::Error::new("must be at most 120")),
        None if over_14.is_none() => Err(garde::Error::new("is needed, or over_14: true")),
        _ => Ok(()),
    }
}

pub(super) fn over_14(value: &Option<bool>, _: &()) -> garde::Result {
    match value {
        Some(false) => Err(garde::Error::new(
            "must be true: younger people need the consent of a parent, which we cannot ask for",
        )),
        _ => Ok(()),
    }
}

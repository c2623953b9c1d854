//! Who a token's owner is at its provider.

use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::Value;

use super::listing::id_at;
use super::{hitch_of, json};
use crate::domain::channels::Kind;
use crate::domain::grants::{Person, Profile};
use crate::domain::imports::Hitch;
use crate::egress::{Egress, Error};

/// Longer names are cut.
const LONGEST_NAME: usize = 100;

pub(crate) async fn person(
    egress: &Egress,
    profile: &Profile,
    token: &SecretString,
    now: Timestamp,
) -> Result<Person, Hitch> {
    let page = egress.get_with(&profile.url, token).await;
    let body: Value = json(&page.map_err(|error: Error| hitch_of(error, Kind::OAuth, now))?)?;
    let id = id_at(&body, &profile.id).ok_or(Hitch::Unreadable)?;
    let name = body.pointer(&profile.name).and_then(Value::as_str).unwrap_or_default();
    Ok(Person { id, name: name.chars().take(LONGEST_NAME).collect() })
}

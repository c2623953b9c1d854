//! What clients show around the product.

use jiff::Timestamp;
use pg::Connection;
use serde_json::Value;

use crate::domain::app_settings::{AppSettings, laid_over};
use crate::error::Error;
use crate::store;

/// The version of the settings, and the settings: ours, with what was written over them. Kept as they are, so that what
/// a newer binary has written is neither stumbled over nor lost.
pub(crate) async fn find(conn: &mut Connection) -> Result<(i32, Value), Error> {
    let ours = serde_json::to_value(AppSettings::default())?;
    Ok(match store::app_settings::find(conn).await? {
        Some((version, written)) => (version, laid_over(ours, written)),
        None => (0, ours),
    })
}

/// Writes settings over the ones that were read, and gives what now holds.
pub(crate) async fn update(
    conn: &mut Connection,
    now: Timestamp,
    settings: &AppSettings,
    (version, read): (i32, Value),
) -> Result<Value, Error> {
    let settings = laid_over(read, serde_json::to_value(settings)?);
    if store::app_settings::upsert(conn, version, &settings, now).await? {
        Ok(settings)
    } else {
        Err(Error::SettingsChanged)
    }
}

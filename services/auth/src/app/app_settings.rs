//! What clients show around the product.

use jiff::Timestamp;
use pg::Connection;

use crate::domain::app_settings::AppSettings;
use crate::error::Error;
use crate::store;

/// The settings and their version; ours until an admin has written some.
pub(crate) async fn find(conn: &mut Connection) -> Result<(i32, AppSettings), Error> {
    match store::app_settings::find(conn).await? {
        Some((version, data)) => Ok((version, serde_json::from_value(data)?)),
        None => Ok((0, AppSettings::default())),
    }
}

/// Writes the next version over the one that was read.
pub(crate) async fn update(
    conn: &mut Connection,
    now: Timestamp,
    settings: &AppSettings,
    read: i32,
) -> Result<(), Error> {
    let data = serde_json::to_value(settings)?;
    if store::app_settings::upsert(conn, read, &data, now).await? {
        Ok(())
    } else {
        Err(Error::SettingsChanged)
    }
}

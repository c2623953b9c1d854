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

/// Writes the settings; `seen` is the version that the writer has read, where they care.
pub(crate) async fn update(
    conn: &mut Connection,
    now: Timestamp,
    settings: &AppSettings,
    seen: Option<i32>,
) -> Result<i32, Error> {
    let version = store::app_settings::lock(conn).await?;
    if seen.is_some_and(|seen| seen != version) {
        return Err(Error::SettingsChanged);
    }
    store::app_settings::upsert(conn, version + 1, &serde_json::to_value(settings)?, now).await?;
    Ok(version + 1)
}

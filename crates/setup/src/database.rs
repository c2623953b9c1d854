//! Database, roles, schemas and event log, and each role's password: the one in its URL, so that the two cannot differ.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chassis::StartError;
use chassis::settings::Secret;
use percent_encoding::percent_decode_str;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use crate::{DATABASE_URL, MIGRATION_DATABASE_URL};

/// What the set-up has.
#[derive(Debug, Deserialize, JsonSchema)]
pub struct Admin {
    /// The URL of somebody who may make databases and roles.
    #[schemars(with = "Secret")]
    admin_database_url: SecretString,
    /// The file of the authority whose certificate the server must show.
    admin_ca: Option<String>,
}

/// The administrator's URL: `ADMIN_DATABASE_URL`, with `ADMIN_CA`.
pub fn admin_url() -> Result<String, StartError> {
    let Admin { admin_database_url, admin_ca } = chassis::settings::load()?;
    with_authority(admin_database_url.expose_secret(), admin_ca.as_deref())
}

/// A URL whose server must show a certificate of that authority: operators of clusters write the URL, and leave this out of
/// it.
pub fn with_authority(admin_url: &str, ca: Option<&str>) -> Result<String, StartError> {
    let mut url = Url::parse(admin_url).map_err(|_| "setting ADMIN_DATABASE_URL is no URL")?;
    if let Some(ca) = ca {
        url.query_pairs_mut().append_pair("sslmode", "verify-full").append_pair("sslrootcert", ca);
    }
    Ok(url.into())
}

/// Prepares the database at `admin_url`.
pub async fn prepare(admin_url: &str, folder: &Path) -> Result<(), StartError> {
    let passwords = passwords(folder)?;
    Ok(pg::setup(admin_url, |role| passwords.get(role).cloned()).await?)
}

/// By role, out of every URL in the folders of `folder`.
pub fn passwords(folder: &Path) -> Result<BTreeMap<String, SecretString>, StartError> {
    let mut passwords = BTreeMap::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        for name in [DATABASE_URL, MIGRATION_DATABASE_URL] {
            let path = entry.as_ref().map_err(ToString::to_string)?.path().join(name);
            if !path.is_file() {
                continue;
            }
            let wrong = || format!("{} is not postgres://role:password@host/name", path.display());
            let url = Url::parse(fs::read_to_string(&path)?.trim_end()).map_err(|_| wrong())?;
            let plain =
                |text: &str| Some(percent_decode_str(text).decode_utf8().ok()?.into_owned());
            let password = url.password().and_then(plain).ok_or_else(wrong)?;
            passwords.insert(plain(url.username()).ok_or_else(wrong)?, password.into());
        }
    }
    if passwords.is_empty() {
        return Err(format!("there is no {DATABASE_URL} in {}", folder.display()).into());
    }
    Ok(passwords)
}

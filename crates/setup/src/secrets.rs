//! Keys and passwords: a folder for each who needs some, a file for each setting.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chassis::StartError;
use identity::GATEWAY;
use identity::keys::SigningKey;
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};
use uuid::Uuid;

use crate::{DATABASE_URL, MIGRATION_DATABASE_URL};

/// Makes what is not there yet. Services reach the database by the pooler, if there is one.
pub fn make(
    folder: &Path,
    database: &Url,
    pooler: Option<&Host>,
    services: &[String],
) -> Result<(), StartError> {
    let mut asked = database.clone();
    if let Some(pooler) = pooler {
        asked.set_host(Some(&pooler.to_string()))?;
    }
    let put = |whose: &str, name: &str, make: &dyn Fn() -> Result<String, StartError>| {
        keep(&folder.join(whose), name, make)
    };
    let mut public = String::new();
    for name in services.iter().map(String::as_str).chain([GATEWAY]) {
        let pem = put(name, "ASSERTION_KEY", &new_key)?;
        let key = SigningKey::from_pem(&SecretString::from(pem))?;
        public.push_str(&key.public_entry(name).ok_or("an Ed25519 key is needed")?);
    }
    for service in services {
        put(service, "ASSERTION_PUBLIC_KEYS", &|| Ok(public.clone()))?;
        put(service, DATABASE_URL, &|| with_password(&asked, &format!("{service}_app")))?;
        let owner = format!("{service}-owner");
        let url = || with_password(database, &format!("{service}_owner"));
        put(&owner, MIGRATION_DATABASE_URL, &url)?;
        // What only one of them has.
        match service.as_str() {
            "auth" => put(service, "JWT_SECRET", &new_key)?,
            "sns" => put(service, "TOKEN_KEYS", &|| {
                Ok(format!("first:{}", STANDARD.encode(rand::random::<[u8; 32]>())))
            })?,
            _ => continue,
        };
    }
    let password = put("postgres", "POSTGRES_PASSWORD", &|| Ok(new_password()))?;
    put("setup", "ADMIN_DATABASE_URL", &|| url_of(database, "postgres", &password))?;
    Ok(())
}

/// The secret of this name: the one that is there, or a new one, readable by its owner alone.
fn keep(
    folder: &Path,
    name: &str,
    make: impl Fn() -> Result<String, StartError>,
) -> Result<String, StartError> {
    let path = folder.join(name);
    if path.exists() {
        return Ok(fs::read_to_string(path)?);
    }
    let secret = make()?;
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret.as_bytes())?;
    Ok(secret)
}

fn new_key() -> Result<String, StartError> {
    Ok(SigningKey::generate_pem()?.expose_secret().to_owned())
}

/// Of letters and digits, so that no URL needs to escape it.
fn new_password() -> String {
    Uuid::new_v4().simple().to_string()
}

fn with_password(database: &Url, role: &str) -> Result<String, StartError> {
    url_of(database, role, &new_password())
}

fn url_of(database: &Url, role: &str, password: &str) -> Result<String, StartError> {
    let mut url = database.clone();
    let set = url.set_username(role).and_then(|()| url.set_password(Some(password)));
    set.map_err(|()| "the database must be named as postgres://host:port/name")?;
    Ok(url.into())
}

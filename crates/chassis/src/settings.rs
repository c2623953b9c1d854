//! Typed settings from the environment: `LISTEN` fills the field `listen`. Any setting can come from a file:
//! `JWT_SECRET_FILE=/run/secrets/jwt` fills `jwt_secret`. What is missing or wrong is named in one sentence.

use std::collections::HashMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::num::NonZeroUsize;

use config::{Config, Environment};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Visitor};

pub use described::{Secret, Setting, described};

mod described;

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A `*_FILE` setting names a file that cannot be read.
    #[error("setting {name}_FILE names {path}, which cannot be read")]
    File {
        /// The setting without `_FILE`.
        name: String,
        /// Where it points.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A setting is missing or has a value of another type.
    #[error("{0}")]
    Value(String),
}

/// Reads one struct of settings from the process's environment.
pub fn load<T: DeserializeOwned>() -> Result<T, SettingsError> {
    // `std::env::vars` would panic at what is no Unicode, which is none of ours.
    let plain = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    load_from(std::env::vars_os().filter_map(plain).collect())
}

/// Reads one struct of settings from the given environment.
pub fn load_from<T: DeserializeOwned>(
    mut vars: HashMap<String, String>,
) -> Result<T, SettingsError> {
    // `config` takes a name such as `A.B` for a place in a tree.
    vars.retain(|name, _| !name.contains(['.', '[']));
    // Only what is asked for: the environment may name files that are none of ours.
    for field in fields::<T>() {
        let name = field.to_uppercase();
        let Some(path) = vars.get(&format!("{name}_FILE")) else {
            continue;
        };
        match std::fs::read_to_string(path) {
            Ok(value) => vars.insert(name, value.trim_end().to_owned()),
            Err(source) => {
                return Err(SettingsError::File { name, path: path.clone(), source });
            }
        };
    }
    Config::builder()
        .add_source(Environment::default().ignore_empty(true).source(Some(vars)))
        .build()
        .and_then(Config::try_deserialize)
        .map_err(|error| SettingsError::Value(in_words(&error)))
}

/// The names of a struct's fields, as its `Deserialize` asks for them; none for anything else.
fn fields<T: DeserializeOwned>() -> &'static [&'static str] {
    struct Asked<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for Asked<'_> {
        type Error = serde::de::value::Error;

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = fields;
            self.deserialize_any(visitor)
        }

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(serde::de::Error::custom("only the names are wanted"))
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    let mut fields: &'static [&'static str] = &[];
    // The error is the one above.
    let _ = T::deserialize(Asked(&mut fields));
    fields
}

/// `missing field `database_url`` as `setting DATABASE_URL is missing`.
fn in_words(error: &config::ConfigError) -> String {
    let text = error.to_string();
    let missing = text
        .split_once("missing configuration field \"")
        .or_else(|| text.split_once("missing field `"))
        .and_then(|(_, rest)| rest.split(['"', '`']).next());
    if let Some(field) = missing {
        return format!("setting {} is missing", field.to_uppercase());
    }
    if let config::ConfigError::Type { key: Some(key), expected, .. } = error {
        return format!("setting {} must be {expected}", key.to_uppercase());
    }
    match error {
        config::ConfigError::At { error, key: Some(key), .. } => {
            format!("setting {}: {error}", key.to_uppercase())
        }
        _ => format!("a setting is wrong: {text}"),
    }
}

/// A comma-separated list, for `#[serde(deserialize_with = "chassis::settings::list")]`.
pub fn list<'de, D: Deserializer<'de>, T: std::str::FromStr>(from: D) -> Result<Vec<T>, D::Error>
where
    T::Err: std::fmt::Display,
{
    String::deserialize(from)?
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(|part| {
            part.parse().map_err(|error| serde::de::Error::custom(format!("{part}: {error}")))
        })
        .collect()
}

fn at_least_one<'de, D: Deserializer<'de>>(from: D) -> Result<usize, D::Error> {
    NonZeroUsize::deserialize(from).map(NonZeroUsize::get)
}

/// What every process has.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Settings {
    /// Where to listen. Every service listens on 8000 in its container.
    #[schemars(with = "String")]
    pub listen: SocketAddr,
    /// Worker threads.
    #[serde(deserialize_with = "at_least_one")]
    #[schemars(extend("default" = "one for each core, four at most"))]
    pub workers: usize,
    /// A `tracing` filter, for example `info` or `info,quest=debug`.
    pub log_level: String,
    /// How long after SIGTERM requests are still taken, in seconds, while load balancers notice.
    pub shutdown_delay: u64,
    /// How long running requests may take to end after that, in seconds.
    pub shutdown_timeout: u64,
    /// How long any answer may take, in seconds; after it a 503.
    pub request_timeout: u64,
    /// Where traces go; none are sent without it.
    pub otel_exporter_otlp_endpoint: Option<String>,
    /// A sampler by its name in OpenTelemetry's specification, such as `always_on`; without it `parentbased_traceidratio`.
    pub otel_traces_sampler: Option<String>,
    /// The share of traces that start here and are sampled, 0 to 1.
    pub otel_traces_sampler_arg: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: SocketAddr::from(([0, 0, 0, 0], 8000)),
            workers: std::thread::available_parallelism().map_or(2, |n| n.get().min(4)),
            log_level: "info".to_owned(),
            shutdown_delay: 5,
            shutdown_timeout: 20,
            request_timeout: 10,
            otel_exporter_otlp_endpoint: None,
            otel_traces_sampler: None,
            otel_traces_sampler_arg: 0.1,
        }
    }
}

/// Where the database is: `DATABASE_URL`, or its parts.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct DatabaseSettings {
    /// `postgres://role:password@host:port/database` of the app role, with libpq's `sslmode` and `sslrootcert`. Needed, or its parts.
    #[schemars(with = "Option<Secret>")]
    database_url: Option<SecretString>,
    /// In place of the URL: the host.
    db_host: Option<String>,
    /// The port.
    db_port: Option<u16>,
    /// The database, `damacorch` without it.
    db_name: Option<String>,
    /// The role.
    db_user: Option<String>,
    /// The role's password.
    #[schemars(with = "Option<Secret>")]
    db_password: Option<SecretString>,
    /// Connections of one worker's pool, 8 without it; a worker has two more, for reads.
    db_max_connections: Option<NonZeroUsize>,
}

impl DatabaseSettings {
    /// The settings of the pools.
    pub fn into_pg(self) -> Result<pg::Settings, SettingsError> {
        let most = self.db_max_connections.map(NonZeroUsize::get);
        let mut settings = pg::Settings::new(self.url()?);
        settings.max_connections = most.unwrap_or(settings.max_connections);
        Ok(settings)
    }

    fn url(self) -> Result<SecretString, SettingsError> {
        use secrecy::ExposeSecret;
        if let Some(url) = self.database_url {
            return Ok(url);
        }
        let (Some(host), Some(user)) = (self.db_host, self.db_user) else {
            let words = "setting DATABASE_URL is missing (or DB_HOST, DB_PORT, DB_NAME, DB_USER, DB_PASSWORD)";
            return Err(SettingsError::Value(words.to_owned()));
        };
        let mut url = url::Url::parse("postgres://host").map_err(|error| wrong(&error))?;
        url.set_host(Some(&host)).map_err(|error| wrong(&error))?;
        // These two fail only for URLs without a host.
        let _ = url.set_port(self.db_port);
        let _ = url.set_username(&user);
        if let Some(password) = self.db_password {
            let _ = url.set_password(Some(password.expose_secret()));
        }
        url.set_path(self.db_name.as_deref().unwrap_or("damacorch"));
        Ok(String::from(url).into())
    }
}

fn wrong(error: &url::ParseError) -> SettingsError {
    SettingsError::Value(format!("setting DB_HOST: {error}"))
}

#[cfg(test)]
mod tests;

//! Opening one connection: the URL, TLS, timeouts and instrumentation. Everything that connects goes through here.

use std::{sync::Arc, time::Duration};

use diesel_async::AsyncConnection;
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject};
use secrecy::ExposeSecret;
use tokio_postgres::{Config, NoTls, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use url::Url;

use crate::{
    Connection, Error, Settings, SettingsError,
    error::Failure,
    reads::Shared,
    trace::{InFlight, SharedStatements, Statements},
};

/// A host that acknowledges nothing for this long is taken for gone.
const VANISHED: Duration = Duration::from_secs(5);

/// Opens connections to one database; cheap to clone.
#[derive(Clone)]
pub struct Connector {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    connect_timeout: Duration,
}

impl Connector {
    /// Reads the settings; connects to nothing yet.
    pub fn new(settings: &Settings) -> Result<Self, SettingsError> {
        let mut url = Url::parse(settings.url.expose_secret()).map_err(|_| SettingsError::Url)?;
        if !matches!(url.scheme(), "postgres" | "postgresql") {
            return Err(SettingsError::Url);
        }
        let tls = take_tls(&mut url)?;
        let mut config: Config = url.as_str().parse().map_err(SettingsError::Parameters)?;
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });

        let timeout_ms = settings.statement_timeout.as_millis();
        let given = config.get_options().unwrap_or_default();
        config.options(format!("{given} -c statement_timeout={timeout_ms}").trim_start());

        // `statement_timeout` needs a server that still lives. A host that vanished is noticed by the kernel instead.
        config
            .tcp_user_timeout(VANISHED)
            .keepalives_idle(VANISHED)
            .keepalives_interval(Duration::from_secs(1))
            .keepalives_retries(3);

        Ok(Self { config, tls, connect_timeout: settings.connect_timeout })
    }

    /// Opens a connection outside any pool: for health checks and for listening.
    ///
    /// Its driver lives on the runtime that calls this. Anything that goes wrong is [`Error::Unavailable`].
    pub async fn connect(&self) -> Result<Connection, Error> {
        self.open(InFlight::default()).await
    }

    /// [`Connector::connect`], telling `in_flight` about the connection's statements.
    pub(crate) async fn open(&self, in_flight: InFlight) -> Result<Connection, Error> {
        self.in_time(self.open_unbounded(in_flight)).await
    }

    /// Opens a connection for several reads at once.
    pub(crate) async fn open_shared(&self) -> Result<Shared, Error> {
        self.in_time(self.open_shared_unbounded()).await
    }

    async fn in_time<T>(
        &self,
        opening: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, Error> {
        match tokio::time::timeout(self.connect_timeout, opening).await {
            Ok(opened) => opened,
            Err(elapsed) => Err(Error::unavailable(Failure::Connect, elapsed)),
        }
    }

    async fn open_unbounded(&self, in_flight: InFlight) -> Result<Connection, Error> {
        let opened = match &self.tls {
            None => {
                let (client, driver) = self.config.connect(NoTls).await.map_err(refused)?;
                Connection::try_from_client_and_connection(client, driver).await
            }
            Some(tls) => {
                let (client, driver) = self.config.connect(tls.clone()).await.map_err(refused)?;
                Connection::try_from_client_and_connection(client, driver).await
            }
        };
        let mut connection = opened.map_err(refused)?;
        connection.set_instrumentation(Statements::new(in_flight));
        Ok(connection)
    }

    async fn open_shared_unbounded(&self) -> Result<Shared, Error> {
        let (client, driver) = match &self.tls {
            None => {
                let (client, driver) = self.config.connect(NoTls).await.map_err(refused)?;
                (client, tokio::spawn(driver))
            }
            Some(tls) => {
                let (client, driver) = self.config.connect(tls.clone()).await.map_err(refused)?;
                (client, tokio::spawn(driver))
            }
        };
        // Driven here and not by diesel-async, which would watch the driver beside every single statement.
        let mut connection = Connection::try_from(client).await.map_err(refused)?;
        connection.set_instrumentation(SharedStatements);
        Ok(Shared { connection, driver })
    }
}

fn refused(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::unavailable(Failure::Connect, cause)
}

/// Takes `sslmode` and `sslrootcert` out of the URL (tokio-postgres does not know all of them) and reads them.
///
/// `prefer` and nothing mean no TLS: an unverified offer protects nobody. Each of the others verifies the chain and
/// the host's name, which is more than libpq's `require` does.
fn take_tls(url: &mut Url) -> Result<Option<MakeRustlsConnect>, SettingsError> {
    let value_of = |wanted: &str| {
        let mut pairs = url.query_pairs();
        pairs.find_map(|(key, value)| (key == wanted).then(|| value.into_owned()))
    };
    let (mode, root) = (value_of("sslmode"), value_of("sslrootcert"));
    // The rest stays as it is written: tokio-postgres takes a `+` for a plus and not for a space.
    let is_ours = |pair: &str| pair.starts_with("sslmode=") || pair.starts_with("sslrootcert=");
    let others = url.query().unwrap_or_default().split('&');
    let others = others.filter(|pair| !is_ours(pair)).collect::<Vec<_>>().join("&");
    url.set_query(Some(others.as_str()).filter(|others| !others.is_empty()));

    match mode.as_deref().unwrap_or("prefer") {
        "disable" | "allow" | "prefer" => Ok(None),
        "require" | "verify-ca" | "verify-full" => {
            let roots = roots(root.as_deref())?;
            // Named and not taken from the process's default, which some other library may have chosen or not set.
            let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| SettingsError::Certificates(error.to_string()))?
                .with_root_certificates(roots)
                .with_no_client_auth();
            Ok(Some(MakeRustlsConnect::new(config)))
        }
        other => Err(SettingsError::SslMode(other.to_owned())),
    }
}

/// The certificates of the file at `path`, or else those that the system trusts.
fn roots(path: Option<&str>) -> Result<RootCertStore, SettingsError> {
    let certificates = match path.filter(|path| *path != "system") {
        Some(path) => CertificateDer::pem_file_iter(path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| SettingsError::Certificates(format!("{path}: {error}")))?,
        None => rustls_native_certs::load_native_certs().certs,
    };
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
    if roots.is_empty() {
        return Err(SettingsError::Certificates("there are none".to_owned()));
    }
    Ok(roots)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        Connector::new(&Settings::new(url)).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_wrong_url_is_named_and_never_shown() {
        for url in [
            "",
            "localhost",
            "mysql://quest:secret@host/db",
            "postgres://q:secret@host/db?sslmode=yes",
        ] {
            let refusal = refusal(url);
            assert!(!refusal.is_empty() && !refusal.contains("secret"), "{url}: {refusal}");
        }
        assert!(refusal("postgres://host/db?sslmode=yes").contains("\"yes\""));
        assert!(
            refusal("postgres://host/db?sslmode=require&sslrootcert=/nowhere").contains("/nowhere")
        );
    }

    #[test]
    fn the_statement_timeout_joins_the_options_of_the_url() {
        let settings = Settings::new("postgres://host/db?options=-c%20a.b%3Dc");
        let connector = Connector::new(&settings).unwrap();
        assert_eq!(connector.config.get_options(), Some("-c a.b=c -c statement_timeout=5000"));
    }
}

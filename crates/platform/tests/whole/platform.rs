//! The platform in this process: services one after the other, then the gateway, each on a port of its own.

use std::collections::{BTreeMap, HashMap};
use std::net::{SocketAddr, TcpListener};
use std::sync::LazyLock;

use chassis::{Clock, Running, Service, Settings};
use pg::EmbeddedMigrations;
use reqwest::{Client, Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use testkit::{Answer, Database};
use tools::Pool;

/// Every service's tables.
pub(crate) const TABLES: &[(&str, EmbeddedMigrations)] = &[
    (auth::Auth::NAME, auth::Auth::MIGRATIONS),
    (catalog::Catalog::NAME, catalog::Catalog::MIGRATIONS),
    (analysis::Analysis::NAME, analysis::Analysis::MIGRATIONS),
    (quest::Quest::NAME, quest::Quest::MIGRATIONS),
    (sns::Sns::NAME, sns::Sns::MIGRATIONS),
];

const ISSUER: &str = "http://localhost:8000";

pub(crate) struct Platform {
    pub(crate) database: Database,
    pub(crate) base_url: String,
    pub(crate) services: BTreeMap<&'static str, Running>,
    gateway: gateway::Running,
    /// What every process is told.
    vars: HashMap<String, String>,
    http: Client,
}

impl Platform {
    /// Starts everything on a database of its own.
    pub(crate) async fn start() -> Self {
        Self::start_on(Database::create(TABLES).await).await
    }

    /// Starts everything on a given database, and waits until it is ready.
    pub(crate) async fn start_on(database: Database) -> Self {
        Self::start_told(database, &[]).await
    }

    /// The same, with settings that all processes are told.
    pub(crate) async fn start_told(database: Database, told: &[(&str, &str)]) -> Self {
        Self::start_by(database, told, None).await
    }

    /// The same; Cognito holds the passwords of new members.
    pub(crate) async fn start_with(database: Database, pool: &Pool) -> Self {
        Self::start_by(database, &[], Some(pool)).await
    }

    async fn start_by(database: Database, told: &[(&str, &str)], pool: Option<&Pool>) -> Self {
        chassis::install_crypto();
        // Before any request: a span that began unheard has no trace.
        LazyLock::force(&crate::telemetry::SAID);
        let key = identity::keys::SigningKey::generate_pem().unwrap();
        let mut vars = HashMap::from([
            ("JWT_SECRET".to_owned(), key.expose_secret().to_owned()),
            ("TOKEN_ISSUER".to_owned(), ISSUER.to_owned()),
            ("ERASURE_RETRY".to_owned(), "1".to_owned()),
            ("TOKEN_KEYS".to_owned(), format!("test:{}=", "A".repeat(43))),
        ]);
        // auth asks the others and they ask auth, so that one address has to be known before anybody is there.
        vars.insert(base_url("auth"), format!("http://{}", free_address()));
        vars.extend(told.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let of_pool = pool.map(Pool::settings).unwrap_or_default();
        vars.extend(of_pool.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let mut services = BTreeMap::new();
        for name in ["catalog", "analysis", "quest", "sns", "auth"] {
            let running = serve(name, &database, &vars).await;
            vars.insert(base_url(name), format!("http://{}", running.address));
            services.insert(name, running);
        }

        let jwks_url = format!("{}/.well-known/jwks.json", vars["AUTH_BASE_URL"]);
        let mut issuers =
            vec![json!({"issuer": ISSUER, "audience": "damacorch", "jwks_url": jwks_url})];
        issuers.extend(pool.map(|pool| {
            json!({"issuer": pool.issuer(), "audience": pool.client_id, "jwks_url": pool.jwks_url()})
        }));
        let issuers = Value::from(issuers);
        vars.insert("TOKEN_ISSUERS".to_owned(), issuers.to_string());
        vars.insert("LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        vars.insert("ADMIN_LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        vars.insert("WORKERS".to_owned(), "2".to_owned());
        vars.insert("SHUTDOWN_DELAY".to_owned(), "0".to_owned());
        vars.insert("RATE_LIMITS".to_owned(), "off".to_owned());
        vars.insert("ASSERTION_KEY".to_owned(), testkit::private_key("gateway"));
        let gateway = start_gateway(&vars).await;

        let platform = Platform {
            base_url: format!("http://{}", gateway.address),
            database,
            services,
            gateway,
            vars,
            http: Client::new(),
        };
        crate::until(async || platform.is_ready().then_some(())).await;
        platform
    }

    fn is_ready(&self) -> bool {
        self.gateway.readiness.is_ready()
            && self.services.values().all(|service| service.readiness.is_ready())
    }

    /// Starts another replica of auth, and says where it is.
    pub(crate) async fn another_auth(&mut self) -> String {
        let mut vars = self.vars.clone();
        vars.remove("AUTH_BASE_URL");
        let auth = serve("auth", &self.database, &vars).await;
        let base_url = format!("http://{}", auth.address);
        self.services.insert("another auth", auth);
        base_url
    }

    /// Starts another replica of the gateway.
    pub(crate) async fn another_gateway(&self) -> gateway::Running {
        let gateway = start_gateway(&self.vars).await;
        crate::until(async || gateway.readiness.is_ready().then_some(())).await;
        gateway
    }

    /// Ends one service, as if its pods were gone.
    pub(crate) async fn stop(&mut self, name: &str) {
        self.services.remove(name).expect("it runs").stop().await.unwrap();
    }

    /// Starts a service again, where the others look for it.
    pub(crate) async fn start_again(&mut self, name: &'static str) {
        self.start_again_each(&[name]).await;
    }

    /// The same for several, which may ask each other.
    pub(crate) async fn start_again_each(&mut self, names: &[&'static str]) {
        for name in names {
            let running = serve(name, &self.database, &self.vars).await;
            self.services.insert(name, running);
        }
        crate::until(async || self.is_ready().then_some(())).await;
    }

    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Answer {
        Answer::of(self.request(Method::GET, path, token)).await
    }

    pub(crate) async fn post(&self, path: &str, token: Option<&str>, body: Value) -> Answer {
        Answer::of(self.request(Method::POST, path, token).json(&body)).await
    }

    /// An operation with a body, where it takes one.
    pub(crate) async fn send(
        &self,
        method: &Method,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Answer {
        let request = self.request(method.clone(), path, token);
        let takes_body = *method != Method::GET && *method != Method::DELETE;
        Answer::of(if takes_body { request.json(body) } else { request }).await
    }

    pub(crate) fn request(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
    ) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base_url));
        token.into_iter().fold(request, RequestBuilder::bearer_auth)
    }
}

impl Drop for Platform {
    fn drop(&mut self) {
        self.services.values().for_each(Running::abort);
    }
}

/// The setting that says where a service is.
fn base_url(name: &str) -> String {
    format!("{}_BASE_URL", name.to_uppercase())
}

/// Where nobody listens now.
fn free_address() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}

async fn serve(name: &str, database: &Database, vars: &HashMap<String, String>) -> Running {
    match name {
        "auth" => serve_one::<auth::Auth>(database, vars).await,
        "catalog" => serve_one::<catalog::Catalog>(database, vars).await,
        "analysis" => serve_one::<analysis::Analysis>(database, vars).await,
        "quest" => serve_one::<quest::Quest>(database, vars).await,
        "sns" => serve_one::<sns::Sns>(database, vars).await,
        _ => panic!("{name} is no service"),
    }
}

/// Starts a service where the settings say that it is, or anywhere.
async fn serve_one<S: Service>(database: &Database, vars: &HashMap<String, String>) -> Running {
    let address = vars.get(&base_url(S::NAME)).map(|url| url.trim_start_matches("http://"));
    let settings = Settings {
        listen: address.unwrap_or("127.0.0.1:0").parse().unwrap(),
        workers: 2,
        shutdown_delay: 0,
        shutdown_timeout: 2,
        ..Settings::default()
    };
    let config = chassis::settings::load_from(vars.clone()).unwrap();
    let pool = pg::Settings::new(database.app_url(S::NAME));
    let trust = testkit::trust_of(S::NAME);
    let running = chassis::serve::<S>(settings, pool, &trust, Clock::system(), config).await;
    running.unwrap()
}

async fn start_gateway(vars: &HashMap<String, String>) -> gateway::Running {
    let settings = gateway::Settings::from_vars(vars).unwrap();
    gateway::start(settings, Clock::system()).await.unwrap()
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = diesel::sql_types::Text)]
    found: String,
}

impl Platform {
    /// Does what an operator does in a shell.
    pub(crate) async fn operate(&self, command: auth::Command) {
        command.run_on(&self.database.pool("auth")).await.unwrap();
    }

    /// Erases a member as `auth erase` does.
    pub(crate) async fn erase(&self, email: &str) {
        self.operate(auth::Command::Erase { email: email.to_owned() }).await;
    }

    /// Erasures that a service has yet to confirm.
    pub(crate) async fn open_erasures(&self) -> usize {
        self.query("SELECT service AS found FROM auth.erasures WHERE done_at IS NULL").await.len()
    }

    /// The tables of the whole database in which a text stands, looked for in every column of every row.
    pub(crate) async fn tables_with(&self, text: &str) -> Vec<String> {
        let tables = "SELECT format('%I.%I', schemaname, tablename) AS found FROM pg_tables
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
        let mut held = Vec::new();
        for table in self.query(tables).await {
            let rows = format!(
                "SELECT '{table}' AS found FROM {table} t WHERE t::text LIKE '%{text}%' LIMIT 1"
            );
            held.extend(self.query(&rows).await);
        }
        held
    }

    pub(crate) async fn query(&self, sql: &str) -> Vec<String> {
        query(&self.database, sql).await
    }
}

/// Asks as the administrator; the column is called `found`.
pub(crate) async fn query(database: &Database, sql: &str) -> Vec<String> {
    use diesel_async::RunQueryDsl;
    let pool = pg::Pool::new(&pg::Settings::new(database.admin_url())).unwrap();
    let mut conn = pool.get().await.unwrap();
    let rows: Vec<Found> = diesel::sql_query(sql).load(&mut conn).await.unwrap();
    rows.into_iter().map(|row| row.found).collect()
}

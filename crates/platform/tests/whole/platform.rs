//! The platform in this process: services one after the other, then the gateway, each on a port of its own.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use chassis::{Clock, Running, Service, Settings};
use pg::EmbeddedMigrations;
use reqwest::{Client, Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use testkit::{Answer, Database};

/// Every service's tables.
pub(crate) const TABLES: &[(&str, EmbeddedMigrations)] = &[
    (auth::Auth::NAME, auth::Auth::MIGRATIONS),
    (catalog::Catalog::NAME, catalog::Catalog::MIGRATIONS),
    (analysis::Analysis::NAME, analysis::Analysis::MIGRATIONS),
    (quest::Quest::NAME, quest::Quest::MIGRATIONS),
];

const ISSUER: &str = "http://localhost:8000";

pub(crate) struct Platform {
    pub(crate) database: Database,
    pub(crate) base_url: String,
    pub(crate) services: BTreeMap<&'static str, Running>,
    gateway: gateway::Running,
    http: Client,
}

impl Platform {
    /// Starts everything on a database of its own.
    pub(crate) async fn start() -> Self {
        Self::start_on(Database::create(TABLES).await).await
    }

    /// Starts everything on a given database, and waits until it is ready.
    pub(crate) async fn start_on(database: Database) -> Self {
        chassis::install_crypto();
        // Before any request: a span that began unheard has no trace.
        LazyLock::force(&crate::telemetry::SAID);
        let key = identity::keys::SigningKey::generate_pem().unwrap();
        let mut vars = HashMap::from([
            ("JWT_SECRET".to_owned(), key.expose_secret().to_owned()),
            ("TOKEN_ISSUER".to_owned(), ISSUER.to_owned()),
        ]);
        let mut services = BTreeMap::new();
        services.insert("auth", serve::<auth::Auth>(&database, &mut vars).await);
        services.insert("catalog", serve::<catalog::Catalog>(&database, &mut vars).await);
        services.insert("analysis", serve::<analysis::Analysis>(&database, &mut vars).await);
        services.insert("quest", serve::<quest::Quest>(&database, &mut vars).await);

        let jwks_url = format!("{}/.well-known/jwks.json", vars["AUTH_BASE_URL"]);
        let issuers = json!([{"issuer": ISSUER, "audience": "damacorch", "jwks_url": jwks_url}]);
        vars.insert("TOKEN_ISSUERS".to_owned(), issuers.to_string());
        vars.insert("LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        vars.insert("ADMIN_LISTEN".to_owned(), "127.0.0.1:0".to_owned());
        vars.insert("WORKERS".to_owned(), "2".to_owned());
        vars.insert("SHUTDOWN_DELAY".to_owned(), "0".to_owned());
        vars.insert("RATE_LIMITS".to_owned(), "off".to_owned());
        vars.insert("ASSERTION_KEY".to_owned(), testkit::private_key("gateway"));
        let settings = gateway::Settings::from_vars(&vars).unwrap();
        let gateway = gateway::start(settings, Clock::system()).await.unwrap();

        let platform = Platform {
            base_url: format!("http://{}", gateway.address),
            database,
            services,
            gateway,
            http: Client::new(),
        };
        crate::until(async || platform.is_ready().then_some(())).await;
        platform
    }

    fn is_ready(&self) -> bool {
        self.gateway.readiness.is_ready()
            && self.services.values().all(|service| service.readiness.is_ready())
    }

    /// Ends one service, as if its pods were gone.
    pub(crate) async fn stop(&mut self, name: &str) {
        self.services.remove(name).expect("it runs").stop().await.unwrap();
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

/// Starts a service, and tells the next ones where it is.
async fn serve<S: Service>(database: &Database, vars: &mut HashMap<String, String>) -> Running {
    let settings = Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        workers: 2,
        shutdown_delay: 0,
        shutdown_timeout: 2,
        ..Settings::default()
    };
    let config = chassis::settings::load_from(vars.clone()).unwrap();
    let pool = pg::Settings::new(database.app_url(S::NAME));
    let trust = testkit::trust_of(S::NAME);
    let running = chassis::serve::<S>(settings, pool, &trust, Clock::system(), config).await;
    let running = running.unwrap();
    let name = format!("{}_BASE_URL", S::NAME.to_uppercase());
    vars.insert(name, format!("http://{}", running.address));
    running
}

#[derive(diesel::QueryableByName)]
struct Found {
    #[diesel(sql_type = diesel::sql_types::Text)]
    found: String,
}

impl Platform {
    /// Erases a member as `auth erase` does.
    pub(crate) async fn erase(&self, email: &str) {
        let pool = self.database.pool("auth");
        auth::Command::Erase { email: email.to_owned() }.run_on(&pool).await.unwrap();
    }

    /// Erasures that a service has yet to confirm.
    pub(crate) async fn open_erasures(&self) -> usize {
        self.query("SELECT service AS found FROM auth.erasures WHERE done_at IS NULL").await.len()
    }

    /// Tables of services in which a member's id still stands, looked for in every column of every row. Left out is that
    /// they were erased, which must be remembered: a late event must not bring them back.
    pub(crate) async fn rows_of(&self, user_id: &str) -> Vec<String> {
        let tables = self
            .query(
                "SELECT format('%I.%I', schemaname, tablename) AS found FROM pg_tables
                 WHERE schemaname NOT IN ('events', 'pg_catalog', 'information_schema')
                   AND tablename <> 'erasures'",
            )
            .await;
        let mut held = Vec::new();
        for table in tables {
            let rows = format!(
                "SELECT '{table}' AS found FROM {table} t WHERE t::text LIKE '%{user_id}%' LIMIT 1"
            );
            held.extend(self.query(&rows).await);
        }
        held
    }

    async fn query(&self, sql: &str) -> Vec<String> {
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

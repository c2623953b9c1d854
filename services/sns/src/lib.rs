//! sns: the places where a member writes, and the topics they write about.

mod app;
mod config;
mod domain;
mod egress;
mod error;
mod feeds;
mod http;
mod metrics;
mod oauth;
mod providers;
mod routes;
mod schema;
mod state;
mod store;

use actix_web::web::ServiceConfig;
use chassis::{Service, StartError, Startup};
use utoipa::OpenApi;

pub use config::{Config, OAuthClient, OAuthClients};
pub use state::State;

use error::Error;

/// The service.
#[derive(Clone, Copy, Debug)]
pub struct Sns;

impl Service for Sns {
    const NAME: &'static str = "sns";
    const MIGRATIONS: pg::EmbeddedMigrations = pg::embed_migrations!();
    type Config = Config;
    type State = State;

    async fn start(config: Config, startup: &Startup) -> Result<State, StartError> {
        metrics::show();
        let workers = config.import_concurrency;
        let state = State::new(startup, config)?;
        let (database, clock) = (pg::Connector::new(&startup.database)?, startup.clock.clone());
        let consumer = events::Consumer::<Error>::new(startup.name, startup.pool.clone(), database)
            .on_erasure(move || clock.now(), store::member_data::TABLES);
        startup.spawn_to_its_end(consumer.run(startup.stopping.clone()));
        let clock = startup.clock.clone();
        startup.spawn(idempotency::sweep(startup.pool.clone(), move || clock.now()));
        for _ in 0..workers {
            startup.spawn(app::imports::work(state.clone()));
        }
        startup.spawn(app::imports::schedule(state.clone()));
        startup.spawn(app::revocations::work(state.clone()));
        Ok(state)
    }

    fn routes(app: &mut ServiceConfig) {
        routes::routes(app);
    }
}

/// What clients may rely on.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes::ApiDoc::openapi()
}

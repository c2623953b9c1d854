//! catalog: what everybody reads and hardly anybody writes. Personality tests, characters, quest templates, the
//! self-check, and the sentences of results.

mod app;
mod config;
pub mod domain;
mod error;
mod http;
mod keep;
mod routes;
mod schema;
mod state;
mod store;

use actix_web::web::ServiceConfig;
use chassis::{Service, StartError, Startup};
use contracts::events::MemberErased;
use utoipa::OpenApi;

pub use config::Config;
pub use state::State;

use domain::files::Files;
use error::Error;

/// The service.
#[derive(Clone, Copy, Debug)]
pub struct Catalog;

impl Service for Catalog {
    const NAME: &'static str = "catalog";
    const MIGRATIONS: pg::EmbeddedMigrations = pg::embed_migrations!();
    type Config = Config;
    type State = State;

    async fn start(_: Config, startup: &Startup) -> Result<State, StartError> {
        let files = Files::embedded()?;
        let state = State {
            pool: startup.pool.clone(),
            clock: startup.clock.clone(),
            shelf: Default::default(),
        };
        startup.readiness.wait_for("content", "not read yet");
        startup.spawn(keep::keep(state.clone(), files, startup.readiness.clone()));

        let database = pg::Connector::new(&startup.database)?;
        let consumer = events::Consumer::<Error>::new(startup.name, startup.pool.clone(), database)
            .on::<MemberErased>(async |conn, erased, _| {
                app::members::erase_member(conn, erased.user_id).await
            });
        startup.spawn_to_its_end(consumer.run(startup.stopping.clone()));
        let clock = startup.clock.clone();
        startup.spawn(idempotency::sweep(startup.pool.clone(), move || clock.now()));
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

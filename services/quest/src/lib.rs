//! quest: three quests a day. Which, why, and what became of them.

mod app;
mod commands;
mod config;
mod domain;
mod error;
mod http;
mod references;
mod routes;
mod schema;
mod state;
mod store;

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use chassis::{Clock, Service, StartError, Startup};
use client::Client;
use contracts::events::{
    AnalysisCompleted, AnalysisDeleted, CatalogUpdated, MemberRegistered, MemberUpdated,
    SelfCheckSubmitted, TopicsChanged,
};
use jiff::Timestamp;
use pg::Connection;
use utoipa::OpenApi;

pub use commands::Command;
pub use config::Config;
pub use state::State;

use app::members;
use domain::texts::Texts;
use error::Error;
use references::References;

/// The service.
#[derive(Clone, Copy, Debug)]
pub struct Quest;

impl Service for Quest {
    const NAME: &'static str = "quest";
    const MIGRATIONS: pg::EmbeddedMigrations = pg::embed_migrations!();
    type Config = Config;
    type State = State;

    async fn start(config: Config, startup: &Startup) -> Result<State, StartError> {
        let catalog = Client::new("catalog", &config.catalog_base_url, startup.proof("catalog"))?;
        let references = References::start(startup, &catalog);
        let consumer = consumer(&config, startup, references.clone())?;
        startup.spawn_to_its_end(consumer.run(startup.stopping.clone()));
        let clock = startup.clock.clone();
        startup.spawn(idempotency::sweep(startup.pool.clone(), move || clock.now()));
        let clock = startup.clock.clone();
        startup.spawn(app::outcomes::sweep(startup.pool.clone(), move || clock.now()));
        Ok(State {
            pool: startup.pool.clone(),
            clock: startup.clock.clone(),
            references,
            texts: Arc::new(Texts::embedded()?),
        })
    }

    fn routes(app: &mut ServiceConfig) {
        routes::routes(app);
    }
}

/// What quest does when it is told something.
fn consumer(
    config: &Config,
    startup: &Startup,
    references: References,
) -> Result<events::Consumer<Error>, StartError> {
    let auth = Client::new("auth", &config.auth_base_url, startup.proof("auth"))?;
    let analysis = Client::new("analysis", &config.analysis_base_url, startup.proof("analysis"))?;
    let database = pg::Connector::new(&startup.database)?;
    let (pool, clock) = (startup.pool.clone(), startup.clock.clone());
    let snapshot = {
        let (pool, clock) = (pool.clone(), clock.clone());
        async move || members::take_snapshot(&pool, &clock, &auth, &analysis).await
    };
    let erasing_clock = clock.clone();
    Ok(events::Consumer::new(startup.name, pool, database)
        .start_with_snapshot(snapshot)
        .on::<MemberRegistered>(at_once(&clock, members::keep_registered))
        .on::<MemberUpdated>(at_once(&clock, members::keep_updated))
        .on_erasure(move || erasing_clock.now(), store::member_data::TABLES)
        .on::<AnalysisCompleted>(at_once(&clock, members::keep_result))
        .on::<AnalysisDeleted>(at_once(&clock, members::keep_deletion))
        .on::<SelfCheckSubmitted>(at_once(&clock, members::keep_self_check))
        .on::<TopicsChanged>(at_once(&clock, members::keep_topics))
        .on::<CatalogUpdated>(async move |_, updated, _| {
            references.revalidate(&updated.kind);
            Ok(())
        }))
}

/// A handler at the time at which it is called: a day that was lived meanwhile stays as it was, however late a word comes.
fn at_once<E>(
    clock: &Clock,
    handler: impl AsyncFn(&mut Connection, Timestamp, E) -> Result<(), Error> + 'static,
) -> impl AsyncFn(&mut Connection, E, &events::Meta) -> Result<(), Error> + 'static {
    let clock = clock.clone();
    async move |conn: &mut Connection, event, _: &events::Meta| {
        handler(conn, clock.now(), event).await
    }
}

/// What clients may rely on.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes::ApiDoc::openapi()
}

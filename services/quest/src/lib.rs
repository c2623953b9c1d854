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
use chassis::{Service, StartError, Startup};
use client::Client;
use contracts::events::{
    AnalysisCompleted, AnalysisDeleted, CatalogUpdated, MemberErased, MemberRegistered,
    MemberUpdated, SelfCheckSubmitted, TopicsChanged,
};
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
        let catalog = Client::new(
            "catalog",
            &config.catalog_base_url,
            startup.proof("catalog"),
        )?;
        let references = References::start(startup, &catalog);
        let consumer = consumer(&config, startup, references.clone())?;
        startup.spawn(consumer.run(startup.stopping.clone()));
        let clock = startup.clock.clone();
        startup.spawn(idempotency::sweep(startup.pool.clone(), move || {
            clock.now()
        }));
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
    let analysis = Client::new(
        "analysis",
        &config.analysis_base_url,
        startup.proof("analysis"),
    )?;
    let database = pg::Connector::new(&startup.database)?;
    let pool = startup.pool.clone();
    let clock = startup.clock.clone();
    let now = move || clock.now();
    let [at_snapshot, at_sign_up, at_update, at_erasure] = [(); 4].map(|()| now.clone());
    let [at_result, at_deletion, at_check, at_topics] = [(); 4].map(|()| now.clone());
    Ok(
        events::Consumer::new(startup.name, startup.pool.clone(), database)
            .start_with_snapshot(async move || {
                members::take_snapshot(&pool, &at_snapshot, &auth, &analysis).await
            })
            .on::<MemberRegistered>(async move |conn, MemberRegistered(told), _| {
                members::keep_told(conn, at_sign_up(), &told).await
            })
            .on::<MemberUpdated>(async move |conn, MemberUpdated(told), _| {
                members::keep_told(conn, at_update(), &told).await
            })
            .on::<MemberErased>(async move |conn, erased, _| {
                members::erase_member(conn, at_erasure(), erased.user_id).await
            })
            .on::<AnalysisCompleted>(async move |conn, done, _| {
                members::keep_tendencies(conn, at_result(), done.user_id, Some(&done.holds)).await
            })
            .on::<AnalysisDeleted>(async move |conn, deleted, _| {
                let holds = deleted.holds.as_ref();
                members::keep_tendencies(conn, at_deletion(), deleted.user_id, holds).await
            })
            .on::<SelfCheckSubmitted>(async move |conn, check, _| {
                members::keep_self_check(conn, at_check(), check).await
            })
            .on::<TopicsChanged>(async move |conn, changed, _| {
                members::keep_topics(conn, at_topics(), changed).await
            })
            .on::<CatalogUpdated>(async move |_, updated, _| {
                references.revalidate(&updated.kind);
                Ok(())
            }),
    )
}

/// What clients may rely on.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes::ApiDoc::openapi()
}

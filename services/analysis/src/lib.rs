//! analysis: what members' answers say. Personality tests, their results, and the daily self-check.

mod app;
mod config;
pub mod domain;
mod error;
mod http;
mod references;
mod routes;
mod schema;
mod state;
mod store;

use actix_web::web::ServiceConfig;
use chassis::{Service, StartError, Startup};
use client::Client;
use contracts::events::{
    CatalogUpdated, MemberRegistered, MemberUpdated, QuestCompleted, QuestUndone, TopicsChanged,
};
use utoipa::OpenApi;

pub use config::Config;
pub use state::State;

use error::Error;
use references::References;

/// The service.
#[derive(Clone, Copy, Debug)]
pub struct Analysis;

impl Service for Analysis {
    const NAME: &'static str = "analysis";
    const MIGRATIONS: pg::EmbeddedMigrations = pg::embed_migrations!();
    type Config = Config;
    type State = State;

    async fn start(config: Config, startup: &Startup) -> Result<State, StartError> {
        let catalog = Client::new("catalog", &config.catalog_base_url, startup.proof("catalog"))?;
        let auth = Client::new("auth", &config.auth_base_url, startup.proof("auth"))?;
        let references = References::start(startup, &catalog, &auth);
        let consumer = consumer(startup, auth, references.clone())?;
        startup.spawn_to_its_end(consumer.run(startup.stopping.clone()));
        let clock = startup.clock.clone();
        startup.spawn(idempotency::sweep(startup.pool.clone(), move || clock.now()));
        let clock = startup.clock.clone();
        startup.spawn(app::sessions::sweep(startup.pool.clone(), move || clock.now()));
        Ok(State { pool: startup.pool.clone(), clock: startup.clock.clone(), references })
    }

    fn routes(app: &mut ServiceConfig) {
        routes::routes(app);
    }
}

/// What analysis does when it is told something.
fn consumer(
    startup: &Startup,
    auth: Client,
    references: References,
) -> Result<events::Consumer<Error>, StartError> {
    let (pool, clock) = (startup.pool.clone(), startup.clock.clone());
    let database = pg::Connector::new(&startup.database)?;
    Ok(events::Consumer::new(startup.name, startup.pool.clone(), database)
        .start_with_snapshot(async move || app::members::take_snapshot(&pool, &auth).await)
        .on::<MemberRegistered>(async |conn, MemberRegistered(member), _| {
            let keep = async |conn: &mut _| store::members::upsert(conn, &member).await;
            app::members::keep(conn, member.user_id, keep).await
        })
        .on::<MemberUpdated>(async |conn, MemberUpdated(member), _| {
            let keep = async |conn: &mut _| store::members::upsert(conn, &member).await;
            app::members::keep(conn, member.user_id, keep).await
        })
        .on_erasure(move || clock.now(), store::member_data::TABLES)
        .on::<TopicsChanged>(async |conn, changed, _| {
            let keep = async |conn: &mut _| store::topics::upsert(conn, &changed).await;
            app::members::keep(conn, changed.user_id, keep).await
        })
        .on::<QuestCompleted>(async |conn, done, _| {
            let keep = async |conn: &mut _| store::completed_quests::insert(conn, &done).await;
            app::members::keep(conn, done.user_id, keep).await
        })
        .on::<QuestUndone>(async |conn, undone, _| {
            Ok(store::completed_quests::delete(conn, undone.user_id, undone.quest_id).await?)
        })
        .on::<CatalogUpdated>(async move |_, updated, _| {
            references.revalidate(&updated.kind);
            Ok(())
        }))
}

/// What clients may rely on.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes::ApiDoc::openapi()
}

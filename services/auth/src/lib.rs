//! auth: who the members are. Sign-up, sign-in, tokens, sessions, and the settings of the app.

mod app;
mod commands;
mod config;
mod domain;
mod error;
mod http;
mod mailer;
mod metrics;
mod provider;
mod routes;
mod schema;
mod social;
mod state;
mod store;
mod tokens;

use std::sync::Arc;

use actix_web::web::ServiceConfig;
use chassis::{Service, StartError, Startup};
use contracts::events::MemberErasureDone;
use utoipa::OpenApi;

pub use commands::{Command, KeysCommand};
pub use config::Config;
pub use social::{SocialProvider, SocialProviders};
pub use state::State;

/// Its schema, its roles, and how other services know it.
const NAME: &str = "auth";

/// The service.
#[derive(Clone, Copy, Debug)]
pub struct Auth;

impl Service for Auth {
    const NAME: &'static str = NAME;
    const MIGRATIONS: pg::EmbeddedMigrations = pg::embed_migrations!();
    type Config = Config;
    type State = State;

    async fn start(config: Config, startup: &Startup) -> Result<State, StartError> {
        let state = State::new(startup, &config)?;
        if let Some(mailer) = mailer::Mailer::open(&config)? {
            startup.spawn(app::mails::send_due(state.clone(), mailer));
        }
        startup.spawn(app::keys::follow(&state, startup.readiness.clone()).await);
        startup.spawn(app::sessions::sweep(state.clone()));
        startup.spawn(app::unconfirmed::watch(state.clone(), config.erasure_retry));
        if let Some(cognito) = state.cognito.clone() {
            startup.spawn(app::cognito::tell(state.clone(), Arc::clone(&cognito)));
            startup.spawn(async move { cognito.verifier.keep_fresh().await });
        }
        let clock = startup.clock.clone();
        startup.spawn(idempotency::sweep(startup.pool.clone(), move || clock.now()));
        startup.spawn_to_its_end(consumer(startup)?.run(startup.stopping.clone()));
        Ok(state)
    }

    fn routes(app: &mut ServiceConfig) {
        routes::routes(app);
    }
}

/// What auth does when it is told something.
fn consumer(startup: &Startup) -> Result<events::Consumer<error::Error>, StartError> {
    let clock = startup.clock.clone();
    let database = pg::Connector::new(&startup.database)?;
    Ok(events::Consumer::new(startup.name, startup.pool.clone(), database).on::<MemberErasureDone>(
        async move |conn, done, _| app::erasures::confirm(conn, clock.now(), done).await,
    ))
}

/// What clients may rely on.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes::ApiDoc::openapi()
}

//! Starts a service and keeps it observable: what every service does alike, so that none does it by itself.
//!
//! A service implements [`Service`] and hands itself to [`main`]; it then has the commands `serve`, `migrate` and
//! `healthcheck`, settings from the environment, JSON logs with `trace_id`, traces, metrics, `/healthz`, `/livez`,
//! `/metrics`, problem bodies for every refusal, and a graceful stop. The gateway, which has no database, uses the
//! same parts one by one.

mod cli;
mod clock;
mod document;
pub mod health;
mod language;
mod limits;
pub mod metrics;
mod observe;
mod serve;
mod service;
pub mod settings;
mod stop;
pub mod telemetry;
mod trust;

pub use cli::{
    Migration, NoCommand, database_settings, exit_code, healthcheck_at, install_crypto, main,
    main_with,
};
pub use clock::Clock;
pub use document::Document;
pub use health::Readiness;
pub use language::Language;
pub use limits::raise_open_files;
pub use observe::{RouteTemplate, observe};
pub use serve::{Running, serve};
pub use service::{Service, StartError, Startup, WithPool, proof};
pub use settings::Settings;
pub use stop::{Draining, stop_signal};
pub use trust::Trust;

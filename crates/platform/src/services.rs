//! The services, and where they listen on this machine. A sixth one is a line here.

use chassis::settings::{Setting, described};
use utoipa::openapi::OpenApi;

/// Where clients come in.
pub const PUBLIC: &str = "http://localhost:8000";
/// The gateway's own port.
pub const GATEWAY_PORT: u16 = 8000;
/// The gateway's health and metrics.
pub const GATEWAY_ADMIN_PORT: u16 = 8100;

/// Where moto plays Cognito.
pub const MOTO_PORT: u16 = 8120;

/// A service.
pub struct Service {
    /// Its binary, its schema, its roles.
    pub name: &'static str,
    /// Where it listens.
    pub port: u16,
    /// What it says of its API.
    pub openapi: fn() -> OpenApi,
    /// What it alone is told.
    pub settings: fn() -> Vec<Setting>,
}

/// A service as it describes itself.
const fn service<S: chassis::Service>(port: u16, openapi: fn() -> OpenApi) -> Service {
    Service { name: S::NAME, port, openapi, settings: described::<S::Config> }
}

/// Every service.
pub const SERVICES: [Service; 5] = [
    service::<auth::Auth>(8101, auth::openapi),
    service::<catalog::Catalog>(8102, catalog::openapi),
    service::<analysis::Analysis>(8103, analysis::openapi),
    service::<quest::Quest>(8104, quest::openapi),
    service::<sns::Sns>(8105, sns::openapi),
];

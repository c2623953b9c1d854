//! The services, and where they listen on this machine. A sixth one is a line here.

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
}

/// Every service.
pub const SERVICES: [Service; 5] = [
    Service { name: "auth", port: 8101, openapi: auth::openapi },
    Service { name: "catalog", port: 8102, openapi: catalog::openapi },
    Service { name: "analysis", port: 8103, openapi: analysis::openapi },
    Service { name: "quest", port: 8104, openapi: quest::openapi },
    Service { name: "sns", port: 8105, openapi: sns::openapi },
];

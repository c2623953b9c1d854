//! The services, and where they listen on this machine. A sixth one is a line here.

use utoipa::openapi::OpenApi;

/// Where clients come in.
pub(crate) const PUBLIC: &str = "http://localhost:8000";
/// The gateway's own port.
pub(crate) const GATEWAY_PORT: u16 = 8000;
/// The gateway's health and metrics.
pub(crate) const GATEWAY_ADMIN_PORT: u16 = 8100;

/// A service.
pub(crate) struct Service {
    /// Its binary, its schema, its roles.
    pub(crate) name: &'static str,
    /// Where it listens.
    pub(crate) port: u16,
    /// What it says of its API.
    pub(crate) openapi: fn() -> OpenApi,
}

/// Every service.
pub(crate) const SERVICES: [Service; 4] = [
    Service { name: "auth", port: 8101, openapi: auth::openapi },
    Service { name: "catalog", port: 8102, openapi: catalog::openapi },
    Service { name: "analysis", port: 8103, openapi: analysis::openapi },
    Service { name: "quest", port: 8104, openapi: quest::openapi },
];

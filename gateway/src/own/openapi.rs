//! What the gateway says of its own answers, for the whole document.

use serde_json::json;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::path::{HttpMethod, OperationBuilder, PathItem, PathsBuilder};
use utoipa::openapi::{InfoBuilder, OpenApi, OpenApiBuilder, ResponseBuilder};

/// The gateway's own routes. Files of the page itself are no part of the API.
pub fn openapi() -> OpenApi {
    let health = "What each service answers just now: 200 when all are well, else 503";
    let paths = [
        ("/health", "health", health),
        ("/api/health", "api_health", health),
        ("/api/schema", "schema", "This document: YAML, or JSON where `Accept` asks for it"),
        ("/api/docs", "docs", "A page to try the API"),
    ];
    let paths = paths.into_iter().fold(PathsBuilder::new(), |paths, (path, name, summary)| {
        let public = ExtensionsBuilder::new().add("x-access", json!("public")).build();
        let operation = OperationBuilder::new()
            .tag("gateway")
            .operation_id(Some(name))
            .summary(Some(summary))
            .response("200", ResponseBuilder::new().description("").build())
            .extensions(Some(public))
            .build();
        paths.path(path, PathItem::new(HttpMethod::Get, operation))
    });
    let info = InfoBuilder::new().title("gateway").version(env!("CARGO_PKG_VERSION")).build();
    OpenApiBuilder::new().info(info).paths(paths.build()).build()
}

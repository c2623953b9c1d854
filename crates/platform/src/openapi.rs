//! One OpenAPI document of all services: `docs/openapi.yaml`, which the gateway serves at `/api/schema`.

use std::fs;

use platform::services::SERVICES;
use platform::{Outcome, folder};
use problem::ProblemBody;
use reqwest::StatusCode;
use utoipa::OpenApi;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Ref, RefOr, ResponseBuilder};

#[derive(OpenApi)]
#[openapi(
    info(
        title = "damacorch",
        description = "A coaching platform: a member takes a personality test, is given a character, and grows it with daily quests.\n\nErrors are problems (RFC 9457). A member's POST may carry `Idempotency-Key`. Lists are `{items, next_cursor}`.",
    ),
    servers((url = "http://localhost:8000")),
    components(schemas(ProblemBody))
)]
struct Whole;

/// Writes the document, or fails when it is stale.
pub(crate) fn write(check: bool) -> Outcome {
    let path = folder::root().join("docs/openapi.yaml");
    let whole = whole().to_yaml()?;
    if !check {
        fs::write(&path, whole)?;
        println!("docs/openapi.yaml is written");
        return Ok(());
    }
    if fs::read_to_string(&path)? == whole {
        return Ok(());
    }
    Err("docs/openapi.yaml is not what the services say: run make openapi, look at the difference, commit it".into())
}

fn whole() -> utoipa::openapi::OpenApi {
    let mut whole = Whole::openapi();
    for service in &SERVICES {
        whole.merge((service.openapi)());
    }
    whole.merge(gateway::openapi());
    for item in whole.paths.paths.values_mut() {
        let operations =
            [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch];
        operations.into_iter().flatten().for_each(describe);
    }
    if let Some(components) = &mut whole.components {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        components.add_security_scheme("bearer", SecurityScheme::Http(bearer));
    }
    whole
}

/// Every answer has a description, as OpenAPI wants it, and every operation may answer a problem.
fn describe(operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    for (status, response) in responses.iter_mut() {
        let phrase = StatusCode::from_bytes(status.as_bytes()).ok();
        let phrase = phrase.and_then(|status| status.canonical_reason()).unwrap_or_default();
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            phrase.clone_into(&mut response.description);
        }
    }
    let body = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
    let problem = ResponseBuilder::new()
        .description("What went wrong (RFC 9457)")
        .content("application/problem+json", body)
        .build();
    responses.insert("default".into(), RefOr::T(problem));
}

//! What the extractors refuse, and how they name it.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, which clippy does not see")]

use actix_web::http::StatusCode;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, HttpResponse, web};
use garde::Validate;
use problem::{Json, OptionalJson, Path, Query};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Answers {
    #[garde(length(min = 1), dive)]
    answers: Vec<Answer>,
    #[garde(length(chars, max = 6))]
    note: Option<String>,
}

#[derive(Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[garde(range(min = 1, max = 5))]
    value: i16,
}

#[derive(Default, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
struct Choice {
    #[garde(skip)]
    everywhere: bool,
}

#[derive(Deserialize, Validate)]
struct Page {
    #[garde(range(min = 1, max = 100))]
    limit: Option<u32>,
    #[garde(skip)]
    q: Option<String>,
}

async fn ask(request: TestRequest) -> (u16, Vec<String>) {
    let app = init_service(
        App::new()
            .route("/body", web::post().to(async |_: Json<Answers>| HttpResponse::Ok()))
            .route(
                "/choice",
                web::post().to(async |body: OptionalJson<Choice>| {
                    let status = if body.0.value.everywhere { 201 } else { 200 };
                    HttpResponse::with_body(StatusCode::from_u16(status).unwrap(), "")
                }),
            )
            .route(
                "/query",
                web::get().to(async |query: Query<Page>| query.0.q.unwrap_or_default()),
            )
            .route("/path/{id}", web::get().to(async |_: Path<Uuid>| HttpResponse::Ok()))
            .wrap(actix_web::middleware::from_fn(finish)),
    )
    .await;
    let response = call_service(&app, request.to_request()).await;
    let status = response.status().as_u16();
    if status < 400 {
        return (status, Vec::new());
    }
    assert_eq!(response.headers().get("content-type").unwrap(), "application/problem+json");
    let body: Value = read_body_json(response).await;
    assert_eq!((&body["status"], &body["request_id"]), (&json!(status), &json!("the id")));
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    (status, errors.iter().map(|error| error["pointer"].as_str().unwrap().to_owned()).collect())
}

async fn finish(
    request: actix_web::dev::ServiceRequest,
    next: actix_web::middleware::Next<actix_web::body::BoxBody>,
) -> Result<actix_web::dev::ServiceResponse, actix_web::Error> {
    let (request, response) = next.call(request).await?.into_parts();
    let response = problem::finish(request.path(), "the id", response);
    Ok(actix_web::dev::ServiceResponse::new(request, response))
}

fn post(body: impl Into<bytes::Bytes>) -> TestRequest {
    TestRequest::post()
        .uri("/body")
        .insert_header(("content-type", "application/json"))
        .set_payload(body)
}

#[actix_web::test]
async fn every_wrong_place_of_a_body_is_named() {
    for (body, status, pointers) in [
        (r#"{"answers":[{"value":3}]}"#, 200, vec![]),
        (r#"{"answers":[]}"#, 422, vec!["/answers"]),
        (
            r#"{"answers":[{"value":6},{"value":3},{"value":0}],"note":"too long"}"#,
            422,
            vec!["/answers/0/value", "/answers/2/value", "/note"],
        ),
        (r#"{"answers":[{"value":3},{"value":"3"}]}"#, 400, vec!["/answers/1/value"]),
        (r#"{"answers":[{"value":3,"key":1}]}"#, 400, vec!["/answers/0/key"]),
        (r#"{"answers":[{"value":99999}]}"#, 400, vec!["/answers/0/value"]),
        (r#"{"answers":[{}]}"#, 400, vec!["/answers/0/value"]),
        (r#"{"note":"x"}"#, 400, vec!["/answers"]),
        (r#"{"answers":"#, 400, vec!["/answers"]),
        (r#"{"answers":[{"value":3}]} more"#, 400, vec![""]),
        ("", 400, vec![""]),
        ("\u{0}", 400, vec![""]),
    ] {
        let (said, named) = ask(post(body)).await;
        assert_eq!(
            (said, named.iter().map(String::as_str).collect()),
            (status, pointers),
            "{body}"
        );
    }
}

#[actix_web::test]
async fn a_body_must_say_that_it_is_json() {
    let body = r#"{"answers":[{"value":3}]}"#;
    for (kind, status) in [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("APPLICATION/JSON", 200),
        ("application/merge-patch+json", 200),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonp", 415),
    ] {
        let request = TestRequest::post().uri("/body").insert_header(("content-type", kind));
        assert_eq!(ask(request.set_payload(body)).await.0, status, "{kind}");
    }
    assert_eq!(ask(TestRequest::post().uri("/body").set_payload(body)).await.0, 415);
}

#[actix_web::test]
async fn a_body_that_may_be_left_out_is_looked_at_when_it_is_there() {
    let choice = || TestRequest::post().uri("/choice");
    let json = |body: &'static str| {
        choice().insert_header(("content-type", "application/json")).set_payload(body)
    };
    assert_eq!(ask(choice()).await.0, 200);
    assert_eq!(ask(json(r#"{"everywhere":true}"#)).await.0, 201);
    assert_eq!(ask(json(r#"{"everywhere":1}"#)).await, (400, vec!["/everywhere".to_owned()]));
    assert_eq!(ask(choice().set_payload("{}")).await.0, 415);
}

#[actix_web::test]
async fn wrong_parameters_are_named_and_wrong_paths_are_not_there() {
    let get = |path: &str| ask(TestRequest::get().uri(path));
    assert_eq!(get("/query").await.0, 200);
    assert_eq!(get("/query?limit=100").await.0, 200);
    assert_eq!(get("/query?limit=101").await, (422, vec!["/limit".to_owned()]));
    assert_eq!(get("/query?limit=many").await, (400, vec!["/limit".to_owned()]));
    assert_eq!(get("/query?limit=1&limit=2").await.0, 400);
    assert_eq!(get("/path/0193f2a0-0000-7000-8000-000000000000").await.0, 200);
    assert_eq!(get("/path/nonsense").await.0, 404);
    assert_eq!(get("/nowhere").await.0, 404);
}

#[actix_web::test]
async fn text_that_no_database_keeps_is_named() {
    for (body, status, pointers) in [
        (r#"{"answers":[{"value":3}],"note":"a\u0000"}"#, 422, vec!["/note"]),
        (r#"{"answers":[{"value":3}],"note":"\\\u0000"}"#, 422, vec!["/note"]),
        (r#"{"answers":[{"value":6}],"note":"\u0000"}"#, 422, vec!["/answers/0/value", "/note"]),
        // A backslash and five characters.
        (r#"{"answers":[{"value":3}],"note":"\\u0000"}"#, 200, vec![]),
    ] {
        let (said, named) = ask(post(body)).await;
        assert_eq!(
            (said, named.iter().map(String::as_str).collect()),
            (status, pointers),
            "{body}"
        );
    }
    let get = |path: &str| ask(TestRequest::get().uri(path));
    assert_eq!(
        get("/query?q=a%00&limit=0").await,
        (422, vec!["/limit".to_owned(), "/q".to_owned()])
    );
    assert_eq!(get("/query?q=%2500").await.0, 200);
}

//! A provider that misbehaves.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests, which clippy does not see")]

use std::time::Duration;

use client::{NoAnswer, ProviderClient};
use http::{Request, Response};
use wiremock::matchers::{any, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

async fn ask(server: &MockServer, at: &str) -> Result<Response<Vec<u8>>, NoAnswer> {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let request = Request::post(format!("{}{at}", server.uri())).body(b"a question".to_vec());
    ProviderClient::new().unwrap().send(request.unwrap()).await
}

async fn answering(answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    server
}

#[tokio::test]
async fn what_was_asked_arrives_and_so_does_the_answer_whatever_it_is() {
    let answer = ResponseTemplate::new(503).insert_header("retry-after", "7").set_body_string("no");
    let server = answering(answer).await;
    let answer = ask(&server, "/token").await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_slice()), (503, b"no".as_slice()));
    assert_eq!(answer.headers()["retry-after"], "7");
    assert_eq!(server.received_requests().await.unwrap()[0].body, b"a question");
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = MockServer::start().await;
    let elsewhere = ResponseTemplate::new(307).insert_header("location", "/elsewhere");
    Mock::given(path("/token")).respond_with(elsewhere).mount(&server).await;
    assert_eq!(ask(&server, "/token").await.unwrap().status().as_u16(), 307);
    assert_eq!(server.received_requests().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_has_bounds() {
    for (bytes, is_read) in [(256 * 1024, true), (256 * 1024 + 1, false)] {
        let server = answering(ResponseTemplate::new(200).set_body_bytes(vec![b' '; bytes])).await;
        let answer = ask(&server, "/token").await;
        assert_eq!(answer.is_ok(), is_read);
        assert!(is_read || matches!(answer, Err(NoAnswer::TooLarge)));
    }
    let late = answering(ResponseTemplate::new(200).set_delay(Duration::from_secs(9))).await;
    let error = ask(&late, "/token?access_token=secret").await.unwrap_err();
    assert!(matches!(&error, NoAnswer::Http(error) if error.is_timeout()));
    assert!(!format!("{error} {error:?}").contains("secret"), "{error:?}");
}

//! One call to Cognito: an unsigned JSON post, within a deadline, so many at once, and none while Cognito does not answer.

use std::sync::LazyLock;
use std::time::Duration;

use client::Breaker;
use prometheus::{IntCounterVec, register_int_counter_vec};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use super::errors::{Failure, Kind};

/// For waiting for a turn, asking and reading. A sign-in asks twice at the most, and the gateway waits eight seconds for it.
const DEADLINE: Duration = Duration::from_secs(3);
const CONNECT: Duration = Duration::from_secs(1);
/// The longest answer that is read, in bytes: three tokens, and room.
const LONGEST_ANSWER: usize = 64 * 1024;
/// How Cognito begins to say which rule a password breaks.
const POLICY: &str = "Password did not conform with policy: ";

#[allow(clippy::expect_used, reason = "a metric is registered once, under a constant name")]
static ERRORS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    register_int_counter_vec!(
        "cognito_errors_total",
        "Calls to Cognito that it did not fulfil, by its operation and kind of error.",
        &["operation", "error"]
    )
    .expect("registered once")
});

pub(super) struct Calls {
    http: reqwest::Client,
    endpoint: Url,
    turns: Semaphore,
    breaker: Breaker,
}

/// As Cognito says what is wrong.
#[derive(Deserialize)]
struct ErrorBody {
    #[serde(rename = "__type")]
    name: String,
    #[serde(default, alias = "Message")]
    message: String,
}

impl Calls {
    /// To `endpoint`, at most `concurrency` at once.
    pub(super) fn new(endpoint: Url, concurrency: usize) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(CONNECT)
            .redirect(redirect::Policy::none())
            .build()?;
        let turns = Semaphore::new(concurrency.max(1));
        Ok(Calls { http, endpoint, turns, breaker: Breaker::new() })
    }

    /// Asks for `operation`. What it did not fulfil is counted and logged by its name.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        body: &Value,
    ) -> Result<T, Failure> {
        let answer = self.ask(operation, body).await;
        answer.map_err(|(kind, rule)| failure(operation, kind, rule))
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        body: &Value,
    ) -> Result<T, (Kind, Option<String>)> {
        let attempt = self.breaker.enter().ok_or((Kind::Away, None))?;
        let answered = tokio::time::timeout(DEADLINE, self.post(operation, body)).await;
        let Ok(Ok((status, answer))) = answered else {
            attempt.failed();
            return Err((Kind::Away, None));
        };
        if (200..300).contains(&status) {
            attempt.succeeded();
            return serde_json::from_slice(&answer).map_err(|_| (Kind::Unexpected, None));
        }
        let error: Option<ErrorBody> = serde_json::from_slice(&answer).ok();
        // Some write the name behind that of its space: `com.amazonaws…#NotAuthorizedException`.
        let kind = error.as_ref().map_or(Kind::Unexpected, |error| {
            Kind::of(error.name.rsplit('#').next().unwrap_or_default())
        });
        // Cognito names its own faults; a bare 500 is of an emulator that does not know the operation.
        if status > 500 || status == 500 && kind == Kind::Away {
            attempt.failed();
            return Err((Kind::Away, None));
        }
        attempt.succeeded();
        let rule = error.and_then(|error| Some(error.message.strip_prefix(POLICY)?.to_owned()));
        Err((kind, rule))
    }

    async fn post(
        &self,
        operation: &'static str,
        body: &Value,
    ) -> Result<(u16, Vec<u8>), reqwest::Error> {
        // It is never closed.
        let _turn = self.turns.acquire().await.ok();
        let request = self
            .http
            .post(self.endpoint.clone())
            .header(CONTENT_TYPE, "application/x-amz-json-1.1")
            .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"));
        let answer = request.body(body.to_string()).send().await?;
        Ok((answer.status().as_u16(), read(answer).await?))
    }
}

/// The body as far as it is read: what is cut off there is no JSON any more.
async fn read(mut answer: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(chunk) = answer.chunk().await? {
        body.extend_from_slice(&chunk);
        if body.len() > LONGEST_ANSWER {
            break;
        }
    }
    Ok(body)
}

/// Counts and logs what Cognito did not fulfil.
pub(super) fn failure(operation: &'static str, kind: Kind, rule: Option<String>) -> Failure {
    ERRORS.with_label_values(&[operation, kind.label()]).inc();
    match kind {
        Kind::Away | Kind::Throttled | Kind::Unexpected => {
            tracing::warn!(operation, error = kind.label(), "Cognito failed");
        }
        _ => tracing::info!(operation, error = kind.label(), "Cognito refused"),
    }
    Failure { operation, kind, rule }
}

//! The public port, asked as a client asks it.

use platform::Outcome;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde_json::Value;

pub(crate) struct Api {
    http: Client,
    base_url: &'static str,
    language: &'static str,
    token: Option<String>,
}

impl Api {
    pub(crate) fn new(base_url: &'static str, language: &'static str) -> Outcome<Self> {
        Ok(Api { http: Client::builder().no_proxy().build()?, base_url, language, token: None })
    }

    /// Carries an access token from now on.
    pub(crate) fn carry(&mut self, token: &Value) -> Outcome {
        self.token = Some(token.as_str().ok_or("no access token")?.to_owned());
        Ok(())
    }

    pub(crate) async fn get(&self, path: &str) -> Outcome<Value> {
        self.send(self.http.get(format!("{}{path}", self.base_url))).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Outcome<Value> {
        self.send(self.http.post(format!("{}{path}", self.base_url)).json(&body)).await
    }

    async fn send(&self, mut request: RequestBuilder) -> Outcome<Value> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.header("accept-language", self.language).send().await?;
        let (status, url) = (answer.status(), answer.url().clone());
        let body = answer.text().await?;
        if status == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        if status.is_success() {
            return Ok(serde_json::from_str(&body)?);
        }
        Err(format!("{url} answered {status}: {body}").into())
    }
}

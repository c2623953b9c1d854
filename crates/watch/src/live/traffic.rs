//! Members of a day: they come, take the test, see their home, complete a quest, and leave.

use std::time::Duration;

use platform::Outcome;
use platform::minji::ANSWERS;
use platform::services::PUBLIC;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use uuid::Uuid;

const PASSWORD: &str = "correct horse battery";

/// A client of the public port.
pub(crate) struct Member {
    http: Client,
    email: String,
    token: String,
}

/// Sends member after member, for as long as it is polled. What fails while a service is away is seen elsewhere.
pub(crate) async fn go_on() {
    loop {
        let _ = day().await;
        tokio::time::sleep(Duration::from_secs(4)).await;
    }
}

async fn day() -> Outcome {
    let member = Member::sign_up().await?;
    member.submit().await?;
    // One more than the quota.
    for _ in 0..6 {
        member.ask(Method::POST, "/api/auth/email/verification", json!({})).await?;
    }
    let credentials = json!({"email": member.email, "password": PASSWORD});
    member.ask(Method::POST, "/api/auth/login", credentials).await?;
    let home = member.ask(Method::GET, "/api/home", Value::Null).await?;
    if let Some(quest) = home["quests"][0]["id"].as_str() {
        let complete = format!("/api/quests/{quest}/complete");
        member.ask(Method::POST, &complete, json!({})).await?;
    }
    let forged = member.http.get(format!("{PUBLIC}/api/home")).bearer_auth("no.such.token");
    forged.send().await?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    member.ask(Method::DELETE, "/api/auth/me", json!({"password": PASSWORD})).await?;
    Ok(())
}

impl Member {
    /// Somebody new.
    pub(crate) async fn sign_up() -> Outcome<Self> {
        let http = Client::builder().no_proxy().timeout(Duration::from_secs(10)).build()?;
        let email = format!("{}@example.com", Uuid::new_v4().simple());
        let mut member = Member { http, email, token: String::new() };
        let body = json!({
            "email": member.email, "password": PASSWORD, "name": "Watched", "over_14": true,
        });
        let answer = member.ask(Method::POST, "/api/auth/signup", body).await?;
        member.token = answer["access_token"].as_str().ok_or("no access token")?.to_owned();
        Ok(member)
    }

    /// Submits the short test. Returns the request's id.
    pub(crate) async fn submit(&self) -> Outcome<String> {
        let answer = |(id, value): &(i64, i64)| json!({"question_id": id, "value": value});
        let answers: Vec<Value> = ANSWERS.iter().map(answer).collect();
        let body = json!({"instrument": "mini-ipip-20", "answers": answers});
        let request = self.request(Method::POST, "/api/psy-test/submit").json(&body);
        let answer = request.send().await?.error_for_status()?;
        let id = answer.headers().get("x-request-id").ok_or("no request id")?;
        Ok(id.to_str()?.to_owned())
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> Outcome<Value> {
        let mut request = self.request(method, path);
        if !body.is_null() {
            request = request.json(&body);
        }
        let answer = request.send().await?.text().await?;
        Ok(serde_json::from_str(&answer).unwrap_or_default())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{PUBLIC}{path}"));
        if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }
    }
}

//! Codes, and the end of an account, against cognito-local: moto takes any code, and ends none.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use testkit::{Answer, Database};
use tools::Daemon;

use super::erasures::leave;
use super::{EMAIL, PASSWORD, claims, free_address, log_in, post, refresh, start_on, until};
use crate::erasures::{done, look};
use crate::{TABLES, execute, somebody};

/// A server with one pool and one client, which keeps what it sends in a file.
struct Local {
    folder: PathBuf,
    url: String,
    pool_id: String,
    client_id: String,
    _daemon: Daemon,
}

impl Local {
    async fn start() -> Self {
        let modules = tools::node("cognito-local", &["cognito-local@5.3.0"]).unwrap();
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("cognito-local-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _nothing_yet = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let address = free_address();
        let mut server = Command::new(tools::node_program().unwrap());
        server
            .arg(modules.join("node_modules/cognito-local/lib/bin/start.js"))
            .current_dir(&folder);
        server.env("HOST", address.ip().to_string()).env("PORT", address.port().to_string());
        let daemon = Daemon::start(&server, address, &folder.join("log")).unwrap();

        let url = format!("http://{address}");
        let settings = json!({
            "PoolName": "local", "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"],
        });
        let pool = call(&url, "CreateUserPool", settings).await;
        let pool_id = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
        let client = json!({"UserPoolId": pool_id, "ClientName": "auth"});
        let client = call(&url, "CreateUserPoolClient", client).await;
        let client_id = client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
        Local { folder, url, pool_id, client_id, _daemon: daemon }
    }

    fn settings(&self) -> Vec<(&'static str, String)> {
        vec![
            ("COGNITO_REGION", "local".to_owned()),
            ("COGNITO_USER_POOL_ID", self.pool_id.clone()),
            ("COGNITO_CLIENT_ID", self.client_id.clone()),
            ("COGNITO_ENDPOINT", self.url.clone()),
            ("COGNITO_ISSUER", format!("{}/{}", self.url, self.pool_id)),
        ]
    }

    /// The account that it holds.
    fn account(&self) -> Option<Value> {
        let path = self.folder.join(format!(".cognito/db/{}.json", self.pool_id));
        let kept: Value = serde_json::from_slice(&fs::read(path).unwrap()).ok()?;
        kept["Users"].as_object().unwrap().values().next().cloned()
    }

    /// The code that was sent last.
    fn code(&self) -> Option<String> {
        Some(self.account()?["ConfirmationCode"].as_str()?.to_owned())
    }
}

async fn call(url: &str, operation: &str, body: Value) -> Value {
    let request = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/x-amz-json-1.1")
        .header("x-amz-target", format!("AWSCognitoIdentityProviderService.{operation}"));
    Answer::of(request.body(body.to_string())).await.expect(200)
}

#[tokio::test]
async fn only_the_code_that_was_sent_confirms_and_only_once() {
    let local = Local::start().await;
    let auth = start_on(Database::create(TABLES).await, local.settings()).await;
    let signed_up = post(&auth, "/api/auth/signup", somebody()).await.expect(201);
    assert_eq!(signed_up["confirmation"]["delivery"]["medium"], "email");
    let confirm = async |code: &str| {
        post(&auth, "/api/auth/confirm", json!({"email": EMAIL, "code": code})).await
    };
    let code = local.code().unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(confirm(wrong).await.expect_problem(422, "wrong-code"), ["/code"]);
    log_in(&auth, PASSWORD).await.expect_problem(403, "not-confirmed");
    log_in(&auth, "a wrong password").await.expect_problem(401, "wrong-credentials");
    confirm(&code).await.expect(204);
    assert_eq!(confirm(&code).await.expect_problem(422, "expired-code"), ["/code"]);

    let tokens = log_in(&auth, PASSWORD).await.expect(200);
    assert_eq!(tokens["user"]["id"], signed_up["user"]["id"]);
    assert_eq!(claims(&tokens["access_token"])["sub"], signed_up["user"]["id"]);
    refresh(&auth, &tokens).await.expect(200);
    assert_eq!(execute(&auth, "SELECT FROM users WHERE cognito_sub IS NOT NULL").await, 1);
}

#[tokio::test]
async fn a_code_sets_a_new_password_once_and_who_leaves_leaves_cognito_too() {
    let local = Local::start().await;
    let auth = start_on(Database::create(TABLES).await, local.settings()).await;
    post(&auth, "/api/auth/signup", somebody()).await.expect(201);
    let body = json!({"email": EMAIL, "code": local.code().unwrap()});
    post(&auth, "/api/auth/confirm", body).await.expect(204);

    post(&auth, "/api/auth/password/forgot", json!({"email": EMAIL})).await.expect(202);
    until("a code is sent", async || local.code().is_some()).await;
    let code = local.code().unwrap();
    let reset = async |code: &str| {
        let body = json!({"email": EMAIL, "code": code, "new": "a new password"});
        post(&auth, "/api/auth/password/reset", body).await
    };
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(reset(wrong).await.expect_problem(422, "wrong-code"), ["/code"]);
    log_in(&auth, PASSWORD).await.expect(200);
    reset(&code).await.expect(204);
    assert_eq!(reset(&code).await.expect_problem(422, "wrong-code"), ["/code"]);
    log_in(&auth, PASSWORD).await.expect_problem(401, "wrong-credentials");
    let tokens = log_in(&auth, "a new password").await.expect(200);

    execute(&auth, "DELETE FROM cognito_sessions").await;
    let claim = leave(&auth, &tokens, json!({"password": "a new password"})).await.expect(202);
    until("the account is gone", async || local.account().is_none()).await;
    let is_done =
        async || done(&look(&auth, &claim).await.expect(200)).contains(&("cognito", true));
    until("the receipt says so", is_done).await;
}

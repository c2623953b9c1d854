//! Cognito's part played by a script: for what moto cannot do, and what goes wrong.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use chassis::Clock;
use serde_json::{Value, json};
use testkit::Database;
use uuid::Uuid;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::{EMAIL, mint, pool, start_on};
use crate::{AuthService, TABLES};

/// Cognito as the script says, by operation; its keys are moto's.
pub(super) struct Script {
    server: MockServer,
    answers: Answers,
    pub(super) pool: tools::Pool,
    pub(super) member: Uuid,
}

type Answers = Arc<Mutex<HashMap<&'static str, ResponseTemplate>>>;

struct Scripted(Answers);

impl Respond for Scripted {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let target = request.headers["x-amz-target"].to_str().unwrap();
        let operation = target.strip_prefix("AWSCognitoIdentityProviderService.").unwrap();
        let answers = self.0.lock().unwrap();
        answers.get(operation).cloned().unwrap_or_else(|| error(400, "UnknownOperationException"))
    }
}

/// A refusal, as Cognito writes it; its message holds what we may not repeat.
pub(super) fn error(status: u16, name: &str) -> ResponseTemplate {
    let body = json!({"__type": name, "message": format!("about {EMAIL}")});
    ResponseTemplate::new(status).set_body_json(body)
}

impl Script {
    pub(super) async fn begin() -> Self {
        let (server, answers) = (MockServer::start().await, Answers::default());
        Mock::given(any()).respond_with(Scripted(Arc::clone(&answers))).mount(&server).await;
        Script { server, answers, pool: pool(), member: Uuid::new_v4() }
    }

    pub(super) fn answers(&self, operation: &'static str, answer: ResponseTemplate) {
        self.answers.lock().unwrap().insert(operation, answer);
    }

    /// Signs in the member, with a token of these ids.
    pub(super) async fn signs_in(&self, ids: &Value) {
        let now = Clock::system().now().as_second();
        let mut token = json!({
            "iss": self.pool.issuer(), "client_id": self.pool.client_id, "token_use": "access",
            "sub": self.member, "username": self.member, "iat": now, "exp": now + 3600,
        });
        token.as_object_mut().unwrap().extend(ids.as_object().unwrap().clone());
        let token = mint(vec![token]).await.remove(0);
        let result = json!({"AccessToken": token, "RefreshToken": "theirs"});
        let body = json!({"AuthenticationResult": result});
        self.answers("InitiateAuth", ResponseTemplate::new(200).set_body_json(body));
        let attributes = json!([{"Name": "email", "Value": EMAIL}]);
        let body = json!({"Username": self.member, "UserAttributes": attributes});
        self.answers("GetUser", ResponseTemplate::new(200).set_body_json(body));
    }

    /// What it was asked for by this operation.
    pub(super) async fn asked(&self, operation: &str) -> Vec<Value> {
        let requests = self.server.received_requests().await.unwrap();
        let target = format!("AWSCognitoIdentityProviderService.{operation}");
        let of_it = requests.iter().filter(|request| request.headers["x-amz-target"] == *target);
        of_it.map(|request| request.body_json().unwrap()).collect()
    }

    pub(super) fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = self.pool.settings();
        // The last one holds.
        settings.push(("COGNITO_ENDPOINT", self.server.uri()));
        settings
    }

    pub(super) async fn start(&self) -> AuthService {
        start_on(Database::create(TABLES).await, self.settings()).await
    }
}

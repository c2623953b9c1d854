//! Promise 2, over HTTP: a handler that takes a caller cannot be reached without proof.
#![allow(
    clippy::unwrap_used,
    reason = "a test fails by panicking; the allowance for tests does not reach their helpers"
)]

mod support;

use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use bytes::Bytes;
use contracts::UserId;
use identity::assertion::{AssertionSigner, AssertionVerifier, Subject};
use identity::{Admin, Assertions, Caller, GATEWAY, MaybeCaller, Roles, ServiceCaller, headers};
use problem::Problem;
use support::{Key, NOW, at, now};
use uuid::Uuid;

const MEMBER: UserId = UserId(Uuid::from_u128(7));
const OTHER: UserId = UserId(Uuid::from_u128(9));

async fn me(caller: Caller) -> String {
    caller.user_id.to_string()
}

async fn admin(caller: Caller) -> Result<String, Problem> {
    caller.require_role("admin")?;
    Ok(caller.user_id.to_string())
}

async fn only_admins(Admin(caller): Admin) -> String {
    caller.user_id.to_string()
}

async fn until(caller: Caller) -> String {
    let expires_at = caller.token_expires_at.map(|at| at.as_second());
    format!("{expires_at:?}")
}

async fn maybe(MaybeCaller(caller): MaybeCaller) -> String {
    caller.map_or("stranger".to_owned(), |caller| caller.user_id.to_string())
}

async fn inside(caller: ServiceCaller) -> Result<HttpResponse, Problem> {
    caller.require(&["quest"])?;
    let member = caller.on_behalf_of.map(|member| member.to_string());
    Ok(HttpResponse::Ok().body(member.unwrap_or_default()))
}

async fn for_the_gateway(caller: ServiceCaller) -> Result<HttpResponse, Problem> {
    caller.require(&[GATEWAY])?;
    Ok(HttpResponse::Ok().finish())
}

/// The service `analysis`, on a port of its own; it believes the gateway, `quest` and `sns`.
struct Service {
    address: String,
    gateway: Key,
    quest: Key,
    sns: Key,
    http: reqwest::Client,
}

impl Service {
    async fn start() -> Self {
        let (gateway, quest, sns) = (Key::ed25519(), Key::ed25519(), Key::ed25519());
        let keys: String = [(&gateway, "gateway"), (&quest, "quest"), (&sns, "sns")]
            .map(|(key, name)| key.signing_key().public_entry(name).unwrap())
            .concat();
        let verifier = AssertionVerifier::new("analysis", keys.parse().unwrap(), 100);
        let assertions = web::Data::new(Assertions::new(verifier, now));
        let server = HttpServer::new(move || {
            App::new()
                .app_data(assertions.clone())
                .route("/me", web::get().to(me))
                .route("/admin", web::get().to(admin))
                .route("/only-admins", web::get().to(only_admins))
                .route("/until", web::get().to(until))
                .route("/maybe", web::get().to(maybe))
                .route("/int/door", web::get().to(for_the_gateway))
                .route("/int/thing", web::get().to(inside))
        });
        let server = server.workers(1).bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", server.addrs()[0]);
        tokio::spawn(server.run());
        Service { address, gateway, quest, sns, http: reqwest::Client::new() }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let mut request = self.http.get(format!("{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        let status = StatusCode::from_u16(answer.status().as_u16()).unwrap();
        (status, answer.text().await.unwrap())
    }

    fn member(&self, roles: &[&str]) -> String {
        let roles: Roles = roles.iter().collect();
        let subject = Subject::member(MEMBER, roles, None, at(NOW + 600));
        signed("gateway", &self.gateway, "analysis", &subject)
    }
}

fn signed(issuer: &str, key: &Key, audience: &str, subject: &Subject) -> String {
    let signer = AssertionSigner::new(issuer, audience, key.signing_key(), 10);
    let assertion: Bytes = signer.sign(subject, now()).unwrap();
    String::from_utf8(assertion.to_vec()).unwrap()
}

#[tokio::test]
async fn a_caller_is_proved_by_the_gateway() {
    let service = Service::start().await;
    let (id, assertion) = (MEMBER.to_string(), service.member(&[]));
    let headers = [(headers::USER_ID, &*id), (headers::ASSERTION, &*assertion)];
    let answer = (StatusCode::OK, id.clone());
    assert_eq!(service.get("/me", &headers).await, answer);
    assert_eq!(service.get("/me", &headers).await, answer, "remembered");
    assert_eq!(service.get("/maybe", &headers).await, answer);
    let token_ends = format!("Some({})", NOW + 600);
    assert_eq!(service.get("/until", &headers).await.1, token_ends);
}

#[tokio::test]
async fn headers_without_proof_are_refused() {
    let service = Service::start().await;
    let (id, other) = (MEMBER.to_string(), OTHER.to_string());
    let good = service.member(&["admin"]);
    let subject = Subject::member(MEMBER, Roles::default(), None, at(NOW + 600));
    let elsewhere = signed("gateway", &service.gateway, "quest", &subject);
    let by_service = signed("quest", &service.quest, "analysis", &Subject::service(Some(MEMBER)));
    let by_stranger = signed("gateway", &Key::ed25519(), "analysis", &subject);
    let of_nobody = signed("gateway", &service.gateway, "analysis", &Subject::service(None));
    let flipped = if good.ends_with('A') { "B" } else { "A" };
    let tampered = good[..good.len() - 1].to_owned() + flipped;
    let (user_id, assertion) = (headers::USER_ID, headers::ASSERTION);
    let rows: [(&str, &[(&str, &str)]); 12] = [
        ("the id alone", &[(user_id, &id)]),
        ("roles, too", &[(user_id, &id), (headers::USER_ROLES, "admin")]),
        ("the assertion alone", &[(assertion, &good)]),
        ("another's id", &[(user_id, &other), (assertion, &good)]),
        ("two ids", &[(user_id, &id), (user_id, &other), (assertion, &good)]),
        ("two assertions", &[(user_id, &id), (assertion, &good), (assertion, &good)]),
        ("another service's", &[(user_id, &id), (assertion, &elsewhere)]),
        ("by a service", &[(user_id, &id), (assertion, &by_service)]),
        ("by a stranger", &[(user_id, &id), (assertion, &by_stranger)]),
        ("of nobody", &[(user_id, &id), (assertion, &of_nobody)]),
        ("tampered", &[(user_id, &id), (assertion, &tampered)]),
        ("no id at all", &[(user_id, "me"), (assertion, &good)]),
    ];
    for (name, headers) in rows {
        for path in ["/me", "/admin", "/only-admins", "/maybe"] {
            let (status, _) = service.get(path, headers).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{name} {path}");
        }
    }
    assert_eq!(service.get("/me", &[]).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(service.get("/maybe", &[]).await, (StatusCode::OK, "stranger".to_owned()));
}

#[tokio::test]
async fn a_role_is_taken_from_the_assertion() {
    let service = Service::start().await;
    let id = MEMBER.to_string();
    for (roles, expected) in [
        (&["admin"][..], StatusCode::OK),
        (&["coach"], StatusCode::FORBIDDEN),
        (&[], StatusCode::FORBIDDEN),
    ] {
        let assertion = service.member(roles);
        let headers = [
            (headers::USER_ID, &*id),
            (headers::USER_ROLES, "admin"),
            (headers::ASSERTION, &assertion),
        ];
        assert_eq!(service.get("/admin", &headers).await.0, expected, "{roles:?}");
    }
}

#[tokio::test]
async fn the_inside_is_for_the_services_that_it_names() {
    let service = Service::start().await;
    let get = async |path: &str, assertion: &str| {
        let headers = [(headers::ASSERTION, assertion)];
        service.get(path, &headers).await
    };
    let alone = Subject::service(None);
    let for_member = Subject::service(Some(MEMBER));
    let quest = |subject| signed("quest", &service.quest, "analysis", subject);
    let (thing, door) = ("/int/thing", "/int/door");
    assert_eq!(get(thing, &quest(&alone)).await, (StatusCode::OK, String::new()));
    assert_eq!(get(thing, &quest(&for_member)).await, (StatusCode::OK, MEMBER.to_string()));
    let sns = signed("sns", &service.sns, "analysis", &alone);
    assert_eq!(get(thing, &sns).await.0, StatusCode::FORBIDDEN);
    let gateway = signed(GATEWAY, &service.gateway, "analysis", &alone);
    assert_eq!(get(door, &gateway).await.0, StatusCode::OK);
    assert_eq!(get(thing, &gateway).await.0, StatusCode::FORBIDDEN);
    let member = service.member(&["admin"]);
    assert_eq!(get(door, &member).await.0, StatusCode::UNAUTHORIZED);
    let posing = signed("quest", &service.sns, "analysis", &alone);
    assert_eq!(get(thing, &posing).await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(service.get("/int/thing", &[]).await.0, StatusCode::UNAUTHORIZED);
    let (id, member) = (MEMBER.to_string(), service.member(&["admin"]));
    let headers = [(headers::USER_ID, &*id), (headers::ASSERTION, &*member)];
    assert_eq!(service.get("/int/thing", &headers).await.0, StatusCode::UNAUTHORIZED);
}

//! Signing in with an account elsewhere: against npm's `oidc-provider`, and against a provider that lies.

mod liar;
mod support;

use auth::Command;
use diesel_async::RunQueryDsl;
use jiff::SignedDuration;
use serde_json::json;
use testkit::Answer;

use self::support::{Browser, PAGE, location, parameter, sign_in, start_social, start_social_at};
use crate::{AuthService, execute, log_in, member, sign_up, somebody};

/// The secret and the challenge of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

#[tokio::test]
async fn somebody_becomes_a_member_and_is_known_the_next_time() {
    let auth = start_social().await;
    for (provider, address) in [("google", "a@example.com"), ("strict", "b@example.com")] {
        let begin = format!("{provider}/login?over_14=true&time_zone=Europe/Berlin");
        let answer = sign_in(&auth, &begin, address).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        let body = answer.expect(201);
        let user = &body["user"];
        assert_eq!((&user["email"], &user["name"]), (&json!(address), &json!("김 민지")));
        assert_eq!(
            (&user["locale"], &user["time_zone"]),
            (&json!("en-GB"), &json!("Europe/Berlin"))
        );
        let me = auth.as_member(member(&body).id).get("/api/auth/me").await.expect(200);
        assert_eq!(me, *user);

        let again =
            sign_in(&auth, &format!("{provider}/login?locale=ko"), address).await.expect(200);
        assert_eq!(again["user"]["id"], user["id"]);
        let token = json!({"token": again["access_token"]});
        let verified = auth.as_service("quest").post("/int/auth/verify", token).await.expect(200);
        assert_eq!(verified["user_id"], user["id"]);
        // They have no password, so none is right.
        log_in(&auth, address, "").await.expect_problem(401, "wrong-credentials");
    }
    assert_eq!(execute(&auth, "SELECT FROM users WHERE email_verified_at IS NOT NULL").await, 2);
    let told = "SELECT FROM events.log WHERE type = 'member.registered'";
    let admin = pg::Pool::new(&pg::Settings::new(auth.database.admin_url())).unwrap();
    let told = diesel::sql_query(told).execute(&mut admin.get().await.unwrap()).await;
    assert_eq!(told.unwrap(), 2);
}

#[tokio::test]
async fn the_round_is_bound_to_the_browser_and_tells_nothing() {
    let auth = start_social().await;
    let mut browser = Browser::new();
    let answer = browser.get(&format!("{}/api/auth/google/login", auth.base_url)).await;
    let url = location(&answer);
    for (name, value) in [
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
        ("client_id", "damacorch"),
        ("redirect_uri", "http://localhost:8000/api/auth/google/callback"),
        ("scope", "openid email profile"),
    ] {
        assert_eq!(parameter(&url, name).as_deref(), Some(value), "{name}");
    }
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    for flag in ["HttpOnly", "SameSite=Lax", "Path=/api/auth/google/callback", "Max-Age=600"] {
        assert!(cookie.split("; ").any(|part| part == flag), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "there is no TLS on a laptop");
    for secret in ["state", "nonce"] {
        let secret = parameter(&url, secret).unwrap();
        assert!(secret.len() >= 22 && !cookie.contains(&secret));
    }
    let secure = start_social_at("https://api.example.org").await;
    let answer = Browser::new().get(&format!("{}/api/auth/google/login", secure.base_url)).await;
    let cookie = answer.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("; Secure"), "{cookie}");
}

#[tokio::test]
async fn who_has_not_said_that_they_are_over_14_does_not_become_a_member() {
    let auth = start_social().await;
    let answer = sign_in(&auth, "google/login", "young@example.com").await;
    assert_eq!(answer.expect_problem(422, "age-unconfirmed"), ["/over_14"]);
    let denied = auth.as_stranger().get("/api/auth/google/login?over_14=false").await;
    assert_eq!(denied.expect_problem(422, "invalid-input"), ["/over_14"]);
    for table in ["users", "identities", "sessions"] {
        assert_eq!(execute(&auth, &format!("SELECT FROM {table}")).await, 0, "{table}");
    }
}

#[tokio::test]
async fn who_refuses_consent_is_told_so() {
    let auth = start_social().await;
    let answer = sign_in(&auth, "google/login?over_14=true", "nobody").await;
    answer.expect_problem(403, "consent-refused");
    assert!(answer.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
}

#[tokio::test]
async fn nothing_comes_back_twice() {
    let auth = start_social().await;
    let mut browser = Browser::new();
    let url = browser.begin(&auth, "google/login?over_14=true").await;
    let callback = browser.ask_provider(url, "minji@example.com").await;
    let mut copied = browser.clone();
    browser.come_back(&auth, &callback).await.expect(201);
    // The cookie is gone; whoever kept a copy is not better off.
    browser.come_back(&auth, &callback).await.expect_problem(400, "round-over");
    copied.come_back(&auth, &callback).await.expect_problem(400, "round-over");

    // The code in another round.
    let code = callback.split(['?', '&']).find(|part| part.starts_with("code=")).unwrap();
    let url = browser.begin(&auth, "google/login?over_14=true").await;
    let state = parameter(&url, "state").unwrap();
    let replayed = format!("/api/auth/google/callback?{code}&state={state}");
    browser.come_back(&auth, &replayed).await.expect_problem(400, "provider-refused");
    assert_eq!(execute(&auth, "SELECT FROM sessions").await, 1);
}

#[tokio::test]
async fn what_comes_back_must_have_begun_here() {
    let auth = start_social().await;
    let mut browser = Browser::new();
    let begin = "google/login?over_14=true";
    let refused = async |browser: &mut Browser, callback: &str| {
        let answer = browser.come_back(&auth, callback).await;
        answer.expect_problem(400, "round-over");
    };
    let url = browser.begin(&auth, begin).await;
    let callback = browser.ask_provider(url, "minji@example.com").await;
    refused(&mut Browser::new(), &callback).await;
    let mut other = Browser::new();
    other.begin(&auth, begin).await;
    refused(&mut other, &callback).await;
    refused(&mut browser.clone(), &callback.replace("state=", "state=x")).await;
    refused(&mut browser.clone(), &callback.replace("state=", "other=")).await;
    refused(&mut browser.clone(), &callback.replace("google", "strict")).await;
    let mut forged = browser.clone();
    let sealed = forged.cookies.get_mut("social_round").unwrap();
    let other = if &sealed[30..31] == "A" { "B" } else { "A" };
    sealed.replace_range(30..31, other);
    refused(&mut forged, &callback).await;

    auth.clock.advance(SignedDuration::from_mins(10));
    refused(&mut browser, &callback).await;
    assert_eq!(execute(&auth, "SELECT FROM users").await, 0);
}

#[tokio::test]
async fn an_address_that_the_provider_does_not_vouch_for_says_nothing() {
    let auth = start_social().await;
    for who in ["unverified@example.com", "silent"] {
        for provider in ["google", "strict"] {
            let answer = sign_in(&auth, &format!("{provider}/login?over_14=true"), who).await;
            answer.expect_problem(403, "provider-email-unverified");
        }
    }
    assert_eq!(execute(&auth, "SELECT FROM users").await, 0);
}

#[tokio::test]
async fn an_account_is_linked_only_when_both_sides_have_proved_the_address() {
    let auth = start_social().await;
    let minji = sign_up(&auth, somebody()).await;
    let begin = "google/login?over_14=true";
    let refused = sign_in(&auth, begin, "Minji@example.com").await;
    refused.expect_problem(409, "link-refused");
    assert_eq!(execute(&auth, "SELECT FROM identities").await, 0);

    execute(&auth, "UPDATE users SET email_verified_at = now()").await;
    let unverified = sign_in(&auth, begin, "unverified.minji@example.com").await;
    unverified.expect_problem(403, "provider-email-unverified");
    let linked = sign_in(&auth, begin, "Minji@example.com").await.expect(200);
    assert_eq!(linked["user"]["id"], minji.id.to_string());
    assert_eq!(linked["user"]["name"], "민지", "what they call themselves here stays");
    let noted = format!(
        "SELECT FROM audit_log WHERE action = 'identity.linked' AND subject = '{}'",
        minji.id
    );
    assert_eq!(execute(&auth, &noted).await, 1);
    log_in(&auth, "minji@example.com", "correct horse battery").await.expect(200);
    sign_in(&auth, "google/login", "Minji@example.com").await.expect(200);
    assert_eq!(execute(&auth, &noted).await, 1, "linked once");
}

#[tokio::test]
async fn who_was_erased_is_a_stranger() {
    let auth = start_social().await;
    let begin = "google/login?over_14=true";
    let before = sign_in(&auth, begin, "minji@example.com").await.expect(201);
    let code = ask_for_code(&auth, "minji@example.com").await;
    let erase = Command::Erase { email: "minji@example.com".to_owned() };
    erase.run_on(&auth.database.pool("auth")).await.unwrap();

    exchange(&auth, &code, VERIFIER).await.expect_problem(401, "sign-in-code-refused");
    let answer = sign_in(&auth, "google/login", "minji@example.com").await;
    answer.expect_problem(422, "age-unconfirmed");
    let after = sign_in(&auth, begin, "minji@example.com").await.expect(201);
    assert_ne!(after["user"]["id"], before["user"]["id"]);
    let refresh = json!({"refresh_token": before["refresh_token"]});
    let refused = auth.as_stranger().post("/api/auth/refresh", refresh).await;
    refused.expect_problem(401, "refresh-refused");
}

/// A round for a page; says which code the page was given.
async fn ask_for_code(auth: &AuthService, who: &str) -> String {
    let page = url::form_urlencoded::byte_serialize(PAGE.as_bytes()).collect::<String>();
    let begin = format!("google/login?over_14=true&return_to={page}&code_challenge={CHALLENGE}");
    let answer = sign_in(auth, &begin, who).await;
    assert_eq!(answer.status, 303, "{}", String::from_utf8_lossy(&answer.body));
    let url = location(&answer);
    assert!(url.as_str().starts_with(&format!("{PAGE}&")), "{url}");
    let names: Vec<_> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["by", "code"], "no token stands in an address");
    parameter(&url, "code").unwrap()
}

async fn exchange(auth: &AuthService, code: &str, verifier: &str) -> Answer {
    let body = json!({"code": code, "code_verifier": verifier});
    auth.as_stranger().post("/api/auth/exchange", body).await
}

#[tokio::test]
async fn a_page_takes_over_with_a_code_that_it_alone_can_exchange_once() {
    let auth = start_social().await;
    let code = ask_for_code(&auth, "minji@example.com").await;
    assert_eq!(execute(&auth, "SELECT FROM sessions").await, 0);
    let body = exchange(&auth, &code, VERIFIER).await.expect(200);
    assert_eq!(body["user"]["email"], "minji@example.com");
    assert!(body["access_token"].is_string() && body["refresh_token"].is_string());
    let refused = async |code: &str, verifier: &str| {
        exchange(&auth, code, verifier).await.expect_problem(401, "sign-in-code-refused");
    };
    refused(&code, VERIFIER).await;

    let stolen = ask_for_code(&auth, "minji@example.com").await;
    refused(&stolen, "another secret").await;
    refused(&stolen, VERIFIER).await;
    let late = ask_for_code(&auth, "minji@example.com").await;
    auth.clock.advance(SignedDuration::from_secs(60));
    refused(&late, VERIFIER).await;
    refused("nonsense", VERIFIER).await;
    assert_eq!(execute(&auth, "SELECT FROM sessions").await, 1);
}

#[tokio::test]
async fn only_pages_and_apps_that_are_listed_take_over() {
    let auth = start_social().await;
    for other in [
        "https://app.example.org/signed-in",
        "https://app.example.org.evil.example/signed-in?by=google",
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "",
    ] {
        let other = url::form_urlencoded::byte_serialize(other.as_bytes()).collect::<String>();
        let path = format!("/api/auth/google/login?return_to={other}&code_challenge={CHALLENGE}");
        let answer = auth.as_stranger().get(&path).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/return_to"], "{other}");
    }
    for challenge in ["", "&code_challenge=short"] {
        let path = format!("/api/auth/google/login?return_to=damacorch://signed-in{challenge}");
        let answer = auth.as_stranger().get(&path).await;
        assert_eq!(answer.expect_problem(422, "invalid-input"), ["/code_challenge"]);
    }
    // What went wrong is told to the app as well.
    let begin = format!("google/login?return_to=damacorch://signed-in&code_challenge={CHALLENGE}");
    for (who, error) in [("nobody", "consent-refused"), ("new@example.com", "age-unconfirmed")] {
        let answer = sign_in(&auth, &begin, who).await;
        assert_eq!(location(&answer).as_str(), format!("damacorch://signed-in?error={error}"));
    }
}

#[tokio::test]
async fn a_provider_that_is_away_is_named_and_one_that_is_not_known_is_not_there() {
    let auth = start_social().await;
    for _ in 0..2 {
        let away = auth.as_stranger().get("/api/auth/away/login").await;
        away.expect_problem(503, "unavailable");
        assert_eq!(away.headers["retry-after"], "5");
    }
    for path in ["/api/auth/nobody/login", "/api/auth/nobody/callback?code=a&state=b"] {
        auth.as_stranger().get(path).await.expect_problem(404, "not-found");
    }
}

#[tokio::test]
async fn an_answer_to_another_question_is_not_believed() {
    let auth = start_social().await;
    let mut browser = Browser::new();
    let mut url = browser.begin(&auth, "google/login?over_14=true").await;
    let nonce = parameter(&url, "nonce").unwrap();
    let altered = url.query().unwrap().replace(&nonce, "another-nonce");
    url.set_query(Some(&altered));
    let callback = browser.ask_provider(url, "minji@example.com").await;
    let answer = browser.come_back(&auth, &callback).await;
    answer.expect_problem(502, "provider-unbelievable");

    let url = browser.begin(&auth, "google/login?over_14=true").await;
    let callback = browser.ask_provider(url, "minji@example.com").await;
    let callback = callback.replace("%2Fgoogle", "%2Fstrict");
    let answer = browser.come_back(&auth, &callback).await;
    answer.expect_problem(502, "provider-unbelievable");
    assert_eq!(execute(&auth, "SELECT FROM users").await, 0);
}

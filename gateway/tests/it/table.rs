//! Promise 24: a table that does not decide everything is refused, at the start and later.

use std::process::Command;

use chassis::Clock;
use gateway::{Settings, start};
use identity::keys::SigningKey;
use secrecy::ExposeSecret;

use crate::support::{House, file, table, until, vars};

const GOOD: &str = r#"{ method = "GET", path = "/a", kind = "public", upstream = "quest", timeout_ms = 300, body_limit = 0, rate = "read" },"#;

/// What it says when it starts with these settings.
async fn refusal(changes: &[(&str, &str)]) -> String {
    let mut vars = vars("http://127.0.0.1:1");
    let key = SigningKey::generate_pem().unwrap();
    vars.insert("ASSERTION_KEY".into(), key.expose_secret().to_owned());
    vars.extend(changes.iter().map(|(name, value)| ((*name).into(), (*value).into())));
    vars.retain(|_, value| !value.is_empty());
    let settings = match Settings::from_vars(&vars) {
        Ok(settings) => settings,
        Err(error) => return error.to_string(),
    };
    start(settings, Clock::system())
        .await
        .err()
        .map_or_else(|| "it starts".to_owned(), |error| error.to_string())
}

async fn refusal_of(routes: &[&str]) -> String {
    refusal(&[("ROUTE_TABLE", file(&table(routes)).to_str().unwrap())]).await
}

#[tokio::test]
async fn it_refuses_to_start_on_a_route_that_lacks_a_decision() {
    assert_eq!(refusal_of(&[GOOD]).await, "it starts");
    for decision in ["method", "path", "kind", "upstream", "timeout_ms", "body_limit", "rate"] {
        let parts = GOOD.trim_start_matches("{ ").trim_end_matches(" },").split(", ");
        let without: Vec<_> = parts.filter(|part| !part.starts_with(decision)).collect();
        let said = refusal_of(&[GOOD, &format!("{{ {} }},", without.join(", "))]).await;
        assert!(said.contains(&format!("missing field `{decision}`")), "{decision}: {said}");
        assert!(said.contains("line 3"), "{decision}: {said}");
    }
}

#[tokio::test]
async fn it_refuses_to_start_on_a_decision_that_makes_no_sense() {
    let other = GOOD.replace("\"/a\"", "\"/b\"");
    for (from, to, said) in [
        ("GET", "BREW", "\"BREW\" is no method"),
        ("GET", "get", "\"get\" is no method"),
        ("public", "publik", "kind \"publik\""),
        ("public", "role:", "kind \"role:\""),
        ("\"quest\"", "\"qest\"", "QEST_BASE_URL is missing"),
        ("\"quest\"", "\"gateway\"", "does not answer this"),
        ("\"read\"", "\"reed\"", "rate class \"reed\""),
        ("300", "0", "timeout_ms must be"),
        ("300", "60001", "timeout_ms must be"),
        ("300", "-1", "invalid value"),
        ("body_limit = 0", "body_limit = \"0\"", "invalid type"),
        ("rate", "rite", "unknown field `rite`"),
        ("rate", "passes_token = true, rate", "passes none on"),
        ("/b", "b", "must begin with a slash"),
        ("/b", "/b/", "not end with one"),
        ("/b", "/int/b", "among themselves"),
        ("/b", "/{b", "the part \"{b\""),
        ("/b", "/{b*}/c", "the part \"{b*}\""),
        ("/b", "/b//c", "the part \"\""),
        ("/b", "/a", "twice"),
    ] {
        let refused = refusal_of(&[GOOD, &other.replace(from, to)]).await;
        assert!(refused.contains(said), "{to}: {refused}");
    }
    let twice = refusal_of(&[&GOOD.replace("/a", "/{x}"), &GOOD.replace("/a", "/{y}")]).await;
    assert!(twice.contains("twice"), "{twice}");
    let all = refusal_of(&[
        &GOOD.replace("public", "no"),
        &GOOD.replace("quest", "no").replace("/a", "/b"),
    ])
    .await;
    assert!(all.contains("GET /a: ") && all.contains("GET /b: "), "all of it at once: {all}");
}

#[tokio::test]
async fn it_refuses_settings_that_make_no_sense() {
    for (name, value, said) in [
        ("ASSERTION_KEY", "", "setting ASSERTION_KEY is missing"),
        ("ASSERTION_KEY", "no key", "setting ASSERTION_KEY: "),
        ("TOKEN_ISSUERS", "", "setting TOKEN_ISSUERS is missing"),
        ("TOKEN_ISSUERS", "[]", "names no issuer"),
        ("QUEST_BASE_URL", "", "QUEST_BASE_URL is missing"),
        ("QUEST_BASE_URL", "quest:8000", "setting QUEST_BASE_URL: "),
        ("CORS_ORIGINS", "*", "is not an origin"),
        ("TRUSTED_PROXIES", "everybody", "neither an address nor a network"),
        ("RATE_LIMITS", "reed=1/1", "names the class \"reed\""),
        ("RATE_LIMITS", "on", "\"on\" is not"),
        ("ROUTE_TABLE", "/nowhere.toml", "/nowhere.toml (ROUTE_TABLE) cannot be read"),
    ] {
        let refused = refusal(&[(name, value)]).await;
        assert!(refused.contains(said), "{name}={value}: {refused}");
    }
}

#[tokio::test]
async fn a_reload_takes_a_good_table_and_keeps_the_last_good_one() {
    let path = file(&table(&[GOOD]));
    let house = House::with(&[("ROUTE_TABLE", path.to_str().unwrap())]).await;
    let status = async |path: &str| house.get(path).send().await.unwrap().status().as_u16();
    assert_eq!([status("/a").await, status("/b").await], [200, 404]);

    std::fs::write(&path, table(&[&GOOD.replace("/a", "/b").replace("public", "publik")])).unwrap();
    assert!(house.gateway.reload().unwrap_err().to_string().contains("publik"));
    assert_eq!([status("/a").await, status("/b").await], [200, 404], "the last good one stays");

    std::fs::write(&path, table(&[&GOOD.replace("/a", "/b")])).unwrap();
    let hangup = Command::new("kill").args(["-HUP", &std::process::id().to_string()]).status();
    assert!(hangup.unwrap().success());
    until("the new table holds", async || status("/b").await == 200).await;
    assert_eq!(status("/a").await, 404);
}

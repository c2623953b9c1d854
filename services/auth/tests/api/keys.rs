//! Promise 4 in auth: keys change and no good token notices; a key that is revoked is worth nothing.

use std::collections::BTreeSet;
use std::time::Duration;

use auth::{Command, KeysCommand};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chassis::Clock;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use futures_util::future::{join, join_all};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use testkit::{Answer, Database};

use crate::{
    AuthService, Member, TABLES, config, execute, member, sign_up, somebody, start, start_with,
};

async fn run(auth: &AuthService, command: KeysCommand) -> Result<(), String> {
    let done = Command::Keys(command).run_on(&auth.database.pool("auth")).await;
    done.map_err(|error| error.to_string())
}

async fn revoke(auth: &AuthService, kid: &str) {
    run(auth, KeysCommand::Revoke { kid: kid.to_owned() }).await.unwrap();
}

/// The name of the key that signed a token.
fn kid(access_token: &str) -> String {
    let header = access_token.split('.').next().unwrap();
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["kid"].as_str().unwrap().to_owned()
}

/// Refreshes, and says which key signed the new token.
async fn refresh(auth: &AuthService, signed_in: &mut Member) -> String {
    refresh_at(&auth.base_url, signed_in).await
}

async fn refresh_at(base_url: &str, signed_in: &mut Member) -> String {
    let request = reqwest::Client::new().post(format!("{base_url}/api/auth/refresh"));
    let body = json!({"refresh_token": signed_in.refresh_token});
    *signed_in = member(&Answer::of(request.json(&body)).await.expect(200));
    kid(&signed_in.access_token)
}

#[tokio::test]
async fn since_when_the_key_signs_is_measured() {
    let auth = start().await;
    let metrics = String::from_utf8(auth.as_stranger().get("/metrics").await.body).unwrap();
    let since =
        metrics.lines().find_map(|line| line.strip_prefix("auth_signing_key_from_seconds "));
    let since: i64 = since.expect("it is measured").parse().unwrap();
    assert!((1..=auth.clock.now().as_second()).contains(&since), "{since}");
}

async fn published(auth: &AuthService) -> Vec<String> {
    let jwks = auth.as_stranger().get("/.well-known/jwks.json").await.expect(200);
    let keys = jwks["keys"].as_array().unwrap().iter();
    keys.map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

async fn is_good(auth: &AuthService, token: &str) -> bool {
    let quest = auth.as_service("quest");
    let answer = quest.post("/int/auth/verify", json!({"token": token})).await.expect(200);
    answer["active"] == true
}

/// Waits for what replicas see within a second.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..300 {
        if holds().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("never: {what}");
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_until_its_last_token_has_expired() {
    let auth = start().await;
    let mut me = sign_up(&auth, somebody()).await;
    let (first, before) = (kid(&me.access_token), published(&auth).await);
    assert_eq!(before.len(), 2, "the first, and the spare");
    let second = before.into_iter().find(|other| *other != first).unwrap();

    // The spare is too young to sign: somebody may have looked just before it was published.
    run(&auth, KeysCommand::Rotate).await.unwrap();
    until("there is another spare", async || published(&auth).await.len() == 3).await;
    assert_eq!(refresh(&auth, &mut me).await, first);
    let again = run(&auth, KeysCommand::Rotate).await.unwrap_err();
    assert_eq!(again, format!("a rotation is under way: {second} signs soon"));
    auth.clock.advance(SignedDuration::from_secs(15 * 60 - 1));
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(refresh(&auth, &mut me).await, first);
    let last = me.access_token.clone();

    auth.clock.advance(SignedDuration::from_secs(1));
    until("the second key signs", async || refresh(&auth, &mut me).await == second).await;
    auth.clock.advance(SignedDuration::from_secs(10 * 60 - 3));
    assert!(is_good(&auth, &last).await);
    assert!(published(&auth).await.contains(&first));
    auth.clock.advance(SignedDuration::from_secs(70));
    until("the first key is gone", async || !published(&auth).await.contains(&first)).await;

    // Another hour, for who goes by the system's clock: the spare has been known for long then.
    let later = "UPDATE signing_keys SET published_at = published_at - interval '1 hour',
                 signs_from = signs_from - interval '1 hour'";
    execute(&auth, later).await;
    run(&auth, KeysCommand::Rotate).await.unwrap();
    let third = async || ![&first, &second].contains(&&refresh(&auth, &mut me).await);
    until("the third key signs", third).await;
    auth.clock.advance(SignedDuration::from_mins(12));
    let served = "SELECT FROM signing_keys WHERE signs_from IS NOT NULL AND sealed IS NOT NULL";
    until("what has served is forgotten", async || execute(&auth, served).await == 1).await;
    let noted = "SELECT FROM audit_log WHERE actor_kind = 'operator' AND action = 'key.rotated'";
    assert_eq!(execute(&auth, noted).await, 2);
}

#[tokio::test]
async fn a_revoked_key_is_refused_and_its_members_stay_signed_in() {
    let auth = start().await;
    let mut me = sign_up(&auth, somebody()).await;
    let (session, known) = (me.session_id, published(&auth).await);
    let (lost, stolen) = (kid(&me.access_token), me.access_token.clone());
    revoke(&auth, &lost).await;
    revoke(&auth, &lost).await;

    let told = auth.as_service("gateway").get("/int/auth/revocations").await.expect(200);
    assert_eq!(told["keys"], json!([lost]));
    until("it is refused", async || !is_good(&auth, &stolen).await).await;
    assert!(!published(&auth).await.contains(&lost));
    let lost = refresh(&auth, &mut me).await;
    assert!(known.contains(&lost), "it was published before it was needed");
    assert_eq!(me.session_id, session);
    let stolen = me.access_token.clone();
    assert!(is_good(&auth, &stolen).await);

    // The same again, with a key that does not stand in JWT_SECRET: nothing is left of it.
    until("there is another spare", async || published(&auth).await.len() == 2).await;
    revoke(&auth, &lost).await;
    until("it is refused", async || !is_good(&auth, &stolen).await).await;
    let left = format!("SELECT FROM signing_keys WHERE kid = '{lost}' AND sealed IS NOT NULL");
    assert_eq!(execute(&auth, &left).await, 0);
    refresh(&auth, &mut me).await;
    assert!(is_good(&auth, &me.access_token).await);
    let noted = "SELECT FROM audit_log WHERE actor_kind = 'operator' AND action = 'key.revoked'";
    assert_eq!(execute(&auth, noted).await, 2);
    let nobody = run(&auth, KeysCommand::Revoke { kid: "nobody".to_owned() }).await;
    assert_eq!(nobody.unwrap_err(), "no such key");
}

#[tokio::test]
async fn no_private_key_is_stored_in_the_clear() {
    let auth = start().await;
    run(&auth, KeysCommand::List).await.unwrap();
    let clear =
        "SELECT FROM signing_keys WHERE position('PRIVATE' IN encode(sealed, 'escape')) > 0";
    assert_eq!(execute(&auth, clear).await, 0);
    assert_eq!(execute(&auth, "SELECT FROM signing_keys WHERE sealed IS NOT NULL").await, 1);
    let member = r#"SELECT FROM signing_keys WHERE public ? 'd'"#;
    assert_eq!(execute(&auth, member).await, 0);
}

/// A replica on somebody's database, with these private keys.
async fn replica(database: &Database, clock: &Clock, secret: &str) -> chassis::Running {
    let settings = chassis::Settings {
        listen: ([127, 0, 0, 1], 0).into(),
        workers: 1,
        ..chassis::Settings::default()
    };
    let pool = pg::Settings::new(database.app_url("auth"));
    let (clock, config) = (clock.clone(), config([("JWT_SECRET", secret)]));
    chassis::serve::<auth::Auth>(settings, pool, &testkit::trust(), clock, config).await.unwrap()
}

#[tokio::test]
async fn a_key_that_is_put_first_into_jwt_secret_is_rotated_to() {
    let keys = [(); 2].map(|()| identity::keys::SigningKey::generate_pem().unwrap());
    let [old, new] = keys.each_ref().map(|key| key.expose_secret());
    let auth = start_with([("JWT_SECRET", old)]).await;
    let mut me = sign_up(&auth, somebody()).await;
    let first = kid(&me.access_token);

    let other = replica(&auth.database, &auth.clock, &format!("{new}{old}")).await;
    let other_url = format!("http://{}", other.address);
    until("all publish it", async || published(&auth).await.len() == 3).await;
    assert_eq!(refresh_at(&other_url, &mut me).await, first);
    auth.clock.advance(SignedDuration::from_mins(15));
    until("the new one signs", async || refresh_at(&other_url, &mut me).await != first).await;

    // Who cannot read the key that signs now says so, signs with none, and tells of none.
    until("the first is not ready", async || !auth.readiness().is_ready()).await;
    let answer = auth.as_stranger().get("/.well-known/jwks.json").await;
    answer.expect_problem(503, "unavailable");
    other.abort();
}

#[tokio::test]
async fn replicas_that_start_at_once_agree() {
    let (database, clock) = (Database::create(TABLES).await, Clock::system());
    let secret = identity::keys::SigningKey::generate_pem().unwrap();
    // None can write before all have seen that there is nothing.
    let mut conn = database.pool("auth").get().await.unwrap();
    conn.batch_execute("BEGIN; LOCK TABLE signing_keys IN SHARE MODE").await.unwrap();
    let starting = join_all((0..4).map(|_| replica(&database, &clock, secret.expose_secret())));
    let seen = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        conn.batch_execute("COMMIT").await.unwrap();
    };
    let (replicas, ()) = join(starting, seen).await;

    let rows = diesel::sql_query("SELECT FROM signing_keys").execute(&mut conn).await;
    assert_eq!(rows.unwrap(), 2, "the first, and one spare");
    let mut answers = BTreeSet::new();
    for replica in &replicas {
        let url = format!("http://{}/.well-known/jwks.json", replica.address);
        let answer = Answer::of(reqwest::Client::new().get(url)).await;
        answers.insert(answer.expect(200).to_string());
    }
    assert_eq!(answers.len(), 1, "{answers:?}");
    replicas.iter().for_each(chassis::Running::abort);
}

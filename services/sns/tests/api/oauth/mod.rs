//! Connecting an account by its provider's consent, against npm's `oidc-provider`.

pub(crate) mod support;

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;

use self::support::{Provider, ask_provider, begin, come_back, connect};
use crate::{KEYS, World, eventually, seen, somebody};

#[tokio::test]
async fn an_account_is_connected_read_to_its_last_page_and_counts_at_once() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let user_id = somebody();
    let account = connect(&world, user_id, "minji").await;
    assert_eq!((&account["address"], &account["name"]), (&json!("minji"), &json!("김 민지")));
    assert_eq!((&account["state"], &account["proof"]), (&json!("confirmed"), &json!(null)));
    let import = world.import(user_id, &account).await;
    assert_eq!((&import["status"], &import["error"]), (&json!("succeeded"), &json!(null)));
    assert_eq!((&import["new"], &import["fetched"]), (&json!(5), &json!(5)));
    assert_eq!(seen(&world.told(user_id).await[0])[0].1, ["elsewhere"]);
    // The same person again is the same account.
    assert_eq!(connect(&world, user_id, "minji").await["id"], account["id"]);
}

#[tokio::test]
async fn a_refusal_is_told_and_the_round_is_over() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let user_id = somebody();
    let query = ask_provider(begin(&world, user_id).await, "nobody").await;
    come_back(&world, user_id, &query).await.expect_problem(403, "consent-refused");
    come_back(&world, user_id, &query).await.expect_problem(400, "round-over");
    assert_eq!(world.count("SELECT FROM sns.user_sns_accounts").await, 0);
}

#[tokio::test]
async fn a_code_is_good_once_and_a_round_is_its_members_own() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let (user_id, other) = (somebody(), somebody());
    let query = ask_provider(begin(&world, user_id).await, "minji").await;
    // Whoever makes a member open such a link connects nothing for them.
    come_back(&world, other, &query).await.expect_problem(400, "round-over");
    come_back(&world, user_id, &query).await.expect(201);
    come_back(&world, user_id, &query).await.expect_problem(400, "round-over");
    // In another round of the member's own the provider itself refuses the code.
    let state = |url: &url::Url| {
        let mut pairs = url.query_pairs();
        pairs.find(|(name, _)| name == "state").unwrap().1.into_owned()
    };
    let code = query.split('&').find(|pair| pair.starts_with("code=")).unwrap();
    let replayed = format!("{code}&state={}", state(&begin(&world, user_id).await));
    come_back(&world, user_id, &replayed).await.expect_problem(400, "provider-refused");
    // Nor does one come back late, or by a guess.
    let late = ask_provider(begin(&world, user_id).await, "minji").await;
    world.pass(601);
    come_back(&world, user_id, &late).await.expect_problem(400, "round-over");
    come_back(&world, user_id, "state=guess&code=x").await.expect_problem(400, "round-over");
}

#[tokio::test]
async fn what_cannot_be_kept_is_given_back_at_once() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let user_id = somebody();
    for number in 0..20 {
        world.connect(user_id, "tistory", &format!("minji{number}")).await;
    }
    let query = ask_provider(begin(&world, user_id).await, "minji").await;
    come_back(&world, user_id, &query).await.expect_problem(409, "too-many-accounts");
    assert_eq!(provider.asked("revoked").await, 1);
    assert_eq!(world.count("SELECT FROM sns.sns_tokens").await, 0);
}

#[tokio::test]
async fn a_channel_that_does_not_know_us_or_is_none_cannot_be_connected() {
    let world = World::start(&[]).await;
    let member = world.member(somebody());
    let start = async |channel: &str| member.get(&format!("/api/sns/oauth/{channel}/start")).await;
    start("google").await.expect_problem(409, "channel-unavailable");
    start("tistory").await.expect_problem(404, "not-found");
    start("nowhere").await.expect_problem(404, "not-found");
}

#[tokio::test]
async fn tokens_are_sealed_and_renewed_before_they_end() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let user_id = somebody();
    let account = connect(&world, user_id, "minji").await;
    let sealed = "SELECT encode(sealed, 'escape') FROM sns.sns_tokens";
    let before = world.rows(sealed).await;
    assert!(!before[0].contains("token"), "{before:?}");
    assert_eq!(world.import(user_id, &account).await["status"], "succeeded");
    assert_eq!(provider.asked("renewed").await, 0);
    world.pass(600);
    assert_eq!(world.import(user_id, &account).await["status"], "succeeded");
    assert_eq!(provider.asked("renewed").await, 1);
    assert_ne!(world.rows(sealed).await, before);
    // And again, with what the first renewal gave.
    world.pass(600);
    assert_eq!(world.import(user_id, &account).await["status"], "succeeded");
    assert_eq!(provider.asked("renewed").await, 2);
}

/// A provider that sees a refresh token twice ends the whole grant.
#[tokio::test]
async fn two_replicas_renew_a_token_that_has_ended_once() {
    let provider = Provider::start().await;
    let alone = [("IMPORT_CONCURRENCY", "1"), ("IMPORT_LEASE", "5")];
    let world = provider.world_told(&alone).await;
    let settings = provider.settings(KEYS);
    let settings = settings.iter().map(|(name, value)| (*name, value.as_str()));
    let replica = world.replica(&settings.chain(alone).collect::<Vec<_>>()).await;
    let user_id = somebody();
    let account = connect(&world, user_id, "minji").await;
    world.pass(600);
    provider.mood("slow").await;
    let before = provider.asked("tokens").await;
    let body = json!({"account_id": account["id"]});
    let import = world.member(user_id).post("/api/sns/import", body).await.expect(202);
    eventually("one renews it", async || provider.asked("tokens").await > before).await;
    // Whoever renews has lost the import meanwhile; the other takes it, and finds the same token.
    world.pass(6);
    let taken = "SELECT FROM sns.sns_imports WHERE fence = 2";
    eventually("the other takes it", async || world.count(taken).await == 1).await;
    assert_eq!(provider.asked("renewed").await, 0, "the first one is still at it");
    let done = world.rest(user_id, &import["id"]).await;
    assert_eq!(done["status"], "succeeded");
    assert_eq!(
        (&done["fetched"], &done["new"]),
        (&json!(5), &json!(5)),
        "what is lost is not counted"
    );
    assert_eq!(provider.asked("tokens").await, before + 1);
    assert_eq!((provider.asked("renewed").await, provider.asked("refused").await), (1, 0));
    replica.stop().await.unwrap();
}

#[tokio::test]
async fn a_token_goes_over_to_a_new_key_when_it_is_used() {
    let provider = Provider::start().await;
    // This one has the old key, and leaves the work to the other.
    let world = provider.world_told(&[("IMPORT_CONCURRENCY", "0")]).await;
    let user_id = somebody();
    let account = connect(&world, user_id, "minji").await;
    let old = "SELECT FROM sns.sns_tokens WHERE key_id = 'first'";
    assert_eq!(world.count(old).await, 1);
    let keys = format!("second:{}A= {KEYS}", "B".repeat(42));
    let settings = provider.settings(&keys);
    let settings = settings.each_ref().map(|(name, value)| (*name, value.as_str()));
    let replica = world.replica(&settings).await;
    assert_eq!(world.import(user_id, &account).await["status"], "succeeded");
    assert_eq!((world.count(old).await, provider.asked("renewed").await), (0, 0));
    replica.stop().await.unwrap();
}

#[tokio::test]
async fn a_limit_that_comes_as_a_400_pauses() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let user_id = somebody();
    let account = connect(&world, user_id, "minji").await;
    provider.mood("limited").await;
    let paused = world.import(user_id, &account).await;
    assert_eq!((&paused["status"], &paused["error"]), (&json!("paused"), &json!("limited")));
    provider.mood("well").await;
    world.sns.clock.advance(SignedDuration::from_mins(16));
    eventually("it goes on", async || {
        world.rest(user_id, &paused["id"]).await["status"] == "succeeded"
    })
    .await;
}

#[tokio::test]
async fn who_lets_us_in_no_more_is_asked_to_allow_it_again() {
    let provider = Provider::start().await;
    let world = provider.world().await;
    let user_id = somebody();
    let account = connect(&world, user_id, "minji").await;
    world.import(user_id, &account).await;
    let told = world.told(user_id).await.len();
    tokio::time::sleep(Duration::from_millis(2_100)).await; // its times are in seconds
    provider.forget().await;
    let failed = world.import(user_id, &account).await;
    assert_eq!((&failed["status"], &failed["error"]), (&json!("failed"), &json!("consent-needed")));
    let state = async || world.account(user_id, &account["id"]).await.unwrap()["state"].clone();
    assert_eq!(state().await, "consent_needed");
    assert_eq!(world.told(user_id).await.len(), told, "what was imported counts on");
    let body = json!({"account_id": account["id"]});
    let refused = world.member(user_id).post("/api/sns/import", body).await;
    refused.expect_problem(409, "consent-needed");
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    connect(&world, user_id, "minji").await;
    assert_eq!(state().await, "confirmed");
    assert_eq!(world.import(user_id, &account).await["status"], "succeeded");
}

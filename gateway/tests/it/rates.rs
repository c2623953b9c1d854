//! Promise 23: how often one may ask.

use std::time::Duration;

use contracts::UserId;
use reqwest::StatusCode;
use uuid::Uuid;

use crate::support::{House, MEMBER, problem};

async fn login(house: &House) -> reqwest::Response {
    house.post("/api/auth/login").body("{}").send().await.unwrap()
}

#[tokio::test]
async fn a_client_that_obeys_is_not_limited_again_in_that_window() {
    let house = House::with(&[("RATE_LIMITS", "sign_in=4/2")]).await;
    let first = login(&house).await;
    assert_eq!(first.headers()["ratelimit-policy"], r#""sign_in";q=4;w=2"#);
    assert_eq!(first.headers()["ratelimit"], r#""sign_in";r=3;t=1"#);
    for _ in 0..3 {
        assert_eq!(login(&house).await.status(), 200);
    }
    for _ in 0..3 {
        let refused = login(&house).await;
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        let headers = refused.headers().clone();
        let wait: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
        assert!((1..=2).contains(&wait), "{wait}");
        assert_eq!(headers["ratelimit"], format!(r#""sign_in";r=0;t={wait}"#).as_str());
        assert_eq!(problem(refused).await, "rate-limited");
        // Obeying: the whole quota is there, for a window in which it asks no more often than it may.
        tokio::time::sleep(Duration::from_secs(wait)).await;
        for _ in 0..4 {
            assert_eq!(login(&house).await.status(), 200, "limited again");
        }
    }
    assert_eq!(house.service.seen().len(), 16, "refused requests reach no service");
}

#[tokio::test]
async fn members_do_not_share_a_quota_and_addresses_do() {
    let house = House::with(&[
        ("RATE_LIMITS", "read=2/60,sign_in=2/60,public=1/60"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
    ])
    .await;
    let home = async |member: UserId, session: u128| {
        let token = house.token_of(member, Uuid::from_u128(session), &[], 600);
        house.get("/api/home").bearer_auth(token).send().await.unwrap().status().as_u16()
    };
    let other = UserId(Uuid::from_u128(2));
    assert_eq!(
        [home(MEMBER, 1).await, home(MEMBER, 2).await, home(MEMBER, 3).await],
        [200, 200, 429]
    );
    assert_eq!([home(other, 4).await, home(other, 4).await, home(other, 4).await], [200, 200, 429]);

    let login = async |from: &str| {
        let request = house.post("/api/auth/login").header("x-forwarded-for", from).body("{}");
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(
        [login("1.1.1.1").await, login("1.1.1.1").await, login("1.1.1.1").await],
        [200, 200, 429]
    );
    assert_eq!(login("1.1.1.2").await, 200);
    assert_eq!(
        [login("2001:db8::1").await, login("2001:db8::2").await, login("2001:db8::3").await],
        [200, 200, 429]
    );
    // Another class of the same address is another quota.
    let public =
        house.get("/api/characters").header("x-forwarded-for", "1.1.1.1").send().await.unwrap();
    assert_eq!(public.status(), 200);
}

#[tokio::test]
async fn a_client_cannot_choose_its_address() {
    let house = House::with(&[("RATE_LIMITS", "sign_in=2/60")]).await;
    let mut refused = 0;
    for n in 0..10 {
        let request = house.post("/api/auth/login").header("x-forwarded-for", format!("1.1.1.{n}"));
        refused += u32::from(request.send().await.unwrap().status() == 429);
    }
    assert_eq!(refused, 8);
}

#[tokio::test]
async fn a_flood_of_bad_tokens_is_bounded_and_known_members_do_not_feel_it() {
    let house = House::with(&[("RATE_LIMITS", "token=5/60")]).await;
    let good = house.token(&[]);
    let get = async |token: &str| {
        house.get("/api/home").bearer_auth(token).send().await.unwrap().status().as_u16()
    };
    assert_eq!(get(&good).await, 200);
    let mut answers = Vec::new();
    for n in 0..10 {
        answers.push(get(&format!("{good}{n}")).await);
    }
    assert_eq!(answers, [401, 401, 401, 401, 429, 429, 429, 429, 429, 429]);
    assert_eq!(get(&good).await, 200);
}

#[tokio::test]
async fn what_a_service_says_of_a_quota_of_its_own_is_passed_on() {
    let house = House::with(&[("RATE_LIMITS", "sign_in=4/2")]).await;
    let refused = house.post("/api/auth/login?status=429").body("{}").send().await.unwrap();
    let said = refused.headers().get_all("ratelimit").iter();
    let said: Vec<_> = said.map(|value| value.to_str().unwrap()).collect();
    assert_eq!(said, [r#""own";r=0;t=9"#, r#""sign_in";r=3;t=1"#]);
}

#[tokio::test]
async fn limits_can_be_switched_off() {
    let house = House::with(&[("RATE_LIMITS", "off")]).await;
    for _ in 0..400 {
        let answer = login(&house).await;
        assert_eq!(answer.status(), 200);
        assert!(!answer.headers().contains_key("ratelimit"));
    }
}

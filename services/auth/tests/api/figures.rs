//! Figures, to be read by people: `cargo test -p auth figures -- --ignored --nocapture --test-threads 1`.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::Answer;

use crate::{AuthService, member, sign_up, somebody, somebody_with, start};

#[tokio::test]
#[ignore = "a figure: 10,000 refreshes"]
async fn fifty_parallel_refreshes_two_hundred_times() {
    let auth = start().await;
    let refresh = async |token: &str| {
        let body = json!({"refresh_token": token});
        auth.as_stranger().post("/api/auth/refresh", body).await
    };
    let mut token = sign_up(&auth, somebody()).await.refresh_token;
    let mut seen = BTreeSet::from([token.clone()]);
    for round in 1..=200 {
        let successors: BTreeSet<String> = join_all((0..50).map(|_| refresh(&token)))
            .await
            .iter()
            .map(|answer| member(&answer.expect(200)).refresh_token)
            .collect();
        assert_eq!(successors.len(), 1, "round {round}");
        token = successors.into_iter().next().unwrap();
        assert!(seen.insert(token.clone()), "round {round} went back");
        // Nobody asks so often: the next round is in the next window.
        auth.clock.advance(SignedDuration::from_mins(1));
    }
    println!("200 rounds of 50 parallel refreshes: one successor each");
}

/// What was measured of one kind of request.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn quantile(&self, of_100: usize) -> f64 {
        let mut times = self.0.clone();
        times.sort();
        times[(times.len() - 1) * of_100 / 100].as_secs_f64() * 1000.0
    }

    fn tell(&self, kind: &str) -> f64 {
        let [least, first, median, third] = [0, 25, 50, 75].map(|of_100| self.quantile(of_100));
        println!(
            "{kind:10} n {:3}  median {median:6.2} ms  quartiles {first:6.2} {third:6.2}  least {least:6.2}",
            self.0.len()
        );
        median
    }
}

async fn timed(auth: &AuthService, n: usize, path: &str, body: Value, times: &mut Times) -> Answer {
    // Each from an address of its own, that none is limited.
    let request = auth.as_stranger().request(Method::POST, path);
    let request = request.header("x-forwarded-for", format!("192.0.{}.{}", n / 256, n % 256));
    let began = Instant::now();
    let answer = Answer::of(request.json(&body)).await;
    times.0.push(began.elapsed());
    answer
}

const TRIES: usize = 100;

#[tokio::test]
#[ignore = "a figure: 300 sign-ins"]
async fn sign_ins_of_wrong_unknown_and_locked_members() {
    let auth = start().await;
    // One wrong try each: after ten an account would be locked.
    for n in 0..TRIES {
        sign_up(&auth, somebody_with("email", json!(format!("known{n}@example.com")))).await;
        // None of them is limited by where they come from.
        auth.clock.advance(SignedDuration::from_hours(1));
    }
    sign_up(&auth, somebody_with("email", json!("locked@example.com"))).await;
    for _ in 0..10 {
        crate::log_in(&auth, "locked@example.com", "a guess").await.expect(401);
    }
    let [mut wrong, mut unknown, mut locked] = [(); 3].map(|()| Times::default());
    for n in 0..TRIES {
        let kinds = [
            (format!("known{n}@example.com"), &mut wrong),
            (format!("nobody{n}@example.com"), &mut unknown),
            ("locked@example.com".to_owned(), &mut locked),
        ];
        for (kind, (email, times)) in kinds.into_iter().enumerate() {
            let body = json!({"email": email, "password": "a guess"});
            timed(&auth, n * 3 + kind, "/api/auth/login", body, times).await.expect(401);
        }
    }
    println!("sign-ins that are refused, {TRIES} of each, one after the other in turns");
    let medians = [("wrong", &wrong), ("unknown", &unknown), ("locked", &locked)]
        .map(|(kind, times)| times.tell(kind));
    alike(&medians);
}

#[tokio::test]
#[ignore = "a figure: 200 letters asked for"]
async fn resets_asked_for_by_known_and_unknown_members() {
    let auth = start().await;
    for n in 0..TRIES {
        sign_up(&auth, somebody_with("email", json!(format!("known{n}@example.com")))).await;
        auth.clock.advance(SignedDuration::from_hours(1));
    }
    let [mut known, mut unknown] = [(); 2].map(|()| Times::default());
    for n in 0..TRIES {
        for (kind, times) in [("known", &mut known), ("nobody", &mut unknown)] {
            let body = json!({"email": format!("{kind}{n}@example.com")});
            timed(&auth, n, "/api/auth/password/forgot", body, times).await.expect(202);
        }
    }
    println!("letters asked for, {TRIES} of each, one after the other in turns");
    alike(&[known.tell("known"), unknown.tell("unknown")]);
}

fn alike(medians: &[f64]) {
    let most = medians.iter().copied().fold(f64::MIN, f64::max);
    let least = medians.iter().copied().fold(f64::MAX, f64::min);
    assert!(most < least * 1.25, "{medians:?}");
}

//! Promise 20: what strangers ask for adds no series. What alerts watch is there from the beginning.

use crate::support::House;

async fn metrics(house: &House) -> String {
    let url = format!("http://{}/metrics", house.gateway.admin_address);
    house.http.get(url).send().await.unwrap().text().await.unwrap()
}

/// Every series of HTTP requests; other tests of this process add theirs.
async fn series(house: &House) -> Vec<String> {
    let text = metrics(house).await;
    let counts = "http_server_request_duration_seconds_count";
    let counts = text.lines().filter(|line| line.starts_with(counts));
    counts.map(str::to_owned).collect()
}

#[tokio::test]
async fn what_alerts_watch_is_shown_before_it_has_happened() {
    let text = metrics(&House::with(&[]).await).await;
    for series in [
        // No other test lets catalog be late.
        r#"gateway_upstream_failures_total{kind="late",upstream="catalog"} 0"#,
        r#"gateway_rate_limited_total{class="export"} 0"#,
    ] {
        assert!(text.lines().any(|line| line == series), "{series} in {text}");
    }
    let fetched =
        r#"identity_jwks_fetches_total{issuer="https://auth.damacorch.test",outcome="fetched"} "#;
    let times = text.lines().find_map(|line| line.strip_prefix(fetched));
    assert!(times.is_some_and(|times| times != "0"), "{text}");
}

#[tokio::test]
async fn ten_thousand_random_paths_add_no_series() {
    let house = House::with(&[("RATE_LIMITS", "off")]).await;
    let before = series(&house).await;
    for batch in 0..100_u128 {
        let mut requests = String::new();
        for n in 0..100 {
            let id = uuid::Uuid::from_u128((batch << 100) + (n << 64));
            let target = match n % 4 {
                0 => format!("GET /api/unknown/{id}"),
                1 => format!("GET /api/characters/{id}"),
                2 => format!("GET /api/home/{id}%61"),
                _ => format!("M{} /api/home", id.simple()),
            };
            let close = if n == 99 { "Connection: close\r\n" } else { "" };
            requests.push_str(&format!("{target} HTTP/1.1\r\nHost: a\r\n{close}\r\n"));
        }
        let answers = house.raw(&requests).await;
        for (status, times) in [(404, 25), (200, 25), (400, 25), (405, 25)] {
            let line = format!("HTTP/1.1 {status} ");
            assert_eq!(answers.matches(&line).count(), times, "{status}: {answers}");
        }
    }
    let after = series(&house).await;
    let more = after.len() - before.len();
    assert!(more < 500, "{more} more series");
    for known in [
        r#"{method="GET",route="/api/characters/{key}",status="200"}"#,
        r#"{method="GET",route="unmatched",status="404"}"#,
        r#"{method="GET",route="unmatched",status="400"}"#,
        r#"{method="other",route="unmatched",status="405"}"#,
    ] {
        let counted = after.iter().any(|line| line.contains(known));
        assert!(counted, "{known} in {after:#?}");
    }
}

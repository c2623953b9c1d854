//! Promise 20: what strangers ask for adds no series.

use crate::support::House;

async fn series(house: &House) -> Vec<String> {
    let url = format!("http://{}/metrics", house.gateway.admin_address);
    let text = house
        .http
        .get(url)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    let http = text
        .lines()
        .filter(|line| line.starts_with("http_server_request_duration_seconds_count"));
    http.map(|line| line.rsplit_once(' ').unwrap().0.to_owned())
        .collect()
}

#[tokio::test]
async fn ten_thousand_random_paths_add_no_series() {
    let house = House::with(&[("RATE_LIMITS", "off")]).await;
    let ask = async |path: String| house.get(&path).send().await.unwrap().status();
    // One of each kind, so that whatever they share is there.
    assert_eq!(ask("/api/unknown/0".into()).await, 404);
    assert_eq!(ask("/api/characters/0".into()).await, 200);
    assert_eq!(ask("/api/home/%61".into()).await, 400);
    let method = |n: u32| format!("M{n}").parse().unwrap();
    house
        .http
        .request(method(0), house.url("/api/home"))
        .send()
        .await
        .unwrap();

    let before = series(&house).await;
    let id = |n: u32| uuid::Uuid::from_u128(u128::from(n) << 64);
    for n in 1..=10_000 {
        match n % 4 {
            0 => assert_eq!(ask(format!("/api/unknown/{}", id(n))).await, 404),
            1 => assert_eq!(ask(format!("/api/characters/{}", id(n))).await, 200),
            2 => assert_eq!(ask(format!("/api/home/{}%61", id(n))).await, 400),
            _ => drop(
                house
                    .http
                    .request(method(n), house.url("/api/home"))
                    .send()
                    .await
                    .unwrap(),
            ),
        }
    }
    assert_eq!(series(&house).await, before);
    assert!(
        before
            .iter()
            .any(|line| line.contains(r#"route="/api/characters/{key}""#)),
        "{before:#?}"
    );
    assert!(
        before
            .iter()
            .any(|line| line.contains(r#"route="unmatched""#))
    );
}

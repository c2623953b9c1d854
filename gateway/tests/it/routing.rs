//! Which requests have a route, and what the others are answered.

use crate::support::{House, problem};

#[tokio::test]
async fn what_is_not_in_the_table_is_not_there() {
    let house = House::start().await;
    for path in [
        "/",
        "/api",
        "/api/nowhere",
        "/int/auth/verify",
        "/int/auth/revocations",
        "/healthz",
        "/metrics",
        "/livez",
    ] {
        let answer = house.get(path).bearer_auth(house.token(&["admin"])).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(problem(answer).await, "not-found", "{path}");
    }
    assert!(house.service.seen().is_empty());
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let house = House::start().await;
    for (method, path, allow) in [
        ("POST", "/api/home", "GET, HEAD"),
        ("POST", "/api/auth/me", "DELETE, GET, HEAD, PATCH"),
        ("GET", "/api/quests/1/complete", "POST"),
        ("OPTIONS", "/api/quests/goal", "GET, HEAD, PUT"),
        ("DELETE", "/api/quests/goal", "GET, HEAD, PUT"),
        ("BREW", "/api/home", "GET, HEAD"),
    ] {
        let method = method.parse().unwrap();
        let answer = house.http.request(method, house.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["allow"], allow, "{path}");
        assert_eq!(problem(answer).await, "method-not-allowed");
    }
}

#[tokio::test]
async fn a_trailing_slash_is_the_same_path() {
    let house = House::start().await;
    for (asked, forwarded) in [
        ("/api/characters/", "/api/characters"),
        ("/api/characters/?lang=ko&x=%20", "/api/characters?lang=ko&x=%20"),
        ("/api/characters?lang=ko/", "/api/characters?lang=ko/"),
        ("/api/characters/spark.svg/", "/api/characters/spark.svg"),
        ("/api/quest-templates/%ED%95%9C", "/api/quest-templates/%ED%95%9C"),
    ] {
        assert_eq!(house.get(asked).send().await.unwrap().status(), 200, "{asked}");
        assert_eq!(house.service.only().target, forwarded);
    }
}

#[tokio::test]
async fn a_path_that_can_be_read_in_two_ways_is_refused() {
    let house = House::start().await;
    for path in [
        "//api/home",
        "/api//home",
        "/api/./home",
        "/api/x/../home",
        "/api/%2e%2e/int/auth/verify",
        "/api%2fhome",
        "/api/characters/..%2f..%2fint",
        "/api/characters/%5c",
        "/api/characters/%00",
        "/api/characters/%61dmin",
        "/api/characters/%zz",
        "/api/characters//",
    ] {
        let answer = house
            .raw(&format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"))
            .await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{path}: {answer}");
        assert!(answer.contains("ambiguous-path"), "{path}: {answer}");
    }
    assert!(house.service.seen().is_empty());
}

#[tokio::test]
async fn requests_that_are_framed_in_two_ways_are_refused() {
    let house = House::start().await;
    let chunked = "Transfer-Encoding: chunked";
    for (what, headers) in [
        ("length and chunks", format!("Content-Length: 5\r\n{chunked}")),
        ("chunks and length", format!("{chunked}\r\nContent-Length: 5")),
        ("two lengths", "Content-Length: 5\r\nContent-Length: 6".to_owned()),
        ("two encodings", format!("{chunked}\r\n{chunked}")),
        ("an unknown encoding", "Transfer-Encoding: xchunked".to_owned()),
        ("a folded line", "X-Folded: a\r\n b\r\nContent-Length: 5".to_owned()),
        ("a signed length", "Content-Length: +5".to_owned()),
        ("no host", String::new()),
    ] {
        let host = if what == "no host" { "" } else { "Host: a\r\n" };
        let request = format!("POST /api/auth/login HTTP/1.1\r\n{host}{headers}\r\n\r\n0\r\n\r\n");
        let answer = house.raw(&request).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{what}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{what}: {answer}");
    }
    assert!(house.service.seen().is_empty());
}

#[tokio::test]
async fn heads_of_any_size_are_answered() {
    let house = House::start().await;
    let long = |length: usize| "a".repeat(length);
    let ask = async |target: String, header: String| {
        let request = format!(
            "GET {target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Long: {header}\r\n\r\n"
        );
        house.raw(&request).await.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(ask(format!("/api/characters?q={}", long(7_000)), long(20_000)).await, "200");
    assert_eq!(ask(format!("/api/characters?q={}", long(9_000)), long(1)).await, "414");
    assert_eq!(ask("/api/characters".into(), long(33_000)).await, "431");
    assert_eq!(ask("/api/characters".into(), long(200_000)).await, "431");
    let many = "X-Many: 1\r\n".repeat(200);
    let answer = house.raw(&format!("GET /api/characters HTTP/1.1\r\nHost: a\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 4"), "{answer}");
}

//! The API's document and its page.

use serde_json::Value;

use crate::support::{House, problem};

#[tokio::test]
async fn the_document_is_yaml_or_json() {
    let house = House::start().await;
    let yaml = house.get("/api/schema").send().await.unwrap();
    assert_eq!(yaml.headers()["content-type"], "application/yaml");
    let etag = yaml.headers()["etag"].clone();
    assert!(yaml.text().await.unwrap().contains("openapi: 3"));
    let json = house.get("/api/schema").header("accept", "application/json").send().await.unwrap();
    assert_eq!(json.headers()["content-type"], "application/json");
    assert!(json.json::<Value>().await.unwrap()["paths"]["/api/home"]["get"].is_object());
    let known = house.get("/api/schema").header("if-none-match", etag).send().await.unwrap();
    assert_eq!(known.status(), 304);
}

#[tokio::test]
async fn the_page_loads_nothing_from_outside() {
    let house = House::start().await;
    for path in ["/api/docs", "/api/docs/"] {
        let page = house.get(path).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.headers()["content-type"].to_str().unwrap().starts_with("text/html"));
        let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(!policy.contains("http"), "{policy}");
        let html = page.text().await.unwrap();
        assert!(!html.contains("://"), "{html}");
        let links = html.split("=\"").skip(1).filter_map(|part| part.split('"').next());
        let links: Vec<_> = links
            .filter(|link| link.contains(".css") || link.contains(".js") || link.contains(".png"))
            .collect();
        assert!(links.len() >= 5, "{html}");
        for link in links {
            assert!(link.starts_with("/api/docs/"), "{link}");
            assert_eq!(house.get(link).send().await.unwrap().status(), 200, "{link}");
        }
    }
    let start =
        house.get("/api/docs/swagger-initializer.js").send().await.unwrap().text().await.unwrap();
    assert!(
        start.contains("/api/schema") && start.contains("\"validatorUrl\": \"none\""),
        "{start}"
    );
    let missing = house.get("/api/docs/other.js").send().await.unwrap();
    assert_eq!(missing.status(), 404);
    assert_eq!(problem(missing).await, "not-found");
}

#[tokio::test]
async fn the_table_and_the_document_agree_on_every_operation_and_who_may_call_it() {
    let house = House::start().await;
    let request = house.get("/api/schema").header("accept", "application/json");
    let document: Value = request.send().await.unwrap().json().await.unwrap();
    let mut documented = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let kind = match operation["x-access"].as_str() {
                Some("own" | "shared") => "member",
                other => other.unwrap_or("nobody says"),
            };
            documented.push(format!("{} {path}: {kind}", method.to_uppercase()));
        }
    }
    let table: toml::Table = include_str!("../../routes.toml").parse().unwrap();
    let routes = table["route"].as_array().unwrap().iter().map(|route| {
        let text = |key: &str| route[key].as_str().unwrap();
        format!("{} {}: {}", text("method"), text("path"), text("kind"))
    });
    // The page's files are no part of the API.
    let mut routed: Vec<_> = routes.filter(|route| !route.contains("/api/docs/{file}")).collect();
    documented.sort_unstable();
    routed.sort_unstable();
    assert_eq!(documented, routed);
}

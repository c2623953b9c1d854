use super::*;
use crate::rate::RateLimits;

fn table(routes: &[(&str, &str)]) -> Table {
    let route = |(method, path): &(&str, &str)| {
        format!(
            "{{ method = {method:?}, path = {path:?}, kind = \"public\", upstream = \"quest\", timeout_ms = 1, body_limit = 0, rate = \"token\" }},\n"
        )
    };
    let routes: String = routes.iter().map(route).collect();
    let classes = "[rate]\ntoken = { by = \"address\", requests = 1, seconds = 1 }\n";
    let text = format!("route = [\n{routes}]\n{classes}");
    Table::parse(&text, &["quest".to_owned()], &RateLimits::default(), None).unwrap()
}

fn found(table: &Table, method: &str, path: &str) -> String {
    match table.find(&method.parse().unwrap(), path) {
        Found::Route(route) => format!("{} {}", route.method, route.template),
        Found::WrongMethod(allow) => format!("allow {}", allow.to_str().unwrap()),
        Found::Unsafe(_) => "unsafe".to_owned(),
        Found::Nothing => "nothing".to_owned(),
    }
}

#[test]
fn exact_goes_before_parameter_before_rest() {
    let table = table(&[
        ("GET", "/a/{rest*}"),
        ("GET", "/a/{id}"),
        ("GET", "/a/{id}.svg"),
        ("GET", "/a/b"),
        ("GET", "/a/{id}/c"),
        ("GET", "/a/b/d"),
        ("PUT", "/a/b"),
        ("DELETE", "/a/{id}"),
    ]);
    for (method, path, expected) in [
        ("GET", "/a/b", "GET /a/b"),
        ("HEAD", "/a/b", "GET /a/b"),
        ("GET", "/a/x", "GET /a/{id}"),
        ("GET", "/a/x.svg", "GET /a/{id}.svg"),
        ("GET", "/a/.svg", "GET /a/{id}"),
        ("GET", "/a/b/c", "GET /a/{id}/c"),
        ("GET", "/a/b/d", "GET /a/b/d"),
        ("GET", "/a/b/e", "GET /a/{rest*}"),
        ("GET", "/a/x/y/z", "GET /a/{rest*}"),
        ("DELETE", "/a/b", "DELETE /a/{id}"),
        ("POST", "/a/b", "allow DELETE, GET, HEAD, PUT"),
        ("POST", "/a/x/y", "allow GET, HEAD"),
        ("GET", "/a", "nothing"),
        ("GET", "/", "nothing"),
        ("GET", "/b", "nothing"),
        ("GET", "/a//b", "unsafe"),
    ] {
        assert_eq!(found(&table, method, path), expected, "{method} {path}");
    }
}

#[test]
fn the_table_that_is_brought_along_can_be_used() {
    let upstreams = ["analysis", "auth", "catalog", "quest", "sns"].map(str::to_owned).to_vec();
    let routes = Reload::new(None, upstreams, RateLimits::default()).unwrap();
    assert_eq!(found(&routes.table(), "GET", "/api/quests/streak"), "GET /api/quests/streak");
    assert_eq!(
        found(&routes.table(), "GET", "/api/characters/spark.svg"),
        "GET /api/characters/{key}.svg"
    );
    assert_eq!(
        found(&routes.table(), "GET", "/api/analysis-results/latest"),
        "GET /api/analysis-results/latest"
    );
}

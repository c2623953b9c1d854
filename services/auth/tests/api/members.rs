//! Members, as admins see and change them.

use std::time::Duration;

use auth::Command;
use contracts::UserId;
use diesel_async::RunQueryDsl;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Answer, Asker};
use uuid::Uuid;

use crate::{AuthService, Member, execute, log_in, sign_up, somebody, somebody_with, start};

/// An admin, by their own row too.
async fn admin(auth: &AuthService) -> Member {
    let admin = sign_up(auth, somebody_with("email", json!("admin@example.com"))).await;
    let grant = Command::Grant { email: "admin@example.com".to_owned(), role: "admin".to_owned() };
    grant.run_on(&auth.database.pool("auth")).await.unwrap();
    admin
}

fn as_they_are(user: &Value) -> Value {
    let fields = ["name", "age", "gender", "locale", "time_zone", "roles"];
    fields.iter().map(|field| ((*field).to_owned(), user[*field].clone())).collect()
}

async fn emails(asker: &Asker<'_>, query: &str) -> Vec<String> {
    let page = asker.get(&format!("/api/users?{query}")).await.expect(200);
    let items = page["items"].as_array().unwrap().iter();
    items.map(|user| user["email"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn an_admin_makes_a_member_who_has_no_password_yet() {
    let auth = start().await;
    let admin = admin(&auth).await;
    let as_admin = auth.as_admin(admin.id);
    let new = json!({"email": "new@example.com", "name": " 새 ", "age": 40, "roles": ["member", "nurse"]});
    let created = as_admin.post_once("/api/users", "key", new.clone()).await;
    let again = as_admin.post_once("/api/users", "key", new.clone()).await;
    assert_eq!(created.body, again.body, "made once, answered twice");
    let created = created.expect(201);
    assert_eq!((&created["name"], &created["roles"]), (&json!("새"), &json!(["member", "nurse"])));
    let id = created["id"].as_str().unwrap();
    assert_eq!(as_admin.get(&format!("/api/users/{id}")).await.expect(200), created);
    for (action, actor) in [("member.created", admin.id), ("role.granted", admin.id)] {
        let noted = format!(
            "SELECT FROM audit_log WHERE action = '{action}' AND actor = '{actor}' AND subject = '{id}'"
        );
        assert_eq!(execute(&auth, &noted).await, 1, "{action}");
    }
    log_in(&auth, "new@example.com", "").await.expect_problem(401, "wrong-credentials");
    let taken = as_admin.post("/api/users", new).await;
    assert_eq!(taken.expect_problem(409, "email-taken"), ["/email"]);

    // What the admin was answered is kept for a day, but not beyond the member.
    as_admin.delete(&format!("/api/users/{id}")).await.expect(204);
    assert_eq!(execute(&auth, "SELECT FROM idempotency_keys").await, 0);
}

#[tokio::test]
async fn every_wrong_field_of_a_member_is_named() {
    let auth = start().await;
    let admin = admin(&auth).await;
    let admin = auth.as_admin(admin.id);
    let wrong = json!({
        "email": "nobody", "name": "", "age": 13, "gender": "", "locale": "k", "time_zone": "Mars",
        "roles": ["nurse"],
    });
    let named = admin.post("/api/users", wrong.clone()).await.expect_problem(422, "invalid-input");
    assert_eq!(named, ["/age", "/email", "/gender", "/locale", "/name", "/roles", "/time_zone"]);
    let id = sign_up(&auth, somebody()).await.id;
    let path = format!("/api/users/{id}");
    let mut other = wrong;
    other.as_object_mut().unwrap().remove("email");
    let named = admin.put(&path, other).await.expect_problem(422, "invalid-input");
    assert_eq!(named, ["/age", "/gender", "/locale", "/name", "/roles", "/time_zone"]);

    let user = as_they_are(&admin.get(&path).await.expect(200));
    for (field, value, status, pointer) in [
        ("roles", json!(["member", "owner", "nurse", "king"]), 422, "/roles/1 /roles/3"),
        ("roles", json!(["member", "member"]), 422, "/roles"),
        ("roles", Value::Null, 400, "/roles"),
        ("email", json!("x@example.com"), 400, "/email"),
        ("password", json!("a new password"), 400, "/password"),
        ("id", json!(Uuid::nil()), 400, "/id"),
    ] {
        let mut body = user.clone();
        body[field] = value;
        let code = if status == 400 { "malformed-body" } else { "invalid-input" };
        let named = admin.put(&path, body).await.expect_problem(status, code);
        assert_eq!(named.join(" "), pointer);
    }
    assert_eq!(as_they_are(&admin.get(&path).await.expect(200)), user, "nothing has changed");
    for (query, status) in [
        ("limit=0", 422),
        ("limit=101", 422),
        ("cursor=x", 422),
        ("q=", 422),
        ("created_from=2026", 400),
        ("page=2", 400),
    ] {
        admin.get(&format!("/api/users?{query}")).await.expect(status);
    }
}

#[tokio::test]
async fn an_admin_changes_a_member_whom_nobody_changed_meanwhile() {
    let auth = start().await;
    let admin = admin(&auth).await;
    let member = sign_up(&auth, somebody()).await;
    let path = format!("/api/users/{}", member.id);
    let read = auth.as_admin(admin.id).get(&path).await;
    let etag = read.headers["etag"].clone();
    let put = async |body: &Value| {
        let request = auth.as_admin(admin.id).request(Method::PUT, &path);
        Answer::of(request.header("if-match", etag.clone()).json(body)).await
    };
    let mut user = as_they_are(&read.expect(200));
    user["name"] = json!("Other");
    user["roles"] = json!(["member", "doctor"]);
    let first = put(&user).await;
    assert_eq!(as_they_are(&first.expect(200)), user);
    user["name"] = json!("Lost");
    put(&user).await.expect_problem(412, "user-changed");
    let now = auth.as_admin(admin.id).get(&path).await;
    assert_eq!(now.headers["etag"], first.headers["etag"]);
    assert_eq!(now.expect(200)["name"], "Other");

    let refreshed = json!({"refresh_token": member.refresh_token});
    let refreshed = auth.as_stranger().post("/api/auth/refresh", refreshed).await.expect(200);
    let token = json!({"token": refreshed["access_token"]});
    let verified = auth.as_service("quest").post("/int/auth/verify", token).await.expect(200);
    assert_eq!(verified["roles"], json!(["doctor", "member"]), "the next token says so");
    let told = "SELECT FROM audit_log WHERE action IN ('member.changed', 'role.granted')";
    let told = format!("{told} AND actor = '{}' AND subject = '{}'", admin.id, member.id);
    assert_eq!(execute(&auth, &told).await, 2);
}

#[tokio::test]
async fn there_is_always_an_admin() {
    let auth = start().await;
    let first = admin(&auth).await;
    let path = |id: UserId| format!("/api/users/{id}");
    let as_first = auth.as_admin(first.id);
    let mut user = as_they_are(&as_first.get(&path(first.id)).await.expect(200));
    user["roles"] = json!(["member"]);
    as_first.put(&path(first.id), user.clone()).await.expect_problem(409, "last-admin");
    as_first.delete(&path(first.id)).await.expect_problem(409, "last-admin");

    // Two who remove each other at once: one of them is left.
    for round in 0..10 {
        let email = json!(format!("second{round}@example.com"));
        let second = sign_up(&auth, somebody_with("email", email)).await;
        let mut both = user.clone();
        both["roles"] = json!(["member", "admin"]);
        for id in [first.id, second.id] {
            auth.as_admin(first.id).put(&path(id), both.clone()).await.expect(200);
        }
        let (one, other) = (auth.as_admin(first.id), auth.as_admin(second.id));
        let (to_second, to_first) = (path(second.id), path(first.id));
        let (one, other) =
            tokio::join!(one.put(&to_second, user.clone()), other.put(&to_first, user.clone()),);
        let statuses = [one.status.as_u16(), other.status.as_u16()];
        assert!(statuses == [200, 409] || statuses == [409, 200], "{statuses:?}");
        assert_eq!(execute(&auth, "SELECT FROM users WHERE 'admin' = ANY (roles)").await, 1);
        execute(&auth, "UPDATE users SET roles = '{member}'").await;
    }
}

#[tokio::test]
async fn an_erased_member_is_gone_and_their_sessions_end() {
    let auth = start().await;
    let admin = admin(&auth).await;
    let member = sign_up(&auth, somebody()).await;
    let path = format!("/api/users/{}", member.id);
    let as_admin = auth.as_admin(admin.id);
    let user = as_they_are(&as_admin.get(&path).await.expect(200));
    as_admin.delete(&path).await.expect(204);
    as_admin.delete(&path).await.expect_problem(404, "not-found");
    as_admin.get(&path).await.expect_problem(404, "not-found");
    as_admin.put(&path, user).await.expect_problem(404, "not-found");
    let ended = auth.as_service("gateway").get("/int/auth/revocations").await.expect(200);
    assert_eq!(ended["items"][0]["sid"], member.session_id.to_string());
    let noted = format!(
        "SELECT FROM audit_log WHERE action = 'member.erased' AND actor = '{}' AND subject = '{}'",
        admin.id, member.id
    );
    assert_eq!(execute(&auth, &noted).await, 1);
}

#[tokio::test]
async fn members_are_found_by_how_they_begin_by_role_and_by_when_they_joined() {
    let auth = start().await;
    let admin = auth.as_admin(UserId(Uuid::nil()));
    let insert = "INSERT INTO users (sub, email, name, roles, locale, time_zone, created_at, updated_at)
        SELECT gen_random_uuid(), email, name, roles::text[], 'ko', 'Asia/Seoul', joined::timestamptz, now()
        FROM (VALUES
            ('a.kim@example.com', '김민지', '{member}', '2026-01-01T00:00:00Z'),
            ('B.Kim@example.com', '김민수', '{member,nurse}', '2026-01-02T00:00:00Z'),
            ('c%@example.com', 'Kim_', '{member,artist}', '2026-01-03T00:00:00Z'),
            ('d@example.com', 'kimchi', '{member,nurse,artist}', '2026-01-04T00:00:00Z'),
            ('e@example.com', 'ZOË', '{member}', '2026-01-05T00:00:00Z')
        ) AS they (email, name, roles, joined)";
    execute(&auth, insert).await;
    for (query, found) in [
        ("", "e d c b a"),
        ("q=김민", "b a"),
        ("q=김민지", "a"),
        ("q=민지", ""),
        ("q=KIM", "c d"),
        ("q=kim_", "c"),
        ("q=k%25", ""),
        ("q=b.kim@", "b"),
        ("q=b.kim@EXAMPLE.com", "b"),
        ("q=%40", ""),
        ("role=nurse", "d b"),
        ("role=member", "e d c b a"),
        ("role=king", ""),
        ("role=artist&q=kim", "c d"),
        ("role=nurse&q=김", "b"),
        ("created_from=2026-01-02T00:00:00Z&created_before=2026-01-04T00:00:00Z", "c b"),
        ("created_from=2026-01-03T00:00:00Z&role=nurse", "d"),
        ("created_before=2026-01-02T00:00:00Z&q=김", "a"),
        ("created_from=-009999-01-02T01:59:59Z&created_before=9999-01-01T00:00:00Z", "e d c b a"),
    ] {
        let emails = emails(&admin, query).await;
        let first: Vec<_> = emails.iter().map(|email| email[..1].to_lowercase()).collect();
        assert_eq!(first.join(" "), found, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other_and_nobody_is_told_twice_or_missed() {
    let auth = start().await;
    let admin = auth.as_admin(UserId(Uuid::nil()));
    // Many of one moment, and of one name: only the id tells them apart.
    let insert = "INSERT INTO users (sub, email, name, roles, locale, time_zone, created_at, updated_at)
        SELECT gen_random_uuid(), 'm' || n || '@example.com', 'Kim ' || n % 3, '{member,nurse}', 'ko', 'UTC',
            '2026-01-01T00:00:00.123456Z'::timestamptz + n % 4 * interval '1 microsecond', now()
        FROM generate_series(1, 25) n";
    execute(&auth, insert).await;
    for search in ["", "&role=nurse", "&q=kim", "&q=kim 1", "&q=kim&role=nurse"] {
        let whole = emails(&admin, &format!("limit=100{search}")).await;
        let (mut told, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/api/users?limit=4{search}{cursor}");
            let page = admin.get(&path).await.expect(200);
            let items = page["items"].as_array().unwrap().iter();
            told.extend(items.map(|user| user["email"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
            assert!(told.len() < 100, "it goes round: {search}");
        }
        assert_eq!(told, whole, "{search}");
        assert!(!whole.is_empty());
    }
    let page = admin.get("/api/users?limit=4").await.expect(200);
    let cursor = page["next_cursor"].as_str().unwrap();
    let other = admin.get(&format!("/api/users?q=kim&cursor={cursor}")).await;
    assert_eq!(other.expect_problem(422, "invalid-input"), ["/cursor"], "of another search");
}

#[tokio::test]
async fn a_page_reads_an_index_and_not_the_table() {
    let auth = start().await;
    let admin = auth.as_admin(UserId(Uuid::nil()));
    let insert =
        "INSERT INTO users (sub, email, name, roles, locale, time_zone, created_at, updated_at)
        SELECT gen_random_uuid(), 'm' || n || '@example.com', 'Kim ' || n,
            CASE WHEN n % 100 = 0 THEN '{member,nurse}'::text[] ELSE '{member}' END, 'ko', 'UTC',
            '2020-01-01T00:00:00Z'::timestamptz + n * interval '1 minute', now()
        FROM generate_series(1, 20000) n";
    execute(&auth, insert).await;
    let owner = pg::Pool::new(&pg::Settings::new(auth.database.owner_url("auth"))).unwrap();
    let mut owner = owner.get().await.unwrap();
    for table in ["users", "role_holders"] {
        diesel::sql_query(format!("ANALYZE {table}")).execute(&mut owner).await.unwrap();
    }
    // What PostgreSQL itself counts of the rows that were read, by whatever way.
    let read = async || {
        let seen = "SELECT FROM generate_series(1, (
            SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables
            WHERE schemaname = 'auth' AND relname IN ('users', 'role_holders')))";
        execute(&auth, seen).await
    };
    let before = read().await;
    for search in [
        "",
        "created_before=2020-01-10T00:00:00Z",
        "role=nurse",
        "role=nurse&created_before=2020-01-10T00:00:00Z",
        "role=doctor",
        "q=kim",
        "q=m1@",
        "q=kim 1&created_from=2020-01-05T00:00:00Z",
        "q=kim&role=nurse",
    ] {
        admin.get(&format!("/api/users?limit=20&{search}")).await.expect(200);
    }
    // A backend that is idle tells within ten seconds what it has counted.
    tokio::time::sleep(Duration::from_secs(12)).await;
    let rows = read().await - before;
    assert!((100..1500).contains(&rows), "{rows} rows were read");
}

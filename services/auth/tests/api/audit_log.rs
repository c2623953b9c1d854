//! Who did what to which id: read by admins, changed by nobody, and nothing in it by which a person is known.

use auth::Command;
use contracts::UserId;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{AuthService, execute, log_in, member, sign_up, somebody, somebody_with, start};

async fn grant(auth: &AuthService, email: &str, role: &str) {
    let grant = Command::Grant { email: email.to_owned(), role: role.to_owned() };
    grant.run_on(&auth.database.pool("auth")).await.unwrap();
}

#[tokio::test]
async fn an_admin_reads_who_did_what_in_pages() {
    let auth = start().await;
    let admin = sign_up(&auth, somebody()).await;
    grant(&auth, "minji@example.com", "admin").await;
    let artist = sign_up(&auth, somebody_with("email", json!("artist@example.com"))).await;
    let take = json!({"role": "artist"});
    auth.as_member(artist.id).post("/api/auth/me/roles", take).await.expect(200);
    let as_admin = auth.as_admin(admin.id);
    let new = json!({"email": "new@example.com", "name": "New", "roles": ["member", "nurse"]});
    let new = as_admin.post("/api/users", new).await.expect(201)["id"].clone();
    let (admin, artist, new) = (admin.id.to_string(), artist.id.to_string(), new.as_str().unwrap());

    let read = async |query: &str| {
        let page = as_admin.get(&format!("/api/audit-log?{query}")).await.expect(200);
        let entry = |entry: &Value| {
            let [action, kind, actor, subject] = [
                &entry["action"],
                &entry["actor"]["kind"],
                &entry["actor"]["id"],
                &entry["subject"],
            ]
            .map(|value| value.as_str().unwrap().to_owned());
            format!("{kind} {actor} {action} {subject} {}", entry["detail"])
        };
        let items: Vec<_> = page["items"].as_array().unwrap().iter().map(entry).collect();
        (items, page["next_cursor"].clone())
    };
    let nurse = format!(r#"member {admin} role.granted {new} {{"role":"nurse"}}"#);
    let created = format!("member {admin} member.created {new} {{}}");
    let taken = format!(r#"member {artist} role.taken {artist} {{"role":"artist"}}"#);
    let first = format!(r#"operator shell role.granted {admin} {{"role":"admin"}}"#);
    let all = [nurse.clone(), created.clone(), taken.clone(), first.clone()];
    assert_eq!(read("").await, (all.to_vec(), Value::Null));
    let (page, next) = read("limit=3").await;
    assert_eq!(page, all[..3]);
    let rest = read(&format!("limit=3&cursor={}", next.as_str().unwrap())).await;
    assert_eq!(rest, (vec![first.clone()], Value::Null));
    for (query, found) in [
        (format!("subject={new}"), vec![&nurse, &created]),
        (format!("actor={admin}"), vec![&nurse, &created]),
        ("actor=shell".to_owned(), vec![&first]),
        ("action=role.granted".to_owned(), vec![&nurse, &first]),
        (format!("action=role.granted&actor={admin}"), vec![&nurse]),
        ("action=nothing".to_owned(), vec![]),
    ] {
        assert_eq!(read(&query).await.0.iter().collect::<Vec<_>>(), found, "{query}");
    }
    let named = as_admin.get("/api/audit-log?limit=101").await.expect_problem(422, "invalid-input");
    assert_eq!(named, ["/limit"]);
    let other = auth.as_member(UserId(Uuid::nil())).get("/api/audit-log").await;
    other.expect_problem(403, "forbidden");
}

#[tokio::test]
async fn the_service_can_only_add_to_it() {
    let auth = start().await;
    sign_up(&auth, somebody()).await;
    grant(&auth, "minji@example.com", "admin").await;
    let mut conn = auth.database.pool("auth").get().await.unwrap();
    for sql in [
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
        "INSERT INTO audit_log SELECT * FROM audit_log ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
        "ALTER TABLE audit_log DISABLE TRIGGER ALL",
        "DROP TABLE audit_log",
    ] {
        let refused = diesel::sql_query(sql).execute(&mut conn).await.unwrap_err().to_string();
        let denied = ["permission denied", "must be owner"];
        assert!(denied.iter().any(|denied| refused.contains(denied)), "{sql}: {refused}");
    }
    assert_eq!(execute(&auth, "SELECT FROM audit_log WHERE actor = 'shell'").await, 1);
}

#[tokio::test]
async fn nothing_in_it_tells_a_person() {
    let auth = start().await;
    let admin = sign_up(&auth, somebody_with("email", json!("boss@example.com"))).await;
    grant(&auth, "boss@example.com", "admin").await;
    let personal = json!({
        "email": "minji.secret@example.com", "password": "secret horse battery", "name": "Minji Secret",
        "age": 29, "gender": "secretive", "locale": "ko", "time_zone": "Asia/Seoul",
    });
    let mut secrets: Vec<String> =
        ["secret", "boss", "민지", "example.com", "horse"].map(str::to_owned).into();
    let who = sign_up(&auth, personal).await;
    secrets.extend([who.access_token.clone(), who.refresh_token.clone()]);

    // Everything that is noted is done once.
    let me = auth.as_session(who.id, who.session_id);
    me.post("/api/auth/me/roles", json!({"role": "artist"})).await.expect(200);
    let change = json!({"current": "secret horse battery", "new": "another secret horse"});
    me.post("/api/auth/password", change).await.expect(204);
    let again = log_in(&auth, "minji.secret@example.com", "another secret horse").await.expect(200);
    let again = member(&again);
    let refresh = json!({"refresh_token": again.refresh_token});
    let refresh = async || auth.as_stranger().post("/api/auth/refresh", refresh.clone()).await;
    let refreshed = refresh().await.expect(200);
    for token in ["access_token", "refresh_token"] {
        secrets.push(refreshed[token].as_str().unwrap().to_owned());
    }
    auth.clock.advance(jiff::SignedDuration::from_mins(2));
    refresh().await.expect(401);

    let as_admin = auth.as_admin(admin.id);
    let new = json!({"email": "new.secret@example.com", "name": "New Secret", "roles": ["member", "nurse"]});
    let new = as_admin.post("/api/users", new).await.expect(201);
    let path = format!("/api/users/{}", new["id"].as_str().unwrap());
    let other =
        json!({"name": "Other Secret", "locale": "ko", "time_zone": "UTC", "roles": ["member"]});
    as_admin.put(&path, other).await.expect(200);
    as_admin.delete(&path).await.expect(204);
    let erase = Command::Erase { email: "minji.secret@example.com".to_owned() };
    erase.run_on(&auth.database.pool("auth")).await.unwrap();

    let page = as_admin.get("/api/audit-log?limit=100").await;
    let entries = page.expect(200)["items"].as_array().unwrap().clone();
    let noted: std::collections::BTreeSet<_> =
        entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let actions = [
        "member.changed",
        "member.created",
        "member.erased",
        "password.changed",
        "role.granted",
        "role.revoked",
        "role.taken",
        "session.replayed",
    ];
    assert_eq!(noted.into_iter().collect::<Vec<_>>(), actions);
    for secret in &secrets {
        let whole =
            format!("SELECT FROM audit_log a WHERE strpos(lower(a::text), lower('{secret}')) > 0");
        assert_eq!(execute(&auth, &whole).await, 0, "{secret}");
    }
    for entry in &entries {
        Uuid::parse_str(entry["subject"].as_str().unwrap()).expect("a subject is an id");
        for value in entry["detail"].as_object().unwrap().values() {
            let value = value.as_str().unwrap();
            let is_role = ["admin", "artist", "nurse"].contains(&value);
            assert!(is_role || Uuid::parse_str(value).is_ok(), "{value}");
        }
    }
}

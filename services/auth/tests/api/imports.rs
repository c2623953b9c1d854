//! Members of an older system: `auth import`, and their first sign-in.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use auth::Auth;
use chassis::Service;
use diesel_async::RunQueryDsl;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::{AuthService, execute, log_in, member, start};

/// What Django itself has written: `fixtures/django/make.py`.
const DJANGO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/django/users.jsonl");

struct Outcome {
    succeeded: bool,
    /// What it said of lines, and its last word.
    said: Vec<String>,
}

fn command(auth: &AuthService, file: &Path, options: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_auth"));
    command.arg("import").arg(file).args(options);
    command.env("DATABASE_URL", auth.database.app_url(Auth::NAME)).kill_on_drop(true);
    command
}

async fn import(auth: &AuthService, file: impl AsRef<Path>, options: &[&str]) -> Outcome {
    let output = command(auth, file.as_ref(), options).output().await.unwrap();
    let said = [output.stderr, output.stdout].map(|said| String::from_utf8(said).unwrap()).concat();
    let mut said: Vec<_> =
        said.lines().map(|line| line.trim_start_matches("auth: ").to_owned()).collect();
    // How far it is by the second says how busy the machine is.
    let last = said.pop();
    said.retain(|line| line.starts_with("line "));
    said.extend(last);
    Outcome { succeeded: output.status.success(), said }
}

/// A file that is gone with the test.
struct Members(PathBuf);

impl Members {
    fn of(lines: impl IntoIterator<Item = String>) -> Self {
        let name = format!("members-{}.jsonl", uuid::Uuid::now_v7());
        let path = std::env::temp_dir().join(name);
        let lines: Vec<_> = lines.into_iter().collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        Members(path)
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// How many rows the administrator finds: the log's are not for auth to read.
async fn count(auth: &AuthService, sql: &str) -> usize {
    let pool = pg::Pool::new(&pg::Settings::new(auth.database.admin_url())).unwrap();
    diesel::sql_query(sql).execute(&mut pool.get().await.unwrap()).await.unwrap()
}

async fn members_events_and_notes(auth: &AuthService) -> [usize; 3] {
    [
        count(auth, "SELECT FROM auth.users").await,
        count(auth, "SELECT DISTINCT user_id FROM events.log WHERE type = 'member.registered'")
            .await,
        count(auth, "SELECT FROM auth.audit_log WHERE action = 'member.imported'").await,
    ]
}

#[tokio::test]
async fn members_as_django_wrote_them_sign_in_by_their_passwords() {
    let auth = start().await;
    let first = import(&auth, DJANGO, &["--superusers", "admin"]).await;
    assert!(!first.succeeded, "some lines were refused");
    insta::assert_json_snapshot!(first.said);
    assert_eq!(members_events_and_notes(&auth).await, [6, 6, 6]);
    let second = import(&auth, DJANGO, &["--superusers", "admin"]).await;
    let tally = "13 lines: 0 added, 6 there already, 1 inactive, 6 refused";
    assert_eq!(second.said.last().unwrap(), tally);
    assert_eq!(members_events_and_notes(&auth).await, [6, 6, 6]);

    let kept = async |name: &str, like: &str| {
        let like = format!("email = '{name}@example.com' AND password_hash LIKE '{like}'");
        execute(&auth, &format!("SELECT FROM users WHERE {like}")).await == 1
    };
    for (name, algorithm) in [
        ("pbkdf2", "pbkdf2_sha256$1000000$"),
        ("older", "pbkdf2_sha256$260000$"),
        ("argon2", "argon2$argon2id$v=19$m=102400,t=2,p=8$"),
        ("bcrypt", "bcrypt$$2b$12$"),
        ("bcrypt_sha256", "bcrypt_sha256$$2b$12$"),
    ] {
        let email = format!("{name}@example.com");
        let (right, wrong) = (format!("{name} 비밀번호 1!"), format!("{name} 비밀번호 2!"));
        log_in(&auth, &email, &wrong).await.expect_problem(401, "wrong-credentials");
        assert!(kept(name, &format!("{algorithm}%")).await, "{name}");
        log_in(&auth, &email, &right).await.expect(200);
        assert!(kept(name, "$argon2id$v=19$m=19456,t=2,p=1$%").await, "{name}");
        log_in(&auth, &email, &wrong).await.expect_problem(401, "wrong-credentials");
        log_in(&auth, &email, &right).await.expect(200);
    }
    for nobody in ["unusable", "inactive", "costly", "md5"] {
        let email = format!("{nobody}@example.com");
        log_in(&auth, &email, &format!("{nobody} 비밀번호 1!")).await.expect(401);
    }
}

#[tokio::test]
async fn what_django_knew_of_a_member_is_kept() {
    let auth = start().await;
    import(&auth, DJANGO, &["--superusers", "admin"]).await;
    let signed_in = log_in(&auth, "PBKDF2@example.com", "pbkdf2 비밀번호 1!").await.expect(200);
    insta::assert_json_snapshot!(signed_in["user"], {
        ".id" => "[id]", ".updated_at" => "[time]", ".last_login_at" => "[time]",
    });
    let id = member(&signed_in).id;
    let noted = format!("SELECT FROM audit_log WHERE actor = 'shell' AND subject = '{id}'");
    assert_eq!(execute(&auth, &noted).await, 2, "imported, and made an admin");
    let older = log_in(&auth, "older@example.com", "older 비밀번호 1!").await.expect(200);
    assert_eq!(older["user"]["name"], "older", "who gave no name is called as they signed in");
    let staff = log_in(&auth, "bcrypt_sha256@example.com", "bcrypt_sha256 비밀번호 1!").await;
    assert_eq!(staff.expect(200)["user"]["roles"], json!(["member"]), "nobody said what staff is");
}

#[tokio::test]
async fn a_wrong_line_is_named_and_stops_nothing() {
    let auth = start().await;
    let line = |field: &str, value: Value| {
        let mut line = json!({"email": "secret@example.com", "name": "Secret"});
        line[field] = value;
        line.to_string()
    };
    let full = json!({
        "email": "full@example.com", "password": "!", "name": " 모두 ", "age": 40, "gender": "female",
        "locale": "en-GB", "time_zone": "Europe/Paris", "date_joined": "2019-05-06T09:08:09+02:00",
        "cognito_sub": "0193f2a0-0000-7000-8000-000000000000", "roles": ["admin"], "shoe_size": 39,
    });
    let file = Members::of([
        "secret@example.com".to_owned(),
        line("email", json!("secret")),
        line("email", json!(5)),
        json!({"name": "Secret"}).to_string(),
        line("age", json!(13)),
        line("name", json!("x".repeat(101))),
        line("name", json!("Sec\0ret")),
        line("gender", json!("x".repeat(21))),
        line("time_zone", json!("Mars/Olympus")),
        line("locale", json!("'; --")),
        line("roles", json!(["owner"])),
        line("password", json!("secret")),
        line("date_joined", json!("2019-05-06T07:08:09")),
        line("date_joined", json!("1969-05-06T07:08:09Z")),
        line("cognito_sub", json!("secret")),
        line("bio", json!("x".repeat(70_000))),
        String::new(),
        full.to_string(),
    ]);
    let outcome = import(&auth, &file.0, &[]).await;
    assert!(!outcome.succeeded);
    insta::assert_json_snapshot!(outcome.said);
    let ours = "SELECT FROM users WHERE sub::text = cognito_sub AND name = '모두' AND age = 40
        AND gender = 'female' AND locale = 'en-GB' AND time_zone = 'Europe/Paris' AND password_hash IS NULL
        AND roles = '{member,admin}' AND created_at = '2019-05-06T07:08:09Z' AND last_login_at IS NULL";
    assert_eq!(execute(&auth, ours).await, 1);
}

#[tokio::test]
async fn an_import_that_is_killed_goes_on_and_doubles_nothing() {
    let auth = start().await;
    let members = 20_000;
    let file = Members::of((0..members).map(|n| {
        json!({"email": format!("m{n}@example.com"), "name": "Kim", "password": "!"}).to_string()
    }));
    let mut killed = command(&auth, &file.0, &[]).stderr(Stdio::null()).spawn().unwrap();
    while count(&auth, "SELECT FROM auth.users").await < 3000 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    killed.kill().await.unwrap();
    let added = count(&auth, "SELECT FROM auth.users").await;
    assert!(added < members, "it was too quick to be killed");

    let outcome = import(&auth, &file.0, &[]).await;
    assert!(outcome.succeeded, "{:?}", outcome.said);
    let tally = format!(
        "{members} lines: {} added, {added} there already, 0 inactive, 0 refused",
        members - added
    );
    assert_eq!(outcome.said.last(), Some(&tally));
    assert_eq!(members_events_and_notes(&auth).await, [members; 3]);
    assert_eq!(count(&auth, "SELECT FROM events.log").await, members);
}

#[tokio::test]
async fn a_hash_beyond_the_cap_is_never_computed() {
    let auth = start().await;
    crate::sign_up(&auth, crate::somebody()).await;
    // Of the right password, but of so many rounds that a thread would be lost to it for a quarter of an hour.
    let costly = "UPDATE users SET password_hash =
        'pbkdf2_sha256$4000000000$seasalt$DrdiWD40lyBuydnjvZiDrdQMx1S1mOA9O0QYex0R6ww='";
    execute(&auth, costly).await;
    let answer = log_in(&auth, "minji@example.com", "correct horse battery");
    let answer = tokio::time::timeout(Duration::from_secs(30), answer).await;
    answer.expect("it is not computed").expect_problem(401, "wrong-credentials");
}

#[tokio::test]
async fn a_change_of_password_takes_one_that_django_hashed() {
    let auth = start().await;
    import(&auth, DJANGO, &[]).await;
    let signed_in = log_in(&auth, "argon2@example.com", "argon2 비밀번호 1!").await.expect(200);
    let member = member(&signed_in);
    // As it was: a member who is signed in otherwise than by a password has not replaced it yet.
    let django = "UPDATE users SET password_hash =
        'pbkdf2_sha256$1000$seasalt$DrdiWD40lyBuydnjvZiDrdQMx1S1mOA9O0QYex0R6ww='";
    execute(&auth, django).await;
    let me = auth.as_session(member.id, member.session_id);
    let change = json!({"current": "correct horse battery", "new": "another horse battery"});
    me.post("/api/auth/password", change).await.expect(204);
    log_in(&auth, "argon2@example.com", "another horse battery").await.expect(200);
}

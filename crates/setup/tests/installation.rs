//! An installation from nothing, on a PostgreSQL of its own: passwords belong to the whole server.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use diesel_async::SimpleAsyncConnection;
use pg::{Connector, Settings};
use setup::{make_secrets, prepare, restore, save, with_authority};
use url::Url;

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        Folder(std::env::temp_dir().join(format!("damacorch-{name}-{}", std::process::id())))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn services() -> Vec<String> {
    ["auth", "catalog", "sns"].map(str::to_owned).to_vec()
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let folders = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap());
    let named = |path: PathBuf| {
        let name = path.strip_prefix(folder).unwrap().display().to_string();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        (name, fs::read_to_string(path).unwrap())
    };
    files.map(|entry| named(entry.unwrap().path())).collect()
}

#[test]
fn each_gets_what_it_needs_and_keeps_it() {
    let folder = Folder::new("secrets");
    let database = Url::parse("postgres://db:5433/damacorch?sslmode=require").unwrap();
    make_secrets(&folder.0, &database, None, &services()).unwrap();

    let made = files(&folder.0);
    let names: Vec<&str> = made.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "auth-owner/MIGRATION_DATABASE_URL",
            "auth/ASSERTION_KEY",
            "auth/ASSERTION_PUBLIC_KEYS",
            "auth/DATABASE_URL",
            "auth/JWT_SECRET",
            "catalog-owner/MIGRATION_DATABASE_URL",
            "catalog/ASSERTION_KEY",
            "catalog/ASSERTION_PUBLIC_KEYS",
            "catalog/DATABASE_URL",
            "gateway/ASSERTION_KEY",
            "postgres/POSTGRES_PASSWORD",
            "setup/ADMIN_DATABASE_URL",
            "sns-owner/MIGRATION_DATABASE_URL",
            "sns/ASSERTION_KEY",
            "sns/ASSERTION_PUBLIC_KEYS",
            "sns/DATABASE_URL",
            "sns/TOKEN_KEYS",
        ]
    );
    let url = &made["auth/DATABASE_URL"];
    assert!(url.starts_with("postgres://auth_app:"), "{url}");
    assert!(url.ends_with("@db:5433/damacorch?sslmode=require"), "{url}");
    let issuers = ["auth\n", "catalog\n", "sns\n", "gateway\n"];
    assert!(issuers.iter().all(|issuer| made["sns/ASSERTION_PUBLIC_KEYS"].contains(issuer)));

    make_secrets(&folder.0, &database, None, &services()).unwrap();
    assert_eq!(files(&folder.0), made);
}

#[test]
fn services_alone_go_by_the_pooler() {
    let folder = Folder::new("pooled");
    let database = Url::parse("postgres://db:5433/damacorch?sslmode=require").unwrap();
    let pooler = url::Host::parse("pooler").unwrap();
    make_secrets(&folder.0, &database, Some(&pooler), &services()).unwrap();
    let by_the_pooler = |(name, url): (String, String)| {
        let url = Url::parse(&url).ok()?;
        let same = url.port() == Some(5433) && url.query() == Some("sslmode=require");
        assert!(same, "{name}: {url}");
        (url.host_str() == Some("pooler")).then_some(name)
    };
    let urls = files(&folder.0).into_iter().filter(|(name, _)| name.ends_with("_URL"));
    let pooled: Vec<String> = urls.filter_map(by_the_pooler).collect();
    assert_eq!(pooled, ["auth/DATABASE_URL", "catalog/DATABASE_URL", "sns/DATABASE_URL"]);
}

#[tokio::test]
async fn roles_sign_in_with_the_passwords_of_their_urls() {
    let (folder, server) = (Folder::new("database"), testkit::cluster());
    let mut admin = Url::parse(&server.admin_url("damacorch").unwrap()).unwrap();
    let admin_url = admin.to_string();
    admin.set_username("").unwrap();
    admin.set_password(None).unwrap();
    make_secrets(&folder.0, &admin, None, &services()).unwrap();
    prepare(&admin_url, &folder.0).await.unwrap();
    signs_in(&folder.read("catalog/DATABASE_URL")).await.unwrap();
    signs_in(&folder.read("catalog-owner/MIGRATION_DATABASE_URL")).await.unwrap();

    // A password is changed by changing the URL, whatever is in it.
    let before = folder.read("catalog/DATABASE_URL");
    let mut url = Url::parse(&before).unwrap();
    url.set_password(Some("a/b@c:d é%")).unwrap();
    fs::write(folder.0.join("catalog/DATABASE_URL"), format!("{url}\n")).unwrap();
    prepare(&admin_url, &folder.0).await.unwrap();
    signs_in(url.as_str()).await.unwrap();
    signs_in(&before).await.unwrap_err();

    // Who names an authority speaks to nobody without its certificate.
    let ca = "/nowhere/ca.crt";
    let with_ca = with_authority(&admin_url, Some(ca)).unwrap();
    let refusal = prepare(&with_ca, &folder.0).await.unwrap_err();
    assert!(refusal.to_string().contains(ca), "{refusal}");
}

/// As with CloudNativePG: the database's owner, who may make roles.
#[tokio::test]
async fn an_administrator_needs_not_be_a_superuser() {
    let (folder, server) = (Folder::new("owner"), testkit::cluster());
    let superuser = server.admin_url("postgres").unwrap();
    let mut connection =
        Connector::new(&Settings::new(superuser)).unwrap().connect().await.unwrap();
    let statements = [
        "create role chief login createrole password 'chief'",
        "create database home owner chief",
        "create database elsewhere owner chief",
    ];
    for statement in statements {
        connection.batch_execute(statement).await.unwrap();
    }
    let mut home = Url::parse(&server.admin_url("home").unwrap()).unwrap();
    home.set_username("chief").unwrap();
    home.set_password(Some("chief")).unwrap();
    make_secrets(&folder.0, &home, None, &services()).unwrap();
    prepare(home.as_str(), &folder.0).await.unwrap();
    prepare(home.as_str(), &folder.0).await.unwrap();
    signs_in(&folder.read("auth/DATABASE_URL")).await.unwrap();

    let saved = save(home.as_str(), &folder.0.join("backup")).await.unwrap();
    assert!(saved.tables["events.consumers"].rows > 0);
    let mut elsewhere = home.clone();
    elsewhere.set_path("elsewhere");
    let restored = restore(elsewhere.as_str(), |_| None, &folder.0.join("backup")).await.unwrap();
    assert_eq!(restored, saved);
    // Once more would mix two states.
    let owner = folder.read("auth-owner/MIGRATION_DATABASE_URL").replace("/home", "/elsewhere");
    let mut owner = Connector::new(&Settings::new(owner)).unwrap().connect().await.unwrap();
    owner.batch_execute("create table auth.users (user_id int)").await.unwrap();
    let again = restore(elsewhere.as_str(), |_| None, &folder.0.join("backup")).await;
    assert!(again.unwrap_err().to_string().contains("not empty"));
}

async fn signs_in(url: &str) -> Result<(), pg::Error> {
    Connector::new(&Settings::new(url)).unwrap().connect().await.map(drop)
}

//! Connections over TLS, to a server whose certificate is of our own making.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; clippy lets only test functions through"
)]

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown},
    path::{Path, PathBuf},
};

use diesel::{QueryableByName, sql_types::Bool};
use diesel_async::RunQueryDsl;
use pg::{Connector, Error, Settings};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use testkit::PrivateCluster;

#[derive(QueryableByName)]
struct Encrypted {
    #[diesel(sql_type = Bool)]
    ssl: bool,
}

async fn is_encrypted(url: &str) -> Result<bool, Error> {
    let mut conn = Connector::new(&Settings::new(url)).unwrap().connect().await?;
    let query = diesel::sql_query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    Ok(query.get_result::<Encrypted>(&mut conn).await?.ssl)
}

#[tokio::test]
async fn tls_is_used_when_asked_for_and_its_certificate_is_verified() {
    let cluster = testkit::cluster();
    let url = cluster.admin_url("postgres").unwrap();
    let good = serve_tls(&cluster, "127.0.0.1");
    let asking =
        |mode: &str, root: &Path| format!("{url}?sslmode={mode}&sslrootcert={}", root.display());

    assert!(!is_encrypted(&url).await.unwrap());
    assert!(!is_encrypted(&asking("prefer", &good)).await.unwrap());
    assert!(is_encrypted(&asking("require", &good)).await.unwrap());
    assert!(is_encrypted(&asking("verify-full", &good)).await.unwrap());

    // Signed by nobody whom the system trusts.
    let untrusted = is_encrypted(&format!("{url}?sslmode=require&sslrootcert=system")).await;
    assert!(matches!(untrusted, Err(Error::Unavailable(_))), "{untrusted:?}");

    let other_host = serve_tls(&cluster, "db.example.org");
    let mistaken = is_encrypted(&asking("verify-full", &other_host)).await;
    assert!(matches!(mistaken, Err(Error::Unavailable(_))), "{mistaken:?}");
}

/// Gives the server a certificate for `host`, by a new authority; answers the authority's certificate.
fn serve_tls(cluster: &PrivateCluster, host: &str) -> PathBuf {
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![host.to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();

    let data = cluster.data().unwrap();
    let owner = fs::metadata(&data).unwrap();
    for (name, text) in [("server.crt", certificate.pem()), ("server.key", key.serialize_pem())] {
        let path = data.join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
    let configuration = data.join("postgresql.conf");
    let text = fs::read_to_string(&configuration).unwrap();
    fs::write(&configuration, text + "\nssl = on\n").unwrap();
    cluster.stop().unwrap();
    cluster.start().unwrap();

    let root = data.join("root.crt");
    fs::write(&root, authority.pem()).unwrap();
    root
}

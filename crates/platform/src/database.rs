//! Where the data is: a server that the environment names, or a private PostgreSQL in `.local/postgres`.

use std::path::Path;

use chassis::settings::{self, DatabaseSettings};
use pg::cluster::{Cluster, Purpose};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use setup::Contents;
use url::Url;
use uuid::Uuid;

use crate::{Outcome, folder};

const NAME: &str = "damacorch";

/// The platform's database, set up.
pub struct Database {
    admin_url: Url,
    /// The private server, when it is ours; stopped with the platform.
    private: Option<Cluster>,
}

impl Database {
    /// Finds or makes the server, and makes roles, schemas and event log in it.
    pub async fn open() -> Outcome<Self> {
        let database = match given()? {
            Some(admin_url) => Database { admin_url, private: None },
            None => Database::private("postgres", NAME)?,
        };
        println!("· roles, schemas and event log");
        database.set_up().await?;
        Ok(database)
    }

    /// A database of another name, not set up yet: on the server of the environment, or on a private one in a folder of
    /// its own.
    pub fn apart(folder: &str, name: &str) -> Outcome<Self> {
        let Some(mut admin_url) = given()? else {
            return Database::private(folder, name);
        };
        admin_url.set_path(name);
        Ok(Database { admin_url, private: None })
    }

    /// One in a private server of its own, not set up yet.
    pub fn private(folder: &str, name: &str) -> Outcome<Self> {
        println!("· PostgreSQL: a private one in {}", folder::shown(folder));
        let cluster = Cluster::new(&folder::path(folder), Purpose::Keep)?;
        cluster.start()?;
        let admin_url = Url::parse(&cluster.admin_url(name)?)?;
        Ok(Database { admin_url, private: Some(cluster) })
    }

    /// Another database of the same server, not set up yet.
    pub fn beside(&self, name: &str) -> Self {
        let mut admin_url = self.admin_url.clone();
        admin_url.set_path(name);
        Database { admin_url, private: None }
    }

    /// Makes the database where there is none, and roles, schemas and event log in it.
    pub async fn set_up(&self) -> Outcome {
        let password_of = |role: &str| password(role).ok().map(SecretString::from);
        Ok(pg::setup(self.admin_url.as_str(), password_of).await?)
    }

    /// Saves it in a folder.
    pub async fn save(&self, folder: &Path) -> Outcome<Contents> {
        setup::save(self.admin_url.as_str(), folder).await
    }

    /// Makes it of what was saved; nothing may be in it.
    pub async fn restore(&self, folder: &Path) -> Outcome<Contents> {
        let password_of = |role: &str| password(role).ok().map(SecretString::from);
        setup::restore(self.admin_url.as_str(), password_of, folder).await
    }

    /// The URL of somebody who may do everything.
    pub fn admin_url(&self) -> &Url {
        &self.admin_url
    }

    /// Whether the server is a private one, whose settings are ours to change.
    pub fn is_private(&self) -> bool {
        self.private.is_some()
    }

    /// The URL of a role.
    pub fn url(&self, role: &str) -> Outcome<String> {
        let mut url = self.admin_url.clone();
        let password = password(role)?;
        let set = url.set_username(role).and_then(|()| url.set_password(Some(&password)));
        set.map_err(|()| "the database URL has no host")?;
        Ok(url.into())
    }

    /// Stops the private server, and deletes it.
    pub fn remove(self) -> Outcome {
        Ok(self.private.map_or(Ok(()), Cluster::remove)?)
    }

    /// Stops the private server.
    pub fn close(&self) -> Outcome {
        Ok(self.private.as_ref().map_or(Ok(()), Cluster::stop)?)
    }
}

/// Empties the private database. One that the environment names is somebody else's to empty.
pub fn reset() -> Outcome {
    if given()?.is_some() {
        return Err(
            "the environment names a database; empty that one by hand (drop database damacorch)"
                .into(),
        );
    }
    Cluster::new(&folder::path("postgres"), Purpose::Keep)?.remove()?;
    println!("The private database is gone; make run makes a new one.");
    Ok(())
}

/// `ADMIN_DATABASE_URL`, or `DATABASE_URL` and its like: somebody who may make databases and roles.
fn given() -> Outcome<Option<Url>> {
    #[derive(Deserialize)]
    struct Given {
        admin_database_url: Option<SecretString>,
        database_url: Option<SecretString>,
        db_host: Option<String>,
    }
    let given: Given = settings::load()?;
    let url = match given.admin_database_url {
        Some(url) => url,
        None if given.database_url.is_some() || given.db_host.is_some() => {
            settings::load::<DatabaseSettings>()?.into_pg()?.url
        }
        None => return Ok(None),
    };
    let mut url = Url::parse(url.expose_secret())
        .map_err(|_| "the database URL must look like postgres://user:password@host:port/name")?;
    if url.path().len() <= 1 {
        url.set_path(NAME);
    }
    Ok(Some(url))
}

fn password(role: &str) -> Outcome<String> {
    folder::secret(&format!("{role}.password"), || Ok(Uuid::new_v4().simple().to_string()))
}

//! Decides when: loads, asks the domain, saves, publishes; all of one write in one transaction.

pub(crate) mod content;
pub(crate) mod members;
pub(crate) mod quest_templates;

use contracts::events::CatalogUpdated;
use pg::Connection;

use crate::domain::library::Kind;
use crate::error::Error;
use crate::store;
use crate::store::versions::Version;

/// Says what holds from now on: to our replicas by the row, to other services by an event.
async fn announce(conn: &mut Connection, kind: Kind, now: Version) -> Result<(), Error> {
    store::versions::update(conn, kind, now).await?;
    let event = CatalogUpdated { kind: kind.key().to_owned(), version: now.version };
    Ok(events::publish(conn, &event).await?)
}

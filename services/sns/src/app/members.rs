//! A member as a whole: the row that changes wait for each other on, and what others are told.

use contracts::UserId;
use contracts::events::{Topic, TopicsChanged};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use pg::Connection;

use crate::domain::posts::OLDEST;
use crate::domain::topics::Lexicon;
use crate::error::Error;
use crate::store;

/// A member who is held until the transaction ends.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) user_id: UserId,
    /// What was told of them last.
    told: Vec<Topic>,
}

/// Holds the member, and all that changes what counts of them; none who was erased.
pub(crate) async fn hold(conn: &mut Connection, user_id: UserId) -> Result<Held, Error> {
    if let Some(told) = store::members::lock(conn, user_id).await? {
        return Ok(Held { user_id, told });
    }
    // Either an erasure is over and is found here, or it waits and will find the row.
    if !events::erasures::hold(conn, user_id).await? {
        return Err(Error::MemberErased);
    }
    store::members::insert(conn, user_id).await?;
    let told = store::members::lock(conn, user_id).await?.unwrap_or_default();
    Ok(Held { user_id, told })
}

impl Held {
    /// Weighs anew what the member writes about, and tells the others where that has changed. On one day the same posts weigh
    /// the same.
    pub(crate) async fn retell(
        self,
        conn: &mut Connection,
        lexicon: &Lexicon,
        now: Timestamp,
    ) -> Result<(), Error> {
        let Held { user_id, told } = self;
        let today = now.to_zoned(TimeZone::UTC).date();
        let oldest = (now - OLDEST).to_zoned(TimeZone::UTC).date();
        let counting = store::posts::list_counting(conn, user_id, oldest).await?;
        let midnight = today.to_zoned(TimeZone::UTC).map_err(Error::internal)?.timestamp();
        let topics = lexicon.weigh(&counting, midnight);
        if topics == told {
            return Ok(());
        }
        store::members::update(conn, user_id, topics.clone()).await?;
        Ok(events::publish(conn, &TopicsChanged { user_id, topics }).await?)
    }
}

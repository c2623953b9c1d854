//! What a provider wants deleted, because somebody told it so there.

use jiff::{SignedDuration, Timestamp};
use pg::Connection;
use uuid::Uuid;

use super::accounts;
use crate::domain::topics::Lexicon;
use crate::error::Error;
use crate::store;

/// How long a deletion can be looked up.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Lets go of every account that the provider calls so, and gives the code by which that can be looked up. Whom we do not
/// know there is nothing to delete of, which is as good.
pub(crate) async fn delete(
    conn: &mut Connection,
    now: Timestamp,
    lexicon: &Lexicon,
    channel: &str,
    id: &str,
) -> Result<Uuid, Error> {
    for (user_id, account_id) in store::accounts::list_by_address(conn, channel, id).await? {
        match accounts::leave(conn, now, lexicon, user_id, account_id).await {
            // Somebody else was quicker.
            Ok(_) | Err(Error::AccountNotFound | Error::MemberErased) => {}
            Err(error) => return Err(error),
        }
    }
    let code = Uuid::new_v4();
    store::deletions::insert(conn, code, now, now - KEPT_FOR).await?;
    Ok(code)
}

//! A member's times off.

use contracts::UserId;
use jiff::Timestamp;
use jiff::civil::Date;
use pg::Connection;

use super::members;
use crate::domain::day::day_before;
use crate::domain::pauses::Pause;
use crate::error::Error;
use crate::store;

/// Declares a pause; it begins today where no date is given.
pub(crate) async fn create_pause(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    from: Option<Date>,
    until: Date,
) -> Result<Pause, Error> {
    let calendar = members::hold(conn, now, user_id).await?;
    let today = calendar.day_at(now).date;
    let pause = Pause::declared(from.unwrap_or(today), until, today).map_err(Error::WrongPause)?;
    if !store::pauses::list_since(conn, user_id, today).await?.is_empty() {
        return Err(Error::AlreadyPaused);
    }
    store::pauses::insert(conn, user_id, pause).await?;
    Ok(pause)
}

/// Ends the pause that runs, so that today counts again, or takes back the one that is declared.
pub(crate) async fn delete_pause(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
) -> Result<(), Error> {
    let calendar = members::hold(conn, now, user_id).await?;
    let today = calendar.day_at(now).date;
    let pauses = store::pauses::list_since(conn, user_id, today).await?;
    let pause = pauses.first().ok_or(Error::PauseNotFound)?;
    if pause.from < today {
        let ended = Pause { until: day_before(today), ..*pause };
        store::pauses::update_end(conn, user_id, ended).await?;
    } else {
        store::pauses::delete(conn, user_id, pause.from).await?;
    }
    Ok(())
}

//! The language of an answer to a member.

use chassis::Language;
use contracts::{Lang, UserId};
use pg::Connection;

use crate::error::Error;
use crate::store;

/// What is asked for, else the member's locale, else what is accepted.
pub(super) async fn language_of(
    conn: &mut Connection,
    language: Language,
    user_id: UserId,
) -> Result<Lang, Error> {
    let locale = store::members::find_locale(conn, user_id).await?;
    Ok(language.for_locale(locale.as_deref()))
}

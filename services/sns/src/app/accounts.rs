//! Connecting an account, and letting go of one.

use contracts::UserId;
use jiff::Timestamp;
use pg::Connection;
use uuid::Uuid;

use super::members::{self, Held};
use crate::domain::accounts::{Account, AccountState, MOST_ACCOUNTS, new_proof};
use crate::domain::addresses::{Address, normalise};
use crate::domain::channels::Connect;
use crate::domain::topics::Lexicon;
use crate::error::Error;
use crate::store;

/// Connects an account by what the member typed. Nothing of it counts until they have shown that it is theirs.
pub(crate) async fn connect(
    conn: &mut Connection,
    now: Timestamp,
    user_id: UserId,
    channel: &str,
    typed: &str,
) -> Result<Account, Error> {
    let wrong = |pointer, detail| Error::Wrong { pointer, detail };
    let found = store::channels::find(conn, channel).await?;
    let channel = found.ok_or(wrong("/channel", "must be one of /api/sns/channels"))?;
    if channel.kind.connect() == Connect::OAuth {
        return Err(wrong("/channel", "is connected by its provider's consent"));
    }
    let address = normalise(&channel, typed).map_err(|detail| wrong("/address", detail))?;
    let held = members::hold(conn, user_id).await?;
    let account = make(conn, &held, &channel.key, address, now).await?;
    store::accounts::insert(conn, &account).await?;
    Ok(account)
}

/// An account that the member has not connected yet, not kept yet.
pub(super) async fn make(
    conn: &mut Connection,
    held: &Held,
    channel: &str,
    Address { address, name }: Address,
    now: Timestamp,
) -> Result<Account, Error> {
    let accounts = store::accounts::list(conn, held.user_id).await?;
    let same = accounts.iter().find(|it| it.channel == channel && it.address == address);
    match same.map(|account| account.state) {
        Some(AccountState::Leaving) => return Err(Error::AccountLeaving),
        Some(_) => return Err(Error::AlreadyConnected),
        None if accounts.len() >= MOST_ACCOUNTS => return Err(Error::TooManyAccounts),
        None => {}
    }
    Ok(Account {
        user_id: held.user_id,
        id: Uuid::now_v7(),
        channel: channel.to_owned(),
        address,
        name,
        proof: new_proof(),
        state: AccountState::Connected,
        connected_at: now,
        confirmed_at: None,
        leaving_at: None,
        is_whole: false,
        etag: None,
        last_modified: None,
        imported_at: None,
        import_at: None,
    })
}

/// Lets go of an account: what was imported from it is erased at once, here and by whoever was told of it; what its provider
/// gave us is given back, and the account stays to be seen until that is done. None when all of it is gone already.
pub(crate) async fn leave(
    conn: &mut Connection,
    now: Timestamp,
    lexicon: &Lexicon,
    user_id: UserId,
    id: Uuid,
) -> Result<Option<Account>, Error> {
    let held = members::hold(conn, user_id).await?;
    let account = store::accounts::find(conn, user_id, id).await?;
    let account = account.ok_or(Error::AccountNotFound)?;
    // First the imports: whoever works on one holds its row while writing, and finds it gone then.
    store::imports::delete_of(conn, user_id, id).await?;
    store::posts::delete_of(conn, user_id, id).await?;
    store::tokens::delete(conn, user_id, id).await?;
    let leaving = store::revocations::exists_for(conn, id).await?;
    if leaving {
        store::accounts::update_leaving(conn, &account, now).await?;
        pg::on_commit(super::revocations::wake);
    } else {
        store::accounts::delete(conn, user_id, id).await?;
    }
    held.retell(conn, lexicon, now).await?;
    match leaving {
        true => Ok(store::accounts::find(conn, user_id, id).await?),
        false => Ok(None),
    }
}

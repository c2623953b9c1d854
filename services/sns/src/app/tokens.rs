//! Tokens of accounts: sealed, opened, and renewed by one at a time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use uuid::Uuid;

use super::reading::Stop;
use crate::domain::accounts::Account;
use crate::domain::grants::{Grant, Provider};
use crate::domain::imports::Hitch;
use crate::domain::seals::{Sealed, Seals};
use crate::error::Error;
use crate::oauth::Refusal;
use crate::state::State;
use crate::store;
use crate::store::tokens::TokenRow;

/// A token that ends sooner is renewed before it is used.
const SOON: SignedDuration = SignedDuration::from_secs(60);
/// How long a renewal is left to who does it: longer than its call may take.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// How others wait for it.
const LOOKS: u32 = 50;
const BETWEEN_LOOKS: Duration = Duration::from_millis(200);

/// A grant as its row keeps it.
pub(crate) fn seal(seals: &Seals, account_id: Uuid, grant: &Grant) -> Result<TokenRow, Error> {
    let secrets = serde_json::to_vec(&grant.secrets)?;
    let sealed = seals.seal(&secrets, account_id.as_bytes()).map_err(Error::internal)?;
    Ok(TokenRow { sealed, expires_at: grant.expires_at, scopes: grant.scopes.clone() })
}

/// A grant out of its row; none where the key has gone.
pub(crate) fn open(seals: &Seals, account_id: Uuid, row: &TokenRow) -> Option<Grant> {
    let secrets = open_sealed(seals, account_id, &row.sealed)?;
    Some(Grant { secrets, expires_at: row.expires_at, scopes: row.scopes.clone() })
}

/// What is sealed in it.
pub(crate) fn open_sealed<T: serde::de::DeserializeOwned>(
    seals: &Seals,
    account_id: Uuid,
    sealed: &Sealed,
) -> Option<T> {
    let opened = seals.open(sealed, account_id.as_bytes());
    if opened.is_none() {
        tracing::error!(
            key_id = sealed.key_id,
            "a token cannot be opened: is its key among TOKEN_KEYS?"
        );
    }
    serde_json::from_slice(&opened?).ok()
}

/// A token that is good for a while. Renewed first where it is not, by one replica at a time: providers end a whole grant at
/// whose refresh token they see twice.
pub(crate) async fn access(
    state: &State,
    account: &Account,
    provider: &Provider,
) -> Result<SecretString, Stop> {
    for _ in 0..LOOKS {
        let mut conn = state.pool.get().await?;
        let row = store::tokens::find(&mut conn, account.user_id, account.id).await?;
        let row = row.ok_or(Hitch::ConsentNeeded)?;
        // A key that is not there is ours to bring back.
        let grant = open(&state.seals, account.id, &row).ok_or(Hitch::Away)?;
        let now = state.clock.now();
        let is_good = grant.expires_at.is_none_or(|end| end > now + SOON);
        if is_good && state.seals.is_current(&row.sealed) {
            return Ok(grant.secrets.access_token.into());
        }
        let until = now + LEASE;
        if store::tokens::claim(&mut conn, account, now, until).await? {
            drop(conn); // None is held while a provider is asked.
            return match is_good {
                true => keep(state, account, grant, until).await,
                false => renew(state, account, provider, grant, until).await,
            };
        }
        drop(conn);
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
    Err(Hitch::Away.into())
}

async fn renew(
    state: &State,
    account: &Account,
    provider: &Provider,
    grant: Grant,
    until: Timestamp,
) -> Result<SecretString, Stop> {
    let now = state.clock.now();
    let refusal = match state.oauth.renew(&account.channel, provider, &grant, now).await {
        Ok(renewed) => return keep(state, account, renewed, until).await,
        Err(refusal) => refusal,
    };
    store::tokens::update_free(&mut *state.pool.get().await?, account, until).await?;
    Err(Stop::from(match refusal {
        Refusal::Worthless => Hitch::ConsentNeeded,
        Refusal::Limited(until) => Hitch::Limited(until),
        Refusal::Away(_) => Hitch::Away,
    }))
}

/// Keeps a grant under the key that seals now.
async fn keep(
    state: &State,
    account: &Account,
    grant: Grant,
    until: Timestamp,
) -> Result<SecretString, Stop> {
    let row = seal(&state.seals, account.id, &grant)?;
    let mut conn = state.pool.get().await?;
    match store::tokens::update_renewed(&mut conn, account, &row, until).await? {
        true => Ok(grant.secrets.access_token.into()),
        false => Err(Hitch::Away.into()),
    }
}

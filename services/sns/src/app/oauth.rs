//! A round to a provider and back, bound to the member who began it.

use std::time::Duration;

use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use pg::Connection;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use tokio::time::timeout;
use url::Url;

use super::{accounts, members, tokens};
use crate::domain::accounts::{Account, AccountState};
use crate::domain::addresses::Address;
use crate::domain::grants::{Grant, Person, Provider};
use crate::domain::imports::Hitch;
use crate::error::Error;
use crate::providers;
use crate::state::State;
use crate::store;

/// How long somebody may take at the provider.
const ROUND: SignedDuration = SignedDuration::from_mins(10);
/// How long a provider may take to say who they are.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a provider sends the member back with.
pub(crate) struct Return {
    pub(crate) state: String,
    pub(crate) code: Option<String>,
    pub(crate) error: Option<String>,
}

/// The provider of a channel that can be connected here.
async fn provider(conn: &mut Connection, state: &State, channel: &str) -> Result<Provider, Error> {
    let found = store::channels::find_provider(conn, channel).await?;
    let provider = found.ok_or(Error::ChannelNotFound)?;
    match state.oauth.is_available(channel) {
        true => Ok(provider),
        false => Err(Error::ChannelUnavailable),
    }
}

/// Begins a round: where the member goes.
pub(crate) async fn begin(state: &State, user_id: UserId, channel: &str) -> Result<Url, Error> {
    let now = state.clock.now();
    pg::transaction(&state.pool, async |conn| {
        let provider = provider(conn, state, channel).await?;
        if events::erasures::exists_for(conn, user_id).await? {
            return Err(Error::MemberErased);
        }
        let begun = state.oauth.begin(channel, &provider)?;
        let hash = Sha256::digest(&begun.state);
        let verifier = state.seals.seal(begun.verifier.as_bytes(), &hash);
        let verifier = verifier.map_err(Error::internal)?;
        let times = (now, now + ROUND);
        store::rounds::insert(conn, user_id, &hash, channel, &verifier, times).await?;
        Ok(begun.url)
    })
    .await
}

/// Ends a round, once, however it ends: the account that the member has granted us to read.
pub(crate) async fn finish(
    state: &State,
    user_id: UserId,
    channel: &str,
    Return { state: shown, code, error }: Return,
) -> Result<Account, Error> {
    let now = state.clock.now();
    let hash = Sha256::digest(&shown);
    let (provider, verifier) = {
        let mut conn = state.pool.get().await?;
        let provider = provider(&mut conn, state, channel).await?;
        let taken = store::rounds::take(&mut conn, user_id, &hash, channel, now).await?;
        let verifier = state.seals.open(&taken.ok_or(Error::RoundOver)?, &hash);
        (provider, verifier.and_then(|verifier| String::from_utf8(verifier).ok()))
    };
    let verifier = verifier.ok_or(Error::RoundOver)?;
    let code = match (error.as_deref(), code) {
        (None, Some(code)) => code,
        (Some("access_denied" | "user_cancelled_login"), _) => return Err(Error::ConsentRefused),
        _ => return Err(Error::ProviderRefused),
    };
    let grant = state.oauth.finish(channel, &provider, (code, verifier), now).await?;
    let token = SecretString::from(grant.secrets.access_token.as_str());
    let person = providers::person(&state.egress, &provider.profile, &token, now);
    let person = timeout(PATIENCE, person).await.unwrap_or(Err(Hitch::Away));
    let kept = match person {
        Ok(person) => {
            pg::transaction(&state.pool, async |conn| {
                keep(conn, state, user_id, channel, &person, &grant, now).await
            })
            .await
        }
        Err(Hitch::Limited(_) | Hitch::Away) => Err(Error::ProviderAway),
        Err(_) => Err(Error::ProviderRefused),
    };
    if kept.is_err() {
        // Nobody will use it, and nobody else could give it back.
        let given_back = state.oauth.revoke(channel, &provider, &grant.secrets, now).await;
        given_back
            .unwrap_or_else(|why| tracing::warn!(channel, %why, "a token was not given back"));
    }
    kept
}

/// Keeps what was granted: for a new account, which the provider itself has shown to be the member's, or anew for one that is
/// there.
async fn keep(
    conn: &mut Connection,
    state: &State,
    user_id: UserId,
    channel: &str,
    person: &Person,
    grant: &Grant,
    now: Timestamp,
) -> Result<Account, Error> {
    let held = members::hold(conn, user_id).await?;
    let known = store::accounts::find_by_address(conn, user_id, channel, &person.id).await?;
    let account = match known {
        Some(account) if account.state == AccountState::Leaving => {
            return Err(Error::AccountLeaving);
        }
        Some(mut account) => {
            (account.state, account.import_at) = (AccountState::Connected, Some(now));
            store::accounts::update_state(conn, &account, account.state, account.import_at).await?;
            account
        }
        None => {
            let name = if person.name.is_empty() { &person.id } else { &person.name };
            let address = Address { address: person.id.clone(), name: name.clone() };
            let mut account = accounts::make(conn, &held, channel, address, now).await?;
            account.confirmed_at = Some(now);
            store::accounts::insert(conn, &account).await?;
            account
        }
    };
    store::tokens::upsert(conn, &account, &tokens::seal(&state.seals, account.id, grant)?).await?;
    Ok(account)
}

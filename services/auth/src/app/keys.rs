//! The keys that sign access tokens: looked at by every replica, changed by an operator.

use std::time::Duration;

use chassis::Readiness;
use identity::keys::SigningKey;
use jiff::{SignedDuration, Timestamp};
use pg::Connection;

use crate::domain::audit::{Action, Actor};
use crate::domain::keys::{Key, LEAD, Standing, only};
use crate::error::Error;
use crate::state::State;
use crate::store;
use crate::tokens::Tokens;

/// How often a replica looks which keys hold.
const EVERY: Duration = Duration::from_secs(1);

/// What readiness waits for until the keys are known.
const KEYS: &str = "keys";

/// Looks once, and from then on in the background for as long as it is polled. Who does not know the keys must not serve
/// any: gateways would take those that are missing for taken back.
pub(crate) async fn follow(
    state: &State,
    readiness: Readiness,
) -> impl Future<Output = ()> + use<> {
    readiness.wait_for(KEYS, "the keys that sign tokens are not known yet");
    let mut known = look(state).await;
    let state = state.clone();
    async move {
        let mut said = String::new();
        loop {
            let trouble = known.as_ref().err().map(Error::to_string).unwrap_or_default();
            match known {
                Ok(()) => readiness.reached(KEYS),
                // It is away for all replicas, and what is known goes on to hold.
                Err(Error::Database(_)) => {}
                Err(_) => readiness.wait_for(KEYS, trouble.clone()),
            }
            if said != trouble {
                match &*trouble {
                    "" => tracing::info!("it is known again which keys hold"),
                    _ => tracing::warn!(trouble, "it cannot be seen which keys hold"),
                }
                said = trouble;
            }
            tokio::time::sleep(EVERY).await;
            known = look(&state).await;
        }
    }
}

async fn look(state: &State) -> Result<(), Error> {
    let (now, tokens) = (state.clock.now(), &state.tokens);
    let mut conn = state.pool.get().await?;
    let mut keys = store::signing_keys::list(&mut conn).await?;
    let lacking = lacking(tokens, &keys, now)?;
    if !lacking.is_empty() {
        store::signing_keys::insert(&mut conn, &lacking).await?;
        keys = store::signing_keys::list(&mut conn).await?;
    }
    let retired = keys.iter().filter(|key| key.standing(&keys, now) == Standing::Retired);
    let served: Vec<_> = retired.filter(|key| key.sealed.is_some()).map(|key| &*key.kid).collect();
    if !served.is_empty() {
        store::signing_keys::forget_sealed(&mut conn, &served).await?;
    }
    tokens.hold(&keys, now)
}

/// What is not there and should be: at the first start the keys of `JWT_SECRET`, of which the first signs, because it did
/// so before there was a table; later a key that was put first there, which is rotated to; and the spare.
fn lacking(tokens: &Tokens, keys: &[Key], now: Timestamp) -> Result<Vec<Key>, Error> {
    let new = |key: &SigningKey, signs_from, sealed| Key {
        kid: key.kid().to_owned(),
        public: key.public().clone(),
        sealed,
        published_at: now,
        signs_from,
        revoked_at: None,
    };
    let mut lacking = Vec::new();
    if keys.is_empty() {
        // A minute ago, so that it is past by every replica's clock; those behind it came before it.
        let turns = (60..).map(|seconds| now - SignedDuration::from_secs(seconds));
        lacking.extend(tokens.own().zip(turns).map(|(key, turn)| new(key, Some(turn), None)));
    } else if let Some(first) = tokens.own().next()
        && keys.iter().all(|key| key.kid != first.kid())
    {
        lacking.push(new(first, Some(now + LEAD), None));
    }
    if only(keys, Standing::Spare, now).is_none() {
        let (key, sealed) = tokens.generate()?;
        lacking.push(new(&key, None, Some(sealed)));
    }
    Ok(lacking)
}

/// All keys and what each is for.
pub(crate) async fn list(
    conn: &mut Connection,
    now: Timestamp,
) -> Result<Vec<(Key, Standing)>, Error> {
    let keys = store::signing_keys::list(conn).await?;
    Ok(keys.iter().map(|key| (key.clone(), key.standing(&keys, now))).collect())
}

/// Gives the spare its turn: at once, if it was published for long enough. Says when, and which key.
pub(crate) async fn rotate(
    conn: &mut Connection,
    now: Timestamp,
    actor: Actor<'_>,
) -> Result<(Key, Timestamp), Error> {
    let keys = store::signing_keys::lock(conn).await?;
    if let Some(next) = only(&keys, Standing::Next, now) {
        return Err(Error::RotationUnderWay(next.kid.clone()));
    }
    let spare = only(&keys, Standing::Spare, now).ok_or(Error::NoSpareKey)?;
    let from = now.max(spare.known_at());
    store::signing_keys::update_signs_from(conn, &spare.kid, from).await?;
    store::audit_log::insert(conn, now, actor, Action::KeyRotated, &spare.kid).await?;
    Ok((spare.clone(), from))
}

/// Ends the trust in a key. If it signs, the one that has been published for longest among those whose turn has not come
/// takes over at once; says which.
pub(crate) async fn revoke(
    conn: &mut Connection,
    now: Timestamp,
    actor: Actor<'_>,
    kid: &str,
) -> Result<Option<Key>, Error> {
    let keys = store::signing_keys::lock(conn).await?;
    let key = keys.iter().find(|key| key.kid == kid).ok_or(Error::KeyNotFound)?;
    let standing = key.standing(&keys, now);
    if standing == Standing::Revoked {
        return Ok(None);
    }
    store::signing_keys::update_revoked(conn, kid, now).await?;
    store::audit_log::insert(conn, now, actor, Action::KeyRevoked, kid).await?;
    if standing != Standing::Signing {
        return Ok(None);
    }
    let heir = only(&keys, Standing::Next, now).or(only(&keys, Standing::Spare, now));
    let heir = heir.ok_or(Error::NoSpareKey)?;
    store::signing_keys::update_signs_from(conn, &heir.kid, now).await?;
    store::audit_log::insert(conn, now, actor, Action::KeyRotated, &heir.kid).await?;
    Ok(Some(heir.clone()))
}

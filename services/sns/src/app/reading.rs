//! One page of an import: read, then counted and moved on in one transaction. So a process may end anywhere: what it has counted is
//! not read again, and what it has not counted is.

use jiff::{SignedDuration, Timestamp};
use pg::Connection;
use secrecy::SecretString;
use url::Url;

use super::members::{self, Held};
use super::tokens;
use crate::domain::accounts::{Account, AccountState, shows};
use crate::domain::channels::{Channel, Kind};
use crate::domain::grants::Listing;
use crate::domain::imports::{Hitch, Job, Status};
use crate::domain::posts::{Feature, OLDEST};
use crate::egress::Validators;
use crate::error::Error;
use crate::feeds::Post;
use crate::metrics::IMPORTS;
use crate::providers::{Found, Reading};
use crate::state::State;
use crate::store;

/// Why a page is not read now.
pub(crate) enum Stop {
    /// The import is paused or over, and says why.
    Hitch(Hitch),
    /// It is our own fault: somebody takes it again.
    Failed(Error),
}

impl From<Hitch> for Stop {
    fn from(hitch: Hitch) -> Self {
        Stop::Hitch(hitch)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Stop::Failed(error)
    }
}

impl From<pg::Error> for Stop {
    fn from(error: pg::Error) -> Self {
        Stop::Failed(error.into())
    }
}

impl From<diesel::result::Error> for Stop {
    fn from(error: diesel::result::Error) -> Self {
        Stop::Failed(error.into())
    }
}

/// What a page leads to.
struct Counted {
    features: Vec<Feature>,
    /// Whether the member was found to have shown that it is theirs.
    is_shown: bool,
    next: Option<Url>,
    /// Nothing to count: nothing has changed, so what is known of the page still holds.
    validators: Option<Validators>,
}

/// Reads the job's next page. False when there is none, or somebody else has the job, or it has to wait.
pub(crate) async fn read_page(state: &State, job: &mut Job) -> Result<bool, Error> {
    let (account, channel) = {
        let mut conn = state.pool.get().await?;
        // The import of an account that is leaving is gone; whoever was at it notices now.
        let Some(account) = store::accounts::find(&mut conn, job.user_id, job.account_id).await?
        else {
            return Ok(false);
        };
        let channel = store::channels::find(&mut conn, &account.channel).await?;
        (account, channel.ok_or(Error::ChannelNotFound)?)
    };
    match read(state, job, &account, &channel).await {
        Ok(counted) => save(state, job, &account, &channel, counted).await,
        Err(Stop::Hitch(hitch)) => halt(state, job, &account, &channel, hitch).await,
        Err(Stop::Failed(error)) => Err(error),
    }
}

async fn read(
    state: &State,
    job: &Job,
    account: &Account,
    channel: &Channel,
) -> Result<Counted, Stop> {
    let listing = match channel.kind {
        Kind::OAuth => Some(listing(state, account).await?),
        Kind::Feed | Kind::Mastodon | Kind::Bluesky => None,
    };
    let cursor = job.cursor.as_deref().map(Url::parse).transpose();
    let now = state.clock.now();
    let reading = Reading {
        egress: &state.egress,
        network: &state.network,
        kind: channel.kind,
        account,
        cursor: cursor.map_err(Error::internal)?,
        listing,
        now,
    };
    let Some(Found { posts, about, next, validators }) = reading.read().await? else {
        return Ok(Counted { features: Vec::new(), is_shown: false, next: None, validators: None });
    };
    let is_shown = account.confirmed_at.is_none() && {
        let texts = posts.iter().map(|post| post.text.as_str());
        shows(&account.proof, texts.chain([about.as_str()]))
    };
    let too_old = |post: &Post| post.published_at.is_some_and(|at| at < now - OLDEST);
    let next = next.filter(|_| posts.is_empty() || !posts.iter().all(too_old));
    let (lexicon, account_id) = (state.lexicon.clone(), account.id);
    let features = tokio::task::spawn_blocking(move || {
        let feature = |post: Post| {
            let topics = lexicon.topics_in(&post.text).into_iter().map(str::to_owned).collect();
            Feature::of(account_id, &post.id, post.published_at, topics, now)
        };
        posts.into_iter().map(feature).collect::<Vec<_>>()
    });
    let features = features.await.map_err(Error::internal)?;
    Ok(Counted { features, is_shown, next, validators: Some(validators) })
}

/// Where the account's posts are listed, and the token for it.
async fn listing(state: &State, account: &Account) -> Result<(Listing, SecretString), Stop> {
    let provider = {
        let mut conn = state.pool.get().await?;
        store::channels::find_provider(&mut conn, &account.channel).await?
    };
    let provider = provider.ok_or(Error::ChannelNotFound)?;
    let token = tokens::access(state, account, &provider).await?;
    Ok((provider.posts.ok_or(Error::NothingToImport)?, token))
}

/// Counts a page, and moves on or ends.
async fn save(
    state: &State,
    job: &mut Job,
    account: &Account,
    channel: &Channel,
    counted: Counted,
) -> Result<bool, Error> {
    let now = state.clock.now();
    let Counted { features, is_shown, next, validators } = counted;
    let next = pg::transaction(&state.pool, async |conn| {
        let Some(held) = hold(conn, job).await? else {
            return Ok(None);
        };
        let cursor = next.as_ref().map(Url::as_str);
        if !store::imports::update_read(conn, job, cursor, now + state.import_lease).await? {
            return Ok(None);
        }
        let new = store::posts::insert_new(conn, job.user_id, job.account_id, &features).await?;
        let (fetched, found) = (count(features.len()), count(new.len()));
        store::imports::update_counts(conn, job, fetched, found, &new.concat()).await?;
        if is_shown {
            store::accounts::update_confirmed(conn, account, now).await?;
        }
        // All behind a page of known posts was known, when it was asked for.
        let is_known = job.until_known && new.is_empty();
        if next.is_some() && !is_known {
            store::accounts::update_begun(conn, job.user_id, job.account_id).await?;
            return Ok::<_, Error>(cursor.map(str::to_owned));
        }
        let known =
            Validators { etag: account.etag.clone(), last_modified: account.last_modified.clone() };
        let import_at = next_import(state, account, is_shown, now);
        let validators = validators.unwrap_or(known);
        store::accounts::update_read(conn, account, validators, now, import_at).await?;
        store::imports::update_finished(conn, job, Status::Succeeded, None, now).await?;
        held.retell(conn, &state.lexicon, now).await?;
        let outcome = [kind(channel), "succeeded"];
        pg::on_commit(move || IMPORTS.with_label_values(&outcome).inc());
        Ok(None)
    })
    .await?;
    job.cursor = next;
    Ok(job.cursor.is_some())
}

/// Pauses a job, or ends it where it would be the same the next time. The account stays connected.
async fn halt(
    state: &State,
    job: &Job,
    account: &Account,
    channel: &Channel,
    hitch: Hitch,
) -> Result<bool, Error> {
    let now = state.clock.now();
    let outcome = [kind(channel), hitch.key()];
    tracing::info!(
        kind = outcome[0],
        outcome = outcome[1],
        failures = job.failures,
        "an import is halted"
    );
    IMPORTS.with_label_values(&outcome).inc();
    pg::transaction(&state.pool, async |conn| {
        let Some(held) = hold(conn, job).await? else {
            return Ok(false);
        };
        if let Some(resume_at) = hitch.resume_at(job.failures, now) {
            store::imports::update_paused(conn, job, hitch.key(), resume_at).await?;
            return Ok(false);
        }
        let failed = (Status::Failed, Some(hitch.key()));
        if !store::imports::update_finished(conn, job, failed.0, failed.1, now).await? {
            return Ok(false);
        }
        let (standing, import_at) = match hitch {
            Hitch::ConsentNeeded => (AccountState::ConsentNeeded, None),
            _ => (account.state, next_import(state, account, false, now)),
        };
        store::accounts::update_state(conn, account, standing, import_at).await?;
        // What earlier pages held counts.
        held.retell(conn, &state.lexicon, now).await?;
        Ok::<_, Error>(false)
    })
    .await
}

/// Holds the job's member; none who was erased, with whom the job is gone.
async fn hold(conn: &mut Connection, job: &Job) -> Result<Option<Held>, Error> {
    match members::hold(conn, job.user_id).await {
        Err(Error::MemberErased) => Ok(None),
        held => held.map(Some),
    }
}

/// When an account is read again by itself: one that is the member's.
fn next_import(
    state: &State,
    account: &Account,
    is_shown: bool,
    now: Timestamp,
) -> Option<Timestamp> {
    let every: SignedDuration = state.import_every;
    (is_shown || account.confirmed_at.is_some()).then(|| now + every)
}

fn kind(channel: &Channel) -> &'static str {
    match channel.kind {
        Kind::Feed => "feed",
        Kind::Mastodon => "mastodon",
        Kind::Bluesky => "bluesky",
        Kind::OAuth => "oauth",
    }
}

fn count(posts: usize) -> i32 {
    i32::try_from(posts).unwrap_or(i32::MAX)
}

//! The outbox of letters. A letter is asked for in the transaction of what it follows from, and sent after that was
//! committed by whichever replica finds it first; tried again when the post is away, and given up, in so many words, when its
//! token has run out. One that comes twice holds the same token.

use std::time::Duration;

use contracts::{Lang, UserId};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use pg::Connection;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::domain::mail_tokens::{MailToken, Purpose, next_attempt};
use crate::domain::mails::Letter;
use crate::error::Error;
use crate::mailer::{Mailer, NotSent};
use crate::metrics::{self, MAILS};
use crate::state::State;
use crate::store;
use crate::store::mail_tokens::DueRow;

/// How many letters are sent at once.
const BATCH: i64 = 8;
/// How long a letter is left to who has taken it: longer than the post may take. Whoever died has it taken over then.
const LEASE: SignedDuration = SignedDuration::from_mins(1);
/// How often to look for what other replicas have left behind.
const POLL: Duration = Duration::from_secs(1);

/// Told when this process has asked for a letter.
static ASKED: Notify = Notify::const_new();

/// Asks for a letter with a new token, which takes the place of the member's last one for this purpose. To nobody goes
/// none, but asking takes as long.
pub(crate) async fn ask(
    conn: &mut Connection,
    now: Timestamp,
    purpose: Purpose,
    user_id: Option<UserId>,
) -> Result<(), Error> {
    let token = MailToken { id: Uuid::now_v7(), purpose };
    store::mail_tokens::upsert(conn, user_id, token, now).await?;
    pg::on_commit(|| ASKED.notify_waiters());
    Ok(())
}

/// Sends what is due, for as long as it is polled.
pub(crate) async fn send_due(state: State, mailer: Mailer) {
    metrics::show_mails();
    loop {
        let asked = ASKED.notified();
        tokio::pin!(asked);
        // From here on: what is asked for while a batch is sent is not slept over.
        asked.as_mut().enable();
        match send_batch(&state, &mailer).await {
            Ok(sent) if sent == BATCH as usize => continue,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "letters could not be looked for"),
        }
        let _poll = tokio::time::timeout(POLL, asked).await;
    }
}

async fn send_batch(state: &State, mailer: &Mailer) -> Result<usize, Error> {
    let now = state.clock.now();
    let due = {
        let mut conn = state.pool.get().await?;
        store::mail_tokens::claim(&mut conn, now, now + LEASE, BATCH).await?
    };
    let sent = join_all(due.iter().map(|due| send(state, mailer, due))).await;
    sent.into_iter().collect::<Result<Vec<()>, _>>()?;
    Ok(due.len())
}

/// Sends one letter and notes how that went; without a note it is tried again when the lease is over.
async fn send(state: &State, mailer: &Mailer, due: &DueRow) -> Result<(), Error> {
    let purpose = Purpose::named(&due.purpose).ok_or_else(|| Error::internal("no such purpose"))?;
    let Some(user_id) = due.user_id.map(UserId) else {
        return Ok(store::mail_tokens::delete(&mut *state.pool.get().await?, due.id).await?);
    };
    let now = state.clock.now();
    let sent = match due.expires_at > now {
        true => deliver(state, mailer, user_id, MailToken { id: due.id, purpose }).await?,
        false => Err(NotSent::for_good("it has run out")),
    };
    let attempts = due.attempts;
    let (purpose, mut conn) = (purpose.name(), state.pool.get().await?);
    let outcome = match sent {
        Ok(()) => {
            store::mail_tokens::update_due(&mut conn, due.id, None).await?;
            "sent"
        }
        Err(NotSent { why, for_good: false }) => {
            tracing::warn!(purpose, attempts, why, "a letter was not sent and is tried again");
            let again_at = next_attempt(attempts, now);
            store::mail_tokens::update_due(&mut conn, due.id, Some(again_at)).await?;
            "retried"
        }
        Err(NotSent { why, for_good: true }) => {
            tracing::error!(purpose, attempts, why, "a letter is given up");
            store::mail_tokens::delete(&mut conn, due.id).await?;
            "given_up"
        }
    };
    MAILS.with_label_values(&[purpose, outcome]).inc();
    Ok(())
}

async fn deliver(
    state: &State,
    mailer: &Mailer,
    user_id: UserId,
    token: MailToken,
) -> Result<Result<(), NotSent>, Error> {
    let user = state.pool.read(async |conn| store::users::find(conn, user_id).await).await?;
    let Some(user) = user else {
        return Ok(Err(NotSent::for_good("the member has gone")));
    };
    let lang = Lang::from_tag(&user.locale).unwrap_or_default();
    let secret = state.mail_keys.token(token);
    let letter = Letter::with_token(token.purpose, lang, mailer.pages_url(), &secret);
    Ok(mailer.send(token.id, &user.email, letter).await)
}

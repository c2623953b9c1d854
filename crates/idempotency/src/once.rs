//! `Once`: one write, one transaction, one answer.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse};
use identity::Caller;
use pg::{Connection, Pool};
use problem::{Problem, RequestId};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Reply;
use crate::store::{self, Kept, Scope};

/// A member's write as it was asked for, in a handler's arguments.
#[derive(Clone, Debug)]
pub struct Once {
    user_id: Uuid,
    scope: Option<Scope>,
    path: String,
    request_id: String,
}

impl Once {
    /// Runs the write in one transaction, in the member's turn ([`pg::in_turn`]), and answers with what it returns. `body`
    /// is the request's body as it came.
    ///
    /// # Errors
    /// Whatever the write returns; 409 while the same key is being worked on; 422 when the key came with another body.
    pub async fn run<E>(
        self,
        pool: &Pool,
        body: &[u8],
        effect: impl AsyncFnOnce(&mut Connection) -> Result<Reply, E>,
    ) -> Result<HttpResponse, Problem>
    where
        E: Into<Problem> + From<pg::Error> + From<diesel::result::Error>,
    {
        let _running = self.scope.as_ref().map(Running::begin).transpose()?;
        pg::in_turn(self.user_id, self.run_now(pool, body, effect)).await
    }

    async fn run_now<E>(
        &self,
        pool: &Pool,
        body: &[u8],
        effect: impl AsyncFnOnce(&mut Connection) -> Result<Reply, E>,
    ) -> Result<HttpResponse, Problem>
    where
        E: Into<Problem> + From<pg::Error> + From<diesel::result::Error>,
    {
        let Some(scope) = &self.scope else {
            return pg::transaction(pool, effect).await.map(HttpResponse::from).map_err(E::into);
        };
        let fingerprint = self.fingerprint(body);
        let reply = pg::transaction(pool, async |conn| {
            if !store::lock(conn, scope).await? {
                return Err(Failure::Running);
            }
            match store::find(conn, scope).await? {
                Some(kept) if kept.fingerprint != fingerprint => return Err(Failure::OtherBody),
                Some(kept) => return Ok(kept.into_reply()),
                None => {}
            }
            let reply = match pg::savepoint(conn, effect).await {
                Ok(reply) => reply,
                Err(error) => {
                    let problem: Problem = error.into();
                    if !problem.may_be_kept() {
                        return Err(Failure::Effect(problem));
                    }
                    Reply::problem(&problem, &self.path, &self.request_id)
                }
            };
            store::insert(conn, scope, &Kept::new(fingerprint, &reply)).await?;
            Ok(reply)
        })
        .await;
        reply.map(HttpResponse::from).map_err(Failure::into)
    }

    /// The path belongs to what is asked as much as the body: a key used for another quest is a key used for another
    /// request.
    fn fingerprint(&self, body: &[u8]) -> Vec<u8> {
        Sha256::new()
            .chain_update(&self.path)
            .chain_update([0])
            .chain_update(body)
            .finalize()
            .to_vec()
    }
}

/// The keys on which this process works. Who comes with one of them is told at once, and neither waits for the member's
/// turn nor takes a connection; between processes the advisory lock tells.
static RUNNING: Mutex<BTreeSet<Scope>> = Mutex::new(BTreeSet::new());

/// A key that is in [`RUNNING`] until this is dropped.
struct Running<'a>(&'a Scope);

impl<'a> Running<'a> {
    fn begin(scope: &'a Scope) -> Result<Self, Failure> {
        let is_first = running().insert(scope.clone());
        is_first.then_some(Running(scope)).ok_or(Failure::Running)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        running().remove(self.0);
    }
}

fn running() -> MutexGuard<'static, BTreeSet<Scope>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

enum Failure {
    Running,
    OtherBody,
    Effect(Problem),
    Database(pg::Error),
}

impl From<pg::Error> for Failure {
    fn from(error: pg::Error) -> Self {
        Failure::Database(error)
    }
}

impl From<diesel::result::Error> for Failure {
    fn from(error: diesel::result::Error) -> Self {
        Failure::Database(error.into())
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Running => Problem::new(
                StatusCode::CONFLICT,
                "idempotency-key-in-use",
                "The first request with this Idempotency-Key still runs",
            )
            .retry_after(1),
            Failure::OtherBody => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "This Idempotency-Key was used for another request",
            ),
            Failure::Effect(problem) => problem,
            Failure::Database(pg::Error::Unavailable(_)) => Problem::unavailable(1),
            Failure::Database(error) => Problem::internal(&error),
        }
    }
}

impl FromRequest for Once {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        std::future::ready(read(request, payload))
    }
}

fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Once, Problem> {
    let caller = Caller::from_request(request, payload).into_inner()?;
    let key = match request.headers().get("idempotency-key") {
        None => None,
        Some(key) => Some(checked(key.as_bytes())?),
    };
    let route = format!("{} {}", request.method(), request.match_pattern().unwrap_or_default());
    Ok(Once {
        user_id: caller.user_id.0,
        scope: key.map(|key| Scope { user_id: caller.user_id.0, route, key }),
        path: request.path().to_owned(),
        request_id: request
            .extensions()
            .get::<RequestId>()
            .map_or_else(String::new, |id| id.0.clone()),
    })
}

fn checked(key: &[u8]) -> Result<String, Problem> {
    let plain = (1..=255).contains(&key.len()) && key.iter().all(u8::is_ascii_graphic);
    match std::str::from_utf8(key) {
        Ok(key) if plain => Ok(key.to_owned()),
        _ => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "malformed-idempotency-key",
            "An Idempotency-Key has 1 to 255 visible ASCII characters",
        )),
    }
}

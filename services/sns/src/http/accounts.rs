//! The accounts of a member.

use actix_web::HttpResponse;
use actix_web::web::Data;
use garde::Validate;
use idempotency::{Once, Reply};
use identity::Caller;
use jiff::Timestamp;
use problem::{Json, Path, Problem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::app;
use crate::domain::accounts::{Account, AccountState};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// Where somebody writes.
#[derive(Debug, Deserialize, Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConnectRequest {
    /// The key of a channel.
    #[garde(length(bytes, min = 1, max = 50))]
    channel: String,
    /// What people type: a blog's id, a handle, the address of a page or of a feed.
    #[garde(length(bytes, min = 1, max = 500))]
    address: String,
}

/// How far an account is.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum StateResponse {
    /// Nothing of it counts until an import finds `proof` in its posts or its description.
    Unconfirmed,
    /// It counts.
    Confirmed,
    /// Its provider lets us in no more; what was imported counts on.
    ConsentNeeded,
    /// It counts no more, and goes when its provider has heard of it.
    Leaving,
}

/// An account.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccountResponse {
    id: Uuid,
    channel: String,
    /// Where it is read: a feed's or profile's address, a handle, or the provider's id of the member.
    address: String,
    /// What people call it.
    name: String,
    state: StateResponse,
    /// What to write there, in a post or the description, until it was found.
    proof: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    connected_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    confirmed_at: Option<Timestamp>,
    /// When it was last read to its end.
    #[schema(value_type = Option<String>, format = DateTime)]
    imported_at: Option<Timestamp>,
    /// When it is read again by itself.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_import_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime)]
    leaving_at: Option<Timestamp>,
}

impl From<Account> for AccountResponse {
    fn from(account: Account) -> Self {
        let state = match (account.state, account.confirmed_at) {
            (AccountState::Leaving, _) => StateResponse::Leaving,
            (AccountState::ConsentNeeded, _) => StateResponse::ConsentNeeded,
            (AccountState::Connected, Some(_)) => StateResponse::Confirmed,
            (AccountState::Connected, None) => StateResponse::Unconfirmed,
        };
        AccountResponse {
            id: account.id,
            channel: account.channel,
            address: account.address,
            name: account.name,
            state,
            proof: Some(account.proof).filter(|_| account.confirmed_at.is_none()),
            connected_at: account.connected_at,
            confirmed_at: account.confirmed_at,
            imported_at: account.imported_at,
            next_import_at: account.import_at,
            leaving_at: account.leaving_at,
        }
    }
}

/// All of them: at most twenty.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct AccountsResponse {
    items: Vec<AccountResponse>,
}

/// The member's accounts, oldest first.
#[utoipa::path(
    get, path = "/api/me/sns-accounts", tag = "sns", operation_id = "list_sns_accounts",
    responses((status = 200, body = AccountsResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn list_accounts(
    caller: Caller,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let list = async |conn: &_| store::accounts::list(conn, caller.user_id).await;
    let accounts = state.pool.read(list).await.map_err(Error::from)?;
    let items = accounts.into_iter().map(AccountResponse::from).collect();
    Ok(HttpResponse::Ok().json(AccountsResponse { items }))
}

/// Connects an account by its address. It is unconfirmed until an import finds its `proof` there.
#[utoipa::path(
    post, path = "/api/me/sns-accounts", tag = "sns", operation_id = "connect_sns_account",
    request_body = ConnectRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = AccountResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn connect_account(
    caller: Caller,
    once: Once,
    body: Json<ConnectRequest>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let ConnectRequest { channel, address } = body.value;
    once.run(&state.pool, &body.bytes, async |conn| {
        let account = app::accounts::connect(conn, now, caller.user_id, &channel, &address).await?;
        Ok::<_, Error>(Reply::created(&AccountResponse::from(account))?)
    })
    .await
}

/// Disconnects an account: what was imported is erased at once; 202 while its provider has yet to hear that we let go.
#[utoipa::path(
    delete, path = "/api/me/sns-accounts/{id}", tag = "sns", operation_id = "disconnect_sns_account",
    params(("id" = Uuid, Path)),
    responses((status = 202, body = AccountResponse), (status = 204)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn disconnect_account(
    caller: Caller,
    id: Path<Uuid>,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let leave = pg::transaction(&state.pool, async |conn| {
        app::accounts::leave(conn, now, &state.lexicon, caller.user_id, id.0).await
    });
    match pg::in_turn(caller.user_id.0, leave).await? {
        Some(leaving) => Ok(HttpResponse::Accepted().json(AccountResponse::from(leaving))),
        None => Ok(HttpResponse::NoContent().finish()),
    }
}

//! What can be connected.

use actix_web::HttpResponse;
use actix_web::web::Data;
use problem::Problem;
use serde::Serialize;

use crate::domain::channels::{Connect, Kind};
use crate::error::Error;
use crate::state::State;
use crate::store;

/// A place where a member may write.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ChannelResponse {
    /// What to call it when one is connected.
    key: String,
    /// What people call it.
    name: String,
    kind: Kind,
    connect: Connect,
    /// Whether it can be connected here and now.
    available: bool,
}

/// All of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ChannelsResponse {
    items: Vec<ChannelResponse>,
}

/// Every channel. One whose provider does not know us here is not available.
#[utoipa::path(
    get, path = "/api/sns/channels", tag = "sns", operation_id = "list_channels",
    responses((status = 200, body = ChannelsResponse)),
    extensions(("x-access" = json!("public")))
)]
pub(crate) async fn list_channels(state: Data<State>) -> Result<HttpResponse, Problem> {
    let channels = state.pool.read(async |conn| store::channels::list(conn).await).await;
    let items = channels.map_err(Error::from)?.into_iter().map(|channel| {
        let connect = channel.kind.connect();
        let available = connect == Connect::Address || state.oauth.is_available(&channel.key);
        ChannelResponse {
            key: channel.key,
            name: channel.name,
            kind: channel.kind,
            connect,
            available,
        }
    });
    Ok(HttpResponse::Ok().json(ChannelsResponse { items: items.collect() }))
}

//! The way of a request through the door, stage by stage.
//!
//! [`enter`] runs around everything: what a client must not say is off before anybody reads it, and the route is known
//! before the trace names it. [`chassis::observe`] runs between the two: request id, trace, metrics, problem bodies.
//! [`answer`] is the rest, in order; each stage hands on or ends it with a problem.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpResponse};
use chassis::RouteTemplate;
use problem::Problem;

use crate::door::Door;
use crate::own;
use crate::stages::address::Sender;
use crate::stages::assert::Asserted;
use crate::stages::authenticate::authenticate;
use crate::stages::body::Upload;
use crate::stages::forward::{Outbound, forward};
use crate::stages::limit::{self, DeclaredBody};
use crate::stages::route::route;
use crate::stages::strip::strip;
use crate::table::{Found, Target};
use crate::upstream::Ways;

/// What is found out at the door, kept in the request's extensions.
struct Visit {
    sender: Sender,
    body: DeclaredBody,
    found: Found,
}

/// The outermost step.
pub(crate) async fn enter(
    door: Arc<Door>,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let origin = door.cors.allowed(request.headers());
    let sender = Sender::of(request.peer_addr(), request.headers(), &door.trusted);
    let body = DeclaredBody::of(request.headers());
    strip(request.headers_mut());

    let found = door.routes.table().find(request.method(), request.path());
    let template = match &found {
        Found::Route(route) => Some(route.template.clone()),
        _ => None,
    };
    request.extensions_mut().insert(RouteTemplate(template));
    request.extensions_mut().insert(Visit { sender, body, found });
    let mut response = next.call(request).await?.map_into_boxed_body();

    door.cors.mark(origin, response.headers_mut());
    Ok(response)
}

/// The innermost step: every request, whatever its path.
pub(crate) async fn answer(
    door: Arc<Door>,
    ways: Rc<Ways>,
    mut request: ServiceRequest,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let answered = pass(&door, &ways, &mut request).await;
    Ok(request.into_response(answered.unwrap_or_else(HttpResponse::from_error)))
}

async fn pass(
    door: &Door,
    ways: &Ways,
    request: &mut ServiceRequest,
) -> Result<HttpResponse, Problem> {
    let visit = request.extensions_mut().remove::<Visit>().ok_or_else(Problem::not_found)?;
    let Visit { sender, body, found } = visit;

    if let Some(preflight) = door.cors.preflight(request.request(), &found) {
        return preflight;
    }
    let route = route(found)?;
    limit::sizes(request.request(), &route, body)?;
    let member = authenticate(door, &route, request.headers(), &sender).await?;
    let rate = limit::rate(&route, &sender, member.as_deref())?;

    let mut response = match route.target {
        Target::Own(page) => own::answer(page, request.request(), &door.documents, ways).await?,
        Target::Upstream(place) => {
            let way = ways.to(place);
            let asserted = member
                .map(|member| Asserted::to(place, &door.upstreams, &member, door.clock.now()));
            let asserted = asserted.transpose()?;
            let upload = Upload::new(request.take_payload(), body, route.body_limit);
            let outbound =
                Outbound::new(request, &sender, asserted.as_deref(), way.upstream, &route)?;
            forward(outbound, upload, way, &route).await?
        }
    };
    if let Some(rate) = rate {
        rate.add_to(response.headers_mut());
    }
    Ok(response)
}

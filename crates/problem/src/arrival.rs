//! Whether a body is still on its way: whoever ends a request that takes too long must know whether it waited for the
//! client (408) or for us (503).

use std::cell::Cell;
use std::future::Future;
use std::rc::Rc;

use actix_web::{HttpMessage, HttpRequest};

/// Put into a request's extensions by whoever has to know, and told by the extractors of bodies.
#[derive(Clone, Debug, Default)]
pub struct Arrival(Rc<Cell<bool>>);

impl Arrival {
    /// Whether the body is waited for.
    pub fn is_awaited(&self) -> bool {
        self.0.get()
    }

    /// Reads a body. If that is given up, [`Arrival::is_awaited`] goes on saying so.
    pub(crate) fn of<B: Future>(
        request: &HttpRequest,
        body: B,
    ) -> impl Future<Output = B::Output> + use<B> {
        let arrival = request.extensions().get::<Arrival>().cloned().unwrap_or_default();
        async move {
            arrival.0.set(true);
            let body = body.await;
            arrival.0.set(false);
            body
        }
    }
}

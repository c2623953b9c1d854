//! The route table: who may call what, who answers it, how long, how large, how often. Data in `routes.toml`, read by
//! [`mod@file`], asked for every request, replaced as a whole by [`mod@reload`].

mod file;
mod path;
mod reload;
mod tree;

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::http::header::HeaderValue;

use crate::own::Own;
use crate::rate::RateClass;

pub use file::TableError;
pub(crate) use file::{LONGEST_TIMEOUT, TOKEN_CLASS};
pub(crate) use path::without_trailing_slash;
pub(crate) use reload::Reload;
use tree::Node;

/// One route, every decision made.
#[derive(Debug)]
pub(crate) struct Route {
    pub(crate) method: Method,
    /// For example `/api/quests/{id}/complete`: the label of its metrics.
    pub(crate) template: Arc<str>,
    pub(crate) kind: Kind,
    pub(crate) target: Target,
    /// From the request's head to the answer's head, and between two pieces of the answer.
    pub(crate) timeout: Duration,
    /// In bytes.
    pub(crate) body_limit: u64,
    pub(crate) rate: Arc<RateClass>,
    /// Whether the service is shown the access token, once it is believed.
    pub(crate) passes_token: bool,
}

/// Who may call a route. `service` and `signature` (webhooks) will be two more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Public,
    Member,
    Role(Box<str>),
}

/// Who answers a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A service, by its place among the [`Upstreams`](crate::upstream::Upstreams).
    Upstream(usize),
    /// The gateway itself.
    Own(Own),
}

/// All routes.
#[derive(Debug)]
pub(crate) struct Table {
    root: Node,
    classes: Vec<Arc<RateClass>>,
}

/// What the table says about a request's method and path.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    Route(Arc<Route>),
    /// The path is there; these methods are.
    WrongMethod(HeaderValue),
    /// The path could mean different things to different readers.
    Unsafe(&'static str),
    Nothing,
}

impl Table {
    /// The most specific route that has the method: exact before parameter before rest.
    pub(crate) fn find(&self, method: &Method, path: &str) -> Found {
        let path = match path::checked(path) {
            Ok(path) => path,
            Err(why) => return Found::Unsafe(why),
        };
        let (mut route, mut methods) = (None, Vec::new());
        self.root.visit(path, &mut |leaf| {
            route = leaf.iter().find(|route| route.answers(method)).cloned();
            methods.extend(leaf.iter().map(|route| &route.method));
            route.is_some()
        });
        match route {
            Some(route) => Found::Route(route),
            None if methods.is_empty() => Found::Nothing,
            None => Found::WrongMethod(allow(&methods)),
        }
    }

    /// The class of this name.
    pub(crate) fn class(&self, name: &str) -> Option<&Arc<RateClass>> {
        self.classes.iter().find(|class| class.name() == name)
    }
}

impl Route {
    /// Where there is no HEAD, GET answers it.
    fn answers(&self, method: &Method) -> bool {
        self.method == *method || (self.method == Method::GET && *method == Method::HEAD)
    }
}

/// The value of `Allow`: sorted, each once, HEAD with GET.
fn allow(methods: &[&Method]) -> HeaderValue {
    let mut names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    if names.contains(&"GET") {
        names.push("HEAD");
    }
    names.sort_unstable();
    names.dedup();
    HeaderValue::from_str(&names.join(", ")).unwrap_or_else(|_| HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests;

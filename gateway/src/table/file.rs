//! Reading the route table. Every route must decide everything; whatever is wrong is said, all of it at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::Method;
use serde::Deserialize;

use super::tree::{Node, TemplateError};
use super::{Kind, Route, Table, Target};
use crate::own::Own;
use crate::rate::{RateClass, RateLimits, RateRule};

/// The class that bounds the checking of unknown tokens.
pub(crate) const TOKEN_CLASS: &str = "token";

/// The longest `timeout_ms`.
pub(crate) const LONGEST_TIMEOUT: Duration = Duration::from_secs(60);
const METHODS: [Method; 6] =
    [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// Why a route table is refused.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is not the TOML that it must be: a decision is missing, unknown or of another type.
    #[error("the route table cannot be used: {0}")]
    Syntax(#[from] toml::de::Error),
    /// The decisions do not fit together: one line for each.
    #[error("the route table cannot be used: {}", .0.join("; "))]
    Rules(Vec<String>),
    /// The file of `ROUTE_TABLE` cannot be read.
    #[error("the route table {path} (ROUTE_TABLE) cannot be read: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    route: Vec<RouteEntry>,
    rate: BTreeMap<String, RateRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RouteEntry {
    method: String,
    path: String,
    kind: String,
    upstream: String,
    timeout_ms: u64,
    body_limit: u64,
    rate: String,
    #[serde(default)]
    passes_token: bool,
}

impl Table {
    /// Reads a table whose upstreams are among `upstreams`. Classes that stay as they were in `before` keep count.
    pub(super) fn parse(
        text: &str,
        upstreams: &[String],
        limits: &RateLimits,
        before: Option<&Table>,
    ) -> Result<Table, TableError> {
        let file: File = toml::from_str(text)?;
        let mut wrong = Vec::new();
        let mut table = Table { root: Node::default(), classes: Vec::new() };
        for name in limits.names().filter(|name| !file.rate.contains_key(*name)) {
            wrong.push(format!("RATE_LIMITS names the class {name:?}, which is not there"));
        }
        for (name, rule) in file.rate {
            let rule = limits.rule(&name, rule);
            let known =
                before.and_then(|before| before.class(&name)).filter(|class| class.has(rule));
            match known.cloned().or_else(|| RateClass::new(&name, rule, limits).map(Arc::new)) {
                Some(class) => table.classes.push(class),
                None => wrong.push(format!("rate {name}: requests and seconds must be above 0")),
            }
        }
        if table.class(TOKEN_CLASS).is_none() {
            wrong.push(format!("rate {TOKEN_CLASS} is missing"));
        }
        if file.route.is_empty() {
            wrong.push("there is no route".to_owned());
        }
        for entry in file.route {
            let name = format!("{} {}", entry.method, entry.path);
            if let Err(why) = table.add(entry, upstreams) {
                wrong.push(format!("{name}: {why}"));
            }
        }
        if wrong.is_empty() { Ok(table) } else { Err(TableError::Rules(wrong)) }
    }

    fn add(&mut self, entry: RouteEntry, upstreams: &[String]) -> Result<(), RouteError> {
        let RouteEntry { method, path, kind, upstream, timeout_ms, body_limit, rate, passes_token } =
            entry;
        let known = METHODS.into_iter().find(|known| *known == *method);
        let method = known.ok_or(RouteError::Method(method))?;
        if path == "/int" || path.starts_with("/int/") {
            return Err(RouteError::Internal);
        }
        let timeout = Duration::from_millis(timeout_ms);
        if timeout.is_zero() || timeout > LONGEST_TIMEOUT {
            return Err(RouteError::Timeout);
        }
        let target = match upstreams.iter().position(|known| *known == upstream) {
            Some(place) => Target::Upstream(place),
            None if upstream == identity::GATEWAY => {
                Target::Own(Own::of(&method, &path).ok_or(RouteError::NotOurs)?)
            }
            None => return Err(RouteError::Upstream { name: upstream }),
        };
        let kind = kind_of(kind)?;
        if passes_token && kind == Kind::Public {
            return Err(RouteError::Token);
        }
        let route = Route {
            method,
            template: path.into(),
            kind,
            target,
            timeout,
            body_limit,
            rate: Arc::clone(self.class(&rate).ok_or(RouteError::Rate(rate))?),
            passes_token,
        };
        Ok(self.root.insert(Arc::new(route))?)
    }
}

fn kind_of(text: String) -> Result<Kind, RouteError> {
    match text.split_once(':') {
        None if text == "public" => Ok(Kind::Public),
        None if text == "member" => Ok(Kind::Member),
        Some(("role", name)) if !name.is_empty() => Ok(Kind::Role(name.into())),
        _ => Err(RouteError::Kind(text)),
    }
}

/// What one route can be wrong in.
#[derive(Debug, thiserror::Error)]
enum RouteError {
    #[error("{0:?} is no method that routes have")]
    Method(String),
    #[error("the kind {0:?} is not public, member or role:<name>")]
    Kind(String),
    #[error("the upstream {name:?} is not known: the setting {}_BASE_URL is missing", name.to_uppercase())]
    Upstream { name: String },
    #[error("the gateway itself does not answer this")]
    NotOurs,
    #[error("the rate class {0:?} is not there")]
    Rate(String),
    #[error("timeout_ms must be 1 to {}", LONGEST_TIMEOUT.as_millis())]
    Timeout,
    #[error("a public route looks at no token, and so passes none on")]
    Token,
    #[error("/int/ is for services among themselves")]
    Internal,
    #[error(transparent)]
    Template(#[from] TemplateError),
}

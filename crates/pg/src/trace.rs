//! Watching a connection's statements: a span for each, and whether one is still running.

use std::collections::VecDeque;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use diesel::connection::{DebugQuery, Instrumentation, InstrumentationEvent};
use tracing::{Span, field};

use crate::error::ends_the_connection;

/// The target of every statement's span.
const STATEMENT: &str = "pg::statement";

/// True from sending a statement until its answer; stays true when the future that waited for it was dropped, and when the
/// answer is the server's farewell.
#[derive(Clone, Debug, Default)]
pub(crate) struct InFlight(Arc<AtomicBool>);

impl InFlight {
    pub(crate) fn get(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The instrumentation of one connection.
pub(crate) struct Statements {
    in_flight: InFlight,
    /// Of the statements that are on their way, in their order, which is that of the answers.
    spans: VecDeque<Span>,
}

impl Statements {
    pub(crate) fn new(in_flight: InFlight) -> Self {
        Self { in_flight, spans: VecDeque::new() }
    }
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let farewell = match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                self.spans.push_back(span_of(query));
                false
            }
            InstrumentationEvent::FinishQuery { error, .. } => {
                if let (Some(span), Some(_)) = (self.spans.pop_front(), error) {
                    span.record("otel.status_code", "ERROR");
                }
                // The socket's end follows a farewell only a moment later: too late for whoever is next.
                error.is_some_and(ends_the_connection)
            }
            // Its answer comes after that of every statement that nobody waits for any more.
            InstrumentationEvent::RollbackTransaction { .. } => {
                self.spans.clear();
                false
            }
            _ => return,
        };
        self.in_flight.0.store(farewell || !self.spans.is_empty(), Ordering::Relaxed);
    }
}

/// The instrumentation of a connection on which several statements are under way: each runs in its own
/// [`statement`]'s span.
pub(crate) struct SharedStatements;

impl Instrumentation for SharedStatements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        let span = Span::current();
        if span.metadata().is_none_or(|span| span.target() != STATEMENT) {
            return;
        }
        match event {
            InstrumentationEvent::StartQuery { query, .. } => tell(&span, query),
            InstrumentationEvent::FinishQuery { error: Some(_), .. } => {
                span.record("otel.status_code", "ERROR");
            }
            _ => {}
        }
    }
}

fn span_of(query: &dyn DebugQuery) -> Span {
    let span = statement();
    // Writing the text down costs more than the rest: only for spans that somebody keeps.
    if !span.is_disabled() {
        tell(&span, query);
    }
    span
}

/// The span of one statement.
pub(crate) fn statement() -> Span {
    tracing::info_span!(
        target: STATEMENT,
        "sql",
        otel.kind = "client",
        otel.name = field::Empty,
        otel.status_code = field::Empty,
        db.system.name = "postgresql",
        db.query.text = field::Empty,
    )
}

/// Tells the span the statement's text; its values stay out, since they are members' data.
fn tell(span: &Span, query: &dyn DebugQuery) {
    let text = query.to_string();
    let statement = text.split(" -- binds: ").next().unwrap_or_default();
    span.record("db.query.text", statement);
    span.record("otel.name", statement.split_whitespace().next().unwrap_or("sql"));
}

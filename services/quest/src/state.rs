//! What the handlers work with.

use std::sync::Arc;

use chassis::{Clock, WithPool};
use pg::Pool;

use crate::domain::texts::Texts;
use crate::references::References;

/// Pool, clock, what others have told, and what is said to members.
#[derive(Clone)]
pub struct State {
    pub(crate) pool: Pool,
    pub(crate) clock: Clock,
    pub(crate) references: References,
    pub(crate) texts: Arc<Texts>,
}

impl WithPool for State {
    fn with_pool(&self, pool: Pool) -> Self {
        State { pool, ..self.clone() }
    }
}

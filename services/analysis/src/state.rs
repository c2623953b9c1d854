//! What the handlers work with.

use chassis::{Clock, WithPool};
use pg::Pool;

use crate::references::References;

/// Pool, clock, and what others have told.
#[derive(Clone)]
pub struct State {
    pub(crate) pool: Pool,
    pub(crate) clock: Clock,
    pub(crate) references: References,
}

impl WithPool for State {
    fn with_pool(&self, pool: Pool) -> Self {
        State { pool, ..self.clone() }
    }
}

//! What the handlers work with.

use chassis::{Clock, WithPool};
use member_data::{Holder, Table};
use pg::Pool;

use crate::references::References;
use crate::store::member_data::TABLES;

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

impl Holder for State {
    const TABLES: &'static [Table] = TABLES;

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

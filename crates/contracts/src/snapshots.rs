//! Pages that a service which starts late reads from an owner before it follows the log:
//! `GET /int/auth/members?after=&limit=`, `GET /int/analysis/holds?after=&limit=`.

use serde::{Deserialize, Serialize};

use crate::UserId;

/// One page, ordered by member; the next one starts after `next`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Page<T> {
    /// Rows, at most `limit`.
    pub items: Vec<T>,
    /// What to pass as `after`; none on the last page.
    pub next: Option<UserId>,
}

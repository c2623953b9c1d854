//! What the catalog holds of a member: nothing but answers that it keeps to give them again.

use member_data::Table;

/// Every table of members.
pub(crate) const TABLES: &[Table] =
    &[Table::new("idempotency_keys", &["route", "key"]).only_erased()];

//! What quest holds of a member.

use member_data::Table;

/// Every table of members. `members` comes first: whoever is at work for the member holds that row, and is waited for.
/// Rewards are of quests, and go before them.
pub(crate) const TABLES: &[Table] = &[
    Table::new("members", &[]),
    Table::new("rewards", &["quest_id", "entry"]),
    Table::new("user_quests", &["id"]),
    Table::new("member_days", &["date"]),
    Table::new("goals", &[]),
    Table::new("pauses", &["starts_on"]),
    Table::new("calendar_eras", &["starts_at"]),
    Table::new("offers", &["date", "choice"]),
    Table::new("idempotency_keys", &["route", "key"]).only_erased(),
];

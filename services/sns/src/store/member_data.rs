//! What sns holds of a member.

use member_data::Table;

/// Every table of members. `member_topics` comes first: whoever changes something of the member holds that row, and is waited
/// for; then the imports, whose rows are held by who writes posts.
pub(crate) const TABLES: &[Table] = &[
    Table::new("member_topics", &[]),
    Table::new("sns_imports", &["id"]),
    Table::new("sns_posts", &["account_id", "post"]),
    Table::new("sns_tokens", &["account_id"]).without(&["sealed", "key_id"]),
    Table::new("user_sns_accounts", &["id"]),
    Table::new("sns_rounds", &["state"]).only_erased(),
    Table::new("idempotency_keys", &["route", "key"]).only_erased(),
];

//! What analysis holds of a member.

use member_data::Table;

/// Every table of members.
pub(crate) const TABLES: &[Table] = &[
    Table::new("members", &[]),
    Table::new("analysis_results", &["id"]),
    Table::new("psy_test_sessions", &["id"]),
    Table::new("psy_answers", &["session_id", "question_id"]),
    Table::new("self_check_entries", &["date"]),
    Table::new("member_topics", &[]),
    Table::new("completed_quests", &["quest_id"]),
    Table::new("idempotency_keys", &["route", "key"]).only_erased(),
];

//! What auth holds of a member.

use member_data::Table;

/// Every table of members. What is known of erased ones (`erasures`, `erasure_receipts`) begins when these are empty.
pub(crate) const TABLES: &[Table] = &[
    Table::new("sessions", &["id"]),
    Table::new("identities", &["issuer", "subject"]),
    Table::new("mail_tokens", &["id"]).only_erased(),
    Table::new("sign_in_codes", &["code"]).only_erased(),
    Table::new("users", &[]).whose("t.sub = $1").without(&["password_hash"]),
    // Who did what must outlive them: ids and words of the program alone.
    Table::new("audit_log", &["id"]).whose("t.subject = $1::text").only_exported(),
    Table::new("idempotency_keys", &["route", "key"]).only_erased(),
];

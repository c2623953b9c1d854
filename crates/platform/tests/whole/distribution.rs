//! Rows of members can be laid on many machines by member (architecture.md, docs/capacity.md): the database's own catalogue is
//! asked whether every key of such a table begins with `user_id`, as Citus would want it.

use testkit::Database;

use crate::platform::{TABLES, query};

/// Keys that begin with something else, and why they may.
const EXCEPTIONS: &[(&str, &str)] = &[
    (
        "auth.erasure_receipts auth.erasure_receipts_pkey",
        "asked for by its own id, after the member is gone",
    ),
    ("auth.identities auth.identities_pkey", "finds the member by an account elsewhere"),
    ("auth.mail_tokens auth.mail_tokens_pkey", "finds the member by a letter's token"),
    ("auth.role_holders auth.role_holders_pkey", "finds the few members who have a role"),
    ("auth.role_holders role_holders_role_fkey", "roles are reference data"),
    ("auth.sessions auth.sessions_pkey", "finds the member by a refresh token"),
    ("auth.sign_in_codes auth.sign_in_codes_pkey", "finds the member by a code"),
    ("sns.user_sns_accounts user_sns_accounts_channel_fkey", "channels are reference data"),
];

/// Unique keys, and references to other tables, of tables that name a member, which do not begin with the member.
const KEYS: &str = "
    WITH members AS (
        SELECT c.oid, c.oid::regclass::text AS name, a.attnum
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'user_id' AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'p') AND n.nspname <> 'events' AND n.nspowner::regrole::text = n.nspname || '_owner'
    )
    SELECT name || ' ' || i.indexrelid::regclass::text AS found
    FROM members JOIN pg_index i ON i.indrelid = members.oid
    WHERE i.indisunique AND i.indkey[0] <> members.attnum
    UNION ALL
    SELECT name || ' ' || k.conname
    FROM members JOIN pg_constraint k ON k.conrelid = members.oid
    WHERE k.contype = 'f' AND k.conkey[1] <> members.attnum
    UNION ALL
    SELECT name || ' has no primary key'
    FROM members WHERE NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = members.oid AND i.indisprimary)
    ORDER BY 1";

#[tokio::test]
async fn keys_of_members_tables_begin_with_the_member() {
    let database = Database::create(TABLES).await;
    let found = query(&database, KEYS).await;
    let named: Vec<&str> = EXCEPTIONS.iter().map(|(key, _)| *key).collect();
    assert_eq!(found, named, "begin it with user_id, or name it with its reason");
}

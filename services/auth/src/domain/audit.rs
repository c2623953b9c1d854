//! What is remembered of who did what: ids and words of ours, never a name, an address or a token.

use contracts::UserId;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Actor<'a> {
    /// A member, of themselves or (an admin) of others.
    Member(UserId),
    /// Somebody with a shell: `auth grant`, `auth erase`, `auth import`, `auth keys`.
    Operator,
    /// The service itself, by this rule.
    Rule(&'a str),
}

impl Actor<'_> {
    /// The kind of actor, and which one of it.
    pub(crate) fn parts(self) -> (&'static str, String) {
        match self {
            Actor::Member(id) => ("member", id.to_string()),
            Actor::Operator => ("operator", "shell".to_owned()),
            Actor::Rule(name) => ("rule", name.to_owned()),
        }
    }
}

/// What was done, and what there is to say of it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action<'a> {
    PasswordChanged,
    MemberImported,
    MemberCreated,
    MemberChanged,
    RoleGranted {
        role: &'a str,
    },
    RoleRevoked {
        role: &'a str,
    },
    RoleTaken {
        role: &'a str,
    },
    MemberErased,
    /// Somebody has seen to the account there.
    ErasedAtCognito,
    MemberExported,
    PasswordReset,
    EmailVerified,
    /// A member signs in with an account at this issuer from now on.
    IdentityLinked {
        issuer: &'a str,
    },
    /// The key will sign, or does.
    KeyRotated,
    KeyRevoked,
    SessionReplayed {
        session_id: Uuid,
    },
}

impl Action<'_> {
    /// Its name in the log, and its details.
    pub(crate) fn parts(self) -> (&'static str, Value) {
        match self {
            Action::PasswordChanged => ("password.changed", json!({})),
            Action::MemberImported => ("member.imported", json!({})),
            Action::MemberCreated => ("member.created", json!({})),
            Action::MemberChanged => ("member.changed", json!({})),
            Action::RoleGranted { role } => ("role.granted", json!({"role": role})),
            Action::RoleRevoked { role } => ("role.revoked", json!({"role": role})),
            Action::RoleTaken { role } => ("role.taken", json!({"role": role})),
            Action::MemberErased => ("member.erased", json!({})),
            Action::ErasedAtCognito => ("member.erased_at_cognito", json!({})),
            Action::MemberExported => ("member.exported", json!({})),
            Action::PasswordReset => ("password.reset", json!({})),
            Action::EmailVerified => ("email.verified", json!({})),
            Action::IdentityLinked { issuer } => ("identity.linked", json!({"issuer": issuer})),
            Action::KeyRotated => ("key.rotated", json!({})),
            Action::KeyRevoked => ("key.revoked", json!({})),
            Action::SessionReplayed { session_id } => {
                ("session.replayed", json!({"session_id": session_id}))
            }
        }
    }
}

/// What was noted.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) id: Uuid,
    pub(crate) at: Timestamp,
    pub(crate) actor_kind: String,
    pub(crate) actor: String,
    pub(crate) action: String,
    pub(crate) subject: String,
    pub(crate) detail: Value,
}

/// A search among it; what is none does not narrow it.
#[derive(Clone, Debug)]
pub(crate) struct Search {
    pub(crate) subject: Option<String>,
    pub(crate) actor: Option<String>,
    pub(crate) action: Option<String>,
    /// The last entry of the page before.
    pub(crate) after: Option<Uuid>,
}

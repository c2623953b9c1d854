//! What is remembered of who did what: ids and words of ours, never a name, an address or a token.

use contracts::UserId;
use serde_json::{Value, json};

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Actor<'a> {
    /// A member, of themselves or (an admin) of others.
    Member(UserId),
    /// Somebody with a shell: `auth grant`, `auth erase`.
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
    RoleGranted { role: &'a str },
    MemberErased,
    MemberExported,
    PasswordReset,
    EmailVerified,
    SessionReplayed { session_id: uuid::Uuid },
}

impl Action<'_> {
    /// Its name in the log, and its details.
    pub(crate) fn parts(self) -> (&'static str, Value) {
        match self {
            Action::PasswordChanged => ("password.changed", json!({})),
            Action::RoleGranted { role } => ("role.granted", json!({"role": role})),
            Action::MemberErased => ("member.erased", json!({})),
            Action::MemberExported => ("member.exported", json!({})),
            Action::PasswordReset => ("password.reset", json!({})),
            Action::EmailVerified => ("email.verified", json!({})),
            Action::SessionReplayed { session_id } => {
                ("session.replayed", json!({"session_id": session_id}))
            }
        }
    }
}

//! Members who come from another system.

use super::users::User;

/// Somebody who was a member elsewhere, as they will be one here.
pub(crate) struct Newcomer {
    pub(crate) user: User,
    /// As it was made elsewhere; none for who never had a password.
    pub(crate) password_hash: Option<String>,
    /// Who they are to Cognito, where it knows them.
    pub(crate) cognito_sub: Option<String>,
}

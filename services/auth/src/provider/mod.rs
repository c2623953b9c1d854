//! Who holds members' passwords: we do (`own`), or a user pool of Amazon Cognito does (`cognito`).

pub(crate) mod cognito;
mod own;

pub(crate) use own::{Account, OwnAccounts};

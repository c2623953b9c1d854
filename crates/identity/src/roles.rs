//! What a member may be besides a member: `admin` and its like.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

const MOST: usize = 32;
const LONGEST: usize = 64;

/// A small sorted set of role names, cheap to clone.
///
/// Names are ASCII without spaces and commas, at most 64 bytes, at most 32 of them: they travel in a header. A
/// foreign issuer's group that is none of this gives no role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<String>")]
pub struct Roles(Arc<[Box<str>]>);

impl Roles {
    /// Whether this role is among them.
    pub fn has(&self, role: &str) -> bool {
        self.0.iter().any(|held| **held == *role)
    }

    /// Every role, sorted.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|role| &**role)
    }
}

impl<S: AsRef<str>> FromIterator<S> for Roles {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        let mut roles: Vec<Box<str>> = names
            .into_iter()
            .filter(|name| can_travel(name.as_ref()))
            .map(|name| name.as_ref().into())
            .collect();
        roles.sort_unstable();
        roles.dedup();
        roles.truncate(MOST);
        Roles(roles.into())
    }
}

impl From<Vec<String>> for Roles {
    fn from(names: Vec<String>) -> Self {
        names.into_iter().collect()
    }
}

fn can_travel(name: &str) -> bool {
    (1..=LONGEST).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
}

/// As `X-User-Roles` carries them: `admin,coach`.
impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, role) in self.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{role}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_can_travel_in_a_header_become_roles() {
        let roles: Roles = ["coach", "admin", "admin", "", "a,b", "two words", "관리자", "x\r\ny"]
            .into_iter()
            .collect();
        assert_eq!(roles.to_string(), "admin,coach");
        assert!(roles.has("admin") && !roles.has("adm") && !roles.has("a"));
    }

    #[test]
    fn a_crowd_of_roles_is_cut() {
        let roles: Roles = (0..1000).map(|n| format!("role-{n:04}")).collect();
        assert_eq!(roles.iter().count(), MOST);
    }
}

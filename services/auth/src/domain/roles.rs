//! What members may be besides members. Roles are rows; only what the rules mean is here.

/// The role of everybody.
pub(crate) const MEMBER: &str = "member";
/// The role of those who look after members. Once there is one, there is always one.
pub(crate) const ADMIN: &str = "admin";

/// A role that can be held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Role {
    pub(crate) name: String,
    /// Who holds this other role may take it themselves; none where admins alone grant it.
    pub(crate) open_to: Option<String>,
}

impl Role {
    /// Whether somebody with these roles may take it themselves.
    pub(crate) fn is_open_to(&self, held: &[String]) -> bool {
        self.open_to.as_ref().is_some_and(|needed| held.contains(needed))
    }
}

/// The roles of one list that are not in another.
pub(crate) fn beyond<'a>(roles: &'a [String], others: &[String]) -> Vec<&'a str> {
    roles.iter().filter(|role| !others.contains(role)).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_open_to_who_holds_what_it_asks_for() {
        let role = |open_to: Option<&str>| Role {
            name: "artist".to_owned(),
            open_to: open_to.map(str::to_owned),
        };
        let held = ["member", "mentor"].map(str::to_owned);
        assert!(role(Some("mentor")).is_open_to(&held));
        assert!(!role(Some("doctor")).is_open_to(&held));
        assert!(!role(None).is_open_to(&held), "admins alone grant it");
        assert!(!role(Some("member")).is_open_to(&[]));
    }
}

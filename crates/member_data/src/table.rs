//! A table that holds something of members.

/// A table of the service's own schema, which rows of it are a member's, and what becomes of them. All of it is SQL that
/// the service wrote, nothing of it comes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name, in the archive too.
    pub name: &'static str,
    /// Which rows of the table, called `t`, are those of the member `$1`.
    pub(crate) whose: &'static str,
    /// With the member its primary key: what tells the rows of one member apart, and their order.
    pub(crate) key: &'static [&'static str],
    /// Columns that are not told.
    pub(crate) secret: &'static [&'static str],
    pub(crate) exported: bool,
    pub(crate) erased: bool,
}

impl Table {
    /// A table whose rows name their member in `user_id`; `key` is what its primary key has besides.
    pub const fn new(name: &'static str, key: &'static [&'static str]) -> Self {
        let whose = "t.user_id = $1";
        Table { name, whose, key, secret: &[], exported: true, erased: true }
    }

    /// A row is the member's where this holds: SQL over `t` and the id `$1`.
    #[must_use]
    pub const fn whose(self, condition: &'static str) -> Self {
        Table { whose: condition, ..self }
    }

    /// Columns that nobody is told, the member neither.
    #[must_use]
    pub const fn without(self, secret: &'static [&'static str]) -> Self {
        Table { secret, ..self }
    }

    /// Is erased and not told: what it holds stands elsewhere already.
    #[must_use]
    pub const fn only_erased(self) -> Self {
        Table { exported: false, ..self }
    }

    /// Is told and outlives the member.
    #[must_use]
    pub const fn only_exported(self) -> Self {
        Table { erased: false, ..self }
    }
}

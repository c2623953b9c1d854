//! Statements of a fixed text, prepared once where Diesel would prepare them at every call.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};

/// A statement whose text is always the same: prepared once for each connection, under the type `Name`.
///
/// Diesel keeps no prepared UPDATE, ON CONFLICT or `sql_query`, since the text may follow from the values (an `Option` that
/// is left out, a number of rows). Preparing costs a round trip and a plan at each call. Give every statement a name of its own,
/// and no statement whose text follows from its values.
///
/// ```
/// # diesel::table! { quests (id) { id -> Integer, status -> Text } }
/// # use diesel::prelude::*;
/// enum Finish {}
/// let statement = pg::fixed::<Finish, _>(diesel::update(quests::table.find(1)).set(quests::status.eq("done")));
/// ```
pub fn fixed<Name: 'static, Q>(query: Q) -> Fixed<Name, Q> {
    Fixed { query, name: PhantomData }
}

/// See [`fixed`].
#[derive(Debug)]
pub struct Fixed<Name, Q> {
    query: Q,
    name: PhantomData<fn() -> Name>,
}

impl<Name: 'static, Q> QueryId for Fixed<Name, Q> {
    type QueryId = Fixed<Name, ()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Name, Q: Query> Query for Fixed<Name, Q> {
    type SqlType = Q::SqlType;
}

impl<Name, Q: QueryFragment<Pg>> QueryFragment<Pg> for Fixed<Name, Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.query.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(true)
    }
}

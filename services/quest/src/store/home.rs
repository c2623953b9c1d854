//! Home in one statement.

use contracts::UserId;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Date as SqlDate, Json as SqlJson, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use pg::{Connection, Json};
use uuid::Uuid;

use super::calendars::EraRow;
use super::member_days::MemberDayRow;
use super::pauses::PauseRow;
use super::quests::{QuestRow, quests};
use crate::domain::day::{Calendar, Era};
use crate::domain::home::Home;
use crate::domain::member_days::MemberDay;
use crate::domain::pauses::Pause;

/// The statement with its one value. A type of its own and not `sql_query`: so it is prepared once for each connection.
#[derive(Debug, QueryId)]
struct HomeOf {
    user_id: Uuid,
}

impl QueryFragment<Pg> for HomeOf {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(include_str!("home.sql"));
        out.push_bind_param::<SqlUuid, _>(&self.user_id)
    }
}

impl Query for HomeOf {
    type SqlType = (
        Nullable<Text>,
        Nullable<Text>,
        Nullable<Text>,
        Nullable<SqlDate>,
        SqlJson,
        Nullable<SqlJson>,
        SqlJson,
        Nullable<SqlJson>,
    );
}

type Row = (
    Option<String>,
    Option<String>,
    Option<String>,
    Option<jiff_diesel::Date>,
    Json<Vec<EraRow>>,
    Option<Json<MemberDayRow>>,
    Json<Vec<QuestRow>>,
    Option<Json<PauseRow>>,
);

/// The member's home; none before they were first heard of.
pub(crate) async fn find(mut conn: &Connection, user_id: UserId) -> QueryResult<Option<Home>> {
    let home = HomeOf { user_id: user_id.0 };
    let row: Option<Row> = home.get_result(&mut conn).await.optional()?;
    let Some((name, locale, character_key, self_check_on, eras, day, given, pause)) = row else {
        return Ok(None);
    };
    let eras: Vec<Era> = eras.0.into_iter().rev().map(Era::from).collect();
    let Some(calendar) = Calendar::of(eras) else {
        return Ok(None);
    };
    Ok(Some(Home {
        name,
        locale,
        character_key,
        self_check_on: self_check_on.map(|date| date.to_jiff()),
        calendar,
        day: day.map(|Json(day)| MemberDay::from(day)),
        quests: quests(given.0)?,
        pause: pause.map(|Json(pause)| Pause::from(pause)),
    }))
}

//! `self_check_entries`.

use contracts::UserId;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Bool, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::{Connection, from_key};

use crate::domain::preferences::{Activity, Pace, Social, Told};
use crate::domain::self_checks::{PerItem, SelfCheck};
use crate::schema::self_check_entries::dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::self_check_entries)]
struct SelfCheckRow {
    #[diesel(deserialize_as = jiff_diesel::Date)]
    date: Date,
    mood: i16,
    energy: i16,
    stress: i16,
    sleep: i16,
    focus: i16,
    relationships: i16,
    sleep_hours: Option<f64>,
    note: Option<String>,
    activity: Option<String>,
    social: Option<String>,
    pace: Option<String>,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    updated_at: Timestamp,
}

impl TryFrom<SelfCheckRow> for SelfCheck {
    type Error = Error;

    fn try_from(row: SelfCheckRow) -> QueryResult<Self> {
        Ok(SelfCheck {
            date: row.date,
            ratings: PerItem {
                mood: row.mood,
                energy: row.energy,
                stress: row.stress,
                sleep: row.sleep,
                focus: row.focus,
                relationships: row.relationships,
            },
            sleep_hours: row.sleep_hours,
            note: row.note,
            told: told(row.activity.as_deref(), row.social.as_deref(), row.pace.as_deref())?,
            updated_at: row.updated_at,
        })
    }
}

/// Keeps a day's entry, in the place of the one that was there; true when there was none.
pub(crate) async fn upsert(
    conn: &mut Connection,
    user_id: UserId,
    entry: &SelfCheck,
) -> QueryResult<bool> {
    let PerItem { mood, energy, stress, sleep, focus, relationships } = entry.ratings;
    let told = entry.told;
    let updated_at = entry.updated_at.to_diesel();
    let row = (
        dsl::mood.eq(mood),
        dsl::energy.eq(energy),
        dsl::stress.eq(stress),
        dsl::sleep.eq(sleep),
        dsl::focus.eq(focus),
        dsl::relationships.eq(relationships),
        dsl::sleep_hours.eq(entry.sleep_hours),
        dsl::note.eq(entry.note.as_deref()),
        dsl::activity.eq(told.activity.map(Activity::key)),
        dsl::social.eq(told.social.map(Social::key)),
        dsl::pace.eq(told.pace.map(Pace::key)),
        dsl::updated_at.eq(updated_at),
    );
    let key = (dsl::user_id.eq(user_id.0), dsl::date.eq(entry.date.to_diesel()));
    diesel::insert_into(dsl::self_check_entries)
        .values((key, row, dsl::created_at.eq(updated_at)))
        .on_conflict((dsl::user_id, dsl::date))
        .do_update()
        .set(row)
        // A row that was never updated has no xmax.
        .returning(sql::<Bool>("xmax = 0"))
        .get_result(conn)
        .await
}

/// The member's entries from a date on, oldest first.
pub(crate) async fn list_since(
    conn: &mut Connection,
    user_id: UserId,
    from: Date,
) -> QueryResult<Vec<SelfCheck>> {
    let rows: Vec<SelfCheckRow> = dsl::self_check_entries
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::date.ge(from.to_diesel()))
        .select(SelfCheckRow::as_select())
        .order(dsl::date)
        .load(conn)
        .await?;
    rows.into_iter().map(SelfCheck::try_from).collect()
}

/// The preferences the member has told last, each of its own. Not by date: who flies west may tell an earlier one later.
pub(crate) async fn find_told(mut conn: &Connection, user_id: UserId) -> QueryResult<Told> {
    #[derive(QueryableByName)]
    struct ToldRow {
        #[diesel(sql_type = Nullable<Text>)]
        activity: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        social: Option<String>,
        #[diesel(sql_type = Nullable<Text>)]
        pace: Option<String>,
    }
    enum FindTold {}
    let query = diesel::sql_query(
        "SELECT (array_agg(activity ORDER BY updated_at DESC) FILTER (WHERE activity IS NOT NULL))[1] AS activity, \
         (array_agg(social ORDER BY updated_at DESC) FILTER (WHERE social IS NOT NULL))[1] AS social, \
         (array_agg(pace ORDER BY updated_at DESC) FILTER (WHERE pace IS NOT NULL))[1] AS pace \
         FROM self_check_entries WHERE user_id = $1",
    )
    .bind::<SqlUuid, _>(user_id.0);
    let row: ToldRow = pg::fixed::<FindTold, _>(query).get_result(&mut conn).await?;
    told(row.activity.as_deref(), row.social.as_deref(), row.pace.as_deref())
}

fn told(activity: Option<&str>, social: Option<&str>, pace: Option<&str>) -> QueryResult<Told> {
    Ok(Told {
        activity: activity.map(from_key).transpose()?,
        social: social.map(from_key).transpose()?,
        pace: pace.map(from_key).transpose()?,
    })
}

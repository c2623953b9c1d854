//! `analysis_results`: written once, never changed.

use contracts::{PerTrait, UserId};
use diesel::prelude::*;
use diesel::result::Error;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use pg::{Connection, Json};
use uuid::Uuid;

use super::sessions::instrument;
use crate::domain::characters::{Choice, Likeness};
use crate::domain::preferences::Preferences;
use crate::domain::quality::Flag;
use crate::domain::results::{AnalysisResult, Outcome};
use crate::domain::scoring::TraitScore;
use crate::schema::analysis_results::dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = crate::schema::analysis_results, check_for_backend(diesel::pg::Pg))]
pub(super) struct AnalysisResultRow {
    user_id: Uuid,
    id: Uuid,
    session_id: Uuid,
    instrument: String,
    instrument_version: i32,
    scorer_version: i32,
    norm_set: String,
    characters_version: i32,
    seconds_per_item: Option<f64>,
    previous_character: Option<String>,
    traits: Json<PerTrait<TraitScore>>,
    character_key: String,
    likeness: Option<Json<Likeness>>,
    preferences: Json<Preferences>,
    quality: Json<Vec<Flag>>,
    #[diesel(deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
}

impl TryFrom<AnalysisResultRow> for AnalysisResult {
    type Error = Error;

    fn try_from(row: AnalysisResultRow) -> QueryResult<Self> {
        let choice = Choice {
            character_key: row.character_key,
            likeness: row.likeness.map(|likeness| likeness.0),
        };
        let outcome = Outcome {
            traits: row.traits.0,
            choice,
            preferences: row.preferences.0,
            quality: row.quality.0,
        };
        Ok(AnalysisResult {
            id: row.id,
            session_id: row.session_id,
            instrument: instrument(&row.instrument)?,
            instrument_version: row.instrument_version,
            scorer_version: row.scorer_version,
            norm_set: row.norm_set,
            characters_version: row.characters_version,
            seconds_per_item: row.seconds_per_item,
            previous_character: row.previous_character,
            outcome,
            created_at: row.created_at,
        })
    }
}

/// Keeps a result.
pub(crate) async fn insert(
    mut conn: &Connection,
    user_id: UserId,
    result: &AnalysisResult,
) -> QueryResult<()> {
    let Outcome { traits, choice, preferences, quality } = result.outcome.clone();
    diesel::insert_into(dsl::analysis_results)
        .values((
            dsl::user_id.eq(user_id.0),
            dsl::id.eq(result.id),
            dsl::session_id.eq(result.session_id),
            dsl::instrument.eq(result.instrument.key()),
            dsl::instrument_version.eq(result.instrument_version),
            dsl::scorer_version.eq(result.scorer_version),
            dsl::norm_set.eq(&result.norm_set),
            dsl::characters_version.eq(result.characters_version),
            dsl::seconds_per_item.eq(result.seconds_per_item),
            dsl::previous_character.eq(result.previous_character.as_deref()),
            dsl::traits.eq(Json(traits)),
            dsl::character_key.eq(choice.character_key),
            dsl::likeness.eq(choice.likeness.map(Json)),
            dsl::preferences.eq(Json(preferences)),
            dsl::quality.eq(Json(quality)),
            dsl::created_at.eq(result.created_at.to_diesel()),
        ))
        .execute(&mut conn)
        .await
        .map(drop)
}

/// The member's result.
pub(crate) async fn find(
    conn: &mut Connection,
    user_id: UserId,
    id: Uuid,
) -> QueryResult<Option<AnalysisResult>> {
    let row: Option<AnalysisResultRow> = dsl::analysis_results
        .find((user_id.0, id))
        .select(AnalysisResultRow::as_select())
        .first(conn)
        .await
        .optional()?;
    row.map(AnalysisResult::try_from).transpose()
}

/// The member's newest result.
pub(crate) async fn find_latest(
    conn: &Connection,
    user_id: UserId,
) -> QueryResult<Option<AnalysisResult>> {
    list(conn, user_id, None, 1).await.map(|results| results.into_iter().next())
}

/// The member's results, newest first, from the first one that is older than `before`.
pub(crate) async fn list(
    mut conn: &Connection,
    user_id: UserId,
    before: Option<Timestamp>,
    limit: i64,
) -> QueryResult<Vec<AnalysisResult>> {
    // One text for every page, so that it is prepared once.
    let before = before.unwrap_or(Timestamp::MAX).to_diesel();
    let rows: Vec<AnalysisResultRow> = dsl::analysis_results
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::created_at.lt(before))
        .select(AnalysisResultRow::as_select())
        .order(dsl::created_at.desc())
        .limit(limit)
        .load(&mut conn)
        .await?;
    rows.into_iter().map(AnalysisResult::try_from).collect()
}

/// What holds for each member after `after`, by member.
pub(crate) async fn list_holding(
    conn: &mut Connection,
    after: Option<UserId>,
    limit: i64,
) -> QueryResult<Vec<(UserId, AnalysisResult)>> {
    let rows: Vec<AnalysisResultRow> = dsl::analysis_results
        .filter(dsl::user_id.gt(after.map_or(Uuid::nil(), |user_id| user_id.0)))
        .distinct_on(dsl::user_id)
        .select(AnalysisResultRow::as_select())
        .order((dsl::user_id, dsl::created_at.desc()))
        .limit(limit)
        .load(conn)
        .await?;
    rows.into_iter().map(|row| Ok((UserId(row.user_id), row.try_into()?))).collect()
}

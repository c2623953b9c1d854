//! `offers`: what a day's quests were chosen from.

use contracts::UserId;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::Connection;

use super::json::Json;
use crate::domain::selection::{Offer, RULES_VERSION};
use crate::schema::offers::dsl;

/// Keeps an offer.
pub(crate) async fn insert(
    conn: &mut Connection,
    user_id: UserId,
    date: Date,
    now: Timestamp,
    library_version: i64,
    offer: &Offer,
) -> QueryResult<()> {
    let Offer { picks, candidates, basis } = offer;
    let code = |code: &String| Some(code.clone());
    let single = |value: f64| Some(value as f32);
    let by_slot = (0..picks.len()).flat_map(|slot| {
        candidates.iter().map(move |candidate| single(candidate.propensity[slot]))
    });
    diesel::insert_into(dsl::offers)
        .values((
            dsl::user_id.eq(user_id.0),
            dsl::date.eq(date.to_diesel()),
            dsl::given_at.eq(now.to_diesel()),
            dsl::rules_version.eq(RULES_VERSION),
            dsl::library_version.eq(library_version),
            dsl::basis.eq(Json(*basis)),
            dsl::picked.eq(picks.iter().map(|pick| code(&pick.template.code)).collect::<Vec<_>>()),
            dsl::random.eq(picks.iter().map(|pick| Some(pick.random)).collect::<Vec<_>>()),
            dsl::candidates.eq(candidates.iter().map(|one| code(&one.code)).collect::<Vec<_>>()),
            dsl::scores.eq(candidates.iter().map(|one| single(one.score)).collect::<Vec<_>>()),
            dsl::parts
                .eq(candidates.iter().flat_map(|one| one.parts.map(single)).collect::<Vec<_>>()),
            dsl::propensities.eq(by_slot.collect::<Vec<_>>()),
        ))
        .execute(conn)
        .await
        .map(drop)
}

//! `offers`: what a day's quests were chosen from; twice where a day was chosen again.

use contracts::UserId;
use diesel::dsl::exists;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff_diesel::ToDiesel;
use pg::{Connection, Json};

use crate::domain::selection::{Offer, RULES_VERSION};
use crate::schema::offers::dsl;

/// The choice after one that was superseded; there is no third.
const AGAIN: i16 = 2;

/// Marks the offer of a date as superseded; false where it is a second choice already. Its outcome is nobody's.
pub(crate) async fn supersede(
    conn: &mut Connection,
    user_id: UserId,
    date: Date,
    now: Timestamp,
) -> QueryResult<bool> {
    let current = dsl::offers
        .filter(dsl::user_id.eq(user_id.0))
        .filter(dsl::date.eq(date.to_diesel()))
        .filter(dsl::superseded_at.is_null())
        .filter(dsl::choice.ne(AGAIN));
    let superseded = diesel::update(current)
        .set((dsl::superseded_at.eq(now.to_diesel()), dsl::counted.eq(true)))
        .execute(conn)
        .await?;
    Ok(superseded > 0)
}

/// Keeps an offer; the second of a date where the first was superseded.
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
    let of_day =
        dsl::offers.filter(dsl::user_id.eq(user_id.0)).filter(dsl::date.eq(date.to_diesel()));
    let is_second: bool = diesel::select(exists(of_day)).get_result(conn).await?;
    diesel::insert_into(dsl::offers)
        .values((
            dsl::user_id.eq(user_id.0),
            dsl::date.eq(date.to_diesel()),
            dsl::choice.eq(if is_second { AGAIN } else { 1 }),
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

//! Picks a day's quests from what was scored: the best by maximal marginal relevance, one of a category, and one slot in
//! ten at random.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use contracts::UserId;
use contracts::quest_templates::QuestTemplate;

use super::eligibility::{Limits, Obstacle};
use super::reason;
use super::score::Scored;
use super::{Basis, Candidate, Offer, Pick, QUESTS_A_DAY, RULES_VERSION, Situation};
use crate::domain::day::day_before;

/// How much relevance counts against variety (domain.md, "Quests").
const LAMBDA: f64 = 0.7;

/// The share of slots drawn at random (domain.md, "Quests").
const RANDOM_SHARE: f64 = 0.1;

/// What category, trait and direction count in likeness (domain.md names the three; the weights are ours).
const LIKENESS: [f64; 3] = [0.4, 0.4, 0.2];

/// The likeness of a quest to the day before, when that had one of its category. Ours: days in a row are varied
/// too, unless there is a good reason.
const LIKENESS_TO_THE_DAY_BEFORE: f64 = 0.2;

/// Picks, slot by slot.
pub(super) fn draw(situation: &Situation<'_>, limits: &Limits<'_>, scored: &[Scored<'_>]) -> Offer {
    let seed = Seed {
        user_id: situation.member.user_id,
        date: situation.date,
        library: situation.library.version,
    };
    let date_before = day_before(situation.date);
    let yesterday = situation.past.iter().filter(|quest| quest.date == date_before);
    let yesterday = yesterday.map(|quest| quest.category.as_str()).collect::<Vec<_>>();
    let mut picked: Vec<usize> = Vec::new();
    let mut picks = Vec::new();
    let mut propensity = vec![Vec::new(); scored.len()];
    let mut overlooked = None;
    for slot in 0..QUESTS_A_DAY {
        let (obstacle, pool) = pool(scored, &picked);
        let Some(best) = best(scored, &pool, &picked, &yesterday) else {
            break;
        };
        let random = seed.fraction("random", slot) < RANDOM_SHARE;
        let pick = if random { seed.one_of(&pool, slot).unwrap_or(best) } else { best };
        for (candidate, chances) in propensity.iter_mut().enumerate() {
            chances.push(chance(candidate, best, &pool));
        }
        let reason = if random {
            reason::Reason::Random
        } else {
            reason::what_decided(situation, limits, &scored[pick], scored, picks.is_empty())
        };
        picks.push(Pick { template: scored[pick].template.clone(), reason, random });
        picked.push(pick);
        overlooked = overlooked.max(obstacle);
    }
    let basis = Basis {
        rate: limits.rate,
        most_difficult: limits.most_difficult,
        easy_day: limits.easy_day,
        overlooked,
    };
    Offer { picks, candidates: kept(scored, propensity), basis }
}

/// How likely a candidate is picked for a slot of this pool and this best.
fn chance(candidate: usize, best: usize, pool: &[usize]) -> f64 {
    let by_rank = if candidate == best { 1.0 - RANDOM_SHARE } else { 0.0 };
    let is_in = pool.contains(&candidate);
    by_rank + if is_in { RANDOM_SHARE / pool.len() as f64 } else { 0.0 }
}

/// What can be picked next: all that share the smallest obstacle there is.
fn pool(scored: &[Scored<'_>], picked: &[usize]) -> (Option<Obstacle>, Vec<usize>) {
    let obstacle_now = |candidate: usize| {
        let template = scored[candidate].template;
        let taken =
            picked.iter().any(|other| scored[*other].template.category == template.category);
        scored[candidate].obstacle.max(taken.then_some(Obstacle::SameCategory))
    };
    let left = || (0..scored.len()).filter(|candidate| !picked.contains(candidate));
    let Some(smallest) = left().map(obstacle_now).min() else {
        return (None, Vec::new());
    };
    (smallest, left().filter(|candidate| obstacle_now(*candidate) == smallest).collect())
}

/// The candidate of maximal marginal relevance; the first by code among equals.
fn best(
    scored: &[Scored<'_>],
    pool: &[usize],
    picked: &[usize],
    yesterday: &[&str],
) -> Option<usize> {
    let relevance = |candidate: usize| {
        let template = scored[candidate].template;
        let again = yesterday.contains(&template.category.as_str());
        let likeness = picked
            .iter()
            .map(|other| likeness(template, scored[*other].template))
            .fold(if again { LIKENESS_TO_THE_DAY_BEFORE } else { 0.0 }, f64::max);
        LAMBDA * scored[candidate].score - (1.0 - LAMBDA) * likeness
    };
    // Of equal ones `max_by` takes the last: the pool is by code, so it is asked from behind.
    pool.iter().rev().copied().max_by(|a, b| relevance(*a).total_cmp(&relevance(*b)))
}

/// How alike two quests are, 0 to 1. A neutral one has no trait, and no direction in it, to share.
fn likeness(one: &QuestTemplate, other: &QuestTemplate) -> f64 {
    let have_traits = one.of.is_some() && other.of.is_some();
    let same = [
        one.category == other.category,
        have_traits && one.of == other.of,
        have_traits && one.direction == other.direction,
    ];
    LIKENESS.iter().zip(same).map(|(weight, same)| if same { *weight } else { 0.0 }).sum()
}

/// The candidates as they are kept: all that had a chance.
fn kept(scored: &[Scored<'_>], propensity: Vec<Vec<f64>>) -> Vec<Candidate> {
    let with_chance = scored.iter().zip(propensity);
    with_chance
        .filter(|(_, propensity)| propensity.iter().any(|share| *share > 0.0))
        .map(|(candidate, propensity)| Candidate {
            code: candidate.template.code.clone(),
            parts: candidate.parts,
            score: candidate.score,
            propensity,
        })
        .collect()
}

/// Where chance comes from.
struct Seed {
    user_id: UserId,
    date: Date,
    library: i64,
}

impl Seed {
    /// A number from 0 to below 1 for a purpose and a slot.
    fn fraction(&self, purpose: &str, slot: usize) -> f64 {
        let Seed { user_id, date, library } = self;
        let text = format!("{user_id}/{date}/{RULES_VERSION}/{library}/{purpose}/{slot}");
        let hash = Sha256::digest(text);
        let bits = hash.iter().take(8).fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of a pool, each as likely as the others.
    fn one_of(&self, pool: &[usize], slot: usize) -> Option<usize> {
        let place = (self.fraction("which", slot) * pool.len() as f64) as usize;
        pool.get(place).copied()
    }
}

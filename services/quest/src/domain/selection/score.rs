//! How well a template suits a member on a day: four parts from 0 to 1, and their weighted sum.

use std::collections::HashMap;

use contracts::events::{SelfCheckSubmitted, Topic};
use contracts::quest_templates::QuestTemplate;

use super::eligibility::{Limits, Obstacle};
use super::{Outcome, PastQuest, Situation};
use crate::domain::members::Member;
use crate::domain::quests::Status;

/// The weights of goal and trait match, topics, completion, context (domain.md, "Quests").
pub(super) const WEIGHTS: [f64; 4] = [0.35, 0.25, 0.25, 0.15];

/// A quest that speaks neither for nor against.
pub(super) const NEUTRAL: f64 = 0.5;

/// What the match of a quest beside the goal counts, in parts of what it counts without one. Ours.
const BESIDE_THE_GOAL: f64 = 0.5;

/// A strength of this many standard deviations above the neutral half is a full match. Ours: T = 70.
const FULL_STRENGTH_Z: f64 = 2.0;

/// The share of a member's writing at which a topic is a full match. Ours: a topic of many stays a weak sign.
const FULL_TOPIC_WEIGHT: f64 = 0.25;

/// What is known of completion before anything was given: Beta(1.5, 1) (domain.md, "Quests").
const PRIOR: (f64, f64) = (1.5, 1.0);

/// How much of the prior goes from done to missed for each step of difficulty above the middle. Ours: start easy.
const PRIOR_STEP: f64 = 0.3;

/// A member's own outcomes in a category count as much as the template's when there are so many. Ours: four days' worth, so that
/// one good day does not fill a week with one category.
const SHRINKAGE: f64 = 12.0;

/// What a need counts in the context; the stated preferences count the rest. Ours.
pub(super) const NEED_SHARE: f64 = 0.6;

/// The middle of the scale of the self-check, 0 to 10: there is a need on the wrong side of it.
const MIDDLE: f64 = 5.0;

/// A template that could be given, with its score.
#[derive(Debug)]
pub(super) struct Scored<'a> {
    pub(super) template: &'a QuestTemplate,
    pub(super) obstacle: Option<Obstacle>,
    pub(super) parts: [f64; 4],
    pub(super) score: f64,
    /// The member's own outcome in the category.
    pub(super) own: Outcome,
    /// The template's outcome with all members.
    pub(super) common: Outcome,
}

/// Scores all of the library that suits the member, by code.
pub(super) fn all<'a>(situation: &Situation<'a>, limits: &Limits<'_>) -> Vec<Scored<'a>> {
    let own = by_category(situation.past);
    let check = situation.member.check_for(situation.date);
    let library = situation.library.items.iter();
    let mut scored = Vec::with_capacity(library.len());
    for template in library.filter(|template| limits.suits(template)) {
        let own = own.get(template.category.as_str()).copied().unwrap_or_default();
        let common = situation.outcomes.get(&template.code).copied().unwrap_or_default();
        let parts = [
            match_of(template, situation.member),
            best_topic(template, &situation.member.topics)
                .map_or(0.0, |topic| (topic.weight / FULL_TOPIC_WEIGHT).min(1.0)),
            completion(template.difficulty, own, common),
            check.map_or(NEUTRAL, |check| {
                let need = greatest_need(template, check).map_or(0.0, |(_, need)| need);
                NEED_SHARE * need + (1.0 - NEED_SHARE) * fit(template, check)
            }),
        ];
        let score = WEIGHTS.iter().zip(parts).map(|(weight, part)| weight * part).sum();
        let obstacle = limits.obstacle(template);
        scored.push(Scored { template, obstacle, parts, score, own, common });
    }
    scored.sort_by(|a, b| a.template.code.cmp(&b.template.code));
    scored
}

/// How far a quest goes the member's way: their goal, else their strengths, else neither for nor against.
fn match_of(template: &QuestTemplate, member: &Member) -> f64 {
    let strength = template.of.zip(member.z.as_ref()).map_or(0.0, |(of, z)| z.get(of).max(0.0));
    let unasked = (NEUTRAL + NEUTRAL * strength / FULL_STRENGTH_Z).min(1.0);
    match member.goal {
        None => unasked,
        Some(goal) if template.of == Some(goal.of) => 1.0,
        Some(_) => BESIDE_THE_GOAL * unasked,
    }
}

/// The topic of a template that the member writes about most.
pub(super) fn best_topic<'a>(template: &QuestTemplate, topics: &'a [Topic]) -> Option<&'a Topic> {
    let shared = topics.iter().filter(|topic| template.topics.contains(&topic.topic));
    shared.max_by(|a, b| a.weight.total_cmp(&b.weight))
}

/// How likely the quest is completed: the mean of the member's Beta posterior in the category, shrunk to the mean of
/// the template's with all members.
fn completion(difficulty: i16, own: Outcome, common: Outcome) -> f64 {
    let harder = PRIOR_STEP * f64::from(difficulty - 2);
    let of_template = posterior_mean((PRIOR.0 - harder, PRIOR.1 + harder), common);
    let of_member = posterior_mean(PRIOR, own);
    let known = (own.done + own.missed) as f64;
    (known * of_member + SHRINKAGE * of_template) / (known + SHRINKAGE)
}

/// The mean of a Beta posterior.
fn posterior_mean((done, missed): (f64, f64), seen: Outcome) -> f64 {
    let done = done + seen.done as f64;
    done / (done + missed + seen.missed as f64)
}

/// The item of the self-check that a quest eases and that most needs easing, and how much, 0 to 1.
pub(super) fn greatest_need<'a>(
    template: &'a QuestTemplate,
    check: &SelfCheckSubmitted,
) -> Option<(&'a str, f64)> {
    let needs = template.helps.iter().filter_map(|item| {
        let low = |value: i16| MIDDLE - f64::from(value);
        let shortfall = match item.as_str() {
            "mood" => low(check.mood),
            "energy" => low(check.energy),
            "stress" => -low(check.stress),
            "sleep" => low(check.sleep),
            "focus" => low(check.focus),
            "relationships" => low(check.relationships),
            _ => return None,
        };
        (shortfall > 0.0).then_some((item.as_str(), (shortfall / MIDDLE).min(1.0)))
    });
    needs.max_by(|(_, a), (_, b)| a.total_cmp(b))
}

/// A preference that was stated, beside what a quest is like: which, what the member said, what the quest says.
pub(super) fn preferences<'a>(
    template: &'a QuestTemplate,
    check: &'a SelfCheckSubmitted,
) -> [(&'static str, Option<&'a str>, &'a str); 3] {
    [
        ("activity", check.activity.as_deref(), &template.activity),
        ("social", check.social.as_deref(), &template.social),
        ("pace", check.pace.as_deref(), &template.pace),
    ]
}

/// How well a quest fits what the member said they feel like, 0 to 1.
pub(super) fn fit(template: &QuestTemplate, check: &SelfCheckSubmitted) -> f64 {
    let open = |value: &str| matches!(value, "either" | "any");
    let fits = preferences(template, check).map(|(_, wish, is)| match wish {
        Some(wish) if wish == is && !open(is) => 1.0,
        Some(wish) if !open(wish) && !open(is) => 0.0,
        _ => NEUTRAL,
    });
    fits.iter().sum::<f64>() / fits.len() as f64
}

/// A member's outcomes by category.
fn by_category(past: &[PastQuest]) -> HashMap<&str, Outcome> {
    let mut outcomes = HashMap::<_, Outcome>::new();
    for quest in past {
        let outcome = outcomes.entry(quest.category.as_str()).or_default();
        match quest.status {
            Status::Completed => outcome.done += 1,
            Status::Open | Status::Skipped => outcome.missed += 1,
        }
    }
    outcomes
}

//! A small library and a member to choose for.

use contracts::events::{SelfCheckSubmitted, Topic};
use contracts::{Direction, PerTrait, Text, Trait, UserId};
use jiff::ToSpan;
use jiff::civil::date;
use uuid::Uuid;

use super::*;

pub(super) const TODAY: Date = date(2026, 3, 20);

pub(super) fn template(code: &str, category: &str, of: Option<Trait>) -> QuestTemplate {
    QuestTemplate {
        code: code.into(),
        version: 1,
        category: category.into(),
        of,
        direction: Direction::More,
        difficulty: 1,
        minutes: 5,
        helps: Vec::new(),
        topics: Vec::new(),
        activity: "either".into(),
        social: "any".into(),
        pace: "any".into(),
        evidence: "FT".into(),
        title: Text { ko: format!("{code} 하기"), en: format!("Do {code}") },
        cue: Text { ko: "집을 나서면".into(), en: "When you leave home".into() },
    }
}

/// Four of each of twelve categories, `a00` to `l03`: half of them for a trait each, half for anybody.
pub(super) fn library() -> QuestTemplates {
    let mut items = Vec::new();
    for (n, category) in ('a'..='l').enumerate() {
        let of = Trait::ALL.get(n).copied();
        for number in 0..4 {
            items.push(template(&format!("{category}{number:02}"), &category.to_string(), of));
        }
    }
    QuestTemplates { version: 1, items }
}

pub(super) fn member() -> Member {
    Member {
        user_id: UserId(Uuid::from_u128(7)),
        z: None,
        topics: Vec::new(),
        check: None,
        goal: None,
    }
}

pub(super) fn traits(of: Trait, value: f64) -> Option<PerTrait<f64>> {
    Some(PerTrait::from_fn(|other| if other == of { value } else { 0.0 }))
}

pub(super) fn topic(topic: &str, weight: f64) -> Topic {
    Topic { topic: topic.into(), weight, sources: Vec::new() }
}

/// A self-check in the middle of every scale.
pub(super) fn check(date: Date) -> SelfCheckSubmitted {
    SelfCheckSubmitted {
        user_id: member().user_id,
        date,
        mood: 5,
        energy: 5,
        stress: 5,
        sleep: 5,
        focus: 5,
        relationships: 5,
        activity: None,
        social: None,
        pace: None,
        low_mood: false,
    }
}

pub(super) fn given(code: &str, date: Date, status: Status) -> PastQuest {
    PastQuest { code: code.into(), category: code[..1].into(), date, status }
}

/// What is chosen today.
pub(super) fn choose(member: &Member, library: &QuestTemplates, past: &[PastQuest]) -> Offer {
    let outcomes = &Outcomes::new();
    Situation { member, date: TODAY, library, past, outcomes }.choose()
}

/// So many days before today.
pub(super) fn days_ago(days: i32) -> Date {
    TODAY.saturating_sub(days.days())
}

/// A member whose three slots today are all by rank, so that a test sees the rules and not chance.
pub(super) fn ranked(member: &Member) -> Member {
    (0..1_000)
        .map(|n| Member { user_id: UserId(Uuid::from_u128(n)), ..member.clone() })
        .find(|member| choose(member, &library(), &[]).picks.iter().all(|pick| !pick.random))
        .unwrap()
}

pub(super) fn codes(offer: &Offer) -> Vec<&str> {
    offer.picks.iter().map(|pick| pick.template.code.as_str()).collect()
}

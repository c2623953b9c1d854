//! Fortnights of made-up members with the library as it is, to be read by whoever changes rules or templates:
//! `cargo test -p quest fortnight -- --nocapture`.

use std::collections::{BTreeSet, HashSet};
use std::path::Path;

use contracts::events::SelfCheckSubmitted;
use contracts::{Direction, Lang, PerTrait, Trait, UserId};
use jiff::ToSpan;
use serde::Deserialize;
use uuid::Uuid;

use super::fixtures::{TODAY, check, member, topic};
use super::*;
use crate::domain::goals::Goal;
use crate::domain::texts::Texts;

const DAYS: i32 = 14;

/// The catalog's data file: the only thing here that knows where it lies, and only in tests.
fn library() -> QuestTemplates {
    #[derive(Deserialize)]
    struct File {
        version: i64,
        template: Vec<QuestTemplate>,
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog/data/quest-templates.toml");
    let file = std::fs::read_to_string(path).unwrap();
    let File { version, template } = toml::from_str(&file).unwrap();
    QuestTemplates { version, items: template }
}

/// Lives a fortnight: `mood_of_day` sets the day's self-check, easy quests are completed more often than others.
fn live(name: &str, mut member: Member, each_day: impl Fn(i32, &mut Member)) -> Vec<Offer> {
    let library = library();
    let texts = Texts::embedded().unwrap();
    let outcomes = Outcomes::new();
    let mut past = Vec::new();
    let mut offers = Vec::new();
    println!("\n== {name}");
    for day in 0..DAYS {
        let date = TODAY.saturating_add(day.days());
        each_day(day, &mut member);
        let situation = Situation {
            member: &member,
            date,
            library: &library,
            past: &past,
            outcomes: &outcomes,
        };
        let offer = situation.choose();
        println!("{date}  up to {}  rate {:.2}", offer.basis.most_difficult, offer.basis.rate);
        let mut given = Vec::new();
        for (slot, pick) in offer.picks.iter().enumerate() {
            let QuestTemplate { code, category, difficulty, title, .. } = &pick.template;
            let done = (day as usize * 7 + slot * 3) % 10 < 9 - 2 * *difficulty as usize;
            let mark = if done { "x" } else { "." };
            let reason = texts.reason(&pick.reason, Lang::Ko);
            println!("  [{mark}] {code} {category}/{difficulty} {} — {reason}", title.ko);
            let status = if done { Status::Completed } else { Status::Open };
            given.push(PastQuest { code: code.clone(), category: category.clone(), date, status });
        }
        past.extend(given);
        offers.push(offer);
    }
    offers
}

/// What has to be true of any fortnight.
fn assert_varied(offers: &[Offer]) {
    let all = offers.iter().flat_map(|offer| &offer.picks).collect::<Vec<_>>();
    assert_eq!(all.len(), 3 * DAYS as usize, "every day is full");
    assert!(offers.iter().all(|offer| offer.basis.overlooked.is_none()), "by the rules");
    let codes = all.iter().map(|pick| &pick.template.code).collect::<BTreeSet<_>>();
    assert!(codes.len() >= 24, "{} different quests", codes.len());
    let categories = all.iter().map(|pick| &pick.template.category).collect::<HashSet<_>>();
    assert!(categories.len() >= 6, "{} categories", categories.len());
}

#[test]
fn a_new_members_fortnight() {
    let offers = live("new member", member(), |_, _| ());
    assert_varied(&offers);
    assert!(offers[0].picks.iter().all(|pick| pick.template.difficulty <= 2));
}

#[test]
fn a_tired_members_fortnight() {
    let tired = Member { user_id: UserId(Uuid::from_u128(8)), ..member() };
    let offers = live("tired member, every other day", tired, |day, member| {
        let mut today = check(TODAY.saturating_add(day.days()));
        if day % 2 == 0 {
            (today.energy, today.sleep, today.stress) = (2, 1, 7);
        }
        member.check = Some(today);
    });
    assert_varied(&offers);
    let tired_days = offers.iter().step_by(2).flat_map(|offer| &offer.picks);
    assert!(tired_days.clone().all(|pick| pick.template.difficulty == 1));
    let eased = tired_days.filter(|pick| {
        ["energy", "sleep", "stress"]
            .iter()
            .any(|need| pick.template.helps.contains(&(*need).into()))
    });
    assert!(eased.count() >= 14, "most of them ease what is missing");
}

#[test]
fn a_fortnight_with_a_goal() {
    let goal = Goal { of: Trait::Conscientiousness, direction: Direction::More };
    let mut z = PerTrait::from_fn(|_| 0.0);
    (z.conscientiousness, z.openness) = (-1.2, 1.1);
    let wishing = Member {
        user_id: UserId(Uuid::from_u128(9)),
        z: Some(z),
        goal: Some(goal),
        topics: vec![topic("books", 0.3), topic("music", 0.15), topic("food", 0.1)],
        ..member()
    };
    let offers = live("goal: more conscientious; strong in openness; books", wishing, |_, _| ());
    assert_varied(&offers);
    let towards = offers.iter().flat_map(|offer| &offer.picks);
    let towards = towards.filter(|pick| pick.template.of == Some(goal.of)).count();
    assert!((14..=30).contains(&towards), "{towards} of 42 lead to the goal");
}

#[test]
fn a_fortnight_of_strengths() {
    let mut z = PerTrait::from_fn(|_| 0.0);
    (z.extraversion, z.emotional_stability) = (1.4, -1.5);
    let sociable = Member { user_id: UserId(Uuid::from_u128(10)), z: Some(z), ..member() };
    let offers = live("sociable, easily shaken, no goal", sociable, |_, _| ());
    assert_varied(&offers);
    let of = |of| offers.iter().flat_map(|o| &o.picks).filter(move |p| p.template.of == Some(of));
    assert_eq!(of(Trait::EmotionalStability).count(), 0, "nobody is repaired unasked");
    assert!(of(Trait::Extraversion).count() >= 8);
}

/// Before the first test there are only neutral ones, and they are enough: each day of a fortnight has three, of three
/// categories and not too hard, even of somebody who completes them all. Easy days alone would take more neutral ones of
/// difficulty 1 than there are: towards their end something is given that was done earlier in the fortnight.
#[test]
fn a_fortnight_can_be_filled_by_neutral_quests_alone() {
    let library = library();
    for easy in [false, true] {
        for n in 0..20 {
            let mut member = Member { user_id: UserId(Uuid::from_u128(n)), ..member() };
            let mut past = Vec::new();
            for day in 0..DAYS {
                let date = TODAY.saturating_add(day.days());
                member.check = easy.then(|| SelfCheckSubmitted { energy: 2, ..check(date) });
                let offer = Situation {
                    member: &member,
                    date,
                    library: &library,
                    past: &past,
                    outcomes: &Outcomes::new(),
                }
                .choose();
                let picked = offer.picks.iter().map(|pick| &pick.template);
                assert!(picked.clone().all(|template| template.of.is_none()));
                assert_eq!(picked.clone().count(), 3);
                let most = easy.then_some(Obstacle::DoneLately);
                assert!(offer.basis.overlooked <= most, "{n}, day {day}: {:?}", offer.basis);
                past.extend(picked.map(|template| PastQuest {
                    code: template.code.clone(),
                    category: template.category.clone(),
                    date,
                    status: Status::Completed,
                }));
            }
        }
    }
}

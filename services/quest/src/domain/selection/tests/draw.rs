//! Variety, chance, and what is kept of it.

use std::collections::HashSet;

use contracts::{Direction, Trait, UserId};
use jiff::civil::date;
use uuid::Uuid;

use crate::domain::goals::Goal;
use crate::domain::selection::fixtures::*;
use crate::domain::selection::*;

#[test]
fn three_of_three_categories_the_same_every_time() {
    let offer = choose(&member(), &library(), &[]);
    let categories = offer.picks.iter().map(|pick| &pick.template.category).collect::<HashSet<_>>();
    assert_eq!((offer.picks.len(), categories.len()), (3, 3));
    assert_eq!(codes(&offer), codes(&choose(&member(), &library(), &[])));
}

#[test]
fn equal_ones_go_by_code() {
    let mut library = library();
    library.items.reverse();
    assert_eq!(codes(&choose(&ranked(&member()), &library, &[]))[0], "f00");
}

#[test]
fn neutral_ones_are_not_alike_in_trait_or_direction() {
    let mut library = library();
    library.items.retain(|t| ["a00", "g00", "h00"].contains(&t.code.as_str()));
    // A little less likely to be completed than the neutral ones, which are equals.
    library.items[0].difficulty = 2;
    let level = Member {
        z: traits(Trait::Openness, 0.0),
        goal: Some(Goal { of: Trait::Openness, direction: Direction::More }),
        ..member()
    };
    let offer = choose(&ranked(&level), &library, &[]);
    assert_eq!(codes(&offer), ["g00", "h00", "a00"]);
}

#[test]
fn one_slot_in_ten_is_random_and_marked() {
    let library = library();
    let (mut random, mut slots) = (0, 0);
    for n in 0..2_000 {
        let member = Member { user_id: UserId(Uuid::from_u128(n)), ..member() };
        let offer = choose(&member, &library, &[]);
        slots += offer.picks.len();
        random += offer.picks.iter().filter(|pick| pick.random).count();
        assert!(offer.picks.iter().all(|pick| pick.random == (pick.reason == Reason::Random)));
    }
    let share = random as f64 / slots as f64;
    assert!((0.085..0.115).contains(&share), "{share}"); // three standard errors about a tenth
}

#[test]
fn every_slot_has_a_whole_probability_and_the_pick_a_part_of_it() {
    for n in 0..200 {
        let member = Member { user_id: UserId(Uuid::from_u128(n)), ..member() };
        let offer = choose(&member, &library(), &[]);
        for (slot, pick) in offer.picks.iter().enumerate() {
            let whole: f64 = offer.candidates.iter().map(|c| c.propensity[slot]).sum();
            assert!((whole - 1.0).abs() < 1e-9);
            let picked = offer.candidates.iter().find(|c| c.code == pick.template.code).unwrap();
            let expected = if pick.random { 0.0 } else { 0.9 };
            assert!(picked.propensity[slot] > expected);
        }
    }
}

#[test]
fn the_seed_is_the_member_the_date_and_the_version() {
    let library = library();
    let random_slots = |user: u128, date, version| {
        let member = Member { user_id: UserId(Uuid::from_u128(user)), ..member() };
        let library = QuestTemplates { version, ..library.clone() };
        let outcomes = &Outcomes::new();
        let offer = Situation { member: &member, date, library: &library, past: &[], outcomes };
        offer.choose().picks.iter().map(|pick| pick.random).collect::<Vec<_>>()
    };
    let by_member = (0..40).map(|n| random_slots(n, TODAY, 1)).collect::<HashSet<_>>();
    let by_date = (1..31).map(|day| random_slots(1, date(2026, 5, day), 1)).collect::<HashSet<_>>();
    let by_version = (0..40).map(|n| random_slots(1, TODAY, n)).collect::<HashSet<_>>();
    for seen in [by_member, by_date, by_version] {
        assert!(seen.len() > 1);
    }
}

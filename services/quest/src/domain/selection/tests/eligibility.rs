//! What may be given.

use std::collections::BTreeSet;

use contracts::{Direction, Trait};

use crate::domain::goals::Goal;
use crate::domain::selection::fixtures::*;
use crate::domain::selection::*;

#[test]
fn what_was_done_rests_a_fortnight_what_was_given_four_days() {
    let chosen = |code, days, status| {
        let past = [given(code, days_ago(days), status)];
        let offer = choose(&member(), &library(), &past);
        offer.candidates.iter().any(|candidate| candidate.code == code)
    };
    assert!(!chosen("g00", 14, Status::Completed));
    assert!(chosen("g00", 15, Status::Completed));
    assert!(!chosen("g00", 4, Status::Skipped));
    assert!(!chosen("g00", 4, Status::Open));
    assert!(chosen("g00", 5, Status::Open));
}

#[test]
fn difficulty_follows_recent_completion() {
    let with = |done: usize, missed: usize| {
        let status = |n| {
            if n < done { Status::Completed } else { Status::Open }
        };
        let past = (0..done + missed).map(|n| given("z", days_ago(10), status(n)));
        choose(&member(), &library(), &past.collect::<Vec<_>>()).basis.most_difficult
    };
    assert_eq!(with(0, 0), 2, "a new member counts as one half");
    assert_eq!(with(5, 0), 2, "and is new for two days");
    assert_eq!(with(0, 6), 1);
    assert_eq!(with(2, 4), 1);
    assert_eq!(with(3, 3), 2);
    assert_eq!(with(5, 1), 2);
    assert_eq!(with(6, 0), 3);
}

#[test]
fn a_tired_or_low_member_has_an_easy_day() {
    let mut library = library();
    for template in &mut library.items {
        template.difficulty = if template.code.ends_with('0') { 1 } else { 2 };
    }
    let mut tired = check(TODAY);
    tired.energy = 3;
    let mut low = check(days_ago(1));
    low.low_mood = true;
    for check in [tired, low] {
        let offer = choose(&Member { check: Some(check), ..member() }, &library, &[]);
        assert!(offer.picks.iter().all(|pick| pick.template.difficulty == 1));
        let reasons = offer.picks.iter().filter(|pick| !pick.random).map(|pick| &pick.reason);
        assert!(reasons.clone().all(|reason| *reason == Reason::EasyDay), "{offer:?}");
    }
    let mut old = check(days_ago(2));
    old.energy = 0;
    let offer = choose(&Member { check: Some(old), ..member() }, &library, &[]);
    assert_eq!(offer.basis.most_difficult, 2, "the day before yesterday says nothing of today");
}

/// The candidates of a member, by category, with `a00` the one template for less of a trait.
fn candidates(member: &Member) -> BTreeSet<String> {
    let mut library = library();
    library.items[0].direction = Direction::Less; // a00: less extraversion
    let offer = choose(member, &library, &[]);
    let codes = offer.candidates.into_iter().map(|candidate| candidate.code);
    let names = codes.map(|code| if code == "a00" { code } else { code[..1].to_owned() });
    names.collect()
}

/// These, and the neutral ones.
fn are(expected: &[&str]) -> BTreeSet<String> {
    let neutral = &["f", "g", "h", "i", "j", "k", "l"];
    let all = neutral.iter().chain(expected);
    all.map(|name| (*name).to_owned()).collect()
}

#[test]
fn without_a_goal_only_strengths_are_practised() {
    assert_eq!(candidates(&member()), are(&[]), "before the first test");
    for (z, expected) in [(0.6, vec!["b"]), (0.5, vec![]), (-0.6, vec![])] {
        let member = Member { z: traits(Trait::Agreeableness, z), ..member() };
        assert_eq!(candidates(&member), are(&expected), "{z}");
    }
    let sociable = Member { z: traits(Trait::Extraversion, 2.0), ..member() };
    assert_eq!(candidates(&sociable), are(&["a"]), "never less, unasked");
}

#[test]
fn a_goal_is_followed_its_way_and_nothing_low_is_repaired_beside_it() {
    let goal = |direction| Some(Goal { of: Trait::Extraversion, direction });
    let untested = |direction| Member { goal: goal(direction), ..member() };
    assert_eq!(candidates(&untested(Direction::More)), are(&["a"]));
    assert_eq!(candidates(&untested(Direction::Less)), are(&["a00"]));
    for (z, expected) in [(-0.6, vec!["a", "c", "d", "e"]), (-0.5, vec!["a", "b", "c", "d", "e"])] {
        let member = Member { z: traits(Trait::Agreeableness, z), ..untested(Direction::More) };
        assert_eq!(candidates(&member), are(&expected), "{z}");
    }
    let shy = Member { z: traits(Trait::Extraversion, -2.0), ..untested(Direction::More) };
    assert_eq!(candidates(&shy), are(&["a", "b", "c", "d", "e"]));
}

#[test]
fn a_day_is_filled_by_overlooking_the_least() {
    // Everything was done a week ago: what rests longest is not looked for, all of it is only "done lately".
    let whole = library();
    let done = |days, status| {
        let all = whole.items.iter().map(|t| given(&t.code, days_ago(days), status));
        all.collect::<Vec<_>>()
    };
    let offer = choose(&member(), &whole, &done(7, Status::Completed));
    assert_eq!((offer.picks.len(), offer.basis.overlooked), (3, Some(Obstacle::DoneLately)));
    let offer = choose(&member(), &whole, &done(1, Status::Completed));
    assert_eq!((offer.picks.len(), offer.basis.overlooked), (3, Some(Obstacle::CoolingDown)));

    // What is left fresh is given first.
    let mut past = done(7, Status::Completed);
    past.retain(|quest| quest.code != "l03");
    let offer = choose(&ranked(&member()), &whole, &past);
    assert_eq!(codes(&offer)[0], "l03");

    let only = |keep: fn(&QuestTemplate) -> bool| {
        let mut library = library();
        library.items.retain(keep);
        library
    };
    let offer = choose(&member(), &only(|t| t.category == "g"), &[]);
    assert_eq!((offer.picks.len(), offer.basis.overlooked), (3, Some(Obstacle::SameCategory)));
    let mut hard = only(|t| t.category == "g" || t.category == "h");
    for template in &mut hard.items {
        template.difficulty = 3;
    }
    let offer = choose(&member(), &hard, &[]);
    assert_eq!((offer.picks.len(), offer.basis.overlooked), (3, Some(Obstacle::TooDifficult)));
    let against = choose(&member(), &only(|t| t.category == "a"), &[]);
    assert!(against.picks.is_empty(), "rather nothing than that");
    assert_eq!(choose(&member(), &only(|t| t.code == "g00"), &[]).picks.len(), 1);
    assert!(choose(&member(), &only(|_| false), &[]).picks.is_empty());
}

//! Each rule of a choice by itself.

use std::collections::HashSet;

use contracts::{Direction, Trait, UserId};
use jiff::ToSpan;
use jiff::civil::date;
use uuid::Uuid;

use super::fixtures::*;
use super::*;
use crate::domain::goals::Goal;

fn days_ago(days: i32) -> Date {
    TODAY.saturating_sub(days.days())
}

/// A member whose three slots today are all by rank, so that a test sees the rules and not chance.
fn ranked(member: Member) -> Member {
    (0..1_000)
        .map(|n| Member {
            user_id: UserId(Uuid::from_u128(n)),
            ..member.clone()
        })
        .find(|member| {
            choose(member, &library(), &[])
                .picks
                .iter()
                .all(|pick| !pick.random)
        })
        .unwrap()
}

#[test]
fn three_of_three_categories_the_same_every_time() {
    let offer = choose(&member(), &library(), &[]);
    let categories = offer
        .picks
        .iter()
        .map(|pick| &pick.template.category)
        .collect::<HashSet<_>>();
    assert_eq!((offer.picks.len(), categories.len()), (3, 3));
    assert_eq!(codes(&offer), codes(&choose(&member(), &library(), &[])));
}

#[test]
fn equal_ones_go_by_code() {
    let mut library = library();
    library.items.reverse();
    assert_eq!(codes(&choose(&ranked(member()), &library, &[]))[0], "a00");
}

#[test]
fn what_was_done_rests_a_fortnight_what_was_given_four_days() {
    let chosen = |code, days, status| {
        let past = [given(code, days_ago(days), status)];
        let offer = choose(&member(), &library(), &past);
        offer
            .candidates
            .iter()
            .any(|candidate| candidate.code == code)
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
            if n < done {
                Status::Completed
            } else {
                Status::Open
            }
        };
        let past = (0..done + missed).map(|n| given("z", days_ago(10), status(n)));
        choose(&member(), &library(), &past.collect::<Vec<_>>())
            .basis
            .most_difficult
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
        let offer = choose(
            &Member {
                check: Some(check),
                ..member()
            },
            &library,
            &[],
        );
        assert!(offer.picks.iter().all(|pick| pick.template.difficulty == 1));
        let reasons = offer
            .picks
            .iter()
            .filter(|pick| !pick.random)
            .map(|pick| &pick.reason);
        assert!(
            reasons.clone().all(|reason| *reason == Reason::EasyDay),
            "{offer:?}"
        );
    }
    let mut old = check(days_ago(2));
    old.energy = 0;
    let offer = choose(
        &Member {
            check: Some(old),
            ..member()
        },
        &library,
        &[],
    );
    assert_eq!(
        offer.basis.most_difficult, 2,
        "the day before yesterday says nothing of today"
    );
}

#[test]
fn a_low_trait_is_never_repaired_unasked() {
    let mut library = library();
    library.items[0].direction = Direction::Less; // a00: less extraversion
    let candidates = |member: Member| {
        let offer = choose(&member, &library, &[]);
        offer
            .candidates
            .into_iter()
            .map(|candidate| candidate.code)
            .collect::<HashSet<_>>()
    };
    let low = candidates(Member {
        z: traits(Trait::Agreeableness, -0.6),
        ..member()
    });
    assert!(!low.iter().any(|code| code.starts_with('b')));
    assert!(
        low.contains("a01") && !low.contains("a00"),
        "nor is less of anything given unasked"
    );
    let middle = candidates(Member {
        z: traits(Trait::Agreeableness, -0.4),
        ..member()
    });
    assert!(middle.contains("b00"));

    let goal = |direction| {
        Some(Goal {
            of: Trait::Extraversion,
            direction,
        })
    };
    let more = candidates(Member {
        z: traits(Trait::Extraversion, -1.0),
        goal: goal(Direction::More),
        ..member()
    });
    assert!(more.contains("a01") && !more.contains("a00"));
    let less = candidates(Member {
        goal: goal(Direction::Less),
        ..member()
    });
    assert!(less.contains("a00") && !less.contains("a01"));
}

#[test]
fn each_part_can_decide_and_says_so() {
    let first = |member: Member, library: &QuestTemplates| {
        let pick = choose(&ranked(member), library, &[]).picks.remove(0);
        (pick.template.code, pick.reason)
    };
    let mut library = library();

    let goal = Goal {
        of: Trait::Openness,
        direction: Direction::More,
    };
    let told = Reason::Goal {
        of: Trait::Openness,
        direction: Direction::More,
    };
    let wishing = Member {
        goal: Some(goal),
        ..member()
    };
    assert_eq!(first(wishing, &library), ("e00".into(), told));

    let strong = Member {
        z: traits(Trait::Conscientiousness, 1.5),
        ..member()
    };
    let told = Reason::Strength {
        of: Trait::Conscientiousness,
    };
    assert_eq!(first(strong, &library), ("c00".into(), told));

    library.items[25].topics = vec!["books".into(), "film".into()]; // g01
    let reader = Member {
        topics: vec![topic("books", 0.3), topic("film", 0.1)],
        ..member()
    };
    let told = Reason::Topic {
        topic: "books".into(),
    };
    assert_eq!(first(reader, &library), ("g01".into(), told));

    library.items[30].helps = vec!["sleep".into()]; // h02
    let mut sleepless = check(TODAY);
    sleepless.sleep = 1;
    for (date, yesterday) in [(TODAY, false), (days_ago(1), true)] {
        let check = SelfCheck {
            date,
            ..sleepless.clone()
        };
        let told = Reason::Need {
            item: "sleep".into(),
            yesterday,
        };
        let member = Member {
            check: Some(check),
            ..member()
        };
        assert_eq!(first(member, &library), ("h02".into(), told));
    }

    library.items[35].activity = "outdoors".into(); // i03
    library.items[35].pace = "lively".into();
    let mut lively = check(TODAY);
    lively.activity = Some("outdoors".into());
    lively.pace = Some("lively".into());
    let told = Reason::Preference {
        kind: "activity".into(),
        value: "outdoors".into(),
    };
    let member_out = Member {
        check: Some(lively),
        ..member()
    };
    assert_eq!(first(member_out, &library), ("i03".into(), told));
}

type SelfCheck = contracts::events::SelfCheckSubmitted;

#[test]
fn practice_in_a_category_decides_too() {
    let past = (0..6).map(|n| given(&format!("j{n:02}"), days_ago(20 + n), Status::Completed));
    let past = past.collect::<Vec<_>>();
    let offer = choose(&ranked(member()), &library(), &past);
    assert_eq!(codes(&offer)[0], "j00");
    assert_eq!(
        offer.picks[0].reason,
        Reason::Practised {
            category: "j".into()
        }
    );
}

#[test]
fn what_the_day_before_had_waits_behind_its_equals() {
    let past = [
        given("a09", days_ago(1), Status::Completed),
        given("b09", days_ago(3), Status::Open),
    ];
    let offer = choose(&ranked(member()), &library(), &past);
    assert!(!codes(&offer)[0].starts_with('a'), "{:?}", codes(&offer));
}

#[test]
fn what_others_complete_counts_where_little_is_known_of_the_member() {
    let member = ranked(member());
    let outcomes = Outcomes::from([
        (
            "k02".into(),
            Outcome {
                done: 95,
                missed: 5,
            },
        ),
        (
            "a00".into(),
            Outcome {
                done: 5,
                missed: 95,
            },
        ),
    ]);
    let library = library();
    let situation = Situation {
        member: &member,
        date: TODAY,
        library: &library,
        past: &[],
        outcomes: &outcomes,
    };
    assert_eq!(codes(&situation.choose())[0], "k02");
}

#[test]
fn a_day_is_filled_by_overlooking_the_least() {
    // Everything was done a week ago: what rests longest is not looked for, all of it is only "done lately".
    let whole = library();
    let done = |days, status| {
        let all = whole
            .items
            .iter()
            .map(|t| given(&t.code, days_ago(days), status));
        all.collect::<Vec<_>>()
    };
    let offer = choose(&member(), &whole, &done(7, Status::Completed));
    assert_eq!(
        (offer.picks.len(), offer.basis.overlooked),
        (3, Some(Obstacle::DoneLately))
    );
    let offer = choose(&member(), &whole, &done(1, Status::Completed));
    assert_eq!(
        (offer.picks.len(), offer.basis.overlooked),
        (3, Some(Obstacle::CoolingDown))
    );

    // What is left fresh is given first.
    let mut past = done(7, Status::Completed);
    past.retain(|quest| quest.code != "l03");
    let offer = choose(&ranked(member()), &whole, &past);
    assert_eq!(codes(&offer)[0], "l03");

    let only = |keep: fn(&QuestTemplate) -> bool| {
        let mut library = library();
        library.items.retain(keep);
        library
    };
    let offer = choose(&member(), &only(|t| t.category == "g"), &[]);
    assert_eq!(
        (offer.picks.len(), offer.basis.overlooked),
        (3, Some(Obstacle::SameCategory))
    );
    let mut hard = only(|t| t.category == "g" || t.category == "h");
    for template in &mut hard.items {
        template.difficulty = 3;
    }
    let offer = choose(&member(), &hard, &[]);
    assert_eq!(
        (offer.picks.len(), offer.basis.overlooked),
        (3, Some(Obstacle::TooDifficult))
    );
    let low = Member {
        z: traits(Trait::Extraversion, -2.0),
        ..member()
    };
    let offer = choose(&low, &only(|t| t.category == "a"), &[]);
    assert_eq!(
        (offer.picks.len(), offer.basis.overlooked),
        (3, Some(Obstacle::AgainstTheGrain))
    );
    assert_eq!(
        choose(&member(), &only(|t| t.code == "a00"), &[])
            .picks
            .len(),
        1
    );
    assert!(choose(&member(), &only(|_| false), &[]).picks.is_empty());
}

#[test]
fn one_slot_in_ten_is_random_and_marked() {
    let library = library();
    let (mut random, mut slots) = (0, 0);
    for n in 0..2_000 {
        let member = Member {
            user_id: UserId(Uuid::from_u128(n)),
            ..member()
        };
        let offer = choose(&member, &library, &[]);
        slots += offer.picks.len();
        random += offer.picks.iter().filter(|pick| pick.random).count();
        assert!(
            offer
                .picks
                .iter()
                .all(|pick| pick.random == (pick.reason == Reason::Random))
        );
    }
    let share = random as f64 / slots as f64;
    assert!((0.085..0.115).contains(&share), "{share}"); // three standard errors about a tenth
}

#[test]
fn every_slot_has_a_whole_probability_and_the_pick_a_part_of_it() {
    for n in 0..200 {
        let member = Member {
            user_id: UserId(Uuid::from_u128(n)),
            ..member()
        };
        let offer = choose(&member, &library(), &[]);
        for (slot, pick) in offer.picks.iter().enumerate() {
            let whole: f64 = offer.candidates.iter().map(|c| c.propensity[slot]).sum();
            assert!((whole - 1.0).abs() < 1e-9);
            let picked = offer
                .candidates
                .iter()
                .find(|c| c.code == pick.template.code)
                .unwrap();
            let expected = if pick.random { 0.0 } else { 0.9 };
            assert!(picked.propensity[slot] > expected);
        }
    }
}

#[test]
fn the_seed_is_the_member_the_date_and_the_version() {
    let library = library();
    let random_slots = |user: u128, date, version| {
        let member = Member {
            user_id: UserId(Uuid::from_u128(user)),
            ..member()
        };
        let library = QuestTemplates {
            version,
            ..library.clone()
        };
        let outcomes = &Outcomes::new();
        let offer = Situation {
            member: &member,
            date,
            library: &library,
            past: &[],
            outcomes,
        };
        offer
            .choose()
            .picks
            .iter()
            .map(|pick| pick.random)
            .collect::<Vec<_>>()
    };
    let by_member = (0..40)
        .map(|n| random_slots(n, TODAY, 1))
        .collect::<HashSet<_>>();
    let by_date = (1..31)
        .map(|day| random_slots(1, date(2026, 5, day), 1))
        .collect::<HashSet<_>>();
    let by_version = (0..40)
        .map(|n| random_slots(1, TODAY, n))
        .collect::<HashSet<_>>();
    for seen in [by_member, by_date, by_version] {
        assert!(seen.len() > 1);
    }
}

//! The quest library: its rules, and whether there is enough of everything.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashSet};

use catalog::domain::quest_templates::{CATEGORIES, Draft, TOPICS};
use contracts::quest_templates::QuestTemplate;
use contracts::{Direction, Trait};
use garde::Validate;

use crate::FILES;

fn templates() -> &'static [QuestTemplate] {
    &FILES.quest_templates.items
}

fn count(of: impl Fn(&QuestTemplate) -> bool) -> usize {
    templates().iter().filter(|template| of(template)).count()
}

/// The rules that admins are held to, too.
#[test]
fn every_template_keeps_the_rules() {
    for template in templates() {
        if let Err(report) = Draft::from(template.clone()).validate() {
            panic!("{}: {report}", template.code);
        }
    }
}

#[test]
fn no_two_are_alike() {
    let all = templates().len();
    let distinct = |words: fn(&QuestTemplate) -> &str| {
        templates().iter().map(words).collect::<HashSet<_>>().len()
    };
    assert_eq!(distinct(|template| &template.code), all);
    assert_eq!(distinct(|template| &template.title.ko), all);
    assert_eq!(distinct(|template| &template.title.en), all);
}

#[test]
fn there_is_enough_of_everything() {
    assert!(templates().len() >= 120);
    assert!(count(|template| template.of.is_none()) >= 30, "quests that suit anybody");

    // Every goal that a member can set: nobody is helped to be less stable.
    let more = Trait::ALL.map(|of| (of, Direction::More));
    let less = Trait::ALL.map(|of| (of, Direction::Less));
    let goals = more.into_iter().chain(less);
    for (of, direction) in
        goals.filter(|goal| *goal != (Trait::EmotionalStability, Direction::Less))
    {
        let easy = count(|template| {
            template.of == Some(of) && template.direction == direction && template.difficulty <= 2
        });
        assert!(easy >= 9, "{easy} easy ones for {direction:?} {}", of.key());
    }
    for category in CATEGORIES {
        assert!(count(|template| template.category == category) >= 3, "{category}");
    }
    for topic in TOPICS {
        assert!(count(|template| template.topics.iter().any(|own| own == topic)) >= 3, "{topic}");
    }
}

/// A tired member is given only what is easiest, three a day of three categories, and nothing that was done comes again within
/// 14 days. Here the whole of a fortnight is laid out from what leads one way, with what suits anybody: each day one of each
/// of the three categories that have most left. (quest's fortnights choose from them as they will be chosen.)
#[test]
fn a_tired_member_can_be_given_something_every_day() {
    let goals = Trait::ALL.map(|of| (of, Direction::More));
    for goal in goals {
        let mut left = BTreeMap::<&str, u32>::new();
        for template in templates().iter().filter(|template| template.difficulty == 1) {
            let suits = template.of.is_none()
                || template.of.map(|of| (of, template.direction)) == Some(goal);
            *left.entry(template.category.as_str()).or_default() += u32::from(suits);
        }
        for day in 1..=14 {
            let mut most: Vec<&mut u32> = left.values_mut().filter(|left| **left > 0).collect();
            most.sort_by_key(|left| Reverse(**left));
            assert!(most.len() >= 3, "{goal:?}: day {day} has only {}", most.len());
            most.into_iter().take(3).for_each(|left| *left -= 1);
        }
    }
}

/// A title is a thing to do: in English it begins with a verb, as far as a program can tell.
#[test]
fn titles_say_what_to_do() {
    for QuestTemplate { code, title, .. } in templates() {
        let first = title.en.split(' ').next().unwrap_or_default();
        assert!(first.starts_with(char::is_uppercase), "{code}: {}", title.en);
        assert!(!["You", "I", "The", "A"].contains(&first), "{code}: {}", title.en);
        assert!(!title.en.ends_with(['.', '?', '!']), "{code}: {}", title.en);
    }
}

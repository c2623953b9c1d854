//! The quest library: its rules, and whether there is enough of everything.

use std::collections::{BTreeSet, HashSet};

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

    let more = Trait::ALL.map(|of| (of, Direction::More));
    let less = [Trait::Extraversion, Trait::Agreeableness, Trait::Conscientiousness]
        .map(|of| (of, Direction::Less));
    for (of, direction) in more.into_iter().chain(less) {
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

/// A new member has difficulty 1 or 2, a tired one 1 only; a day never holds two of a category, and nothing comes again
/// within 14 days.
#[test]
fn a_tired_member_can_be_given_something_every_day() {
    let easiest = count(|template| template.difficulty == 1);
    let categories: BTreeSet<&str> = templates()
        .iter()
        .filter(|template| template.difficulty == 1)
        .map(|template| template.category.as_str())
        .collect();
    assert!(easiest >= 3 * 14 && categories.len() >= 6, "{easiest} in {categories:?}");
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

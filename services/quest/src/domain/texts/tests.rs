//! Every text is there, in both languages, and reads well.

use super::*;
use crate::domain::goals::Goal;

/// The keys that other services' data use.
const ITEMS: [&str; 6] = ["mood", "energy", "stress", "sleep", "focus", "relationships"];
const PREFERENCES: [(&str, &[&str]); 3] = [
    ("activity", &["indoors", "outdoors"]),
    ("social", &["alone", "few", "many"]),
    ("pace", &["slow", "steady", "lively"]),
];

#[test]
fn every_reason_has_words_of_its_own() {
    let texts = Texts::embedded().unwrap();
    let mut reasons = vec![Reason::Popular, Reason::EasyStart, Reason::EasyDay, Reason::Random];
    for of in Trait::ALL {
        reasons.push(Reason::Strength { of });
        for direction in [Direction::More, Direction::Less] {
            if (Goal { of, direction }).is_offered() {
                reasons.push(Reason::Goal { of, direction });
            }
        }
    }
    for item in ITEMS {
        for yesterday in [false, true] {
            reasons.push(Reason::Need { item: item.into(), yesterday });
        }
    }
    for (kind, values) in PREFERENCES {
        for value in values {
            let (kind, value) = (kind.into(), (*value).into());
            reasons.push(Reason::Preference { kind, value });
        }
    }
    reasons.push(Reason::Variety { category: "plan".into() });
    reasons.push(Reason::Other);
    for lang in [Lang::Ko, Lang::En] {
        let words = reasons.iter().map(|reason| texts.reason(reason, lang));
        let mut words = words.collect::<Vec<_>>();
        words.sort();
        let all = words.len();
        words.dedup();
        assert_eq!(words.len(), all, "{words:#?}");
    }
}

#[test]
fn names_are_filled_in() {
    let texts = Texts::embedded().unwrap();
    let topic = |topic: &str| Reason::Topic { topic: topic.into() };
    let said = texts.reason(&topic("books"), Lang::Ko);
    assert_eq!(said, "책에 관심이 많은 것 같아서 골랐어요");
    let said = texts.reason(&topic("cheese"), Lang::En);
    assert_eq!(said, "It goes well with your interest in things like this");
    let practised = Reason::Practised { category: "plan".into() };
    assert!(texts.reason(&practised, Lang::En).contains("planning quests"));
}

/// A day on which a member stands so.
fn day_of(standing: Standing, kind: DayKind) -> StreakDay {
    StreakDay {
        date: jiff::civil::date(2026, 3, 2),
        kind,
        standing,
        while_open: standing,
        earned_freeze: false,
    }
}

#[test]
fn one_is_not_spoken_of_as_many() {
    let standing = Standing { current: 1, longest: 1, completed_days: 6, ..Standing::default() };
    let days = [DayKind::Frozen, DayKind::Paused, DayKind::Completed];
    let days = days.map(|kind| day_of(standing, kind));
    let said = Texts::embedded().unwrap().streak_why(&days, Lang::En);
    assert_eq!(said.matches('1').count(), 4, "{said}");
    for many in ["1 days", "1 completed days", "1 more", "1 of its"] {
        assert!(!said.contains(many), "{said}");
    }
}

#[test]
fn no_freeze_is_promised_to_who_holds_all_that_are_kept() {
    let texts = Texts::embedded().unwrap();
    let standing = |freezes| Standing {
        current: 15,
        longest: 15,
        freezes,
        completed_days: 15,
        ..Standing::default()
    };
    let why =
        |freezes| texts.streak_why(&[day_of(standing(freezes), DayKind::Completed)], Lang::Ko);
    assert!(why(1).ends_with("6일 더 해내면 프리즈를 하나 받아요."));
    assert_eq!(why(2), "15일째 이어 가고 있어요.");
}

#[test]
fn no_brace_is_left_over_and_korean_is_polite() {
    let known = ["topic", "category", "count", "cue", "title", "until"];
    for line in FILE.lines().filter(|line| line.contains("ko = ")) {
        let mut rest = line.split("ko = ").nth(1).unwrap_or_default().to_owned();
        for name in known {
            rest = fill(&rest, name, "");
        }
        assert_eq!(rest.matches(['{', '}']).collect::<String>(), "}", "{line}");
    }
    let texts: toml::Table = toml::from_str(FILE).unwrap();
    for (table, section) in texts
        .iter()
        .filter(|(table, _)| ["reason", "notice", "next_step", "streak"].contains(&table.as_str()))
    {
        for sentence in sentences(section) {
            let polite = sentence.trim_end_matches(['.', '?']).ends_with('요');
            assert!(polite, "{table}: {sentence}");
        }
    }
}

/// Every Korean text below a table.
fn sentences(value: &toml::Value) -> Vec<String> {
    let Some(table) = value.as_table() else {
        return Vec::new();
    };
    match table.get("ko").and_then(|text| text.as_str()) {
        Some(text) => vec![text.to_owned()],
        None => table.values().flat_map(sentences).collect(),
    }
}

//! What the self-check asks.

use catalog::domain::quest_templates::HELPS;

use crate::FILES;

#[test]
fn it_asks_the_six_and_offers_three_choices() {
    let self_check = &FILES.self_check;
    let items: Vec<&str> = self_check.item.iter().map(|item| item.key.as_str()).collect();
    assert_eq!(items, HELPS);
    let reversed = |key: &str| self_check.item.iter().any(|item| item.key == key && item.reversed);
    assert!(
        HELPS.iter().all(|key| reversed(key) == (*key == "stress")),
        "more is worse of stress only"
    );

    let preferences: Vec<(&str, Vec<&str>)> = self_check
        .preference
        .iter()
        .map(|one| {
            (one.key.as_str(), one.option.iter().map(|option| option.key.as_str()).collect())
        })
        .collect();
    let expected = [
        ("activity", vec!["indoors", "outdoors", "either"]),
        ("social", vec!["alone", "few", "many"]),
        ("pace", vec!["slow", "steady", "lively"]),
    ];
    assert_eq!(preferences, expected);
}

/// The settings may name no line.
#[test]
fn the_words_of_support_point_at_nothing() {
    let support = &FILES.self_check.support;
    for pointing in ["아래", "여기", "다음", "below", "here are", "following"] {
        assert!(!support.ko.contains(pointing) && !support.en.contains(pointing), "{pointing}");
    }
}

/// Numbers of lines come from the settings, which know the country; a label helps nobody.
#[test]
fn the_words_of_support_name_no_number_and_no_illness() {
    let support = &FILES.self_check.support;
    for words in [&support.ko, &support.en] {
        assert!(!words.contains(|letter: char| letter.is_ascii_digit()), "{words}");
    }
    for label in ["우울증", "불안장애", "depress", "disorder", "진단"] {
        assert!(!support.ko.contains(label) && !support.en.contains(label), "{label}");
    }
}

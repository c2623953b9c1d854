//! The lexicon, and what it finds.

mod sentences;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use contracts::Lang;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::finding::language_of;
use super::{Lexicon, PostTopics};

/// Built once: it is large.
fn lexicon() -> &'static Lexicon {
    static BUILT: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::embedded().unwrap());
    &BUILT
}

fn topics_in(text: &str) -> String {
    lexicon().topics_in(text).into_iter().collect::<Vec<_>>().join(" ")
}

/// The library of quests knows these and no others.
#[test]
fn its_topics_are_those_of_the_quest_templates() {
    let file = include_str!("../../../../../catalog/data/quest-templates.toml");
    let templates: toml::Table = toml::from_str(file).unwrap();
    let templates = templates["template"].as_array().unwrap();
    let used: BTreeSet<_> = templates
        .iter()
        .flat_map(|template| template["topics"].as_array().unwrap())
        .map(|topic| topic.as_str().unwrap())
        .collect();
    let lexicon = lexicon();
    assert_eq!(lexicon.topics().collect::<BTreeSet<_>>(), used);
}

#[test]
fn korean_words_end_at_particles() {
    for (text, found) in [
        ("소설을 읽는 밤", "books"),
        ("밤에는 소설, 낮에는 잠시", "books"),
        ("소설에서만 만나는 사람", "books"),
        ("단편소설집 아닌 것", ""), // a longer word that is not listed
        ("무소설 하나", ""),        // Hangul before it
        ("소설적인 하루", ""),      // no ending of the list
        ("《소설》이라는 제목", "books"),
        ("2소설도 있다", "books"), // a digit is no Hangul
        ("독서했던 오후", "books"),
        ("몇 줄 글을 쓰다가 말았다", "writing"), // a stem goes on
    ] {
        assert_eq!(topics_in(text), found, "{text}");
    }
}

#[test]
fn english_words_end_at_letters_and_are_found_however_written() {
    for (text, found) in [
        ("Two CATS.", "animals"),
        ("My cat's bowl", "animals"),
        ("a catalogue of concatenated things", ""),
        ("a caté or a cat5 cable", ""),
        ("파이썬 말고 Python을 배우는 중", "technology"),
        ("PYTHON!", "technology"),
    ] {
        assert_eq!(topics_in(text), found, "{text}");
    }
}

#[test]
fn what_a_longer_phrase_holds_means_nothing_of_its_own() {
    for (text, found) in [
        ("그림의 떡이다 정말", ""),
        ("그림을 그린 저녁", "art"),
        ("We booked by the book", ""),
        ("shot with a film camera", "photography"), // and not film
        ("그림의 떡, 그리고 그림", "art"),          // beside it, it counts
    ] {
        assert_eq!(topics_in(text), found, "{text}");
    }
}

#[test]
fn korean_is_what_has_two_syllables_of_it() {
    for (text, lang) in [
        ("", Lang::En),
        ("ㅋㅋㅋ so funny", Lang::En),
        ("책 book", Lang::En),
        ("그 책", Lang::Ko),
        ("Rust로 server를 made", Lang::Ko),
    ] {
        assert_eq!(language_of(text), lang, "{text}");
    }
    assert_eq!(topics_in("책"), "");
    assert_eq!(topics_in("책 book"), "books");
}

#[test]
fn mistakes_in_the_file_are_named() {
    let file = include_str!("../../../../data/topics/lexicon.toml");
    let (first, second) = (r#""독서","#, r#""보드게임","#);
    for (from, to, said) in [
        (second, r#""독서", "보드게임","#, "“독서” stands twice"),
        (first, r#""Reading Club", "독서","#, "written as it is never found"),
        (first, r#"" 독서 ","#, "written as it is never found"),
        (
            "[topics.games]\n",
            "[topics.games2]\nko = []\nen = []\n[topics.games]\n",
            "games2 has too few terms",
        ),
        ("[topics.games]\n", "[topics.games]\nmood = []\n", "unreadable"),
    ] {
        let broken = file.replacen(from, to, 1);
        assert_ne!(broken, file);
        let said_is = Lexicon::read(&broken).unwrap_err().to_string();
        assert!(said_is.contains(said), "{said_is}");
    }
}

const NOW: &str = "2026-11-20T10:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn post(source: &str, days: i64, topics: &[&str]) -> PostTopics {
    PostTopics {
        source: source.to_owned(),
        published_at: now() - SignedDuration::from_hours(24 * days),
        topics: topics.iter().map(|&topic| topic.to_owned()).collect(),
    }
}

/// By hand: of twenty topics with half a post each beforehand.
#[test]
fn weights_by_hand() {
    let posts = [post("velog", 0, &["books", "music"]), post("mastodon", 60, &["books"])];
    let weights = lexicon().weigh(&posts, now());
    let told: Vec<_> =
        weights.iter().map(|it| (it.topic.as_str(), it.weight, it.sources.join(" "))).collect();
    let whole = 20.0 * 0.5 + 1.0 + 1.0 + 0.5;
    let books = ("books", 2.0 / whole, "mastodon velog".to_owned());
    assert_eq!(told, [books, ("music", 1.5 / whole, "velog".to_owned())]);
    assert_eq!(lexicon().weigh(&[], now()), []);
    assert_eq!(lexicon().weigh(&[post("velog", 0, &[])], now()), []);
}

fn posts() -> impl Strategy<Value = Vec<PostTopics>> {
    let keys: Vec<String> = lexicon().topics().map(str::to_owned).collect();
    let topics = proptest::sample::subsequence(keys, 0..4);
    let post = (0..3_u8, -5..2_000_i64, topics).prop_map(|(source, days, topics)| {
        let topics: Vec<&str> = topics.iter().map(String::as_str).collect();
        post(&format!("channel {source}"), days, &topics)
    });
    proptest::collection::vec(post, 0..40)
}

proptest! {
    #[test]
    fn weights_are_shares_of_what_was_seen_and_of_nothing_else(posts in posts()) {
        let weights = lexicon().weigh(&posts, now());
        let seen: BTreeSet<&str> = posts.iter().flat_map(|post| &post.topics).map(String::as_str).collect();
        prop_assert_eq!(weights.iter().map(|it| it.topic.as_str()).collect::<BTreeSet<_>>(), seen);
        prop_assert!(weights.iter().map(|it| it.weight).sum::<f64>() < 1.0 + 1e-9);
        prop_assert!(weights.is_sorted_by(|a, b| a.weight >= b.weight));
        for it in &weights {
            prop_assert!(it.weight > 0.0 && !it.sources.is_empty());
        }
    }

    /// The order in which posts were imported changes nothing but the last bits.
    #[test]
    fn order_does_not_count(posts in posts()) {
        let lexicon = lexicon();
        let weight = |posts: &[PostTopics], topic: &str| {
            lexicon.weigh(posts, now()).iter().find(|it| it.topic == topic).map_or(0.0, |it| it.weight)
        };
        let turned: Vec<_> = posts.iter().rev().cloned().collect();
        for topic in lexicon.topics() {
            prop_assert!((weight(&posts, topic) - weight(&turned, topic)).abs() < 1e-12);
        }
    }

    /// One more post makes its topic heavier, and no other.
    #[test]
    fn what_is_written_about_weighs_more(posts in posts(), days in 0..500_i64) {
        let lexicon = lexicon();
        let mut more = posts.clone();
        more.push(post("new", days, &["science"]));
        let (before, after) = (lexicon.weigh(&posts, now()), lexicon.weigh(&more, now()));
        for it in &after {
            let was = before.iter().find(|was| was.topic == it.topic).map_or(0.0, |was| was.weight);
            prop_assert_eq!(it.topic == "science", it.weight > was + 1e-12);
        }
    }

    #[test]
    fn any_text_can_be_read(text in "\\PC{0,200}", cut in 0..200_usize) {
        let lexicon = lexicon();
        let _found = lexicon.topics_in(&text);
        let korean = format!("소설{text}책 book{}", &text[..text.floor_char_boundary(cut)]);
        let _found = lexicon.topics_in(&korean);
    }
}

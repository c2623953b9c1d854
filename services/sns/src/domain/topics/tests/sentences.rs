//! Precision and recall of the lexicon on labelled sentences, and where it fails. `cargo test -p sns sentences -- --nocapture`
//! prints them.

use std::collections::{BTreeMap, BTreeSet};

use contracts::Lang;

use super::super::finding::language_of;
use super::lexicon;

const FILE: &str = include_str!("../../../../data/topics/sentences.txt");
const HELD_OUT: &str = "[held out]";

struct Sentence {
    lang: Lang,
    topics: BTreeSet<&'static str>,
    text: &'static str,
}

/// True positives, false positives, false negatives.
#[derive(Clone, Copy, Default)]
struct Score {
    right: u32,
    wrong: u32,
    missed: u32,
}

impl Score {
    fn add(&mut self, found: bool, labelled: bool) {
        self.right += u32::from(found && labelled);
        self.wrong += u32::from(found && !labelled);
        self.missed += u32::from(!found && labelled);
    }

    fn precision(self) -> f64 {
        f64::from(self.right) / f64::from((self.right + self.wrong).max(1))
    }

    fn recall(self) -> f64 {
        f64::from(self.right) / f64::from((self.right + self.missed).max(1))
    }

    fn line(self, name: &str) {
        let Score { right, wrong, missed } = self;
        let (precision, recall) = (self.precision(), self.recall());
        println!("{name:<14} {precision:>9.2} {recall:>6.2}   {right:>5} {wrong:>5} {missed:>6}");
    }
}

fn sentences(part: &'static str) -> Vec<Sentence> {
    let lines = part.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let sentence = |line: &'static str| {
        let [lang, topics, text] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let topics = topics.split(',').filter(|topic| *topic != "-").collect();
        let lang = if lang == "ko" { Lang::Ko } else { Lang::En };
        Sentence { lang, topics, text }
    };
    lines.map(sentence).collect()
}

/// By language: of everything, and what it prints.
fn judge(name: &str, sentences: &[Sentence]) -> BTreeMap<&'static str, Score> {
    let lexicon = lexicon();
    let mut by_lang = BTreeMap::<_, Score>::new();
    let mut by_topic = BTreeMap::<_, Score>::new();
    println!("\n{name}: {} sentences\nwhere it fails:", sentences.len());
    for Sentence { lang, topics, text } in sentences {
        assert_eq!(language_of(text), *lang, "{text}");
        let found = lexicon.topics_in(text);
        if &found != topics {
            let (more, less) = (found.difference(topics), topics.difference(&found));
            let (more, less) = (more.collect::<Vec<_>>(), less.collect::<Vec<_>>());
            println!("  too many {more:?}, missing {less:?}: {text}");
        }
        let lang = if *lang == Lang::Ko { "ko" } else { "en" };
        for topic in lexicon.topics() {
            let (found, labelled) = (found.contains(topic), topics.contains(topic));
            by_lang.entry(lang).or_default().add(found, labelled);
            by_topic.entry(topic.to_owned()).or_default().add(found, labelled);
        }
    }
    println!("{:<14} precision recall   right wrong missed", "");
    by_lang.iter().for_each(|(lang, score)| score.line(lang));
    by_topic.iter().for_each(|(topic, score)| score.line(topic));
    by_lang
}

#[test]
fn precision_and_recall_on_labelled_sentences() {
    let (tuned, held_out) = FILE.split_once(HELD_OUT).unwrap();
    let (tuned, held_out) = (sentences(tuned), sentences(held_out));
    assert_eq!((tuned.len(), held_out.len()), (300, 100));
    let known: BTreeSet<_> = lexicon().topics().collect();
    assert!(
        tuned.iter().chain(&held_out).all(|it| it.topics.iter().all(|topic| known.contains(topic)))
    );

    judge("by which words were chosen", &tuned);
    for (lang, score) in judge("held out", &held_out) {
        assert!(score.precision() >= 0.75, "{lang}: {}", score.precision());
        assert!(score.recall() >= 0.55, "{lang}: {}", score.recall());
    }
}

//! The closed list of topics and their words, as `data/topics/lexicon.toml` has them, checked.

use std::collections::{BTreeMap, HashMap, HashSet};

use aho_corasick::AhoCorasick;
use contracts::Lang;
use serde::Deserialize;

const FILE: &str = include_str!("../../../data/topics/lexicon.toml");

/// What a topic must have: so many terms, and so many in each language.
const FEWEST_TERMS: usize = 30;
const FEWEST_IN_A_LANGUAGE: usize = 15;
const FEWEST_TOPICS: usize = 20;
/// What marks a stem: the word goes on.
const STEM: char = '~';

/// The file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    endings: Words,
    elsewhere: Words,
    topics: BTreeMap<String, Words>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    ko: Vec<String>,
    en: Vec<String>,
}

/// What is wrong with the file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Mistake {
    /// It is not of the form that is read.
    #[error("the lexicon of topics is unreadable")]
    Unreadable(#[from] toml::de::Error),
    /// Its words break a rule.
    #[error("the lexicon of topics: {0}")]
    Words(String),
    /// Its words are more than can be looked for at once.
    #[error("the lexicon of topics is too large")]
    TooLarge(#[from] aho_corasick::BuildError),
}

/// Finds topics in texts, and weighs them.
#[derive(Debug)]
pub(crate) struct Lexicon {
    topics: Vec<String>,
    pub(super) automaton: AhoCorasick,
    /// Of each pattern of the automaton: its language, and its topic, which a phrase that means something else has not.
    pub(super) terms: Vec<Term>,
    pub(super) endings: HashMap<Lang, Vec<Ending>>,
}

/// What may follow a word.
#[derive(Debug)]
pub(super) struct Ending {
    pub(super) text: String,
    /// It goes on itself.
    pub(super) is_stem: bool,
}

impl From<String> for Ending {
    fn from(mut text: String) -> Self {
        let is_stem = text.ends_with(STEM);
        text.truncate(text.trim_end_matches(STEM).len());
        Ending { text, is_stem }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) lang: Lang,
    pub(super) topic: Option<usize>,
    /// The stem of a verb: the word goes on.
    pub(super) is_stem: bool,
}

impl Lexicon {
    /// The lexicon that is compiled in.
    ///
    /// # Errors
    /// When a topic has too few terms, or a term stands twice or is written as it would never be found.
    pub(crate) fn embedded() -> Result<Self, Mistake> {
        Lexicon::read(FILE)
    }

    pub(super) fn read(file: &str) -> Result<Self, Mistake> {
        let File { endings, elsewhere, topics } = toml::from_str(file)?;
        check_sizes(&topics)?;
        let mut terms = Vec::new();
        let mut patterns: Vec<&str> = Vec::new();
        let of_topics = topics.values().enumerate().map(|(index, words)| (Some(index), words));
        for (topic, words) in of_topics.chain([(None, &elsewhere)]) {
            for (lang, words) in [(Lang::Ko, &words.ko), (Lang::En, &words.en)] {
                for word in words {
                    let stem = word.strip_suffix(STEM);
                    patterns.push(stem.unwrap_or(word));
                    terms.push(Term { lang, topic, is_stem: stem.is_some() });
                }
            }
        }
        check_spelling(&patterns, &terms)?;
        let endings = [(Lang::Ko, endings.ko), (Lang::En, endings.en)];
        let endings =
            endings.map(|(lang, all)| (lang, all.into_iter().map(Ending::from).collect()));
        Ok(Lexicon {
            automaton: AhoCorasick::builder().ascii_case_insensitive(true).build(&patterns)?,
            terms,
            endings: HashMap::from(endings),
            topics: topics.into_keys().collect(),
        })
    }

    /// The topics' keys, in alphabetical order.
    pub(crate) fn topics(&self) -> impl Iterator<Item = &str> {
        self.topics.iter().map(String::as_str)
    }

    pub(super) fn topic(&self, index: usize) -> &str {
        &self.topics[index]
    }
}

fn check_sizes(topics: &BTreeMap<String, Words>) -> Result<(), Mistake> {
    if topics.len() < FEWEST_TOPICS {
        return Err(Mistake::Words(format!("there are fewer than {FEWEST_TOPICS} topics")));
    }
    let small = |words: &Words| {
        let (ko, en) = (words.ko.len(), words.en.len());
        ko.min(en) < FEWEST_IN_A_LANGUAGE || ko + en < FEWEST_TERMS
    };
    match topics.iter().find(|(_, words)| small(words)) {
        Some((topic, _)) => Err(Mistake::Words(format!("{topic} has too few terms"))),
        None => Ok(()),
    }
}

fn check_spelling(patterns: &[&str], terms: &[Term]) -> Result<(), Mistake> {
    let mut seen = HashSet::new();
    for (pattern, term) in patterns.iter().zip(terms) {
        let has_hangul = pattern.chars().any(super::finding::is_hangul);
        let right = match term.lang {
            Lang::Ko => has_hangul,
            Lang::En => !has_hangul && !pattern.contains(|c: char| c.is_ascii_uppercase()),
        };
        if pattern.trim() != *pattern || pattern.is_empty() || !right {
            return Err(Mistake::Words(format!("“{pattern}” is written as it is never found")));
        }
        if !seen.insert(pattern) {
            return Err(Mistake::Words(format!("“{pattern}” stands twice")));
        }
    }
    Ok(())
}

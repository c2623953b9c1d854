//! Which topics a text speaks of: whole words only, in the sense of its language.

use std::collections::BTreeSet;

use contracts::Lang;

use super::lexicon::{Ending, Lexicon, Term};

/// So many syllables of Hangul make a text Korean.
const SYLLABLES_OF_KOREAN: usize = 2;

/// A term where it was found.
struct Found {
    start: usize,
    end: usize,
    term: Term,
}

/// The language of a text: Korean from two syllables of Hangul on.
pub(crate) fn language_of(text: &str) -> Lang {
    let syllables = text.chars().filter(|c| is_hangul(*c)).take(SYLLABLES_OF_KOREAN);
    if syllables.count() < SYLLABLES_OF_KOREAN { Lang::En } else { Lang::Ko }
}

pub(super) fn is_hangul(character: char) -> bool {
    ('가'..='힣').contains(&character)
}

impl Lexicon {
    /// The keys of the topics that a text speaks of, each once. Korean texts are full of English words, so both are looked
    /// for there; in others English only.
    pub(crate) fn topics_in(&self, text: &str) -> BTreeSet<&str> {
        let lang = language_of(text);
        let mut found: Vec<_> = self
            .automaton
            .find_overlapping_iter(text)
            .map(|it| Found { start: it.start(), end: it.end(), term: self.terms[it.pattern()] })
            .filter(|it| lang == Lang::Ko || it.term.lang == Lang::En)
            .filter(|it| self.stands_alone(text, it))
            .collect();
        // The longest of those that begin together first: what it holds means nothing of its own.
        found.sort_by_key(|it| (it.start, std::cmp::Reverse(it.end)));
        let mut covered = 0;
        let mut topics = BTreeSet::new();
        for it in found {
            if it.end > covered {
                covered = it.end;
                topics.extend(it.term.topic.map(|topic| self.topic(topic)));
            }
        }
        topics
    }

    /// Whether a term is a word here, and not a part of another.
    fn stands_alone(&self, text: &str, found: &Found) -> bool {
        let within = match found.term.lang {
            Lang::Ko => is_hangul,
            Lang::En => |c: char| c.is_alphanumeric() && !is_hangul(c),
        };
        let ends = |rest: &str| !rest.starts_with(within);
        let rest = &text[found.end..];
        let ends_after = |ending: &Ending| match rest.split_at_checked(ending.text.len()) {
            Some((here, rest)) => {
                here.eq_ignore_ascii_case(&ending.text) && (ending.is_stem || ends(rest))
            }
            None => false,
        };
        !text[..found.start].ends_with(within)
            && (found.term.is_stem
                || ends(rest)
                || self.endings[&found.term.lang].iter().any(ends_after))
    }
}

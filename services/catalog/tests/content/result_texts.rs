//! The sentences of results: all there, and none that is true of nearly everybody.

use std::collections::{BTreeMap, BTreeSet};

use contracts::result_texts::{Keyed, Pair};
use contracts::{Band, Lang, Text, Trait};

use crate::FILES;

const BANDS: [Band; 3] = [Band::Low, Band::Mid, Band::High];
/// A sentence that is true of more members than this is a Barnum sentence.
const BARNUM: f64 = 0.4;
/// Words that let a sentence be true of anybody, as whole words.
const HEDGES_EN: [&str; 16] = [
    "sometimes",
    "often",
    "usually",
    "generally",
    "mostly",
    "somewhat",
    "occasionally",
    "perhaps",
    "maybe",
    "tend",
    "tends",
    "fairly",
    "rather than not",
    "at times",
    "in general",
    "more or less",
];
const HEDGES_KO: [&str; 14] = [
    "가끔",
    "때때로",
    "때로",
    "때로는",
    "종종",
    "대체로",
    "보통",
    "보통은",
    "대개",
    "어느 정도",
    "경우에 따라",
    "아마",
    "아마도",
    "비교적",
];

/// What must hold for a sentence to be said.
type Condition = BTreeMap<Trait, Band>;

/// Every keyed sentence in one language, with its conditions: the same words may be said under several.
fn said(lang: Lang) -> BTreeMap<&'static str, Vec<Condition>> {
    let texts = &*FILES;
    let texts = &texts.result_texts;
    let keyed = texts.summary.iter().chain(&texts.tip);
    let alone = keyed.map(|Keyed { of, band, text }| (text, Condition::from([(*of, *band)])));
    let together = texts.pair.iter().map(|Pair { when, text }| (text, when.clone()));
    let mut said: BTreeMap<&str, Vec<Condition>> = BTreeMap::new();
    for (text, condition) in alone.chain(together) {
        said.entry(text.get(lang).as_str()).or_default().push(condition);
    }
    said
}

/// The share of a band where the trait is standard normal: T below 45 is z below -.5.
fn share_of_band(band: Band) -> f64 {
    let below = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
    match band {
        Band::Low => below(-0.5),
        Band::Mid => below(0.5) - below(-0.5),
        Band::High => 1.0 - below(0.5),
    }
}

/// The share of members of whom one of the conditions holds, by adding up the 243 cells of five traits in three bands.
fn share(conditions: &[Condition]) -> f64 {
    let mut share = 0.0;
    for cell in 0..3_usize.pow(5) {
        let band = |of: Trait| BANDS[cell / 3_usize.pow(of.index() as u32) % 3];
        let holds =
            |condition: &Condition| condition.iter().all(|(of, wanted)| band(*of) == *wanted);
        if conditions.iter().any(holds) {
            share += Trait::ALL.map(|of| share_of_band(band(of))).iter().product::<f64>();
        }
    }
    share
}

#[test]
fn every_trait_and_band_has_its_words() {
    let texts = &FILES.result_texts;
    for of in Trait::ALL {
        for band in BANDS {
            let here = |keyed: &&Keyed| keyed.of == of && keyed.band == band;
            assert_eq!(texts.summary.iter().filter(here).count(), 1, "{of:?} {band:?}");
            assert_eq!(texts.tip.iter().filter(here).count(), 2, "{of:?} {band:?}");
        }
        assert!(texts.traits.contains_key(of.key()), "{of:?}");
    }
    let pairs: BTreeSet<Vec<(Trait, &str)>> =
        texts.pair.iter().map(|pair| conditions(pair)).collect();
    assert_eq!((texts.pair.len(), pairs.len()), (40, 40), "ten pairs of traits, low or high each");
    let keys = |named: &BTreeMap<String, Text>| named.keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(&texts.texts), ["balanced", "close_to", "is"]);
    assert_eq!(keys(&texts.bands), ["high", "low", "mid"]);
    assert_eq!(keys(&texts.contribution), ["also", "away", "toward"]);
    assert_eq!(keys(&texts.preference), ["derived", "derived_two", "open", "told"]);
}

#[test]
fn every_norm_set_says_whom_it_is_of() {
    for instrument in &FILES.instruments {
        let said = FILES.result_texts.norm_sets.get(&instrument.norm_set);
        assert!(said.is_some(), "{}", instrument.norm_set);
    }
}

fn conditions(pair: &Pair) -> Vec<(Trait, &'static str)> {
    assert_eq!(pair.when.len(), 2, "{pair:?}");
    let word = |band: &Band| match band {
        Band::Low => "low",
        Band::High => "high",
        Band::Mid => panic!("{pair:?}: a pair stands out"),
    };
    pair.when.iter().map(|(of, band)| (*of, word(band))).collect()
}

#[test]
fn no_sentence_is_true_of_nearly_everybody() {
    for lang in [Lang::Ko, Lang::En] {
        for (text, conditions) in said(lang) {
            let share = share(&conditions);
            assert!(share <= BARNUM, "true of {share:.2}: {text}");
        }
    }
    // The test itself: a band is under the limit, two bands of a trait are over it, and a pair is far below.
    let one = |of, band| Condition::from([(of, band)]);
    let (low, mid) = (one(Trait::Openness, Band::Low), one(Trait::Openness, Band::Mid));
    assert!((share(std::slice::from_ref(&low)) - 0.308_54).abs() < 1e-5);
    assert!((share(std::slice::from_ref(&mid)) - 0.382_92).abs() < 1e-5);
    assert!(share(&[low.clone(), mid]) > BARNUM);
    assert!(share(&[low, one(Trait::Extraversion, Band::High)]) > BARNUM);
}

#[test]
fn no_sentence_hedges() {
    for (lang, hedges) in [(Lang::Ko, &HEDGES_KO[..]), (Lang::En, &HEDGES_EN[..])] {
        for text in said(lang).keys() {
            let found = hedges.iter().find(|hedge| says(text, hedge));
            assert_eq!(found, None, "{text}");
        }
    }
    assert!(says("당신은 가끔, 쉬어요.", "가끔") && !says("가끔씩은", "가끔"));
    assert!(says("You OFTEN rest", "often") && !says("You soften", "often"));
}

/// Whether a text has these words, whole.
fn says(text: &str, words: &str) -> bool {
    let plain: String = text
        .to_lowercase()
        .chars()
        .map(|letter| if letter.is_alphanumeric() { letter } else { ' ' })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    format!(" {plain} ").contains(&format!(" {words} "))
}

/// What stands in braces is filled in by the program, which knows these names.
#[test]
fn braces_name_what_can_be_filled_in() {
    let texts = &FILES.result_texts;
    let expected: [(&Text, &[&str]); 10] = [
        (&texts.texts["is"], &["{a}"]),
        (&texts.texts["close_to"], &["{a}", "{b}"]),
        (&texts.texts["balanced"], &["{a}"]),
        (&texts.contribution["toward"], &["{trait}"]),
        (&texts.contribution["also"], &["{trait}"]),
        (&texts.contribution["away"], &["{trait}"]),
        (&texts.preference["told"], &[]),
        (&texts.preference["derived"], &["{trait}"]),
        (&texts.preference["derived_two"], &["{trait}", "{trait_2}"]),
        (&texts.preference["open"], &[]),
    ];
    for (text, names) in expected {
        for text in [&text.ko, &text.en] {
            assert!(names.iter().all(|name| text.contains(name)), "{text}: {names:?}");
            assert_eq!(text.matches('{').count(), names.len(), "{text}");
        }
    }
    for lang in [Lang::Ko, Lang::En] {
        assert!(said(lang).keys().all(|text| !text.contains(['{', '}'])));
    }
}

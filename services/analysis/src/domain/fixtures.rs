//! Reference data for tests: what the catalog would answer, and the worked cases.

use std::collections::BTreeSet;

use contracts::PerTrait;
use contracts::characters::Characters;
use contracts::instruments::Instrument;
use contracts::result_texts::ResultTexts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answers::{Answer, Answers};
use super::preferences::Told;
use super::results::Given;

/// One worked case: answers to the 50 in order, and what comes of the 50 and of the 20 among them.
#[derive(Deserialize)]
pub(crate) struct WorkedCase {
    pub(crate) name: String,
    pub(crate) answers: Vec<i16>,
    pub(crate) full50: PerTrait<WorkedScore>,
    pub(crate) mini20: PerTrait<WorkedScore>,
}

/// What is expected of one trait.
#[derive(Deserialize)]
pub(crate) struct WorkedScore {
    pub(crate) range100: f64,
    pub(crate) z: f64,
    pub(crate) t: f64,
    pub(crate) percentile: f64,
}

fn parsed<T: DeserializeOwned>(json: &str) -> T {
    serde_json::from_str(json).unwrap()
}

macro_rules! fixture {
    ($name:literal) => {
        parsed(include_str!(concat!("../../tests/fixtures/", $name)))
    };
}

pub(crate) fn full50() -> Instrument {
    fixture!("ipip-bfm-50.json")
}

pub(crate) fn mini20() -> Instrument {
    fixture!("mini-ipip-20.json")
}

pub(crate) fn characters() -> Characters {
    fixture!("characters.json")
}

pub(crate) fn result_texts() -> ResultTexts {
    fixture!("result-texts.json")
}

pub(crate) fn worked_cases() -> Vec<WorkedCase> {
    fixture!("worked-cases.json")
}

/// Complete answers: raw values of the 50 by number, or of exactly the instrument's items in order.
pub(crate) fn answers(instrument: &Instrument, raw: &[i16]) -> Answers {
    let answers: Vec<Answer> = (0..)
        .zip(&instrument.items)
        .map(|(place, item)| {
            let place = if raw.len() == 50 { usize::try_from(item.id - 1).unwrap() } else { place };
            Answer { question_id: item.id, value: raw[place] }
        })
        .collect();
    Answers::complete(instrument, &answers).unwrap()
}

/// [`answers`], of which nothing else is known.
pub(crate) fn given(instrument: &Instrument, raw: &[i16]) -> Given {
    Given {
        answers: answers(instrument, raw),
        carried_over: BTreeSet::new(),
        seconds_per_item: None,
        previous_character: None,
        told: Told::default(),
    }
}

//! Answers to a test: which may be kept, and when a test is complete.

use std::collections::{BTreeMap, BTreeSet};

use contracts::instruments::Instrument;

/// The lowest answer of the scale.
pub(crate) const LOWEST: i16 = 1;
/// The highest answer of the scale.
pub(crate) const HIGHEST: i16 = 5;

/// One answer as a member gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The item's number in the 50.
    pub question_id: i16,
    /// 1 to 5, as answered: not reversed.
    pub value: i16,
}

/// What is wrong with an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, as a JSON pointer below the list of answers: `/3/value`; empty for an answer that is missing.
    pub pointer: String,
    /// What is wrong, for the client.
    pub detail: String,
}

/// Every item of a test answered once: raw values (1 to 5) in the order in which the items are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers(Vec<i16>);

impl Answers {
    /// The raw values in the order of the instrument's items.
    pub fn values(&self) -> &[i16] {
        &self.0
    }

    /// Takes answers that are complete; names everything that is wrong with others.
    pub fn complete(instrument: &Instrument, answers: &[Answer]) -> Result<Self, Vec<Fault>> {
        let mut faults = faults(instrument, answers);
        let given: BTreeMap<i16, i16> =
            answers.iter().map(|answer| (answer.question_id, answer.value)).collect();
        let mut values = Vec::with_capacity(instrument.items.len());
        for item in &instrument.items {
            match given.get(&item.id) {
                Some(value) => values.push(*value),
                None => faults.push(Fault {
                    pointer: String::new(),
                    detail: format!("question {} is not answered", item.id),
                }),
            }
        }
        if faults.is_empty() { Ok(Answers(values)) } else { Err(faults) }
    }
}

/// Everything wrong with some of a test's answers: an unknown item, an item twice, a value off the scale.
pub(crate) fn faults(instrument: &Instrument, answers: &[Answer]) -> Vec<Fault> {
    let asked: BTreeSet<i16> = instrument.items.iter().map(|item| item.id).collect();
    let mut seen = BTreeSet::new();
    let mut faults = Vec::new();
    for (index, Answer { question_id, value }) in answers.iter().enumerate() {
        let mut fault = |field: &str, detail: String| {
            faults.push(Fault { pointer: format!("/{index}/{field}"), detail });
        };
        if !asked.contains(question_id) {
            fault("question_id", format!("{} has no question {question_id}", instrument.key));
        } else if !seen.insert(*question_id) {
            fault("question_id", format!("question {question_id} is answered twice"));
        }
        if !(LOWEST..=HIGHEST).contains(value) {
            fault("value", format!("must be {LOWEST} to {HIGHEST}"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    fn all(value: i16) -> Vec<Answer> {
        fixtures::mini20().items.iter().map(|item| Answer { question_id: item.id, value }).collect()
    }

    #[test]
    fn a_complete_test_is_taken_in_the_order_asked() {
        let mut answers = all(3);
        answers[0].value = 5;
        answers.reverse();
        let taken = Answers::complete(&fixtures::mini20(), &answers).unwrap();
        assert_eq!(taken.values()[0], 5);
        assert_eq!(taken.values().len(), 20);
    }

    #[test]
    fn everything_wrong_is_named_together() {
        let mut answers = all(3);
        answers[0].value = 6;
        answers[1].value = 0;
        answers[2].question_id = answers[3].question_id;
        answers[4].question_id = 2; // one of the 50, not of the 20
        let faults = Answers::complete(&fixtures::mini20(), &answers).unwrap_err();
        let named: Vec<_> =
            faults.iter().map(|fault| (fault.pointer.as_str(), fault.detail.as_str())).collect();
        assert_eq!(
            named,
            [
                ("/0/value", "must be 1 to 5"),
                ("/1/value", "must be 1 to 5"),
                ("/3/question_id", "question 10 is answered twice"),
                ("/4/question_id", "mini-ipip-20 has no question 2"),
                ("", "question 9 is not answered"),
                ("", "question 15 is not answered"),
            ]
        );
    }

    #[test]
    fn a_test_put_down_half_way_has_no_faults() {
        assert!(faults(&fixtures::mini20(), &all(1)[..7]).is_empty());
    }
}

//! Which character a member is: the cosine between the member's z and each character's direction.

use contracts::characters::{BALANCED, Character, Characters};
use contracts::{PerTrait, Trait};
use serde::{Deserialize, Serialize};

/// Below this in every |z| a member stands out in no direction: the balanced character.
const BALANCED_BELOW: f64 = 0.6;
/// By how much a new character's cosine must be higher before a retest changes the character: two tests a few
/// months apart give the same of eight only about half the time (.51 at a retest r of .80).
const CHANGE_FROM: f64 = 0.15;
/// The order of a character's vector; its first place is neuroticism, the negative of stability.
const ORDER: [Trait; 5] = [
    Trait::EmotionalStability,
    Trait::Extraversion,
    Trait::Openness,
    Trait::Agreeableness,
    Trait::Conscientiousness,
];

/// The character that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// For example `explorer`.
    pub character_key: String,
    /// Why; none for the balanced one.
    pub likeness: Option<Likeness>,
}

/// How like the character a member is, and how sure that is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Likeness {
    /// The cosine, -1 to 1.
    pub similarity: f64,
    /// The most alike of the other characters.
    pub runner_up_key: String,
    /// The cosine less the runner-up's; below 0 when an old character was kept on a retest.
    pub margin: f64,
    /// What each trait gives to the similarity; they add up to it.
    pub contributions: PerTrait<f64>,
}

/// Chooses the character for `z`; `previous` is the one that holds from an earlier test.
pub(crate) fn choose(characters: &Characters, z: &PerTrait<f64>, previous: Option<&str>) -> Choice {
    let z = in_order(z);
    let mut ranked: Vec<Candidate> =
        characters.items.iter().filter_map(|character| Candidate::of(character, &z)).collect();
    // Stable: characters that are equally alike keep the order of the file.
    ranked.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));

    let stands_out = z.iter().any(|z| z.abs() >= BALANCED_BELOW);
    let [best, second, ..] = ranked.as_slice() else {
        return Choice::balanced();
    };
    if !stands_out {
        return Choice::balanced();
    }
    let kept = ranked
        .iter()
        .find(|candidate| previous == Some(candidate.key))
        .filter(|old| old.key != best.key && best.similarity - old.similarity < CHANGE_FROM);
    match kept {
        Some(old) => Choice::between(old, best),
        None => Choice::between(best, second),
    }
}

impl Choice {
    fn balanced() -> Self {
        Choice { character_key: BALANCED.to_owned(), likeness: None }
    }

    fn between(chosen: &Candidate, runner_up: &Candidate) -> Self {
        Choice {
            character_key: chosen.key.to_owned(),
            likeness: Some(Likeness {
                similarity: chosen.similarity,
                runner_up_key: runner_up.key.to_owned(),
                margin: chosen.similarity - runner_up.similarity,
                contributions: per_trait(&chosen.contributions),
            }),
        }
    }
}

struct Candidate<'a> {
    key: &'a str,
    similarity: f64,
    contributions: [f64; 5],
}

impl<'a> Candidate<'a> {
    /// None for the balanced character, which has no direction.
    fn of(character: &'a Character, z: &[f64; 5]) -> Option<Self> {
        let direction = character.vector.as_ref()?;
        let (z_length, direction_length) = (length(z), length(direction));
        // Plus nothing: a zero gets no sign, which `jsonb` would not keep.
        let contributions =
            std::array::from_fn(|i| z[i] * (direction[i] / direction_length) / z_length + 0.0);
        Some(Candidate {
            key: &character.key,
            similarity: contributions.iter().sum(),
            contributions,
        })
    }
}

fn length(vector: &[f64; 5]) -> f64 {
    vector.iter().map(|x| x * x).sum::<f64>().sqrt()
}

/// z in the order of the vectors, rounded to 4 decimals. The one place where the sign of stability is turned.
fn in_order(z: &PerTrait<f64>) -> [f64; 5] {
    let mut z = ORDER.map(|of| (z.get(of) * 1e4).round() / 1e4);
    z[0] = -z[0];
    z
}

/// A contribution needs no turning back: the signs of z and vector are turned alike, so their product is not.
fn per_trait(in_order: &[f64; 5]) -> PerTrait<f64> {
    PerTrait::from_fn(|of| {
        ORDER
            .iter()
            .zip(in_order)
            .find_map(|(place, value)| (*place == of).then_some(*value))
            .unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::fixtures;

    fn z(e: f64, a: f64, c: f64, es: f64, o: f64) -> PerTrait<f64> {
        PerTrait {
            extraversion: e,
            agreeableness: a,
            conscientiousness: c,
            emotional_stability: es,
            openness: o,
        }
    }

    /// z that points where a character's vector does.
    fn z_of(vector: [f64; 5]) -> PerTrait<f64> {
        let [n, e, o, a, c] = vector;
        z(e, a, c, -n, o)
    }

    /// Characters with the given directions, in this order, and the balanced one.
    fn characters(directions: &[(&str, [f64; 5])]) -> Characters {
        let mut characters = fixtures::characters();
        let blank = characters.items[0].clone();
        characters.items = directions
            .iter()
            .map(|(key, vector)| Character {
                key: (*key).to_owned(),
                vector: Some(*vector),
                ..blank.clone()
            })
            .collect();
        characters
    }

    #[test]
    fn each_character_is_found_in_its_own_direction() {
        let characters = fixtures::characters();
        for character in &characters.items {
            let Some(vector) = character.vector else {
                continue;
            };
            let found = choose(&characters, &z_of(vector), None);
            let likeness = found.likeness.unwrap();
            assert_eq!(found.character_key, character.key);
            assert!((likeness.similarity - 1.0).abs() < 1e-9);
            assert!(likeness.margin > 0.0);
            assert_ne!(likeness.runner_up_key, character.key);
        }
    }

    #[test]
    fn neuroticism_is_the_negative_of_stability() {
        let characters = characters(&[
            ("calm", [-1.0, 0.0, 0.0, 0.0, 0.0]),
            ("stirred", [1.0, 0.0, 0.0, 0.0, 0.0]),
        ]);
        let found = choose(&characters, &z(0.0, 0.0, 0.0, 2.0, 0.0), None);
        assert_eq!(found.character_key, "calm");
        assert_eq!(found.likeness.unwrap().contributions.emotional_stability, 1.0);
    }

    #[test]
    fn who_stands_out_nowhere_is_balanced() {
        let characters = fixtures::characters();
        let inside = z(0.5999, -0.5999, 0.0, 0.3, 0.1);
        let found = choose(&characters, &inside, Some("explorer"));
        assert_eq!(found, Choice::balanced());
        // Rounded to 4 decimals this is .6.
        let edge = z(0.599_96, 0.0, 0.0, 0.0, 0.0);
        assert_ne!(choose(&characters, &edge, None), Choice::balanced());
    }

    #[test]
    fn balanced_is_left_without_hysteresis() {
        let found = choose(&fixtures::characters(), &z(0.61, 0.0, 0.0, 0.0, 0.0), Some(BALANCED));
        assert_eq!(found.character_key, "leader");
        assert!(found.likeness.unwrap().margin >= 0.0);
    }

    #[test]
    fn ties_go_by_the_order_of_the_file() {
        let same = [0.0, 1.0, 0.0, 0.0, 0.0];
        let characters = characters(&[("b", same), ("a", same)]);
        let found = choose(&characters, &z(1.0, 0.0, 0.0, 0.0, 0.0), None);
        assert_eq!(found.character_key, "b");
        let likeness = found.likeness.unwrap();
        assert_eq!((likeness.runner_up_key.as_str(), likeness.margin), ("a", 0.0));
    }

    #[test]
    fn a_retest_keeps_the_old_character_until_the_new_one_is_clearly_closer() {
        let characters =
            characters(&[("old", [0.0, 1.0, 0.0, 0.0, 0.0]), ("new", [0.0, 0.0, 1.0, 0.0, 0.0])]);
        // Cosines .6581 and .7529: .0948 apart. Then .6 and .8: .2 apart.
        let near = z(1.3161, 0.0, 0.0, 0.0, 1.5058);
        let far = z(0.6, 0.0, 0.0, 0.0, 0.8);

        let kept = choose(&characters, &near, Some("old"));
        assert_eq!(kept.character_key, "old");
        let likeness = kept.likeness.unwrap();
        assert_eq!(likeness.runner_up_key, "new");
        assert!((likeness.margin + 0.0948).abs() < 1e-3);

        assert_eq!(choose(&characters, &near, None).character_key, "new");
        assert_eq!(choose(&characters, &near, Some("gone")).character_key, "new");
        assert_eq!(choose(&characters, &far, Some("old")).character_key, "new");
    }

    #[test]
    fn a_trait_that_a_character_says_nothing_of_gives_nothing() {
        // An explorer's direction has no agreeableness; a zero with a sign would not come back from the database.
        let found = choose(&fixtures::characters(), &z(1.0, -1.0, -1.0, 0.0, 2.0), None);
        assert_eq!(found.character_key, "explorer");
        let contributions = found.likeness.unwrap().contributions;
        assert_eq!(contributions.agreeableness.to_bits(), 0);
        assert_eq!(contributions.emotional_stability.to_bits(), 0);
    }

    proptest! {
        #[test]
        fn contributions_add_up_to_the_similarity(
            e in -3.0..3.0, a in -3.0..3.0, c in -3.0..3.0, es in -3.0..3.0, o in -3.0..3.0,
        ) {
            let found = choose(&fixtures::characters(), &z(e, a, c, es, o), None);
            if let Some(likeness) = found.likeness {
                let sum: f64 = Trait::ALL.iter().map(|of| likeness.contributions.get(*of)).sum();
                prop_assert!((sum - likeness.similarity).abs() < 1e-12);
                prop_assert!(likeness.similarity <= 1.0 + 1e-12);
                prop_assert!(likeness.margin >= 0.0);
            }
        }
    }
}

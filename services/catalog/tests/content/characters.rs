//! The characters' words and directions.

use contracts::characters::{BALANCED, Character};

use crate::FILES;

/// The directions, at length 1.
fn directions() -> Vec<[f64; 5]> {
    let vectors = FILES.characters.items.iter().filter_map(|character| character.vector);
    let unit = |vector: [f64; 5]| {
        let length = vector.iter().map(|x| x * x).sum::<f64>().sqrt();
        vector.map(|x| x / length)
    };
    vectors.map(unit).collect()
}

fn cosine(a: &[f64; 5], b: &[f64; 5]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[test]
fn there_are_eight_with_a_direction_and_the_balanced_one_last() {
    let characters = &FILES.characters.items;
    let keys: Vec<&str> = characters.iter().map(|character| character.key.as_str()).collect();
    let expected = [
        "explorer",
        "leader",
        "guardian",
        "harmonizer",
        "thinker",
        "anchor",
        "sensor",
        "spark",
        BALANCED,
    ];
    assert_eq!(keys, expected);
    for Character { key, vector, .. } in characters {
        assert_eq!(vector.is_none(), key == BALANCED, "{key}");
        let inside = vector.is_none_or(|vector| {
            vector.iter().all(|x| (-1.0..=1.0).contains(x)) && vector.iter().any(|x| x.abs() >= 0.5)
        });
        assert!(inside, "{key}: from -1 to 1, and one of them plain");
    }
}

#[test]
fn each_has_its_words() {
    for character in &FILES.characters.items {
        let key = &character.key;
        for lang in [contracts::Lang::Ko, contracts::Lang::En] {
            assert_eq!(character.strengths.get(lang).len(), 3, "{key}");
            assert_eq!(character.growth.get(lang).len(), 2, "{key}");
            assert!(character.description.get(lang).len() > 100, "{key}");
        }
        assert_eq!(character.colors.len(), 2, "{key}");
    }
}

/// Two directions that are close would make the choice between them a matter of chance.
#[test]
fn directions_are_well_apart() {
    let directions = directions();
    for (place, a) in directions.iter().enumerate() {
        for b in &directions[..place] {
            let cosine = cosine(a, b);
            assert!(cosine < 0.6, "{a:?} and {b:?}: {cosine:.2}");
        }
    }
}

/// Among members whose traits are standard normal nobody is rare and nobody is everybody.
#[test]
fn characters_are_given_to_about_as_many_members_each() {
    const MEMBERS: usize = 50_000;
    let directions = directions();
    let mut given = vec![0_usize; directions.len()];
    let mut draws = Normal(20_061_115);
    for _ in 0..MEMBERS {
        let member: [f64; 5] = std::array::from_fn(|_| draws.next());
        if member.iter().all(|z| z.abs() < 0.6) {
            continue; // balanced
        }
        let likeness = |place: &usize| cosine(&member, &directions[*place]);
        let most = (0..directions.len()).max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        given[most.unwrap()] += 1;
    }
    for (count, character) in given.iter().zip(&FILES.characters.items) {
        let share = *count as f64 / MEMBERS as f64;
        assert!((0.08..0.18).contains(&share), "{} is given to {share:.3}", character.key);
    }
}

/// Standard normal draws from a seed: the sum of twelve uniform ones, less six.
struct Normal(u64);

impl Normal {
    fn next(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    /// SplitMix64.
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

//! The two tests: what is asked, how it is keyed, against whom it is compared.

use std::collections::BTreeSet;

use contracts::Trait;
use contracts::instruments::{Instrument, Item, Keyed};

use crate::FILES;

fn instrument(key: &str) -> &'static Instrument {
    FILES.instruments.iter().find(|instrument| instrument.key == key).unwrap()
}

/// How many statements count as answered and how many the other way, by trait in the order of [`Trait::ALL`].
fn keys(instrument: &Instrument) -> [(usize, usize); 5] {
    Trait::ALL.map(|of| {
        let count = |keyed: Keyed| {
            instrument.items.iter().filter(|item| item.of == of && item.keyed == keyed).count()
        };
        (count(Keyed::Plus), count(Keyed::Minus))
    })
}

#[test]
fn the_fifty_have_ten_statements_of_each_trait() {
    let full = instrument("ipip-bfm-50");
    // E, A, C, ES, O as in Goldberg (1992), with the fourth factor as stability.
    assert_eq!(keys(full), [(5, 5), (6, 4), (6, 4), (2, 8), (7, 3)]);
    let ids: Vec<i16> = full.items.iter().map(|item| item.id).collect();
    assert_eq!(ids, (1..=50).collect::<Vec<i16>>());
}

#[test]
fn the_twenty_have_four_of_each_and_are_among_the_fifty() {
    let mini = instrument("mini-ipip-20");
    // As in Donnellan and others (2006).
    assert_eq!(keys(mini), [(2, 2), (2, 2), (2, 2), (2, 2), (1, 3)]);
    let full: &[Item] = &instrument("ipip-bfm-50").items;
    assert!(mini.items.iter().all(|item| full.contains(item)), "the same words, traits and keys");
    let ids: BTreeSet<i16> = mini.items.iter().map(|item| item.id).collect();
    assert_eq!(ids.len(), 20);
}

#[test]
fn both_are_answered_one_to_five_and_compared_with_one_norm_sample() {
    for instrument in &FILES.instruments {
        let values: Vec<i16> = instrument.scale.iter().map(|point| point.value).collect();
        assert_eq!(values, [1, 2, 3, 4, 5]);
        assert_eq!(instrument.norm_set, "openpsychometrics-603322");
        for of in Trait::ALL {
            let (norm, alpha) = (instrument.norms.get(of), *instrument.alpha.get(of));
            assert!((2.0..4.5).contains(&norm.mean) && (0.5..1.2).contains(&norm.sd), "{norm:?}");
            assert!((0.6..0.95).contains(&alpha), "{alpha}");
        }
    }
    // Full double precision: one norm of each, as published.
    let [mini, full] = ["mini-ipip-20", "ipip-bfm-50"].map(instrument);
    assert_eq!(mini.norms.extraversion.mean, 2.805_073_824_591_180_4);
    assert_eq!(full.norms.emotional_stability.sd, 0.860_677_223_545_425_5);
}

#[test]
fn no_two_statements_are_alike() {
    let items = &instrument("ipip-bfm-50").items;
    for words in [|item: &Item| item.text.ko.clone(), |item: &Item| item.text.en.clone()] {
        assert_eq!(items.iter().map(words).collect::<BTreeSet<_>>().len(), 50);
    }
}

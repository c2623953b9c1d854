//! Any old result can be computed again, bit for bit, from what is kept.

use analysis::domain::answers::{Answer, Answers};
use analysis::domain::characters::{Choice, Likeness};
use analysis::domain::preferences::Preferences;
use analysis::domain::quality::Flag;
use analysis::domain::results::{Given, Outcome};
use analysis::domain::scoring::{SCORER_VERSION, TraitScore};
use contracts::characters::Characters;
use contracts::instruments::{Instrument, Item, Keyed};
use contracts::{PerTrait, Trait};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{World, full50, mini20, somebody, start, submission};

/// A row of `analysis_results` with its answers.
#[derive(Deserialize)]
struct Kept {
    instrument: String,
    instrument_version: i32,
    scorer_version: i32,
    norm_set: String,
    characters_version: i32,
    seconds_per_item: Option<f64>,
    previous_character: Option<String>,
    traits: PerTrait<TraitScore>,
    character_key: String,
    likeness: Option<Likeness>,
    preferences: Preferences,
    quality: Vec<Flag>,
    answers: Vec<(i16, i16, bool)>,
}

async fn kept_results(world: &World) -> Vec<Kept> {
    let sql = "SELECT r.*, (SELECT jsonb_agg(jsonb_build_array(a.question_id, a.value, a.carried_over)) \
               FROM analysis.psy_answers a WHERE (a.user_id, a.session_id) = (r.user_id, r.session_id)) AS answers \
               FROM analysis.analysis_results r ORDER BY r.id";
    let rows = world.rows(sql).await;
    rows.into_iter().map(|row| serde_json::from_value(row).unwrap()).collect()
}

/// What the catalog answers for a version.
async fn reference<T: for<'de> Deserialize<'de>>(world: &World, path: &str, version: i32) -> T {
    let url = format!("{}/int/catalog/{path}?version={version}", world.others.uri());
    let body = reqwest::get(url).await.unwrap().bytes().await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn outcome(kept: &Kept) -> Outcome {
    Outcome {
        traits: kept.traits.clone(),
        choice: Choice {
            character_key: kept.character_key.clone(),
            likeness: kept.likeness.clone(),
        },
        preferences: kept.preferences,
        quality: kept.quality.clone(),
    }
}

async fn compute_again(world: &World, kept: &Kept) -> Outcome {
    let path = format!("instruments/{}", kept.instrument);
    let instrument: Instrument = reference(world, &path, kept.instrument_version).await;
    let characters: Characters = reference(world, "characters", kept.characters_version).await;
    assert_eq!(instrument.norm_set, kept.norm_set);
    assert_eq!(kept.scorer_version, SCORER_VERSION);
    let answers: Vec<Answer> = kept
        .answers
        .iter()
        .map(|(question_id, value, _)| Answer { question_id: *question_id, value: *value })
        .collect();
    let carried_over = kept.answers.iter().filter(|(_, _, carried)| *carried);
    let given = Given {
        answers: Answers::complete(&instrument, &answers).unwrap(),
        carried_over: carried_over.map(|(question_id, ..)| *question_id).collect(),
        seconds_per_item: kept.seconds_per_item,
        previous_character: kept.previous_character.clone(),
        told: kept.preferences.told(),
    };
    Outcome::of(&instrument, &characters, &given)
}

/// Every number of an outcome, as it lies in memory.
fn bits(outcome: &Outcome) -> Vec<u64> {
    let mut numbers = Vec::new();
    for of in Trait::ALL {
        let score = outcome.traits.get(of);
        numbers.extend([score.score, score.z, score.t, score.percentile]);
        numbers.extend(score.interval);
    }
    if let Some(likeness) = &outcome.choice.likeness {
        numbers.extend([likeness.similarity, likeness.margin]);
        numbers.extend(Trait::ALL.map(|of| *likeness.contributions.get(of)));
    }
    numbers.into_iter().map(f64::to_bits).collect()
}

#[tokio::test]
async fn old_results_come_out_again_bit_for_bit() {
    let world = start().await;
    for instrument in [mini20(), full50()] {
        // One member takes all the tests, so that retests are among them; preferences change between.
        let me = world.as_member(somebody());
        for (case, social) in [(0, "alone"), (1, "few"), (2, "many"), (3, "few"), (4, "alone")] {
            me.post("/api/psy-test/submit", submission(&instrument, case)).await.expect(201);
            let told = json!({
                "mood": 5, "energy": 5, "stress": 5, "sleep": 5, "focus": 5, "relationships": 5,
                "preferences": {"social": social, "pace": "slow"},
            });
            let submitted = me.post("/api/self-check/submit", told).await;
            assert!(submitted.status.is_success());
        }
    }
    // One that was taken piece by piece, so that its time is known.
    let me = world.as_member(somebody());
    let body = json!({"instrument": "mini-ipip-20"});
    let session = me.post("/api/psy-test/sessions", body).await.expect(201);
    let id = session["id"].as_str().unwrap();
    world.clock().advance(jiff::SignedDuration::from_millis(12_345));
    let answers: Value = submission(&mini20(), 3)["answers"].clone();
    let path = format!("/api/psy-test/sessions/{id}/answers");
    me.put(&path, json!({"answers": answers})).await.expect(200);
    me.post("/api/psy-test/submit", json!({"session_id": id})).await.expect(201);

    // One whose character says nothing of a trait that is low in the member: zeros have signs, too.
    let explorer = |item: &Item| {
        let keyed = match item.of {
            Trait::Openness => 5,
            Trait::Extraversion | Trait::EmotionalStability => 4,
            Trait::Agreeableness | Trait::Conscientiousness => 2,
        };
        let is_plus = item.keyed == Keyed::Plus;
        json!({"question_id": item.id, "value": if is_plus { keyed } else { 6 - keyed }})
    };
    let answers: Vec<Value> = mini20().items.iter().map(explorer).collect();
    let body = json!({"instrument": "mini-ipip-20", "answers": answers});
    let answer = world.as_member(somebody()).post("/api/psy-test/submit", body).await;
    assert_eq!(answer.expect(201)["character_key"], "explorer");

    let results = kept_results(&world).await;
    assert_eq!(results.len(), 12);
    assert_eq!(results[10].seconds_per_item, Some(12.345 / 20.0));
    assert_eq!(results[10].quality, [Flag::TooFast]);
    assert_eq!(results.iter().filter(|kept| kept.previous_character.is_some()).count(), 8);
    for kept in &results {
        let (before, again) = (outcome(kept), compute_again(&world, kept).await);
        assert_eq!(bits(&again), bits(&before));
        assert_eq!(again, before);
    }
}

#[tokio::test]
async fn a_retest_keeps_the_character_until_another_is_clearly_closer() {
    let world = start().await;
    let characters: Characters = reference(&world, "characters", 1).await;
    let instrument = mini20();
    let chosen = |raw: &[i16], previous: Option<&str>| {
        let answers: Vec<Answer> = instrument
            .items
            .iter()
            .zip(raw)
            .map(|(item, value)| Answer { question_id: item.id, value: *value })
            .collect();
        let given = Given {
            answers: Answers::complete(&instrument, &answers).unwrap(),
            carried_over: Default::default(),
            seconds_per_item: None,
            previous_character: previous.map(str::to_owned),
            told: Default::default(),
        };
        Outcome::of(&instrument, &characters, &given).choice
    };
    // One answer changed, so that another character would come out, but not clearly.
    let first: Vec<i16> = (0..20).map(|place| [2, 4, 3, 5, 1, 4, 2][place % 7]).collect();
    let old = chosen(&first, None).character_key;
    let retest = (0..20)
        .flat_map(|place| (1..=5).map(move |value| (place, value)))
        .flat_map(|one| {
            (0..20).flat_map(move |place| (1..=5).map(move |value| [one, (place, value)]))
        })
        .map(|changes| {
            let mut raw = first.clone();
            for (place, value) in changes {
                raw[place] = value;
            }
            raw
        })
        .find(|raw| {
            let likely = chosen(raw, None).character_key;
            likely != old && likely != "balanced" && chosen(raw, Some(&old)).character_key == old
        })
        .unwrap();
    let fresh = chosen(&retest, None).character_key;

    let body = |raw: &[i16]| {
        let answers: Vec<Value> = instrument
            .items
            .iter()
            .zip(raw)
            .map(|(item, value)| json!({"question_id": item.id, "value": value}))
            .collect();
        json!({"instrument": instrument.key, "answers": answers})
    };
    let me = world.as_member(somebody());
    let result = me.post("/api/psy-test/submit", body(&first)).await.expect(201);
    assert_eq!(result["character_key"], old);
    let result = me.post("/api/psy-test/submit", body(&retest)).await.expect(201);
    assert_eq!(result["character_key"], old);
    assert_eq!(result["runner_up"]["key"], fresh);
    assert!(result["runner_up"]["margin"].as_f64().unwrap() < 0.0);
    let newcomer = world.as_member(somebody());
    let result = newcomer.post("/api/psy-test/submit", body(&retest)).await.expect(201);
    assert_eq!(result["character_key"], fresh);
}

//! A result as clients read it. Texts are told when it is read, in the reader's language; numbers are as they were kept.

use std::sync::Arc;

use chassis::Language;
use contracts::characters::Characters;
use contracts::events::Topic;
use contracts::result_texts::ResultTexts;
use contracts::{Band, Lang, PerTrait, Trait};
use jiff::Timestamp;
use serde::Serialize;
use uuid::Uuid;

use crate::domain::characters::Likeness;
use crate::domain::narrative::Narrator;
use crate::domain::preferences::{Activity, Pace, Preference, Preferences, Rule, Social, Source};
use crate::domain::quality::Flag;
use crate::domain::results::AnalysisResult;
use crate::domain::scoring::TraitScore;
use crate::error::Error;
use crate::references::References;
use crate::store::readings::Reader;

/// What a test says of a member.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ResultResponse {
    id: Uuid,
    /// `mini-ipip-20` or `ipip-bfm-50`.
    instrument: &'static str,
    instrument_version: i32,
    scorer_version: i32,
    /// Against whom `t` and `percentile` are measured.
    norm_set: String,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    character_key: String,
    character_name: String,
    /// A drawing (SVG).
    character_image_url: String,
    /// The cosine of the member's z and the character's direction; null for the balanced one.
    similarity: Option<f64>,
    runner_up: Option<RunnerUpResponse>,
    /// What each trait gives to the similarity; they add up to it.
    contributions: Option<PerTrait<f64>>,
    /// Which character and why; what stands out most.
    summary: String,
    /// 0 to 100.
    tendency_extraversion: f64,
    /// 0 to 100.
    tendency_agreeableness: f64,
    /// 0 to 100.
    tendency_conscientiousness: f64,
    /// 0 to 100.
    tendency_emotional_stability: f64,
    /// 0 to 100.
    tendency_openness: f64,
    traits: Vec<TraitResponse>,
    preference_activity: Activity,
    preference_social: Social,
    preference_pace: Pace,
    /// Who says so of each preference.
    preference_sources: PreferenceSourcesResponse,
    /// The member's interests as they are now; not part of the kept result.
    preference_topics: Vec<Topic>,
    coaching_tips: Vec<String>,
    /// Signs that the answers were not meant.
    quality: Vec<Flag>,
}

/// The most alike of the other characters.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RunnerUpResponse {
    key: String,
    name: String,
    /// The similarity less the runner-up's; below 0 when an old character was kept on a retest.
    margin: f64,
}

/// What a test says of one trait.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TraitResponse {
    #[serde(rename = "trait")]
    of: Trait,
    /// 0 to 100, equal to its `tendency_`.
    score: f64,
    /// 50 is the norm's mean, 10 its standard deviation.
    t: f64,
    band: Band,
    /// 95% interval of `t`.
    interval: [f64; 2],
    /// Share of the norm's sample below, 0 to 100; never to be shown without `percentile_of`.
    percentile: f64,
    /// Whom the percentile compares with: the people of the result's `norm_set`.
    percentile_of: String,
    /// The items it rests on, those that speak most for it first.
    evidence: Vec<i16>,
}

/// Who says so of each preference.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PreferenceSourcesResponse {
    activity: PreferenceSourceResponse,
    social: PreferenceSourceResponse,
    pace: PreferenceSourceResponse,
}

/// Who says so, in a key and in words.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PreferenceSourceResponse {
    source: Source,
    text: String,
}

/// Tells results to one reader.
pub(super) struct Teller {
    texts: Arc<ResultTexts>,
    characters: Arc<Characters>,
    lang: Lang,
    topics: Vec<Topic>,
}

impl Teller {
    /// The words, in the reader's language.
    pub(super) fn new(
        references: &References,
        reader: Reader,
        language: Language,
    ) -> Result<Self, Error> {
        Ok(Teller {
            texts: references.result_texts()?,
            characters: references.characters()?,
            lang: language.for_locale(reader.locale.as_deref()),
            topics: reader.topics,
        })
    }

    /// The result in the reader's words.
    pub(super) fn tell(&self, result: &AnalysisResult) -> ResultResponse {
        let narrator =
            Narrator { texts: &self.texts, characters: &self.characters, lang: self.lang };
        let outcome = &result.outcome;
        let (traits, choice) = (&outcome.traits, &outcome.choice);
        let percentile_of = narrator.percentile_of(&result.norm_set);
        let likeness = choice.likeness.as_ref();
        let tendencies = result.tendencies().scores;
        ResultResponse {
            id: result.id,
            instrument: result.instrument.key(),
            instrument_version: result.instrument_version,
            scorer_version: result.scorer_version,
            norm_set: result.norm_set.clone(),
            created_at: result.created_at,
            character_name: narrator.character_name(&choice.character_key),
            character_image_url: format!("/api/characters/{}.svg", choice.character_key),
            character_key: choice.character_key.clone(),
            similarity: likeness.map(|likeness| likeness.similarity),
            runner_up: likeness.map(|likeness| runner_up(&narrator, likeness)),
            contributions: likeness.map(|likeness| likeness.contributions),
            summary: narrator.summary(outcome),
            tendency_extraversion: tendencies.extraversion,
            tendency_agreeableness: tendencies.agreeableness,
            tendency_conscientiousness: tendencies.conscientiousness,
            tendency_emotional_stability: tendencies.emotional_stability,
            tendency_openness: tendencies.openness,
            traits: Trait::ALL.map(|of| trait_response(of, traits.get(of), &percentile_of)).into(),
            preference_activity: outcome.preferences.activity.value,
            preference_social: outcome.preferences.social.value,
            preference_pace: outcome.preferences.pace.value,
            preference_sources: sources(&narrator, &outcome.preferences),
            preference_topics: self.topics.clone(),
            coaching_tips: narrator.tips(traits),
            quality: outcome.quality.clone(),
        }
    }
}

fn runner_up(narrator: &Narrator<'_>, likeness: &Likeness) -> RunnerUpResponse {
    RunnerUpResponse {
        key: likeness.runner_up_key.clone(),
        name: narrator.character_name(&likeness.runner_up_key),
        margin: likeness.margin,
    }
}

fn trait_response(of: Trait, score: &TraitScore, percentile_of: &str) -> TraitResponse {
    TraitResponse {
        of,
        score: score.score,
        t: score.t,
        band: score.band,
        interval: score.interval,
        percentile: score.percentile,
        percentile_of: percentile_of.to_owned(),
        evidence: score.evidence.clone(),
    }
}

fn sources(narrator: &Narrator<'_>, preferences: &Preferences) -> PreferenceSourcesResponse {
    PreferenceSourcesResponse {
        activity: source(narrator, preferences.activity, Activity::RULE),
        social: source(narrator, preferences.social, Social::RULE),
        pace: source(narrator, preferences.pace, Pace::RULE),
    }
}

fn source<T: Copy>(
    narrator: &Narrator<'_>,
    preference: Preference<T>,
    rule: Rule,
) -> PreferenceSourceResponse {
    PreferenceSourceResponse {
        source: preference.source,
        text: narrator.origin(preference.source, rule),
    }
}

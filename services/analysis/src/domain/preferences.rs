//! How a member likes things to be: as the member has told us, else as the traits suggest.

use contracts::{Band, PerTrait, Trait};
use serde::{Deserialize, Serialize};

use super::scoring::TraitScore;

/// Where.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Under a roof.
    Indoors,
    /// In the open.
    Outdoors,
    /// Both are fine.
    Either,
}

impl Activity {
    /// What it follows from in [`Preferences::of`] where the member has not told it.
    pub(crate) const RULE: Rule = Rule::Open;

    /// The name on the wire and in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Activity::Indoors => "indoors",
            Activity::Outdoors => "outdoors",
            Activity::Either => "either",
        }
    }
}

/// With whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Social {
    /// By oneself.
    Alone,
    /// With one or two.
    Few,
    /// In company.
    Many,
}

impl Social {
    /// What it follows from in [`Preferences::of`] where the member has not told it.
    pub(crate) const RULE: Rule = Rule::One(Trait::Extraversion);

    /// The name on the wire and in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Social::Alone => "alone",
            Social::Few => "few",
            Social::Many => "many",
        }
    }
}

/// How fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Gently.
    Slow,
    /// Evenly.
    Steady,
    /// Briskly.
    Lively,
}

impl Pace {
    /// What it follows from in [`Preferences::of`] where the member has not told it.
    pub(crate) const RULE: Rule = Rule::Two(Trait::Extraversion, Trait::EmotionalStability);

    /// The name on the wire and in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Pace::Slow => "slow",
            Pace::Steady => "steady",
            Pace::Lively => "lively",
        }
    }
}

/// What a member has told, each of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Where.
    pub activity: Option<Activity>,
    /// With whom.
    pub social: Option<Social>,
    /// How fast.
    pub pace: Option<Pace>,
}

/// Who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The member, with a self-check.
    Member,
    /// The rule of `Preferences::of`, from the traits.
    Traits,
}

/// The traits a preference follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// None: it is kept open.
    Open,
    /// One trait.
    One(Trait),
    /// Two traits together.
    Two(Trait, Trait),
}

/// A preference and who says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference<T> {
    /// What is preferred.
    pub value: T,
    /// Who says so.
    pub source: Source,
}

/// All preferences of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preferences {
    /// Where.
    pub activity: Preference<Activity>,
    /// With whom.
    pub social: Preference<Social>,
    /// How fast.
    pub pace: Preference<Pace>,
}

impl Preferences {
    /// What was told holds. Else: activity is `either`; social goes by extraversion's band; pace is lively where
    /// extraversion is high and stability not low, slow where stability is low and extraversion not high, else steady.
    pub(crate) fn of(traits: &PerTrait<TraitScore>, told: Told) -> Self {
        let extraversion = traits.extraversion.band;
        let stability = traits.emotional_stability.band;
        let social = match extraversion {
            Band::Low => Social::Alone,
            Band::Mid => Social::Few,
            Band::High => Social::Many,
        };
        let pace = match (extraversion, stability) {
            (Band::High, Band::Mid | Band::High) => Pace::Lively,
            (Band::Low | Band::Mid, Band::Low) => Pace::Slow,
            (Band::High, Band::Low) | (Band::Low | Band::Mid, Band::Mid | Band::High) => {
                Pace::Steady
            }
        };
        Preferences {
            activity: Preference::of(told.activity, Activity::Either),
            social: Preference::of(told.social, social),
            pace: Preference::of(told.pace, pace),
        }
    }

    /// What of it the member had told: the input that gives these preferences again.
    pub fn told(&self) -> Told {
        Told { activity: self.activity.told(), social: self.social.told(), pace: self.pace.told() }
    }
}

impl<T: Copy> Preference<T> {
    fn of(told: Option<T>, from_traits: T) -> Self {
        match told {
            Some(value) => Preference { value, source: Source::Member },
            None => Preference { value: from_traits, source: Source::Traits },
        }
    }

    fn told(&self) -> Option<T> {
        (self.source == Source::Member).then_some(self.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{fixtures, scoring};

    fn preferences(extraversion: Band, stability: Band, told: Told) -> Preferences {
        let instrument = fixtures::mini20();
        let mut traits = scoring::score(&instrument, &fixtures::answers(&instrument, &[3; 20]));
        traits.extraversion.band = extraversion;
        traits.emotional_stability.band = stability;
        Preferences::of(&traits, told)
    }

    #[test]
    fn the_rule_from_traits() {
        use Band::{High, Low, Mid};
        for (extraversion, stability, social, pace) in [
            (Low, Low, Social::Alone, Pace::Slow),
            (Low, Mid, Social::Alone, Pace::Steady),
            (Mid, Low, Social::Few, Pace::Slow),
            (Mid, High, Social::Few, Pace::Steady),
            (High, Low, Social::Many, Pace::Steady),
            (High, Mid, Social::Many, Pace::Lively),
        ] {
            let found = preferences(extraversion, stability, Told::default());
            assert_eq!((found.social.value, found.pace.value), (social, pace));
            assert_eq!(found.activity.value, Activity::Either);
            assert_eq!(found.told(), Told::default());
        }
    }

    #[test]
    fn what_the_member_told_holds_each_of_its_own() {
        let told = Told { social: Some(Social::Alone), ..Told::default() };
        let found = preferences(Band::High, Band::High, told);
        assert_eq!(found.social.value, Social::Alone);
        assert_eq!(found.social.source, Source::Member);
        assert_eq!(found.pace.source, Source::Traits);
        assert_eq!(found.told(), told);
    }
}

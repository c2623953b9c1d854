//! A result in words: the catalog's sentences that hold for it, in one language. A sentence that the catalog does not
//! have is left out.

use contracts::characters::Characters;
use contracts::result_texts::{Keyed, ResultTexts};
use contracts::{Band, Lang, PerTrait, Text, Trait};

use super::characters::Likeness;
use super::preferences::{Rule, Source};
use super::results::Outcome;
use super::scoring::TraitScore;

/// Below this difference of cosines a second character is named beside the first.
const CLEAR_FROM: f64 = 0.25;
/// What a further trait must give to the similarity, or take from it, to be named.
const ADDS_FROM: f64 = 0.2;
const TAKES_FROM: f64 = -0.1;
/// How many of the traits that stand out most are told of, and given tips for.
const TOLD_TRAITS: usize = 3;
const TIP_TRAITS: usize = 2;

/// The words a result is told in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Narrator<'a> {
    /// The sentences.
    pub(crate) texts: &'a ResultTexts,
    /// The characters' names.
    pub(crate) characters: &'a Characters,
    /// The language.
    pub(crate) lang: Lang,
}

impl Narrator<'_> {
    /// What the character is called; its key where the catalog no longer has it.
    pub(crate) fn character_name(&self, key: &str) -> String {
        let character = self.characters.items.iter().find(|character| character.key == key);
        character.map_or_else(|| key.to_owned(), |found| found.name.get(self.lang).clone())
    }

    /// Whom a percentile by these norms compares with; a percentile is never shown without it. The name of the norm set where
    /// the catalog does not say whom it is of.
    pub(crate) fn percentile_of(&self, norm_set: &str) -> String {
        let said = self.say(self.texts.norm_sets.get(norm_set), &[]);
        said.unwrap_or_else(|| norm_set.to_owned())
    }

    /// Two paragraphs: which character and why; what stands out most in the member.
    pub(crate) fn summary(&self, outcome: &Outcome) -> String {
        let mut character: Vec<String> = self.headline(outcome).into_iter().collect();
        if let Some(likeness) = &outcome.choice.likeness {
            character.extend(self.explanation(likeness));
        }
        let member = self.standing_out(&outcome.traits);
        format!("{}\n\n{}", character.join(" "), member.join(" "))
    }

    /// What helps the member be as they are: for the traits that stand out most.
    pub(crate) fn tips(&self, traits: &PerTrait<TraitScore>) -> Vec<String> {
        let told = by_distance(traits).into_iter().take(TIP_TRAITS);
        told.flat_map(|of| keyed(&self.texts.tip, of, traits))
            .map(|tip| tip.text.get(self.lang).clone())
            .collect()
    }

    /// Where a preference comes from.
    pub(crate) fn origin(&self, source: Source, rule: Rule) -> String {
        let name = |of| self.trait_name(of);
        let (key, words) = match (source, rule) {
            (Source::Member, _) => ("told", vec![]),
            (Source::Traits, Rule::Open) => ("open", vec![]),
            (Source::Traits, Rule::One(of)) => ("derived", vec![("{trait}", name(of))]),
            (Source::Traits, Rule::Two(first, second)) => {
                ("derived_two", vec![("{trait}", name(first)), ("{trait_2}", name(second))])
            }
        };
        self.say(self.texts.preference.get(key), &words).unwrap_or_default()
    }

    /// "You are A", or "close to A, with a side of B".
    fn headline(&self, outcome: &Outcome) -> Option<String> {
        let choice = &outcome.choice;
        let (key, second) = match &choice.likeness {
            None => ("balanced", String::new()),
            Some(likeness) if likeness.margin < CLEAR_FROM => {
                ("close_to", self.character_name(&likeness.runner_up_key))
            }
            Some(_) => ("is", String::new()),
        };
        let first = self.character_name(&choice.character_key);
        self.sentence(self.texts.texts.get(key), &[("{a}", first), ("{b}", second)])
    }

    /// The trait that made the likeness most, a further one, and one that points elsewhere.
    fn explanation(&self, likeness: &Likeness) -> Vec<String> {
        let mut given = Trait::ALL.map(|of| (of, *likeness.contributions.get(of)));
        given.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        let [most, second, .., least] = given;
        let told = [
            Some(("toward", most)),
            (second.1 >= ADDS_FROM).then_some(("also", second)),
            (least.1 <= TAKES_FROM).then_some(("away", least)),
        ];
        told.into_iter()
            .flatten()
            .filter_map(|(key, (of, _))| {
                let words = [("{trait}", self.trait_name(of))];
                self.sentence(self.texts.contribution.get(key), &words)
            })
            .collect()
    }

    /// The pair of the two traits that stand out most, if they have one, and a sentence for each of three.
    fn standing_out(&self, traits: &PerTrait<TraitScore>) -> Vec<String> {
        let order = by_distance(traits);
        let holds =
            |(of, band): (&Trait, &Band)| order[..2].contains(of) && traits.get(*of).band == *band;
        let pair = self.texts.pair.iter().find(|pair| pair.when.iter().all(holds));
        let each = order.into_iter().take(TOLD_TRAITS);
        pair.map(|pair| &pair.text)
            .into_iter()
            .chain(each.flat_map(|of| keyed(&self.texts.summary, of, traits)).map(|it| &it.text))
            .map(|text| text.get(self.lang).clone())
            .collect()
    }

    fn trait_name(&self, of: Trait) -> String {
        let named = self.texts.traits.get(of.key());
        named.map_or_else(|| of.key().to_owned(), |text| text.name.get(self.lang).clone())
    }

    /// A fixed line with its placeholders filled in.
    fn say(&self, text: Option<&Text>, words: &[(&str, String)]) -> Option<String> {
        let mut line = text?.get(self.lang).clone();
        for (placeholder, word) in words {
            line = line.replace(placeholder, word);
        }
        Some(line)
    }

    /// A fixed line as a sentence among others.
    fn sentence(&self, text: Option<&Text>, words: &[(&str, String)]) -> Option<String> {
        self.say(text, words).map(|line| line + ".")
    }
}

/// The traits, those farthest from the middle first.
fn by_distance(traits: &PerTrait<TraitScore>) -> [Trait; 5] {
    let mut order = Trait::ALL;
    order.sort_by(|a, b| traits.get(*b).z.abs().total_cmp(&traits.get(*a).z.abs()));
    order
}

/// The sentences that hold for a trait.
fn keyed<'a>(
    all: &'a [Keyed],
    of: Trait,
    traits: &PerTrait<TraitScore>,
) -> impl Iterator<Item = &'a Keyed> {
    let band = traits.get(of).band;
    all.iter().filter(move |keyed| keyed.of == of && keyed.band == band)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fixtures;

    /// The outcome of a worked case on the 20.
    fn outcome(case: usize) -> Outcome {
        let instrument = fixtures::mini20();
        let raw = &fixtures::worked_cases()[case].answers;
        let given = fixtures::given(&instrument, raw);
        Outcome::of(&instrument, &fixtures::characters(), &given)
    }

    fn narrate<T>(lang: Lang, say: impl FnOnce(&Narrator<'_>) -> T) -> T {
        let (texts, characters) = (fixtures::result_texts(), fixtures::characters());
        say(&Narrator { texts: &texts, characters: &characters, lang })
    }

    #[test]
    fn a_summary_names_the_character_why_and_what_stands_out() {
        // z: E .19, A -1.45, C .61, ES -1.17, O -.40.
        let summary = narrate(Lang::En, |narrator| narrator.summary(&outcome(0)));
        insta::assert_snapshot!(summary, @r"
        The Spark is the character most like you now. Your Agreeableness score did most. Your Emotional stability score added to it. Your Conscientiousness score points away.

        Pair agreeableness low, emotional_stability low. Summary agreeableness low. Summary emotional_stability low. Summary conscientiousness high.
        ");
    }

    #[test]
    fn a_summary_speaks_korean_too() {
        let summary = narrate(Lang::Ko, |narrator| narrator.summary(&outcome(0)));
        insta::assert_snapshot!(summary, @r"
        불꽃, 지금의 나와 가장 닮은 캐릭터예요. 친화성 점수가 닮은 점을 가장 많이 만들었어요. 정서 안정성 점수도 닮은 점을 보탰어요. 성실성 점수는 다른 쪽을 가리켜요.

        agreeableness low, emotional_stability low 짝. 친화성 low 요약. 정서 안정성 low 요약. 성실성 high 요약.
        ");
    }

    #[test]
    fn a_second_character_is_named_below_a_margin_of_a_quarter() {
        let headline = |margin: f64| {
            let mut outcome = outcome(0);
            if let Some(likeness) = &mut outcome.choice.likeness {
                likeness.margin = margin;
                likeness.runner_up_key = "thinker".to_owned();
            }
            narrate(Lang::En, |narrator| narrator.headline(&outcome)).unwrap()
        };
        assert!(headline(0.2499).ends_with("with a side of the Thinker."));
        assert!(headline(-0.1).ends_with("with a side of the Thinker."));
        assert!(headline(0.25).ends_with("is the character most like you now."));
    }

    #[test]
    fn a_percentile_names_the_norms_that_were_used() {
        let of = |norm_set| narrate(Lang::En, |narrator| narrator.percentile_of(norm_set));
        let web = "of 603,322 self-selected English-language web respondents";
        assert_eq!(of("openpsychometrics-603322"), web);
        assert_eq!(of("another"), "another");
    }

    #[test]
    fn the_balanced_one_is_named_alone() {
        let mut outcome = outcome(0);
        outcome.choice.likeness = None;
        outcome.choice.character_key = "balanced".to_owned();
        let summary = narrate(Lang::En, |narrator| narrator.summary(&outcome));
        assert!(summary.starts_with("The Balanced: all five traits lie close to the middle.\n"));
    }

    #[test]
    fn tips_are_for_the_two_traits_that_stand_out_most() {
        let tips = narrate(Lang::En, |narrator| narrator.tips(&outcome(0).traits));
        assert_eq!(
            tips,
            [
                "Tip 1 agreeableness low.",
                "Tip 2 agreeableness low.",
                "Tip 1 emotional_stability low.",
                "Tip 2 emotional_stability low.",
            ]
        );
    }

    #[test]
    fn a_preference_says_where_it_comes_from() {
        let origin = |source, rule| narrate(Lang::En, |narrator| narrator.origin(source, rule));
        let two = Rule::Two(Trait::Extraversion, Trait::EmotionalStability);
        assert_eq!(origin(Source::Member, two), "As you told us yourself");
        assert_eq!(
            origin(Source::Traits, two),
            "From your Extraversion and Emotional stability scores"
        );
        assert_eq!(origin(Source::Traits, Rule::One(Trait::Openness)), "From your Openness score");
        assert_eq!(origin(Source::Traits, Rule::Open), "We keep it open");
    }
}

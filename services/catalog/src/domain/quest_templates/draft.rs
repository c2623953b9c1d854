//! What a template may say: the rules of `data/quest-templates.toml`, for the file and for admins alike.

use contracts::quest_templates::QuestTemplate;
use contracts::{Direction, Text, Trait};
use garde::Validate;
use serde::{Deserialize, Serialize};

use super::{ACTIVITIES, ANY, CATEGORIES, EVIDENCE, HELPS, PACES, SOCIAL, TOPICS, trait_named};

/// A template as somebody writes it, without a version. All of it is needed; here names are any text and what is missing is
/// empty, so that validation names all that is wrong together.
#[derive(Clone, Debug, Default, Deserialize, Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = QuestTemplateRequest)]
pub struct Draft {
    /// The letter of the trait (E A C N O, or M for any) and two or three digits. Never changed, never used again.
    #[garde(custom(code_of(&self.r#trait)))]
    pub code: String,
    /// One of a closed list; a day never holds two of one category.
    #[garde(custom(one_of(&CATEGORIES)))]
    pub category: String,
    /// The trait it practises, or `any`.
    #[garde(custom(trait_or_any))]
    pub r#trait: String,
    /// `more` or `less` of the trait; `more` where it suits anybody.
    #[garde(custom(direction_of(&self.r#trait)))]
    pub direction: String,
    /// 1 (up to 10 minutes), 2 (up to 30) or 3 (up to 90).
    #[garde(range(min = 1, max = 3))]
    pub difficulty: i16,
    /// How long it takes.
    #[garde(custom(minutes_of(self.difficulty)))]
    pub minutes: i16,
    /// The self-check items it eases.
    #[garde(custom(no_repeats), inner(custom(one_of(&HELPS))))]
    pub helps: Vec<String>,
    /// The interests it suits; none means that it goes with any.
    #[garde(custom(no_repeats), inner(custom(one_of(&TOPICS))))]
    pub topics: Vec<String>,
    /// Where: `indoors`, `outdoors`, `either`.
    #[garde(custom(one_of(&ACTIVITIES)))]
    pub activity: String,
    /// With whom: `alone`, `few`, `many`, `any`.
    #[garde(custom(one_of(&SOCIAL)))]
    pub social: String,
    /// How fast: `slow`, `steady`, `lively`, `any`.
    #[garde(custom(one_of(&PACES)))]
    pub pace: String,
    /// What it rests on: `II FT PE BA HB`.
    #[garde(custom(one_of(&EVIDENCE)))]
    pub evidence: String,
    /// What to do.
    #[garde(dive)]
    pub title: Title,
    /// The if-part of an if-then plan.
    #[garde(dive)]
    pub cue: Cue,
}

/// What to do, in a line.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Title {
    /// Korean, at most 40 characters, ends in -기.
    #[garde(custom(line(40)), suffix("기"))]
    pub ko: String,
    /// English, at most 80 characters, begins with a verb.
    #[garde(custom(line(80)))]
    pub en: String,
}

/// The moment to do it.
#[derive(Clone, Debug, Default, Serialize, Deserialize, Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cue {
    /// Korean, at most 40 characters, ends in -면.
    #[garde(custom(line(40)), suffix("면"))]
    pub ko: String,
    /// English, at most 80 characters, begins with When, After, As soon as or Before.
    #[garde(custom(line(80)), custom(begins_as_a_cue))]
    pub en: String,
}

impl Draft {
    /// The template it makes. None where a name is unknown, which validation refuses.
    pub(crate) fn into_template(self, version: i32) -> Option<QuestTemplate> {
        Some(QuestTemplate {
            code: self.code,
            version,
            category: self.category,
            of: trait_named(&self.r#trait)?,
            direction: direction_named(&self.direction)?,
            difficulty: self.difficulty,
            minutes: self.minutes,
            helps: self.helps,
            topics: self.topics,
            activity: self.activity,
            social: self.social,
            pace: self.pace,
            evidence: self.evidence,
            title: Text { ko: self.title.ko, en: self.title.en },
            cue: Text { ko: self.cue.ko, en: self.cue.en },
        })
    }
}

impl From<QuestTemplate> for Draft {
    fn from(template: QuestTemplate) -> Self {
        let direction = match template.direction {
            Direction::More => "more",
            Direction::Less => "less",
        };
        Draft {
            code: template.code,
            category: template.category,
            r#trait: template.of.map_or(ANY, Trait::key).to_owned(),
            direction: direction.to_owned(),
            difficulty: template.difficulty,
            minutes: template.minutes,
            helps: template.helps,
            topics: template.topics,
            activity: template.activity,
            social: template.social,
            pace: template.pace,
            evidence: template.evidence,
            title: Title { ko: template.title.ko, en: template.title.en },
            cue: Cue { ko: template.cue.ko, en: template.cue.en },
        }
    }
}

fn direction_named(name: &str) -> Option<Direction> {
    match name {
        "more" => Some(Direction::More),
        "less" => Some(Direction::Less),
        _ => None,
    }
}

fn letter(of: Option<Trait>) -> char {
    match of {
        None => 'M',
        Some(Trait::Extraversion) => 'E',
        Some(Trait::Agreeableness) => 'A',
        Some(Trait::Conscientiousness) => 'C',
        Some(Trait::EmotionalStability) => 'N',
        Some(Trait::Openness) => 'O',
    }
}

fn must(holds: bool, words: impl FnOnce() -> String) -> garde::Result {
    if holds { Ok(()) } else { Err(garde::Error::new(words())) }
}

fn code_of(of: &str) -> impl FnOnce(&str, &()) -> garde::Result {
    move |code, ()| {
        // Where the trait is wrong, only the form is looked at.
        let letters = trait_named(of).map_or("EACNOM".to_owned(), |of| letter(of).to_string());
        let digits = code.strip_prefix(|first: char| letters.contains(first)).unwrap_or_default();
        let well_formed =
            matches!(digits.len(), 2 | 3) && digits.bytes().all(|b| b.is_ascii_digit());
        must(well_formed, || format!("must be a letter ({letters}) and two or three digits"))
    }
}

pub(crate) fn one_of<'a>(names: &'a [&'a str]) -> impl Fn(&str, &()) -> garde::Result {
    move |name, ()| must(names.contains(&name), || format!("must be one of: {}", names.join(" ")))
}

pub(crate) fn trait_or_any(name: &str, (): &()) -> garde::Result {
    must(trait_named(name).is_some(), || {
        format!("must be one of: {} {ANY}", Trait::ALL.map(Trait::key).join(" "))
    })
}

fn direction_of(of: &str) -> impl FnOnce(&str, &()) -> garde::Result {
    move |name, ()| match direction_named(name) {
        None => must(false, || "must be one of: more less".to_owned()),
        Some(direction) => must(of != ANY || direction == Direction::More, || {
            format!("must be more where trait is {ANY}")
        }),
    }
}

fn minutes_of(difficulty: i16) -> impl FnOnce(&i16, &()) -> garde::Result {
    move |minutes, ()| {
        let most = match difficulty {
            1 => 10,
            2 => 30,
            _ => 90,
        };
        must((1..=most).contains(minutes), || {
            format!("must be 1 to {most} where difficulty is {difficulty}")
        })
    }
}

fn no_repeats(names: &[String], (): &()) -> garde::Result {
    let repeated = names.iter().enumerate().any(|(place, name)| names[..place].contains(name));
    must(!repeated, || "must name each only once".to_owned())
}

fn line(most: usize) -> impl FnOnce(&str, &()) -> garde::Result {
    move |text, ()| {
        must(!text.trim().is_empty(), || "must not be empty".to_owned())?;
        must(text.chars().count() <= most, || format!("must have at most {most} characters"))?;
        must(!text.contains(char::is_control), || "must be one line of plain text".to_owned())
    }
}

fn begins_as_a_cue(text: &str, (): &()) -> garde::Result {
    let beginnings = ["When ", "After ", "As soon as ", "Before "];
    must(beginnings.iter().any(|words| text.starts_with(words)), || {
        "must begin with When, After, As soon as or Before".to_owned()
    })
}

#[cfg(test)]
mod tests;

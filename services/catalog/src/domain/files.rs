//! The content files of `data/`, embedded and parsed. The rules that their words are held to are in `tests/content`.

use contracts::PerTrait;
use contracts::characters::{Character, Characters};
use contracts::instruments::{Instrument, Item, Norm, ScalePoint};
use contracts::quest_templates::QuestTemplate;
use contracts::result_texts::ResultTexts;
use contracts::self_check::SelfCheck;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::library::Kind;

/// What this release brings along.
#[derive(Clone, Debug)]
pub struct Files {
    /// The tests, all of one version.
    pub instruments: Vec<Instrument>,
    /// The characters, in the order that breaks ties.
    pub characters: Characters,
    /// A drawing of each.
    pub drawings: Vec<Drawing>,
    /// The quest library.
    pub quest_templates: QuestTemplatesFile,
    /// The sentences of results.
    pub result_texts: ResultTexts,
    /// The self-check.
    pub self_check: SelfCheck,
}

/// A character's picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// The character.
    pub key: String,
    /// SVG.
    pub svg: String,
}

/// `quest-templates.toml`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuestTemplatesFile {
    /// Grows by one with every change of the file.
    pub version: i32,
    /// In the order of the file.
    #[serde(rename = "template")]
    pub items: Vec<QuestTemplate>,
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("data/{file}: {why}")]
pub struct FileError {
    file: &'static str,
    why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentsFile {
    version: i32,
    scale: Vec<ScalePoint>,
    instrument: Vec<InstrumentEntry>,
    item: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InstrumentEntry {
    key: String,
    items: Vec<i16>,
    norm_set: String,
    norms: PerTrait<Norm>,
    alpha: PerTrait<f64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CharactersFile {
    version: i32,
    #[serde(rename = "character")]
    items: Vec<Character>,
}

macro_rules! content_files {
    ($($constant:ident = $path:literal),+ $(,)?) => {
        $(const $constant: (&str, &str) = ($path, include_str!(concat!("../../data/", $path)));)+

        /// Every TOML file, by name and as it is written.
        pub const TOML: [(&str, &str); 5] = [$($constant),+];
    };
}

content_files! {
    INSTRUMENTS = "instruments.toml",
    CHARACTERS = "characters.toml",
    QUEST_TEMPLATES = "quest-templates.toml",
    RESULT_TEXTS = "result-texts.toml",
    SELF_CHECK = "self-check.toml",
}

macro_rules! drawings {
    ($($key:literal),+ $(,)?) => {
        [$(($key, include_str!(concat!("../../data/characters/", $key, ".svg")))),+]
    };
}

const DRAWINGS: [(&str, &str); 9] = drawings![
    "explorer",
    "leader",
    "guardian",
    "harmonizer",
    "thinker",
    "anchor",
    "sensor",
    "spark",
    "balanced",
];

impl Files {
    /// The files of this binary.
    pub fn embedded() -> Result<Self, FileError> {
        let CharactersFile { version, items } = parsed(CHARACTERS)?;
        let drawing =
            |(key, svg): (&str, &str)| Drawing { key: key.to_owned(), svg: svg.to_owned() };
        Ok(Files {
            instruments: instruments(parsed(INSTRUMENTS)?)?,
            characters: Characters { version, items },
            drawings: DRAWINGS.map(drawing).into(),
            quest_templates: parsed(QUEST_TEMPLATES)?,
            result_texts: parsed(RESULT_TEXTS)?,
            self_check: parsed(SELF_CHECK)?,
        })
    }

    /// The version of the file of a kind.
    pub(crate) fn version(&self, kind: Kind) -> i32 {
        match kind {
            Kind::Instruments => {
                self.instruments.first().map_or(0, |instrument| instrument.version)
            }
            Kind::Characters => self.characters.version,
            Kind::QuestTemplates => self.quest_templates.version,
            Kind::ResultTexts => self.result_texts.version,
            Kind::SelfCheck => self.self_check.version,
        }
    }
}

fn parsed<T: DeserializeOwned>((file, text): (&'static str, &str)) -> Result<T, FileError> {
    toml::from_str(text).map_err(|error| FileError { file, why: error.to_string() })
}

/// Puts the statements that each test names into it.
fn instruments(file: InstrumentsFile) -> Result<Vec<Instrument>, FileError> {
    let item = |id: &i16| {
        let found = file.item.iter().find(|item| item.id == *id).cloned();
        found
            .ok_or_else(|| FileError { file: INSTRUMENTS.0, why: format!("there is no item {id}") })
    };
    let instrument = |entry: InstrumentEntry| {
        Ok(Instrument {
            key: entry.key,
            version: file.version,
            scale: file.scale.clone(),
            items: entry.items.iter().map(item).collect::<Result<_, _>>()?,
            norm_set: entry.norm_set,
            norms: entry.norms,
            alpha: entry.alpha,
        })
    };
    file.instrument.into_iter().map(instrument).collect()
}

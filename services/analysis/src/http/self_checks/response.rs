//! A self-check as clients read it.

use contracts::Lang;
use contracts::self_check::{Preference, SelfCheckItem};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::preferences::{Activity, Pace, Social, Told};
use crate::domain::self_checks::{PerItem, SelfCheck};
use crate::domain::trends::{
    ItemTrend, LONGEST_DAYS, RecentDays, Trend, WEEK_DAYS, is_low_mood, trend,
};
use crate::error::Error;
use crate::references::{References, SupportLine};

/// What a member prefers, where they have said so.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PreferencesBody {
    activity: Option<Activity>,
    social: Option<Social>,
    pace: Option<Pace>,
}

impl From<PreferencesBody> for Told {
    fn from(body: PreferencesBody) -> Self {
        let PreferencesBody { activity, social, pace } = body;
        Told { activity, social, pace }
    }
}

impl From<Told> for PreferencesBody {
    fn from(told: Told) -> Self {
        let Told { activity, social, pace } = told;
        PreferencesBody { activity, social, pace }
    }
}

/// One day's entry.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct EntryResponse {
    /// The member's local date.
    #[schema(value_type = String, format = Date)]
    date: Date,
    #[serde(flatten)]
    ratings: PerItem<i16>,
    sleep_hours: Option<f64>,
    note: Option<String>,
    preferences: PreferencesBody,
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

/// The entry that was kept.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SubmittedResponse {
    #[serde(flatten)]
    entry: EntryResponse,
    /// Where somebody listens, after many low days.
    support: Option<SupportResponse>,
}

/// The day's self-check: what is asked, what was answered, how the days go.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SelfCheckResponse {
    /// The member's local date.
    #[schema(value_type = String, format = Date)]
    date: Date,
    items: Vec<ItemResponse>,
    preferences: Vec<PreferenceResponse>,
    today: Option<EntryResponse>,
    trend: TrendsResponse,
    /// Where somebody listens, after many low days.
    support: Option<SupportResponse>,
}

/// A question, 0 to 10.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ItemResponse {
    key: String,
    label: String,
    low_label: String,
    high_label: String,
}

/// A question with choices, which may be left out.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PreferenceResponse {
    key: String,
    label: String,
    options: Vec<OptionResponse>,
}

/// A choice.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OptionResponse {
    key: String,
    label: String,
}

/// How the days go, by window.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrendsResponse {
    /// The last 7 local dates.
    #[serde(rename = "7d")]
    week: TrendResponse,
    /// The last 28.
    #[serde(rename = "28d")]
    longest: TrendResponse,
}

/// One window. Higher is better in every item: stress is turned.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TrendResponse {
    /// How many days have an entry.
    entries: usize,
    /// How many quests were completed in them.
    completed_quests: usize,
    #[serde(flatten)]
    items: PerItem<ItemTrendResponse>,
}

/// One item in one window.
#[derive(Clone, Copy, Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ItemTrendResponse {
    /// Null without entries.
    median: Option<f64>,
    /// How far the newest entry stands from the window's mean, in standard deviations of at least .8; null below 7
    /// entries.
    z: Option<f64>,
}

/// Where somebody listens.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SupportResponse {
    /// Stands without the lines.
    text: String,
    /// Empty where the settings name none.
    lines: Vec<SupportLine>,
}

impl SubmittedResponse {
    pub(super) fn new(
        references: &References,
        lang: Lang,
        entry: &SelfCheck,
        is_low_mood: bool,
    ) -> Result<Self, Error> {
        Ok(SubmittedResponse {
            entry: entry.into(),
            support: SupportResponse::after(is_low_mood, references, lang)?,
        })
    }
}

impl SelfCheckResponse {
    pub(super) fn new(
        references: &References,
        lang: Lang,
        today: Date,
        recent: &RecentDays,
    ) -> Result<Self, Error> {
        let asked = references.self_check()?;
        let entries = &recent.entries;
        Ok(SelfCheckResponse {
            date: today,
            items: asked.item.iter().map(|item| ItemResponse::new(item, lang)).collect(),
            preferences: asked
                .preference
                .iter()
                .map(|it| PreferenceResponse::new(it, lang))
                .collect(),
            today: entries.iter().find(|entry| entry.date == today).map(EntryResponse::from),
            trend: TrendsResponse {
                week: trend(recent, today, WEEK_DAYS).into(),
                longest: trend(recent, today, LONGEST_DAYS).into(),
            },
            support: SupportResponse::after(is_low_mood(entries, today), references, lang)?,
        })
    }
}

impl From<&SelfCheck> for EntryResponse {
    fn from(entry: &SelfCheck) -> Self {
        EntryResponse {
            date: entry.date,
            ratings: entry.ratings,
            sleep_hours: entry.sleep_hours,
            note: entry.note.clone(),
            preferences: entry.told.into(),
            updated_at: entry.updated_at,
        }
    }
}

impl ItemResponse {
    fn new(item: &SelfCheckItem, lang: Lang) -> Self {
        ItemResponse {
            key: item.key.clone(),
            label: item.label.get(lang).clone(),
            low_label: item.low_label.get(lang).clone(),
            high_label: item.high_label.get(lang).clone(),
        }
    }
}

impl PreferenceResponse {
    fn new(preference: &Preference, lang: Lang) -> Self {
        let option = |option: &contracts::self_check::PreferenceOption| OptionResponse {
            key: option.key.clone(),
            label: option.label.get(lang).clone(),
        };
        PreferenceResponse {
            key: preference.key.clone(),
            label: preference.label.get(lang).clone(),
            options: preference.option.iter().map(option).collect(),
        }
    }
}

impl From<Trend> for TrendResponse {
    fn from(trend: Trend) -> Self {
        TrendResponse {
            entries: trend.entries,
            completed_quests: trend.completed_quests,
            items: PerItem::from_fn(|item| {
                let ItemTrend { median, z } = *item(&trend.items);
                ItemTrendResponse { median, z }
            }),
        }
    }
}

impl SupportResponse {
    /// After many low days, and only then.
    fn after(low_mood: bool, references: &References, lang: Lang) -> Result<Option<Self>, Error> {
        if !low_mood {
            return Ok(None);
        }
        Ok(Some(SupportResponse {
            text: references.self_check()?.support.get(lang).clone(),
            lines: references.support_lines(),
        }))
    }
}

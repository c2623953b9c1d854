//! What services tell each other. An event's type names its payload; who sends and who reads which is a table of the
//! event log itself (`deploy/database`), so the database refuses what this page does not allow.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{PerTrait, UserId};

/// A payload that knows its own name.
pub trait Event: Serialize + DeserializeOwned + JsonSchema {
    /// The type in the log, for example `member.registered`.
    const TYPE: &'static str;

    /// The member it is about: the order of events is kept for each. None for reference data.
    fn user_id(&self) -> Option<UserId>;
}

macro_rules! member_events {
    ($($payload:ty => $name:literal),+ $(,)?) => {$(
        impl Event for $payload {
            const TYPE: &'static str = $name;
            fn user_id(&self) -> Option<UserId> {
                Some(self.user_id)
            }
        }
    )+};
}

member_events! {
    MemberErased => "member.erased",
    MemberErasureDone => "member.erasure_done",
    AnalysisCompleted => "analysis.completed",
    AnalysisDeleted => "analysis.deleted",
    SelfCheckSubmitted => "self_check.submitted",
    QuestCompleted => "quest.completed",
    QuestUndone => "quest.undone",
    TopicsChanged => "sns.topics_changed",
}

impl Event for MemberRegistered {
    const TYPE: &'static str = "member.registered";
    fn user_id(&self) -> Option<UserId> {
        Some(self.0.user_id)
    }
}

impl Event for MemberUpdated {
    const TYPE: &'static str = "member.updated";
    fn user_id(&self) -> Option<UserId> {
        Some(self.0.user_id)
    }
}

/// What other services know of a member. The whole state, so that the last one wins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Member {
    /// The member.
    pub user_id: UserId,
    /// What the member is called.
    pub name: String,
    /// BCP 47 tag.
    pub locale: String,
    /// IANA zone.
    pub time_zone: String,
}

/// From auth: somebody signed up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct MemberRegistered(pub Member);

/// From auth: name, locale or zone changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct MemberUpdated(pub Member);

/// From auth: every service erases what it holds of the member and answers [`MemberErasureDone`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberErased {
    /// The member.
    pub user_id: UserId,
}

/// From every service that reads [`MemberErased`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MemberErasureDone {
    /// The member.
    pub user_id: UserId,
    /// Who has erased.
    pub service: String,
    /// Which of its tables.
    #[serde(default)]
    pub tables: Vec<String>,
}

/// From the catalog: reference data of one kind has a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CatalogUpdated {
    /// `quest-templates`, `characters`, `instruments`, `result-texts` or `self-check`.
    pub kind: String,
    /// The version that now holds.
    pub version: i64,
}

impl Event for CatalogUpdated {
    const TYPE: &'static str = "catalog.updated";
    fn user_id(&self) -> Option<UserId> {
        None
    }
}

/// The character and tendencies that now hold for a member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Tendencies {
    /// The result they come from.
    pub analysis_id: Uuid,
    /// For example `explorer`.
    pub character_key: String,
    /// Range scores, 0 to 100.
    pub scores: PerTrait<f64>,
    /// Standardised scores.
    pub z: PerTrait<f64>,
}

/// From analysis: a test was scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisCompleted {
    /// The member.
    pub user_id: UserId,
    /// What now holds.
    pub holds: Tendencies,
}

/// From analysis: a result was deleted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisDeleted {
    /// The member.
    pub user_id: UserId,
    /// What now holds; none when no result is left.
    pub holds: Option<Tendencies>,
}

/// From analysis: the day's self-check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SelfCheckSubmitted {
    /// The member.
    pub user_id: UserId,
    /// The member's local date.
    pub date: Date,
    /// 0 to 10, by item: `mood energy stress sleep focus relationships`.
    pub mood: i16,
    /// 0 to 10.
    pub energy: i16,
    /// 0 to 10, more is worse.
    pub stress: i16,
    /// 0 to 10.
    pub sleep: i16,
    /// 0 to 10.
    pub focus: i16,
    /// 0 to 10.
    pub relationships: i16,
    /// `indoors outdoors either`, where the member has said so.
    pub activity: Option<String>,
    /// `alone few many`, where the member has said so.
    pub social: Option<String>,
    /// `slow steady lively`, where the member has said so.
    pub pace: Option<String>,
    /// Whether mood was 2 or less on 5 of the last 7 days: easy quests only.
    pub low_mood: bool,
}

/// From quest: a quest was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuestCompleted {
    /// The member.
    pub user_id: UserId,
    /// The quest.
    pub quest_id: Uuid,
    /// For example `E01`.
    pub template_code: String,
    /// The member's local date.
    pub date: Date,
    /// Points given.
    pub xp: i32,
}

/// From quest: a completion was taken back on the same day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuestUndone {
    /// The member.
    pub user_id: UserId,
    /// The quest.
    pub quest_id: Uuid,
    /// For example `E01`.
    pub template_code: String,
    /// The member's local date.
    pub date: Date,
    /// Points taken back.
    pub xp: i32,
}

/// From sns: what the member writes about has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TopicsChanged {
    /// The member.
    pub user_id: UserId,
    /// Those that were seen, and no others: they take the place of all that were told before. Their weights sum to at most
    /// 1; the rest is of no topic in particular.
    pub topics: Vec<Topic>,
}

/// One interest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema)]
pub struct Topic {
    /// One of the closed list, for example `books`.
    pub topic: String,
    /// 0 to 1.
    pub weight: f64,
    /// The channels it was seen in.
    pub sources: Vec<String>,
}

//! Home: all at a glance.

use actix_web::HttpResponse;
use actix_web::web::Data;
use chassis::Language;
use contracts::{Lang, UserId};
use identity::Caller;
use jiff::Timestamp;
use jiff::civil::Date;
use problem::Problem;
use serde::Serialize;
use uuid::Uuid;

use super::quests::QuestResponse;
use crate::app;
use crate::domain::home::{Home, NextStep};
use crate::domain::rewards::Progress;
use crate::domain::streak::Standing;
use crate::domain::texts::{Texts, fill};
use crate::references::References;
use crate::state::State;

/// All at a glance.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct HomeResponse {
    member: MemberResponse,
    /// Null before the first test.
    character: Option<CharacterResponse>,
    /// The member's local date.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// The IANA zone it is reckoned by.
    time_zone: String,
    /// Today's; empty on a pause; null while they cannot be given.
    quests: Option<Vec<QuestResponse>>,
    streak: StreakSummary,
    progress: ProgressResponse,
    next_step: NextStepResponse,
    /// What is missing because another service is away: `quests`, `character`.
    degraded: Vec<&'static str>,
}

/// Who it is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MemberResponse {
    id: UserId,
    /// Null in the first moments after signing up.
    name: Option<String>,
}

/// The member's character.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CharacterResponse {
    key: String,
    name: String,
    image_url: String,
}

/// The streak in short.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct StreakSummary {
    /// Completed days in a row.
    current: i32,
    longest: i32,
    /// Freezes held.
    freezes: i32,
    /// What is worth telling: a freeze was used, or welcome back.
    notice: Option<String>,
}

impl StreakSummary {
    pub(super) fn new(standing: &Standing, texts: &Texts, lang: Lang) -> Self {
        StreakSummary {
            current: standing.current,
            longest: standing.longest,
            freezes: standing.freezes,
            notice: texts.notice(standing, lang),
        }
    }
}

/// How far the member has come.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ProgressResponse {
    level: i64,
    xp: i64,
    /// The points at which the next level begins.
    next_level_at: i64,
}

/// What to do next.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct NextStepResponse {
    kind: NextStepKind,
    text: String,
    /// The quest, with `quest`.
    quest_id: Option<Uuid>,
}

#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum NextStepKind {
    Paused,
    TakeTest,
    Wait,
    SelfCheck,
    Quest,
    Done,
}

impl NextStepResponse {
    fn new(step: NextStep<'_>, texts: &Texts, lang: Lang) -> Self {
        let texts = &texts.next_step;
        let quest_id = if let NextStep::Quest(quest) = step { Some(quest.id) } else { None };
        let (kind, text) = match step {
            NextStep::Paused(pause) => {
                let until = Texts::date(pause.until, lang);
                (NextStepKind::Paused, fill(texts.paused.get(lang), "until", &until))
            }
            NextStep::TakeTest => (NextStepKind::TakeTest, texts.take_test.get(lang).clone()),
            NextStep::Wait => (NextStepKind::Wait, texts.wait.get(lang).clone()),
            NextStep::SelfCheck => (NextStepKind::SelfCheck, texts.self_check.get(lang).clone()),
            NextStep::Quest(quest) => {
                let text = fill(texts.quest.get(lang), "cue", quest.cue.get(lang));
                (NextStepKind::Quest, fill(&text, "title", quest.title.get(lang)))
            }
            NextStep::Done => (NextStepKind::Done, texts.done.get(lang).clone()),
        };
        NextStepResponse { kind, text, quest_id }
    }
}

/// All at a glance. The first look of a day gives the day's quests.
#[utoipa::path(
    get, path = "/api/home", tag = "quest", operation_id = "find_home",
    params(("lang" = Option<String>, Query)),
    responses((status = 200, body = HomeResponse)),
    security(("bearer" = [])), extensions(("x-access" = json!("own")))
)]
pub(crate) async fn find_home(
    caller: Caller,
    language: Language,
    state: Data<State>,
) -> Result<HttpResponse, Problem> {
    let now = state.clock.now();
    let home = app::days::look(&state, now, caller.user_id).await?;
    Ok(HttpResponse::Ok().json(response(caller.user_id, home, now, language, &state)))
}

fn response(
    user_id: UserId,
    home: Home,
    now: Timestamp,
    language: Language,
    state: &State,
) -> HomeResponse {
    let (texts, lang) = (&*state.texts, language.for_locale(home.locale.as_deref()));
    let mut degraded = Vec::new();
    let date = home.date(now);
    let day = home.day;
    let next_step = NextStepResponse::new(home.next_step(date), texts, lang);
    let time_zone = home.calendar.rule_at(now).zone_name().to_owned();
    let standing = day.map(|day| day.standing).unwrap_or_default();
    let Progress { level, xp, next_level_at } = Progress::of(day.map_or(0, |day| day.xp));
    let quests = if home.is_opened(now) {
        Some(QuestResponse::list(home.quests, texts, lang))
    } else {
        degraded.push("quests");
        None
    };
    let character = home.character_key.map(|key| {
        let name = name_of(&key, &state.references, lang).unwrap_or_else(|| {
            degraded.push("character");
            key.clone()
        });
        CharacterResponse { image_url: format!("/api/characters/{key}.svg"), key, name }
    });
    HomeResponse {
        member: MemberResponse { id: user_id, name: home.name },
        character,
        date,
        time_zone,
        quests,
        streak: StreakSummary::new(&standing, texts, lang),
        progress: ProgressResponse { level, xp, next_level_at },
        next_step,
        degraded,
    }
}

/// What a character is called; none while the catalog was never reached.
fn name_of(key: &str, references: &References, lang: Lang) -> Option<String> {
    let characters = references.characters().ok()?;
    let character = characters.items.iter().find(|character| character.key == key)?;
    Some(character.name.get(lang).clone())
}

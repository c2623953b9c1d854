//! Reading an account: a job, and what became of it.

use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A job is given up that got nowhere so often in a row, because nobody answered: after half an hour.
const MOST_SILENCES: i32 = 6;
/// The same, because it was told to wait: after more than a day. The next job comes by itself.
const MOST_LIMITS: i32 = 13;
/// The pause after the first time; it doubles up to the longest.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(6);

/// A job as its member sees it.
#[derive(Clone, Debug)]
pub(crate) struct Import {
    pub(crate) id: Uuid,
    pub(crate) account_id: Uuid,
    pub(crate) status: Status,
    /// Posts that were read.
    pub(crate) fetched: i32,
    /// Those that were not known yet.
    pub(crate) new: i32,
    /// What the new ones are about.
    pub(crate) topics: Vec<String>,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) finished_at: Option<Timestamp>,
    pub(crate) resume_at: Option<Timestamp>,
    pub(crate) error: Option<String>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Queued,
    Running,
    /// It goes on at `resume_at`.
    Paused,
    Succeeded,
    Failed,
}

impl Status {
    /// Its name in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Status::Queued => "queued",
            Status::Running => "running",
            Status::Paused => "paused",
            Status::Succeeded => "succeeded",
            Status::Failed => "failed",
        }
    }
}

/// A job that this process works on, as long as nobody else has taken it.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) user_id: UserId,
    pub(crate) id: Uuid,
    pub(crate) account_id: Uuid,
    /// Whoever takes it raises this; who holds an older one has lost it.
    pub(crate) fence: i32,
    /// How often in a row it got nowhere.
    pub(crate) failures: i32,
    /// Whether reading ends where known posts begin.
    pub(crate) until_known: bool,
    /// The page to read next.
    pub(crate) cursor: Option<String>,
}

/// Why a job does not go on now. Its name is what the member is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hitch {
    /// The provider wants to be left alone until then.
    Limited(Timestamp),
    /// Nobody answered, or with an error that passes.
    Away,
    /// There is no such account, or it is not public.
    NotFound,
    /// The provider does not let us in: the member has to allow it (again).
    ConsentNeeded,
    /// Its server answers others than us.
    Refused,
    /// What was found is nothing that we read.
    Unreadable,
    /// It lies where nothing may be fetched from.
    NotPublic,
    /// It is larger than is read.
    TooLarge,
}

impl Hitch {
    pub(crate) fn key(self) -> &'static str {
        match self {
            Hitch::Limited(_) => "limited",
            Hitch::Away => "away",
            Hitch::NotFound => "not-found",
            Hitch::ConsentNeeded => "consent-needed",
            Hitch::Refused => "refused",
            Hitch::Unreadable => "unreadable",
            Hitch::NotPublic => "not-public",
            Hitch::TooLarge => "too-large",
        }
    }

    /// When it is worth trying again, for a job that got nowhere so often before; never for what would be the same the next
    /// time. Whoever says over and over that we come too soon is left alone for longer than they say.
    pub(crate) fn resume_at(self, failures: i32, now: Timestamp) -> Option<Timestamp> {
        let pause = FIRST_PAUSE * 2_i32.pow(failures.clamp(0, MOST_LIMITS) as u32);
        let own = now + pause.min(LONGEST_PAUSE);
        match self {
            Hitch::Limited(until) if failures < MOST_LIMITS => Some(until.max(own)),
            Hitch::Away if failures < MOST_SILENCES => Some(own),
            Hitch::Limited(_)
            | Hitch::Away
            | Hitch::NotFound
            | Hitch::ConsentNeeded
            | Hitch::Refused
            | Hitch::Unreadable
            | Hitch::NotPublic
            | Hitch::TooLarge => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_waited_for_and_given_up_in_the_end() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let pauses = |hitch: Hitch| {
            let pause = |failures| Some((hitch.resume_at(failures, now)? - now).get_seconds());
            (0..99).map_while(pause).collect::<Vec<_>>()
        };
        assert_eq!(pauses(Hitch::Away), [30, 60, 120, 240, 480, 960]);
        // What a provider says holds, until it has said so for hours; at once is too soon.
        let minutes = 15 * 60;
        let said = pauses(Hitch::Limited(now + SignedDuration::from_secs(minutes)));
        assert_eq!(said[..6], [minutes, minutes, minutes, minutes, minutes, 960]);
        let at_once = pauses(Hitch::Limited(now));
        assert_eq!(at_once[..2], [30, 60]);
        assert_eq!((at_once.len(), at_once[12]), (13, 6 * 3600));
        assert!(at_once.iter().sum::<i64>() > 24 * 3600);
        let tomorrow = SignedDuration::from_hours(24);
        assert_eq!(Hitch::Limited(now + tomorrow).resume_at(12, now), Some(now + tomorrow));
        assert_eq!(pauses(Hitch::NotFound), [0; 0]);
    }
}

//! Reading an account: a job, and what became of it.

use contracts::UserId;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// After so many failures in a row a job is given up; the next one comes by itself.
pub(crate) const MOST_FAILURES: i32 = 6;
/// The pause after the first failure; it doubles.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(30);

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

    /// When it is worth trying again; never for what would be the same the next time.
    pub(crate) fn resume_at(self, failures: i32, now: Timestamp) -> Option<Timestamp> {
        match self {
            Hitch::Limited(until) => Some(until),
            Hitch::Away if failures < MOST_FAILURES => {
                Some(now + FIRST_PAUSE * 2_i32.pow(failures.clamp(0, MOST_FAILURES) as u32))
            }
            Hitch::Away
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
    fn a_limit_pauses_however_often_and_what_is_away_is_given_up_in_the_end() {
        let now = Timestamp::from_second(1_000_000).unwrap();
        let until = now + SignedDuration::from_hours(1);
        assert_eq!(Hitch::Limited(until).resume_at(99, now), Some(until));
        let pauses: Vec<_> = (0..=MOST_FAILURES)
            .map(|failures| Some((Hitch::Away.resume_at(failures, now)? - now).get_seconds()))
            .collect();
        let seconds = [30, 60, 120, 240, 480, 960].map(Some);
        assert_eq!(pauses, [&seconds[..], &[None]].concat());
        assert_eq!(Hitch::NotFound.resume_at(0, now), None);
    }
}

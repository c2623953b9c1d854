//! A quest as it was given, and what may be done with it.

use contracts::Text;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::members::Member;
use super::rewards::xp_for;
use super::selection::{Pick, Reason};

/// What has become of a quest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    /// Nothing yet; or, on a day that is over, nothing at all.
    Open,
    /// Done, and rewarded.
    Completed,
    /// Laid aside by the member.
    Skipped,
}

impl Status {
    /// The name on the wire and in the table.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Status::Open => "open",
            Status::Completed => "completed",
            Status::Skipped => "skipped",
        }
    }
}

/// One of a day's quests, in the words of the template version it was given from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Quest {
    /// Its id, unique together with the member.
    pub(crate) id: Uuid,
    /// The member's local date it was given for.
    pub(crate) date: Date,
    /// Its place in the day, from 0.
    pub(crate) slot: i16,
    /// The template it was made from.
    pub(crate) template_code: String,
    /// The version of that template.
    pub(crate) template_version: i32,
    /// What to do.
    pub(crate) title: Text,
    /// The kind of quest.
    pub(crate) category: String,
    /// 1 to 3.
    pub(crate) difficulty: i16,
    /// How long it takes.
    pub(crate) minutes: i16,
    /// The moment to do it.
    pub(crate) cue: Text,
    /// Why this member was given it.
    pub(crate) reason: Reason,
    /// What has become of it.
    pub(crate) status: Status,
    /// What completing it gives.
    pub(crate) xp: i32,
    /// When it was completed, if it is.
    pub(crate) completed_at: Option<Timestamp>,
}

/// What a member can do with a quest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// It is done.
    Complete,
    /// Not this one.
    Skip,
    /// Take back the last one of these.
    Undo,
}

/// Why an action is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The quest's day is over.
    DayIsOver,
    /// What is completed cannot be skipped; it can be taken back first.
    AlreadyCompleted,
}

impl Quest {
    /// The quest that a pick makes, for a slot of a day.
    pub(crate) fn given(id: Uuid, date: Date, slot: i16, pick: &Pick) -> Self {
        let template = &pick.template;
        Quest {
            id,
            date,
            slot,
            template_code: template.code.clone(),
            template_version: template.version,
            title: template.title.clone(),
            category: template.category.clone(),
            difficulty: template.difficulty,
            minutes: template.minutes,
            cue: template.cue.clone(),
            reason: pick.reason.clone(),
            status: Status::Open,
            xp: xp_for(template.difficulty),
            completed_at: None,
        }
    }

    /// Whether it is what an action would make of it already, so that asking twice is asking once. On later days too:
    /// who did not hear the answer before midnight may ask again after it.
    pub(crate) fn is_after(&self, action: Action) -> bool {
        let made = match action {
            Action::Complete => Status::Completed,
            Action::Skip => Status::Skipped,
            Action::Undo => Status::Open,
        };
        self.status == made
    }

    /// Takes an action, on its own day only.
    pub(crate) fn take(
        &mut self,
        action: Action,
        today: Date,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if self.is_after(action) {
            return Ok(());
        }
        if self.date != today {
            return Err(Refusal::DayIsOver);
        }
        (self.status, self.completed_at) = match (action, self.status) {
            (Action::Complete, _) => (Status::Completed, Some(now)),
            (Action::Skip, Status::Completed) => return Err(Refusal::AlreadyCompleted),
            (Action::Skip, _) => (Status::Skipped, None),
            (Action::Undo, _) => (Status::Open, None),
        };
        Ok(())
    }
}

/// Whether a day's quests are chosen again when a result comes, by what was known `before` it. A member may look at their
/// first day before they take the test, or before its result has travelled here: what was given then is for anybody. Only
/// the first result does this, and only while nothing was done with any of the quests (`rewarded`: not even taken back).
/// A self-check does not: easy or hard, what was given in the morning stays for the day.
pub(crate) fn are_chosen_again(before: &Member, given: &[Quest], rewarded: bool) -> bool {
    let untouched = !rewarded && given.iter().all(|quest| quest.status == Status::Open);
    before.z.is_none() && untouched && !given.is_empty()
}

#[cfg(test)]
mod tests {
    use contracts::{PerTrait, UserId};
    use jiff::civil::date;

    use super::*;

    const TODAY: Date = date(2026, 3, 2);

    fn quest(status: Status, date: Date) -> Quest {
        Quest {
            id: Uuid::nil(),
            date,
            slot: 0,
            template_code: "E01".into(),
            template_version: 1,
            title: Text::default(),
            category: "social".into(),
            difficulty: 1,
            minutes: 2,
            cue: Text::default(),
            reason: Reason::Random,
            status,
            xp: 10,
            completed_at: (status == Status::Completed).then_some(Timestamp::UNIX_EPOCH),
        }
    }

    /// What becomes of a quest of a status and a date.
    fn take(status: Status, date: Date, action: Action) -> Result<Status, Refusal> {
        let mut quest = quest(status, date);
        quest.take(action, TODAY, Timestamp::UNIX_EPOCH)?;
        assert_eq!(quest.completed_at.is_some(), quest.status == Status::Completed);
        assert!(quest.is_after(action));
        Ok(quest.status)
    }

    #[test]
    fn today_everything_can_be_done_and_taken_back() {
        use Action::{Complete, Skip, Undo};
        use Status::{Completed, Open, Skipped};
        for (status, action, made) in [
            (Open, Complete, Ok(Completed)),
            (Open, Skip, Ok(Skipped)),
            (Open, Undo, Ok(Open)),
            (Completed, Complete, Ok(Completed)),
            (Completed, Skip, Err(Refusal::AlreadyCompleted)),
            (Completed, Undo, Ok(Open)),
            (Skipped, Complete, Ok(Completed)),
            (Skipped, Skip, Ok(Skipped)),
            (Skipped, Undo, Ok(Open)),
        ] {
            assert_eq!(take(status, TODAY, action), made, "{status:?} {action:?}");
        }
    }

    #[test]
    fn yesterday_is_over() {
        let yesterday = date(2026, 3, 1);
        for (status, action) in [
            (Status::Open, Action::Complete),
            (Status::Open, Action::Skip),
            (Status::Completed, Action::Skip),
            (Status::Completed, Action::Undo),
        ] {
            let refused = take(status, yesterday, action);
            assert_eq!(refused, Err(Refusal::DayIsOver), "{status:?} {action:?}");
        }
        assert_eq!(take(Status::Completed, yesterday, Action::Complete), Ok(Status::Completed));
    }

    #[test]
    fn only_an_untouched_day_before_the_first_result_is_chosen_again() {
        let unknown = Member {
            user_id: UserId(Uuid::nil()),
            z: None,
            topics: Vec::new(),
            check: None,
            goal: None,
        };
        let known = Member { z: Some(PerTrait::from_fn(|_| 0.0)), ..unknown.clone() };
        let day = |last| [Status::Open, Status::Open, last].map(|status| quest(status, TODAY));
        assert!(are_chosen_again(&unknown, &day(Status::Open), false));
        assert!(!are_chosen_again(&unknown, &day(Status::Open), true));
        assert!(!are_chosen_again(&unknown, &day(Status::Completed), true));
        assert!(!are_chosen_again(&unknown, &day(Status::Skipped), false));
        assert!(!are_chosen_again(&unknown, &[], false));
        assert!(!are_chosen_again(&known, &day(Status::Open), false));
    }
}

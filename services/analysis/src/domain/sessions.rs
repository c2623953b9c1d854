//! A test that can be put down and taken up, on another device too.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::answers::Answer;
use super::instruments::InstrumentKey;

/// A test put down for longer than this is over: who takes it up after it has become somebody else in the meantime, and half
/// a test of each says little. The next one begins anew. Ours.
pub(crate) const OPEN_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// One taking of a test.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Session {
    /// Its id.
    pub(crate) id: Uuid,
    /// Which test.
    pub(crate) instrument: InstrumentKey,
    /// When it was begun.
    pub(crate) created_at: Timestamp,
    /// When it was last answered.
    pub(crate) updated_at: Timestamp,
    /// When it became a result; none while it is open.
    pub(crate) submitted_at: Option<Timestamp>,
}

/// An answer and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct KeptAnswer {
    /// The answer.
    pub(crate) answer: Answer,
    /// Whether it was given to an earlier, shorter test.
    pub(crate) carried_over: bool,
    /// When it was given, to whichever test.
    pub(crate) answered_at: Timestamp,
}

impl Session {
    /// Whether it was put down for too long to be taken up again.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        self.submitted_at.is_none() && now.duration_since(self.updated_at) > OPEN_FOR
    }
}

/// How long the member took for an item, at most: from the beginning to the last answer given in this session. None
/// when no answer was.
pub(crate) fn seconds_per_item(session: &Session, answers: &[KeptAnswer]) -> Option<f64> {
    let given_here: Vec<Timestamp> =
        answers.iter().filter(|kept| !kept.carried_over).map(|kept| kept.answered_at).collect();
    let took = given_here.iter().max()?.duration_since(session.created_at);
    Some(took.as_secs_f64() / given_here.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(instrument: InstrumentKey) -> Session {
        Session {
            id: Uuid::nil(),
            instrument,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            submitted_at: Some(Timestamp::UNIX_EPOCH),
        }
    }

    fn answer(carried_over: bool, after_seconds: i64) -> KeptAnswer {
        let answer = Answer { question_id: 1, value: 3 };
        let answered_at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(after_seconds);
        KeptAnswer { answer, carried_over, answered_at }
    }

    #[test]
    fn a_test_put_down_for_long_is_over_and_a_submitted_one_stays() {
        let at = |days: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(days * 24);
        let submitted = session(InstrumentKey::Mini20);
        let open = Session { submitted_at: None, ..submitted.clone() };
        assert!(!open.is_over(at(30)));
        assert!(open.is_over(at(31)));
        assert!(!submitted.is_over(at(31)));
    }

    #[test]
    fn time_counts_for_what_was_answered_here() {
        let session = session(InstrumentKey::Full50);
        let answers = [answer(true, -900), answer(false, 10), answer(false, 30)];
        assert_eq!(seconds_per_item(&session, &answers), Some(15.0));
        assert_eq!(seconds_per_item(&session, &answers[..1]), None);
    }
}

//! A test that can be put down and taken up, on another device too.

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use super::answers::Answer;
use super::instruments::InstrumentKey;

/// Answers to the 20 older than this are asked again in the 50: after so long it is a retest.
const CARRIED_OVER_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

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

/// Whether the answers of a submitted test are the beginning of a new one.
pub(crate) fn carries_over(earlier: &Session, to: InstrumentKey, now: Timestamp) -> bool {
    let recent = |at: Timestamp| now.duration_since(at) <= CARRIED_OVER_FOR;
    earlier.instrument.is_part_of(to) && earlier.submitted_at.is_some_and(recent)
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
    fn only_the_short_test_carries_over_and_only_while_it_is_recent() {
        use InstrumentKey::{Full50, Mini20};
        let at = |days: i64| Timestamp::UNIX_EPOCH + SignedDuration::from_hours(days * 24);
        assert!(carries_over(&session(Mini20), Full50, at(90)));
        assert!(!carries_over(&session(Mini20), Full50, at(91)));
        assert!(!carries_over(&session(Mini20), Mini20, at(1)));
        assert!(!carries_over(&session(Full50), Full50, at(1)));
        assert!(!carries_over(&session(Full50), Mini20, at(1)));
        let open = Session { submitted_at: None, ..session(Mini20) };
        assert!(!carries_over(&open, Full50, at(1)));
    }

    #[test]
    fn time_counts_for_what_was_answered_here() {
        let session = session(InstrumentKey::Full50);
        let answers = [answer(true, -900), answer(false, 10), answer(false, 30)];
        assert_eq!(seconds_per_item(&session, &answers), Some(15.0));
        assert_eq!(seconds_per_item(&session, &answers[..1]), None);
    }
}

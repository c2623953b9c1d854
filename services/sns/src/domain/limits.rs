//! Limits that providers say otherwise than by 429.

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// How long is waited where an answer does not say: the shortest window of those that do.
const UNSAID: SignedDuration = SignedDuration::from_mins(15);
/// A quota of a day is not there again in a quarter of an hour.
const DAILY: SignedDuration = SignedDuration::from_hours(6);

/// When to go on, where a 400 or 403 means that we have asked too much.
pub(crate) fn limit_in(status: u16, body: &[u8], now: Timestamp) -> Option<Timestamp> {
    if !matches!(status, 400 | 403) {
        return None;
    }
    let body: Value = serde_json::from_slice(body).ok()?;
    // Meta: too many calls, by the app, the member, the page, the operation.
    if let Some(4 | 17 | 32 | 613) = body.pointer("/error/code").and_then(Value::as_i64) {
        return Some(now + UNSAID);
    }
    // Google.
    match body.pointer("/error/errors/0/reason")?.as_str()? {
        "quotaExceeded" | "dailyLimitExceeded" => Some(now + DAILY),
        "rateLimitExceeded" | "userRateLimitExceeded" => Some(now + UNSAID),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_in_a_400_is_one_and_other_refusals_are_not() {
        let now = Timestamp::UNIX_EPOCH;
        let meta = br#"{"error": {"code": 4, "message": "Application request limit reached"}}"#;
        let google = br#"{"error": {"code": 403, "errors": [{"reason": "quotaExceeded"}]}}"#;
        let token = br#"{"error": {"code": 190, "message": "expired"}}"#;
        assert_eq!(limit_in(400, meta, now), Some(now + UNSAID));
        assert_eq!(limit_in(403, google, now), Some(now + DAILY));
        for (status, body) in [(400, &token[..]), (401, meta), (400, b""), (403, b"[]")] {
            assert_eq!(limit_in(status, body, now), None);
        }
    }
}

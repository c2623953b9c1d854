//! The setting `RATE_LIMITS`: `off`, or what differs from the route table: `read=600/60,sign_in=30/60` (requests/seconds).

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;

use super::RateRule;

/// What `RATE_LIMITS` says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub struct RateLimits {
    off: bool,
    changed: BTreeMap<String, (u32, u32)>,
}

impl RateLimits {
    pub(crate) fn are_on(&self) -> bool {
        !self.off
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.changed.keys().map(String::as_str)
    }

    /// The rule as it holds.
    pub(crate) fn rule(&self, name: &str, stated: RateRule) -> RateRule {
        match self.changed.get(name) {
            Some(&(requests, seconds)) => RateRule { requests, seconds, ..stated },
            None => stated,
        }
    }
}

impl FromStr for RateLimits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = RateLimits::default();
        if text.trim() == "off" {
            limits.off = true;
            return Ok(limits);
        }
        for part in text.split(',').map(str::trim) {
            let changed = part.split_once('=').and_then(|(name, rule)| {
                let (requests, seconds) = rule.split_once('/')?;
                let rule = (requests.trim().parse().ok()?, seconds.trim().parse().ok()?);
                Some((name.trim().to_owned(), rule))
            });
            let Some((name, rule)) = changed else {
                return Err(format!(
                    "{part:?} is not `off` and not `<class>=<requests>/<seconds>`"
                ));
            };
            limits.changed.insert(name, rule);
        }
        Ok(limits)
    }
}

impl TryFrom<String> for RateLimits {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

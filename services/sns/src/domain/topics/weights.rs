//! From posts to interests.

use std::collections::BTreeSet;

use contracts::events::Topic;
use jiff::Timestamp;

use super::Lexicon;

/// After so many days a post counts half (domain.md, "Sources that can be imported").
const HALF_LIFE_DAYS: f64 = 60.0;
/// What every topic counts beforehand, in posts (Dirichlet). Ours: one post is a hint, four fresh ones of one topic are a
/// strong interest (quest's full match).
const PRIOR: f64 = 0.5;

/// What is kept of a post: that it spoke of topics, not how often, and none of its words.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct PostTopics {
    /// The channel's key.
    pub(crate) source: String,
    /// When it was published.
    pub(crate) published_at: Timestamp,
    /// The topics' keys.
    pub(crate) topics: Vec<String>,
}

impl Lexicon {
    /// How much of a member's writing each topic that was seen is, the heaviest first. What is missing to 1 in sum is what
    /// the others count beforehand: of those nothing is known, and so nothing is told.
    pub(crate) fn weigh(&self, posts: &[PostTopics], now: Timestamp) -> Vec<Topic> {
        let mut topics: Vec<_> = self.topics().map(|topic| count(topic, posts, now)).collect();
        let whole: f64 = topics.iter().map(|topic| topic.weight).sum();
        topics.retain(|topic| !topic.sources.is_empty());
        for topic in &mut topics {
            topic.weight /= whole;
        }
        topics.sort_by(|a, b| b.weight.total_cmp(&a.weight)); // equal ones stay in the lexicon's order
        topics
    }
}

fn count(topic: &str, posts: &[PostTopics], now: Timestamp) -> Topic {
    let (mut weight, mut sources) = (PRIOR, BTreeSet::new());
    for post in posts.iter().filter(|post| post.topics.iter().any(|it| it == topic)) {
        weight += decay(post.published_at, now);
        sources.insert(post.source.clone());
    }
    Topic { topic: topic.to_owned(), weight, sources: sources.into_iter().collect() }
}

/// What a post still counts. One that is dated ahead counts as one of now.
fn decay(published_at: Timestamp, now: Timestamp) -> f64 {
    let days = now.duration_since(published_at).as_secs_f64() / 86_400.0;
    0.5_f64.powf(days.max(0.0) / HALF_LIFE_DAYS)
}

//! What a post is about, of a closed list: words that are found in it, never a mood. The words are data
//! (`data/topics/lexicon.toml`).

mod finding;
mod lexicon;
#[cfg(test)]
mod tests;
mod weights;

pub(crate) use lexicon::Lexicon;
pub(crate) use weights::PostTopics;

//! What RSS, Atom and JSON feeds hold: bytes to posts. Nothing here fetches anything.

mod html;
mod posts;
#[cfg(test)]
mod tests;

pub(crate) use html::{alternates, text_of};
#[cfg(test)]
use posts::NotAFeed;
pub(crate) use posts::{Feed, Post, TEXT_LIMIT, read};

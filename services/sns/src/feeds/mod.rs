//! What RSS, Atom and JSON feeds hold: bytes to posts. Nothing here fetches anything.

mod html;
mod posts;
#[cfg(test)]
mod tests;

pub(crate) use html::{Alternate, alternates, text_of};
pub(crate) use posts::{Feed, NotAFeed, Post, TEXT_LIMIT, read};

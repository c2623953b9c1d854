//! Speaks JSON: extract, call, respond. What is read often lies ready on the [`shelf`].

pub(crate) mod characters;
pub(crate) mod internal;
pub(crate) mod quest_templates;
pub(crate) mod questions;
pub(crate) mod shelf;

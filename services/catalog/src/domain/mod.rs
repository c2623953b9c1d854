//! What the catalog knows and decides: content and its rules, without I/O.

pub mod files;
pub(crate) mod library;
pub mod quest_templates;

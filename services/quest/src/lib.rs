//! Three quests a day: which, why, and what became of them.

mod domain;
mod schema;
mod store;

//! Wire types that cross services: reference data of the catalog, event payloads, snapshots for late starters, what
//! is held of a member.
//!
//! Nothing here knows Actix or Diesel. A field added here must be optional for one release, because readers and
//! writers are rolled out one after the other.

pub mod characters;
pub mod events;
pub mod exports;
mod ids;
pub mod instruments;
mod lang;
pub mod payloads;
pub mod quest_templates;
pub mod result_texts;
pub mod self_check;
pub mod snapshots;
mod traits;

pub use ids::UserId;
pub use lang::{Lang, Text};
pub use traits::{Band, Direction, PerTrait, Trait};

//! What a service holds of a member: one list of its tables. By it everything of a member is told ([`export()`], for the
//! archive that auth puts together) and everything is erased ([`erase()`]); so nothing can be kept that is on neither way.

mod erase;
mod export;
mod page;
mod place;
mod table;

pub use erase::erase;
pub use export::{ExportQuery, Holder, export};
pub use page::page;
pub use place::Place;
pub use table::Table;

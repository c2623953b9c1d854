//! What a service holds of a member, as it tells auth for the member's archive, page by page:
//! `GET /int/<service>/members/{id}/export?after=&limit=`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One page. Every table is there at least once, and its rows on one page or on several that follow each other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExportPage {
    /// Tables, in the service's order.
    pub tables: Vec<TableRows>,
    /// What to pass as `after`, safe in a URL; none on the last page.
    pub next: Option<String>,
}

/// Rows of the member in one table.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TableRows {
    /// The table's name.
    pub table: String,
    /// Objects of columns, as they are kept; without the member's id, and without secrets.
    pub rows: Vec<Value>,
}

//! Replacing the table while requests run (SIGHUP). A table that cannot be used changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::{Table, TableError};
use crate::metrics::RELOADS;
use crate::rate::RateLimits;

const EMBEDDED: &str = include_str!("../../routes.toml");

/// The table that now holds, and where the next one comes from.
#[derive(Debug)]
pub(crate) struct Reload {
    file: Option<PathBuf>,
    upstreams: Vec<String>,
    limits: RateLimits,
    current: ArcSwap<Table>,
}

impl Reload {
    /// Reads the first table: from `file` (`ROUTE_TABLE`), else the one that this binary brought along.
    pub(crate) fn new(
        file: Option<PathBuf>,
        upstreams: Vec<String>,
        limits: RateLimits,
    ) -> Result<Self, TableError> {
        let text = text(file.as_ref())?;
        let table = Table::parse(&text, &upstreams, &limits, None)?;
        Ok(Reload { file, upstreams, limits, current: ArcSwap::from_pointee(table) })
    }

    /// The table that now holds. No lock.
    pub(crate) fn table(&self) -> Guard<Arc<Table>> {
        self.current.load()
    }

    /// Reads the table again; the last good one stays when that fails.
    pub(crate) fn reload(&self) -> Result<(), TableError> {
        let before = self.table();
        let read = text(self.file.as_ref())
            .and_then(|text| Table::parse(&text, &self.upstreams, &self.limits, Some(&before)));
        match read {
            Ok(table) => {
                self.current.store(Arc::new(table));
                RELOADS.with_label_values(&["taken"]).inc();
                tracing::info!("the route table was read again");
                Ok(())
            }
            Err(error) => {
                RELOADS.with_label_values(&["refused"]).inc();
                tracing::error!(%error, "the route table stays as it was");
                Err(error)
            }
        }
    }
}

fn text(file: Option<&PathBuf>) -> Result<String, TableError> {
    let Some(path) = file else {
        return Ok(EMBEDDED.to_owned());
    };
    std::fs::read_to_string(path)
        .map_err(|source| TableError::File { path: path.display().to_string(), source })
}

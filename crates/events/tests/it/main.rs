//! Events on a real PostgreSQL, through the roles of the services.

mod delivery;
mod order;
mod poison;
mod rights;
mod snapshot;
mod support;
mod upkeep;

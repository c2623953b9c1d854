//! `Idempotency-Key`: the same key and body answers byte for byte the same without doing it again; another body is a
//! 422; while the first still runs, a 409. The answer is kept in the transaction of the effect, for 24 hours, scoped to
//! member and route; a 5xx is not kept.
//!
//! Every member's POST that changes something takes [`Once`] and runs inside [`Once::run`], which opens the write's one
//! transaction, with a key or without. The table `idempotency_keys` is part of each service's migrations.

mod once;
mod reply;
mod store;

pub use once::Once;
pub use reply::Reply;
pub use store::sweep;

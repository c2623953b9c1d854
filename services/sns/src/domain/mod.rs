//! What sns knows of its matter: types and rules, no I/O.

pub(crate) mod topics;

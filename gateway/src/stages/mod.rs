//! The stages of a request, a file each, in the order of [`crate::pipeline`].

pub(crate) mod address;
pub(crate) mod assert;
pub(crate) mod authenticate;
pub(crate) mod body;
pub(crate) mod cors;
pub(crate) mod forward;
pub(crate) mod limit;
pub(crate) mod route;
pub(crate) mod strip;

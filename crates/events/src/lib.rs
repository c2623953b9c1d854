//! What services tell each other: [`publish()`] writes an event in the transaction of the change it follows from, and a
//! [`Consumer`] applies it in every service that reads it, at least once delivered, once applied, in order for one member.
//!
//! The log, who may write and read which type, and why its order holds, is `deploy/database/events.sql`.

mod consumer;
pub mod erasures;
mod handler;
mod inbox;
mod log;
mod metrics;
mod parked;
mod publish;
mod reader;
mod state;
mod trace;
mod wake;

pub use consumer::Consumer;
pub use handler::Meta;
pub use publish::{publish, publish_all, readers_of};
pub use wake::wake_readers;

//! What the payload of each event looks like, as JSON Schemas: for those who read events and are not written in Rust, and for the
//! check that no release breaks the readers of the one before (`make events`).

use schemars::Schema;
use schemars::generate::SchemaSettings;

use crate::events::{
    AnalysisCompleted, AnalysisDeleted, CatalogUpdated, Event, MemberErased, MemberErasureDone,
    MemberRegistered, MemberUpdated, QuestCompleted, QuestUndone, SelfCheckSubmitted,
    TopicsChanged,
};

/// The payload of one type of event.
#[derive(Clone, Debug)]
pub struct Payload {
    /// The type in the log.
    pub kind: &'static str,
    /// What its producer writes.
    pub written: Schema,
    /// What its consumers understand: they need less.
    pub read: Schema,
}

impl Payload {
    fn of<E: Event>() -> Self {
        let settings = SchemaSettings::draft2020_12();
        let written = settings.clone().for_serialize().into_generator().into_root_schema_for::<E>();
        let read = settings.for_deserialize().into_generator().into_root_schema_for::<E>();
        Payload { kind: E::TYPE, written, read }
    }
}

/// Those of all events.
pub fn all() -> Vec<Payload> {
    vec![
        Payload::of::<AnalysisCompleted>(),
        Payload::of::<AnalysisDeleted>(),
        Payload::of::<CatalogUpdated>(),
        Payload::of::<MemberErased>(),
        Payload::of::<MemberErasureDone>(),
        Payload::of::<MemberRegistered>(),
        Payload::of::<MemberUpdated>(),
        Payload::of::<QuestCompleted>(),
        Payload::of::<QuestUndone>(),
        Payload::of::<SelfCheckSubmitted>(),
        Payload::of::<TopicsChanged>(),
    ]
}

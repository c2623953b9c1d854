//! The tests members can take.

/// One of the catalog's instruments, as this service knows how to judge it (see `quality`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstrumentKey {
    /// The 20 of onboarding (Mini-IPIP).
    Mini20,
    /// The 50 of the precise analysis; the 20 are among them.
    Full50,
}

impl InstrumentKey {
    /// All there are.
    pub(crate) const ALL: [InstrumentKey; 2] = [InstrumentKey::Mini20, InstrumentKey::Full50];

    /// The name on the wire and in the database.
    pub(crate) fn key(self) -> &'static str {
        match self {
            InstrumentKey::Mini20 => "mini-ipip-20",
            InstrumentKey::Full50 => "ipip-bfm-50",
        }
    }

    /// The instrument of that name.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|instrument| instrument.key() == key)
    }

    /// Whether answers to `self` are answers to `other` as well, with more to come.
    pub(crate) fn is_part_of(self, other: InstrumentKey) -> bool {
        (self, other) == (InstrumentKey::Mini20, InstrumentKey::Full50)
    }
}

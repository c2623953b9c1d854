//! What every worker shares: the table, who is believed, the clock.

use std::sync::Arc;

use chassis::{Clock, StartError};
use identity::access::{Revocations, TokenVerifier, VerifierSettings};
use identity::keys::SigningKey;

use crate::own::Documents;
use crate::settings::{Proxies, Settings};
use crate::stages::assert::Told;
use crate::stages::cors::Cors;
use crate::table::Reload;
use crate::upstream::Upstreams;

/// Ended sessions that are held at most: those of ten minutes.
const MOST_REVOCATIONS: usize = 1_000_000;

/// The state of the gateway, one for the process.
pub(crate) struct Door {
    pub(crate) routes: Reload,
    pub(crate) upstreams: Upstreams,
    pub(crate) verifier: TokenVerifier<Told>,
    pub(crate) revocations: Arc<Revocations>,
    pub(crate) cors: Cors,
    pub(crate) trusted: Vec<Proxies>,
    pub(crate) documents: Documents,
    pub(crate) clock: Clock,
    pub(crate) key: SigningKey,
}

impl Door {
    /// Refuses settings that do not fit together.
    pub(crate) fn new(settings: &Settings, clock: Clock) -> Result<Self, StartError> {
        let door = &settings.door;
        let key = SigningKey::from_pem(&door.assertion_key)
            .map_err(|error| format!("setting ASSERTION_KEY: {error}"))?;
        let names = settings.services.keys().cloned().collect();
        let revocations = Arc::new(Revocations::new(MOST_REVOCATIONS));
        Ok(Door {
            routes: Reload::new(door.route_table.clone(), names, door.rate_limits.clone())?,
            upstreams: Upstreams::new(&settings.services, &key)?,
            verifier: TokenVerifier::new(
                &door.token_issuers,
                Arc::clone(&revocations),
                VerifierSettings::default(),
            )?,
            revocations,
            cors: Cors::new(door.cors_origins.clone()),
            trusted: door.trusted_proxies.clone(),
            documents: Documents::new()?,
            clock,
            key,
        })
    }
}

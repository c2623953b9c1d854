//! What the handlers and the jobs work with.

use std::sync::Arc;

use chassis::{Clock, StartError, Startup, WithPool};
use jiff::SignedDuration;
use member_data::{Holder, Table};
use pg::Pool;
use url::Url;

use crate::config::Config;
use crate::domain::seals::Seals;
use crate::domain::topics::Lexicon;
use crate::egress::{Egress, Reach};
use crate::oauth::OAuth;
use crate::providers::Network;
use crate::store::member_data::TABLES;

/// Pool, clock, who is asked outside, and what is made of the answers.
#[derive(Clone)]
pub struct State {
    pub(crate) pool: Pool,
    pub(crate) clock: Clock,
    pub(crate) egress: Egress,
    pub(crate) network: Arc<Network>,
    pub(crate) oauth: Arc<OAuth>,
    pub(crate) seals: Arc<Seals>,
    pub(crate) lexicon: Arc<Lexicon>,
    pub(crate) public_url: Url,
    /// After how long an account is read again by itself.
    pub(crate) import_every: SignedDuration,
    /// How long an import is left to who has taken it.
    pub(crate) import_lease: SignedDuration,
}

impl State {
    pub(crate) fn new(startup: &Startup, config: Config) -> Result<Self, StartError> {
        let reach = Reach { besides: config.egress_besides, ..Reach::default() };
        let network =
            Network { resolver_url: config.bluesky_resolver_url, plc_url: config.plc_url };
        Ok(State {
            pool: startup.pool.clone(),
            clock: startup.clock.clone(),
            egress: Egress::new(reach)?,
            network: Arc::new(network),
            oauth: Arc::new(OAuth::new(config.oauth_clients, config.pages_url.as_str())?),
            seals: Arc::new(Seals::of(&config.token_keys)?),
            lexicon: Arc::new(Lexicon::embedded()?),
            public_url: config.public_url,
            import_every: SignedDuration::from_secs(config.import_every.into()),
            import_lease: SignedDuration::from_secs(config.import_lease.into()),
        })
    }
}

impl Holder for State {
    const TABLES: &'static [Table] = TABLES;

    fn pool(&self) -> &Pool {
        &self.pool
    }
}

impl WithPool for State {
    fn with_pool(&self, pool: Pool) -> Self {
        State { pool, ..self.clone() }
    }
}

//! What the handlers work with.

use std::collections::BTreeMap;
use std::sync::Arc;

use chassis::{Clock, StartError, Startup, WithPool};
use client::Client;
use pg::Pool;

use crate::config::Config;
use crate::domain::mail_tokens::MailKeys;
use crate::provider::OwnAccounts;
use crate::provider::cognito::{Cognito, CognitoSettings};
use crate::social::Social;
use crate::tokens::Tokens;

/// Pool, clock, who signs, and with whose accounts members may sign in.
#[derive(Clone)]
pub struct State {
    pub(crate) pool: Pool,
    pub(crate) clock: Clock,
    pub(crate) passwords: Arc<OwnAccounts>,
    /// Where it is on, new members' passwords are Cognito's.
    pub(crate) cognito: Option<Arc<Cognito>>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) holders: Arc<Holders>,
    pub(crate) mail_keys: Arc<MailKeys>,
    pub(crate) social: Arc<Social>,
}

/// The other services that hold something of members, by name.
pub(crate) type Holders = BTreeMap<&'static str, Client>;

impl State {
    pub(crate) fn new(startup: &Startup, config: &Config) -> Result<Self, StartError> {
        let (pool, clock) = (startup.pool.clone(), startup.clock.clone());
        let passwords = Arc::new(OwnAccounts::new(config.hash_concurrency)?);
        let cognito = CognitoSettings::of(config)?.map(Cognito::new).transpose()?.map(Arc::new);
        let tokens = Arc::new(Tokens::new(config)?);
        let holders = [
            ("catalog", &config.catalog_base_url),
            ("analysis", &config.analysis_base_url),
            ("quest", &config.quest_base_url),
            ("sns", &config.sns_base_url),
        ];
        let client = |(name, base_url): (&'static str, &String)| {
            Ok((name, Client::new(name, base_url, startup.proof(name))?))
        };
        let holders: Result<_, StartError> = holders.into_iter().map(client).collect();
        let (holders, social) = (Arc::new(holders?), Arc::new(Social::new(config)?));
        let mail_keys = Arc::new(MailKeys::derive(&config.jwt_secret));
        Ok(State { pool, clock, passwords, cognito, tokens, holders, mail_keys, social })
    }
}

impl WithPool for State {
    fn with_pool(&self, pool: Pool) -> Self {
        State { pool, ..self.clone() }
    }
}

//! Cognito on this machine (`make run COGNITO=moto`): moto with one pool in it, and what auth and the gateway are told of it.

use std::fs;
use std::net::SocketAddr;

use clap::ValueEnum;
use serde_json::{Value, json};
use tools::{Moto, Pool};

use crate::ports::Settings;
use crate::services::MOTO_PORT;
use crate::{Outcome, folder};

/// Who plays Cognito.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Player {
    /// moto: in memory, so its accounts end with it; it takes any confirmation code.
    Moto,
}

/// A pool whose members can sign up, for as long as this is held.
pub struct Cognito {
    _moto: Moto,
    pool: Pool,
}

impl Cognito {
    /// Starts moto and makes a pool: addresses are aliases and are confirmed, passwords are as free as ours.
    pub fn start(player: Player) -> Outcome<Self> {
        let Player::Moto = player;
        println!("· Cognito: moto, which takes any confirmation code");
        let log = folder::path("logs/moto.log");
        if let Some(folder) = log.parent() {
            fs::create_dir_all(folder)?;
        }
        let moto = Moto::start(SocketAddr::from(([127, 0, 0, 1], MOTO_PORT)), &log)?;
        let recovery = json!([{"Priority": 1, "Name": "verified_email"}]);
        let settings = json!({
            "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"],
            "AccountRecoverySetting": {"RecoveryMechanisms": recovery},
            "Policies": {"PasswordPolicy": {
                "MinimumLength": 8, "RequireUppercase": false, "RequireLowercase": false,
                "RequireNumbers": false, "RequireSymbols": false,
            }},
        });
        let pool = moto.pool(&settings.to_string(), false)?;
        Ok(Cognito { _moto: moto, pool })
    }

    /// Adds what auth is told.
    pub fn tell_auth(&self, settings: &mut Settings) {
        let of_pool = self.pool.settings().into_iter();
        settings.extend(of_pool.map(|(name, value)| (name.to_owned(), value)));
    }

    /// Adds the pool to the issuers whom the gateway believes.
    pub fn tell_gateway(&self, settings: &mut Settings) -> Outcome {
        let issuers = settings.entry("TOKEN_ISSUERS".to_owned()).or_insert_with(|| "[]".to_owned());
        let mut all: Vec<Value> = serde_json::from_str(issuers)?;
        all.push(json!({
            "issuer": self.pool.issuer(), "audience": self.pool.client_id,
            "jwks_url": self.pool.jwks_url(),
        }));
        *issuers = Value::from(all).to_string();
        Ok(())
    }
}

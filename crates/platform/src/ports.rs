//! Where everything listens, and what each process is told.

use std::collections::BTreeMap;
use std::net::TcpListener;

use serde_json::json;

use crate::database::Database;
use crate::keys::Keys;
use crate::services::{GATEWAY_ADMIN_PORT, GATEWAY_PORT, PUBLIC, SERVICES};
use crate::{Outcome, folder};

/// What a process is told.
pub type Settings = BTreeMap<String, String>;

/// Where mails go that would leave the machine elsewhere.
pub const MAILS: &str = "mails";

/// Where everything listens, on loopback.
pub struct Ports {
    services: BTreeMap<&'static str, u16>,
    gateway: u16,
    gateway_admin: u16,
}

impl Ports {
    /// Where people expect it.
    pub fn usual() -> Self {
        Ports {
            services: SERVICES.iter().map(|service| (service.name, service.port)).collect(),
            gateway: GATEWAY_PORT,
            gateway_admin: GATEWAY_ADMIN_PORT,
        }
    }

    /// Where nobody listens now.
    pub fn free() -> Outcome<Self> {
        let held: Result<Vec<TcpListener>, _> =
            (0..SERVICES.len() + 2).map(|_| TcpListener::bind(("127.0.0.1", 0))).collect();
        let ports: Result<Vec<u16>, _> =
            held?.iter().map(|held| Ok::<_, std::io::Error>(held.local_addr()?.port())).collect();
        let ports = ports?;
        Ok(Ports {
            services: SERVICES.iter().zip(&ports).map(|(of, port)| (of.name, *port)).collect(),
            gateway: ports[SERVICES.len()],
            gateway_admin: ports[SERVICES.len() + 1],
        })
    }

    pub(crate) fn are_free(&self) -> Outcome {
        for port in self.services.values().chain([&self.gateway, &self.gateway_admin]) {
            if TcpListener::bind(("127.0.0.1", *port)).is_err() {
                return Err(format!(
                    "port {port} is taken; is the platform running already, or something else?"
                )
                .into());
            }
        }
        Ok(())
    }

    /// What a service is told.
    pub fn of_service(&self, name: &str, keys: &Keys, database: &Database) -> Outcome<Settings> {
        let mut settings = self.everywhere(name, keys)?;
        let port = self.services.get(name).ok_or("no such service")?;
        settings.insert("LISTEN".into(), format!("127.0.0.1:{port}"));
        settings.insert("DATABASE_URL".into(), database.url(&format!("{name}_app"))?);
        if name == "auth" {
            settings.insert("JWT_SECRET".into(), keys.tokens.clone());
            settings.insert("TOKEN_ISSUER".into(), PUBLIC.into());
            settings.insert("MAIL_FOLDER".into(), folder::path(MAILS).display().to_string());
            settings.insert("PUBLIC_URL".into(), PUBLIC.into());
        }
        if name == "sns" {
            settings.insert("TOKEN_KEYS".into(), keys.sns_tokens.clone());
        }
        Ok(settings)
    }

    /// What the gateway is told.
    pub fn of_gateway(&self, keys: &Keys) -> Outcome<Settings> {
        let mut settings = self.everywhere("gateway", keys)?;
        let jwks_url = format!("{}/.well-known/jwks.json", settings["AUTH_BASE_URL"]);
        let issuers = json!([{"issuer": PUBLIC, "audience": "damacorch", "jwks_url": jwks_url}]);
        settings.insert("TOKEN_ISSUERS".into(), issuers.to_string());
        settings.insert("LISTEN".into(), format!("127.0.0.1:{}", self.gateway));
        settings.insert("ADMIN_LISTEN".into(), format!("127.0.0.1:{}", self.gateway_admin));
        Ok(settings)
    }

    /// What every process is told.
    fn everywhere(&self, name: &str, keys: &Keys) -> Outcome<Settings> {
        let base_url = |(name, port): (&&str, &u16)| {
            (format!("{}_BASE_URL", name.to_uppercase()), format!("http://127.0.0.1:{port}"))
        };
        let mut settings: Settings = self.services.iter().map(base_url).collect();
        settings.insert("ASSERTION_PUBLIC_KEYS".into(), keys.public.clone());
        settings.insert("ASSERTION_KEY".into(), keys.private.get(name).ok_or("no key")?.clone());
        settings.insert("WORKERS".into(), "2".into());
        // There is no load balancer here that needs time to notice.
        settings.insert("SHUTDOWN_DELAY".into(), "0".into());
        Ok(settings)
    }
}

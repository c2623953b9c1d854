//! Somebody else's provider of accounts (OAuth 2, OpenID Connect): npm's `oidc-provider`, as a script sets it up.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;

use crate::{Daemon, Missing, node, node_program};

const REQUIREMENT: &str = "oidc-provider@9.13.3";

/// A provider that runs, and ends when this is dropped or this process ends.
#[derive(Debug)]
pub struct OidcProvider {
    address: SocketAddr,
    _daemon: Daemon,
}

impl OidcProvider {
    /// Starts `script`, and returns once it listens; its words go to the file `log`. It is told the folder whose `node_modules`
    /// holds the package, the port to listen on, and `callback`, where browsers are sent back to.
    pub fn start(script: &Path, callback: &str, log: &Path) -> Result<Self, Missing> {
        let missing = |error: std::io::Error| Missing::new("oidc-provider", error.to_string());
        let packages = node("oidc-provider", &[REQUIREMENT])?;
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr());
        let address = address.map_err(missing)?;
        let mut provider = Command::new(node_program()?);
        provider.arg(script).arg(packages).arg(address.port().to_string()).arg(callback);
        let daemon = Daemon::start(&provider, address, log).map_err(missing)?;
        Ok(OidcProvider { address, _daemon: daemon })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

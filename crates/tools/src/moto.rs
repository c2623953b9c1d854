//! moto: Amazon Cognito in memory, as far as it goes. It takes any confirmation code, and its keys are everybody's.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::{Daemon, Missing, python};

const REQUIREMENT: &str = "moto[server]==5.2.5";
const SCRIPT: &str = include_str!("moto.py");
/// Where pools are that are made without a signature.
const REGION: &str = "us-east-1";

/// A server that runs, and ends with this process.
#[derive(Debug)]
pub struct Moto {
    python: PathBuf,
    url: String,
    _daemon: Daemon,
}

/// A user pool with one app client.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its id.
    pub id: String,
    /// Its client's id.
    pub client_id: String,
    /// Its client's secret, where one was asked for.
    pub client_secret: Option<String>,
    /// Where its region's Cognito is asked.
    pub endpoint: String,
}

impl Moto {
    /// Starts a server that listens on `address`; its words go to the file `log`.
    pub fn start(address: SocketAddr, log: &Path) -> Result<Self, Missing> {
        let bin = python("moto", &[REQUIREMENT])?;
        let mut server = Command::new(bin.join("moto_server"));
        server.args(["--host", &address.ip().to_string(), "--port", &address.port().to_string()]);
        let daemon =
            Daemon::start(&server, address, log).map_err(|error| missing(error.to_string()))?;
        Ok(Moto { python: bin.join("python"), url: format!("http://{address}/"), _daemon: daemon })
    }

    /// Makes a pool by `settings` (JSON, as `CreateUserPool` takes it), and a client that may sign in with a password.
    pub fn pool(&self, settings: &str, with_secret: bool) -> Result<Pool, Missing> {
        let secret = if with_secret { "secret" } else { "" };
        let made = self.run(&["pool", &self.url, secret], settings)?;
        let mut lines = made.lines().map(str::to_owned);
        let mut line = || lines.next().ok_or_else(|| missing("its answer is cut"));
        Ok(Pool {
            id: line()?,
            client_id: line()?,
            client_secret: line().ok(),
            endpoint: self.url.clone(),
        })
    }

    /// Calls an operation that takes an administrator: body and answer are JSON.
    pub fn call(&self, operation: &str, body: &str) -> Result<String, Missing> {
        self.run(&["call", &self.url, operation], body)
    }

    /// A token for each of these claims (a JSON list), signed with the key that its pools publish.
    pub fn mint(&self, claims: &str) -> Result<Vec<String>, Missing> {
        Ok(self.run(&["mint"], claims)?.lines().map(str::to_owned).collect())
    }

    fn run(&self, arguments: &[&str], input: &str) -> Result<String, Missing> {
        let broken = |error: std::io::Error| missing(error.to_string());
        let mut python = Command::new(&self.python);
        python.args(["-c", SCRIPT]).args(arguments);
        python.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = python.spawn().map_err(broken)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes()).map_err(broken)?;
        }
        let output = child.wait_with_output().map_err(broken)?;
        let said = |words: &[u8]| String::from_utf8_lossy(words).trim().to_owned();
        if output.status.success() {
            return Ok(said(&output.stdout));
        }
        Err(missing(said(&output.stderr)))
    }
}

impl Pool {
    /// As the services read it: `COGNITO_USER_POOL_ID` and its like.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("COGNITO_REGION", REGION.to_owned()),
            ("COGNITO_USER_POOL_ID", self.id.clone()),
            ("COGNITO_CLIENT_ID", self.client_id.clone()),
            ("COGNITO_ENDPOINT", self.endpoint.clone()),
            ("COGNITO_JWKS_URL", self.jwks_url()),
        ];
        settings.extend(self.client_secret.clone().map(|secret| ("COGNITO_CLIENT_SECRET", secret)));
        settings
    }

    /// The `iss` of its tokens: moto writes what Amazon would.
    pub fn issuer(&self) -> String {
        format!("https://cognito-idp.{REGION}.amazonaws.com/{}", self.id)
    }

    /// Where its keys are.
    pub fn jwks_url(&self) -> String {
        format!("{}{}/.well-known/jwks.json", self.endpoint, self.id)
    }
}

fn missing(why: impl Into<String>) -> Missing {
    Missing::new("moto", why)
}

//! wrk: one thread, a bounded time, requests that were written beforehand.

use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io::Write};

use platform::Outcome;
use tokio::process::Command;

use crate::stage;

/// Requests that are ready to be sent, for one address.
pub(crate) struct Load {
    address: String,
    file: PathBuf,
    /// How many different ones there are.
    pub(crate) count: u64,
}

impl Load {
    /// Writes them down. `name` tells the file from those of other loads.
    pub(crate) fn new(
        name: &str,
        address: &str,
        requests: impl Iterator<Item = String>,
    ) -> Outcome<Self> {
        let folder = stage::folder().join("load");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("wrk.lua"), include_str!("wrk.lua"))?;
        let file = folder.join(name);
        let mut out = std::io::BufWriter::new(fs::File::create(&file)?);
        let mut count = 0;
        for request in requests {
            write!(out, "{}\n{request}", request.len())?;
            count += 1;
        }
        out.flush()?;
        Ok(Load { address: address.to_owned(), file, count })
    }

    /// Sends them for so long on so many connections, and tells how many were answered. An answer that is an error, or
    /// none, is one here too.
    pub(crate) async fn drive(&self, connections: usize, time: Duration) -> Outcome<u64> {
        let output = Command::new("wrk")
            .args(["--threads", "1", "--timeout", "8s"])
            .args(["--connections", &connections.to_string()])
            .args(["--duration", &format!("{}s", time.as_secs().max(1))])
            .arg("--script")
            .arg(stage::folder().join("load/wrk.lua"))
            .arg(format!("http://{}/", self.address))
            .arg("--")
            .arg(&self.file)
            .kill_on_drop(true)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stdout);
        let named = |name: &str| said.lines().find(|line| line.contains(name)).map(str::trim);
        for wrong in ["Non-2xx", "Socket errors"] {
            if let Some(line) = named(wrong) {
                return Err(format!("{}: {line}", self.file.display()).into());
            }
        }
        let answered = named(" requests in ").and_then(|line| line.split(' ').next()?.parse().ok());
        answered
            .ok_or_else(|| format!("wrk: {said}{}", String::from_utf8_lossy(&output.stderr)).into())
    }
}

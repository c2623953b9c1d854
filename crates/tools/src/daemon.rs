//! A program that runs beside us.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a program may take until it listens.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the program until nobody holds the other end of its input: so it ends with us, however we end.
const UNTIL_LEFT: &str = r#""$@" </dev/null & read -r _; kill $!; wait $!"#;

/// A program that runs, and ends when this is dropped or this process ends.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
}

impl Daemon {
    /// Starts a program whose words go to the file `log`, and returns once it listens on `address`.
    pub fn start(command: &Command, address: SocketAddr, log: &Path) -> io::Result<Self> {
        let said = File::create(log)?;
        let mut shell = Command::new("sh");
        shell.args(["-c", UNTIL_LEFT, "sh"]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            shell.env(name, value.unwrap_or(OsStr::new("")));
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        let child = shell.stdin(Stdio::piped()).stdout(said.try_clone()?).stderr(said).spawn()?;
        let daemon = Daemon { child };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(address).is_err() {
            if Instant::now() > until {
                let name = command.get_program().to_string_lossy().into_owned();
                let said = std::fs::read_to_string(log).unwrap_or_default();
                return Err(io::Error::other(format!("{name} does not listen: {said}")));
            }
            sleep(Duration::from_millis(50));
        }
        Ok(daemon)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
    }
}

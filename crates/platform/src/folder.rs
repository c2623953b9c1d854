//! `.local`, the git-ignored folder of this machine's secrets, logs and data.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::Outcome;

/// A place in the folder; the folder itself is in the workspace.
pub fn path(name: &str) -> PathBuf {
    root().join(".local").join(name)
}

/// The workspace.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).to_owned()
}

/// The place as a person in the workspace would type it.
pub fn shown(name: &str) -> String {
    format!(".local/{name}")
}

/// A secret that is made once and kept, readable by its owner alone.
pub fn secret(name: &str, make: impl FnOnce() -> Outcome<String>) -> Outcome<String> {
    let path = path(&format!("secrets/{name}"));
    if let Ok(secret) = fs::read_to_string(&path) {
        return Ok(secret);
    }
    let secret = make()?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    file.write_all(secret.as_bytes())?;
    Ok(secret)
}

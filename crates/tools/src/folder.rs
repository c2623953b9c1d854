//! Folders below `target/tools`, each made once of what is named.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::Missing;

/// What a finished folder is made of.
const MADE_OF: &str = "made-of";

/// The folder of this name, made of `parts` by `make` unless it is already.
pub(crate) fn made_of(
    name: &str,
    parts: &[&str],
    make: impl FnOnce(&Path) -> Result<(), Missing>,
) -> Result<PathBuf, Missing> {
    let missing = |error: std::io::Error| Missing::new(name, error.to_string());
    let tools = tools();
    fs::create_dir_all(&tools).map_err(missing)?;
    let lock = File::create(tools.join(format!("{name}.lock"))).map_err(missing)?;
    lock.lock().map_err(missing)?;

    let (folder, parts) = (tools.join(name), parts.join("\n"));
    if fs::read_to_string(folder.join(MADE_OF)).is_ok_and(|made_of| made_of == parts) {
        return Ok(folder);
    }
    eprintln!("installing {} into target/tools/{name}", parts.replace('\n', " "));
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(missing)?;
    }
    fs::create_dir(&folder).map_err(missing)?;
    make(&folder)?;
    fs::write(folder.join(MADE_OF), parts).map_err(missing)?;
    Ok(folder)
}

fn tools() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).unwrap_or(here).join("target/tools")
}

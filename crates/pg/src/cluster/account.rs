//! The user that the server runs as: ourselves, or somebody else when we are root, whom PostgreSQL refuses.

use std::{
    fs::DirBuilder,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    os::unix::{
        fs::{DirBuilderExt, MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::Command,
};

use super::{Error, at};

/// Who runs the server.
#[derive(Clone, Debug)]
pub(super) enum Account {
    Ourselves,
    Other { uid: u32, gid: u32 },
}

impl Account {
    pub(super) fn choose() -> Result<Self, Error> {
        if id(&["-u"]) != Some(0) {
            return Ok(Self::Ourselves);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| Some(Self::Other { uid: id(&["-u", name])?, gid: id(&["-g", name])? }))
            .ok_or(Error::NoAccount)
    }

    /// The user whose data lie in `folder`.
    pub(super) fn owner_of(folder: &Path) -> Result<Self, Error> {
        let folder_of = folder.metadata().map_err(at(folder))?;
        let (uid, gid) = (folder_of.uid(), folder_of.gid());
        Ok(if id(&["-u"]) == Some(uid) { Self::Ourselves } else { Self::Other { uid, gid } })
    }

    /// A command that runs as this user, untouched by settings for clients of other servers.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        if let Self::Other { uid, gid } = *self {
            command.uid(uid).gid(gid);
        }
        for variable in ["PGDATA", "PGHOST", "PGPORT", "PGOPTIONS"] {
            command.env_remove(variable);
        }
        // The user may not be allowed to be where we are.
        command.current_dir("/");
        command
    }

    /// Makes a folder that only this user may enter.
    pub(super) fn make_folder(&self, path: &Path) -> Result<(), Error> {
        DirBuilder::new().mode(0o700).create(path).map_err(at(path))?;
        self.own(path)
    }

    /// Gives a file or folder to this user.
    pub(super) fn own(&self, path: &Path) -> Result<(), Error> {
        match *self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid } => chown(path, Some(uid), Some(gid)).map_err(at(path)),
        }
    }

    /// Refuses a folder that somebody else has put where ours should be.
    pub(super) fn must_own(&self, path: &Path) -> Result<(), Error> {
        let owner = path.symlink_metadata().map_err(at(path))?.uid();
        match *self {
            Self::Other { uid, .. } if uid != owner => {
                Err(Error::Io(path.to_owned(), io::ErrorKind::PermissionDenied.into()))
            }
            _ => Ok(()),
        }
    }

    /// Whether this user gets through `folder` and all above it.
    pub(super) fn may_enter(&self, folder: &Path) -> Result<bool, Error> {
        match self {
            Self::Ourselves => Ok(true),
            Self::Other { .. } => {
                let mut test = self.command(Path::new("test"));
                Ok(test.arg("-x").arg(folder).status().map_err(at("test"))?.success())
            }
        }
    }
}

/// Where the data of the cluster in `folder` go when the server's user cannot enter it.
pub(super) fn shared_folder_for(folder: &Path) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    folder.hash(&mut hasher);
    PathBuf::from(format!("/var/tmp/damacorch-{:016x}", hasher.finish()))
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

//! Making a cluster: where its data go, and initdb.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{Cluster, Error, POINTER, Programs, Purpose, account, at, run, write_private};

impl Cluster {
    /// Makes the cluster; one that was begun and not finished does not count.
    pub(super) fn make(&self, programs: &Programs) -> Result<(), Error> {
        let password = format!("{:032x}", rand::random::<u128>());
        write_private(&self.folder.join("password"), &password)?;
        let data = self.place_data(programs)?;
        let unfinished = data.with_extension("unfinished");
        remove_if_there(&unfinished)?;
        programs.account.make_folder(&unfinished)?;

        // initdb reads the password as the server's user, who may see nothing of our folder.
        let password_file = std::env::temp_dir().join(format!("{:032x}", rand::random::<u128>()));
        write_private(&password_file, &password)?;
        programs.account.own(&password_file)?;
        let mut initdb = programs.command("initdb");
        initdb.args(["--username=postgres", "--auth=scram-sha-256", "--no-instructions"]);
        initdb.args(["--encoding=UTF8", "--locale=C.UTF-8"]);
        initdb.arg("--pwfile").arg(&password_file).arg("--pgdata").arg(&unfinished);
        if self.purpose == Purpose::Test {
            initdb.arg("--no-sync");
        }
        let made = run(&mut initdb);
        fs::remove_file(&password_file).map_err(at(&password_file))?;
        made?;
        fs::rename(&unfinished, &data).map_err(at(&data))
    }

    /// Where the data go: `data`, or a folder that root and the server's user can both enter.
    fn place_data(&self, programs: &Programs) -> Result<PathBuf, Error> {
        if programs.account.may_enter(&self.folder)? {
            return Ok(self.folder.join("data"));
        }
        // Root works where the server's user cannot go, such as in a clone below /root.
        let elsewhere = account::shared_folder_for(&self.folder);
        let pointer = self.folder.join(POINTER);
        fs::write(&pointer, elsewhere.as_os_str().as_encoded_bytes()).map_err(at(&pointer))?;
        if elsewhere.exists() {
            // Left behind by a folder that was deleted by hand, perhaps with its server still running.
            programs.account.must_own(&elsewhere)?;
            self.stop_locked()?;
            remove_if_there(&elsewhere)?;
        }
        Ok(elsewhere)
    }
}

fn remove_if_there(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::Io(folder.to_owned(), error))
        }
        _ => Ok(()),
    }
}

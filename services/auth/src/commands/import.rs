//! `auth import`: a file of members, line by line, so that neither its length nor the line that is wrong matters.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::fmt;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use chassis::StartError;
use jiff::Timestamp;

use super::django::Reader;
use crate::domain::imports::Newcomer;
use crate::error::Error;
use crate::{app, store};

/// Members of one transaction: their rows, their events and what the audit log says of them.
const BATCH: usize = 1000;
/// The longest line, in bytes.
const LONGEST: u64 = 64 * 1024;
/// Between two words about how far it is.
const PROGRESS: Duration = Duration::from_secs(1);

/// Takes in members of an older system.
#[derive(Debug, clap::Args)]
pub struct Import {
    /// JSON lines, as Django's `manage.py dumpdata --format jsonl` writes its users.
    file: PathBuf,
    /// The role of those with `is_staff`; none unless it is named.
    #[arg(long, value_name = "ROLE")]
    staff: Option<String>,
    /// The role of those with `is_superuser`; none unless it is named.
    #[arg(long, value_name = "ROLE")]
    superusers: Option<String>,
}

/// What has become of the lines.
#[derive(Default)]
struct Tally {
    lines: u64,
    added: usize,
    known: usize,
    inactive: usize,
    refused: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { lines, added, known, inactive, refused } = self;
        write!(
            f,
            "{lines} lines: {added} added, {known} there already, {inactive} inactive, {refused} refused"
        )
    }
}

impl Import {
    /// Reads to the end of the file, and says what has become of its lines; an error where some were refused.
    pub(super) async fn run(&self, pool: &pg::Pool, now: Timestamp) -> Result<String, StartError> {
        let reader = Reader {
            now,
            known_roles: self.known_roles(pool).await?,
            staff: self.staff.as_deref(),
            superusers: self.superusers.as_deref(),
        };
        let file =
            File::open(&self.file).map_err(|error| format!("{}: {error}", self.file.display()))?;
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        let mut seen = Seen::default();
        let mut batch = Vec::with_capacity(BATCH);
        let mut tally = Tally::default();
        let mut told = Instant::now();
        while next(&mut lines, &mut line)? {
            tally.lines += 1;
            if line.trim_ascii().is_empty() {
                continue;
            }
            match seen.read(&reader, &line, tally.lines) {
                Ok(Some(newcomer)) => batch.push(newcomer),
                Ok(None) => tally.inactive += 1,
                Err(reason) => {
                    tally.refused += 1;
                    eprintln!("line {}: {reason}", tally.lines);
                }
            }
            if batch.len() == BATCH {
                add(pool, now, &mut batch, &mut tally).await?;
            }
            if told.elapsed() > PROGRESS {
                told = Instant::now();
                eprintln!("{tally}");
            }
        }
        add(pool, now, &mut batch, &mut tally).await?;
        match tally.refused {
            0 => Ok(tally.to_string()),
            _ => Err(tally.to_string().into()),
        }
    }

    /// The roles that there are. Those that the operator has named are among them, or nothing is read.
    async fn known_roles(&self, pool: &pg::Pool) -> Result<Vec<String>, Error> {
        let mut conn = pool.get().await?;
        let roles = store::roles::list(&mut conn).await?;
        let known: Vec<String> = roles.into_iter().map(|role| role.name).collect();
        let mut named = self.staff.iter().chain(&self.superusers);
        match named.all(|role| known.contains(role)) {
            true => Ok(known),
            false => Err(Error::UnknownRole),
        }
    }
}

async fn add(
    pool: &pg::Pool,
    now: Timestamp,
    batch: &mut Vec<Newcomer>,
    tally: &mut Tally,
) -> Result<(), Error> {
    let added =
        pg::transaction(pool, async |conn| app::imports::add(conn, now, batch).await).await?;
    tally.added += added;
    tally.known += batch.len() - added;
    batch.clear();
    Ok(())
}

/// The next line, without its end; false behind the last. Of one that is too long, more than is taken.
fn next(lines: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<bool> {
    line.clear();
    lines.by_ref().take(LONGEST + 1).read_until(b'\n', line)?;
    if line.len() as u64 > LONGEST && line.last() != Some(&b'\n') {
        lines.skip_until(b'\n')?;
    }
    Ok(!line.is_empty())
}

/// The addresses that the file has named, by a hash (16 bytes a member), and in which line.
#[derive(Default)]
struct Seen {
    hasher: RandomState,
    lines: HashMap<u64, u64>,
}

impl Seen {
    /// The member of a line, whose address no line before it has: that would be another account, not this one again.
    fn read(
        &mut self,
        reader: &Reader<'_>,
        line: &[u8],
        number: u64,
    ) -> Result<Option<Newcomer>, String> {
        if line.len() as u64 > LONGEST {
            return Err(format!("is longer than {LONGEST} bytes"));
        }
        let Some(newcomer) = reader.read(line)? else {
            return Ok(None);
        };
        match self.lines.entry(self.hasher.hash_one(newcomer.user.email.to_lowercase())) {
            Entry::Occupied(first) => Err(format!("email: stands in line {} already", first.get())),
            Entry::Vacant(first) => {
                first.insert(number);
                Ok(Some(newcomer))
            }
        }
    }
}

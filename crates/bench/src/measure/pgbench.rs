//! pgbench: PostgreSQL's own client with the statements of a scenario, the least that they can cost from outside.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use platform::Outcome;
use tokio::process::Command;
use url::Url;

use super::cpu::{Server, of_own_children};
use crate::stage;

/// Each statement is planned anew five times before its plan is kept, and once more to see that it may be.
const UNTIL_PLANNED: u64 = 6;

/// Numbers that are drawn for each transaction, where a script asks for them.
const CHANCES: [(&str, &str); 2] =
    [("session", "random(1, 9000000000000000000)"), ("entry", "random(1, 1000000000) * 2 + 1")];

/// What stands for a value, where no constant can.
const EXPRESSIONS: [(&str, &str); 8] = [
    ("questions", "'{1,6,9,10,15,16,17,18,19,20,22,23,28,29,30,31,32,33,39,42}'::smallint[]"),
    ("answers", "'{4,2,3,2,5,2,5,4,2,1,2,2,4,4,1,5,1,3,4,4}'::smallint[]"),
    ("carried", "'{f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f,f}'::boolean[]"),
    ("answered", "array_fill(now(), '{20}')"),
    ("session_id", "md5(:session)::uuid"),
    ("new_id", "gen_random_uuid()"),
    ("now", "now()"),
    ("null", "NULL"),
];

/// One scenario's statements.
pub(crate) struct Script {
    file: PathBuf,
    url: Url,
    role: String,
    constants: Vec<(&'static str, String)>,
    /// What signing in, preparing and planning cost, by clients.
    start: BTreeMap<u32, Spent>,
}

#[derive(Clone, Copy)]
struct Spent {
    time: Duration,
    transactions: u64,
}

impl Script {
    /// Writes it down. Names in `sql` stand for values: those of `members` for one of the list, picked by chance;
    /// `:session_id` for an id of the transaction, `:new_id` for one of the statement, `:entry` for an odd number, `:now` and
    /// `:null` for what they say; all others for one of the `constants`.
    pub(crate) fn new(
        name: &str,
        url: &str,
        sql: &str,
        members: &[(&str, Vec<String>)],
        constants: Vec<(&'static str, String)>,
    ) -> Outcome<Self> {
        let url = Url::parse(url)?;
        let count = members.first().map_or(1, |(_, values)| values.len());
        let mut text = format!("\\set n random(1, {count})\n");
        for (name, chance) in CHANCES {
            if sql.contains(&format!(":{name}")) {
                writeln!(text, "\\set {name} {chance}")?;
            }
        }
        text.push_str(sql);
        for (name, values) in members {
            // One constant: picking from it costs next to nothing.
            let kind = if name.ends_with("_id") { "uuid" } else { "text" };
            let picked = format!("('{{{}}}'::{kind}[])[:n]", values.join(","));
            text = text.replace(&format!(":{name}"), &picked);
        }
        for (name, value) in EXPRESSIONS {
            text = text.replace(&format!(":{name}"), value);
        }
        let folder = stage::folder().join("load");
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{name}.pgbench"));
        fs::write(&file, text)?;
        let role = url.username().to_owned();
        Ok(Script { file, url, role, constants, start: BTreeMap::new() })
    }

    /// CPU of a transaction, pgbench's own and PostgreSQL's, with so many clients, in microseconds.
    pub(crate) async fn cost(
        &mut self,
        server: Server,
        clients: u32,
        time: Duration,
    ) -> Outcome<f64> {
        let start = match self.start.get(&clients) {
            Some(start) => *start,
            None => {
                let each = ["--transactions".to_owned(), UNTIL_PLANNED.to_string()];
                let start = self.run(server, clients, &each).await?;
                self.start.insert(clients, start);
                start
            }
        };
        let whole = ["--time".to_owned(), time.as_secs().max(1).to_string()];
        let whole = self.run(server, clients, &whole).await?;
        if whole.time < start.time * 2 {
            // Others had the machine meanwhile: too few were done to tell what one costs.
            return Ok(f64::INFINITY);
        }
        let transactions = whole.transactions.saturating_sub(start.transactions).max(1);
        let spent = whole.time.saturating_sub(start.time);
        Ok(spent.as_secs_f64() * 1e6 / transactions as f64)
    }

    async fn run(&self, server: Server, clients: u32, length: &[String]) -> Outcome<Spent> {
        let program = tools::program("pgbench").ok_or("there is no pgbench")?;
        let (server_before, own_before) = (server.now()?, of_own_children()?);
        let output = Command::new(program)
            .args(["--no-vacuum", "--protocol", "prepared", "--jobs", "2"])
            .args(["--client", &clients.to_string()])
            .args(length)
            .args(
                self.constants
                    .iter()
                    .flat_map(|(name, value)| ["--define".to_owned(), format!("{name}={value}")]),
            )
            .args(["--host", self.url.host_str().unwrap_or("127.0.0.1")])
            .args(["--port", &self.url.port().unwrap_or(5432).to_string()])
            .args(["--username", &self.role])
            .arg("--file")
            .arg(&self.file)
            .arg(self.url.path().trim_start_matches('/'))
            .env("PGPASSWORD", self.url.password().unwrap_or_default())
            .kill_on_drop(true)
            .output()
            .await?;
        // Backends end a moment after their clients.
        tokio::time::sleep(Duration::from_millis(200)).await;
        let own = of_own_children()?.saturating_sub(own_before);
        let time = own + server.now()?.since(&server_before, &self.role);
        let said = String::from_utf8_lossy(&output.stdout);
        let count = |name: &str| -> Option<u64> {
            let rest = said.lines().find_map(|line| line.strip_prefix(name))?;
            rest.trim().split(['/', ' ']).next()?.parse().ok()
        };
        let failed = count("number of failed transactions:");
        match (output.status.success(), count("number of transactions actually processed:"), failed)
        {
            (true, Some(transactions), None | Some(0)) => Ok(Spent { time, transactions }),
            _ => {
                let error = String::from_utf8_lossy(&output.stderr);
                let file = self.file.display();
                Err(format!(
                    "pgbench {file}: {}{said}",
                    error.chars().take(2000).collect::<String>()
                )
                .into())
            }
        }
    }
}

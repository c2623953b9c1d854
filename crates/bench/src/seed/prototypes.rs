//! Members who are made through the API, as anybody is; all others are copies of them.

use std::fmt::Write;
use std::time::Duration;

use futures_util::{StreamExt, pin_mut};
use platform::Outcome;
use platform::minji::ANSWERS;
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tokio_postgres::Client;
use uuid::Uuid;

use super::PASSWORD;
use super::rows::{TABLES, Table};
use crate::stage::Stage;

/// How many. Each answers in a way of its own, so that there are several characters.
const COUNT: usize = 8;

/// The prototypes' rows in every table that is filled.
pub(crate) struct Prototypes {
    /// By table (as in [`TABLES`]), then by prototype: rows of the columns that copies share, as `COPY` writes them.
    pub(super) rows: Vec<Vec<Vec<String>>>,
    /// By table: the columns that copies share.
    pub(super) columns: Vec<String>,
    /// By prototype: what each of the three quests gives.
    pub(super) xp: Vec<Vec<i64>>,
    /// By prototype: the code of each of the three quests' template.
    pub(super) codes: Vec<Vec<String>>,
}

impl Prototypes {
    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.xp.len()
    }
}

/// Signs them up, has them take the test and look at their first day; returns what the services kept.
pub(super) async fn make(stage: &Stage) -> Outcome<Prototypes> {
    let base_url = format!("http://{}", stage.address("gateway"));
    let http = reqwest::Client::builder().no_proxy().build()?;
    let mut tokens = Vec::new();
    for number in 0..COUNT {
        let body = json!({
            "email": email(number), "password": PASSWORD, "name": "민지", "over_14": true,
            "locale": "ko", "time_zone": "UTC",
        });
        let signed_in = send(http.post(format!("{base_url}/api/auth/signup")).json(&body)).await?;
        let token = signed_in["access_token"].as_str().ok_or("no token")?.to_owned();
        let answer = |(id, value): (i64, i64)| {
            let value = (value + number as i64 * (id % 3)) % 5 + 1;
            json!({"question_id": id, "value": value})
        };
        let answers: Vec<Value> = ANSWERS.into_iter().map(answer).collect();
        let body = json!({"instrument": "mini-ipip-20", "answers": answers});
        let submit = http.post(format!("{base_url}/api/psy-test/submit")).json(&body);
        send(submit.bearer_auth(&token)).await?;
        tokens.push(token);
    }
    are_known(&stage.admin).await?;
    for token in tokens {
        send(http.get(format!("{base_url}/api/home")).bearer_auth(token)).await?;
    }
    read(&stage.admin).await
}

fn email(number: usize) -> String {
    format!("prototype-{number}@bench.example")
}

async fn send(request: RequestBuilder) -> Outcome<Value> {
    let answer = request.send().await?;
    let (status, url) = (answer.status(), answer.url().clone());
    let body = answer.text().await?;
    if status.is_success() {
        return Ok(serde_json::from_str(&body)?);
    }
    Err(format!("{url} answered {status}: {body}").into())
}

/// Waits until quest and analysis were told of them.
async fn are_known(admin: &Client) -> Outcome {
    for _ in 0..100 {
        let row = admin.query_one(
            "SELECT (SELECT count(*) FROM quest.members WHERE name IS NOT NULL AND character_key IS NOT NULL),
                    (SELECT count(*) FROM analysis.members)",
            &[],
        );
        let row = row.await?;
        let (in_quest, in_analysis): (i64, i64) = (row.get(0), row.get(1));
        if in_quest.min(in_analysis) >= COUNT as i64 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Err("the services were not told of the prototypes".into())
}

/// What the services keep of the prototypes.
pub(super) async fn read(admin: &Client) -> Outcome<Prototypes> {
    let mut ids: Vec<Uuid> = Vec::new();
    for number in 0..COUNT {
        let of_email = "SELECT sub FROM auth.users WHERE email = $1";
        ids.push(admin.query_one(of_email, &[&email(number)]).await?.get(0));
    }
    let (mut rows, mut columns) = (Vec::new(), Vec::new());
    for table in TABLES {
        let shared = shared_columns(admin, table).await?;
        let mut of_table = Vec::new();
        for id in &ids {
            of_table.push(read_rows(admin, table, &shared, id).await?);
        }
        rows.push(of_table);
        columns.push(shared.join(", "));
    }
    let (mut xp, mut codes) = (Vec::new(), Vec::new());
    for id in &ids {
        let given = "SELECT xp::bigint, template_code FROM quest.user_quests WHERE user_id = $1 ORDER BY slot";
        let quests = admin.query(given, &[id]).await?;
        xp.push(quests.iter().map(|row| row.get(0)).collect());
        codes.push(quests.iter().map(|row| row.get(1)).collect());
    }
    Ok(Prototypes { rows, columns, xp, codes })
}

/// The columns of a table that copies share with their prototype.
async fn shared_columns(admin: &Client, table: &Table) -> Outcome<Vec<String>> {
    let columns = "SELECT column_name::text FROM information_schema.columns
         WHERE table_schema || '.' || table_name = $1 ORDER BY ordinal_position";
    let rows = admin.query(columns, &[&table.name]).await?;
    let names = rows.into_iter().map(|row| row.get::<_, String>(0));
    let is_shared = |name: &str| !table.own.contains(&name) && !table.left_out.contains(&name);
    Ok(names.filter(|name| is_shared(name)).collect())
}

/// The rows of one prototype, in the order of their key.
async fn read_rows(
    admin: &Client,
    table: &Table,
    shared: &[String],
    user_id: &Uuid,
) -> Outcome<Vec<String>> {
    if shared.is_empty() {
        return Ok(Vec::new());
    }
    let mut list = String::new();
    for name in shared {
        let told = table.instead.iter().find(|(of, _)| of == name).map(|(_, value)| *value);
        let comma = if list.is_empty() { "" } else { ", " };
        write!(list, "{comma}{}", told.unwrap_or(name))?;
    }
    let (name, owner, order) = (table.name, table.owner, table.order);
    let rows = admin
        .copy_out(&format!(
            "COPY (SELECT {list} FROM {name} WHERE {owner} = '{user_id}' ORDER BY {order}) TO STDOUT"
        ))
        .await?;
    pin_mut!(rows);
    let mut text = Vec::new();
    while let Some(chunk) = rows.next().await {
        text.extend_from_slice(&chunk?);
    }
    Ok(String::from_utf8(text)?.lines().map(str::to_owned).collect())
}

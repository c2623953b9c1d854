//! `COPY`, one table after the other.

use std::fmt::Write;
use std::io::Write as _;
use std::time::Instant;

use bytes::Bytes;
use futures_util::{SinkExt, pin_mut};
use platform::Outcome;
use tokio_postgres::Client;

use super::days::Seeded;
use super::prototypes::Prototypes;
use super::rows::{TABLES, Table};

/// How much is sent at once.
const CHUNK: usize = 1 << 20;

/// Fills one table with the rows of all members.
pub(super) async fn fill(
    admin: &Client,
    table: &Table,
    members: &[Seeded],
    prototypes: &Prototypes,
) -> Outcome {
    let began = Instant::now();
    let place = TABLES.iter().position(|other| other.name == table.name).ok_or("no such table")?;
    let mut columns = table.own.join(", ");
    if !prototypes.columns[place].is_empty() {
        write!(columns, ", {}", prototypes.columns[place])?;
    }
    let sink =
        admin.copy_in::<_, Bytes>(&format!("COPY {} ({columns}) FROM STDIN", table.name)).await?;
    pin_mut!(sink);
    let (mut text, mut rows) = (String::with_capacity(2 * CHUNK), 0_u64);
    for member in members {
        (table.rows)(member, &mut |own, shared| {
            text.push_str(&own);
            if let Some(shared) = shared {
                text.push('\t');
                text.push_str(&prototypes.rows[place][shared.prototype][shared.row]);
            }
            text.push('\n');
            rows += 1;
        });
        if text.len() > CHUNK {
            sink.send(Bytes::from(std::mem::take(&mut text))).await?;
        }
    }
    sink.send(Bytes::from(text)).await?;
    sink.finish().await?;
    println!("  {:28}{rows:9} rows {:6.1} s", table.name, began.elapsed().as_secs_f64());
    Ok(std::io::stdout().flush()?)
}

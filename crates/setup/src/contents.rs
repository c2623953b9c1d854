//! What a database holds, in figures: by them a restored one is held against the one it was taken of.

use std::collections::{BTreeMap, BTreeSet};

use chassis::StartError;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use pg::Connection;
use serde::{Deserialize, Serialize};

/// The tables and the sequences of every schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contents {
    /// By name: `quest.user_quests`.
    pub tables: BTreeMap<String, Table>,
    /// The last number that was drawn.
    pub sequences: BTreeMap<String, Option<i64>>,
}

/// The rows of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, QueryableByName)]
pub struct Table {
    /// How many.
    #[diesel(sql_type = BigInt)]
    pub rows: i64,
    /// Of a hash of each row as text: it does not depend on their order.
    #[diesel(sql_type = Text)]
    pub sum: String,
}

impl Contents {
    /// Reads every row, as it is in the connection's transaction.
    pub async fn read(conn: &mut Connection) -> QueryResult<Self> {
        #[derive(QueryableByName)]
        struct Named {
            #[diesel(sql_type = Text)]
            name: String,
            #[diesel(sql_type = Nullable<BigInt>)]
            last: Option<i64>,
        }
        // What a time looks like as text.
        conn.batch_execute("SET timezone TO 'UTC'; SET datestyle TO 'ISO'").await?;
        let names = "SELECT format('%I.%I', schemaname, tablename) AS name, NULL::bigint AS last FROM pg_tables
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema')";
        let mut tables = BTreeMap::new();
        for Named { name, .. } in sql_query(names).load::<Named>(conn).await? {
            let sum = format!(
                "SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS sum \
                 FROM {name} t"
            );
            tables.insert(name, sql_query(sum).get_result(conn).await?);
        }
        let sequences = "SELECT format('%I.%I', schemaname, sequencename) AS name, last_value AS last FROM pg_sequences";
        let sequences = sql_query(sequences).load::<Named>(conn).await?;
        let sequences = sequences.into_iter().map(|Named { name, last }| (name, last)).collect();
        Ok(Contents { tables, sequences })
    }

    /// Every row of every table.
    pub fn rows(&self) -> i64 {
        self.tables.values().map(|table| table.rows).sum()
    }

    /// Fails, and names what differs, unless this is the same. A sequence may be further on: numbers are drawn outside of
    /// transactions.
    pub fn expect(&self, there: &Contents) -> Result<(), StartError> {
        let names: BTreeSet<&String> = self.tables.keys().chain(there.tables.keys()).collect();
        let differs = |name: &&&String| self.tables.get(**name) != there.tables.get(**name);
        let mut wrong: Vec<&str> = names.iter().filter(differs).map(|name| name.as_str()).collect();
        let behind =
            |(name, last): &(&String, &Option<i64>)| there.sequences.get(*name) < Some(*last);
        wrong.extend(self.sequences.iter().filter(behind).map(|(name, _)| name.as_str()));
        if wrong.is_empty() {
            return Ok(());
        }
        Err(format!("not as it was when it was saved: {}", wrong.join(", ")).into())
    }
}

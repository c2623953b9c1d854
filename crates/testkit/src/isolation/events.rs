//! The event log: every app role writes into it and reads from it, and yet sees only its own side.

use tokio_postgres::Client;

use super::Findings;
use crate::{Database, database::connect};

/// Tables with rows of all services: row security must divide them.
const DIVIDED: &str = "SELECT c.oid::regclass::text FROM pg_class c \
    WHERE c.relnamespace = 'events'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relrowsecurity \
      AND has_table_privilege($1::text, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')";

pub(super) async fn check(database: &Database, admin: &Client, findings: &mut Findings) {
    fill(admin).await;
    let query = "SELECT DISTINCT service FROM events.producers JOIN pg_roles ON rolname = service || '_app'";
    for row in admin.query(query, &[]).await.expect("the producers") {
        let service: String = row.get(0);
        let client = connect(&database.app_url(&service)).await;
        let role = format!("{service}_app");
        for row in admin.query(DIVIDED, &[&role]).await.expect("the tables") {
            let table: String = row.get(0);
            findings.expect(false, format!("{role}: may write {table}, which is not divided"));
        }
        log(admin, &client, &service, findings).await;
        for table in ["events.cursors", "events.inbox", "events.parked"] {
            places(&client, &service, table, findings).await;
        }
    }
}

/// Puts a row of everybody's into each table.
async fn fill(admin: &Client) {
    let statement = "
        INSERT INTO events.log (id, producer, type, payload)
            SELECT gen_random_uuid(), service, type, '{}' FROM events.producers;
        CREATE TEMPORARY VIEW everybody AS
            SELECT service FROM events.producers UNION SELECT service FROM events.consumers;
        INSERT INTO events.cursors (consumer, fence, seq, snapshot_due)
            SELECT service, 0, 0, false FROM everybody ON CONFLICT DO NOTHING;
        INSERT INTO events.inbox (event_id, consumer)
            SELECT gen_random_uuid(), service FROM everybody;
        INSERT INTO events.parked (event_id, consumer, lane, fence, seq)
            SELECT gen_random_uuid(), service, gen_random_uuid(), 0, 0 FROM everybody;
        DROP VIEW everybody";
    admin.batch_execute(statement).await.expect("rows in the event log");
}

/// A service adds what it produces, reads what it consumes, and changes nothing.
async fn log(admin: &Client, client: &Client, service: &str, findings: &mut Findings) {
    let role = format!("{service}_app");
    let query = "SELECT p.type, bool_or(p.service = $1), \
                        EXISTS (SELECT FROM events.consumers c WHERE c.type = p.type AND c.service = $1) \
                 FROM events.producers p GROUP BY p.type";
    for row in admin.query(query, &[&service]).await.expect("the types") {
        let (kind, produces, consumes): (String, bool, bool) = (row.get(0), row.get(1), row.get(2));
        let insert = format!(
            "INSERT INTO events.log (id, type, payload) VALUES (gen_random_uuid(), '{kind}', '{{}}')"
        );
        if produces {
            findings.allowed(client, &role, &insert).await;
        } else {
            findings.refused(client, &role, &insert).await;
        }
        let query = "SELECT count(*) FROM events.log WHERE type = $1";
        let seen: i64 = client.query_one(query, &[&kind]).await.expect("the log").get(0);
        findings.expect((seen > 0) == consumes, format!("{role}: sees {seen} events {kind}"));
    }
    for statement in [
        "INSERT INTO events.log (id, producer, type, payload) VALUES (gen_random_uuid(), 'else', 'x', '{}')",
        "UPDATE events.log SET payload = '{}'",
        "UPDATE events.log SET producer = producer",
        "DELETE FROM events.log",
        "TRUNCATE events.log",
        "UPDATE events.producers SET service = service",
        "INSERT INTO events.consumers VALUES ('member.registered', current_user)",
        "CREATE TABLE events.intruder ()",
    ] {
        findings.refused(client, &role, statement).await;
    }
}

/// A consumer knows only its own places in the log.
async fn places(client: &Client, service: &str, table: &str, findings: &mut Findings) {
    let role = format!("{service}_app");
    let query = format!("SELECT count(*) FILTER (WHERE consumer <> $1), count(*) FROM {table}");
    let row = client.query_one(&query, &[&service]).await.expect("readable");
    let (others, all): (i64, i64) = (row.get(0), row.get(1));
    findings.expect(others == 0, format!("{role}: sees {others} rows of others in {table}"));
    findings.expect(all > 0, format!("{role}: does not see its own rows in {table}"));

    for statement in [
        format!("UPDATE {table} SET consumer = 'else'"),
        format!("INSERT INTO {table} (consumer) VALUES ('else')"),
    ] {
        findings.refused(client, &role, &statement).await;
    }
    // Where the right to delete is missing altogether, so much the better.
    let delete = format!("DELETE FROM {table} WHERE consumer <> $1");
    let deleted = client.execute(&delete, &[&service]).await.unwrap_or(0);
    findings.expect(deleted == 0, format!("{role}: deletes rows of others in {table}"));
}

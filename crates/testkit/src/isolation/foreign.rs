//! What no role may do outside its own schema.

use tokio_postgres::Client;

use super::{Findings, Kind, Relation, Role};

/// The schema of the event log, where the services' app roles have rights of their own (see `events`).
const SHARED: &str = "events";

pub(super) async fn check(
    admin: &Client,
    client: &Client,
    role: &Role,
    relations: &[Relation],
    findings: &mut Findings,
) {
    attributes(admin, role, findings).await;
    schemas(admin, client, role, findings).await;
    functions(admin, role, findings).await;
    for relation in relations {
        let theirs = relation.schema == role.schema;
        let shared = relation.schema == SHARED && !role.owns;
        if !theirs && !shared {
            rights(admin, role, relation, findings).await;
            for statement in statements(relation) {
                findings.refused(client, &role.name, &statement).await;
            }
        }
    }
    for statement in [
        "CREATE SCHEMA intruder",
        "CREATE TABLE public.intruder ()",
        "CREATE TEMPORARY TABLE intruder ()",
        "SELECT pg_read_file('postgresql.conf')",
    ] {
        findings.refused(client, &role.name, statement).await;
    }
}

/// No role is more than its rights, by an attribute or by belonging to another.
async fn attributes(admin: &Client, role: &Role, findings: &mut Findings) {
    let query = "SELECT rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls, \
                        EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid) \
                 FROM pg_roles r WHERE rolname = $1";
    let row = admin.query_one(query, &[&role.name]).await.expect("the role");
    findings.expect(!row.get::<_, bool>(0), format!("{}: has an administrator's power", role.name));
    findings.expect(!row.get::<_, bool>(1), format!("{}: belongs to another role", role.name));
}

async fn schemas(admin: &Client, client: &Client, role: &Role, findings: &mut Findings) {
    let query = "SELECT nspname, has_schema_privilege($1::text, oid, 'USAGE'), \
                        has_schema_privilege($1::text, oid, 'CREATE') \
                 FROM pg_namespace WHERE nspname <> 'information_schema' \
                   AND NOT starts_with(nspname, 'pg_') AND nspname <> $2";
    for row in admin.query(query, &[&role.name, &role.schema]).await.expect("the schemas") {
        let (schema, usage, create): (String, bool, bool) = (row.get(0), row.get(1), row.get(2));
        let shared = schema == SHARED && !role.owns;
        findings.expect(!usage || shared, format!("{}: may use schema {schema}", role.name));
        findings.expect(!create, format!("{}: may create in schema {schema}", role.name));
        let create = format!("CREATE TABLE {schema}.intruder ()");
        findings.refused(client, &role.name, &create).await;
    }
    let others =
        "SELECT rolname FROM pg_roles WHERE rolname <> $1 AND NOT starts_with(rolname, 'pg_')";
    for row in admin.query(others, &[&role.name]).await.expect("the roles") {
        let become_other = format!("SET ROLE \"{}\"", row.get::<_, &str>(0));
        findings.refused(client, &role.name, &become_other).await;
    }
}

async fn functions(admin: &Client, role: &Role, findings: &mut Findings) {
    let query = "SELECT p.oid::regprocedure::text, n.nspname \
                 FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace \
                 WHERE n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_') \
                   AND n.nspname <> $2 AND has_function_privilege($1::text, p.oid, 'EXECUTE')";
    for row in admin.query(query, &[&role.name, &role.schema]).await.expect("the functions") {
        let (function, schema): (String, String) = (row.get(0), row.get(1));
        let shared = schema == SHARED && !role.owns;
        findings.expect(shared, format!("{}: may call {function}", role.name));
    }
}

/// What the catalog says of a relation.
async fn rights(admin: &Client, role: &Role, relation: &Relation, findings: &mut Findings) {
    let query = if relation.kind == Kind::Sequence {
        "SELECT has_sequence_privilege($1::text, $2::oid, 'USAGE, SELECT, UPDATE')"
    } else {
        "SELECT has_table_privilege($1::text, $2::oid, \
                'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') \
             OR has_any_column_privilege($1::text, $2::oid, 'SELECT, INSERT, UPDATE, REFERENCES')"
    };
    let row = admin.query_one(query, &[&role.name, &relation.oid]).await.expect("the rights");
    let has_right = row.get::<_, bool>(0);
    findings.expect(!has_right, format!("{}: has a right on {}", role.name, relation.name));
}

/// What the database does.
fn statements(relation: &Relation) -> Vec<String> {
    let name = &relation.name;
    if relation.kind == Kind::Sequence {
        return vec![
            format!("SELECT nextval('{name}')"),
            format!("SELECT setval('{name}', 1)"),
            format!("SELECT last_value FROM {name}"),
        ];
    }
    let mut statements = vec![
        format!("SELECT FROM {name}"),
        format!("INSERT INTO {name} DEFAULT VALUES"),
        format!("DELETE FROM {name}"),
        format!("TRUNCATE {name}"),
        format!("LOCK TABLE {name}"),
        format!("DROP TABLE {name}"),
        format!("COPY {name} TO STDOUT"),
    ];
    if let Some(column) = &relation.column {
        statements.push(format!("SELECT {column} FROM {name}"));
        statements.push(format!("UPDATE {name} SET {column} = {column}"));
    }
    statements
}

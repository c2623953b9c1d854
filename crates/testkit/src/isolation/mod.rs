//! The proof that no role reaches what belongs to another: asked of the database's catalog, then tried as each role.

mod events;
mod foreign;
mod own;

use tokio_postgres::{Client, error::SqlState};

use crate::{Database, database::connect, template::test_password};

/// Panics with a list of everything that some role of the platform can do and should not, or should and cannot.
///
/// Looks at all roles, schemas and tables that are there, whoever made them. It writes into the event log and expects to
/// be alone in the database.
pub async fn assert_isolated(database: &Database) {
    // A clone has lost the rights on the database itself. Besides, this must be possible as often as one likes.
    let set_up = pg::setup(&database.admin_url(), test_password).await;
    set_up.unwrap_or_else(|error| panic!("the set-up cannot be repeated: {error:?}"));

    let admin = connect(&database.admin_url()).await;
    let relations = relations(&admin).await;
    let mut findings = Findings::default();
    for role in roles(&admin).await {
        let client = connect(&database.role_url(&role.name)).await;
        foreign::check(&admin, &client, &role, &relations, &mut findings).await;
        own::check(&client, &role, &relations, &mut findings).await;
    }
    events::check(database, &admin, &mut findings).await;
    assert!(findings.0.is_empty(), "roles are not isolated:\n{}", findings.0.join("\n"));
}

/// One of the platform's roles.
struct Role {
    name: String,
    /// The schema that it may use.
    schema: String,
    /// Whether it is the schema's owner, or else its app.
    owns: bool,
}

/// A table, view or sequence.
struct Relation {
    oid: u32,
    schema: String,
    /// With its schema, quoted where it must be.
    name: String,
    kind: Kind,
    /// The name of some column, if it has one.
    column: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Table,
    View,
    Sequence,
}

async fn roles(admin: &Client) -> Vec<Role> {
    let query = "SELECT rolname FROM pg_roles \
                 WHERE shobj_description(oid, 'pg_authid') = 'damacorch' ORDER BY rolname";
    let rows = admin.query(query, &[]).await.expect("the roles");
    let roles: Vec<Role> = rows
        .iter()
        .map(|row| {
            let name: String = row.get(0);
            let (schema, kind) = name.rsplit_once('_').expect("<service>_<kind>");
            Role { schema: schema.to_owned(), owns: kind == "owner", name: name.clone() }
        })
        .collect();
    assert!(roles.len() > 2, "no roles to compare");
    roles
}

async fn relations(admin: &Client) -> Vec<Relation> {
    let query = "SELECT c.oid, n.nspname, c.oid::regclass::text, c.relkind::text, \
                        (SELECT quote_ident(attname) FROM pg_attribute a \
                         WHERE a.attrelid = c.oid AND attnum > 0 AND NOT attisdropped \
                           AND attgenerated = '' AND attidentity <> 'a' ORDER BY attnum LIMIT 1) \
                 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
                 WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
                   AND n.nspname <> 'information_schema' AND NOT starts_with(n.nspname, 'pg_') \
                 ORDER BY 3";
    let rows = admin.query(query, &[]).await.expect("the tables");
    rows.iter()
        .map(|row| Relation {
            oid: row.get(0),
            schema: row.get(1),
            name: row.get(2),
            kind: match row.get(3) {
                "S" => Kind::Sequence,
                "v" | "m" => Kind::View,
                _ => Kind::Table,
            },
            column: row.get(4),
        })
        .collect()
}

/// What is wrong, one line each.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn expect(&mut self, holds: bool, otherwise: impl Into<String>) {
        if !holds {
            self.0.push(otherwise.into());
        }
    }

    /// The statement must fail for want of a right.
    async fn refused(&mut self, client: &Client, role: &str, statement: &str) {
        let outcome = attempt(client, statement).await;
        let refused = matches!(&outcome, Err(code) if *code == SqlState::INSUFFICIENT_PRIVILEGE);
        self.expect(refused, format!("{role}: {statement}: not refused but {outcome:?}"));
    }

    /// The statement must succeed: else the refusals prove nothing.
    async fn allowed(&mut self, client: &Client, role: &str, statement: &str) {
        let outcome = attempt(client, statement).await;
        self.expect(outcome.is_ok(), format!("{role}: {statement}: not allowed but {outcome:?}"));
    }
}

/// Tries a statement and takes it back; answers the code of its error.
async fn attempt(client: &Client, statement: &str) -> Result<(), SqlState> {
    let outcome = client.batch_execute(&format!("BEGIN; {statement}")).await;
    client.batch_execute("ROLLBACK").await.expect("the connection still works");
    outcome.map_err(|error| error.code().cloned().unwrap_or(SqlState::INTERNAL_ERROR))
}

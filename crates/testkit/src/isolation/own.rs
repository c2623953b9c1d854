//! What each role may do in its own schema, so that a refusal elsewhere means something, and what an app may not.

use tokio_postgres::Client;

use super::{Findings, Kind, Relation, Role};

pub(super) async fn check(
    client: &Client,
    role: &Role,
    relations: &[Relation],
    findings: &mut Findings,
) {
    let create = format!("CREATE TABLE {}.another ()", role.schema);
    if role.owns {
        findings.allowed(client, &role.name, &create).await;
    } else {
        findings.refused(client, &role.name, &create).await;
    }
    for relation in relations.iter().filter(|relation| relation.schema == role.schema) {
        let name = &relation.name;
        let (allowed, refused) = match relation.kind {
            Kind::Sequence => (vec![format!("SELECT nextval('{name}')")], vec![]),
            Kind::View => (vec![format!("SELECT FROM {name}")], vec![]),
            Kind::Table => (
                vec![
                    format!("SELECT FROM {name}"),
                    // Fails without the right. (A service may deny its own app UPDATE and DELETE.)
                    format!("SELECT 1 / has_table_privilege('{name}', 'INSERT')::int"),
                ],
                vec![format!("DROP TABLE {name}"), format!("TRUNCATE {name}")],
            ),
        };
        for statement in allowed {
            findings.allowed(client, &role.name, &statement).await;
        }
        for statement in refused.iter().filter(|_| !role.owns) {
            findings.refused(client, &role.name, statement).await;
        }
    }
}

//! What each role may do in its own schema, so that a refusal elsewhere means something, and what an app may not.

use tokio_postgres::Client;

use super::{Findings, Relation, Role};

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
    for relation in relations
        .iter()
        .filter(|relation| relation.schema == role.schema)
    {
        let name = &relation.name;
        if relation.is_sequence {
            findings
                .allowed(client, &role.name, &format!("SELECT nextval('{name}')"))
                .await;
            continue;
        }
        findings
            .allowed(client, &role.name, &format!("SELECT FROM {name}"))
            .await;
        findings
            .allowed(
                client,
                &role.name,
                &format!("DELETE FROM {name} WHERE false"),
            )
            .await;
        if !role.owns {
            for statement in [format!("DROP TABLE {name}"), format!("TRUNCATE {name}")] {
                findings.refused(client, &role.name, &statement).await;
            }
        }
    }
}

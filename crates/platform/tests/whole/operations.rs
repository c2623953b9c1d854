//! What the API is, read off what the services say of themselves: the rows of every table of who may do what. A route
//! that nobody tells of is not reachable, and one that says nothing of access fails here.

use std::collections::{BTreeMap, BTreeSet};

use platform::services::SERVICES;
use reqwest::Method;
use serde_json::Value;

/// The methods that a route can have.
pub(crate) const METHODS: [Method; 5] =
    [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// An operation of the API.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// Who answers it.
    pub(crate) service: &'static str,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) access: Access,
    /// Fields of its body that are ids.
    pub(crate) ids: BTreeSet<String>,
}

/// Who may ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Public,
    /// A member, and only for what is theirs.
    Own,
    /// Who holds this role.
    Role(String),
}

impl Access {
    /// What it says in the documents. Whatever else it says lets nobody in.
    fn named(name: &str) -> Option<Self> {
        match name {
            "public" => Some(Access::Public),
            "own" => Some(Access::Own),
            _ => name.strip_prefix("role:").map(|role| Access::Role(role.to_owned())),
        }
    }

    /// Whether it lets in a member with this role besides `member`.
    pub(crate) fn admits(&self, role: &str) -> bool {
        match self {
            Access::Public | Access::Own => true,
            Access::Role(needed) => needed == role,
        }
    }
}

/// Every operation of the API. The one that signs out comes last: no token is good behind it.
pub(crate) fn operations() -> Vec<Operation> {
    let services = SERVICES.map(|service| (service.name, (service.openapi)()));
    let gateway = ("gateway", gateway::openapi());
    let mut operations = Vec::new();
    for (service, document) in services.into_iter().chain([gateway]) {
        let document = serde_json::to_value(document).unwrap();
        for (path, item) in document["paths"].as_object().unwrap() {
            for method in METHODS {
                let operation = &item[method.as_str().to_lowercase()];
                if operation.is_object() {
                    let access = operation["x-access"].as_str().and_then(Access::named);
                    operations.push(Operation {
                        service,
                        access: access
                            .unwrap_or_else(|| panic!("{method} {path}: for whom is it?")),
                        ids: ids(&document, &operation["requestBody"]["content"]),
                        path: path.clone(),
                        method,
                    });
                }
            }
        }
    }
    assert!(operations.len() > 50, "{}", operations.len());
    operations.sort_by_key(|operation| operation.path.ends_with("/logout"));
    operations
}

/// The names of a body's fields that hold a UUID.
fn ids(document: &Value, content: &Value) -> BTreeSet<String> {
    let schema = resolved(document, &content["application/json"]["schema"]);
    let fields = schema["properties"].as_object().cloned().unwrap_or_default();
    let is_id = |field: &Value| resolved(document, field).to_string().contains(r#""uuid""#);
    fields.into_iter().filter(|(_, field)| is_id(field)).map(|(name, _)| name).collect()
}

fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    // An optional body is one of nothing and what it is.
    let one = schema["oneOf"].as_array().and_then(|some| some.last()).unwrap_or(schema);
    let Some(reference) = one["$ref"].as_str() else {
        return one;
    };
    document.pointer(reference.trim_start_matches('#')).unwrap()
}

/// A path with something in every place of the template.
pub(crate) fn somewhere(path: &str) -> String {
    let somewhere = path
        .replace("{id}", "0193f2a0-0000-7000-8000-000000000000")
        .replace("{code}", "E01")
        .replace("{key}", "explorer")
        .replace("{provider}", "google")
        .replace("{channel}", "google");
    assert!(!somewhere.contains('{'), "{path}: what stands there? Say it above");
    somewhere
}

#[test]
fn the_gateways_table_is_what_the_documents_say() {
    let table: toml::Table =
        toml::from_str(include_str!("../../../../gateway/routes.toml")).unwrap();
    let mut table: BTreeMap<_, _> = table["route"]
        .as_array()
        .unwrap()
        .iter()
        .map(|route| {
            let [method, path, kind, service] = ["method", "path", "kind", "upstream"]
                .map(|key| route[key].as_str().unwrap().to_owned());
            ((path, method), (kind, service))
        })
        .collect();
    // Files of the page to try the API on.
    assert!(table.remove(&("/api/docs/{file}".to_owned(), "GET".to_owned())).is_some());
    let documents = operations().into_iter().map(|operation| {
        let kind = match operation.access {
            Access::Public => "public".to_owned(),
            Access::Own => "member".to_owned(),
            Access::Role(role) => format!("role:{role}"),
        };
        ((operation.path, operation.method.to_string()), (kind, operation.service.to_owned()))
    });
    assert_eq!(table, documents.collect());
}

//! The AT protocol: from a handle to a DID, from that to the member's own server, and there to their records. No AppView is asked.

use jiff::Timestamp;
use serde::Deserialize;
use url::Url;

use super::{Found, Reading, join};
use crate::domain::imports::Hitch;
use crate::feeds::Post;

/// Where names are looked up.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    /// A server that resolves handles.
    pub(crate) resolver_url: Url,
    /// The directory of DIDs.
    pub(crate) plc_url: Url,
}

#[derive(Deserialize)]
struct Resolved {
    did: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    id: String,
    #[serde(default)]
    also_known_as: Vec<String>,
    #[serde(default)]
    service: Vec<Service>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Service {
    id: String,
    service_endpoint: Url,
}

#[derive(Deserialize)]
struct Records {
    records: Vec<Record<Written>>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
struct Record<T> {
    uri: String,
    value: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(default)]
    text: String,
    created_at: Option<String>,
}

#[derive(Deserialize)]
struct Profile {
    #[serde(default)]
    description: String,
}

pub(super) async fn read(reading: &Reading<'_>) -> Result<Found, Hitch> {
    let (about, url) = match &reading.cursor {
        Some(next) => (String::new(), next.clone()),
        None => begin(reading).await?,
    };
    let Records { records, cursor } = reading.get_json(&url).await?;
    let next = cursor.filter(|_| !records.is_empty()).map(|cursor| with_cursor(&url, &cursor));
    let posts = records.into_iter().map(|record| Post {
        id: record.uri,
        url: None,
        published_at: record.value.created_at.and_then(|at| at.parse::<Timestamp>().ok()),
        text: record.value.text,
    });
    Ok(Found { posts: posts.collect(), about, next, ..Found::default() })
}

/// What the profile says, and where the first page is.
async fn begin(reading: &Reading<'_>) -> Result<(String, Url), Hitch> {
    let (did, server) = locate(reading).await?;
    let records = xrpc(
        &server,
        "com.atproto.repo.listRecords",
        &[("repo", &did), ("collection", "app.bsky.feed.post"), ("limit", "100")],
    )?;
    let profile = xrpc(
        &server,
        "com.atproto.repo.getRecord",
        &[("repo", &did), ("collection", "app.bsky.actor.profile"), ("rkey", "self")],
    )?;
    let about = match reading.get_json::<Record<Profile>>(&profile).await {
        Ok(profile) => profile.value.description,
        // Many have none.
        Err(Hitch::NotFound | Hitch::Refused | Hitch::Unreadable) => String::new(),
        Err(hitch) => return Err(hitch),
    };
    Ok((about, records))
}

/// The account's DID, and the server that holds its records.
async fn locate(reading: &Reading<'_>) -> Result<(String, Url), Hitch> {
    let (account, network) = (&reading.account.address, reading.network);
    let did = if account.starts_with("did:") {
        account.clone()
    } else {
        let method = "com.atproto.identity.resolveHandle";
        let resolve = xrpc(&network.resolver_url, method, &[("handle", account)])?;
        // A handle that nobody has is a 400.
        let resolved = reading.get_json::<Resolved>(&resolve).await;
        resolved.map_err(|hitch| if hitch == Hitch::Refused { Hitch::NotFound } else { hitch })?.did
    };
    let document: Document = reading.get_json(&directory(&did, network)?).await?;
    // Who resolves a handle may say what it likes; the account itself has to agree.
    let handle = format!("at://{account}");
    let agrees = account.starts_with("did:") || document.also_known_as.contains(&handle);
    if document.id != did || !agrees {
        return Err(Hitch::NotFound);
    }
    let mut services = document.service.into_iter();
    let server = services.find(|service| service.id.ends_with("#atproto_pds"));
    Ok((did, server.ok_or(Hitch::NotFound)?.service_endpoint))
}

/// Where a DID's document is.
fn directory(did: &str, network: &Network) -> Result<Url, Hitch> {
    match did.strip_prefix("did:web:") {
        Some(host) => join(&format!("https://{host}"), "/.well-known/did.json"),
        None if did.starts_with("did:plc:") => join(network.plc_url.as_str(), &format!("/{did}")),
        None => Err(Hitch::NotFound),
    }
}

fn xrpc(server: &Url, method: &str, query: &[(&str, &str)]) -> Result<Url, Hitch> {
    let mut url = join(server.as_str(), &format!("/xrpc/{method}"))?;
    url.query_pairs_mut().extend_pairs(query);
    Ok(url)
}

fn with_cursor(url: &Url, cursor: &str) -> Url {
    let kept: Vec<_> =
        url.query_pairs().into_owned().filter(|(name, _)| name != "cursor").collect();
    let mut next = url.clone();
    next.query_pairs_mut().clear().extend_pairs(kept).append_pair("cursor", cursor);
    next
}

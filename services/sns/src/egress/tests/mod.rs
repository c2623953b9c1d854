//! The client against servers that lie.

mod answers;
mod blocks;
mod dns;
mod servers;
mod tricks;

use std::net::SocketAddr;

use reqwest::header::HeaderValue;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Egress, Error, Fetched, Page, Reach, Validators};

/// A client that may reach these servers besides, and asks this one for names.
fn egress(besides: &[SocketAddr], name_server: Option<SocketAddr>) -> Egress {
    chassis::install_crypto();
    Egress::new(Reach { besides: besides.to_vec(), name_server }).unwrap()
}

/// What a server has at a path; a page where it is new.
async fn get(egress: &Egress, url: &str) -> Result<Page, Error> {
    match egress.get(&url.parse().unwrap(), &Validators::default()).await? {
        Fetched::New(page) => Ok(*page),
        Fetched::Unchanged => panic!("304 to no condition"),
    }
}

/// A server that sends on from `/to?=` to whatever follows.
async fn redirecting() -> MockServer {
    let server = MockServer::start().await;
    let redirect = |request: &Request| {
        let (_, to) = request.url.query_pairs().next().unwrap();
        // As it is: some servers write more than ASCII there.
        let to = HeaderValue::from_bytes(to.as_bytes()).unwrap();
        ResponseTemplate::new(302).insert_header("location", to)
    };
    Mock::given(method("GET")).and(path("/to")).respond_with(redirect).mount(&server).await;
    server
}

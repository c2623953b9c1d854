//! Whose requests are counted together.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

/// The client's network, as it is counted: an IPv4 address, or the /64 that one IPv6 household has.
///
/// The gateway takes off whatever a client says of its way and writes it anew, the client first, then the proxies that it
/// was told to trust. So the first hop is the client, and what may be added between the gateway and us stands behind it.
/// Somebody who reaches us past the gateway could name any address, as they could come from any: limits by account do
/// not rest on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientNetwork(Vec<u8>);

impl ClientNetwork {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn of(way: Option<&str>, peer: Option<IpAddr>) -> Self {
        let client = way.and_then(|way| way.split(',').next()?.trim().parse().ok());
        ClientNetwork(match client.or(peer).map(|address| address.to_canonical()) {
            Some(IpAddr::V4(address)) => address.octets().to_vec(),
            Some(IpAddr::V6(address)) => address.octets()[..8].to_vec(),
            None => Vec::new(),
        })
    }
}

impl FromRequest for ClientNetwork {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let way = request.headers().get("x-forwarded-for").and_then(|way| way.to_str().ok());
        let peer = request.peer_addr().map(|peer| peer.ip());
        ready(Ok(ClientNetwork::of(way, peer)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_hop_is_counted_and_an_ipv6_household_as_one() {
        let of = |way: &str| ClientNetwork::of(Some(way), Some([10, 0, 0, 9].into())).0;
        assert_eq!(of("192.0.2.1"), [192, 0, 2, 1]);
        assert_eq!(of("192.0.2.1, 10.0.0.1, 10.0.0.2"), [192, 0, 2, 1]);
        assert_eq!(of("::ffff:192.0.2.1"), [192, 0, 2, 1]);
        assert_eq!(of("2001:db8:0:7::1"), of("2001:db8:0:7:ffff::2"));
        assert_ne!(of("2001:db8:0:7::1"), of("2001:db8:0:8::1"));
        assert_eq!(of("nonsense"), [10, 0, 0, 9]);
        assert_eq!(ClientNetwork::of(None, Some([10, 0, 0, 9].into())).0, [10, 0, 0, 9]);
    }
}

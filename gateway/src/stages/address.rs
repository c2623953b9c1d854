//! Who sent the request: the peer, or whom a trusted proxy names. Told on as `X-Forwarded-For` and `X-Forwarded-Proto`,
//! which a client cannot set itself.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::settings::Proxies;

pub(crate) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(crate) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a request came from.
#[derive(Clone, Debug)]
pub(crate) struct Sender {
    address: IpAddr,
    /// The client, then the proxies that it came through.
    pub(crate) forwarded_for: HeaderValue,
    pub(crate) proto: HeaderValue,
}

impl Sender {
    /// Reads `X-Forwarded-For` from its end, through trusted proxies only.
    pub(crate) fn of(peer: Option<SocketAddr>, headers: &HeaderMap, trusted: &[Proxies]) -> Self {
        let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.ip().to_canonical());
        let trusts = |address: IpAddr| trusted.iter().any(|proxies| proxies.contain(address));
        let (mut address, mut way) = (peer, peer.to_string());
        if trusts(peer) {
            let told: Vec<&HeaderValue> = headers.get_all(FORWARDED_FOR).collect();
            let told = told.iter().rev().filter_map(|value| value.to_str().ok());
            for before in told.flat_map(|value| value.rsplit(',')).map_while(parse) {
                way = format!("{before}, {way}");
                address = before;
                if !trusts(before) {
                    break;
                }
            }
        }
        let https = trusts(peer)
            && headers.get(FORWARDED_PROTO).is_some_and(|proto| proto.as_bytes() == b"https");
        Sender {
            address,
            forwarded_for: HeaderValue::try_from(way)
                .unwrap_or_else(|_| HeaderValue::from_static("")),
            proto: HeaderValue::from_static(if https { "https" } else { "http" }),
        }
    }

    /// Whose requests are counted together: an IPv4 address, or the /64 that one IPv6 household has.
    pub(crate) fn rate_key(&self) -> u128 {
        match self.address {
            IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
            IpAddr::V6(address) => address.to_bits() & !u128::from(u64::MAX),
        }
    }
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]` or `[2001:db8::1]:4711`.
fn parse(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
    let bracketed = || bare?.parse::<Ipv6Addr>().ok().map(IpAddr::V6);
    let with_port = || text.parse::<SocketAddr>().ok().map(|address| address.ip());
    let address: Option<IpAddr> = text.parse().ok().or_else(with_port).or_else(bracketed);
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(peer: &str, forwarded: &[&str]) -> (String, String) {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(value).unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let peer = SocketAddr::new(peer.parse().unwrap(), 4711);
        let sender = Sender::of(Some(peer), &headers, &trusted);
        let way = sender.forwarded_for.to_str().unwrap().to_owned();
        (sender.address.to_string(), way)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        for (peer, forwarded, address, whole_way) in [
            ("192.0.2.9", &["198.51.100.1"][..], "192.0.2.9", "192.0.2.9"),
            ("10.0.0.1", &[], "10.0.0.1", "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1"], "198.51.100.1", "198.51.100.1, 10.0.0.1"),
            ("10.0.0.1", &["1.1.1.1, 198.51.100.1"], "198.51.100.1", "198.51.100.1, 10.0.0.1"),
            (
                "10.0.0.1",
                &["1.1.1.1, 198.51.100.1,10.0.0.2"],
                "198.51.100.1",
                "198.51.100.1, 10.0.0.2, 10.0.0.1",
            ),
            (
                "10.0.0.1",
                &["198.51.100.1", "10.0.0.2"],
                "198.51.100.1",
                "198.51.100.1, 10.0.0.2, 10.0.0.1",
            ),
            ("10.0.0.1", &["1.1.1.1, nonsense"], "10.0.0.1", "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.1:80"], "198.51.100.1", "198.51.100.1, 10.0.0.1"),
            ("fd00::1", &["[2001:db8::7]:443"], "2001:db8::7", "2001:db8::7, fd00::1"),
            ("::ffff:10.0.0.1", &["[2001:db8::7]"], "2001:db8::7", "2001:db8::7, 10.0.0.1"),
        ] {
            let expected = (address.to_owned(), whole_way.to_owned());
            assert_eq!(way(peer, forwarded), expected, "{peer} {forwarded:?}");
        }
    }

    #[test]
    fn an_ipv6_household_is_counted_as_one() {
        let key = |peer: &str| {
            let peer = SocketAddr::new(peer.parse().unwrap(), 1);
            Sender::of(Some(peer), &HeaderMap::new(), &[]).rate_key()
        };
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
        assert_eq!(key("192.0.2.1"), key("::ffff:192.0.2.1"));
    }
}

//! How far fetches go.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::addresses::not_public;

/// How far fetches go: to public addresses, at the ports of the web. The rest is for tests, whose servers are on loopback.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reach {
    /// Loopback addresses that may be fetched from besides, port by port.
    pub(crate) besides: Vec<SocketAddr>,
    /// Who is asked for names; the machine's own name servers when none is given.
    pub(crate) name_server: Option<SocketAddr>,
}

/// Why an address must not be fetched from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// Neither http nor https.
    #[error("its scheme is not http or https")]
    Scheme,
    /// `user:password@`.
    #[error("it carries a user name or a password")]
    UserInfo,
    /// Not one of the web's.
    #[error("its port is not 80 or 443")]
    Port,
    /// It has an address that is not public; the block that it lies in.
    #[error("its address is not public: {0}")]
    Address(&'static str),
    /// Its name has no address that is public; the block of the last one.
    #[error("its name leads to no public address: {0}")]
    Name(&'static str),
    /// Sent on too often.
    #[error("it redirects more than three times")]
    Redirects,
}

impl Reach {
    /// Whether a URL may be asked for. What its name leads to is judged where it is looked up.
    pub(crate) fn check(&self, url: &Url) -> Result<(), Refused> {
        let port = match url.scheme() {
            "http" | "https" => url.port_or_known_default().ok_or(Refused::Port)?,
            _ => return Err(Refused::Scheme),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(Refused::UserInfo);
        }
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => None,
        };
        let listed = |address| self.besides.contains(&SocketAddr::new(address, port));
        if let Some(address) = literal.filter(|address| !listed(*address)) {
            not_public(address).map_or(Ok(()), |block| Err(Refused::Address(block)))?;
        }
        let is_open = matches!(port, 80 | 443) || self.besides.iter().any(|it| it.port() == port);
        if is_open { Ok(()) } else { Err(Refused::Port) }
    }

    /// The block that keeps an address, found for a name, from being connected to.
    pub(super) fn keeps_out(&self, address: IpAddr) -> Option<&'static str> {
        let besides = self.besides.iter().any(|it| it.ip() == address);
        if besides { None } else { not_public(address) }
    }
}

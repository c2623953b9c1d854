//! Looking up names for connections: only addresses within reach come back.

use std::net::SocketAddr;
use std::sync::Arc;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::reach::{Reach, Refused};

/// What reqwest asks before it connects.
pub(super) struct Names {
    resolver: TokioResolver,
    reach: Arc<Reach>,
}

impl Names {
    pub(super) fn new(reach: Arc<Reach>) -> Result<Self, NetError> {
        let builder = match reach.name_server {
            None => TokioResolver::builder_tokio()?,
            Some(server) => {
                let mut connection = ConnectionConfig::udp();
                connection.port = server.port();
                let server = NameServerConfig::new(server.ip(), true, vec![connection]);
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
        };
        Ok(Names { resolver: builder.build()?, reach })
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        let (resolver, reach) = (self.resolver.clone(), self.reach.clone());
        Box::pin(async move {
            // The dot at its end keeps the machine's search domains out: a cluster's services are found by them.
            let whole = format!("{}.", name.as_str().trim_end_matches('.'));
            let (mut open, mut closed) = (Vec::new(), None);
            for address in resolver.lookup_ip(whole).await?.iter() {
                match reach.keeps_out(address) {
                    None => open.push(SocketAddr::new(address, 0)), // 0: the port is the URL's
                    Some(block) => closed = Some(block),
                }
            }
            match closed {
                Some(block) if open.is_empty() => Err(Refused::Name(block).into()),
                _ => Ok(Box::new(open.into_iter()) as Addrs),
            }
        })
    }
}

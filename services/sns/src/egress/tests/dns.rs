//! A name server of the tests: it says of a name what it is told to, and may say something else the next time.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

use tokio::net::UdpSocket;

/// The types of records that are asked for.
const A: u16 = 1;
const AAAA: u16 = 28;
const HEADER: usize = 12;

/// Starts it; `zone` is asked for a name's addresses, and told how often the name was asked for before.
pub(super) async fn start(
    zone: impl Fn(&str, usize) -> Vec<IpAddr> + Send + 'static,
) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut asked: HashMap<(String, u16), usize> = HashMap::new();
        let mut query = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut query).await {
            let (name, kind, question) = question(&query[..length]);
            let times = asked.entry((name.clone(), kind)).or_default();
            let answer = answer(&query[..2], question, kind, &zone(&name, *times));
            *times += 1;
            socket.send_to(&answer, client).await.unwrap();
        }
    });
    address
}

/// The name, the type, and both as they were written.
fn question(query: &[u8]) -> (String, u16, &[u8]) {
    let (mut labels, mut at) = (Vec::new(), HEADER);
    while query[at] != 0 {
        let next = at + 1 + usize::from(query[at]);
        labels.push(String::from_utf8(query[at + 1..next].to_ascii_lowercase()).unwrap());
        at = next;
    }
    let kind = u16::from_be_bytes([query[at + 1], query[at + 2]]);
    (labels.join("."), kind, &query[HEADER..at + 5])
}

/// A message by RFC 1035, whose records may not be remembered.
fn answer(id: &[u8], question: &[u8], kind: u16, addresses: &[IpAddr]) -> Vec<u8> {
    let data = addresses.iter().filter_map(|address| match (address, kind) {
        (IpAddr::V4(address), A) => Some(address.octets().to_vec()),
        (IpAddr::V6(address), AAAA) => Some(address.octets().to_vec()),
        _ => None,
    });
    let data: Vec<_> = data.collect();
    let count = u8::try_from(data.len()).unwrap();
    let mut message = id.to_vec();
    message.extend([0x81, 0x80, 0, 1, 0, count, 0, 0, 0, 0]);
    message.extend(question);
    for data in data {
        message.extend([0xc0, 12]); // the name of the question
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 0, 0, u8::try_from(data.len()).unwrap()]);
        message.extend(data);
    }
    message
}

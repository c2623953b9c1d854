//! Every trick that we know of to make a server ask where it must not (promise 25), fired at the client.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{Error, dns, egress, get, redirecting};
use crate::egress::{Egress, Reach, Refused};

const SECRET: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A server on an address that is not listed, at the port of one that is: whoever asks it got through.
async fn secret(port: u16) -> MockServer {
    let listener = std::net::TcpListener::bind(SocketAddr::new(SECRET, port)).unwrap();
    let server = MockServer::builder().listener(listener).start().await;
    let told = ResponseTemplate::new(200).set_body_string("the secret");
    Mock::given(any()).respond_with(told).mount(&server).await;
    server
}

/// How one address can be written. `P` is the port.
const LITERALS: [(&str, &str); 29] = [
    ("plain", "http://127.0.0.2:P/"),
    ("https", "https://127.0.0.2:P/"),
    ("one decimal number", "http://2130706434:P/"),
    ("octal", "http://0177.0.0.02:P/"),
    ("octal, one number", "http://017700000002:P/"),
    ("hexadecimal", "http://0x7f.0x0.0x0.0x2:P/"),
    ("hexadecimal, one number", "http://0x7f000002:P/"),
    ("hexadecimal, mixed", "http://0x7F.0.00.2:P/"),
    ("two parts", "http://127.2:P/"),
    ("three parts", "http://127.0.2:P/"),
    ("a dot at its end", "http://127.0.0.2.:P/"),
    ("full-width digits", "http://１２７.０.０.２:P/"),
    ("digits in circles", "http://①②⑦.⓪.⓪.②:P/"),
    ("ideographic full stops", "http://127。0。0。2:P/"),
    ("percent-encoded", "http://%31%32%37.0.0.2:P/"),
    ("a backslash for the path", "http://127.0.0.2:P\\@example.org/"),
    ("white space and a line break within", "ht\ntp://127.0.0\t.2:P/"),
    ("IPv4-mapped", "http://[::ffff:127.0.0.2]:P/"),
    ("IPv4-mapped, hexadecimal", "http://[::ffff:7f00:2]:P/"),
    ("IPv4-mapped, all written out", "http://[0:0:0:0:0:ffff:7f00:0002]:P/"),
    ("IPv4-compatible", "http://[::127.0.0.2]:P/"),
    ("NAT64", "http://[64:ff9b::127.0.0.2]:P/"),
    ("6to4", "http://[2002:7f00:2::]:P/"),
    ("Teredo", "http://[2001:0:53aa:64c::80ff:fffd]:P/"),
    ("loopback of IPv6", "http://[::1]:P/"),
    ("unspecified", "http://0.0.0.0:P/"),
    ("unspecified, short", "http://0:P/"),
    ("unspecified of IPv6", "http://[::]:P/"),
    ("loopback at another port", "http://127.0.0.1:1/"),
];

/// What is not on this machine.
const ELSEWHERE: [(&str, &str); 17] = [
    ("private", "http://10.0.0.1/"),
    ("private", "http://172.16.0.1/"),
    ("private", "http://192.168.0.1/"),
    ("a carrier's", "http://100.64.0.1/"),
    ("link-local, metadata", "http://169.254.169.254/latest/meta-data/"),
    ("metadata, one number", "http://2852039166/"),
    ("metadata of IPv6", "http://[fd00:ec2::254]/"),
    ("metadata in a carrier's block", "http://100.100.100.200/"),
    ("metadata at a public address", "http://168.63.129.16/"),
    ("unique local", "http://[fc00::1]/"),
    ("link-local of IPv6", "http://[fe80::1]/"),
    ("multicast", "http://224.0.0.1/"),
    ("multicast of IPv6", "http://[ff02::1]/"),
    ("benchmarking", "http://198.18.0.1/"),
    ("reserved", "http://240.0.0.1/"),
    ("broadcast", "http://255.255.255.255/"),
    ("of documents", "http://[2001:db8::1]/"),
];

/// What is wrong before any address.
const OTHERS: [(&str, &str); 11] = [
    ("a file", "file:///etc/passwd"),
    ("ftp", "ftp://example.org/"),
    ("gopher", "gopher://example.org:70/_"),
    ("data", "data:text/plain,secret"),
    ("a user's name", "http://member@example.org/"),
    ("a user's name and password", "http://a:b@example.org/"),
    ("an address as a user's name", "http://127.0.0.1@example.org/"),
    ("a password only", "http://:b@example.org/"),
    ("ssh", "http://example.org:22/"),
    ("a database", "http://example.org:5432/"),
    ("an alternative port of the web", "http://example.org:8080/"),
];

/// Names, and what is said of them.
const NAMES: [(&str, &str, &str); 9] = [
    ("a name of a private address", "private.test", "10.0.0.1"),
    ("a name of a metadata address", "metadata.test", "169.254.169.254"),
    ("a name of loopback", "secret.test", "127.0.0.2"),
    ("a name of the unspecified address", "zero.test", "0.0.0.0"),
    ("a name of an IPv4-mapped address", "mapped.test", "::ffff:127.0.0.2"),
    ("a name of a NAT64 address", "nat64.test", "64:ff9b::127.0.0.2"),
    ("a name of a unique local address", "local.test", "fd00:ec2::254"),
    ("a service's short name", "catalog", "10.96.0.10"),
    ("a name with a dot at its end", "dotted.test.", "127.0.0.2"),
];

fn zone(name: &str, asked: usize) -> Vec<IpAddr> {
    let open = IpAddr::V4(Ipv4Addr::LOCALHOST);
    match name {
        "open.test" => vec![open],
        // What a look-up before the fetch would have seen is not what the connection gets.
        "rebound.test" => vec![if asked == 0 { open } else { SECRET }],
        "both.test" => vec![SECRET, open],
        name => NAMES
            .iter()
            .filter(|(_, it, _)| it.trim_end_matches('.') == name)
            .map(|(_, _, address)| address.parse().unwrap())
            .collect(),
    }
}

/// Fires it, and says what became of it; whoever gets an answer got through.
async fn fire(egress: &Egress, url: &str) -> Result<Refused, String> {
    let Ok(url) = Url::parse(url) else { return Err("no URL".to_owned()) };
    match get(egress, url.as_str()).await {
        Ok(page) => panic!("it got through: {url}: {}", String::from_utf8_lossy(&page.body)),
        Err(Error::Refused(refused)) => Ok(refused),
        Err(error) => Err(error.to_string()),
    }
}

#[tokio::test]
async fn none_gets_through() {
    let open = redirecting().await;
    let port = open.address().port();
    let secret = secret(port).await;
    let name_server = dns::start(zone).await;
    let egress = egress(&[*open.address()], Some(name_server));
    let here = |url: &str| url.replace(":P", &format!(":{port}"));
    let sent_on = |url: &str| {
        let mut hop = Url::parse(&format!("{}/to", open.uri())).unwrap();
        hop.query_pairs_mut().append_pair("", url);
        hop.to_string()
    };

    let mut tricks: Vec<(String, String)> = Vec::new();
    for (what, url) in LITERALS.into_iter().chain(ELSEWHERE).chain(OTHERS) {
        tricks.push((what.to_owned(), here(url)));
        if !url.contains('\n') {
            tricks.push((format!("redirect: {what}"), sent_on(&here(url))));
        }
    }
    for (what, name, _) in NAMES {
        let url = format!("http://{name}:{port}/");
        tricks.push((format!("redirect: {what}"), sent_on(&url)));
        tricks.push((what.to_owned(), url));
    }
    tricks.push(("redirect: to the server beside it".into(), sent_on(&here("//127.0.0.2:P/"))));
    // The first look-up finds the listed server, which sends on to its own name: found anew, it is another.
    let again =
        sent_on(&format!("http://rebound.test:{port}/")).replace("127.0.0.1", "rebound.test");
    tricks.push(("rebinding".into(), again));
    let four = (0..4).fold(open.uri(), |to, _| sent_on(&to));
    tricks.push(("four redirects".into(), four));

    let mut refused = 0;
    println!("{:<52} | refused where", "trick");
    for (what, url) in &tricks {
        let place = match fire(&egress, url).await {
            Ok(why) => why.to_string(),
            // No URL at all, or a redirect that reqwest itself does not take.
            Err(why) if why == "no URL" || what.starts_with("redirect: ") => why,
            Err(why) => panic!("{what}: {why}"),
        };
        refused += 1;
        println!("{what:<52} | {place}");
    }
    println!("{refused} of {} refused", tricks.len());
    assert_eq!(secret.received_requests().await.unwrap().len(), 0);
}

/// A name with several addresses is asked at those within reach.
#[tokio::test]
async fn of_several_addresses_only_those_within_reach_are_asked() {
    let open = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&open).await;
    let secret = secret(open.address().port()).await;
    let name_server = dns::start(zone).await;
    for _ in 0..5 {
        let egress = egress(&[*open.address()], Some(name_server));
        for name in ["open.test", "both.test"] {
            get(&egress, &format!("http://{name}:{}/", open.address().port())).await.unwrap();
        }
    }
    assert_eq!(open.received_requests().await.unwrap().len(), 10);
    assert_eq!(secret.received_requests().await.unwrap().len(), 0);
}

/// As it runs in production, nothing of this machine is within reach.
#[tokio::test]
async fn without_the_setting_of_tests_loopback_is_refused() {
    let open = MockServer::start().await;
    let egress = egress(&[], None);
    let refused = fire(&egress, &open.uri()).await;
    assert_eq!(refused, Ok(Refused::Address("loopback, RFC 1122")));
    let by_name = fire(&egress, "http://localhost/").await;
    assert!(matches!(by_name, Ok(Refused::Name(_))), "{by_name:?}");
    assert!(Reach::default().besides.is_empty() && Reach::default().name_server.is_none());
}

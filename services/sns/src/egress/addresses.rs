//! Which addresses are public: those that the registries of IANA for special purposes do not keep from the world
//! (RFC 6890, as they stand since RFC 9637).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{Ipv4Net, Ipv6Net};

/// What is not public in IPv4.
const V4: [(Ipv4Net, &str); 19] = [
    (v4([0, 0, 0, 0], 8), "this network, RFC 791"),
    (v4([10, 0, 0, 0], 8), "private, RFC 1918"),
    (v4([100, 64, 0, 0], 10), "shared by a carrier's customers, RFC 6598"),
    (v4([127, 0, 0, 0], 8), "loopback, RFC 1122"),
    (v4([168, 63, 129, 16], 32), "a cloud's host as its guests see it"),
    (v4([169, 254, 0, 0], 16), "link-local, RFC 3927"),
    (v4([172, 16, 0, 0], 12), "private, RFC 1918"),
    (v4([192, 0, 0, 0], 24), "of protocols, RFC 6890"),
    (v4([192, 0, 2, 0], 24), "of documents, RFC 5737"),
    (v4([192, 31, 196, 0], 24), "AS112, RFC 7535"),
    (v4([192, 52, 193, 0], 24), "multicast tunnels, RFC 7450"),
    (v4([192, 88, 99, 0], 24), "6to4 relays, RFC 7526"),
    (v4([192, 168, 0, 0], 16), "private, RFC 1918"),
    (v4([192, 175, 48, 0], 24), "AS112, RFC 7534"),
    (v4([198, 18, 0, 0], 15), "benchmarking, RFC 2544"),
    (v4([198, 51, 100, 0], 24), "of documents, RFC 5737"),
    (v4([203, 0, 113, 0], 24), "of documents, RFC 5737"),
    (v4([224, 0, 0, 0], 4), "multicast, RFC 5771"),
    (v4([240, 0, 0, 0], 4), "reserved, RFC 1112"),
];

/// Where all global unicast of IPv6 lies (RFC 4291, RFC 3587). Outside it are loopback, link-local, unique local, multicast, and
/// the forms that carry an IPv4 address: mapped, compatible, translated (NAT64).
const GLOBAL_UNICAST: Ipv6Net = v6([0x2000, 0, 0], 3);

/// What is known by name outside it, the narrower before the wider.
const OUTSIDE: [(Ipv6Net, &str); 10] = [
    (Ipv6Net::new_assert(Ipv6Addr::LOCALHOST, 128), "loopback, RFC 4291"),
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 128), "unspecified, RFC 4291"),
    (Ipv6Net::new_assert(Ipv6Addr::UNSPECIFIED, 96), "IPv4-compatible, RFC 4291"),
    (Ipv6Net::new_assert(Ipv4Addr::UNSPECIFIED.to_ipv6_mapped(), 96), "IPv4-mapped, RFC 4291"),
    (v6([0x64, 0xff9b, 0], 96), "IPv4 by NAT64, RFC 6052"),
    (v6([0x64, 0xff9b, 1], 48), "IPv4 by NAT64, RFC 8215"),
    (v6([0xfc00, 0, 0], 7), "unique local, RFC 4193"),
    (v6([0xfe80, 0, 0], 10), "link-local, RFC 4291"),
    (v6([0xfec0, 0, 0], 10), "site-local, RFC 3879"),
    (v6([0xff00, 0, 0], 8), "multicast, RFC 4291"),
];

/// What is not public within it, the narrower before the wider.
const INSIDE: [(Ipv6Net, &str); 6] = [
    (v6([0x2001, 0, 0], 32), "IPv4 by Teredo, RFC 4380"),
    (v6([0x2001, 0, 0], 23), "of protocols, RFC 2928"),
    (v6([0x2001, 0xdb8, 0], 32), "of documents, RFC 3849"),
    (v6([0x2002, 0, 0], 16), "IPv4 by 6to4, RFC 3056"),
    (v6([0x2620, 0x4f, 0x8000], 48), "AS112, RFC 7534"),
    (v6([0x3fff, 0, 0], 20), "of documents, RFC 9637"),
];

/// The block that keeps an address from being public; none where nothing does.
pub(super) fn not_public(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => V4.iter().find(|(block, _)| block.contains(&address)).map(name),
        IpAddr::V6(address) if !GLOBAL_UNICAST.contains(&address) => {
            let block = OUTSIDE.iter().find(|(block, _)| block.contains(&address));
            Some(block.map_or("not global unicast", name))
        }
        IpAddr::V6(address) if carries_isatap(address) => Some("IPv4 by ISATAP, RFC 5214"),
        IpAddr::V6(address) => INSIDE.iter().find(|(block, _)| block.contains(&address)).map(name),
    }
}

fn name<N>((_, name): &(N, &'static str)) -> &'static str {
    name
}

/// Under any prefix, this interface is a tunnel to an IPv4 address of the site.
fn carries_isatap(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    segments[4] & !0x0200 == 0 && segments[5] == 0x5efe
}

const fn v4(address: [u8; 4], length: u8) -> Ipv4Net {
    let [a, b, c, d] = address;
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6(start: [u16; 3], length: u8) -> Ipv6Net {
    let [a, b, c] = start;
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

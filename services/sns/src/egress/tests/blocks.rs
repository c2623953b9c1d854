//! Which addresses are public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use crate::egress::addresses::not_public;

fn block(address: &str) -> Option<&'static str> {
    not_public(address.parse().unwrap())
}

#[test]
fn the_edges_of_blocks() {
    let inside = [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "169.254.0.0",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.0",
        "255.255.255.255",
        "100.100.100.200",
        "168.63.129.16",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "64:ff9b:1::10.0.0.1",
        "100::1",
        "1fff:ffff::1",
        "2001::1",
        "2001:1ff:ffff::1",
        "2001:db8::1",
        "2002:7f00:1::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "febf::1",
        "fec0::1",
        "ff02::1",
        "2a00:1450::5efe:a00:1",
    ];
    let open: Vec<_> = inside.into_iter().filter(|address| block(address).is_none()).collect();
    assert!(open.is_empty(), "{open:?}");

    let outside = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2000::1",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2003::1",
        "2606:4700::1",
        "3ffe:ffff::1",
        "2a00:1450::5eff:a00:1",
    ];
    let closed: Vec<_> = outside.into_iter().filter(|address| block(address).is_some()).collect();
    assert!(closed.is_empty(), "{closed:?}");
}

proptest! {
    #[test]
    fn what_the_standard_library_keeps_private_is_not_public(bits: u32, wide: u128) {
        let v4 = Ipv4Addr::from(bits);
        let kept = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
            || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified();
        prop_assert!(!kept || not_public(IpAddr::V4(v4)).is_some());
        let v6 = Ipv6Addr::from(wide);
        let kept = v6.is_loopback() || v6.is_multicast() || v6.is_unspecified()
            || v6.is_unique_local() || v6.is_unicast_link_local() || v6.to_ipv4().is_some();
        prop_assert!(!kept || not_public(IpAddr::V6(v6)).is_some());
    }

    /// Not even of a public one: nobody is found under such a name who has not got a plain one.
    #[test]
    fn no_form_that_carries_an_ipv4_address_is_public(bits: u32, rest: u64) {
        let [a, b, c, d] = bits.to_be_bytes();
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let [_, w, x, y] = [rest >> 48, rest >> 32, rest >> 16, rest].map(|part| part as u16);
        for carrier in [
            Ipv4Addr::from(bits).to_ipv6_mapped(),
            Ipv6Addr::new(0, 0, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
            Ipv6Addr::new(0x64, 0xff9b, 1, w, x, y, high, low),
            Ipv6Addr::new(0x2002, high, low, w, x, y, 0, 1),
            Ipv6Addr::new(0x2001, 0, w, x, y, 0, !high, !low),
            Ipv6Addr::new(0x2a00, w, x, y, 0, 0x5efe, high, low),
            Ipv6Addr::new(0x2a00, w, x, y, 0x200, 0x5efe, high, low),
        ] {
            prop_assert!(not_public(IpAddr::V6(carrier)).is_some(), "{carrier}");
        }
    }
}

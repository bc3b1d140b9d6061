//! Which addresses are public, and what the others are: by the registries of special addresses of IANA, without
//! asking anybody. An address that holds another one (IPv4-mapped, NAT64) is what that one is.
//!
//! It knows no names and no permissions. Invariant: of IPv6 only what is known to be public is taken for public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is that isn't public, in words for `… is a X address`.
pub(super) type Special = &'static str;

/// Ranges of IPv4, first address and length of the prefix; the first that holds an address says what it is.
const SPECIAL_V4: &[(Ipv4Addr, u32, Special)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "n unspecified"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, " private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, " carrier's private"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, " loopback"),
    // Of Azure: its host tells a machine's secrets there, though the address looks public.
    (Ipv4Addr::new(168, 63, 129, 16), 32, " metadata"),
    (Ipv4Addr::new(169, 254, 169, 254), 32, " metadata"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, " link-local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, " private"),
    // Holds the metadata of Oracle's machines.
    (Ipv4Addr::new(192, 0, 0, 0), 24, " reserved"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, " documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, " reserved"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, " private"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, " benchmarking"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, " documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, " documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, " multicast"),
    (Ipv4Addr::new(255, 255, 255, 255), 32, " broadcast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, " reserved"),
];

/// The same of IPv6. What holds an IPv4 address and isn't listed here is looked at by [`translated`].
const SPECIAL_V6: &[(Ipv6Addr, u32, Special)] = &[
    (Ipv6Addr::UNSPECIFIED, 128, "n unspecified"),
    (Ipv6Addr::LOCALHOST, 128, " loopback"),
    // NAT64 prefixes of a network's own: where they lead nobody else knows.
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, " private (NAT64)"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, " tunnel (Teredo)"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, " reserved"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, " documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, " tunnel (6to4)"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, " documentation"),
    (Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), 128, " metadata"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, " private"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, " link-local"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, " private"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, " multicast"),
];

/// What the address is, where it isn't public.
pub(super) fn special(address: IpAddr) -> Option<Special> {
    match plain(address) {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

/// The address that a packet to this one is sent to: of an IPv4 address in the clothes of IPv6 that one.
pub(super) fn plain(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

fn special_v4(address: Ipv4Addr) -> Option<Special> {
    let bits = address.to_bits();
    let holds = |first: &Ipv4Addr, length: u32| (bits ^ first.to_bits()).leading_zeros() >= length;
    SPECIAL_V4.iter().find(|(first, length, _)| holds(first, *length)).map(|(.., special)| *special)
}

fn special_v6(address: Ipv6Addr) -> Option<Special> {
    let bits = address.to_bits();
    let holds = |first: &Ipv6Addr, length: u32| (bits ^ first.to_bits()).leading_zeros() >= length;
    if let Some((.., special)) = SPECIAL_V6.iter().find(|(first, length, _)| holds(first, *length)) {
        return Some(special);
    }
    match translated(address) {
        Some(inner) => special_v4(inner),
        // All that IANA has given out for the public lies in 2000::/3.
        None if holds(&Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3) => None,
        None => Some(" reserved"),
    }
}

/// The IPv4 address that the well-known prefix of NAT64 leads to.
fn translated(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Special> {
        special(text.parse().unwrap_or_else(|_| panic!("no address: {text}")))
    }

    #[test]
    fn what_is_public_is_free() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.167.255.255",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2606:4700::1111",
            "2a00:1450:4001:81b::200e",
            "2001:200::1",
            "2003::1",
        ] {
            assert_eq!(of(address), None, "{address}");
        }
    }

    #[test]
    fn what_is_not_public_is_named() {
        let cases: &[(&str, Special)] = &[
            ("0.0.0.0", "n unspecified"),
            ("0.1.2.3", "n unspecified"),
            ("10.255.0.1", " private"),
            ("100.64.0.1", " carrier's private"),
            ("100.100.100.200", " carrier's private"),
            ("127.0.0.1", " loopback"),
            ("127.255.255.255", " loopback"),
            ("168.63.129.16", " metadata"),
            ("169.254.169.254", " metadata"),
            ("169.254.170.2", " link-local"),
            ("172.16.0.0", " private"),
            ("172.31.255.255", " private"),
            ("192.0.0.192", " reserved"),
            ("192.0.2.1", " documentation"),
            ("192.88.99.1", " reserved"),
            ("192.168.1.1", " private"),
            ("198.19.0.1", " benchmarking"),
            ("198.51.100.1", " documentation"),
            ("203.0.113.1", " documentation"),
            ("224.0.0.1", " multicast"),
            ("239.255.255.255", " multicast"),
            ("240.0.0.1", " reserved"),
            ("255.255.255.255", " broadcast"),
            ("::", "n unspecified"),
            ("::1", " loopback"),
            ("::127.0.0.1", " reserved"),
            ("::8.8.8.8", " reserved"),
            ("::ffff:127.0.0.1", " loopback"),
            ("::ffff:0:127.0.0.1", " reserved"),
            ("::ffff:169.254.169.254", " metadata"),
            ("64:ff9b::127.0.0.1", " loopback"),
            ("64:ff9b::10.0.0.1", " private"),
            ("64:ff9b:1::8.8.8.8", " private (NAT64)"),
            ("100::1", " reserved"),
            ("2001::1", " tunnel (Teredo)"),
            ("2001:2::1", " reserved"),
            ("2001:20::1", " reserved"),
            ("2001:db8::1", " documentation"),
            ("2002:7f00:1::", " tunnel (6to4)"),
            ("3fff:fff::1", " documentation"),
            ("5f00::1", " reserved"),
            ("fd00:ec2::254", " metadata"),
            ("fc00::1", " private"),
            ("fdff::1", " private"),
            ("fe80::1", " link-local"),
            ("fec0::1", " private"),
            ("ff02::1", " multicast"),
            ("4000::1", " reserved"),
        ];
        for (address, special) in cases {
            assert_eq!(of(address), Some(*special), "{address}");
        }
    }
}

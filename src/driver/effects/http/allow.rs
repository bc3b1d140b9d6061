//! What a run may reach beyond public addresses: what `--allow-net` and `allow_net` say, as rules.
//!
//! A rule opens a host by its name, whatever its addresses, or the addresses of a network; on one port or on all. A
//! name opens no address that is written as such, and a network opens every name that leads into it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use ipnet::IpNet;

use super::address::plain;

/// The longest rule, in bytes: longer ones name no host.
const MAX_RULE_BYTES: usize = 300;

/// One permission.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Allow {
    to: To,
    port: Option<u16>,
}

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
enum To {
    Host(Arc<str>),
    Net(IpNet),
}

/// Why a text is no rule.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoRule {
    #[error("`{0}` names no host and no network")]
    Nothing(String),
    #[error("`{0}` is a URL: name its host alone, with `:PORT` where one port is meant")]
    Url(String),
    #[error("`{0}` has no port from 1 to 65535 behind its `:`")]
    Port(String),
    #[error("`{0}` has no length from 0 to {1} behind its `/`")]
    Length(String, u8),
    #[error("`{0}` has bits behind its length: the network is `{1}`")]
    Bits(String, IpNet),
}

impl FromStr for Allow {
    type Err = NoRule;

    /// `HOST`, `ADDRESS` or `ADDRESS/LENGTH`, each with `:PORT`; an IPv6 address stands in brackets before a port.
    fn from_str(text: &str) -> Result<Allow, NoRule> {
        if text.contains("://") {
            return Err(NoRule::Url(text.into()));
        }
        if text.len() > MAX_RULE_BYTES {
            let start: String = text.chars().take(60).collect();
            return Err(NoRule::Nothing(format!("{start}…")));
        }
        let (to, port) = parted(text);
        let port = match port {
            None => None,
            Some(port) => match port.parse() {
                Ok(port) if port != 0 => Some(port),
                _ => return Err(NoRule::Port(text.into())),
            },
        };
        Ok(Allow { to: to_of(to, text)?, port })
    }
}

/// The rule's text before its port, and the port.
fn parted(text: &str) -> (&str, Option<&str>) {
    if let Some((inside, rest)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']'))
        && (rest.is_empty() || rest.starts_with(':'))
    {
        return (inside, rest.strip_prefix(':'));
    }
    match text.rsplit_once(':') {
        // An IPv6 address that stands bare.
        Some((before, _)) if before.contains(':') => (text, None),
        Some((before, port)) => (before, Some(port)),
        None => (text, None),
    }
}

fn to_of(to: &str, whole: &str) -> Result<To, NoRule> {
    if let Ok(address) = to.parse::<IpAddr>() {
        return Ok(To::Net(IpNet::from(plain(address))));
    }
    if let Some((address, length)) = to.split_once('/')
        && let Ok(address) = address.parse::<IpAddr>()
    {
        let most = if address.is_ipv4() { 32 } else { 128 };
        let net = length.parse().ok().and_then(|length| IpNet::new(address, length).ok());
        return match net {
            None => Err(NoRule::Length(whole.into(), most)),
            Some(net) if net.addr() != net.network() => Err(NoRule::Bits(whole.into(), net.trunc())),
            Some(net) => Ok(To::Net(net)),
        };
    }
    let name = to.strip_suffix('.').unwrap_or(to).to_ascii_lowercase();
    let is_label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    // What ends in a number is an address in every form of writing, and none of those above.
    let ends_in_number = name.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    match name.split('.').all(is_label) && !ends_in_number {
        true => Ok(To::Host(name.into())),
        false => Err(NoRule::Nothing(whole.into())),
    }
}

impl Allow {
    /// Whether it concerns that port.
    pub(super) fn is_of(&self, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
    }

    /// The same for any port.
    pub(super) fn of_any_port(&self) -> Allow {
        Allow { to: self.to.clone(), port: None }
    }

    /// Whether it opens whatever addresses a host of that name has.
    pub(super) fn opens_host(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name);
        matches!(&self.to, To::Host(host) if name.eq_ignore_ascii_case(host))
    }

    /// Whether it opens that address.
    pub(super) fn opens_address(&self, address: IpAddr) -> bool {
        let To::Net(net) = &self.to else { return false };
        let address = plain(address);
        // A wider one (`::/0`) is meant of IPv6 alone: nobody who writes it thinks of this computer's own IPv4.
        let mapped = match address {
            IpAddr::V4(v4) if is_mapped(net) => IpAddr::V6(v4.to_ipv6_mapped()),
            other => other,
        };
        net.contains(&address) || net.contains(&mapped)
    }
}

/// Whether a network is one of IPv4 in the clothes of IPv6.
fn is_mapped(net: &IpNet) -> bool {
    matches!(net, IpNet::V6(net) if net.prefix_len() >= 96 && net.addr().to_ipv4_mapped().is_some())
}

impl fmt::Display for Allow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.to, self.port) {
            (To::Host(host), None) => write!(f, "{host}"),
            (To::Host(host), Some(port)) => write!(f, "{host}:{port}"),
            (To::Net(net), None) => write!(f, "{net}"),
            (To::Net(net @ IpNet::V4(_)), Some(port)) => write!(f, "{net}:{port}"),
            (To::Net(net @ IpNet::V6(_)), Some(port)) => write!(f, "[{net}]:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(text: &str) -> Allow {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn rules_are_read_and_written() {
        for (text, shown) in [
            ("localhost", "localhost"),
            ("DB.internal.:5432", "db.internal:5432"),
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.0.0.0/8:443", "10.0.0.0/8:443"),
            ("127.0.0.1:8080", "127.0.0.1/32:8080"),
            ("::1", "::1/128"),
            ("[::1]:80", "[::1/128]:80"),
            ("[fd00::/8]:80", "[fd00::/8]:80"),
            ("fd00::/8", "fd00::/8"),
            ("::ffff:10.0.0.1", "10.0.0.1/32"),
        ] {
            assert_eq!(rule(text).to_string(), shown);
            assert_eq!(rule(shown), rule(text));
        }
    }

    #[test]
    fn what_is_no_rule_is_refused_by_name() {
        for (text, said) in [
            ("", "`` names no host and no network"),
            ("a b", "`a b` names no host and no network"),
            ("*.example.com", "`*.example.com` names no host and no network"),
            ("127.1", "`127.1` names no host and no network"),
            ("0x7f.1", "`0x7f.1` names no host and no network"),
            ("http://localhost:80", "`http://localhost:80` is a URL: name its host alone"),
            ("localhost:", "`localhost:` has no port from 1 to 65535"),
            ("localhost:0", "`localhost:0` has no port from 1 to 65535"),
            ("10.0.0.0/8:70000", "`10.0.0.0/8:70000` has no port from 1 to 65535"),
            ("10.0.0.0/33", "`10.0.0.0/33` has no length from 0 to 32"),
            ("10.1.0.0/8", "`10.1.0.0/8` has bits behind its length: the network is `10.0.0.0/8`"),
            ("a..b", "`a..b` names no host and no network"),
        ] {
            let refused = text.parse::<Allow>().expect_err(text).to_string();
            assert!(refused.starts_with(said), "{text}: {refused}");
        }
    }

    #[test]
    fn a_rule_opens_its_host_or_its_network_and_its_port() {
        let host = rule("db.internal:5432");
        assert!(host.opens_host("DB.internal.") && !host.opens_host("x.db.internal"));
        assert!(host.is_of(5432) && !host.is_of(80) && !host.opens_address(address("10.0.0.1")));
        let net = rule("10.0.0.0/8");
        assert!(net.is_of(1) && net.opens_address(address("10.9.9.9")) && !net.opens_address(address("11.0.0.1")));
        assert!(net.opens_address(address("::ffff:10.0.0.1")) && !net.opens_host("10.0.0.1"));
        assert!(rule("::ffff:0:0/96").opens_address(address("::ffff:10.0.0.1")));
        for wide in ["::/0", "::/8", "::/95"] {
            for inside in ["127.0.0.1", "10.0.0.1", "::ffff:127.0.0.1"] {
                assert!(!rule(wide).opens_address(address(inside)), "{wide} {inside}");
            }
            assert!(rule(wide).opens_address(address("::1")), "{wide}");
        }
        assert!(!rule("64:ff9b::/96").opens_address(address("10.0.0.1")));
    }
}

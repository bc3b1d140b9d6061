//! The guard: which addresses a connection may be made to. Names are looked up here and nowhere else, as the
//! connection is made, and only addresses that were looked at are connected to; so a name that leads elsewhere at the
//! next look-up leads nowhere.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};
use std::pin::Pin;
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::{Special, special};
use super::allow::Allow;
use crate::driver::effects::turns::Turns;

/// The most names that are looked up at once: the system's own look-up blocks a thread, for as long as it likes.
const MAX_LOOKUPS: usize = 8;

/// The addresses of a name.
pub(super) type Found = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Looks names up.
pub(super) trait Lookup: Send + Sync {
    fn lookup(&self, name: &str) -> Found;
}

/// As the system does it.
pub(super) struct SystemLookup {
    turns: Turns,
}

impl SystemLookup {
    pub fn new() -> SystemLookup {
        SystemLookup { turns: Turns::new(MAX_LOOKUPS) }
    }
}

impl Lookup for SystemLookup {
    fn lookup(&self, name: &str) -> Found {
        let (name, turns) = (name.to_string(), self.turns.clone());
        Box::pin(async move {
            let look_up = move || Ok((name.as_str(), 0).to_socket_addrs()?.map(|found| found.ip()).collect());
            turns.take().await.block(look_up).await.unwrap_or_else(|lost| Err(io::Error::other(lost)))
        })
    }
}

/// What may be reached on a port: public addresses, and what the rules open.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Guard {
    rules: Vec<Allow>,
}

/// An address that may not be reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refused {
    pub host: String,
    pub address: IpAddr,
    pub special: Special,
}

impl Guard {
    /// The guard of the connections to that URL's port.
    pub fn of(allow_net: &[String], url: &Url) -> Guard {
        let port = url.port_or_known_default().unwrap_or(0);
        // What is stored was looked at as the run began.
        let rules = allow_net.iter().filter_map(|rule| rule.parse::<Allow>().ok());
        let mut rules: Vec<Allow> = rules.filter(|rule| rule.is_of(port)).map(|rule| rule.of_any_port()).collect();
        rules.sort();
        rules.dedup();
        Guard { rules }
    }

    /// Looks at a host that is written as an address, in whatever form: there is nothing to look up.
    pub fn literal(&self, url: &Url) -> Result<(), Refused> {
        let host = url.host_str().unwrap_or_default();
        match host.trim_matches(['[', ']']).parse() {
            Ok(address) => self.address(host, address),
            Err(_) => Ok(()),
        }
    }

    fn address(&self, host: &str, address: IpAddr) -> Result<(), Refused> {
        match special(address) {
            Some(special) if !self.rules.iter().any(|rule| rule.opens_address(address)) => {
                Err(Refused { host: host.into(), address, special })
            }
            _ => Ok(()),
        }
    }

    /// Of a name's addresses those that may be reached; an error where there are none.
    fn of_name(&self, name: &str, found: Vec<IpAddr>) -> Result<Vec<IpAddr>, Refused> {
        if self.rules.iter().any(|rule| rule.opens_host(name)) {
            return Ok(found);
        }
        let mut refused = None;
        let mut free = found;
        free.retain(|address| match self.address(name, *address) {
            Ok(()) => true,
            Err(why) => {
                refused.get_or_insert(why);
                false
            }
        });
        match refused {
            Some(why) if free.is_empty() => Err(why),
            _ => Ok(free),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Refused { host, address, special } = self;
        match host.trim_matches(['[', ']']).parse::<IpAddr>() {
            Ok(_) => write!(f, "`{host}` is a{special} address, which this run may not reach"),
            Err(_) => write!(f, "`{host}` leads to {address}, a{special} address, which this run may not reach"),
        }
    }
}

impl std::error::Error for Refused {}

/// The look-up of one guard's connections.
pub(super) struct Guarded {
    pub guard: Guard,
    pub lookup: Arc<dyn Lookup>,
}

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_string();
        let (guard, found) = (self.guard.clone(), self.lookup.lookup(&name));
        Box::pin(async move {
            let free = guard.of_name(&name, found.await?)?;
            let addresses: Addrs = Box::new(free.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

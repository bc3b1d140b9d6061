//! The clients: one for each guard, so that a connection which one run may have is never used by another that may not;
//! and another one for what is secure, since a system may have no certificates to trust.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client};

use super::MAX_REQUESTS;
use super::answer::MAX_HEADERS;
use super::guard::{Guard, Guarded, Lookup};

/// The most clients that are kept. Beyond that all are let go, with their connections.
const MAX_CLIENTS: usize = 32;

/// How long it may take to connect.
pub(super) const CONNECT: Duration = Duration::from_secs(10);

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(20);

const USER_AGENT: &str = concat!("wayfare/", env!("CARGO_PKG_VERSION"));

pub(super) struct Clients {
    lookup: Arc<dyn Lookup>,
    /// What is trusted instead of the system's certificates.
    roots: Option<Vec<Certificate>>,
    made: Mutex<HashMap<(Guard, bool), Client>>,
}

impl Clients {
    pub fn new(lookup: Arc<dyn Lookup>, roots: Option<Vec<Certificate>>) -> Clients {
        Clients { lookup, roots, made: Mutex::default() }
    }

    /// The client whose connections that guard stands before, for `https` if they are to be `secure`.
    pub fn of(&self, guard: &Guard, secure: bool) -> reqwest::Result<Client> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (guard.clone(), secure);
        if let Some(client) = made.get(&key) {
            return Ok(client.clone());
        }
        if made.len() >= MAX_CLIENTS {
            made.clear();
        }
        let client = self.make(guard.clone(), secure)?;
        made.insert(key, client.clone());
        Ok(client)
    }

    fn make(&self, guard: Guard, secure: bool) -> reqwest::Result<Client> {
        // Where somebody was first, theirs serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(CONNECT)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MAX_REQUESTS)
            .http2_max_header_list_size(MAX_HEADERS as u32)
            .dns_resolver(Guarded { guard, lookup: self.lookup.clone() });
        match &self.roots {
            _ if !secure => builder.tls_certs_only([]),
            Some(roots) => builder.tls_certs_only(roots.clone()),
            None => builder,
        }
        .build()
    }
}

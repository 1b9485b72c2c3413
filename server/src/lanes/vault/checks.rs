//! Where the vault may go: https, a host on the list, no private address.
//!
//! Links come from outside. Without these checks a forged one could make this server read from
//! machines that only it can reach. The address is checked where it is resolved for the very
//! connection, so that a name cannot lead somewhere else the second time it is asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// Whose links the vault follows.
#[derive(Debug, Clone, Default)]
pub struct Destinations {
    /// Reached by https only, at public addresses only.
    pub allowed: Vec<HostPattern>,
    /// `host` or `host:port` that may also be reached by plain http and at private addresses: for a
    /// simulator on this machine.
    pub plain_http: Vec<String>,
}

/// `media.example.com`, or `*.example.com` for every host below.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern {
    suffix: String,
    below: bool,
}

impl HostPattern {
    /// Refuses what is neither a host name nor `*.` and a host name, with a sentence.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (name, below) = text.strip_prefix("*.").map_or((text, false), |name| (name, true));
        match Host::parse(name) {
            Ok(Host::Domain(name)) if !name.contains('*') && (!below || name.contains('.')) => {
                Ok(Self { suffix: name.to_lowercase(), below })
            }
            Ok(Host::Ipv4(_) | Host::Ipv6(_)) if !below => Ok(Self { suffix: name.to_owned(), below }),
            _ => Err(format!(
                "\"{text}\" is no host name, nor one that begins with \"*.\" and has a dot after that."
            )),
        }
    }

    pub fn matches(&self, host: &str) -> bool {
        let rest = host.strip_suffix(self.suffix.as_str());
        rest.is_some_and(
            |rest| if self.below { rest.len() > 1 && rest.ends_with('.') } else { rest.is_empty() },
        )
    }
}

/// Why a link is not followed; permanent, since the same link leads to the same place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("The recording's link is not a web address.")]
    NotAnAddress,
    #[error("The recording's link carries a user name or password.")]
    Credentials,
    #[error("The recording's link is not encrypted (https).")]
    NotHttps,
    #[error("The recording's link leads to {0}, which is not among the allowed hosts.")]
    Host(String),
    #[error("The recording's link leads to a private network address.")]
    PrivateAddress,
}

impl Refusal {
    /// A short lasting name.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAnAddress => "link_not_an_address",
            Self::Credentials => "link_with_credentials",
            Self::NotHttps => "link_not_https",
            Self::Host(_) => "link_host_not_allowed",
            Self::PrivateAddress => "link_private_address",
        }
    }
}

impl Destinations {
    /// Checks everything that the link itself tells.
    pub fn check(&self, link: &Url) -> Result<(), Refusal> {
        let host = link.host().ok_or(Refusal::NotAnAddress)?;
        if !matches!(link.scheme(), "http" | "https") {
            return Err(Refusal::NotAnAddress);
        }
        if !link.username().is_empty() || link.password().is_some() {
            return Err(Refusal::Credentials);
        }
        if self.is_plain(link) {
            return Ok(());
        }
        if link.scheme() != "https" {
            return Err(Refusal::NotHttps);
        }
        let name = host.to_string();
        // The connector never asks the resolver about an address, so it is checked here.
        let literal = match host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(IpAddr::V4(address)),
            Host::Ipv6(address) => Some(IpAddr::V6(address)),
        };
        if literal.is_some_and(|address| !is_public(address)) {
            return Err(Refusal::PrivateAddress);
        }
        if !self.allowed.iter().any(|pattern| pattern.matches(&name)) {
            return Err(Refusal::Host(name));
        }
        Ok(())
    }

    fn is_plain(&self, link: &Url) -> bool {
        let host = link.host_str().unwrap_or_default();
        let with_port = format!("{host}:{}", link.port_or_known_default().unwrap_or_default());
        self.plain_http.iter().any(|allowed| *allowed == host || *allowed == with_port)
    }

    fn is_plain_host(&self, host: &str) -> bool {
        self.plain_http.iter().any(|allowed| allowed.split(':').next() == Some(host))
    }
}

/// Resolves names for the vault's connections, and lets only public addresses through.
pub struct PublicAddresses(pub Arc<Destinations>);

impl Resolve for PublicAddresses {
    fn resolve(&self, name: Name) -> Resolving {
        let destinations = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let addresses =
                if destinations.is_plain_host(name.as_str()) { found.collect() } else { all_public(found)? };
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// One private address among public ones is reason enough to refuse the name.
fn all_public(found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, Refusal> {
    found
        .map(|address| if is_public(address.ip()) { Ok(address) } else { Err(Refusal::PrivateAddress) })
        .collect()
}

/// Whether an address belongs to the open internet, by the IANA special-purpose registries.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(first == 0
        || first >= 240
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || (first == 100 && (64..128).contains(&second)) // between a provider and its customers
        || (first == 192 && second == 0 && third == 0)
        || (first == 192 && second == 88 && third == 99)
        || (first == 198 && (18..20).contains(&second)))
}

/// Only `2000::/3` is given out; some of it carries an IPv4 address inside, or goes nowhere.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inside) = address.to_ipv4_mapped() {
        return is_public_v4(inside);
    }
    let segments = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match segments {
        [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => is_public_v4(v4(high, low)), // translated to IPv4
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        [0x2001, second, ..] if second < 0x0200 || second == 0x0DB8 => false,
        [0x3FFF, second, ..] if second < 0x1000 => false,
        [first, ..] => first & 0xE000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(link: &str) -> Result<(), Refusal> {
        let destinations = Destinations {
            allowed: vec![
                HostPattern::parse("*.ringba.com").unwrap(),
                HostPattern::parse("10.0.0.1").unwrap(),
            ],
            plain_http: vec!["127.0.0.1:4010".to_owned(), "simulator".to_owned()],
        };
        destinations.check(&link.parse().unwrap())
    }

    #[test]
    fn links_are_followed_to_allowed_hosts_only() {
        let host = |name: &str| Err(Refusal::Host(name.to_owned()));
        for (link, verdict) in [
            ("https://media.ringba.com/recording-public?v=v1&k=a%2fb", Ok(())),
            ("https://MEDIA.RINGBA.COM/x", Ok(())),
            ("https://media.ringba.com:8443/x", Ok(())),
            ("http://media.ringba.com/x", Err(Refusal::NotHttps)),
            ("ftp://media.ringba.com/x", Err(Refusal::NotAnAddress)),
            ("file:///etc/passwd", Err(Refusal::NotAnAddress)),
            ("https://ringba.com/x", host("ringba.com")),
            ("https://evilringba.com/x", host("evilringba.com")),
            ("https://media.ringba.com.evil.example/x", host("media.ringba.com.evil.example")),
            ("https://media.ringba.com@evil.example/x", Err(Refusal::Credentials)),
            ("https://evil.example/media.ringba.com", host("evil.example")),
            ("http://127.0.0.1:4010/x", Ok(())),
            ("https://127.0.0.1:4010/x", Ok(())),
            ("http://127.0.0.1:4011/x", Err(Refusal::NotHttps)),
            ("http://simulator:9/x", Ok(())),
            ("https://127.0.0.1/x", Err(Refusal::PrivateAddress)),
            ("https://2130706433/x", Err(Refusal::PrivateAddress)), // 127.0.0.1 in decimal
            ("https://0x7f.1/x", Err(Refusal::PrivateAddress)),
            ("https://169.254.169.254/latest/meta-data", Err(Refusal::PrivateAddress)),
            ("https://[::1]/x", Err(Refusal::PrivateAddress)),
            ("https://[::ffff:10.0.0.1]/x", Err(Refusal::PrivateAddress)),
            ("https://10.0.0.1/x", Err(Refusal::PrivateAddress)), // listed or not
            ("https://8.8.8.8/x", host("8.8.8.8")),
        ] {
            assert_eq!(check(link), verdict, "{link}");
        }
    }

    #[test]
    fn only_addresses_of_the_open_internet_are_public() {
        for public in
            ["8.8.8.8", "100.128.0.1", "172.32.0.1", "198.20.0.1", "2606:4700::1111", "64:ff9b::808:808"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.8.8.8",
            "169.254.169.254",
            "172.16.0.1",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[test]
    fn one_private_address_spoils_a_name() {
        let public = "8.8.8.8:443".parse().unwrap();
        assert_eq!(all_public([public].into_iter()), Ok(vec![public]));
        let mixed = [public, "127.0.0.1:443".parse().unwrap()];
        assert_eq!(all_public(mixed.into_iter()), Err(Refusal::PrivateAddress));
    }

    #[test]
    fn host_patterns_are_host_names() {
        for bad in ["", "*", "*.", "*.com", "a b", "https://x.com", "x.com/y", "*.*.x.com"] {
            assert!(HostPattern::parse(bad).is_err(), "{bad:?}");
        }
    }
}

//! Values as kubeadm takes them, in a configuration file or as a flag: each function turns a text
//! into what it stands for, or says what is wrong with it.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use crate::wish::{Endpoint, Host};

/// An address, as Go's old parser reads it: zeros may lead in IPv4, and an IPv4-mapped address is an
/// IPv4 one (`netutils.ParseIPSloppy`).
///
/// # Errors
/// When it is none.
pub fn address(text: &str) -> Result<IpAddr, String> {
    let found = text
        .parse()
        .ok()
        .map(|address: IpAddr| address.to_canonical());
    let found = found.or_else(|| with_leading_zeros(text).map(IpAddr::V4));
    found.ok_or_else(|| format!("`{text}` is not an IP address"))
}

/// The name of a node: trimmed, in lower case, an RFC 1123 subdomain (`NormalizeNodeName`,
/// `cmd/kubeadm/app/util/node.go`).
///
/// # Errors
/// When it is none.
pub fn node_name(text: &str) -> Result<String, String> {
    let name = text.trim().to_lowercase();
    match is_subdomain(&name) {
        true => Ok(name),
        false => Err(format!("`{text}` is not a node's name: {SUBDOMAIN}")),
    }
}

/// A host and maybe a port (`ParseHostPort`, `cmd/kubeadm/app/util/endpoint.go`).
///
/// # Errors
/// When the host is neither an address nor a name in lower case, or the port is none.
pub fn endpoint(text: &str) -> Result<Endpoint, String> {
    let (host, port) = split_host_port(text).unwrap_or((text, None));
    let port = port
        .filter(|port| !port.is_empty())
        .map(self::port)
        .transpose()?;
    let host = match address(host) {
        Ok(address) => Host::Address(address),
        Err(_) if is_subdomain(host) => Host::Name(host.to_owned()),
        Err(_) => {
            return Err(format!(
                "`{host}` is neither an address nor a name: {SUBDOMAIN}"
            ));
        }
    };
    Ok(Endpoint { host, port })
}

/// A port.
///
/// # Errors
/// When it is not between 1 and 65535.
pub fn port(text: &str) -> Result<u16, String> {
    let port = text.parse().ok().filter(|port| *port != 0);
    port.ok_or_else(|| format!("`{text}` is not a port between 1 and 65535"))
}

/// An alternative name: an address, a name in lower case, or one whose first label is an asterisk
/// (`ValidateCertSANs`). Gives the text.
///
/// # Errors
/// When it is none of them.
pub fn alternative_name(text: &str) -> Result<String, String> {
    let name = text.strip_prefix("*.").unwrap_or(text);
    match address(text).is_ok() || is_subdomain(name) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "`{text}` is neither an address, nor a name, nor `*.` and a name: {SUBDOMAIN}"
        )),
    }
}

/// One network, or one of IPv4 and one of IPv6 with a comma between; gives the text.
///
/// # Errors
/// When a part is no network, or there are more than two or two of one family.
pub fn networks(text: &str) -> Result<String, String> {
    let parts: Vec<IpNet> = text.split(',').map(network).collect::<Result<_, _>>()?;
    match parts.as_slice() {
        [_] | [IpNet::V4(_), IpNet::V6(_)] | [IpNet::V6(_), IpNet::V4(_)] => Ok(text.to_owned()),
        _ => Err(format!(
            "`{text}` should be one network, or one of IPv4 and one of IPv6"
        )),
    }
}

/// A network with its mask, such as `10.96.0.0/12`.
///
/// # Errors
/// When it is none.
pub fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let wrong = || format!("`{text}` is not a network, such as 10.96.0.0/12");
    let (base, length) = text.split_once('/').ok_or_else(wrong)?;
    let base = address(base).map_err(|_| wrong())?;
    let length = length.parse().map_err(|_| wrong())?;
    IpNet::new(base, length).map_err(|_| wrong())
}

/// The address at `index` in a network, which begins at its base (`netutils.GetIndexedIP`).
///
/// # Errors
/// When the network is smaller.
pub fn indexed(network: &IpNet, index: u8) -> Result<IpAddr, String> {
    let found = match network.network() {
        IpAddr::V4(base) => u32::from(base)
            .checked_add(u32::from(index))
            .map(|address| IpAddr::V4(address.into())),
        IpAddr::V6(base) => u128::from(base)
            .checked_add(u128::from(index))
            .map(|address| IpAddr::V6(address.into())),
    };
    let found = found.filter(|address| network.contains(address));
    found.ok_or_else(|| format!("`{network}` has no address number {index}"))
}

/// A DNS domain.
///
/// # Errors
/// When it is no RFC 1123 subdomain.
pub fn domain(text: &str) -> Result<String, String> {
    match is_subdomain(text) {
        true => Ok(text.to_owned()),
        false => Err(format!("`{text}` is not a domain: {SUBDOMAIN}")),
    }
}

/// An absolute path on the node, without a slash at its end.
///
/// # Errors
/// When it is relative, climbs out of a folder, is longer than Linux takes, or has control
/// characters in it.
pub fn absolute_path(text: &str) -> Result<String, String> {
    /// `PATH_MAX`, without the zero at the end and room for a file's name.
    const MAX_LEN: usize = 4095 - 256;
    if !text.starts_with('/') {
        return Err(format!("`{text}` is not an absolute path"));
    }
    if text.len() > MAX_LEN {
        return Err(format!("a path of {} bytes is too long", text.len()));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{text:?} has control characters in it"));
    }
    let parts: Vec<&str> = text
        .split('/')
        .filter(|part| !matches!(*part, "" | "."))
        .collect();
    match parts.contains(&"..") {
        true => Err(format!("`{text}` has `..` in it")),
        false => Ok(format!("/{}", parts.join("/"))),
    }
}

/// A duration as Go writes it, such as `8760h` or `1h30m`, in whole seconds (`time.ParseDuration`).
///
/// # Errors
/// When it is none.
pub fn duration(text: &str) -> Result<i64, String> {
    let wrong = || format!("`{text}` is not a duration, such as 8760h or 1h30m");
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let nanoseconds = match digits {
        "0" => 0.0,
        "" => return Err(wrong()),
        digits => sum(digits).ok_or_else(wrong)?,
    };
    // Go counts nanoseconds in 63 bits.
    if nanoseconds > i64::MAX as f64 {
        return Err(format!("`{text}` is too long: at most about 2562047h"));
    }
    let seconds = (nanoseconds / 1e9) as i64;
    Ok(if negative { -seconds } else { seconds })
}

const SUBDOMAIN: &str =
    "letters a-z, digits, `-` and `.`, beginning and ending with a letter or digit";

/// `validation.IsDNS1123Subdomain`.
fn is_subdomain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        let ends = bytes.first().into_iter().chain(bytes.last());
        !label.is_empty()
            && ends.copied().all(plain)
            && bytes.iter().all(|byte| plain(*byte) || *byte == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn with_leading_zeros(text: &str) -> Option<Ipv4Addr> {
    let part = |part: &str| {
        let digits = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u8>().ok()).flatten()
    };
    let parts: Vec<u8> = text.split('.').map(part).collect::<Option<_>>()?;
    <[u8; 4]>::try_from(parts).ok().map(Ipv4Addr::from)
}

/// As Go's `net.SplitHostPort`; `None` where that fails.
fn split_host_port(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, port) = rest.split_once(']')?;
        return Some((host, Some(port.strip_prefix(':')?)));
    }
    let (host, port) = text.split_once(':')?;
    (!port.contains(':')).then_some((host, Some(port)))
}

/// The sum of numbers with units, in nanoseconds.
fn sum(mut rest: &str) -> Option<f64> {
    const UNITS: [(&str, f64); 8] = [
        ("ns", 1.0),
        ("us", 1e3),
        ("µs", 1e3),
        ("μs", 1e3),
        ("ms", 1e6),
        ("s", 1e9),
        ("m", 60e9),
        ("h", 3600e9),
    ];
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(end);
        let number: f64 = number.parse().ok()?;
        let unit = |(name, _): &&(&str, f64)| {
            let after = after.strip_prefix(name);
            after.is_some_and(|after| !after.starts_with(|c: char| c.is_alphabetic()))
        };
        let (name, size) = UNITS.iter().find(unit)?;
        total += number * size;
        rest = &after[name.len()..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_go_did() {
        assert_eq!(address("010.001.1.1"), Ok([10, 1, 1, 1].into()));
        assert_eq!(address("::ffff:1.2.3.4"), Ok([1, 2, 3, 4].into()));
        for wrong in [
            "",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "a.b.c.d",
            "1.2.3.+4",
            "01.2.3.",
        ] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn endpoints_have_a_port_or_none() {
        let name = |name: &str, port| Endpoint {
            host: Host::Name(name.to_owned()),
            port,
        };
        let ip = |ip: &str, port| Endpoint {
            host: Host::Address(ip.parse().unwrap()),
            port,
        };
        assert_eq!(
            endpoint("api.example.com:8443"),
            Ok(name("api.example.com", Some(8443)))
        );
        assert_eq!(endpoint("api"), Ok(name("api", None)));
        assert_eq!(endpoint("10.0.0.1"), Ok(ip("10.0.0.1", None)));
        assert_eq!(endpoint("fd00::1"), Ok(ip("fd00::1", None)));
        assert_eq!(endpoint("[fd00::1]:443"), Ok(ip("fd00::1", Some(443))));
        for wrong in [
            "API.example.com",
            "api:0",
            "api:70000",
            "",
            "[fd00::1]",
            "a_b",
            "-a:1",
        ] {
            assert!(endpoint(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn names_have_at_most_one_asterisk() {
        for right in [
            "*.apps.example.com",
            "a.b",
            "1.2.3.4",
            "2001:db8::10",
            "kubernetes",
        ] {
            assert_eq!(alternative_name(right), Ok(right.to_owned()));
        }
        for wrong in ["under_score", "*.*.x", "*", "a.*.b", "API", "", "a..b"] {
            assert!(alternative_name(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn durations_are_gos() {
        for (text, seconds) in [
            ("8760h0m0s", 31_536_000),
            ("1h30m", 5400),
            ("0", 0),
            ("-1h", -3600),
            ("1.5h", 5400),
            ("90s500ms", 90),
        ] {
            assert_eq!(duration(text), Ok(seconds), "{text}");
        }
        for wrong in [
            "", "1d", "h", "10", "1h 2m", "9999999h", "-", "1..5h", "1hm",
        ] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn networks_have_addresses() {
        let indexed = |text: &str, index| indexed(&network(text).unwrap(), index);
        assert_eq!(indexed("10.96.0.0/12", 1), Ok([10, 96, 0, 1].into()));
        assert_eq!(indexed("10.96.5.0/12", 10), Ok([10, 96, 0, 10].into()));
        assert_eq!(indexed("fd00::/112", 1), Ok("fd00::1".parse().unwrap()));
        assert!(indexed("10.96.0.0/32", 1).is_err());
        assert!(networks("10.96.0.0/12,fd00::/112").is_ok());
        for wrong in [
            "",
            "10.96.0.0",
            "10.96.0.0/33",
            "10.0.0.0/8,11.0.0.0/8",
            "x/8",
        ] {
            assert!(networks(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn paths_stay_where_they_are() {
        assert_eq!(
            absolute_path("/etc//kubernetes/./pki/"),
            Ok("/etc/kubernetes/pki".into())
        );
        assert!(absolute_path("pki").is_err());
        assert!(absolute_path("/etc/../pki").is_err());
        assert!(absolute_path("/etc/\0pki").is_err());
        assert!(absolute_path(&"/a".repeat(2000)).is_err());
    }
}

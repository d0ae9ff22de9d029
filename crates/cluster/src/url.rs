//! The parts of a URL that decide where a client connects to.

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    /// In lower case; empty when not written.
    pub scheme: String,
    /// Without brackets.
    pub host: String,
    /// As written, or the scheme's own.
    pub port: u16,
}

impl Url {
    /// Reads a URL, or `HOST[:PORT]`. `None` when there is no host or no such port.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = &rest[..end];
        let authority = authority
            .rsplit_once('@')
            .map_or(authority, |(_, host)| host);
        let (host, port) = match authority.strip_prefix('[') {
            Some(inner) => {
                let (host, after) = inner.split_once(']')?;
                (host, after.strip_prefix(':'))
            }
            // More than one colon and no brackets: an IPv6 address alone.
            None if authority.matches(':').count() > 1 => (authority, None),
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        let scheme = scheme.to_ascii_lowercase();
        let port = match port {
            Some(port) => port.parse().ok()?,
            None if scheme == "http" => 80,
            None => 443,
        };
        (!host.is_empty()).then(|| Url {
            scheme,
            host: host.to_owned(),
            port,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts() {
        let parts = |text| Url::parse(text).map(|url| (url.scheme, url.host, url.port));
        let url = |scheme: &str, host: &str, port| Some((scheme.to_owned(), host.to_owned(), port));
        assert_eq!(
            parts("https://10.0.0.1:6443"),
            url("https", "10.0.0.1", 6443)
        );
        assert_eq!(
            parts("HTTPS://[fd00::1]:2379/v3"),
            url("https", "fd00::1", 2379)
        );
        assert_eq!(parts("http://api"), url("http", "api", 80));
        assert_eq!(parts("https://u:p@api/x:1"), url("https", "api", 443));
        assert_eq!(parts("api.example:8443"), url("", "api.example", 8443));
        assert_eq!(parts("fd00::1"), url("", "fd00::1", 443));
        assert_eq!(parts("https://:6443"), None);
        assert_eq!(parts("https://a:70000"), None);
    }
}

//! One connection to a server: which certificate it presents, and how it answers when asked for its
//! health. Nobody is verified: what is asked is who is there.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cluster::Pair;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned,
};

/// How long a connection may take, and every read.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long it may take from the connection to the end, however slowly whoever is there speaks.
const WHOLE: Duration = Duration::from_secs(10);

/// How much of an answer is read, in bytes.
const LIMIT: u64 = 16 << 10;

/// Host and port.
pub(super) type Place = (String, u16);

/// The certificate that a server presents to whoever asks for `name`, or for none. It proves that
/// it has the key. `own` is presented where the server wants a certificate: a handshake that is
/// broken off would stand in its log as somebody's mistake.
pub(super) fn presented(
    place: &Place,
    name: Option<&str>,
    own: Option<&Pair>,
) -> io::Result<Vec<u8>> {
    let mut stream = secured(place, name, own)?;
    let leaf = stream.conn.peer_certificates().and_then(<[_]>::first);
    let leaf = leaf.map(|leaf| leaf.to_vec());
    stream.conn.send_close_notify();
    // What it says now is of no interest.
    let _ = stream.flush();
    leaf.ok_or_else(|| io::Error::other("it presents no certificate"))
}

/// What a server answers to a request.
pub(super) struct Answer {
    pub status: u16,
    /// Of what it says, as much as is read.
    pub body: String,
}

/// Why there is no answer.
pub(super) enum Failed {
    /// Nobody is there.
    Silent(io::Error),
    /// Whoever is there does not take the certificate, or wants one.
    Refused(io::Error),
    /// Whoever is there says nothing, or something else.
    Broken(io::Error),
}

/// Asks for a path. `own` is presented where the server wants a certificate.
pub(super) fn get(
    place: &Place,
    https: bool,
    path: &str,
    own: Option<&Pair>,
) -> Result<Answer, Failed> {
    // Of this version nobody answers in pieces.
    let request = format!(
        "GET {path} HTTP/1.0\r\nHost: {}\r\nUser-Agent: kubepki\r\n\r\n",
        at(place)
    );
    let (said, end) = match https {
        true => exchange(secured(place, None, own).map_err(refused)?, &request),
        false => exchange(connect(place).map_err(Failed::Silent)?, &request),
    };
    match (answer(&said), end) {
        // Whoever has answered may hang up as they like.
        (Some(answer), _) => Ok(answer),
        (None, Err(error)) if is_alert(&error) => Err(Failed::Refused(error)),
        (None, Err(error)) => Err(Failed::Broken(error)),
        (None, Ok(())) => Err(Failed::Broken(io::Error::other(
            "it does not answer as HTTP does",
        ))),
    }
}

/// Until a certificate has been taken, all that is known is that somebody is there.
fn refused(error: io::Error) -> Failed {
    match is_alert(&error) {
        true => Failed::Refused(error),
        false => Failed::Silent(error),
    }
}

fn is_alert(error: &io::Error) -> bool {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    matches!(inner, Some(Error::AlertReceived(_)))
}

fn exchange(mut stream: impl Read + Write, request: &str) -> (Vec<u8>, io::Result<()>) {
    let mut said = Vec::new();
    let end = stream
        .write_all(request.as_bytes())
        .and_then(|()| stream.flush())
        .and_then(|()| stream.take(LIMIT).read_to_end(&mut said).map(drop));
    (said, end)
}

/// `HTTP/1.0 200 OK`, and what comes after the first empty line.
fn answer(said: &[u8]) -> Option<Answer> {
    let text = String::from_utf8_lossy(said);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.get(2..5)?;
    Some(Answer {
        status: status.parse().ok()?,
        body: body.to_owned(),
    })
}

/// A place as it is written.
pub(super) fn at((host, port): &Place) -> String {
    match host.contains(':') {
        true => format!("[{host}]:{port}"),
        false => format!("{host}:{port}"),
    }
}

/// A connection that comes to its end.
struct Line {
    socket: TcpStream,
    until: Instant,
}

impl Line {
    /// How long the next read or write may take.
    fn left(&self) -> io::Result<Option<Duration>> {
        let left = self.until.saturating_duration_since(Instant::now());
        match left.is_zero() {
            true => Err(io::ErrorKind::TimedOut.into()),
            false => Ok(Some(left.min(PATIENCE))),
        }
    }
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.socket.set_read_timeout(self.left()?)?;
        self.socket.read(buffer)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.socket.set_write_timeout(self.left()?)?;
        self.socket.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

fn connect((host, port): &Place) -> io::Result<Line> {
    let until = Instant::now() + WHOLE;
    let mut last = io::Error::other("the name has no address");
    for address in (host.as_str(), *port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(socket) => return Ok(Line { socket, until }),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn secured(
    place: &Place,
    name: Option<&str>,
    own: Option<&Pair>,
) -> io::Result<StreamOwned<ClientConnection, Line>> {
    let mut socket = connect(place)?;
    let config = config(own, name.is_some()).map_err(io::Error::other)?;
    let asked = match name {
        Some(name) => ServerName::try_from(name.to_owned()).map_err(io::Error::other)?,
        // An address is never told; the one of a name is switched off.
        None => ServerName::from(IpAddr::from([127, 0, 0, 1])),
    };
    let mut connection =
        ClientConnection::new(Arc::new(config), asked).map_err(io::Error::other)?;
    while connection.is_handshaking() {
        let done = connection.complete_io(&mut socket);
        if connection.peer_certificates().is_none() {
            done?;
        } else if done.is_err() {
            break;
        }
    }
    Ok(StreamOwned::new(connection, socket))
}

fn config(own: Option<&Pair>, names: bool) -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Witness(provider)));
    let mut config = match own.and_then(own_pair) {
        Some((chain, key)) => config.with_client_auth_cert(chain, key)?,
        None => config.with_no_client_auth(),
    };
    config.enable_sni = names;
    Ok(config)
}

fn own_pair(own: &Pair) -> Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)> {
    let chain = CertificateDer::pem_slice_iter(own.certificate.as_ref()?.bytes()?);
    let chain: Vec<_> = chain.collect::<Result<_, _>>().ok()?;
    let key = PrivateKeyDer::from_pem_slice(own.key.as_ref()?.bytes()?).ok()?;
    Some((chain, key))
}

/// Takes everybody for who they are, as long as they have the key of what they present.
#[derive(Debug)]
struct Witness(Arc<CryptoProvider>);

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            dss,
            &self.0.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    #[test]
    fn whoever_speaks_without_end_is_not_listened_to_without_end() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let speaks = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            while socket.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(20));
            }
        });
        let line = Line {
            socket: TcpStream::connect(address).unwrap(),
            until: Instant::now() + Duration::from_millis(200),
        };
        let (said, end) = exchange(line, "GET / HTTP/1.0\r\n\r\n");
        assert!(!said.is_empty());
        // The kernel says the one, what counts the time the other.
        let kinds = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
        assert!(kinds.contains(&end.unwrap_err().kind()));
        speaks.join().unwrap();
    }
}

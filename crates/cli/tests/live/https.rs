//! A client over HTTPS that keeps its connection, as those of etcd and of kube-apiserver do.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, ConfigBuilder, DigitallySignedStruct, Error, RootCertStore,
    SignatureScheme, StreamOwned, WantsVerifier,
};

/// How long somebody waits for a connection.
const CONNECT: Duration = Duration::from_secs(2);

/// How long somebody waits for an answer: what was on its way to a leader that is gone never gets one.
const ANSWER: Duration = Duration::from_secs(1);

/// Whom somebody trusts, and what they show; all in PEM.
#[derive(Clone, Default)]
pub struct Credentials {
    pub trust: Vec<u8>,
    /// A certificate and its key.
    pub pair: Option<(Vec<u8>, Vec<u8>)>,
    pub token: Option<String>,
}

/// What an answer says.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Away(why) | Failure::Tls(why) => f.write_str(why),
        }
    }
}

/// Why there is no answer.
#[derive(Clone, Debug)]
pub enum Failure {
    /// Nobody is there, or the connection broke.
    Away(String),
    /// One of both does not take the other's certificate.
    Tls(String),
}

/// Somebody who calls one server.
pub struct Client {
    server: SocketAddr,
    config: Arc<ClientConfig>,
    token: Option<String>,
    open: Option<Connection>,
}

type Connection = BufReader<StreamOwned<ClientConnection, TcpStream>>;

impl Client {
    /// Nothing is connected yet.
    pub fn new(server: SocketAddr, credentials: &Credentials) -> Result<Self, Failure> {
        Ok(Client {
            server,
            config: Arc::new(config(credentials)?),
            token: credentials.token.clone(),
            open: None,
        })
    }

    /// One who shows nothing and verifies nothing, as the kubelet's probes.
    pub fn trusting_all(server: SocketAddr) -> Self {
        let builder = builder().dangerous();
        let config = builder
            .with_custom_certificate_verifier(Arc::new(TrustingAll))
            .with_no_client_auth();
        Client {
            server,
            config: Arc::new(config),
            token: None,
            open: None,
        }
    }

    /// Asks on the connection that is open, or on a new one.
    pub fn ask(&mut self, method: &str, path: &str, body: &str) -> Result<Answer, Failure> {
        let mut connection = match self.open.take() {
            Some(open) => open,
            None => self.connect()?,
        };
        let bearer = self.token.iter();
        let bearer: String = bearer
            .map(|token| format!("Authorization: Bearer {token}\r\n"))
            .collect();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\n{bearer}Content-Length: {}\r\n\r\n{body}",
            self.server,
            body.len()
        );
        let stream = connection.get_mut();
        stream.write_all(request.as_bytes())?;
        stream.flush()?;
        let (answer, stays) = read(&mut connection)?;
        self.open = stays.then_some(connection);
        Ok(answer)
    }

    fn connect(&self) -> Result<Connection, Failure> {
        let stream = TcpStream::connect_timeout(&self.server, CONNECT)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER))?;
        stream.set_write_timeout(Some(ANSWER))?;
        let name = ServerName::IpAddress(self.server.ip().into());
        let client = ClientConnection::new(self.config.clone(), name)
            .map_err(|error| Failure::Tls(error.to_string()))?;
        Ok(BufReader::new(StreamOwned::new(client, stream)))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let inner = error.get_ref();
        match inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            Some(error) => Failure::Tls(error.to_string()),
            None => Failure::Away(error.to_string()),
        }
    }
}

fn builder() -> ConfigBuilder<ClientConfig, WantsVerifier> {
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
}

/// Fails where key and certificate do not belong together: they are being replaced.
fn config(credentials: &Credentials) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    for one in CertificateDer::pem_slice_iter(&credentials.trust) {
        roots.add(one.unwrap()).unwrap();
    }
    let builder = builder().with_root_certificates(roots);
    let Some((chain, key)) = &credentials.pair else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = CertificateDer::pem_slice_iter(chain);
    let chain = chain.collect::<Result<_, _>>().unwrap();
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    let config = builder.with_client_auth_cert(chain, key);
    config.map_err(|error| Failure::Away(error.to_string()))
}

#[derive(Debug)]
struct TrustingAll;

impl ServerCertVerifier for TrustingAll {
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
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let provider = aws_lc_rs::default_provider();
        provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// An answer, and whether the connection stays open.
fn read(from: &mut impl BufRead) -> Result<(Answer, bool), Failure> {
    let first = line(from)?;
    let status = first.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| Failure::Away(format!("no answer: {first}")))?;
    let (mut length, mut chunked, mut stays) = (0, false, true);
    loop {
        let header = line(from)?.to_ascii_lowercase();
        match header
            .split_once(':')
            .map(|(name, value)| (name, value.trim()))
        {
            None => break,
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(("transfer-encoding", value)) => chunked = value == "chunked",
            Some(("connection", value)) => stays = value != "close",
            Some(_) => {}
        }
    }
    let mut body = Vec::new();
    if chunked {
        while let length @ 1.. = usize::from_str_radix(&line(from)?, 16).unwrap() {
            take(from, length, &mut body)?;
            line(from)?;
        }
        line(from)?;
    } else {
        take(from, length, &mut body)?;
    }
    let body = String::from_utf8_lossy(&body).into_owned();
    Ok((Answer { status, body }, stays))
}

fn line(from: &mut impl BufRead) -> Result<String, Failure> {
    let mut line = String::new();
    match from.read_line(&mut line)? {
        0 => Err(Failure::Away("the connection was closed".to_owned())),
        _ => Ok(line.trim_end().to_owned()),
    }
}

fn take(from: &mut impl Read, length: usize, into: &mut Vec<u8>) -> Result<(), Failure> {
    let read = from.take(length as u64).read_to_end(into)?;
    match read == length {
        true => Ok(()),
        false => Err(Failure::Away("the answer was cut off".to_owned())),
    }
}

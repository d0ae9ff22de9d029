//! One connection to a server: which certificate it presents, and how it answers when asked for its
//! health. Nobody is verified: what is asked is who is there.

use std::io::{self, Read, Write};
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

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

/// The status that a server answers a request with.
pub(super) fn status(place: &Place, https: bool, path: &str) -> io::Result<u16> {
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {}\r\nUser-Agent: kubepki\r\nConnection: close\r\n\r\n",
        place.0
    );
    let mut head = [0; 12];
    match https {
        true => exchange(&mut secured(place, None, None)?, &request, &mut head)?,
        false => exchange(&mut connect(place)?, &request, &mut head)?,
    }
    // HTTP/1.1 200
    let text = String::from_utf8_lossy(&head);
    let status = text.get(9..12).and_then(|status| status.parse().ok());
    status.ok_or_else(|| io::Error::other("it does not answer as HTTP does"))
}

fn exchange(stream: &mut (impl Read + Write), request: &str, head: &mut [u8]) -> io::Result<()> {
    stream.write_all(request.as_bytes())?;
    stream.flush()?;
    stream.read_exact(head)
}

fn connect((host, port): &Place) -> io::Result<TcpStream> {
    let mut last = io::Error::other("the name has no address");
    for address in (host.as_str(), *port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn secured(
    place: &Place,
    name: Option<&str>,
    own: Option<&Pair>,
) -> io::Result<StreamOwned<ClientConnection, TcpStream>> {
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

//! Who answers in kube-apiserver's place where only etcd runs: it presents what lies in the file, and
//! is always well.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::writers::pair;

const PATIENCE: Duration = Duration::from_secs(2);

/// It answers for as long as this is there.
pub struct StandIn {
    stop: Arc<AtomicBool>,
    place: (Ipv4Addr, u16),
    thread: Option<JoinHandle<()>>,
}

impl StandIn {
    /// Answers at a node's address.
    pub fn start(rootfs: PathBuf, address: Ipv4Addr) -> Self {
        let place = (address, 6443);
        let listener = TcpListener::bind(place).unwrap();
        let stop = Arc::<AtomicBool>::default();
        let stopped = stop.clone();
        let thread = thread::spawn(move || {
            let mut callers = listener.incoming();
            while let Some(Ok(caller)) = callers.next()
                && !stopped.load(Ordering::Relaxed)
            {
                // Whoever hangs up has seen enough.
                let _ = answer(caller, &rootfs);
            }
        });
        StandIn {
            stop,
            place,
            thread: Some(thread),
        }
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.place);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

fn answer(caller: TcpStream, rootfs: &Path) -> std::io::Result<()> {
    caller.set_read_timeout(Some(PATIENCE))?;
    let (chain, key) = pair(rootfs, "apiserver");
    let chain = CertificateDer::pem_slice_iter(&chain).map(Result::unwrap);
    let key = PrivateKeyDer::from_pem_slice(&key).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.collect(), key);
    // Certificate and key are replaced one after the other.
    let config = config.map_err(std::io::Error::other)?;
    let server = ServerConnection::new(Arc::new(config)).unwrap();
    let mut stream = StreamOwned::new(server, caller);
    let _request = stream.read(&mut [0; 4096])?;
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")?;
    stream.conn.send_close_notify();
    stream.flush()
}

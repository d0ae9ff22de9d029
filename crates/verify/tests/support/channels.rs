//! Generated connections: files as each component loads them, and a handshake as it is set up
//! between the two.

#![allow(dead_code, reason = "each test uses its part")]

use kubepki_verify::load::{self, KeyPair, LoadError};
use kubepki_verify::tls::{ClientAuth, Version};
use kubepki_verify::{Pool, Usage};
use proptest::prelude::*;
use proptest::sample::select;

use super::forge::{KEYS, SIGNING_KEYS};
use super::texts::{block, piece};
use super::world::{self, World};

/// Who connects to whom.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// In a few words.
    pub name: &'static str,
    /// How the server reads its client CAs.
    pub clients: Bundle,
    /// What it asks of its clients in the handshake.
    pub mode: ClientAuth,
    /// Who looks at the certificate after it.
    pub authenticator: Authenticator,
    /// How the client reads the server's CAs.
    pub trust: Bundle,
    /// What the client sends.
    pub sends: Sends,
}

/// How a file with authorities is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bundle {
    /// There is none: nothing is verified.
    Absent,
    /// client-go's `util/cert`: kube-apiserver's and the kubelet's client CAs, OIDC's.
    ClientGo,
    /// client-go's `transport`: kubeconfigs, webhooks.
    Transport,
    /// etcd's `tlsutil`.
    Etcd,
}

/// What an HTTP server does with a client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Authenticator {
    /// Nothing: the handshake has decided.
    Nobody,
    /// Its subject is the user (`request/x509/x509.go`).
    ClientCertificate,
    /// Its common name is one of these, or any when there are none
    /// (`request/headerrequest/requestheader.go`).
    FrontProxy(&'static [&'static str]),
}

/// What a client does with its pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sends {
    /// It has none.
    Nothing,
    /// It loads it at the start, and sends it whomever the server names (embedded in a kubeconfig).
    Always,
    /// It loads it when it is asked for it (files of a kubeconfig, etcd).
    WhenAsked,
    /// It loads it at the start, and sends it when the server names its issuer (the konnectivity
    /// client of kube-apiserver).
    IfNamed,
}

/// The kinds of connections that there are in a cluster, as the components set them up.
pub const KINDS: [Kind; 11] = [
    Kind {
        name: "kubeconfig with data -> kube-apiserver",
        clients: Bundle::ClientGo,
        mode: ClientAuth::Request,
        authenticator: Authenticator::ClientCertificate,
        trust: Bundle::Transport,
        sends: Sends::Always,
    },
    Kind {
        name: "kubeconfig with files -> kube-apiserver",
        clients: Bundle::ClientGo,
        mode: ClientAuth::Request,
        authenticator: Authenticator::ClientCertificate,
        trust: Bundle::Transport,
        sends: Sends::WhenAsked,
    },
    Kind {
        name: "kubeconfig that verifies nothing -> kube-apiserver",
        clients: Bundle::ClientGo,
        mode: ClientAuth::Request,
        authenticator: Authenticator::ClientCertificate,
        trust: Bundle::Absent,
        sends: Sends::Always,
    },
    Kind {
        name: "pod -> kube-apiserver",
        clients: Bundle::ClientGo,
        mode: ClientAuth::Request,
        authenticator: Authenticator::ClientCertificate,
        trust: Bundle::ClientGo,
        sends: Sends::Nothing,
    },
    Kind {
        name: "front proxy -> kube-apiserver",
        clients: Bundle::ClientGo,
        mode: ClientAuth::Request,
        authenticator: Authenticator::FrontProxy(&["leaf", "front-proxy-client"]),
        trust: Bundle::Transport,
        sends: Sends::WhenAsked,
    },
    Kind {
        name: "kube-apiserver -> aggregated API server",
        clients: Bundle::ClientGo,
        mode: ClientAuth::Request,
        authenticator: Authenticator::FrontProxy(&[]),
        trust: Bundle::Transport,
        sends: Sends::Always,
    },
    Kind {
        name: "kube-apiserver -> kubelet",
        clients: Bundle::ClientGo,
        mode: ClientAuth::Request,
        authenticator: Authenticator::ClientCertificate,
        trust: Bundle::Transport,
        sends: Sends::WhenAsked,
    },
    Kind {
        name: "kube-apiserver -> etcd, etcd -> etcd",
        clients: Bundle::Etcd,
        mode: ClientAuth::RequireAndVerify,
        authenticator: Authenticator::Nobody,
        trust: Bundle::Etcd,
        sends: Sends::WhenAsked,
    },
    Kind {
        name: "kube-apiserver -> webhook",
        clients: Bundle::Absent,
        mode: ClientAuth::None,
        authenticator: Authenticator::Nobody,
        trust: Bundle::Transport,
        sends: Sends::Always,
    },
    Kind {
        name: "kube-apiserver -> konnectivity",
        clients: Bundle::Transport,
        mode: ClientAuth::RequireAndVerify,
        authenticator: Authenticator::Nobody,
        trust: Bundle::Transport,
        sends: Sends::IfNamed,
    },
    Kind {
        name: "kube-apiserver -> OpenID issuer",
        clients: Bundle::Absent,
        mode: ClientAuth::None,
        authenticator: Authenticator::Nobody,
        trust: Bundle::ClientGo,
        sends: Sends::Nothing,
    },
];

/// One connection: the files of both sides.
#[derive(Clone, Debug)]
pub struct Case {
    /// Between whom.
    pub kind: Kind,
    /// The server's certificate and key files.
    pub server: (Vec<u8>, Vec<u8>),
    /// The server's client CAs.
    pub clients: Vec<u8>,
    /// The client's certificate and key files.
    pub client: (Vec<u8>, Vec<u8>),
    /// The client's CAs.
    pub trust: Vec<u8>,
    /// What was dialled, and when.
    pub world: World,
    /// The newest version of TLS that the server speaks.
    pub version: Version,
}

/// Why a bundle cannot be used, in the components' words where they are the parser's.
pub fn read_bundle(bundle: Bundle, text: &[u8]) -> Result<Pool, String> {
    let pool: Result<Pool, LoadError> = match bundle {
        Bundle::Absent => Ok(Pool::new()),
        Bundle::ClientGo => load::client_go_pool(text),
        Bundle::Etcd => load::etcd_pool(text),
        Bundle::Transport => match load::append_certs_from_pem(text) {
            pool if pool.is_empty() && !text.is_empty() => {
                return Err("unable to load root certificates".to_owned());
            }
            pool => Ok(pool),
        },
    };
    pool.map_err(|error| error.to_string())
}

/// Reads a pair.
pub fn read_pair((certificates, key): &(Vec<u8>, Vec<u8>)) -> Result<KeyPair, String> {
    load::key_pair(certificates, key).map_err(|error| error.to_string())
}

/// Connections, of which many come to an end that the last of all steps decides.
pub fn cases() -> impl Strategy<Value = Case> {
    let sides = (
        world::worlds_of(Usage::server()),
        world::worlds_of(Usage::client()),
    );
    let text = || prop_oneof![14 => Just(Vec::new()), 1 => piece()].boxed();
    let noise = (text(), text(), text(), text());
    let keys = (wrong_key(), wrong_key());
    let version = prop_oneof![4 => Just(Version::Tls13), 1 => Just(Version::Tls12)];
    (select(&KINDS[..]), sides, noise, keys, version).prop_map(
        |(kind, (server, client), noise, keys, version)| {
            let (served, sent) = (server.forge(), client.forge());
            Case {
                kind,
                server: pair(&server, &served.sent(), keys.0, noise.0),
                clients: bundle(&sent.roots, noise.1),
                client: pair(&client, &sent.sent(), keys.1, noise.2),
                trust: bundle(&served.roots, noise.3),
                world: server,
                version,
            }
        },
    )
}

fn wrong_key() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![30 => Just(None), 1 => (0..SIGNING_KEYS).prop_map(Some)]
}

fn pair(
    world: &World,
    chain: &[Vec<u8>],
    key: Option<usize>,
    noise: Vec<u8>,
) -> (Vec<u8>, Vec<u8>) {
    let key = KEYS[key.unwrap_or(world.leaf_key())].pkcs8();
    let key = block("PRIVATE KEY", "PRIVATE KEY", "\n", 64, &key);
    ([bundle(chain, Vec::new()), noise].concat(), key)
}

fn bundle(certificates: &[Vec<u8>], noise: Vec<u8>) -> Vec<u8> {
    let certificate = |der: &Vec<u8>| block("CERTIFICATE", "CERTIFICATE", "\n", 64, der);
    let mut text: Vec<u8> = certificates.iter().flat_map(certificate).collect();
    text.extend(noise);
    text
}

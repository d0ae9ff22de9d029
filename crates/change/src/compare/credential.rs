//! Certificates with their keys, in two files or in a kubeconfig.

use std::sync::Arc;

use authority::Names;
use cluster::catalogue::Credential;
use cluster::kubeconfig::{self, Kubeconfig};
use verify::{Certificate, Options, Pool, load, verify, verify_hostname};

use super::shared::of;
use super::{Here, Look, State};
use crate::given::Known;

impl Look<'_> {
    /// A pair of the PKI directory.
    pub(super) fn pair(
        &mut self,
        here: &Here<'_>,
        base: &str,
        names: &Names,
        authority: Option<&Known>,
    ) -> State {
        let layout = &self.wanted.layout;
        let (path, key_path) = (layout.certificate(base), layout.key(base));
        let certificate = self.read(here, &path);
        let key = self.read(here, &key_path);
        let (certificate, key) = match (certificate, key) {
            (None, None) => return State::Absent,
            (None, Some(_)) => {
                let why = format!("is missing, and its key `{key_path}` is there");
                let remedy = format!("put the certificate back, or have both made: rm {key_path}");
                self.problem(here, path, why, Some(remedy));
                return State::Kept;
            }
            (Some(_), None) => {
                let why = format!("is missing, and its certificate `{path}` is there");
                let remedy = format!("put the key back, or have both made: rm {path}");
                self.problem(here, key_path, why, Some(remedy));
                return State::Kept;
            }
            (Some(certificate), Some(key)) => (certificate, key),
        };
        let again = Some(format!("to have it made again: rm {path} {key_path}"));
        let bytes = |file: &'_ Arc<cluster::File>| file.bytes().unwrap_or_default().to_vec();
        let pair = load::key_pair(&bytes(&certificate), &zeroize::Zeroizing::new(bytes(&key)));
        match pair {
            Err(error) => self.problem(here, path, error.to_string(), again),
            Ok(pair) => match self.verifies(&pair.leaf, authority) {
                Err(why) => self.problem(here, path, why, again),
                Ok(()) => self.names(here, &path, &pair.leaf, names, again),
            },
        }
        State::Kept
    }

    /// Whether the authority vouches for a certificate now, for whatever use (`ValidateCertChain`
    /// of kubeadm's `pkiutil`).
    fn verifies(&self, leaf: &Arc<Certificate>, authority: Option<&Known>) -> Result<(), String> {
        let Some(known) = authority else {
            return Err("is there, and the authority that issued it is not".to_owned());
        };
        let roots = Pool::from_iter(known.certificate().cloned());
        let verdict = verify(leaf, &roots, &Pool::new(), &Options::any(self.at));
        match verdict.outcome {
            Ok(_) => Ok(()),
            Err(error) => Err(format!("does not hold for {}: {error}", of(known))),
        }
    }

    /// Who begins keeps a certificate whatever its names are, as kubeadm does; who joins does not.
    fn names(
        &mut self,
        here: &Here<'_>,
        path: &str,
        leaf: &Arc<Certificate>,
        names: &Names,
        again: Option<String>,
    ) {
        let addresses = names.ip.iter().map(ToString::to_string);
        let wanted = names.dns.iter().cloned().chain(addresses);
        let missing: Vec<String> = wanted
            .filter(|name| !leaf.extensions.names.dns.contains(name))
            .filter(|name| verify_hostname(leaf, name).is_err())
            .collect();
        if missing.is_empty() {
            return;
        }
        let why = format!("does not name {}", missing.join(", "));
        match here.node.joins {
            true => self.problem(here, path, why, again),
            false => self.warn(here, path, format!("is kept, and {why}")),
        }
    }

    /// A kubeconfig: kept when it trusts the authority (`validateKubeConfig`).
    pub(super) fn kubeconfig(
        &mut self,
        here: &Here<'_>,
        name: &str,
        authority: Option<&Known>,
    ) -> State {
        let path = self.wanted.layout.kubeconfig(name);
        if self.read(here, &path).is_none() {
            return State::Absent;
        }
        let again = Some(format!("to have it made again: rm {path}"));
        let found = kubeconfig::at(here.files, &path);
        let config = match &found.parsed {
            Ok(config) => config,
            Err(error) => {
                self.problem(here, path, error.to_string(), again);
                return State::Kept;
            }
        };
        let trusted = config.certificate_authority.as_ref();
        let trusted = trusted.and_then(|material| material.bytes());
        let trusted = trusted.and_then(|bytes| load::client_go_certs(bytes).ok());
        let first = trusted.as_ref().and_then(|trusted| trusted.first());
        let own = authority.and_then(|known| known.certificate());
        if first.is_none() || first != own {
            let why = match authority {
                Some(known) => format!("trusts another authority than {}", of(known)),
                None => "is there, and the authority that it trusts is not".to_owned(),
            };
            self.problem(here, path, why, again);
            return State::Kept;
        }
        self.client(here, &path, config, authority);
        let server = self.wanted.cluster.server(name, here.node);
        if let Some(found) = config.server.as_ref().filter(|found| found.value != server) {
            let why = format!("is kept, and names {} instead of {server}", found.value);
            self.warn(here, path, why);
        }
        State::Kept
    }

    /// kubeadm keeps a kubeconfig whatever its client certificate is like.
    fn client(
        &mut self,
        here: &Here<'_>,
        path: &str,
        config: &Kubeconfig,
        authority: Option<&Known>,
    ) {
        let pair = config.client.as_ref();
        let certificate = pair.and_then(|pair| pair.certificate.as_ref()?.bytes());
        let certificates = certificate.and_then(|bytes| load::client_go_certs(bytes).ok());
        let leaf = certificates.as_ref().and_then(|found| found.first());
        if let Some(Err(why)) = leaf.map(|leaf| self.verifies(leaf, authority)) {
            self.warn(here, path, format!("is kept, and its certificate {why}"));
        }
    }

    /// Whether an authority is at hand that can issue what is missing.
    pub(super) fn can_be_issued(
        &mut self,
        here: &Here<'_>,
        row: &Credential,
        authority: Option<&Known>,
    ) {
        let (why, remedy) = match authority {
            None if self.is_wanted(row.authority) => return,
            None => (
                format!("there is no authority `{}`", row.authority),
                format!("kubepki init certs {}", row.authority),
            ),
            Some(known) => match (self.out_of_time(known), &known.authority) {
                (Some(why), _) => (format!("{} {why}", of(known)), time(why)),
                (None, None) => (
                    format!("the key of {} is not here", of(known)),
                    "make a request with `kubepki csr`, have it signed where the key is with \
                     `kubepki sign`, and put the certificate in its place"
                        .to_owned(),
                ),
                (None, Some(_)) => return,
            },
        };
        let why = format!("cannot be issued: {why}");
        let path = match row.holder {
            cluster::catalogue::Holder::Pki(base) => self.wanted.layout.certificate(base),
            cluster::catalogue::Holder::Kubeconfig(name) => self.wanted.layout.kubeconfig(name),
        };
        self.problem(here, path, why, Some(remedy));
    }

    /// What is wrong with the moment to be vouched for by an authority, when something is.
    pub(super) fn out_of_time(&self, known: &Known) -> Option<&'static str> {
        let own = known.certificate()?;
        if own.not_after.utc() < self.at {
            return Some(ENDED);
        }
        (self.at < own.not_before.utc()).then_some("does not hold yet")
    }
}

const ENDED: &str = "has ended";

/// What can be done about an authority that vouches for nothing now.
fn time(why: &str) -> String {
    match why {
        ENDED => "an authority that has ended vouches for nothing: it has to be replaced first",
        _ => "set the clock right, or wait until then",
    }
    .to_owned()
}

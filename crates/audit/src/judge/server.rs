//! The server's half of a handshake: what it presents, and what the client says to that.

use std::sync::Arc;

use cluster::graph::{Address, Party, Presented as Serves, Serving, Trust};
use cluster::{Channel, Component, Loader, Material};
use verify::tls::Side;
use verify::{Pool, verify_hostname};

use super::{Course, Judge, Presented};
use crate::load::{Fault, Half};
use crate::problem::{Problem, Use};

impl<'a> Judge<'a> {
    /// What the client says to what the server presents, for every address.
    pub(super) fn server_side(&self, channel: &'a Channel, course: &mut Course<'a>) {
        let trust = self.trust(&channel.trust, &channel.client, course);
        match &channel.serving.default {
            Serves::Pending(setting) => {
                course.add(
                    Problem::Pending {
                        setting,
                        node: channel.server.node,
                    },
                    "remote error: tls: internal error",
                );
            }
            Serves::SelfSigned => self_signed(channel, &trust, course),
            Serves::Elsewhere(_) => {
                course.is_unknown |= channel.server.component != Component::AggregatedApiserver
            }
            Serves::Unknown => course.is_unknown = true,
            Serves::Plaintext(_) => {}
            Serves::Pair(_) if channel.addresses.is_empty() => {
                self.presented_at(channel, None, &trust, course);
            }
            Serves::Pair(_) => channel
                .addresses
                .iter()
                .for_each(|address| self.presented_at(channel, Some(address), &trust, course)),
        }
    }

    fn presented_at(
        &self,
        channel: &'a Channel,
        address: Option<&'a Address>,
        trust: &Verifies<'a>,
        course: &mut Course<'a>,
    ) {
        let name = address.map_or("", Address::checked_name);
        let Some(pair) = self.pair_for(&channel.serving, name) else {
            return;
        };
        let Some(presented) = self.presented(pair, &channel.server, course) else {
            return;
        };
        if let Err(why) = verify::tls::can_sign(&presented.leaf, verify::tls::Version::Tls13) {
            let problem = Problem::CannotSign {
                presented: presented.what,
                why: why.clone(),
            };
            course.add(problem, why.to_string());
        }
        match trust {
            Verifies::Nothing => {}
            Verifies::NobodyKnows => self.verify_alone(&presented, Side::Server, course),
            Verifies::System => no_authority(channel, &presented, course),
            Verifies::With(roots, with) => {
                self.verify(&presented, Side::Server, roots, *with, course);
            }
        }
        if let Some(address) = address.filter(|_| !matches!(trust, Verifies::Nothing)) {
            check_name(
                &presented,
                address,
                channel.client.node.or(channel.server.node),
                course,
            );
        }
    }

    /// The pair that a server chooses for a name (`named_certificates.go`): clients that dial an
    /// address ask for none.
    fn pair_for(&self, serving: &'a Serving, name: &str) -> Option<&'a cluster::Pair> {
        let is_address = name.parse::<std::net::IpAddr>().is_ok();
        let named = serving.by_name.iter().find(|named| {
            !is_address
                && self
                    .names_of(named)
                    .iter()
                    .any(|pattern| matches_name(pattern, name))
        });
        match (named, &serving.default) {
            (Some(named), _) => Some(&named.pair),
            (None, Serves::Pair(pair)) => Some(pair),
            _ => None,
        }
    }

    fn names_of(&self, named: &cluster::process::NamedPair) -> Vec<String> {
        match (named.names.is_empty(), self.loads.pair(&named.pair)) {
            (true, Ok(pair)) => pair.leaf.extensions.names.dns.clone(),
            _ => named.names.clone(),
        }
    }

    /// What a side verifies the other with.
    pub(super) fn trust(
        &self,
        trust: &'a Trust,
        party: &Party,
        course: &mut Course<'a>,
    ) -> Verifies<'a> {
        let (material, loader) = match trust {
            Trust::Bundle { material, loader } => (material, *loader),
            Trust::System => return Verifies::System,
            Trust::Nothing(_) | Trust::Elsewhere(_) => return Verifies::Nothing,
            Trust::Unknown => return Verifies::NobodyKnows,
        };
        self.bundle(material, loader, party, course)
    }

    fn bundle(
        &self,
        material: &'a Material,
        loader: Loader,
        party: &Party,
        course: &mut Course<'a>,
    ) -> Verifies<'a> {
        match self.loads.pool(material, loader) {
            Ok(_)
                if material
                    .bytes()
                    .is_some_and(|bytes| bytes.trim_ascii().is_empty()) =>
            {
                // It loads, and then nobody is trusted.
                let problem = Problem::Load {
                    what: Use {
                        material,
                        by: party.component,
                        node: party.node,
                    },
                    other: None,
                    half: Half::Certificate,
                    loader,
                    fault: Fault::Empty,
                };
                course.add(problem, "x509: certificate signed by unknown authority");
                Verifies::Nothing
            }
            Ok(pool) => Verifies::With(
                pool,
                Use {
                    material,
                    by: party.component,
                    node: party.node,
                },
            ),
            Err(Fault::NotCollected) => {
                course.add_not_collected(material, party);
                Verifies::NobodyKnows
            }
            Err(fault) => {
                course.push(self.trouble_of_bundle(
                    material,
                    loader,
                    party.component,
                    party.node,
                    fault,
                ));
                Verifies::Nothing
            }
        }
    }
}

/// What a side verifies the other with, loaded.
pub(crate) enum Verifies<'a> {
    /// These authorities.
    With(Arc<Pool>, Use<'a>),
    /// The system's authorities.
    System,
    /// It verifies nothing, or it is not this program's to say.
    Nothing,
    /// It was not collected.
    NobodyKnows,
}

fn check_name<'a>(
    presented: &Presented<'a>,
    address: &'a Address,
    node: Option<usize>,
    course: &mut Course<'a>,
) {
    let name = address.checked_name();
    let Err(error) = verify_hostname(&presented.leaf, name) else {
        return;
    };
    let said = error.to_string();
    let problem = Problem::Name {
        presented: presented.what,
        leaf: presented.leaf.clone(),
        host: address.server_name.as_ref().unwrap_or(&address.setting),
        node,
        name: name.to_owned(),
    };
    course.add(problem, said);
}

fn self_signed<'a>(channel: &'a Channel, trust: &Verifies<'a>, course: &mut Course<'a>) {
    if let Verifies::With(_, with) = trust {
        let problem = Problem::SelfSigned {
            server: channel.server.component,
            node: channel.server.node,
            trust: *with,
        };
        course.add(problem, "x509: certificate signed by unknown authority");
    }
    course.is_unknown |= matches!(trust, Verifies::NobodyKnows);
}

fn no_authority<'a>(channel: &'a Channel, presented: &Presented<'a>, course: &mut Course<'a>) {
    let problem = Problem::NoAuthority {
        client: channel.client.component,
        node: channel.client.node,
        kubeconfig: channel.kubeconfig.as_ref(),
        presented: presented.what,
    };
    course.add(problem, "x509: certificate signed by unknown authority");
}

/// Whether a name is meant by a pattern, of which the first label may be `*`.
pub(crate) fn matches_name(pattern: &str, name: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(domain) => name
            .split_once('.')
            .is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(domain)),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

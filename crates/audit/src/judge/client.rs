//! The client's half: what it presents, and whom the server takes it for.

use cluster::graph::{ClientAuthMode, Credential, Trust};
use cluster::{Channel, Component};
use verify::tls::Side;

use super::server::Verifies;
use super::{Course, Judge, Presented, Trouble};
use crate::problem::Problem;

impl<'a> Judge<'a> {
    /// What the server says to what the client presents.
    pub(super) fn client_side(&self, channel: &'a Channel, course: &mut Course<'a>) {
        match &channel.credential {
            Credential::Pair(pair) => {
                let presented = self.presented(pair, &channel.client, course);
                self.authenticate(channel, presented, course);
            }
            Credential::ServiceAccountToken(tokens) => self.token(channel, tokens, course),
            // A secret that means nothing without the cluster's own objects.
            Credential::Token(_) | Credential::Plugin(_) | Credential::Unknown => {
                course.is_unknown = true
            }
            Credential::Nothing => self.anonymous(channel, course),
        }
    }

    fn authenticate(
        &self,
        channel: &'a Channel,
        presented: Option<Presented<'a>>,
        course: &mut Course<'a>,
    ) {
        let trust = self.trust(&channel.client_auth.trust, &channel.server, course);
        course.troubles.extend(self.unread_revocations(channel));
        let Some(presented) = presented else {
            return;
        };
        match channel.client_auth.mode {
            ClientAuthMode::Unknown => self.verify_alone(&presented, Side::Client, course),
            ClientAuthMode::None => no_client_authority(channel, course),
            ClientAuthMode::Request | ClientAuthMode::Require => {
                if self.is_accepted(channel, &presented, trust, course) {
                    self.identify(channel, &presented, course);
                }
            }
        }
    }

    fn is_accepted(
        &self,
        channel: &'a Channel,
        presented: &Presented<'a>,
        trust: Verifies<'a>,
        course: &mut Course<'a>,
    ) -> bool {
        match trust {
            Verifies::With(roots, with) => {
                self.verify(presented, Side::Client, &roots, with, course)
            }
            Verifies::System => {
                no_client_authority(channel, course);
                false
            }
            Verifies::Nothing => false,
            Verifies::NobodyKnows => {
                self.verify_alone(presented, Side::Client, course);
                true
            }
        }
    }

    fn anonymous(&self, channel: &'a Channel, course: &mut Course<'a>) {
        let does_not_start =
            |trouble: &Trouble<'_>| matches!(trouble.problem, Problem::NotStarted { .. });
        if self.start_of(&channel.client).iter().any(does_not_start) {
            // Because of the very thing that is missing here, as like as not.
            return;
        }
        let said = match channel.client_auth.mode {
            ClientAuthMode::Unknown => return course.is_unknown = true,
            // etcd without client authentication takes everybody.
            ClientAuthMode::None if channel.server.component == Component::Etcd => return,
            ClientAuthMode::Require => "remote error: tls: certificate required",
            _ => "Unauthorized",
        };
        if let Some(half) = self.half_of_proxy_pair(channel) {
            course.add(half, said);
            return;
        }
        let problem = Problem::NoCredential {
            client: channel.client.component,
            node: channel.client.node,
            kubeconfig: channel.kubeconfig.as_ref(),
            server: channel.server.component,
        };
        course.add(problem, said);
    }

    /// With one half of the front proxy's pair kube-apiserver presents nothing.
    fn half_of_proxy_pair(&self, channel: &Channel) -> Option<Problem<'a>> {
        let mut troubles = self.start_of(&channel.client).iter();
        let is_half = |problem: &Problem<'_>| match problem {
            Problem::HalfPair { set, .. } => set
                .setting()
                .is_some_and(|setting| setting.key.starts_with("proxy-client-")),
            _ => false,
        };
        let is_proxy = channel.server.component == Component::AggregatedApiserver;
        let half = troubles.find(|trouble| is_proxy && is_half(&trouble.problem))?;
        Some(half.problem.clone())
    }
}

/// The server verifies no certificates, or with authorities that are not the cluster's.
fn no_client_authority<'a>(channel: &'a Channel, course: &mut Course<'a>) {
    let is_etcd = channel.server.component == Component::Etcd;
    if is_etcd && !matches!(channel.client_auth.trust, Trust::System) {
        return;
    }
    let problem = Problem::NoClientAuthority {
        server: channel.server.component,
        node: channel.server.node,
    };
    let said = if is_etcd {
        "remote error: tls: bad certificate"
    } else {
        "Unauthorized"
    };
    course.add(problem, said);
}

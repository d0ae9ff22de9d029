//! Whom kube-apiserver calls: webhooks, API servers behind it, and what converts custom resources. It
//! verifies them by a bundle in an object, which it takes up at once. They are outside of the plan, and
//! what they serve nobody here knows; but it was issued by somebody whom the bundle trusted before the
//! first step, and stays so until a hand-over to pods. Whoever has its certificate from an authority
//! that was replaced meanwhile is given one of its successor then: an authority of the same name whose
//! key lies on a node. In the same way an authority that had been replaced before the first step is
//! nobody's any more: that was the business of the plan before.

use std::collections::BTreeMap;
use std::sync::Arc;

use verify::{Certificate, PublicKey, load};

use super::history::Items;
use super::published::{self, Published};
use super::scene::Scene;
use crate::contents::is_authority;
use crate::keys::half;
use crate::plan::{Action, Digest, Item, Kind, Plan, Way};

/// What kube-apiserver says of a server that it cannot verify.
pub(super) const SAID: &str = "x509: certificate signed by unknown authority";

type Moment = Vec<(usize, usize)>;

/// A bundle by which kube-apiserver verifies whom it calls.
pub(super) struct Called {
    published: Published,
    /// For every authority that may have issued what is served while the bundle is so: the moment,
    /// and whether the bundle trusts it.
    cases: Vec<Case>,
}

struct Case {
    moment: Moment,
    is_first: bool,
    issuer: Arc<Certificate>,
    is_trusted: bool,
}

/// Whose certificates are served, for how many steps of pods.
struct Served {
    issuers: Vec<Arc<Certificate>>,
    counts: std::ops::Range<usize>,
}

impl Called {
    /// All of those that a plan exchanges.
    pub(super) fn all(plan: &Plan, way: &Way, scene: &Scene<'_>) -> Vec<Called> {
        let published = published::all(plan, &way.lanes).into_iter();
        let published: Vec<_> = published.filter(Published::is_for_callbacks).collect();
        if published.is_empty() {
            return Vec::new();
        }
        let holders = Holders::of(plan, way, scene);
        let called = published.into_iter().map(|one| Called {
            cases: holders.cases(&one),
            published: one,
        });
        called.collect()
    }

    /// As a channel's.
    pub(super) fn id(&self) -> String {
        format!("kube-apiserver->{}", self.published.object)
    }

    /// How many times it was checked.
    pub(super) fn checks(&self) -> usize {
        self.cases.len()
    }

    /// Whether the bundle trusts before the first step whomever it has to.
    pub(super) fn works_at_first(&self) -> bool {
        self.cases
            .iter()
            .all(|case| !case.is_first || case.is_trusted)
    }

    /// When something breaks that works before the first step, and what.
    pub(super) fn broken(&self) -> Vec<(Moment, String)> {
        let works = self.works_at_first();
        let broken = self.cases.iter().filter(|case| works && !case.is_trusted);
        broken
            .map(|case| (case.moment.clone(), self.told(case)))
            .collect()
    }

    fn told(&self, case: &Case) -> String {
        let sum = case.issuer.sha256().iter().take(4);
        let sum: String = sum.map(|byte| format!("{byte:02x}")).collect();
        format!(
            "{}, `{}`, does not trust CN={} (SHA-256 {sum}…) then, of which the server may have its certificate",
            self.published.object,
            self.published.field,
            case.issuer.subject.common_name()
        )
    }
}

/// Who has the keys of authorities, when.
struct Holders<'a> {
    plan: &'a Plan,
    way: &'a Way,
    /// The authorities in files and bundles.
    authorities: Vec<Arc<Certificate>>,
    /// The nodes whose disks are known, and on each after none, one, two … steps: whose keys.
    keys: BTreeMap<usize, Vec<Vec<PublicKey>>>,
}

impl<'a> Holders<'a> {
    fn of(plan: &'a Plan, way: &'a Way, scene: &Scene<'_>) -> Self {
        let bundles = plan.steps.iter().flat_map(|step| match &step.action {
            Action::Publish(all) => all.as_slice(),
            _ => &[],
        });
        let bundles = bundles.flat_map(|one| [&one.before, &one.after]);
        let texts = plan.contents.values().chain(bundles);
        let mut authorities: Vec<_> = texts.flat_map(|text| authorities(text)).collect();
        // Most files hold the same ones.
        authorities.sort_by_key(|one| *one.sha256());
        authorities.dedup();
        // What an old authority says of its successor no server behind kube-apiserver sends along: it
        // counts for the nodes' own.
        authorities.sort_by_cached_key(|one| (!is_root(one), *one.sha256()));
        let mut known: Vec<Arc<Certificate>> = Vec::new();
        authorities.retain(|one| {
            let is_new = !known.iter().any(|other| is_same(one, other));
            known.extend(is_new.then(|| one.clone()));
            is_new
        });
        let halves = plan.contents.iter().filter_map(|(digest, text)| {
            let is_key = text.contains("PRIVATE KEY");
            Some((digest, is_key.then(|| half(text.as_bytes()))??))
        });
        let halves: BTreeMap<&Digest, PublicKey> = halves.collect();
        let nodes = (0..plan.nodes.len()).filter(|node| scene.kind(*node) == Kind::Node);
        let key = |item: &Item| match item {
            Item::File { content, .. } => halves.get(content).cloned(),
            _ => None,
        };
        let keys = |disk: &Items| disk.values().filter_map(key).collect();
        let disks = |node: usize| scene.histories[node].disks.iter();
        let keys = nodes.map(|node| (node, disks(node).map(keys).collect()));
        Holders {
            plan,
            way,
            authorities,
            keys: keys.collect(),
        }
    }

    /// What may be served while a bundle is as it is.
    fn cases(&self, published: &Published) -> Vec<Case> {
        let first = authorities(&published.states[0].text);
        let pods = self
            .plan
            .nodes
            .iter()
            .position(|node| node.kind == Kind::Pods);
        let mut cases = Vec::new();
        for served in self.served(first, pods) {
            for state in &published.states {
                let trusted = authorities(&state.text);
                let counts = state.counts.clone();
                let moments =
                    counts.flat_map(|done| self.moments((published.lane, done), pods, &served));
                let Some(moment) = moments.min_by_key(|moment| self.length(moment)) else {
                    continue;
                };
                cases.extend(served.issuers.iter().map(|issuer| Case {
                    is_first: served.counts.start == 0 && state.counts.contains(&0),
                    is_trusted: trusted.iter().any(|one| vouches(one, issuer)),
                    issuer: issuer.clone(),
                    moment: moment.clone(),
                }));
            }
        }
        cases
    }

    /// The moments at which so many steps of a lane are done and this is served.
    fn moments(&self, own: (usize, usize), pods: Option<usize>, served: &Served) -> Vec<Moment> {
        let Some(pods) = pods else {
            return vec![vec![own]];
        };
        let counts = served.counts.clone().map(|done| (pods, done));
        let counts = counts.filter(|other| self.way.go_together(own, *other));
        counts.map(|other| vec![own, other]).collect()
    }

    fn length(&self, moment: &Moment) -> usize {
        self.way.earliest(moment).iter().sum()
    }

    /// Whose certificates are served from one hand-over to the next.
    fn served(&self, first: Vec<Arc<Certificate>>, pods: Option<usize>) -> Vec<Served> {
        let lane = pods.map_or(&[][..], |pods| &self.way.lanes[pods]);
        let is_hand_over = |(_, step): &(usize, &crate::plan::StepId)| {
            matches!(self.plan.steps[step.0 - 1].action, Action::HandOver(_))
        };
        let hand_overs = (1..).zip(lane).filter(is_hand_over).map(|(done, _)| done);
        let mut all = vec![Served {
            issuers: self.successors(&first, |_, done| done == 0),
            counts: 0..lane.len() + 1,
        }];
        for (at, done) in hand_overs.enumerate() {
            let pods = pods.unwrap_or_default();
            let can_be = |node, own| self.way.go_together((node, own), (pods, done));
            let issuers = self.successors(&all[at].issuers, can_be);
            all[at].counts.end = done;
            all.push(Served {
                issuers,
                counts: done..lane.len() + 1,
            });
        }
        all
    }

    /// Those that sign in the place of these at some moment, on nodes with so many steps done; where
    /// none does, they do themselves.
    fn successors(
        &self,
        issuers: &[Arc<Certificate>],
        can_be: impl Fn(usize, usize) -> bool,
    ) -> Vec<Arc<Certificate>> {
        let signs = |one: &Certificate| {
            let mut disks = self.keys.iter().flat_map(|(node, disks)| {
                let counted = disks.iter().enumerate();
                counted
                    .filter(|(done, _)| can_be(*node, *done))
                    .map(|(_, keys)| keys)
            });
            one.public_key
                .as_ref()
                .is_some_and(|key| disks.any(|keys| keys.contains(key)))
        };
        let mut all = Vec::new();
        for issuer in issuers {
            let like = |one: &&Arc<Certificate>| one.raw_subject() == issuer.raw_subject();
            let signing = self
                .authorities
                .iter()
                .filter(like)
                .filter(|one| signs(one));
            let before = all.len();
            all.extend(signing.cloned());
            if all.len() == before {
                all.push(issuer.clone());
            }
        }
        all.sort_by_key(|one| *one.sha256());
        all.dedup_by(|one, other| is_same(one, other));
        all
    }
}

/// Whether who trusts the one verifies what the other issues: the one is the same, or stands above it,
/// in which case the server sends it along.
fn vouches(trusted: &Certificate, issuer: &Certificate) -> bool {
    is_same(trusted, issuer) || !is_root(issuer) && issuer.check_signature_from(trusted).is_ok()
}

fn is_root(one: &Certificate) -> bool {
    one.check_signature_from(one).is_ok()
}

fn is_same(one: &Certificate, other: &Certificate) -> bool {
    one.raw_subject() == other.raw_subject() && one.raw_public_key() == other.raw_public_key()
}

fn authorities(text: &str) -> Vec<Arc<Certificate>> {
    let all = load::client_go_certs(text.as_bytes()).unwrap_or_default();
    all.into_iter().filter(|one| is_authority(one)).collect()
}

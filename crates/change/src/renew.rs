//! Issuing certificates again by the authorities that issued them, with other keys and perhaps other
//! names.

use std::collections::BTreeSet;
use std::sync::Arc;

use authority::{Authority, AuthorityError, KeyError, Names};
use cluster::Inventory;
use thiserror::Error;
use time::UtcDateTime;
use verify::{Certificate, load};

use crate::contents::{self, Leaf, ReissueError, Reissued, is_authority};
use crate::given::{chain, climb};
use crate::keys::{Here, Keys};
use crate::plan::schedule::{HandOvers, Schedule, Tree};
use crate::plan::{Plan, Secrets};

/// A plan that issues certificates again, and what it leaves as it is.
#[derive(Debug)]
pub struct Renewal {
    /// The plan.
    pub plan: Plan,
    /// What its files really hold.
    pub secrets: Secrets,
    /// What is issued again, on each node.
    pub reissued: Vec<(Arc<str>, Reissued)>,
    /// What was asked for and is not.
    pub skipped: Vec<Skipped>,
}

/// A certificate that is not issued again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The node's name.
    pub node: Arc<str>,
    /// The file that holds it.
    pub path: String,
    /// Why.
    pub why: &'static str,
}

/// What of a cluster is issued again.
pub trait Choice {
    /// Whether this certificate in this file is.
    fn takes(&self, path: &str, certificate: &Certificate) -> bool;

    /// The names it shall have, when others than those it has.
    fn names(&self, _path: &str, _certificate: &Certificate) -> Option<Names> {
        None
    }
}

/// Why there is no plan.
#[derive(Debug, Error)]
pub enum RenewError {
    /// Nothing is chosen.
    #[error("none of the certificates on these nodes is meant")]
    Nothing,
    /// An authority's key and certificate do not belong together.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
    /// An authority's key cannot be used.
    #[error("the key of an authority in `{path}` cannot be used: {source}")]
    Key {
        /// Its file.
        path: String,
        /// Why.
        source: KeyError,
    },
    /// Something cannot be issued.
    #[error(transparent)]
    Reissue(#[from] ReissueError),
}

const HAND_OUT: &str = "hand out kubeconfigs anew, before those of before end";

/// A plan that issues again what is chosen, of nodes whose files are at hand.
///
/// # Errors
/// When nothing is, or something cannot be issued.
pub fn renew(
    inventory: &Inventory,
    wish: &str,
    choice: &dyn Choice,
    at: UtcDateTime,
) -> Result<Renewal, RenewError> {
    plan(inventory, &mut Here, wish, choice, at)
}

/// The same plan with keys that may be elsewhere.
///
/// # Errors
/// When nothing is chosen, or something cannot be issued.
pub fn plan(
    inventory: &Inventory,
    keys: &mut dyn Keys,
    wish: &str,
    choice: &dyn Choice,
    at: UtcDateTime,
) -> Result<Renewal, RenewError> {
    let mut schedule = Schedule::new(wish, inventory, at);
    let issuers = issuers(schedule.trees(), keys)?;
    let mut trees = schedule.trees().to_vec();
    let (mut reissued, mut skipped) = (Vec::new(), Vec::new());
    for (node, tree) in inventory.nodes.iter().zip(&mut trees) {
        let chosen = Chosen::of(tree, choice, &issuers);
        let skip = |(path, why)| Skipped {
            node: node.name.clone(),
            path,
            why,
        };
        skipped.extend(chosen.skipped.into_iter().map(skip));
        for (issuer, leaves) in chosen.leaves {
            let names = |leaf: &Leaf| choice.names(&leaf.path, leaf.chain.first()?);
            let own = (&*node.name, &mut *tree);
            let new = contents::reissue(own, keys, &leaves, issuer, None, names, at)?;
            reissued.extend(new.into_iter().map(|one| (node.name.clone(), one)));
        }
    }
    if reissued.is_empty() && skipped.is_empty() {
        return Err(RenewError::Nothing);
    }
    let hand_over = HandOvers {
        people: Some(HAND_OUT).filter(|_| reissued.iter().any(|(_, one)| is_for_people(&one.path))),
        ..HandOvers::default()
    };
    schedule.stage("everything chosen is issued again", trees, hand_over);
    let (plan, secrets) = schedule.finish();
    Ok(Renewal {
        plan,
        secrets,
        reissued,
        skipped,
    })
}

fn is_for_people(path: &str) -> bool {
    path.ends_with("/admin.conf") || path.ends_with("/super-admin.conf")
}

/// What is chosen on one node, by who issued it.
struct Chosen<'a> {
    leaves: Vec<(&'a Authority, Vec<Leaf>)>,
    skipped: Vec<(String, &'static str)>,
}

impl<'a> Chosen<'a> {
    fn of(tree: &Tree, choice: &dyn Choice, issuers: &'a [Authority]) -> Self {
        let mut chosen = Chosen {
            leaves: Vec::new(),
            skipped: Vec::new(),
        };
        let mut seen = BTreeSet::new();
        for issuer in issuers {
            let mut own = contents::leaves(tree, issuer.certificate());
            own.retain(|leaf| {
                choice.takes(&leaf.path, &leaf.chain[0]) && seen.insert(leaf.path.clone())
            });
            let (with_key, without): (Vec<_>, Vec<_>) =
                own.into_iter().partition(|leaf| !leaf.keys.is_empty());
            let why = "its key is not on the node";
            chosen
                .skipped
                .extend(without.into_iter().map(|leaf| (leaf.path, why)));
            chosen.leaves.push((issuer, with_key));
        }
        for leaf in contents::all_leaves(tree) {
            if choice.takes(&leaf.path, &leaf.chain[0]) && seen.insert(leaf.path.clone()) {
                chosen.skipped.push((
                    leaf.path,
                    "the key of who issued it is on none of the nodes",
                ));
            }
        }
        chosen
    }
}

/// Every authority whose key is on a node, and at hand.
fn issuers(trees: &[Tree], keys: &dyn Keys) -> Result<Vec<Authority>, RenewError> {
    let mut issuers: Vec<Authority> = Vec::new();
    for tree in trees {
        for (path, held) in tree {
            let bundle = load::client_go_certs(&held.content).unwrap_or_default();
            for own in bundle.iter().filter(|one| is_authority(one)) {
                let known = issuers.iter().any(|issuer| issuer.certificate() == own);
                let places = if known {
                    Vec::new()
                } else {
                    contents::keys_of(tree, own)
                };
                let Some(place) = places.first() else {
                    continue;
                };
                let wrong = |source| RenewError::Key {
                    path: path.clone(),
                    source,
                };
                let Some(key) = keys.private(&tree[place].content).map_err(wrong)? else {
                    continue;
                };
                let whole = climb(chain(std::slice::from_ref(own)), &bundle);
                issuers.push(Authority::new(whole, Arc::new(key))?);
            }
        }
    }
    Ok(issuers)
}

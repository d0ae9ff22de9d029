//! What is on the nodes, against what is wanted: what stays, what has to be made, and what stands
//! in the way. Pure: the files' contents and the clock are arguments.
//!
//! What is kept and what is refused follows kubeadm (`cmd/kubeadm/app/phases/certs/certs.go`,
//! `phases/kubeconfig/kubeconfig.go`); where kubeadm would keep what cannot work, it is refused.

mod credential;
mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use cluster::catalogue::{AUTHORITIES, Holder};
use cluster::{Content, Files};
use time::UtcDateTime;

use crate::given::{Given, Known};
use crate::names;
use crate::part::{Layout, Part};
use crate::wish::{Cluster, Node};

pub use shared::TokenKey;

/// What somebody wants to be there.
pub struct Wanted<'a> {
    /// The cluster.
    pub cluster: &'a Cluster,
    /// Its control-plane nodes, whoever begins first.
    pub nodes: &'a [Node],
    /// Where things lie.
    pub layout: Layout,
    /// Which parts are wanted of a node.
    pub select: &'a (dyn Fn(&Part) -> bool + Sync),
    /// What is brought along.
    pub given: Given,
    /// The members of an etcd that runs already, by name and address, when these nodes join it.
    pub members: Vec<(String, IpAddr)>,
    /// What the machine that this runs on says of itself.
    pub machine: Machine,
}

impl Wanted<'_> {
    /// Whether every node joins a cluster that is there, rather than one beginning it.
    pub fn joins(&self) -> bool {
        self.nodes.iter().all(|node| node.joins)
    }
}

/// What a machine says of itself; nothing when the nodes are others.
#[derive(Clone, Debug, Default)]
pub struct Machine {
    /// Its name: the kubelet is told the node's when that is another.
    pub host_name: Option<String>,
    /// Variables of the environment that name a proxy, which kubeadm hands on to components.
    pub proxies: Vec<(String, String)>,
}

/// What is there and what is not.
pub struct Comparison {
    /// The authorities, by kubeadm's short names; `None` for those that have to be made.
    pub authorities: BTreeMap<&'static str, Option<Known>>,
    /// The service account key, when there is one.
    pub token_key: Option<TokenKey>,
    /// Each node's parts that are wanted, in the order of [`Wanted::nodes`].
    pub nodes: Vec<Vec<(Part, State)>>,
    /// What is odd, but stops nothing.
    pub warnings: Vec<Remark>,
}

/// What becomes of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is there and stays.
    Kept,
    /// It has to be made.
    Absent,
    /// It is there without something that comes from it, which has to be written: a CA without the
    /// key that is at hand, `sa.key` without `sa.pub`.
    Partial,
    /// It is there, says something else, and is replaced.
    Differs,
}

/// Something to say about a path on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// The node, when there are several.
    pub node: Option<String>,
    /// The path there.
    pub path: String,
    /// What there is to say.
    pub message: String,
    /// What can be done about it.
    pub remedy: Option<String>,
}

/// Compares what is wanted with the nodes' files, one tree for each node. Only those are looked at
/// that what is wanted has to do with.
///
/// # Errors
/// With everything that stands in the way.
pub fn compare(
    wanted: &Wanted<'_>,
    files: &[Files],
    at: UtcDateTime,
) -> Result<Comparison, Vec<Remark>> {
    let mut look = Look {
        wanted,
        at,
        problems: Vec::new(),
        warnings: Vec::new(),
    };
    look.folders(files);
    if !look.problems.is_empty() {
        return Err(look.problems);
    }
    let authorities = look.authorities(files);
    let token_key = look.token_key(files);
    let mut nodes = Vec::new();
    for (node, files) in wanted.nodes.iter().zip(files) {
        let here = Here { node, files };
        let states = wanted.parts(node).map(|part| {
            (
                part,
                look.part(&here, &part, &authorities, token_key.as_ref()),
            )
        });
        nodes.push(states.collect());
    }
    look.configuration();
    look.members();
    match look.problems.is_empty() {
        false => Err(look.problems),
        true => Ok(Comparison {
            authorities,
            token_key,
            nodes,
            warnings: look.warnings,
        }),
    }
}

impl Wanted<'_> {
    /// The parts that are wanted of a node.
    pub fn parts(&self, node: &Node) -> impl Iterator<Item = Part> {
        let parts = Part::all(self.cluster, node).into_iter();
        parts.filter(|part| (self.select)(part))
    }
}

/// A node and its files.
struct Here<'a> {
    node: &'a Node,
    files: &'a Files,
}

/// The comparison under way.
struct Look<'a> {
    wanted: &'a Wanted<'a>,
    at: UtcDateTime,
    problems: Vec<Remark>,
    warnings: Vec<Remark>,
}

type Authorities = BTreeMap<&'static str, Option<Known>>;

impl Look<'_> {
    /// Whatever lies in the place of a folder stands in the way of all that is to lie in it.
    fn folders(&mut self, files: &[Files]) {
        let layout = &self.wanted.layout;
        for (node, files) in self.wanted.nodes.iter().zip(files) {
            let here = Here { node, files };
            let paths = self.wanted.parts(node).flat_map(|part| part.paths(layout));
            let folders = paths.filter_map(|path| Some(path.rsplit_once('/')?.0.to_owned()));
            let folders: BTreeSet<String> = folders.collect();
            let why = |folder: &String| match &files.get(folder).content {
                Content::Directory | Content::Missing | Content::NotCollected => None,
                Content::Unreadable(why) => Some(format!("is no folder that can be used: {why}")),
                _ => Some("is no folder, and should be one".to_owned()),
            };
            let wrong = folders
                .iter()
                .find_map(|folder| Some((folder, why(folder)?)));
            if let Some((folder, why)) = wrong {
                self.problem(&here, folder, why, Some(away()));
            }
        }
    }

    fn part(
        &mut self,
        here: &Here<'_>,
        part: &Part,
        authorities: &Authorities,
        token_key: Option<&TokenKey>,
    ) -> State {
        let layout = &self.wanted.layout;
        match part {
            Part::Authority(row) => {
                let known = authorities.get(row.name).and_then(Option::as_ref);
                self.authority_here(here, row, known)
            }
            Part::ServiceAccount => self.token_key_here(here, token_key),
            Part::Credential(row) => {
                let authority = authorities.get(row.authority).and_then(Option::as_ref);
                let state = match row.holder {
                    Holder::Pki(base) => {
                        let names = names::of(row.name, self.wanted.cluster, here.node);
                        let names = names.unwrap_or_else(|why| {
                            self.problem(here, layout.certificate(base), why, None);
                            authority::Names::default()
                        });
                        self.pair(here, base, &names, authority)
                    }
                    Holder::Kubeconfig(name) => self.kubeconfig(here, name, authority),
                };
                if state == State::Absent {
                    self.can_be_issued(here, row, authority);
                }
                state
            }
            // Texts without a secret: whether they are there is seen when they are written.
            Part::Manifest(_) | Part::Kubelet => State::Absent,
        }
    }

    /// Whoever joins an etcd has to be told of its members, and nobody can be asked.
    fn members(&mut self) {
        let wanted = self.wanted;
        let etcd = (wanted.select)(&Part::Manifest("etcd"));
        if etcd && wanted.joins() && wanted.members.is_empty() {
            self.warnings.push(Remark {
                node: None,
                path: wanted.layout.manifest("etcd"),
                message: "--initial-cluster names only the nodes that join: say --etcd-member for \
                          every member that runs"
                    .to_owned(),
                remedy: None,
            });
        }
    }

    /// What kubeadm warns of (`validation.ValidateClusterConfiguration`), or refuses when a node
    /// joins (`cmd/kubeadm/app/cmd/join.go`).
    fn configuration(&mut self) {
        const DAY: i64 = 24 * 60 * 60;
        let cluster = self.wanted.cluster;
        let (leaf, ca) = (cluster.certificate_validity, cluster.ca_validity);
        let several = self.wanted.nodes.len() > 1 || self.wanted.joins();
        let mut warn = |text: &str| {
            self.warnings.push(Remark {
                node: None,
                path: "the configuration".to_owned(),
                message: text.to_owned(),
                remedy: None,
            });
        };
        if several && cluster.control_plane_endpoint.is_none() {
            warn(
                "without a control-plane endpoint everybody dials one node, and kubeadm joins no other",
            );
        }
        if leaf > 365 * DAY {
            warn("certificates that last longer than 8760h are not recommended");
        }
        if ca > 3650 * DAY {
            warn("authorities that last longer than 87600h are not recommended");
        }
        if leaf > ca {
            warn("certificates are to last longer than the authorities that vouch for them");
        }
    }

    fn problem(
        &mut self,
        here: &Here<'_>,
        path: impl Into<String>,
        message: impl Into<String>,
        remedy: Option<String>,
    ) {
        let remark = self.remark(here, path.into(), message.into(), remedy);
        self.problems.push(remark);
    }

    fn warn(&mut self, here: &Here<'_>, path: impl Into<String>, message: impl Into<String>) {
        let remark = self.remark(here, path.into(), message.into(), None);
        self.warnings.push(remark);
    }

    fn remark(
        &self,
        here: &Here<'_>,
        path: String,
        message: String,
        remedy: Option<String>,
    ) -> Remark {
        let several = self.wanted.nodes.len() > 1;
        Remark {
            node: several.then(|| here.node.name.clone()),
            path,
            message,
            remedy,
        }
    }

    /// Whether something that is wanted has to do with an authority. What runs on a node is told of
    /// the cluster's own.
    fn is_needed(&self, authority: &str) -> bool {
        let needs = |part: Part| match part {
            Part::Authority(row) => row.name == authority,
            Part::Credential(row) => row.authority == authority,
            Part::Manifest(_) | Part::Kubelet => authority == "ca",
            Part::ServiceAccount => false,
        };
        let mut nodes = self.wanted.nodes.iter();
        nodes.any(|node| self.wanted.parts(node).any(needs))
    }

    /// Whether a part is wanted of some node.
    fn is_wanted(&self, authority: &str) -> bool {
        let row = AUTHORITIES.iter().find(|row| row.name == authority);
        row.is_some_and(|row| (self.wanted.select)(&Part::Authority(row)))
    }

    /// The bytes of a file; `None` when there is none. What is there and cannot be read is a
    /// problem, and counts as nothing.
    fn read(&mut self, here: &Here<'_>, path: &str) -> Option<Arc<cluster::File>> {
        let file = here.files.get(path);
        let why = match &file.content {
            Content::Present(_) => return Some(file),
            Content::Missing | Content::NotCollected => return None,
            Content::Unreadable(why) => format!("cannot be read: {why}"),
            Content::Directory => "is a folder, and should be a file".to_owned(),
            Content::Special => "is no regular file".to_owned(),
            Content::TooLarge(size) => format!("is larger than any such file: {size} bytes"),
        };
        self.problem(here, path, why, Some(away()));
        None
    }
}

fn away() -> String {
    "move what is there away".to_owned()
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(node) = &self.node {
            write!(f, "{node}: ")?;
        }
        write!(f, "{}: {}", self.path, self.message)
    }
}

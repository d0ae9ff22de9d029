//! What a running process holds of its node's files, and when it looks at them again.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalogue::{self, Reload};
use crate::component::Component;
use crate::kubeconfig::KubeconfigUse;
use crate::material::{Loader, Material, Pair};
use crate::process::{Load, Loaded, Process, Version};

/// Files that a process reads together, and when it does so again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// Where they really lie on the node.
    pub paths: BTreeSet<Arc<str>>,
    /// When they are read again.
    pub reload: Reload,
}

impl Process {
    /// Everything that it read when it started: first what starts it, which is read again only with
    /// the next start, then file by file. `version` is the cluster's, for a process whose own is not
    /// known; where that is not known either, what holds for the earliest is assumed.
    pub fn readings(&self, version: Option<Version>) -> Vec<Reading> {
        let version = self.version.or(match self.component {
            Component::Etcd => None,
            _ => version,
        });
        let mut readings = vec![Reading::new([&self.manifest], Reload::Restart)];
        for load in self.loads() {
            self.add(load, version, &mut readings);
        }
        readings.retain(|reading| !reading.paths.is_empty());
        readings
    }

    fn add(&self, load: &Load, version: Option<Version>, readings: &mut Vec<Reading>) {
        let mut add = |materials: Vec<&Material>, loader| {
            let reload = self.reload(&materials, loader, version);
            readings.push(Reading::new(materials, reload));
        };
        match &load.what {
            Loaded::Pair(pair) => add(halves(pair), load.loader),
            Loaded::Bundle(material)
            | Loaded::PrivateKey(material)
            | Loaded::Configuration(material) => add(vec![material], load.loader),
            Loaded::PublicKeys(materials) => add(materials.iter().collect(), load.loader),
            Loaded::Kubeconfig(used) => {
                add(vec![&used.source], Loader::Kubeconfig);
                for (materials, loader) in named_by(used) {
                    add(materials, loader);
                }
            }
        }
    }

    /// When what a setting names is read again: by the setting's own rule, else by its reader's.
    fn reload(&self, materials: &[&Material], loader: Loader, version: Option<Version>) -> Reload {
        let settings = materials.iter().filter_map(|one| one.setting.as_ref());
        let flags = settings.filter_map(|setting| catalogue::flag(self.component, &setting.key));
        let own = flags.map(catalogue::rereading).find(|own| !own.is_empty());
        let rules = own.unwrap_or_else(|| catalogue::by_loader(loader));
        let holds = |rule: &&catalogue::Rereading| {
            version.is_some_and(|version| rule.versions.contain(version))
        };
        let rule = rules.iter().find(holds).or(rules.first());
        rule.map_or(Reload::Restart, |rule| rule.reload)
    }
}

impl Reading {
    fn new<'a>(materials: impl IntoIterator<Item = &'a Material>, reload: Reload) -> Self {
        let files = materials.into_iter().filter_map(Material::file);
        Reading {
            paths: files.map(|file| file.real_path.clone()).collect(),
            reload,
        }
    }

    /// Whether a running process takes up a change of these files.
    pub fn is_repeated(&self) -> bool {
        !matches!(self.reload, Reload::Restart | Reload::Ends | Reload::Object)
    }
}

fn halves(pair: &Pair) -> Vec<&Material> {
    pair.certificate.iter().chain(&pair.key).collect()
}

/// The files that a kubeconfig names, each with its reader.
fn named_by(used: &KubeconfigUse) -> Vec<(Vec<&Material>, Loader)> {
    let Ok(parsed) = &used.parsed else {
        return Vec::new();
    };
    let trust = parsed.certificate_authority.iter();
    let trust = trust.map(|material| (vec![material], Loader::ClientGoCa));
    let pair = parsed.client.iter();
    let pair = pair.map(|pair| (halves(pair), Loader::ClientGoPair));
    trust.chain(pair).collect()
}

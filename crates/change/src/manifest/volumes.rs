//! What is mounted into the pods (`cmd/kubeadm/app/phases/controlplane/volumes.go`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::Surroundings;
use crate::wish::{Cluster, Etcd, ExternalEtcd, Volume};

/// Folders that hold the system's CAs on some systems; each is mounted where it exists, because
/// links in `/etc/ssl/certs` lead there.
pub const CA_FOLDERS: [&str; 5] = [
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

const SYSTEM_CAS: &str = "/etc/ssl/certs";

/// A folder of the node that is made when it is not there.
pub(super) const FOLDER: &str = "DirectoryOrCreate";

/// The PKI directory and the system's CAs.
pub(super) fn certificates(cluster: &Cluster, surroundings: &Surroundings) -> Vec<Volume> {
    let mut volumes = vec![
        read_only("k8s-certs", &cluster.certificates_dir, FOLDER),
        read_only("ca-certs", SYSTEM_CAS, FOLDER),
    ];
    let folders = surroundings.ca_folders.iter();
    volumes.extend(folders.map(|folder| {
        let name = folder.trim_start_matches('/').replace('/', "-");
        read_only(&name, folder, FOLDER)
    }));
    volumes
}

/// A component's kubeconfig.
pub(super) fn kubeconfig(path: &str) -> Volume {
    read_only("kubeconfig", path, "FileOrCreate")
}

/// The folders of an etcd that is elsewhere, but for those that are mounted already.
pub(super) fn external_etcd(cluster: &Cluster) -> Vec<Volume> {
    let Etcd::External(etcd) = &cluster.etcd else {
        return Vec::new();
    };
    let folders = folders(etcd, &cluster.certificates_dir);
    let volume = |(index, folder)| read_only(&format!("etcd-certs-{index}"), folder, FOLDER);
    folders.into_iter().enumerate().map(volume).collect()
}

/// By name; what somebody wants takes the place of what has its name.
pub(super) fn merged(volumes: Vec<Volume>, given: &[Volume]) -> Vec<Volume> {
    let volumes = volumes.into_iter().chain(given.iter().cloned());
    let by_name: BTreeMap<String, Volume> = volumes
        .map(|volume| (volume.name.clone(), volume))
        .collect();
    by_name.into_values().collect()
}

/// One folder stands for all below it. kubeadm compares texts (`getEtcdCertVolumes`), so that
/// `/srv/a` stands for `/srv/ab` too; a folder that may not be there is mounted as well
/// as one that is.
fn folders<'a>(etcd: &'a ExternalEtcd, certificates: &str) -> BTreeSet<&'a str> {
    let mounted = |folder: &str| {
        let mut mounts = CA_FOLDERS.iter().copied().chain([SYSTEM_CAS, certificates]);
        mounts.any(|mount| folder.starts_with(mount))
    };
    let files = [&etcd.ca_file, &etcd.cert_file, &etcd.key_file];
    let parent = |file: &'a String| Path::new(file).parent().and_then(Path::to_str);
    let mut found: BTreeSet<&str> = BTreeSet::new();
    for folder in files.into_iter().filter_map(parent) {
        let is_below = |other: &&str| folder != *other && folder.starts_with(*other);
        let is_below = found.iter().any(is_below);
        if folder.is_empty() || mounted(folder) || is_below {
            continue;
        }
        found.retain(|other| !other.starts_with(folder));
        found.insert(folder);
    }
    found
}

fn read_only(name: &str, path: &str, path_type: &str) -> Volume {
    Volume {
        name: name.to_owned(),
        host_path: path.to_owned(),
        mount_path: path.to_owned(),
        read_only: true,
        path_type: path_type.to_owned(),
    }
}

//! Whether a static pod of this machine has been made anew.

use std::collections::BTreeSet;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cluster::Component;

use super::Waits;

/// How long a component may take to come up again; kubeadm gives its control plane four minutes.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// The processes of a program.
pub(super) fn of(component: Component) -> BTreeSet<u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| runs(*id, component)).collect()
}

fn runs(id: u32, component: Component) -> bool {
    let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
    let program = line.split(|byte| *byte == 0).next().unwrap_or_default();
    let name = program.rsplit(|byte| *byte == b'/').next();
    name == Some(component.name().as_bytes())
}

/// What is missing meanwhile.
pub(super) const NONE: &str = "the kubelet has not made another process of its manifest";

/// Waits until none of the processes of before is there any more, and another is, or somebody says
/// that it is done. Whether that came about in time.
pub(super) fn is_another(
    component: Component,
    before: &BTreeSet<u32>,
    waits: &mut dyn Waits,
) -> bool {
    let began = Instant::now();
    loop {
        let now = of(component);
        if !now.is_empty() && now.is_disjoint(before) || waits.is_told() {
            return true;
        }
        let Some(left) = PATIENCE.checked_sub(began.elapsed()) else {
            return false;
        };
        waits.tell(NONE, left);
        sleep(Duration::from_millis(500));
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::Command;

    use super::*;

    /// Somebody has said so.
    struct Told;

    impl Waits for Told {
        fn tell(&mut self, _why: &str, _left: Duration) {}

        fn is_told(&self) -> bool {
            true
        }
    }

    #[test]
    fn another_process_is_seen() {
        let before = of(Component::KubeProxy);
        let mut child = Command::new("sleep")
            .arg0("/usr/local/bin/kube-proxy")
            .arg("60")
            .spawn()
            .unwrap();
        let is_another =
            !before.is_empty() || is_another(Component::KubeProxy, &before, &mut |_: &str, _| ());
        let is_there = of(Component::KubeProxy).contains(&child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_there && is_another);
    }

    #[test]
    fn whoever_says_that_it_is_done_is_heard() {
        let nobody = BTreeSet::new();
        assert!(is_another(Component::Admin, &nobody, &mut Told));
    }
}

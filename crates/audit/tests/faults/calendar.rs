//! What stops when something ends really works until then, and fails from then on.

use cluster::Graph;
use kubepki_audit::Verdict;
use kubepki_audit::calendar::{Calendar, Renewal, calendar};
use time::UtcDateTime;
use time::macros::utc_datetime;

use crate::tree::{AT, SCHEDULER_CONF, Tree};

const UNTIL: UtcDateTime = utc_datetime!(2028-01-01 0:00);

fn calendar_of(tree: &Tree, until: UtcDateTime) -> Calendar {
    let inventory = tree.inventory(false);
    calendar(&inventory, &Graph::of(&inventory), AT, until)
}

fn failing_at(tree: &Tree, at: UtcDateTime) -> Vec<String> {
    let channels = tree.audit_at(at).channels.into_iter();
    let failing = channels.filter(|channel| channel.verdict == Verdict::Fails);
    failing.map(|channel| channel.id).collect()
}

/// Ends at different times: a kubeconfig, then a client, then a server.
fn staggered(healthy: &Tree) -> Tree {
    let mut tree = healthy.clone();
    tree.reissue_embedded("ca", SCHEDULER_CONF, |spec| {
        spec.not_after = utc_datetime!(2027-01-15 12:00)
    });
    tree.reissue("front-proxy-client", |spec| {
        spec.not_after = utc_datetime!(2027-02-01 0:00)
    });
    tree.reissue("etcd/server", |spec| {
        spec.not_after = utc_datetime!(2027-03-01 0:00)
    });
    tree
}

#[test]
fn what_stops_is_what_an_audit_finds_then() {
    for healthy in Tree::healthy() {
        let tree = staggered(&healthy);
        let found = calendar_of(&tree, UNTIL);
        for end in &found.ends {
            let (before, after) = (failing_at(&tree, end.at), failing_at(&tree, end.after()));
            let stops: Vec<String> = end.stops.iter().map(|stop| stop.id.clone()).collect();
            let new = after.iter().filter(|id| !before.contains(id));
            assert_eq!(stops, new.cloned().collect::<Vec<_>>(), "{}", end.at);
            assert!(before.iter().all(|id| after.contains(id)), "{}", end.at);
        }
        let all: Vec<&str> = found
            .ends
            .iter()
            .flat_map(|end| &end.stops)
            .map(|stop| stop.id.as_str())
            .collect();
        assert_eq!(all.len(), 12, "every channel stops once: {all:?}");
    }
}

#[test]
fn ends_come_in_order_with_their_names() {
    for healthy in Tree::healthy() {
        let found = calendar_of(&staggered(&healthy), UNTIL);
        let first: Vec<_> = found.ends.iter().take(3).collect();
        let names: Vec<_> = first
            .iter()
            .map(|end| end.certificates[0].names.clone())
            .collect();
        assert_eq!(
            names,
            [["scheduler.conf"], ["front-proxy-client"], ["etcd-server"]]
        );
        let stops: Vec<Vec<&str>> = first
            .iter()
            .map(|end| end.stops.iter().map(|stop| stop.id.as_str()).collect())
            .collect();
        assert_eq!(
            stops,
            [
                vec!["kube-scheduler->kube-apiserver"],
                vec!["kube-apiserver->aggregated-apiserver"],
                vec!["kube-apiserver->etcd", "etcd-healthcheck->etcd"],
            ]
        );
        assert_eq!(
            first[1].certificates[0].renewal,
            Renewal::Kubeadm("front-proxy-client")
        );
        let later: Vec<_> = found
            .later
            .iter()
            .map(|one| (one.names[0], one.renewal))
            .collect();
        let authority = |name| (name, Renewal::Authority);
        assert_eq!(later, ["ca", "etcd-ca", "front-proxy-ca"].map(authority));
    }
}

/// What begins between two ends works for a while, and then stops for good.
#[test]
fn beginnings_count() {
    for healthy in Tree::healthy() {
        let mut tree = staggered(&healthy);
        tree.reissue("etcd/healthcheck-client", |spec| {
            spec.not_before = utc_datetime!(2027-01-20 0:00);
            spec.not_after = utc_datetime!(2027-02-20 0:00);
        });
        let found = calendar_of(&tree, UNTIL);
        let failing: Vec<&str> = found.failing.iter().map(|stop| stop.id.as_str()).collect();
        assert_eq!(failing, ["etcd-healthcheck->etcd"]);
        let stops_then = found.ends.iter().filter(|end| {
            let mut stops = end.stops.iter();
            stops.any(|stop| stop.id == "etcd-healthcheck->etcd")
        });
        let moments: Vec<_> = stops_then.map(|end| end.at).collect();
        assert_eq!(moments, [utc_datetime!(2027-02-20 0:00)]);
    }
}

#[test]
fn a_short_horizon_sees_little() {
    for healthy in Tree::healthy() {
        let found = calendar_of(&staggered(&healthy), utc_datetime!(2027-01-31 0:00));
        assert_eq!(found.ends.len(), 1);
        assert!(found.over.is_empty() && found.failing.is_empty());
        // Seven files, five kubeconfigs and three authorities, without the one that ends before.
        let later = found
            .later
            .iter()
            .map(|one| one.names.len().max(1))
            .sum::<usize>();
        assert_eq!(later, 14);
    }
}

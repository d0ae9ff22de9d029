//! Everything of a control plane is replaced while it is called ten times a second.

use crate::beside_others;
use crate::callers::{Caller, Callers, Calls, ask};
use crate::cluster::{Cluster, Programs};
use crate::https::{Answer, Credentials, Failure};
use crate::network;
use crate::scratch::Scratch;

/// Whatever holds authorities, and how many of them while two are trusted, below `/etc/kubernetes`.
const BUNDLES: [&str; 3] = ["pki/ca.crt", "pki/etcd/ca.crt", "pki/front-proxy-ca.crt"];

/// The kubeconfigs of every node.
const KUBECONFIGS: [&str; 4] = ["admin", "controller-manager", "scheduler", "kubelet"];

#[test]
fn one_node_is_called_while_everything_is_replaced() {
    let _beside = beside_others();
    if let Some(programs) = Programs::find()
        && network::inside(
            "plane::one_node_is_called_while_everything_is_replaced",
            &[],
        )
    {
        replaced(1, programs);
    }
}

#[test]
#[ignore = "takes ten minutes"]
fn three_nodes_are_called_while_everything_is_replaced() {
    let _beside = beside_others();
    if let Some(programs) = Programs::find()
        && network::inside(
            "plane::three_nodes_are_called_while_everything_is_replaced",
            &[],
        )
    {
        replaced(3, programs);
    }
}

/// Replaces everything, renews everything in between, and takes away what was before.
fn replaced(count: u8, programs: Programs) {
    let scratch = Scratch::new();
    let cluster = Cluster::start(scratch.path(), count, programs);
    let (old, old_token) = (Caller::new("old kubeconfig"), Caller::new("old token"));
    let (new, new_token) = (Caller::new("new kubeconfig"), Caller::new("new token"));
    old.give(cluster.kubeconfig("admin"));
    old_token.give(cluster.token(cluster.pods_trust(1)));
    let callers = [&old, &old_token, &new, &new_token];
    let calls = Callers::start(&cluster.servers(), &callers);
    let operator = cluster.operator();

    // The old ones keep what they have: the authority of before alone.
    let mut waited = [false; 2];
    operator.carry_out(&["rotate", "all"], |said| {
        println!("{said}");
        if said.contains("hand out kubeconfigs anew") {
            new.give(cluster.kubeconfig("admin"));
            waited[0] = true;
        }
        if said.contains("start pods again") {
            new_token.give(cluster.token(cluster.pods_trust(2)));
            waited[1] = true;
        }
    });
    assert_eq!(waited, [true; 2]);
    cluster.leaders_lead();
    both_are_everywhere(&cluster);
    operator.carry_out(&["renew", "all"], |_| ());
    both_are_everywhere(&cluster);
    cluster.leaders_lead();
    for caller in callers {
        assert_eq!(
            cluster.kubectl(&caller.given()),
            Ok("ok".to_owned()),
            "{}",
            caller.name
        );
    }
    well(calls.stop(), count);
    assert_eq!(cluster.complaints(), [""; 0]);

    let calls = Callers::start(&cluster.servers(), &[&new, &new_token]);
    operator.carry_out(&["rotate", "all", "--finish", "--keep-old", "0"], |_| ());
    let trust = cluster.pods_trust(1);
    cluster.leaders_lead();
    well(calls.stop(), count);
    for caller in [&old, &old_token] {
        let given = Credentials {
            trust: trust.clone(),
            ..caller.given()
        };
        for server in cluster.servers() {
            let refused = ask(server, &given);
            assert!(
                matches!(&refused, Ok(answer) if answer.status == 401),
                "{}: {refused:?}",
                caller.name
            );
        }
        assert!(
            cluster
                .kubectl(&given)
                .unwrap_err()
                .contains("Unauthorized"),
            "{}",
            caller.name
        );
    }
    for caller in [&new, &new_token] {
        let given = Credentials {
            trust: trust.clone(),
            ..caller.given()
        };
        let served: Vec<_> = cluster
            .servers()
            .into_iter()
            .map(|server| ask(server, &given))
            .collect();
        let is_served =
            |served: &Result<Answer, Failure>| matches!(served, Ok(answer) if answer.status == 200);
        assert!(served.iter().all(is_served), "{}: {served:?}", caller.name);
    }
}

/// Asserts that nobody was refused, and that where there are several servers one always answered.
fn well(calls: Vec<(&str, Calls)>, count: u8) {
    for (name, calls) in calls {
        let Calls {
            answered,
            away,
            refused,
        } = calls;
        println!("{name}: {answered} answered, {away} times nobody was there");
        assert!(answered > 10 && refused.is_empty(), "{name}: {refused:?}");
        assert!(
            count == 1 || away == 0,
            "{name}: {away} times nobody was there"
        );
    }
}

/// Asserts that every bundle of every node holds two authorities.
fn both_are_everywhere(cluster: &Cluster) {
    for name in BUNDLES {
        for bundle in cluster.files(name) {
            assert_eq!(bundle.matches("BEGIN CERTIFICATE").count(), 2, "{name}");
        }
    }
    for name in KUBECONFIGS {
        for trust in cluster.trusted_by(name) {
            assert_eq!(trust.matches("BEGIN CERTIFICATE").count(), 2, "{name}.conf");
        }
    }
}

//! InitConfiguration and JoinConfiguration: one node each.

use std::time::Duration;

use super::NodeWish;
use super::cluster::arguments;
use super::section::Section;
use crate::parse;

/// What an InitConfiguration says of the first node.
pub(super) fn init(top: &Section<'_>) -> NodeWish {
    let node = endpoint(&top.section("localAPIEndpoint"), registration(top));
    top.ignored("patches", "are not applied");
    top.finish(&[
        "apiVersion",
        "kind",
        "bootstrapTokens",
        "certificateKey",
        "dryRun",
        "skipPhases",
        "timeouts",
    ]);
    node
}

/// What a JoinConfiguration says of a further control-plane node; `None` for a worker, which needs
/// nothing made.
pub(super) fn join(top: &Section<'_>) -> Option<NodeWish> {
    let control_plane = top.section("controlPlane");
    let node = endpoint(
        &control_plane.section("localAPIEndpoint"),
        registration(top),
    );
    control_plane.finish(&["certificateKey"]);
    top.ignored("patches", "are not applied");
    top.finish(&[
        "apiVersion",
        "kind",
        "caCertPath",
        "discovery",
        "dryRun",
        "skipPhases",
        "timeouts",
    ]);
    control_plane.is_there().then_some(NodeWish {
        joins: true,
        ..node
    })
}

fn registration(top: &Section<'_>) -> NodeWish {
    let section = top.section("nodeRegistration");
    let timeout = top
        .section("timeouts")
        .parsed("controlPlaneComponentHealthCheck", parse::duration)
        .and_then(|seconds| u64::try_from(seconds).ok());
    let node = NodeWish {
        name: section.parsed("name", parse::node_name),
        cri_socket: section.text("criSocket"),
        kubelet_extra_args: arguments(&section, "kubeletExtraArgs"),
        health_check_timeout: timeout.map(Duration::from_secs),
        ..NodeWish::default()
    };
    section.finish(&[
        "taints",
        "ignorePreflightErrors",
        "imagePullPolicy",
        "imagePullSerial",
    ]);
    node
}

fn endpoint(section: &Section<'_>, node: NodeWish) -> NodeWish {
    let port = section.number("bindPort").filter(|port| *port != 0);
    let bind_port = port.and_then(|port| u16::try_from(port).ok());
    if bind_port.is_none() && port.is_some() {
        section.refuse("bindPort should be between 1 and 65535");
    }
    let advertise_address = section.parsed("advertiseAddress", parse::address);
    section.finish(&[]);
    NodeWish {
        advertise_address,
        bind_port,
        ..node
    }
}

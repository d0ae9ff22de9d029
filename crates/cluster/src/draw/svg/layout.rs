//! Where everything is, in pixels.

use crate::component::Component;

/// How wide the picture is.
pub(super) const WIDTH: i32 = 1048;

/// How high it is.
pub(super) const HEIGHT: i32 = 640;

/// How much of it the title takes.
pub(super) const TITLE: i32 = 46;

/// How many characters fit between two columns of boxes.
pub(super) const BETWEEN: usize = 23;

/// A box.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
}

/// A point.
pub(super) type Point = (i32, i32);

/// How far from the middle of kubelet's box the two arrows of its side are.
const APART: i32 = 31;

/// Where a component's box is.
pub(super) fn frame(component: Component) -> Frame {
    match component {
        Component::KubeApiserver => Frame {
            left: 394,
            top: 58,
            width: 260,
            height: 384,
        },
        Component::Admin => left(58),
        Component::SuperAdmin => left(140),
        Component::ServiceAccount => left(222),
        Component::KubeControllerManager => left(304),
        Component::KubeScheduler => left(386),
        Component::AggregatedApiserver => right(58, 56),
        Component::Kubelet => right(144, 130),
        Component::KubeProxy => right(304, 138),
        Component::EtcdHealthcheck => left(534),
        Component::Etcd => Frame {
            left: 419,
            ..left(534)
        },
    }
}

/// The other members of etcd.
pub(super) fn peers() -> Frame {
    right(534, 56)
}

fn left(top: i32) -> Frame {
    Frame {
        left: 16,
        top,
        width: 210,
        height: 56,
    }
}

fn right(top: i32, height: i32) -> Frame {
    Frame {
        left: 822,
        height,
        ..left(top)
    }
}

/// Where the arrow between two components starts and ends: level or upright, at the edges of their
/// boxes.
pub(super) fn ends(client: Component, server: Component) -> (Point, Point) {
    let (a, b) = (frame(client), frame(server));
    match (client, server) {
        (Component::Etcd, Component::Etcd) => ((a.right(), a.level()), (peers().left, a.level())),
        (Component::KubeApiserver, Component::Etcd) => {
            ((b.middle(), a.bottom()), (b.middle(), b.top))
        }
        (Component::KubeApiserver, Component::Kubelet) => {
            let y = b.level() - APART;
            ((a.right(), y), (b.left, y))
        }
        (Component::Kubelet, Component::KubeApiserver) => {
            let y = a.level() + APART;
            ((a.left, y), (b.right(), y))
        }
        (Component::KubeApiserver, _) => ((a.right(), b.level()), (b.left, b.level())),
        (Component::KubeProxy, _) => ((a.left, a.level()), (b.right(), a.level())),
        _ => ((a.right(), a.level()), (b.left, a.level())),
    }
}

impl Frame {
    pub(super) fn right(self) -> i32 {
        self.left + self.width
    }

    pub(super) fn bottom(self) -> i32 {
        self.top + self.height
    }

    /// The middle from left to right.
    pub(super) fn middle(self) -> i32 {
        self.left + self.width / 2
    }

    /// The middle from top to bottom.
    pub(super) fn level(self) -> i32 {
        self.top + self.height / 2
    }
}

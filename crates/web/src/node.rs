//! Nodes: the table of their components when there are several; and the frame of a panel.

use audit::Verdict;
use cluster::Component;
use cluster::graph::Party;
use maud::{Markup, html};

use crate::{Page, anchor, words};

/// What is shown when it is asked for, beside the rest or in its place.
pub(crate) fn panel(name: &str, title: &Markup, body: &Markup) -> Markup {
    html! {
        article.panel id=(name) tabindex="-1" aria-labelledby={ "title-" (name) } {
            header {
                h2 id={ "title-" (name) } { (title) }
                a.close href="#closed" aria-label="close" { "✕" }
            }
            (body)
        }
    }
}

impl Page<'_> {
    /// A row for each node, a column for each kind of component.
    pub(crate) fn nodes(&self) -> Markup {
        let parties = self.parties();
        let on_nodes = || parties.iter().filter(|party| party.node.is_some());
        let mut kinds: Vec<Component> = on_nodes().map(|party| party.component).collect();
        kinds.dedup();
        // Where there is little room, what most nodes have is seen first.
        let count = |kind: &Component| on_nodes().filter(|one| one.component == *kind).count();
        kinds.sort_by_key(|kind| std::cmp::Reverse(count(kind)));
        html! {
            @if self.has_several_nodes() {
                section aria-labelledby="nodes" {
                    h2 id="nodes" { "Nodes " span.count { (self.inventory.nodes.len()) } }
                    div.scroll tabindex="0" role="region" aria-label="table of nodes" {
                        table.nodes {
                            thead { tr { th scope="col" { "node" } @for kind in &kinds { th scope="col" { (kind) } } } }
                            tbody {
                                @for (index, node) in self.inventory.nodes.iter().enumerate() {
                                    tr {
                                        th scope="row" { (node.name) }
                                        @for kind in &kinds {
                                            td { @for party in on_nodes().filter(|party| (party.node, party.component) == (Some(index), *kind)) { (self.cell(party)) } }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn cell(&self, party: &Party) -> Markup {
        let worst = self.worst(|one| one.client == *party || one.server == *party);
        html! {
            a href={ "#" (anchor::component(party)) } aria-label={ (words::party(party)) ": " (worst.map_or("", Verdict::name)) } {
                @if let Some(worst) = worst { (words::sign(worst)) }
            }
        }
    }
}

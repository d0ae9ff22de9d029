//! Components: what each loads, and its channels.

use std::collections::BTreeMap;

use cluster::graph::{Credential, Party};
use cluster::{Component, Process};
use maud::{Markup, html};

use crate::{Page, anchor, channel, node, words};

impl Page<'_> {
    /// Everything about every component, for when it is asked for.
    pub(crate) fn component_panels(&self) -> Markup {
        let mut kinds: BTreeMap<Component, Vec<&Party>> = BTreeMap::new();
        for party in self.parties() {
            kinds.entry(party.component).or_default().push(party);
        }
        html! {
            @for (component, parties) in &kinds {
                @for party in parties { (self.component(party)) }
                @if parties.len() > 1 { (self.kind(*component, parties)) }
            }
        }
    }

    fn component(&self, party: &Party) -> Markup {
        let title = html! { (words::party(party)) };
        let process = self.inventory.process(party);
        let serving: Vec<_> = self
            .channels()
            .filter(|(one, _)| one.server == *party)
            .collect();
        let calling: Vec<_> = self
            .channels()
            .filter(|(one, _)| one.client == *party)
            .collect();
        let own = serving.iter().chain(&calling);
        let ids: Vec<String> = own.map(|(_, judged)| judged.id.clone()).collect();
        let body = html! {
            @if let Some(process) = process { (manifest(process)) }
            @if !calling.is_empty() { h3 { "Connects to" } (channel::links(&calling)) }
            @if !serving.is_empty() { h3 { "Is called by" } (channel::links(&serving)) }
            (self.findings_of(&ids))
            (self.loads(party, process))
        };
        node::panel(&anchor::component(party), &title, &body)
    }

    /// What it loads, or presents when that is not known.
    fn loads(&self, party: &Party, process: Option<&Process>) -> Markup {
        let loads = process.map(Process::loads).unwrap_or_default();
        let credential = self.graph.channels.iter().find(|one| one.client == *party);
        html! {
            @for load in loads {
                h3 { "Loads: " (load.purpose) }
                (self.loaded(&load.what))
            }
            @if let (true, Some(one)) = (loads.is_empty(), credential) {
                @if !matches!(one.credential, Credential::Unknown) {
                    h3 { "Presents" }
                    (self.credential(&one.credential))
                    h3 { "Verifies the server with" }
                    (self.trust(&one.trust))
                }
            }
        }
    }

    /// All components of a kind.
    fn kind(&self, component: Component, parties: &[&Party]) -> Markup {
        let title = html! { (words::component(component)) };
        let body = html! {
            p { "on " (words::counted(parties.len(), "node")) }
            ul.links {
                @for party in parties {
                    li {
                        @if let Some(worst) = self.worst(|one| one.client == **party || one.server == **party) { (words::verdict(worst)) " " }
                        a href={ "#" (anchor::component(party)) } { (words::party(party)) }
                    }
                }
            }
        };
        node::panel(&anchor::kind(component), &title, &body)
    }
}

fn manifest(process: &Process) -> Markup {
    html! {
        dl.facts {
            div { dt { "set up in" } dd { code { (process.manifest) } } }
            @if let Some(image) = &process.image { div { dt { "image" } dd { code { (image.value) } } } }
        }
    }
}

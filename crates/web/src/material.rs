//! What a component presents, or verifies others with: where it is, what names it, and the
//! certificates in it.

use cluster::files::Content;
use cluster::graph::{ClientAuth, ClientAuthMode, Credential, Presented, Trust};
use cluster::material::Origin;
use cluster::process::Loaded;
use cluster::{Material, Pair, Setting};
use maud::{Markup, html};
use time::UtcDateTime;
use x509::Certificate;

use crate::{Page, certificate, evidence};

/// This many certificates of one bundle are shown.
const MOST: usize = 20;

/// The certificates in it, in order, or why there are none.
pub(crate) fn certificates(material: &Material) -> Result<Vec<Certificate>, String> {
    let bytes = match (material.bytes(), absence(material)) {
        (Some(bytes), _) => bytes,
        (None, why) => return Err(why),
    };
    let blocks = x509::pem::blocks(bytes).filter(|block| block.label == "CERTIFICATE");
    let ders = blocks.filter_map(|block| block.content);
    let found: Vec<Certificate> = ders
        .filter_map(|der| Certificate::from_der(der.as_slice()).ok())
        .collect();
    match found.is_empty() {
        true => Err("there is no certificate in it".to_owned()),
        false => Ok(found),
    }
}

/// Why there is nothing to read.
fn absence(material: &Material) -> String {
    let Some(file) = material.file() else {
        return "no mount brings it into the container".to_owned();
    };
    match &file.content {
        Content::Present(_) => String::new(),
        Content::Missing => "it is missing".to_owned(),
        Content::NotCollected => "it was not collected".to_owned(),
        Content::Unreadable(why) => format!("it cannot be read: {why}"),
        Content::Directory => "it is a folder".to_owned(),
        Content::Special => "it is no file".to_owned(),
        Content::TooLarge(_) => "it is too large".to_owned(),
    }
}

impl<'a> Page<'a> {
    /// What a server presents.
    pub(crate) fn presented(&self, presented: &Presented) -> Markup {
        match presented {
            Presented::Pair(pair) => self.pair(pair),
            Presented::Pending(setting) | Presented::Plaintext(setting) => html! {
                p { (presented) }
                (named_by(setting))
            },
            _ => html! { p { (presented) } },
        }
    }

    /// What a client presents.
    pub(crate) fn credential(&self, credential: &Credential) -> Markup {
        match credential {
            Credential::Pair(pair) => self.pair(pair),
            Credential::ServiceAccountToken(tokens) => html! {
                p { (credential) }
                @if let Some(key) = &tokens.signing_key { (place(key)) }
            },
            Credential::Token(setting) | Credential::Plugin(setting) => html! {
                p { (credential) }
                (named_by(setting))
            },
            Credential::Nothing | Credential::Unknown => html! { p { (credential) } },
        }
    }

    /// What a client verifies the server with.
    pub(crate) fn trust(&self, trust: &Trust) -> Markup {
        match trust {
            Trust::Bundle { material, .. } => self.material(material),
            Trust::Nothing(Some(setting)) => html! { p { (trust) } (named_by(setting)) },
            _ => html! { p { (trust) } },
        }
    }

    /// What a server makes of client certificates.
    pub(crate) fn client_auth(&self, auth: &ClientAuth) -> Markup {
        let admitted: Vec<&Setting> = auth
            .allowed_names
            .iter()
            .chain(&auth.allowed_hostnames)
            .collect();
        html! {
            @match auth.mode {
                ClientAuthMode::None | ClientAuthMode::Unknown => p { (auth) },
                ClientAuthMode::Request | ClientAuthMode::Require => (self.trust(&auth.trust)),
            }
            @for setting in admitted {
                p { "admits " code { (setting.value) } }
                (named_by(setting))
            }
        }
    }

    /// Anything that a process loads.
    pub(crate) fn loaded(&self, loaded: &Loaded) -> Markup {
        match loaded {
            Loaded::Pair(pair) => self.pair(pair),
            Loaded::Bundle(material) => self.material(material),
            Loaded::PrivateKey(key) => place(key),
            Loaded::PublicKeys(keys) => html! { @for key in keys { (place(key)) } },
            Loaded::Kubeconfig(used) => html! {
                (place(&used.source))
                @if let Ok(parsed) = &used.parsed {
                    @if let Some(pair) = &parsed.client { (self.pair(pair)) }
                }
            },
            Loaded::Configuration(material) => place(material),
        }
    }

    fn pair(&self, pair: &Pair) -> Markup {
        html! {
            @match &pair.certificate {
                Some(certificate) => (self.material(certificate)),
                None => p { (pair) },
            }
        }
    }

    fn material(&self, material: &Material) -> Markup {
        html! {
            (place(material))
            (contents(material, self.report.at))
        }
    }

    /// Everything with certificates in it that some channel depends on, and its node.
    pub(crate) fn materials(&self) -> Vec<(Option<usize>, &'a Material)> {
        let mut all = Vec::new();
        for channel in &self.graph.channels {
            let (client, server) = (channel.client.node, channel.server.node);
            if let Presented::Pair(pair) = &channel.serving.default {
                all.extend(pair.certificate.as_ref().map(|one| (server, one)));
            }
            if let Credential::Pair(pair) = &channel.credential {
                all.extend(pair.certificate.as_ref().map(|one| (client, one)));
            }
            for (node, trust) in [
                (client, &channel.trust),
                (server, &channel.client_auth.trust),
            ] {
                if let Trust::Bundle { material, .. } = trust {
                    all.push((node, material));
                }
            }
        }
        all
    }
}

fn contents(material: &Material, at: UtcDateTime) -> Markup {
    html! {
        @match certificates(material) {
            Ok(found) => {
                @for one in found.iter().take(MOST) { (certificate::card(one, at)) }
                @if found.len() > MOST { p { "and " (found.len() - MOST) " more" } }
            }
            Err(why) => p.absent { (why) },
        }
    }
}

/// Where it is, and what names it.
fn place(material: &Material) -> Markup {
    html! {
        p.path { code { (material) } }
        @match (&material.origin, &material.setting) {
            (Origin::Embedded(_), _) | (_, None) => {}
            (_, Some(setting)) => (named_by(setting)),
        }
    }
}

/// Where somebody wrote it down.
fn named_by(setting: &Setting) -> Markup {
    html! {
        @if setting.is_written() {
            p.named { "by " code { (setting.name) } ", " code { (evidence::place(&setting.place, setting.mark)) } }
        }
    }
}

//! Two kubeconfigs.

use cluster::{Kubeconfig, KubeconfigUse, Material, Setting};

use crate::content::Content;
use crate::{Change, Difference};

/// In which they differ.
pub(crate) fn compare(a: &KubeconfigUse, b: &KubeconfigUse) -> Vec<Difference> {
    match (&a.parsed, &b.parsed) {
        (Ok(a), Ok(b)) => fields(a, b),
        (a, b) => {
            let text = |parsed: &Result<_, cluster::kubeconfig::KubeconfigError>| match parsed {
                Ok(_) => Some("it can be read".to_owned()),
                Err(error) => Some(error.to_string()),
            };
            let difference = Difference::of_values("kubeconfig", text(a), text(b));
            difference.into_iter().collect()
        }
    }
}

fn fields(a: &Kubeconfig, b: &Kubeconfig) -> Vec<Difference> {
    let value = |what: &str, of: fn(&Kubeconfig) -> Option<&Setting>| {
        let text = |kubeconfig| of(kubeconfig).map(|setting| setting.value.clone());
        Difference::of_values(what, text(a), text(b))
    };
    let mut found = Vec::new();
    found.extend(
        value("server", |one| one.server.as_ref())
            .map(|found| found.meaning("it leads elsewhere".to_owned())),
    );
    found.extend(value("tls-server-name", |one| one.tls_server_name.as_ref()));
    found.extend(value("insecure-skip-tls-verify", |one| {
        one.insecure_skip_tls_verify.as_ref()
    }));
    found.extend(value("current-context", |one| Some(&one.context)));
    found.extend(value("user", |one| one.user.as_ref()));
    found.extend(value("exec", |one| one.exec.as_ref()));
    let authority = |one: &Kubeconfig| one.certificate_authority.clone();
    found.extend(material(
        "certificate authority",
        authority(a),
        authority(b),
    ));
    let half = |one: &Kubeconfig, key: bool| {
        let pair = one.client.as_ref()?;
        if key {
            pair.key.clone()
        } else {
            pair.certificate.clone()
        }
    };
    found.extend(material(
        "client certificate",
        half(a, false),
        half(b, false),
    ));
    found.extend(material("client key", half(a, true), half(b, true)));
    found.extend(token(a, b));
    found
}

fn material(what: &str, a: Option<Material>, b: Option<Material>) -> Vec<Difference> {
    let content = |material: Option<Material>| material.as_ref().and_then(Content::of);
    match (content(a), content(b)) {
        (Some(a), Some(b)) => {
            let differences = a.compare(&b).into_iter();
            differences.map(|found| found.within(what)).collect()
        }
        (a, b) => {
            let text = |content: Option<Content>| content.map(|content| content.describe());
            let difference = Difference::of_values(what, text(a), text(b));
            difference.into_iter().collect()
        }
    }
}

fn token(a: &Kubeconfig, b: &Kubeconfig) -> Option<Difference> {
    let bytes = |one: &'_ Kubeconfig| one.token.clone();
    let (a, b) = (bytes(a), bytes(b));
    let is_same = a.as_ref().and_then(Material::bytes) == b.as_ref().and_then(Material::bytes);
    let there = |token: Option<Material>| token.map(|_| "there is one".to_owned());
    match (a, b) {
        (Some(_), Some(_)) if !is_same => Some(Difference::new("token", Change::Hidden)),
        (a, b) => Difference::of_values("token", there(a), there(b)),
    }
}

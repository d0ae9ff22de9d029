//! Whom kube-apiserver calls, and what it verifies them with.

use x509::Place;

use super::{Reading, decoded, setting};
use crate::document::Cursor;
use crate::objects::{Callback, CallbackKind, Objects, Target};

/// `webhooks` of a Validating- or MutatingWebhookConfiguration.
pub(super) fn admission(objects: &mut Objects, reading: &Reading<'_>) {
    let webhooks = reading.root.get("webhooks").map(|list| list.items());
    for webhook in webhooks.into_iter().flatten() {
        let kind = CallbackKind::Webhook(webhook.text_at("name").unwrap_or_default().into());
        let is_optional = webhook.text_at("failurePolicy") == Some("Ignore");
        let config = webhook.get("clientConfig");
        let called = config.and_then(|config| callback(reading, kind, &config));
        objects.callbacks.extend(called.map(|callback| Callback {
            is_optional,
            ..callback
        }));
    }
}

/// `spec.conversion` of a CustomResourceDefinition.
pub(super) fn conversion(objects: &mut Objects, reading: &Reading<'_>) {
    let Some(conversion) = reading.root.at(&["spec", "conversion"]) else {
        return;
    };
    if conversion.text_at("strategy") != Some("Webhook") {
        return;
    }
    let config = conversion.at(&["webhook", "clientConfig"]);
    let called = config.and_then(|config| callback(reading, CallbackKind::Conversion, &config));
    objects.callbacks.extend(called);
}

/// An APIService, unless kube-apiserver serves the API itself.
pub(super) fn api(objects: &mut Objects, reading: &Reading<'_>) {
    let spec = reading.root.get("spec");
    objects
        .callbacks
        .extend(spec.and_then(|spec| callback(reading, CallbackKind::Api, &spec)));
}

fn callback(reading: &Reading<'_>, kind: CallbackKind, config: &Cursor<'_>) -> Option<Callback> {
    let (target, place) = target(config)?;
    let bundle = config
        .get("caBundle")
        .filter(|bundle| bundle.text() != Some(""));
    let insecure = config.get("insecureSkipTLSVerify");
    let insecure = insecure.filter(|insecure| insecure.text() == Some("true"));
    Some(Callback {
        object: reading.named.clone(),
        kind,
        target,
        place,
        bundle: bundle.and_then(|bundle| decoded(&bundle)),
        insecure: insecure.and_then(|insecure| setting(&insecure)),
        is_optional: false,
    })
}

fn target(config: &Cursor<'_>) -> Option<(Target, Place)> {
    if let Some(service) = config.get("service") {
        let text = |key| service.text_at(key).unwrap_or_default().into();
        let target = Target::Service {
            namespace: text("namespace"),
            name: text("name"),
        };
        return Some((target, service.place()));
    }
    let url = config.get("url")?;
    Some((Target::Url(url.text()?.to_owned()), url.place()))
}

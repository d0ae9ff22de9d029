//! Requests for certificates, and bundles that pods may mount.

use super::{Reading, decoded, plain};
use crate::objects::{Bundle, Objects, Purpose, RequestState, SigningRequest};

/// What kube-controller-manager publishes kube-apiserver's authorities as
/// (`pkg/controller/certificates/clustertrustbundlepublisher/publisher.go`).
const SERVING_SIGNER: &str = "kubernetes.io/kube-apiserver-serving";

/// A CertificateSigningRequest.
pub(super) fn request(objects: &mut Objects, reading: &Reading<'_>) {
    let spec = reading.root.get("spec");
    let text = |key: &str| {
        let spec = spec.as_ref();
        spec.and_then(|spec| spec.text_at(key)).unwrap_or_default()
    };
    let (state, place) = state(reading);
    let certificate = reading.root.at(&["status", "certificate"]);
    let certificate = certificate.filter(|_| state == RequestState::Issued);
    objects.requests.push(SigningRequest {
        object: reading.named.clone(),
        signer: text("signerName").into(),
        user: text("username").into(),
        created: reading.created(),
        state,
        place,
        certificate: certificate.as_ref().and_then(decoded),
    });
}

fn state(reading: &Reading<'_>) -> (RequestState, x509::Place) {
    let mut state = (RequestState::Pending, reading.root.place());
    let Some(status) = reading.root.get("status") else {
        return state;
    };
    let conditions = status.get("conditions").map(|list| list.items());
    for condition in conditions.into_iter().flatten() {
        let message = condition.text_at("message").unwrap_or_default().to_owned();
        let seen = match condition.text_at("type") {
            Some("Approved") => RequestState::Approved,
            Some("Denied") => RequestState::Denied,
            Some("Failed") => RequestState::Failed(message),
            _ => continue,
        };
        // A request that failed was approved before.
        if seen > state.0 {
            state = (seen, condition.place());
        }
    }
    let certificate = status.get("certificate");
    if let Some(certificate) = certificate.filter(|text| text.text() != Some("")) {
        state = (RequestState::Issued, certificate.place());
    }
    state
}

/// A ClusterTrustBundle.
pub(super) fn bundle(objects: &mut Objects, reading: &Reading<'_>) {
    let Some(spec) = reading.root.get("spec") else {
        return;
    };
    let purpose = match spec.text_at("signerName") {
        Some(SERVING_SIGNER) => Purpose::ServingSigner,
        _ => Purpose::Others,
    };
    let text = spec.get("trustBundle");
    objects
        .bundles
        .extend(text.and_then(|text| plain(&text)).map(|material| Bundle {
            object: reading.named.clone(),
            purpose,
            material,
        }));
}

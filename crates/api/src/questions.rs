//! What is asked for.

use std::borrow::Cow;

/// One object, or a list.
pub(crate) struct Question {
    /// The API it belongs to, under every version that may be there, the best first.
    pub prefixes: &'static [&'static str],
    /// The kind, as paths have it.
    pub resource: &'static str,
    /// Of a single object, its namespace and name.
    pub single: Option<(&'static str, &'static str)>,
    /// What of a list, as the API selects it.
    pub selector: Option<&'static str>,
    /// How many at once: those of some kinds are large.
    pub page: usize,
}

const CORE: &[&str] = &["/api/v1"];
const ADMISSION: &[&str] = &["/apis/admissionregistration.k8s.io/v1"];
const AGGREGATION: &[&str] = &["/apis/apiregistration.k8s.io/v1"];
const EXTENSIONS: &[&str] = &["/apis/apiextensions.k8s.io/v1"];
const REQUESTS: &[&str] = &["/apis/certificates.k8s.io/v1"];
const BUNDLES: &[&str] = &[
    "/apis/certificates.k8s.io/v1",
    "/apis/certificates.k8s.io/v1beta1",
    "/apis/certificates.k8s.io/v1alpha1",
];

/// Everything that an audit looks at.
pub(crate) const QUESTIONS: &[Question] = &[
    list(CORE, "namespaces"),
    some("configmaps", "metadata.name=kube-root-ca.crt"),
    single("configmaps", "kube-public", "cluster-info"),
    single(
        "configmaps",
        "kube-system",
        "extension-apiserver-authentication",
    ),
    single("configmaps", "kube-system", "kube-proxy"),
    single("secrets", "kube-system", "kubeadm-certs"),
    some("secrets", "type=kubernetes.io/tls"),
    some("secrets", "type=kubernetes.io/service-account-token"),
    list(ADMISSION, "validatingwebhookconfigurations"),
    list(ADMISSION, "mutatingwebhookconfigurations"),
    list(AGGREGATION, "apiservices"),
    Question {
        page: 20,
        ..list(EXTENSIONS, "customresourcedefinitions")
    },
    list(REQUESTS, "certificatesigningrequests"),
    list(BUNDLES, "clustertrustbundles"),
];

const fn list(prefixes: &'static [&'static str], resource: &'static str) -> Question {
    Question {
        prefixes,
        resource,
        single: None,
        selector: None,
        page: 500,
    }
}

const fn some(resource: &'static str, selector: &'static str) -> Question {
    Question {
        selector: Some(selector),
        ..list(CORE, resource)
    }
}

const fn single(resource: &'static str, namespace: &'static str, name: &'static str) -> Question {
    Question {
        single: Some((namespace, name)),
        ..list(CORE, resource)
    }
}

impl Question {
    /// The path that is asked, with its query; `more` is where the last page ended.
    pub fn path(&self, prefix: &str, more: Option<&str>) -> String {
        let resource = self.resource;
        if let Some((namespace, name)) = self.single {
            return format!("{prefix}/namespaces/{namespace}/{resource}/{name}");
        }
        let mut path = format!("{prefix}/{resource}?limit={}", self.page);
        for (key, value) in [("fieldSelector", self.selector), ("continue", more)] {
            if let Some(value) = value {
                path.push_str(&format!("&{key}={}", escaped(value)));
            }
        }
        path
    }

    /// Where one of the objects is.
    pub fn address(
        &self,
        server: &str,
        prefix: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> String {
        let within = namespace.map_or(Cow::Borrowed(""), |namespace| {
            format!("/namespaces/{namespace}").into()
        });
        format!("{server}{prefix}{within}/{}/{name}", self.resource)
    }

    /// What one may not see.
    pub fn what(&self) -> String {
        match (self.single, self.selector) {
            (Some((namespace, name)), _) => format!("{} {namespace}/{name}", self.resource),
            (None, Some(selector)) => format!("{} with {selector}", self.resource),
            (None, None) => self.resource.to_owned(),
        }
    }
}

/// A value of a query (RFC 3986 section 3.4).
pub(crate) fn escaped(value: &str) -> String {
    let bytes = value.bytes();
    bytes
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_the_apis() {
        let some = some("secrets", "type=kubernetes.io/tls");
        assert_eq!(
            some.path("/api/v1", Some("a+b")),
            "/api/v1/secrets?limit=500&fieldSelector=type%3Dkubernetes.io%2Ftls&continue=a%2Bb"
        );
        assert_eq!(
            some.address("https://c:6443", "/api/v1", Some("app"), "web"),
            "https://c:6443/api/v1/namespaces/app/secrets/web"
        );
        let one = single("configmaps", "kube-public", "cluster-info");
        assert_eq!(
            one.path("/api/v1", None),
            "/api/v1/namespaces/kube-public/configmaps/cluster-info"
        );
    }
}

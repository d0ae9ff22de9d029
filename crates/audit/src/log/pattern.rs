//! What is recognised, and by which words; the first row that fits counts.

use crate::report::Cause::{
    self, Conflict, Expired, IncompleteChain, KeyMismatch, MissingFile, NameConstraint,
    NameMismatch, NotACa, NotMounted, NotYetValid, PathLength, Plaintext, StaleTrust, Unreadable,
    Unsupported, UntrustedIssuer, WeakAlgorithm, WrongIdentity, WrongUsage,
};

/// A row: something that components say.
#[derive(Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What it is called, in lower case with hyphens.
    pub name: &'static str,
    /// A line says it when it has all of these.
    pub words: &'static [&'static str],
    /// What it means, in a sentence without a full stop.
    pub means: &'static str,
    /// Mistakes of which kind make somebody say it.
    pub causes: &'static [Cause],
    /// The file that says it: in Go, kubernetes/kubernetes or etcd-io/etcd.
    pub source: &'static str,
}

/// A certificate that a verifier does not accept, for whatever reason.
const REFUSED: &[Cause] = &[
    UntrustedIssuer,
    IncompleteChain,
    StaleTrust,
    Expired,
    NotYetValid,
    WrongUsage,
    NotACa,
    PathLength,
    NameConstraint,
    NameMismatch,
    WeakAlgorithm,
    Unsupported,
];

/// An identity that is not accepted, or not made out.
const NOT_KNOWN: &[Cause] = &[
    UntrustedIssuer,
    IncompleteChain,
    StaleTrust,
    Expired,
    NotYetValid,
    WrongUsage,
    NotACa,
    PathLength,
    NameConstraint,
    WeakAlgorithm,
    WrongIdentity,
    MissingFile,
    KeyMismatch,
    Conflict,
];

/// A process that does not come up, or that nobody can talk to.
const NO_ANSWER: &[Cause] = &[
    MissingFile,
    NotMounted,
    Unreadable,
    KeyMismatch,
    Conflict,
    Unsupported,
    UntrustedIssuer,
    IncompleteChain,
    StaleTrust,
    Expired,
    NotYetValid,
    WrongUsage,
    NotACa,
    PathLength,
    NameConstraint,
    NameMismatch,
    WeakAlgorithm,
    Plaintext,
    WrongIdentity,
];

const VERIFY: &str = "crypto/x509/verify.go";
const ALERT: &str = "crypto/tls/alert.go";
const PAIR: &str = "crypto/tls/tls.go";

/// Everything that is recognised: reasons before what follows from them.
pub const PATTERNS: &[Pattern] = &[
    row(
        "name-mismatch",
        &["x509: certificate is valid for "],
        "the certificate does not name what was dialled",
        &[NameMismatch],
        VERIFY,
    ),
    row(
        "no-names",
        &["x509: certificate is not valid for any names"],
        "the certificate names nothing",
        &[NameMismatch],
        VERIFY,
    ),
    row(
        "no-addresses",
        &["x509: cannot validate certificate for ", "IP SANs"],
        "the certificate has no addresses",
        &[NameMismatch],
        VERIFY,
    ),
    row(
        "legacy-name",
        &["x509: certificate relies on legacy Common Name field"],
        "the certificate has no alternative names",
        &[NameMismatch],
        VERIFY,
    ),
    row(
        "expired",
        &["x509: certificate has expired or is not yet valid"],
        "the time of the certificate, or of one above it, is over or has not come",
        &[Expired, NotYetValid],
        VERIFY,
    ),
    row(
        "weak-algorithm",
        &["x509: ", "insecure algorithm"],
        "a signature is made with an algorithm that Go refuses",
        &[WeakAlgorithm],
        "crypto/x509/x509.go",
    ),
    row(
        "wrong-usage",
        &["x509: certificate specifies an incompatible key usage"],
        "the certificate is not for this side of a connection",
        &[WrongUsage],
        VERIFY,
    ),
    row(
        "critical-extension",
        &["x509: unhandled critical extension"],
        "the certificate has a critical extension that Go does not know",
        &[Unsupported],
        VERIFY,
    ),
    row(
        "not-a-ca",
        &["x509: certificate is not authorized to sign other certificates"],
        "the issuer may not issue",
        &[NotACa],
        VERIFY,
    ),
    row(
        "path-length",
        &["x509: too many intermediates for path length constraint"],
        "more authorities in a row than one of them allows",
        &[PathLength],
        VERIFY,
    ),
    row(
        "name-constraint",
        &["x509: a root or intermediate certificate is not authorized to sign for this name"],
        "an authority may not vouch for this name",
        &[NameConstraint],
        VERIFY,
    ),
    row(
        "unknown-authority",
        &["x509: certificate signed by unknown authority"],
        "the issuer of the certificate is not one of those that are trusted here",
        &[UntrustedIssuer, IncompleteChain, StaleTrust, NotACa],
        VERIFY,
    ),
    row(
        "broken-certificate",
        &["x509: malformed "],
        "a certificate cannot be read",
        &[Unreadable],
        "crypto/x509/parser.go",
    ),
    row(
        "key-mismatch",
        &["tls: private key does not match public key"],
        "key and certificate do not belong together",
        &[KeyMismatch],
        PAIR,
    ),
    row(
        "key-type-mismatch",
        &["tls: private key type does not match public key type"],
        "key and certificate do not belong together",
        &[KeyMismatch],
        PAIR,
    ),
    row(
        "swapped",
        &["tls: ", "PEM inputs may have been switched"],
        "certificate and key are swapped",
        &[KeyMismatch],
        PAIR,
    ),
    row(
        "certificate-for-key",
        &["tls: found a certificate rather than a key"],
        "certificate and key are swapped",
        &[KeyMismatch],
        PAIR,
    ),
    row(
        "broken-key",
        &["tls: failed to parse private key"],
        "the key is encrypted, broken or none",
        &[Unreadable, KeyMismatch],
        PAIR,
    ),
    row(
        "no-pem",
        &["tls: failed to find any PEM data"],
        "a file holds no PEM",
        &[Unreadable, MissingFile],
        PAIR,
    ),
    row(
        "no-certificate",
        &["tls: failed to find "],
        "a file does not hold what it should",
        &[Unreadable, KeyMismatch],
        PAIR,
    ),
    row(
        "alert-unknown-authority",
        &["remote error: tls: unknown certificate authority"],
        "the other side does not know who issued the certificate it is shown",
        &[UntrustedIssuer, IncompleteChain, StaleTrust],
        ALERT,
    ),
    row(
        "alert-expired",
        &["remote error: tls: expired certificate"],
        "to the other side, the time of the certificate it is shown is over or has not come",
        &[Expired, NotYetValid],
        ALERT,
    ),
    row(
        "alert-certificate-required",
        &["remote error: tls: certificate required"],
        "the other side wants a certificate, and is shown none",
        &[WrongIdentity, MissingFile],
        ALERT,
    ),
    row(
        "alert-bad-certificate",
        &["remote error: tls: bad certificate"],
        "the other side does not accept the certificate it is shown",
        REFUSED,
        ALERT,
    ),
    row(
        "alert-internal",
        &["remote error: tls: internal error"],
        "the other side has no certificate to show yet",
        &[MissingFile],
        ALERT,
    ),
    row(
        "alert-handshake",
        &["remote error: tls: handshake failure"],
        "the sides have no algorithm in common",
        &[WeakAlgorithm],
        ALERT,
    ),
    row(
        "plain-http",
        &["Client sent an HTTP request to an HTTPS server"],
        "somebody speaks plain HTTP to a server that speaks TLS",
        &[Plaintext],
        "net/http/server.go",
    ),
    row(
        "no-tls",
        &["tls: first record does not look like a TLS handshake"],
        "one side speaks TLS and the other does not",
        &[Plaintext],
        "crypto/tls/conn.go",
    ),
    row(
        "empty-bundle",
        &["missing content for CA bundle"],
        "a file of CA certificates is empty",
        &[Unreadable, MissingFile],
        "staging/src/k8s.io/apiserver/pkg/server/dynamiccertificates/dynamic_cafile_content.go",
    ),
    row(
        "empty-file",
        &["missing content"],
        "a certificate or a key is empty",
        &[Unreadable, MissingFile],
        "staging/src/k8s.io/apiserver/pkg/server/dynamiccertificates/dynamic_serving_content.go",
    ),
    row(
        "broken-manifest",
        &["not process manifest file"],
        "the kubelet cannot read a manifest",
        &[Unreadable, Unsupported],
        "pkg/kubelet/config/file.go",
    ),
    row(
        "broken-bundle",
        &["error loading CA bundle"],
        "a file of CA certificates cannot be used",
        &[Unreadable],
        "staging/src/k8s.io/apiserver/pkg/server/dynamiccertificates/dynamic_cafile_content.go",
    ),
    row(
        "no-roots",
        &["unable to load root certificates"],
        "CA certificates of a kubeconfig cannot be used",
        &[Unreadable],
        "staging/src/k8s.io/client-go/transport/transport.go",
    ),
    row(
        "no-certificates",
        &["data does not contain any valid RSA or ECDSA certificates"],
        "a file that should hold certificates holds none",
        &[Unreadable],
        "staging/src/k8s.io/client-go/util/cert/pem.go",
    ),
    row(
        "no-public-keys",
        &["data does not contain any valid RSA or ECDSA public keys"],
        "a file that should hold public keys holds none",
        &[Unreadable],
        "staging/src/k8s.io/client-go/util/keyutil/key.go",
    ),
    row(
        "no-private-key",
        &["data does not contain a valid RSA or ECDSA private key"],
        "a file that should hold a private key holds none",
        &[Unreadable],
        "staging/src/k8s.io/client-go/util/keyutil/key.go",
    ),
    row(
        "one-certificate",
        &["expected 1 certificate, found "],
        "a file of exactly one certificate holds more",
        &[Unreadable],
        "pkg/controller/certificates/signer/ca_provider.go",
    ),
    row(
        "half-a-pair",
        &["missing filename for serving cert"],
        "a certificate is set without its key, or the other way round",
        &[MissingFile],
        "staging/src/k8s.io/apiserver/pkg/server/dynamiccertificates/dynamic_serving_content.go",
    ),
    row(
        "half-a-pair-of-etcd",
        &["KeyFile and CertFile must both be present"],
        "a certificate is set without its key, or the other way round",
        &[MissingFile],
        "client/pkg/transport/listener.go",
    ),
    row(
        "empty-kubeconfig",
        &["invalid configuration: no configuration has been provided"],
        "a kubeconfig is empty",
        &[Unreadable],
        "staging/src/k8s.io/client-go/tools/clientcmd/validation.go",
    ),
    row(
        "no-context",
        &["context was not found for specified context"],
        "a kubeconfig's current context does not exist",
        &[Conflict],
        "staging/src/k8s.io/client-go/tools/clientcmd/validation.go",
    ),
    row(
        "broken-kubeconfig",
        &["error loading config file"],
        "a kubeconfig cannot be read",
        &[Unreadable],
        "staging/src/k8s.io/client-go/tools/clientcmd/loader.go",
    ),
    row(
        "invalid-kubeconfig",
        &["invalid configuration: "],
        "a kubeconfig contradicts itself",
        &[Conflict, MissingFile],
        "staging/src/k8s.io/client-go/tools/clientcmd/validation.go",
    ),
    row(
        "two-sources",
        &["conflicting environment variable"],
        "etcd is given a flag and a variable for the same",
        &[Conflict],
        "pkg/flags/flag.go",
    ),
    row(
        "unknown-flag",
        &["unknown flag: --"],
        "this version does not take the flag",
        &[Unsupported],
        "github.com/spf13/pflag/errors.go",
    ),
    row(
        "path-check",
        &["hostPath type check failed"],
        "the kubelet does not find what a volume wants",
        &[NotMounted, MissingFile],
        "pkg/volume/hostpath/host_path.go",
    ),
    row(
        "no-such-file",
        &["no such file or directory"],
        "a file is not where somebody looks for it",
        &[MissingFile, NotMounted],
        "syscall (ENOENT)",
    ),
    row(
        "no-permission",
        &["open ", "permission denied"],
        "a file may not be read",
        &[Unreadable],
        "syscall (EACCES)",
    ),
    row(
        "not-allowed",
        &["is not in the allowed list"],
        "the name of a front proxy is not one of those that are allowed",
        &[WrongIdentity, NameMismatch],
        "staging/src/k8s.io/apiserver/pkg/authentication/request/x509/verify_options.go",
    ),
    row(
        "bad-token",
        &["invalid signature, no keys found"],
        "a token is signed with a key that nobody checks with",
        &[KeyMismatch, Conflict],
        "pkg/serviceaccount/jwt.go",
    ),
    row(
        "invalid-token",
        &["invalid bearer token"],
        "a token is not accepted",
        &[KeyMismatch, Conflict],
        "staging/src/k8s.io/apiserver/pkg/authentication/request/bearertoken/bearertoken.go",
    ),
    row(
        "no-name",
        &["No such host"],
        "a name is not known",
        &[NameMismatch],
        "net/lookup.go",
    ),
    row(
        "no-host",
        &["no such host"],
        "a name is not known",
        &[NameMismatch],
        "net/lookup.go",
    ),
    row(
        "refused",
        &["connection refused"],
        "nobody listens where somebody connects to",
        NO_ANSWER,
        "syscall (ECONNREFUSED)",
    ),
    row(
        "refused-by-server",
        &["The connection to the server ", " was refused"],
        "nobody listens where somebody connects to",
        NO_ANSWER,
        "staging/src/k8s.io/kubectl/pkg/cmd/util/helpers.go",
    ),
    row(
        "unauthorized",
        &["Unauthorized"],
        "kube-apiserver, or a kubelet, does not know who is asking",
        NOT_KNOWN,
        "staging/src/k8s.io/apiserver/pkg/endpoints/filters/authentication.go",
    ),
    row(
        "credentials-wanted",
        &["the server has asked for the client to provide credentials"],
        "kube-apiserver, or a kubelet, does not know who is asking",
        NOT_KNOWN,
        "staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go",
    ),
    row(
        "not-authenticated",
        &["Unable to authenticate the request"],
        "kube-apiserver does not know who is asking",
        NOT_KNOWN,
        "staging/src/k8s.io/apiserver/pkg/endpoints/filters/authentication.go",
    ),
    row(
        "forbidden",
        &["is forbidden: User \""],
        "the server knows who is asking, and that is not who may",
        &[WrongIdentity],
        "staging/src/k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go",
    ),
    row(
        "forbidden-by-kubelet",
        &["Forbidden (user="],
        "the kubelet knows who is asking, and that is not who may",
        &[WrongIdentity],
        "pkg/kubelet/server/server.go",
    ),
    row(
        "no-preface",
        &["error reading server preface"],
        "the other side hangs up before it answers",
        NO_ANSWER,
        "google.golang.org/grpc/internal/transport/http2_client.go",
    ),
    row(
        "rejected-connection",
        &["rejected connection on "],
        "etcd does not take a connection",
        NO_ANSWER,
        "server/embed/config_logging.go",
    ),
    row(
        "not-registered",
        &["Unable to register node with API server"],
        "the kubelet cannot make itself known",
        NO_ANSWER,
        "pkg/kubelet/kubelet_node_status.go",
    ),
    row(
        "no-etcd",
        &["context deadline exceeded"],
        "something was waited for in vain",
        NO_ANSWER,
        "context/context.go",
    ),
];

/// What no row has, but a finding of this very audit foretells, word for word.
pub(super) const FORETOLD: Pattern = row(
    "foretold",
    &[],
    "what a finding says that they will say",
    &[],
    "the finding",
);

const fn row(
    name: &'static str,
    words: &'static [&'static str],
    means: &'static str,
    causes: &'static [Cause],
    source: &'static str,
) -> Pattern {
    Pattern {
        name,
        words,
        means,
        causes,
        source,
    }
}

/// Words of which every pattern has one: most lines of a log have none.
const LIKELY: [&str; 29] = [
    "missing content",
    "manifest file",
    "x509: ",
    "tls: ",
    "No such",
    "no such",
    "refused",
    "Unauthorized",
    "credentials",
    "authenticate",
    "orbidden",
    "permission denied",
    "preface",
    "rejected",
    "register",
    "deadline",
    "HTTPS",
    "CA bundle",
    "root cert",
    "data does not",
    "expected 1",
    "missing filename",
    "KeyFile",
    "invalid ",
    "context was",
    "config file",
    "conflicting",
    "unknown flag",
    "check failed",
];

/// Whether a line may be a symptom.
pub(super) fn is_likely(line: &[u8]) -> bool {
    let has = |word: &str| memchr::memmem::find(line, word.as_bytes()).is_some();
    LIKELY.into_iter().any(has) || has("allowed list")
}

/// The row that a message fits, and where in it its words begin.
pub(super) fn recognise(message: &str) -> Option<(usize, usize)> {
    PATTERNS.iter().enumerate().find_map(|(index, pattern)| {
        let starts: Option<Vec<usize>> = pattern
            .words
            .iter()
            .map(|word| message.find(word))
            .collect();
        Some((index, starts?.into_iter().min()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_reached() {
        for (index, pattern) in PATTERNS.iter().enumerate() {
            let line = pattern.words.concat();
            assert!(is_likely(line.as_bytes()), "{}", pattern.name);
            assert_eq!(recognise(&line), Some((index, 0)), "{}", pattern.name);
        }
        let mut names: Vec<_> = PATTERNS.iter().map(|pattern| pattern.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), PATTERNS.len());
    }
}

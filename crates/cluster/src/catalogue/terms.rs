//! The words of the subject.

/// A row.
#[derive(Clone, Copy, Debug)]
pub struct Term {
    /// The word.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// What it means, in paragraphs.
    pub what: &'static [&'static str],
    /// On which side it is used; empty when on none.
    pub side: &'static str,
    /// What it looks like when it is wrong: what, what happens, the words that people see.
    pub wrong: &'static [(&'static str, &'static str, &'static str)],
    /// What breaks without it; empty when nothing does.
    pub without: &'static str,
    /// How to look at it: what is seen, the command.
    pub look: &'static [(&'static str, &'static str)],
    /// What is near it.
    pub see: &'static [&'static str],
}

/// What tells the three files apart, one sentence for each.
const FILES: [&str; 3] = [
    "cafile answers \"whom do I believe?\": CA certificates, which verify what the other side shows. It is public.",
    "certfile answers \"who am I?\": the certificate that is shown to the other side. It is public.",
    "keyfile answers \"how do I prove it?\": the private key of the certfile. It is secret, is never sent, and only its owner reads it.",
];
const SIDES: &str = "The three words say nothing of client or server; the rest of the flag does. --etcd-cafile, --etcd-certfile and --etcd-keyfile make kube-apiserver a client of etcd. --tls-cert-file and --tls-private-key-file are what it shows as a server, and --client-ca-file is what it verifies its own clients with.";

/// Every word, sorted by name.
pub const TERMS: &[Term] = &[
    Term {
        name: "authority",
        aliases: &["ca"],
        what: &[
            "A certificate with a key that issues others. Whoever trusts its certificate believes what it issued.",
            "A cluster made by kubeadm has three that do not know each other: ca for kube-apiserver and its clients, etcd-ca for etcd, front-proxy-ca for who may speak for others.",
        ],
        side: "neither: it vouches for both",
        wrong: &[(
            "it has ended, or was made again with another key",
            "everything that it issued is refused",
            "x509: certificate signed by unknown authority",
        )],
        without: "without its key nothing can be renewed or signed; without its certificate nothing can be verified",
        look: &[(
            "name and end of all three",
            "for ca in ca etcd/ca front-proxy-ca; do openssl x509 -in /etc/kubernetes/pki/$ca.crt -noout -subject -enddate; done",
        )],
        see: &[
            "cafile",
            "ca.crt",
            "etcd-ca",
            "front-proxy-ca",
            "trust bundle",
        ],
    },
    Term {
        name: "bootstrap token",
        aliases: &["bootstrap-token"],
        what: &[
            "A short secret, ID.SECRET, that a node joins with: it is checked against a Secret in kube-system and makes its bearer a member of system:bootstrappers.",
            "With it the kubelet asks for its client certificate; kube-controller-manager approves and signs.",
        ],
        side: "client",
        wrong: &[("it has ended", "kubeadm join is refused", "Unauthorized")],
        without: "no node can join by token",
        look: &[(
            "the tokens there are",
            "kubectl -n kube-system get secrets --field-selector type=bootstrap.kubernetes.io/token",
        )],
        see: &[
            "bootstrap-kubelet.conf",
            "kube-apiserver --enable-bootstrap-token-auth",
            "csr",
        ],
    },
    Term {
        name: "cafile",
        aliases: &["ca-file", "ca file"],
        what: &[FILES[0], FILES[1], FILES[2], SIDES],
        side: "on either: a client verifies its server with it, a server its clients",
        wrong: &[
            (
                "it is not the CA of the other side",
                "the handshake ends",
                "x509: certificate signed by unknown authority",
            ),
            (
                "it names a certificate of one's own, or a key",
                "the handshake ends, or the process when it starts",
                "x509: malformed tbs certificate",
            ),
        ],
        without: "the system's CAs are trusted instead, which do not know the cluster's; some components then verify nobody",
        look: &[
            (
                "whose certificates are in it",
                "openssl crl2pkcs7 -nocrl -certfile /etc/kubernetes/pki/etcd/ca.crt | openssl pkcs7 -print_certs -noout",
            ),
            (
                "whether it vouches for the other side",
                "openssl verify -CAfile /etc/kubernetes/pki/etcd/ca.crt /etc/kubernetes/pki/etcd/server.crt",
            ),
            (
                "which flag names which file",
                "grep -nE -- '--[a-z-]*(ca-?file|cert-?file|key-?file)' /etc/kubernetes/manifests/kube-apiserver.yaml",
            ),
        ],
        see: &[
            "certfile",
            "keyfile",
            "--etcd-cafile",
            "kube-apiserver --client-ca-file",
            "etcd --trusted-ca-file",
        ],
    },
    Term {
        name: "catalogue",
        aliases: &["catalog"],
        what: &[
            "The tables that say what every credential, flag and file of the supported versions is, who reads it, and when it is read again. What this command prints comes from them.",
        ],
        side: "",
        wrong: &[],
        without: "",
        look: &[("everything that can be explained", "kubepki explain")],
        see: &["reloads", "component", "credential"],
    },
    Term {
        name: "certfile",
        aliases: &["cert-file", "cert file"],
        what: &[FILES[1], FILES[0], FILES[2], SIDES],
        side: "on either: whoever is given it shows it",
        wrong: &[
            (
                "its time is over",
                "the other side refuses it",
                "x509: certificate has expired or is not yet valid",
            ),
            (
                "its issuer is not in the cafile of the other side",
                "the other side refuses it",
                "x509: certificate signed by unknown authority",
            ),
            (
                "it does not belong to the keyfile",
                "the process ends when it starts",
                "tls: private key does not match public key",
            ),
        ],
        without: "a server makes a self-signed one that nobody trusts; a client is anonymous",
        look: &[
            (
                "who it is, who issued it, how long it lasts, and what for",
                "openssl x509 -in /etc/kubernetes/pki/apiserver-etcd-client.crt -noout -subject -issuer -dates -ext extendedKeyUsage",
            ),
            (
                "all of it",
                "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -text -noout",
            ),
        ],
        see: &[
            "cafile",
            "keyfile",
            "--etcd-certfile",
            "kube-apiserver --tls-cert-file",
            "credential",
        ],
    },
    Term {
        name: "change",
        aliases: &[],
        what: &[
            "A set of steps from today's files to wanted ones, such as making what is missing. It is looked through before the first byte is written.",
        ],
        side: "",
        wrong: &[],
        without: "",
        look: &[("what would be made", "kubepki init --dry-run")],
        see: &["authority", "credential"],
    },
    Term {
        name: "channel",
        aliases: &["connection"],
        what: &[
            "One kind of TLS connection: who connects to whom, what each shows and verifies with, the name that is checked, and whom the server takes the client for.",
            "It works when all of that fits. Its id is CLIENT->SERVER, such as kube-apiserver->etcd.",
        ],
        side: "both",
        wrong: &[],
        without: "",
        look: &[("every channel, and which of them work", "kubepki graph")],
        see: &[
            "kube-apiserver->etcd",
            "kubelet->kube-apiserver",
            "identity",
        ],
    },
    Term {
        name: "component",
        aliases: &[],
        what: &[
            "One end of a channel: kube-apiserver, etcd, kube-controller-manager, kube-scheduler, kubelet, kube-proxy, or a user. kube-apiserver is a server to most and a client of etcd, of kubelets and of the API servers behind it.",
        ],
        side: "",
        wrong: &[],
        without: "",
        look: &[(
            "the components of this node",
            "ls /etc/kubernetes/manifests",
        )],
        see: &["kube-apiserver", "etcd", "kubelet"],
    },
    Term {
        name: "credential",
        aliases: &[],
        what: &[
            "A certificate with its private key, from two files or inside a kubeconfig. It proves who somebody is.",
        ],
        side: "on either: whoever has it shows it",
        wrong: &[(
            "its time is over",
            "it is refused everywhere",
            "x509: certificate has expired or is not yet valid",
        )],
        without: "a client is anonymous; a server makes one that nobody trusts",
        look: &[
            ("every credential, and how long each lasts", "kubepki list"),
            ("the same by kubeadm", "kubeadm certs check-expiration"),
        ],
        see: &["certfile", "keyfile", "apiserver", "admin.conf"],
    },
    Term {
        name: "csr",
        aliases: &["certificate signing request", "certificatesigningrequest"],
        what: &[
            "A request for a certificate: the public key and the wished name, signed with the private key, which stays where it is. In a cluster it is an object that somebody approves and a signer signs.",
        ],
        side: "",
        wrong: &[
            (
                "nobody approves it",
                "it stays as it is, and whoever waits for it waits",
                "Pending",
            ),
            (
                "no signer is configured",
                "it is approved and never signed",
                "Approved",
            ),
        ],
        without: "the kubelet gets no certificates of its own",
        look: &[("the requests there are", "kubectl get csr")],
        see: &[
            "kube-controller-manager --cluster-signing-cert-file",
            "kubelet --rotate-server-certificates",
        ],
    },
    Term {
        name: "evidence",
        aliases: &[],
        what: &[
            "A place that shows a mistake: file, line, column, and the flag or field. The first of a finding is the one that has to change.",
        ],
        side: "",
        wrong: &[],
        without: "",
        look: &[("findings with their evidence", "kubepki audit")],
        see: &["finding"],
    },
    Term {
        name: "finding",
        aliases: &[],
        what: &[
            "One thing that is wrong, with its cause, its evidence, the channels that it breaks, and what to do. Every finding has a code, such as KP0301.",
        ],
        side: "",
        wrong: &[],
        without: "",
        look: &[("what is wrong on this node", "kubepki audit")],
        see: &["evidence", "KP0301", "untrusted-issuer"],
    },
    Term {
        name: "front proxy",
        aliases: &["front-proxy", "aggregation layer", "aggregation"],
        what: &[
            "Somebody who passes requests on and says in headers (X-Remote-User and others) for whom. It is believed only with a certificate of the front proxy's CA, and a common name on the list.",
            "kube-apiserver is one to the API servers behind it.",
        ],
        side: "client",
        wrong: &[
            (
                "its common name is not on the list",
                "requests are answered with 401",
                "subject with cn=… is not in the allowed list",
            ),
            (
                "its CA is also the CA of ordinary clients",
                "whoever has a certificate can speak for anybody",
                "contain overlapping certificates",
            ),
        ],
        without: "APIs that others serve, such as metrics, are not available",
        look: &[(
            "what the API servers behind it are told",
            "kubectl -n kube-system get configmap extension-apiserver-authentication -o yaml",
        )],
        see: &[
            "front-proxy-client",
            "front-proxy-ca",
            "kube-apiserver --requestheader-client-ca-file",
        ],
    },
    Term {
        name: "identity",
        aliases: &["user", "group"],
        what: &[
            "Whom the server takes the client for. Of a certificate the common name is the user, and every organisation a group; of a service account's token the user is system:serviceaccount:NAMESPACE:NAME.",
            "What an identity may do is said elsewhere (RBAC). Members of system:masters may do everything, and that cannot be taken back before the certificate ends.",
        ],
        side: "the client has it, the server decides it",
        wrong: &[(
            "the common name or organisation is misspelt",
            "requests are answered with 403",
            "Forbidden",
        )],
        without: "the client is system:anonymous",
        look: &[
            (
                "user and groups of a certificate",
                "openssl x509 -in /etc/kubernetes/pki/apiserver-kubelet-client.crt -noout -subject",
            ),
            ("whom the server takes you for", "kubectl auth whoami"),
        ],
        see: &["admin.conf", "kubelet.conf", "wrong-identity"],
    },
    Term {
        name: "keyfile",
        aliases: &["key-file", "key file", "private key"],
        what: &[FILES[2], FILES[0], FILES[1], SIDES],
        side: "on either: with the certfile of the same side",
        wrong: &[
            (
                "it belongs to another certificate",
                "the process ends when it starts",
                "tls: private key does not match public key",
            ),
            (
                "others may read it",
                "whoever does is its owner to everybody",
                "",
            ),
            (
                "it is encrypted with a password",
                "the process ends when it starts",
                "tls: failed to parse private key",
            ),
        ],
        without: "the certfile is of no use",
        look: &[
            (
                "two sums that are the same when it belongs to the certificate",
                "openssl pkey -in /etc/kubernetes/pki/apiserver-etcd-client.key -pubout | openssl sha256; openssl x509 -in /etc/kubernetes/pki/apiserver-etcd-client.crt -noout -pubkey | openssl sha256",
            ),
            (
                "who may read it",
                "ls -l /etc/kubernetes/pki/apiserver-etcd-client.key",
            ),
        ],
        see: &[
            "cafile",
            "certfile",
            "--etcd-keyfile",
            "kube-apiserver --tls-private-key-file",
            "key-mismatch",
        ],
    },
    Term {
        name: "kubeconfig",
        aliases: &["kubeconfigs"],
        what: &[
            "A file that says where kube-apiserver is (server), what it is verified with (certificate-authority), and what it is shown (client-certificate and client-key, or a token). What ends with -data is PEM in base64; the rest are paths.",
            "A client reads it once, when it starts. After kubeadm certs renew, whoever uses a kubeconfig with an embedded certificate has to be started again.",
        ],
        side: "client",
        wrong: &[
            (
                "its CA is not that of the server",
                "nothing can be asked for",
                "x509: certificate signed by unknown authority",
            ),
            (
                "its certificate is over, or of another authority",
                "every request is answered with 401",
                "Unauthorized",
            ),
        ],
        without: "the client is anonymous, or does not know where to go",
        look: &[
            (
                "all of it, without secrets",
                "kubectl config view --kubeconfig /etc/kubernetes/admin.conf",
            ),
            (
                "the certificate that it shows",
                "grep client-certificate-data: /etc/kubernetes/admin.conf | awk '{print $2}' | base64 -d | openssl x509 -noout -subject -issuer -dates",
            ),
        ],
        see: &[
            "admin.conf",
            "kubelet.conf",
            "kubeconfig clusters[].cluster.server",
            "credential",
        ],
    },
    Term {
        name: "san",
        aliases: &[
            "subject alternative name",
            "subjectaltname",
            "alternative names",
        ],
        what: &[
            "The names that a server's certificate is for. A client compares the host that it dials with them; the common name does not count. IP addresses count only as IP addresses.",
        ],
        side: "server",
        wrong: &[(
            "what is dialled is not among them",
            "clients end the handshake",
            "x509: certificate is valid for …, not …",
        )],
        without: "the certificate is good for no name at all",
        look: &[
            (
                "the names of kube-apiserver's certificate",
                "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -ext subjectAltName",
            ),
            (
                "whether one of them is this address",
                "openssl x509 -in /etc/kubernetes/pki/apiserver.crt -noout -checkip 10.96.0.1",
            ),
        ],
        see: &["apiserver", "etcd-server", "name-mismatch", "KP0201"],
    },
    Term {
        name: "trust bundle",
        aliases: &["trust-bundle", "bundle", "ca bundle"],
        what: &[
            "The CA certificates that one side verifies with. There may be several in it: while a CA is replaced, the old and the new, so that certificates of both count.",
        ],
        side: "on either: whoever verifies",
        wrong: &[(
            "the new CA is not in it yet, or the old one no longer",
            "certificates of that CA are refused",
            "x509: certificate signed by unknown authority",
        )],
        without: "the system's CAs are trusted, which do not know the cluster's",
        look: &[(
            "whose certificates are in it",
            "openssl crl2pkcs7 -nocrl -certfile /etc/kubernetes/pki/ca.crt | openssl pkcs7 -print_certs -noout",
        )],
        see: &["cafile", "ca.crt", "stale-trust", "kube-root-ca.crt"],
    },
    Term {
        name: "usage",
        aliases: &["extended key usage", "extendedkeyusage", "eku", "key usage"],
        what: &[
            "What a certificate may be used for: serverAuth for servers, clientAuth for clients. Without any it may be used for both. etcd's certificates need both.",
        ],
        side: "both",
        wrong: &[(
            "a server shows a certificate for clients, or the other way round",
            "the other side refuses it",
            "x509: certificate specifies an incompatible key usage",
        )],
        without: "a certificate without any is good for every use",
        look: &[(
            "the usages of etcd's certificate",
            "openssl x509 -in /etc/kubernetes/pki/etcd/server.crt -noout -ext extendedKeyUsage",
        )],
        see: &["etcd-server", "wrong-usage", "KP0601"],
    },
];

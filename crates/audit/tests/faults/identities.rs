//! Whom every server takes a client for. What is expected comes from the components themselves: the
//! facts on the trust graph, sections 3 and 4.2.

use std::sync::Arc;

use authority::PrivateKey;
use authority::token::service_account::{Account, BoundTo, Claims, Grant, Object, Token, sign};
use cluster::graph::Graph;
use cluster::{Channel, Component};
use kubepki_audit::identity::{Answer, Bearer, Identity, Outcome, Presented, notes};
use time::macros::utc_datetime;
use time::{Duration, UtcDateTime};
use verify::Certificate;

use crate::pki::{Issuer, Spec, der_of};
use crate::tree::{ADMIN_CONF, APISERVER, AT, ETCD, PKI, SCHEDULER, Tree};

/// The answers to one client.
struct Heard(Vec<Answer>);

impl Heard {
    fn at(&self, component: Component) -> &Answer {
        let mut answers = self.0.iter();
        let found = answers.find(|answer| answer.server.component == component);
        found.unwrap_or_else(|| panic!("no {component}"))
    }

    fn apiserver(&self) -> &Answer {
        self.at(Component::KubeApiserver)
    }

    /// The outcomes, in the order of the servers.
    fn outcomes(&self) -> String {
        let sign = |answer: &Answer| match answer.outcome {
            Outcome::Accepted => '+',
            Outcome::Anonymous => 'o',
            Outcome::Refused => '-',
            Outcome::Unknown => '?',
        };
        self.0.iter().map(sign).collect()
    }

    fn why(&self) -> &str {
        self.apiserver().why.as_deref().unwrap_or_default()
    }

    fn user(&self) -> String {
        let identity = self.apiserver().identity.as_ref();
        identity.map(ToString::to_string).unwrap_or_default()
    }
}

fn hear_at(tree: &Tree, presented: &Presented, at: UtcDateTime) -> Heard {
    Heard(Answer::all(&tree.inventory(false), presented, at))
}

fn hear(tree: &Tree, presented: &Presented) -> Heard {
    hear_at(tree, presented, AT)
}

fn certificate(der: Vec<u8>) -> Presented {
    Presented {
        chain: vec![Arc::new(Certificate::parse(der).unwrap())],
        bearer: None,
    }
}

/// What lies in the PKI under this name.
fn file(tree: &Tree, base: &str) -> Presented {
    certificate(der_of(tree.get(&format!("{PKI}/{base}.crt"))))
}

/// The administrator's certificate after a change, from this authority.
fn admin(tree: &Tree, authority: &str, change: impl FnOnce(&mut Spec)) -> Presented {
    let mut spec = Spec::of(&der_of(
        &tree.embedded(ADMIN_CONF, "client-certificate-data"),
    ));
    change(&mut spec);
    certificate(spec.signed_by(&tree.issuer(authority)))
}

fn token(tree: &Tree, change: impl FnOnce(&mut Claims)) -> Presented {
    let line = tree.line(APISERVER, "--service-account-issuer=");
    let (_, issuer) = line.split_once('=').unwrap();
    let grant = Grant {
        account: Account::new("web", "shop", "1-2").unwrap(),
        bound_to: BoundTo::Pod {
            pod: Object {
                name: "shop-0".to_owned(),
                uid: "3-4".to_owned(),
            },
            node: None,
        },
        issuer: issuer.to_owned(),
        audiences: vec![issuer.to_owned()],
        from: AT,
        lifetime: Duration::hours(1),
    };
    let mut claims = Claims::of(&grant).unwrap();
    claims.id = Some("7".to_owned());
    change(&mut claims);
    signed(tree, &claims)
}

fn signed(tree: &Tree, claims: &Claims) -> Presented {
    let key = PrivateKey::from_pem(tree.get(&format!("{PKI}/sa.key"))).unwrap();
    let text = sign(claims, &key).unwrap();
    Presented {
        chain: Vec::new(),
        bearer: Some(Bearer::Jwt(Box::new(Token::parse(&text).unwrap()))),
    }
}

/// kube-apiserver, kubelet, etcd, kube-controller-manager, kube-scheduler, aggregated.
#[test]
fn who_is_let_in_where() {
    for tree in Tree::healthy() {
        let outcomes = |base: &str| hear(&tree, &file(&tree, base)).outcomes();
        assert_eq!(outcomes("apiserver-kubelet-client"), "++-+++");
        assert_eq!(outcomes("apiserver-etcd-client"), "--+---");
        assert_eq!(outcomes("etcd/healthcheck-client"), "--+---");
        assert_eq!(outcomes("etcd/peer"), "--+---");
        assert_eq!(outcomes("front-proxy-client"), "+--+++");
        assert_eq!(outcomes("apiserver"), "------");
        let heard = hear(&tree, &admin(&tree, "ca", |_| {}));
        assert_eq!(heard.outcomes(), "++-+++");
        assert_eq!(
            heard.user(),
            "kubernetes-admin in kubeadm:cluster-admins, system:authenticated"
        );
        let etcd = hear(&tree, &file(&tree, "apiserver-etcd-client"));
        let identity = etcd.at(Component::Etcd).identity.clone().unwrap();
        assert_eq!(identity, Identity::new("kube-apiserver-etcd-client", []));
    }
}

#[test]
fn the_audit_says_the_same() {
    for tree in Tree::healthy() {
        let inventory = tree.inventory(false);
        let graph = Graph::of(&inventory);
        let report = kubepki_audit::audit(&inventory, &graph, AT);
        let channel = |channel: &Channel| {
            let cluster::graph::Credential::Pair(pair) = &channel.credential else {
                return None;
            };
            let bytes = pair.certificate.as_ref()?.bytes()?;
            // A front proxy is somebody only for the channel.
            let is_proxy = channel.server.component == Component::AggregatedApiserver;
            (!is_proxy).then(|| (channel.id(), certificate(der_of(bytes))))
        };
        let pairs: Vec<_> = graph.channels.iter().filter_map(channel).collect();
        assert_eq!(pairs.len(), 9);
        for (id, presented) in pairs {
            let judged = report.channels.iter().find(|channel| channel.id == id);
            let heard = Answer::all(&inventory, &presented, AT);
            let server = id.split("->").nth(1).unwrap();
            let answer = heard
                .iter()
                .find(|answer| answer.server.to_string() == server);
            assert_eq!(answer.unwrap().identity, judged.unwrap().identity, "{id}");
        }
    }
}

#[test]
fn the_subject_makes_the_user() {
    for mut tree in Tree::healthy() {
        let two = admin(&tree, "ca", |spec| {
            spec.common_names = vec!["first".to_owned(), "last".to_owned()];
            spec.organizations = vec!["a".to_owned(), "b".to_owned()];
            spec.uids = vec!["77".to_owned()];
        });
        let heard = hear(&tree, &two);
        assert_eq!(heard.user(), "last in a, b, system:authenticated");
        let identity = heard.apiserver().identity.as_ref().unwrap();
        assert_eq!(identity.uid.as_deref(), Some("77"));
        let sum: String = two.chain[0]
            .sha256()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect();
        let ids = &identity.extra["authentication.kubernetes.io/credential-id"];
        assert_eq!(ids, &[format!("X509SHA256={sum}")]);

        // The UID counts since 1.33, the sum since 1.32.
        let image = tree.line(APISERVER, "image: ");
        let (name, _) = image.rsplit_once(':').unwrap();
        tree.edit(APISERVER, &image.clone(), &format!("{name}:v1.32.1"));
        let old = hear(&tree, &two).apiserver().identity.clone().unwrap();
        assert_eq!((old.uid, old.extra.len()), (None, 1));
        tree.edit(APISERVER, ":v1.32.1", ":v1.31.9");
        let old = hear(&tree, &two).apiserver().identity.clone().unwrap();
        assert!(old.extra.is_empty());
    }
}

#[test]
fn what_makes_no_user() {
    for mut tree in Tree::healthy() {
        let several = admin(&tree, "ca", |spec| {
            spec.uids = vec!["1".to_owned(), "2".to_owned()];
        });
        let heard = hear(&tree, &several);
        assert_eq!(heard.why(), "expected 1 UID, but found multiple: [1 2]");
        assert_eq!(heard.outcomes(), "------");
        let empty = admin(&tree, "ca", |spec| spec.uids = vec![String::new()]);
        assert_eq!(hear(&tree, &empty).why(), "UID cannot be an empty string");

        // Without a common name there is no opinion: what the front proxy's authority says decides.
        let nameless = admin(&tree, "ca", |spec| spec.common_names.clear());
        let heard = hear(&tree, &nameless);
        assert_eq!(heard.apiserver().outcome, Outcome::Refused);
        assert!(heard.why().contains("no common name"), "{}", heard.why());
        tree.without(APISERVER, "--requestheader-client-ca-file");
        let heard = hear(&tree, &nameless);
        assert_eq!(heard.apiserver().outcome, Outcome::Anonymous);
        assert_eq!(heard.user(), "system:anonymous in system:unauthenticated");
        tree.edit(
            APISERVER,
            "    - --allow-privileged=true\n",
            "    - --allow-privileged=true\n    - --anonymous-auth=false\n",
        );
        assert_eq!(hear(&tree, &nameless).apiserver().outcome, Outcome::Refused);
    }
}

#[test]
fn the_audit_finds_two_uids() {
    for mut tree in Tree::healthy() {
        tree.reissue_embedded("ca", ADMIN_CONF, |spec| {
            spec.uids = vec!["1".to_owned(), "2".to_owned()];
        });
        let report = tree.audit();
        let finding = report.findings.first().unwrap();
        assert_eq!(finding.rule.code, "KP0603");
        assert!(
            finding.message.contains("expected 1 UID"),
            "{}",
            finding.message
        );
        assert_eq!(finding.channels, ["admin->kube-apiserver"]);
    }
}

#[test]
fn who_is_refused_and_why() {
    for tree in Tree::healthy() {
        let why = |presented: &Presented, at| hear_at(&tree, presented, at).why().to_owned();
        let good = admin(&tree, "ca", |_| {});
        let later = utc_datetime!(2028-01-31 0:00);
        let expired = why(&good, later);
        assert!(
            expired.starts_with("x509: certificate has expired"),
            "{expired}"
        );
        let foreign = admin(&tree, "etcd/ca", |_| {});
        assert_eq!(
            why(&foreign, AT),
            "x509: certificate signed by unknown authority"
        );
        assert_eq!(hear(&tree, &foreign).outcomes(), "--+---");
        let serving = admin(&tree, "ca", |spec| {
            spec.usages = vec![x509::oid::known::SERVER_AUTH];
        });
        let text = "x509: certificate specifies an incompatible key usage";
        assert_eq!(why(&serving, AT), text);
        // Without usages a certificate may be used for anything.
        let any = admin(&tree, "ca", |spec| spec.usages.clear());
        assert_eq!(hear(&tree, &any).outcomes(), "++-+++");
    }
}

#[test]
fn who_speaks_for_others() {
    for healthy in Tree::healthy() {
        let proxy = file(&healthy, "front-proxy-client");
        let heard = hear(&healthy, &proxy);
        let answer = heard.apiserver();
        assert_eq!((answer.speaks_for_others, &answer.identity), (true, &None));
        assert!(!heard.at(Component::Kubelet).speaks_for_others);

        let mut tree = healthy.clone();
        tree.flag(APISERVER, "--requestheader-allowed-names", "somebody");
        let heard = hear(&tree, &proxy);
        let said = "x509: subject with cn=front-proxy-client is not in the allowed list";
        assert_eq!(heard.why(), said);
        // kube-controller-manager has no list of its own, and takes them all.
        assert_eq!(heard.outcomes(), "---+--");

        let mut tree = healthy.clone();
        tree.without(APISERVER, "--requestheader-username-headers");
        assert_eq!(hear(&tree, &proxy).apiserver().outcome, Outcome::Refused);

        // One authority for both: users with an allowed name may be anybody.
        let mut tree = healthy.clone();
        tree.flag(
            APISERVER,
            "--requestheader-client-ca-file",
            &format!("{PKI}/ca.crt"),
        );
        let shared = admin(&tree, "ca", |spec| {
            spec.common_names = vec!["front-proxy-client".to_owned()];
        });
        let heard = hear(&tree, &shared);
        assert!(heard.apiserver().speaks_for_others);
        assert!(heard.user().starts_with("front-proxy-client in "));
        let notes = notes(&heard.0).join("\n");
        assert!(notes.contains("can be anybody"), "{notes}");
        let other = hear(&tree, &admin(&tree, "ca", |_| {}));
        assert!(!other.apiserver().speaks_for_others);
    }
}

#[test]
fn settings_count() {
    for healthy in Tree::healthy() {
        let good = admin(&healthy, "ca", |_| {});
        // Nobody is looked up: certificates mean nothing to it, and nobody is refused.
        let mut tree = healthy.clone();
        tree.without(SCHEDULER, "--authentication-kubeconfig");
        let heard = hear(&tree, &good);
        let scheduler = heard.at(Component::KubeScheduler);
        assert_eq!(scheduler.outcome, Outcome::Anonymous);

        let mut tree = healthy.clone();
        tree.edit(
            ETCD,
            "    - --client-cert-auth=true\n",
            "    - --client-cert-auth=true\n    - --client-cert-allowed-hostname=only.example\n",
        );
        let heard = hear(&tree, &file(&tree, "apiserver-etcd-client"));
        assert_eq!(heard.at(Component::Etcd).outcome, Outcome::Refused);

        // What does not start lets nobody in.
        let mut tree = healthy.clone();
        tree.flag(APISERVER, "--client-ca-file", "/nowhere");
        let heard = hear(&tree, &good);
        assert!(
            heard.why().starts_with("kube-apiserver does not start: "),
            "{}",
            heard.why()
        );
    }
}

#[test]
fn what_was_not_collected_is_not_known() {
    for mut tree in Tree::healthy() {
        let good = admin(&tree, "ca", |_| {});
        let authority = tree.get(&format!("{PKI}/ca.crt")).to_vec();
        tree.remove(&format!("{PKI}/ca.crt"));
        let inventory = tree.inventory(true);
        let heard = Heard(Answer::all(&inventory, &good, AT));
        assert_eq!(heard.apiserver().outcome, Outcome::Unknown);
        assert!(heard.user().starts_with("kubernetes-admin in "));
        let later = utc_datetime!(2028-01-31 0:00);
        let heard = Heard(Answer::all(&inventory, &good, later));
        assert_eq!(heard.apiserver().outcome, Outcome::Refused);

        // By kubeadm's names for files it can be told what would be.
        let mut tree = tree.clone();
        tree.put(&format!("{PKI}/ca.crt"), authority);
        for path in [APISERVER, ETCD, SCHEDULER] {
            tree.remove(path);
        }
        let heard = hear(&tree, &good);
        assert_eq!(heard.outcomes(), "?+?+??");
        assert!(heard.why().ends_with("it is accepted"), "{}", heard.why());
        let etcd = heard.at(Component::Etcd);
        let why = etcd.why.as_deref().unwrap();
        assert!(
            why.ends_with("it is refused: x509: certificate signed by unknown authority"),
            "{why}"
        );
        assert_eq!(etcd.identity, None);

        // Of nobody anything is known, and still who it would be.
        let nothing = cluster::Files::in_memory(cluster::files::Memory::default(), true);
        let inventory = cluster::Inventory::read(vec![(None, nothing)]);
        let heard = Heard(Answer::all(&inventory, &good, AT));
        assert_eq!(heard.outcomes(), "??????");
        assert!(heard.user().starts_with("kubernetes-admin in "));
    }
}

#[test]
fn tokens_of_service_accounts() {
    for tree in Tree::healthy() {
        let heard = hear(&tree, &token(&tree, |_| {}));
        assert_eq!(heard.outcomes(), "++-+++");
        assert_eq!(
            heard.user(),
            "system:serviceaccount:web:shop in system:serviceaccounts, \
             system:serviceaccounts:web, system:authenticated"
        );
        let identity = heard.apiserver().identity.as_ref().unwrap();
        assert_eq!(identity.uid.as_deref(), Some("1-2"));
        let extra: Vec<String> = identity
            .extra
            .iter()
            .map(|(key, values)| format!("{key}={}", values.join(",")))
            .collect();
        let expected = [
            "authentication.kubernetes.io/credential-id=JTI=7",
            "authentication.kubernetes.io/pod-name=shop-0",
            "authentication.kubernetes.io/pod-uid=3-4",
        ];
        assert_eq!(extra, expected);
        assert_eq!(
            heard.at(Component::Kubelet).identity.as_ref(),
            Some(identity)
        );

        let why = |change: fn(&mut Claims)| hear(&tree, &token(&tree, change)).why().to_owned();
        let foreign = why(|claims| claims.issuer = "https://elsewhere".to_owned());
        assert!(
            foreign.starts_with("its issuer is \"https://elsewhere\""),
            "{foreign}"
        );
        let audience = why(|claims| claims.audiences = vec!["vault".to_owned()]);
        assert!(audience.starts_with("it is for vault"), "{audience}");
        let expired = why(|claims| claims.expires = Some(0));
        assert_eq!(expired, "service account token has expired");
        let account = Account::new("web", "shop", "1-2").unwrap();
        let legacy = signed(&tree, &Claims::legacy(&account, "shop-token"));
        assert_eq!(hear(&tree, &legacy).outcomes(), "++-+++");
    }
    let [rsa, ecdsa] = &Tree::healthy()[..] else {
        panic!("two trees");
    };
    let stranger = token(ecdsa, |claims| {
        claims.issuer = "https://kubernetes.default.svc.cluster.local".to_owned();
    });
    let heard = hear(rsa, &stranger);
    assert!(heard.why().contains("no keys found"), "{}", heard.why());
}

#[test]
fn tokens_that_files_tell_only_half_of() {
    for healthy in Tree::healthy() {
        let bootstrap = Presented {
            chain: Vec::new(),
            bearer: Some(Bearer::Bootstrap("abcdef".to_owned())),
        };
        let heard = hear(&healthy, &bootstrap);
        assert_eq!(heard.outcomes(), "??-???");
        let user = "system:bootstrap:abcdef in system:bootstrappers, system:authenticated";
        assert_eq!(heard.user(), user);
        let mut tree = healthy.clone();
        tree.flag(APISERVER, "--enable-bootstrap-token-auth", "false");
        let heard = hear(&tree, &bootstrap);
        assert_eq!(
            (heard.outcomes().as_str(), heard.why()),
            ("------", "invalid bearer token")
        );

        let mut tree = healthy.clone();
        tree.edit(
            APISERVER,
            "    - --allow-privileged=true\n",
            "    - --allow-privileged=true\n    - --oidc-issuer-url=https://id.example\n    \
             - --oidc-client-id=kube\n    - --oidc-groups-prefix=id-\n    \
             - --oidc-groups-claim=aud\n",
        );
        let open_id = |audience: &str| {
            token(&tree, |claims| {
                claims.issuer = "https://id.example".to_owned();
                claims.audiences = vec![audience.to_owned(), "more".to_owned()];
                claims.id = None;
            })
        };
        let heard = hear(&tree, &open_id("kube"));
        assert_eq!(heard.outcomes(), "??-???");
        assert_eq!(
            heard.user(),
            "https://id.example#system:serviceaccount:web:shop in id-kube, id-more, \
             system:authenticated"
        );
        let heard = hear(&tree, &open_id("other"));
        assert_eq!(
            heard.why(),
            "oidc: verify token: oidc: expected audience in [\"kube\"] got [\"other\", \"more\"]"
        );
    }
}

/// One success anywhere wins, and a certificate is asked before a token.
#[test]
fn a_certificate_and_a_token() {
    for tree in Tree::healthy() {
        let with_token = |chain: Vec<Arc<Certificate>>| Presented {
            chain,
            ..token(&tree, |_| {})
        };
        let foreign = with_token(admin(&tree, "etcd/ca", |_| {}).chain);
        assert!(
            hear(&tree, &foreign)
                .user()
                .starts_with("system:serviceaccount:web:shop")
        );
        let good = admin(&tree, "ca", |_| {}).chain;
        let heard = hear(&tree, &with_token(good.clone()));
        assert!(heard.user().starts_with("kubernetes-admin"));
        let junk = Presented {
            chain: good,
            bearer: Some(Bearer::Other),
        };
        assert!(hear(&tree, &junk).user().starts_with("kubernetes-admin"));
        let alone = Presented {
            chain: Vec::new(),
            bearer: Some(Bearer::Other),
        };
        assert_eq!(hear(&tree, &alone).outcomes(), "------");
        assert_eq!(hear(&tree, &Presented::default()).outcomes(), "o--ooo");
    }
}

/// What stands behind the leaf leads to an authority, as far as it is sent.
#[test]
fn intermediates_are_sent_along() {
    for tree in Tree::healthy() {
        let root = tree.issuer("ca");
        let mut spec = Spec::authority("middle", &tree.issuer("front-proxy-ca").key);
        spec.public_key = tree.issuer("front-proxy-ca").key.public_key();
        let middle = spec.signed_by(&root);
        let issuer = Issuer {
            certificate: middle.clone(),
            key: tree.issuer("front-proxy-ca").key,
        };
        let mut leaf = Spec::of(&der_of(
            &tree.embedded(ADMIN_CONF, "client-certificate-data"),
        ));
        leaf.common_names = vec!["below".to_owned()];
        let leaf = certificate(leaf.signed_by(&issuer));
        let heard = hear(&tree, &leaf);
        assert_eq!(heard.apiserver().outcome, Outcome::Refused);
        let mut whole = leaf;
        whole
            .chain
            .push(Arc::new(Certificate::parse(middle).unwrap()));
        assert!(hear(&tree, &whole).user().starts_with("below in "));
    }
}

//! The texts of the catalogue in Korean, sorted by the English.
//!
//! A text that changes or is new has to be put here too; a test of the program says which.

/// A text of the tables, and the same in Korean.
pub const KOREAN: &[(&str, &str)] = &[
    (
        "\"conversion webhook for … failed … x509: certificate signed by unknown authority\": objects of other versions cannot be read.",
        "\"conversion webhook for … failed … x509: certificate signed by unknown authority\": 다른 버전의 오브젝트를 읽을 수 없다.",
    ),
    (
        "\"failed calling webhook\" with the error of the connection.",
        "연결 오류와 함께 \"failed calling webhook\"이 나온다.",
    ),
    (
        "\"kubeadm join\" says \"x509: certificate signed by unknown authority\", or that no public key of the cluster matches the pinned ones.",
        "\"kubeadm join\"이 \"x509: certificate signed by unknown authority\"라고 하거나, 클러스터의 공개 키 가운데 고정(pin)한 것과 맞는 것이 없다고 한다.",
    ),
    (
        "\"subject with cn=… is not in the allowed list\", and 401.",
        "\"subject with cn=… is not in the allowed list\"와 함께 401로 응답한다.",
    ),
    (
        "\"x509: certificate is valid for …, not …\"",
        "\"x509: certificate is valid for …, not …\" 오류가 난다.",
    ),
    (
        "\"x509: certificate is valid for …, not …\" in the log of kube-apiserver.",
        "kube-apiserver 로그에 \"x509: certificate is valid for …, not …\"가 남는다.",
    ),
    (
        "\"x509: certificate signed by unknown authority\"; the agent tries again for ever.",
        "\"x509: certificate signed by unknown authority\"가 나오고, 에이전트는 끝없이 다시 시도한다.",
    ),
    (
        "--etcd-cafile holds the authority of etcd's serving certificate, and that certificate names the host of every URL in --etcd-servers.",
        "--etcd-cafile에는 etcd 서빙 인증서를 발급한 CA가 들어 있고, 그 인증서에는 --etcd-servers의 모든 URL의 호스트가 들어 있다.",
    ),
    ("0: none", "0: 없음"),
    (
        "A certificate ends before its authority does.",
        "인증서는 그것을 발급한 CA보다 먼저 만료된다.",
    ),
    (
        "A certificate with a key that issues others. Whoever trusts its certificate believes what it issued.",
        "다른 인증서를 발급하는 인증서와 키. 이 인증서를 신뢰하면 그것이 발급한 것도 믿게 된다.",
    ),
    (
        "A certificate with its private key, from two files or inside a kubeconfig. It proves who somebody is.",
        "인증서와 그 개인 키. 파일 두 개로 두거나 kubeconfig 안에 넣는다. 자기가 누구인지 증명한다.",
    ),
    (
        "A certificate without that name: \"x509: certificate is valid for …, not NAME.NAMESPACE.svc\".",
        "인증서에 그 이름이 없으면 \"x509: certificate is valid for …, not NAME.NAMESPACE.svc\" 오류가 난다.",
    ),
    (
        "A certificate without that name: FailedDiscoveryCheck, \"x509: certificate is valid for …, not NAME.NAMESPACE.svc\".",
        "인증서에 그 이름이 없으면 FailedDiscoveryCheck가 되고 \"x509: certificate is valid for …, not NAME.NAMESPACE.svc\"가 나온다.",
    ),
    (
        "A client reads it once, when it starts. After kubeadm certs renew, whoever uses a kubeconfig with an embedded certificate has to be started again.",
        "클라이언트는 시작할 때 한 번만 읽는다. kubeadm certs renew를 한 뒤에는, 인증서가 내장된 kubeconfig를 쓰는 프로세스를 다시 시작해야 한다.",
    ),
    (
        "A client with another common name is refused: \"remote error: tls: bad certificate\".",
        "CN이 다른 클라이언트는 \"remote error: tls: bad certificate\"로 거부된다.",
    ),
    (
        "A cluster made by kubeadm has three that do not know each other: ca for kube-apiserver and its clients, etcd-ca for etcd, front-proxy-ca for who may speak for others.",
        "kubeadm이 만든 클러스터에는 서로를 모르는 CA가 셋 있다. kube-apiserver와 그 클라이언트를 위한 ca, etcd를 위한 etcd-ca, 남을 대신해 말할 수 있는 자를 위한 front-proxy-ca다.",
    ),
    (
        "A file that is not there ends the agent: \"error checking agent key\".",
        "파일이 없으면 에이전트가 \"error checking agent key\"로 종료된다.",
    ),
    (
        "A file that is not there ends the agent; a token for another audience is refused.",
        "파일이 없으면 에이전트가 종료된다. 대상(audience)이 다른 토큰은 거부된다.",
    ),
    (
        "A file that is not there, or a certificate without a key, ends the server: \"error checking cluster key\".",
        "파일이 없거나 인증서만 있고 키가 없으면 서버가 \"error checking cluster key\"로 종료된다.",
    ),
    (
        "A file that is not there, or a certificate without a key, ends the server: \"error checking server key\".",
        "파일이 없거나 인증서만 있고 키가 없으면 서버가 \"error checking server key\"로 종료된다.",
    ),
    (
        "A file that says where kube-apiserver is (server), what it is verified with (certificate-authority), and what it is shown (client-certificate and client-key, or a token). What ends with -data is PEM in base64; the rest are paths.",
        "kube-apiserver의 위치(server), 그것을 검증할 CA(certificate-authority), 제시할 자격 증명(client-certificate와 client-key, 또는 토큰)을 담은 파일. -data로 끝나는 것은 base64로 된 PEM이고 나머지는 경로다.",
    ),
    (
        "A host that the certificate does not name ends every request with \"x509: certificate is valid for …, not …\". With http:// no credentials are sent.",
        "인증서에 없는 호스트이면 모든 요청이 \"x509: certificate is valid for …, not …\"로 실패한다. http://이면 자격 증명을 보내지 않는다.",
    ),
    (
        "A key of another certificate ends the client when it starts: \"tls: private key does not match public key\". Whoever reads the file is this user.",
        "다른 인증서의 키이면 클라이언트가 시작하면서 \"tls: private key does not match public key\"로 종료된다. 이 파일을 읽을 수 있는 사람은 곧 이 사용자다.",
    ),
    (
        "A key of another certificate is not noticed when kube-apiserver starts, but with the first kubectl logs.",
        "다른 인증서의 키여도 kube-apiserver가 시작할 때는 드러나지 않고, 첫 kubectl logs에서 드러난다.",
    ),
    (
        "A missing file ends kube-apiserver. A host that no user is named for is called without credentials.",
        "파일이 없으면 kube-apiserver가 종료된다. 사용자가 지정되지 않은 호스트는 자격 증명 없이 호출된다.",
    ),
    (
        "A missing file ends kube-apiserver: \"failed to read cert file\"; one without a certificate: \"failed to append CA cert to the cert pool\".",
        "파일이 없으면 kube-apiserver가 \"failed to read cert file\"로, 인증서가 하나도 없으면 \"failed to append CA cert to the cert pool\"로 종료된다.",
    ),
    (
        "A missing file ends kube-apiserver; a stale CA in it lets every question to it fail, and failurePolicy decides.",
        "파일이 없으면 kube-apiserver가 종료된다. 그 안의 CA가 오래된 것이면 모든 질의가 실패하고, 결과는 failurePolicy가 정한다.",
    ),
    (
        "A missing file ends the client when it starts: \"unable to read certificate-authority\". Beside certificate-authority-data it is refused. The wrong authority is \"x509: certificate signed by unknown authority\".",
        "파일이 없으면 클라이언트가 시작하면서 \"unable to read certificate-authority\"로 종료된다. certificate-authority-data와 함께 쓰면 거부된다. CA가 틀리면 \"x509: certificate signed by unknown authority\"가 나온다.",
    ),
    (
        "A missing file ends the client when it starts: \"unable to read client-key\".",
        "파일이 없으면 클라이언트가 시작하면서 \"unable to read client-key\"로 종료된다.",
    ),
    (
        "A missing file ends the request; a token that does not count is answered with 401 Unauthorized.",
        "파일이 없으면 요청이 실패하고, 유효하지 않은 토큰이면 401 Unauthorized로 응답한다.",
    ),
    (
        "A name that the certificate does not have: \"x509: certificate is valid for …, not …\".",
        "인증서에 없는 이름이면 \"x509: certificate is valid for …, not …\" 오류가 난다.",
    ),
    (
        "A pair that cannot be read ends kube-apiserver: \"failed to read key pair\". Of an authority that the konnectivity server does not name in the handshake, Go sends no certificate at all.",
        "쌍을 읽을 수 없으면 kube-apiserver가 \"failed to read key pair\"로 종료된다. konnectivity 서버가 핸드셰이크에서 알려 준 CA가 발급한 것이 아니면 Go는 인증서를 아예 보내지 않는다.",
    ),
    (
        "A place that shows a mistake: file, line, column, and the flag or field. The first of a finding is the one that has to change.",
        "잘못을 보여 주는 곳. 파일, 줄, 열, 그리고 플래그나 필드다. 발견 사항의 첫 번째 증거가 고쳐야 할 곳이다.",
    ),
    (
        "A request for a certificate: the public key and the wished name, signed with the private key, which stays where it is. In a cluster it is an object that somebody approves and a signer signs.",
        "인증서 요청. 공개 키와 원하는 이름을 개인 키로 서명한 것이며, 개인 키는 있던 곳에 그대로 남는다. 클러스터에서는 누군가 승인하고 서명자가 서명하는 오브젝트다.",
    ),
    (
        "A set of steps from today's files to wanted ones, such as making what is missing. It is looked through before the first byte is written.",
        "지금의 파일에서 원하는 파일로 가는 단계의 모음. 없는 것을 만드는 일이 그 예다. 첫 바이트를 쓰기 전에 전체를 확인한다.",
    ),
    (
        "A short secret, ID.SECRET, that a node joins with: it is checked against a Secret in kube-system and makes its bearer a member of system:bootstrappers.",
        "노드가 합류할 때 쓰는 짧은 비밀 값(ID.SECRET). kube-system의 시크릿과 대조하며, 가진 자를 system:bootstrappers 그룹에 속하게 한다.",
    ),
    (
        "A socket that is not mounted fails what goes through it.",
        "소켓이 마운트되지 않으면 그것을 거치는 요청이 모두 실패한다.",
    ),
    (
        "A socket that is not mounted: /readyz fails with \"kms-providers\", and nothing encrypted can be read.",
        "소켓이 마운트되지 않으면 /readyz가 \"kms-providers\"에서 실패하고, 암호화된 것을 하나도 읽을 수 없다.",
    ),
    (
        "A token that does not count is answered with 401 Unauthorized; beside a certificate that counts it is not looked at.",
        "유효하지 않은 토큰이면 401 Unauthorized로 응답한다. 유효한 인증서가 함께 있으면 토큰은 보지 않는다.",
    ),
    (
        "APIs that others serve, such as metrics, are not available",
        "메트릭처럼 다른 서버가 제공하는 API를 쓸 수 없다",
    ),
    (
        "Agents are refused: their tokens cannot be checked.",
        "에이전트의 토큰을 확인할 수 없어 에이전트가 거부된다.",
    ),
    (
        "Agents say \"x509: …\" and do not connect.",
        "에이전트가 \"x509: …\"를 남기고 연결하지 않는다.",
    ),
    (
        "Agents with a certificate of another authority are refused.",
        "다른 CA의 인증서를 가진 에이전트는 거부된다.",
    ),
    (
        "Agents with tokens for another audience are refused.",
        "대상(audience)이 다른 토큰을 가진 에이전트는 거부된다.",
    ),
    (
        "Aggregated API servers answer 401, and their APIService is not Available.",
        "집계 API 서버가 401로 응답하고, 그 APIService는 Available이 되지 않는다.",
    ),
    (
        "An address that does not answer fails what goes through it: logs, exec, webhooks.",
        "응답하지 않는 주소이면 그것을 거치는 로그, exec, 웹훅이 실패한다.",
    ),
    (
        "An expired one, or one from another authority, is answered with 401 Unauthorized. It stays what it is until the client starts again, also after kubeadm certs renew.",
        "만료되었거나 다른 CA가 발급한 것이면 401 Unauthorized로 응답한다. kubeadm certs renew를 해도 클라이언트를 다시 시작할 때까지는 예전 것을 쓴다.",
    ),
    (
        "An unknown number ends the kubelet.",
        "알 수 없는 번호이면 kubelet이 종료된다.",
    ),
    (
        "As with the certificate: \"failed to read key pair\".",
        "인증서와 마찬가지로 \"failed to read key pair\"가 나온다.",
    ),
    (
        "As with url: the tokens are 401, and only the log says why.",
        "url과 마찬가지로 토큰은 401이 되고, 이유는 로그에만 남는다.",
    ),
    (
        "CA certificates that pods may mount",
        "파드가 마운트할 수 있는 CA 인증서",
    ),
    (
        "Every key belongs to its certificate.",
        "모든 키는 자기 인증서와 짝이 맞는다.",
    ),
    (
        "Every member's --peer-trusted-ca-file holds the authority of every member's peer certificate, and that certificate names the host of its peer URL and the address it calls from.",
        "모든 멤버의 --peer-trusted-ca-file에는 모든 멤버의 피어 인증서를 발급한 CA가 들어 있고, 그 인증서에는 피어 URL의 호스트와 접속해 오는 주소가 들어 있다.",
    ),
    (
        "Given alone it already demands certificates, also beside --client-cert-auth=false.",
        "이것만 지정해도 이미 인증서를 요구한다. --client-cert-auth=false와 함께 써도 마찬가지다.",
    ),
    ("Go's", "Go의 기본값"),
    (
        "It has to be DER: a list in PEM refuses every connection.",
        "DER이어야 한다. PEM으로 된 목록이면 모든 연결이 거부된다.",
    ),
    (
        "It has to be among the names of the serving certificate; it changes when a node gets another address, and the certificate does not.",
        "서빙 인증서의 이름에 들어 있어야 한다. 노드의 주소가 바뀌면 이 값은 바뀌지만 인증서는 그대로다.",
    ),
    (
        "It is chosen by the name that a client asks for; who dials an IP address asks for none.",
        "클라이언트가 요청한 이름(SNI)으로 고른다. IP 주소로 접속하면 이름을 요청하지 않는다.",
    ),
    (
        "It is read once: a new CA of etcd counts only after a restart of kube-apiserver, while the client certificate is read for every connection.",
        "한 번만 읽는다. etcd의 CA를 바꾸면 kube-apiserver를 다시 시작해야 적용되지만, 클라이언트 인증서는 연결할 때마다 읽는다.",
    ),
    (
        "It is shown in both directions and needs serverAuth and clientAuth. A single member never calls itself: a mistake shows when a second one joins.",
        "양방향으로 제시하므로 serverAuth와 clientAuth가 모두 필요하다. 멤버가 하나뿐이면 자기 자신을 호출하지 않아, 잘못이 있어도 두 번째 멤버가 합류할 때 드러난다.",
    ),
    (
        "It is used when the other kubeconfig is not there, cannot be read, or its certificate is over.",
        "다른 kubeconfig가 없거나, 읽을 수 없거나, 그 인증서가 만료되었을 때 쓴다.",
    ),
    (
        "It is what every pod trusts: a wrong but valid CA harms nobody here and everybody there.",
        "모든 파드가 신뢰하는 것이다. 틀렸지만 형식이 유효한 CA이면 여기서는 아무 일도 없고 모든 파드에서 문제가 된다.",
    ),
    (
        "It may not stand beside --anonymous-auth. It is read when kube-apiserver starts, and not again.",
        "--anonymous-auth와 함께 쓸 수 없다. kube-apiserver가 시작할 때만 읽고 다시 읽지 않는다.",
    ),
    (
        "It must not be the CA of ordinary clients: whoever has a certificate with an allowed name could then speak for anybody.",
        "일반 클라이언트의 CA여서는 안 된다. 그러면 허용된 이름의 인증서를 가진 누구나 다른 사람을 대신해 말할 수 있다.",
    ),
    (
        "It signs only the old tokens that are kept in Secrets; those of pods are signed by kube-apiserver.",
        "시크릿에 보관되는 예전 방식의 토큰에만 서명한다. 파드의 토큰은 kube-apiserver가 서명한다.",
    ),
    (
        "It works when all of that fits. Its id is CLIENT->SERVER, such as kube-apiserver->etcd.",
        "이 모든 것이 맞을 때 동작한다. ID는 CLIENT->SERVER 형식이며, kube-apiserver->etcd가 그 예다.",
    ),
    (
        "Its first address is kube-apiserver to every pod, and has to be among the names of the serving certificate.",
        "첫 번째 주소는 모든 파드에게 kube-apiserver의 주소이며, 서빙 인증서의 이름에 들어 있어야 한다.",
    ),
    (
        "NAME.NAMESPACE.svc of the APIService's service",
        "APIService가 가리키는 서비스의 NAME.NAMESPACE.svc",
    ),
    (
        "Nobody approves these requests by default. Until somebody does, every handshake with the kubelet fails with \"remote error: tls: internal error\".",
        "기본적으로 이 요청은 아무도 승인하지 않는다. 누군가 승인하기 전까지 kubelet과의 모든 핸드셰이크가 \"remote error: tls: internal error\"로 실패한다.",
    ),
    (
        "Nothing checks when kube-apiserver starts that its public half is among --service-account-key-file.",
        "공개 키가 --service-account-key-file에 있는지 kube-apiserver가 시작할 때 확인하지 않는다.",
    ),
    (
        "One end of a channel: kube-apiserver, etcd, kube-controller-manager, kube-scheduler, kubelet, kube-proxy, or a user. kube-apiserver is a server to most and a client of etcd, of kubelets and of the API servers behind it.",
        "채널의 한쪽 끝. kube-apiserver, etcd, kube-controller-manager, kube-scheduler, kubelet, kube-proxy, 또는 사용자다. kube-apiserver는 대부분에게는 서버이고, etcd와 kubelet, 뒤에 있는 API 서버에게는 클라이언트다.",
    ),
    (
        "One kind of TLS connection: who connects to whom, what each shows and verifies with, the name that is checked, and whom the server takes the client for.",
        "TLS 연결의 한 종류. 누가 누구에게 접속하는지, 각자 무엇을 제시하고 무엇으로 검증하는지, 어떤 이름을 확인하는지, 서버가 클라이언트를 누구로 보는지를 아우른다.",
    ),
    (
        "One thing that is wrong, with its cause, its evidence, the channels that it breaks, and what to do. Every finding has a code, such as KP0301.",
        "잘못된 것 하나. 원인, 증거, 끊어지는 채널, 해결 방법이 딸려 있다. 모든 발견 사항에는 KP0301 같은 코드가 있다.",
    ),
    (
        "Pods say \"x509: certificate signed by unknown authority\" when they call kube-apiserver.",
        "파드가 kube-apiserver를 호출할 때 \"x509: certificate signed by unknown authority\"가 나온다.",
    ),
    (
        "Somebody who passes requests on and says in headers (X-Remote-User and others) for whom. It is believed only with a certificate of the front proxy's CA, and a common name on the list.",
        "요청을 전달하면서 누구를 대신하는지를 헤더(X-Remote-User 등)로 알리는 쪽. 프런트 프록시 CA가 발급하고 CN이 목록에 있는 인증서를 제시해야만 믿는다.",
    ),
    (
        "Text that is no certificate is refused when the file is read. The wrong authority shows in the log only, \"oidc authenticator: … x509: certificate signed by unknown authority\", and tokens are 401.",
        "인증서가 아닌 텍스트는 파일을 읽을 때 거부된다. CA가 틀리면 로그에만 \"oidc authenticator: … x509: certificate signed by unknown authority\"가 남고 토큰은 401이 된다.",
    ),
    (
        "Text that is no certificate is refused when the object is written. The wrong authority: \"failed calling webhook … x509: certificate signed by unknown authority\" for every request that it is asked about.",
        "인증서가 아닌 텍스트는 오브젝트를 쓸 때 거부된다. CA가 틀리면 웹훅에 묻는 모든 요청이 \"failed calling webhook … x509: certificate signed by unknown authority\"로 실패한다.",
    ),
    (
        "The APIService is not Available: FailedDiscoveryCheck, \"x509: certificate signed by unknown authority\".",
        "APIService가 Available이 되지 않고 FailedDiscoveryCheck, \"x509: certificate signed by unknown authority\"가 나온다.",
    ),
    (
        "The CA certificates that one side verifies with. There may be several in it: while a CA is replaced, the old and the new, so that certificates of both count.",
        "한쪽이 상대를 검증하는 데 쓰는 CA 인증서들. 여러 개일 수 있다. CA를 교체하는 동안에는 예전 것과 새것을 함께 넣어 두 CA의 인증서가 모두 통하게 한다.",
    ),
    (
        "The authority of every client certificate is in kube-apiserver's --client-ca-file, and so is the one that kube-controller-manager signs requests with.",
        "모든 클라이언트 인증서를 발급한 CA가 kube-apiserver의 --client-ca-file에 들어 있고, kube-controller-manager가 요청에 서명하는 CA도 들어 있다.",
    ),
    (
        "The authority of kube-apiserver's serving certificate is in every kubeconfig, in what --root-ca-file publishes, and in cluster-info.",
        "kube-apiserver 서빙 인증서를 발급한 CA가 모든 kubeconfig와 --root-ca-file이 배포하는 것, cluster-info에 들어 있다.",
    ),
    (
        "The authority of the certificate that kube-apiserver shows kubelets is in the kubelet's client-ca-file, and its user is allowed the kubelet's API.",
        "kube-apiserver가 kubelet에 제시하는 인증서를 발급한 CA가 kubelet의 client-ca-file에 들어 있고, 그 사용자에게 kubelet API 권한이 있다.",
    ),
    (
        "The authority of the front proxy's certificate is in --requestheader-client-ca-file, and its common name in --requestheader-allowed-names; that CA is not the CA of ordinary clients.",
        "프런트 프록시 인증서를 발급한 CA가 --requestheader-client-ca-file에, 그 CN이 --requestheader-allowed-names에 들어 있고, 그 CA는 일반 클라이언트의 CA가 아니다.",
    ),
    (
        "The caBundle of a webhook or APIService holds the authority of the certificate that is served there, and that certificate names NAME.NAMESPACE.svc.",
        "웹훅이나 APIService의 caBundle에는 거기서 제시하는 인증서를 발급한 CA가 들어 있고, 그 인증서에는 NAME.NAMESPACE.svc가 들어 있다.",
    ),
    (
        "The connection fails with \"proxyconnect tcp\".",
        "연결이 \"proxyconnect tcp\"로 실패한다.",
    ),
    (
        "The file must hold exactly one certificate. What it signs has to be trusted by kube-apiserver's --client-ca-file.",
        "파일에는 인증서가 정확히 하나만 있어야 한다. 이것이 서명한 것을 kube-apiserver의 --client-ca-file이 신뢰해야 한다.",
    ),
    (
        "The issuer has to answer with https and name itself alike; else its tokens are 401 and the log says \"oidc authenticator\".",
        "발급자는 https로 응답하고 자신을 똑같은 이름으로 밝혀야 한다. 그렇지 않으면 토큰은 401이 되고 로그에 \"oidc authenticator\"가 남는다.",
    ),
    (
        "The member that calls checks it too, of the one it calls: the names of all members have to be listed.",
        "접속하는 멤버도 상대 멤버에 대해 이것을 확인한다. 모든 멤버의 이름을 적어야 한다.",
    ),
    (
        "The names that a server's certificate is for. A client compares the host that it dials with them; the common name does not count. IP addresses count only as IP addresses.",
        "서버 인증서가 유효한 이름들. 클라이언트는 접속하는 호스트를 이것과 비교한다. CN은 보지 않는다. IP 주소는 IP 주소 항목으로 들어 있어야 한다.",
    ),
    (
        "The public half of the key that signs tokens is among --service-account-key-file of every kube-apiserver, and so is that of kube-controller-manager's key; the issuers are the same everywhere.",
        "토큰에 서명하는 키의 공개 키가 모든 kube-apiserver의 --service-account-key-file에 들어 있고, kube-controller-manager의 키도 마찬가지다. 발급자 목록은 어디서나 같다.",
    ),
    (
        "The scheme of the first URL decides on TLS for all: with http:// no certificate is shown, and kube-apiserver ends after 20 seconds with \"context deadline exceeded\".",
        "첫 번째 URL의 스킴이 모두의 TLS 여부를 정한다. http://이면 인증서를 제시하지 않고, kube-apiserver는 20초 뒤 \"context deadline exceeded\"로 종료된다.",
    ),
    (
        "The server refuses the connection.",
        "서버가 연결을 거부한다.",
    ),
    (
        "The tables that say what every credential, flag and file of the supported versions is, who reads it, and when it is read again. What this command prints comes from them.",
        "지원하는 버전의 모든 자격 증명, 플래그, 파일이 무엇이고 누가 읽으며 언제 다시 읽는지 적은 표. 이 명령이 출력하는 내용은 여기서 나온다.",
    ),
    (
        "The three words say nothing of client or server; the rest of the flag does. --etcd-cafile, --etcd-certfile and --etcd-keyfile make kube-apiserver a client of etcd. --tls-cert-file and --tls-private-key-file are what it shows as a server, and --client-ca-file is what it verifies its own clients with.",
        "세 단어는 클라이언트인지 서버인지를 말해 주지 않는다. 그것은 플래그 이름의 나머지 부분이 말해 준다. --etcd-cafile, --etcd-certfile, --etcd-keyfile에서 kube-apiserver는 etcd의 클라이언트다. --tls-cert-file과 --tls-private-key-file은 서버로서 제시하는 것이고, --client-ca-file은 자신의 클라이언트를 검증하는 것이다.",
    ),
    (
        "Tokens for others are 401.",
        "대상(audience)이 다른 토큰은 401이 된다.",
    ),
    (
        "Tokens of an issuer that is no longer listed are refused: when it changes, keep the old one as a further value.",
        "목록에 더 이상 없는 발급자의 토큰은 거부된다. 바꿀 때는 예전 값을 추가 값으로 남겨 둔다.",
    ),
    ("Webhook in a configuration file", "설정 파일에서는 Webhook"),
    (
        "What a certificate may be used for: serverAuth for servers, clientAuth for clients. Without any it may be used for both. etcd's certificates need both.",
        "인증서를 쓸 수 있는 용도. 서버는 serverAuth, 클라이언트는 clientAuth다. 아무것도 없으면 양쪽 모두에 쓸 수 있다. etcd의 인증서에는 둘 다 필요하다.",
    ),
    (
        "What an identity may do is said elsewhere (RBAC). Members of system:masters may do everything, and that cannot be taken back before the certificate ends.",
        "신원이 무엇을 할 수 있는지는 다른 곳(RBAC)에서 정한다. system:masters의 구성원은 무엇이든 할 수 있고, 인증서가 만료되기 전에는 그것을 거둘 수 없다.",
    ),
    (
        "What counts then is kubelet-client-current.pem in --cert-dir, before anything in the kubeconfig.",
        "그러면 kubeconfig에 있는 어떤 것보다 --cert-dir의 kubelet-client-current.pem이 우선한다.",
    ),
    (
        "What is no certificate is refused when the object is written; what is missing makes pods distrust their servers.",
        "인증서가 아닌 것은 오브젝트를 쓸 때 거부된다. 빠진 것이 있으면 파드가 서버를 신뢰하지 못한다.",
    ),
    (
        "What the konnectivity server shows is trusted by kube-apiserver's egress selector and by the agents, and the other way round.",
        "konnectivity 서버가 제시하는 것을 kube-apiserver의 egress selector와 에이전트가 신뢰하고, 그 반대도 성립한다.",
    ),
    (
        "When --kubelet-certificate-authority is set, it holds the authority of the kubelets' serving certificates, and these name the address type that kube-apiserver prefers.",
        "--kubelet-certificate-authority를 설정했다면 kubelet 서빙 인증서를 발급한 CA가 들어 있고, 그 인증서에는 kube-apiserver가 우선하는 종류의 주소가 들어 있다.",
    ),
    (
        "When it is empty, every certificate of the front proxy's CA may speak for anybody. When that CA is also the CA of clients, kube-apiserver does not start without it.",
        "비어 있으면 프런트 프록시 CA의 모든 인증서가 누구든 대신해 말할 수 있다. 그 CA가 클라이언트의 CA이기도 하면 이것 없이는 kube-apiserver가 시작하지 않는다.",
    ),
    (
        "When it is false, kubeadm's probes of /livez are answered with 401, and the kubelet restarts kube-apiserver for ever.",
        "false이면 kubeadm의 /livez 프로브가 401을 받고, kubelet이 kube-apiserver를 끝없이 다시 시작한다.",
    ),
    (
        "When kube-apiserver refuses it, the process stays up and its health looks well: it waits for ever to lead.",
        "kube-apiserver가 거부해도 프로세스는 계속 떠 있고 상태도 정상으로 보인다. 리더가 되기를 끝없이 기다릴 뿐이다.",
    ),
    (
        "When only one of the pair is set, kube-apiserver starts and silently shows none.",
        "쌍 가운데 하나만 설정하면 kube-apiserver는 그대로 시작하고, 아무 말 없이 인증서를 제시하지 않는다.",
    ),
    (
        "When the program fails, every request does: \"getting credentials: exec: …\".",
        "프로그램이 실패하면 모든 요청이 \"getting credentials: exec: …\"로 실패한다.",
    ),
    (
        "Where the selection leads nowhere, the keys of the issuer are not fetched and its tokens are 401.",
        "선택한 경로가 통하지 않으면 발급자의 키를 가져오지 못해 토큰이 401이 된다.",
    ),
    (
        "Whom the server takes the client for. Of a certificate the common name is the user, and every organisation a group; of a service account's token the user is system:serviceaccount:NAMESPACE:NAME.",
        "서버가 클라이언트를 누구로 보는가. 인증서에서는 CN이 사용자, 모든 O(조직)가 그룹이 되고, 서비스 어카운트 토큰에서는 system:serviceaccount:NAMESPACE:NAME이 사용자가 된다.",
    ),
    (
        "With --config the flag does not count, but clientConnection.kubeconfig in that file.",
        "--config가 있으면 이 플래그는 적용되지 않고, 그 파일의 clientConnection.kubeconfig가 적용된다.",
    ),
    (
        "With https:// it also checks that the address a client calls from is among the names of its certificate.",
        "https://이면 클라이언트가 접속해 오는 주소가 그 인증서의 이름에 있는지도 확인한다.",
    ),
    (
        "With it and without --trusted-ca-file, certificates of the system's CAs are demanded: nobody gets in.",
        "이것만 있고 --trusted-ca-file이 없으면 시스템 CA의 인증서를 요구하므로 아무도 들어갈 수 없다.",
    ),
    (
        "With it etcd looks at no other flag and at no ETCD_ variable.",
        "이것이 있으면 etcd는 다른 플래그와 ETCD_ 환경 변수를 전혀 보지 않는다.",
    ),
    (
        "With it the kubelet asks for its client certificate; kube-controller-manager approves and signs.",
        "이것으로 kubelet이 클라이언트 인증서를 요청하고, kube-controller-manager가 승인하고 서명한다.",
    ),
    (
        "Without a usable certificate: \"unable to load root certificates\". The wrong authority is \"x509: certificate signed by unknown authority\". It stays what it is until the client starts again.",
        "쓸 수 있는 인증서가 없으면 \"unable to load root certificates\"가 나온다. CA가 틀리면 \"x509: certificate signed by unknown authority\"가 나온다. 클라이언트를 다시 시작할 때까지는 그대로다.",
    ),
    (
        "Without it kube-apiserver verifies no kubelet at all. With it, self-signed kubelets fail: their serving certificates have to be requested (serverTLSBootstrap) and approved.",
        "이것이 없으면 kube-apiserver는 kubelet을 전혀 검증하지 않는다. 있으면 자체 서명한 kubelet은 실패한다. 서빙 인증서를 요청하고(serverTLSBootstrap) 승인해야 한다.",
    ),
    (
        "Without it the kubelet makes its own certificate, which no CA of the cluster vouches for.",
        "이것이 없으면 kubelet이 스스로 인증서를 만드는데, 클러스터의 어떤 CA도 보증하지 않는다.",
    ),
    (
        "Without it, and without --authorization-config, everybody may do everything (AlwaysAllow).",
        "이것도 --authorization-config도 없으면 누구나 무엇이든 할 수 있다(AlwaysAllow).",
    ),
    (
        "Without its key it is refused. A pair that does not match is not noticed before the first connection: \"tls: private key does not match public key\".",
        "키가 없으면 거부된다. 짝이 맞지 않아도 첫 연결 전에는 드러나지 않고, 그때 \"tls: private key does not match public key\"가 나온다.",
    ),
    ("a bearer token", "베어러 토큰"),
    (
        "a certificate without any is good for every use",
        "아무것도 없는 인증서는 모든 용도에 쓸 수 있다",
    ),
    (
        "a claim that every token of the OpenID Connect issuer needs",
        "OpenID Connect 발급자의 모든 토큰에 있어야 하는 클레임",
    ),
    (
        "a client is anonymous; a server makes one that nobody trusts",
        "클라이언트는 익명이 되고, 서버는 아무도 신뢰하지 않는 것을 만든다",
    ),
    (
        "a file instead of all other flags and variables",
        "다른 모든 플래그와 환경 변수를 대신하는 파일",
    ),
    (
        "a file whose clientConnection counts instead of --kubeconfig",
        "--kubeconfig 대신 clientConnection이 적용되는 파일",
    ),
    (
        "a folder of *.conf files that win over the configuration file",
        "설정 파일보다 우선하는 *.conf 파일의 디렉터리",
    ),
    (
        "a front proxy whose common name is allowed; the users are in its headers",
        "CN이 허용된 프런트 프록시. 실제 사용자는 헤더에 있다",
    ),
    (
        "a further serving pair, chosen by the name a client asks for",
        "클라이언트가 요청한 이름으로 고르는 추가 서빙 쌍",
    ),
    (
        "a kubeconfig with the credentials that admission webhooks are shown, one user for each host",
        "어드미션 웹훅에 제시할 자격 증명을 담은 kubeconfig. 호스트마다 사용자 하나",
    ),
    ("a line of it cannot be read", "읽을 수 없는 줄이 있음"),
    (
        "a link to the kubelet's own client certificate and key, in one file; the kubelet renews them by request before they end",
        "kubelet 자신의 클라이언트 인증서와 키가 한 파일에 든 것을 가리키는 링크. kubelet은 만료 전에 요청을 보내 갱신한다",
    ),
    (
        "a link to the kubelet's serving certificate and key, in one file, when it asks for them (serverTLSBootstrap)",
        "kubelet이 서빙 인증서를 요청할 때(serverTLSBootstrap), 그 인증서와 키가 한 파일에 든 것을 가리키는 링크",
    ),
    (
        "a list of clients' certificates that are revoked, in DER",
        "폐기된 클라이언트 인증서 목록. DER 형식",
    ),
    (
        "a list of other members' certificates that are revoked, in DER",
        "폐기된 다른 멤버 인증서 목록. DER 형식",
    ),
    (
        "a name that goes with a password",
        "비밀번호와 함께 쓰는 이름",
    ),
    (
        "a password, for what stands before the API: kube-apiserver takes none",
        "비밀번호. API 앞에 있는 것이 쓰며 kube-apiserver는 받지 않는다",
    ),
    ("a port without TLS", "TLS가 없는 포트"),
    (
        "a port without TLS and authentication",
        "TLS도 인증도 없는 포트",
    ),
    (
        "a program that answers with a token or a certificate",
        "토큰이나 인증서를 돌려주는 프로그램",
    ),
    (
        "a proxy on the way to the server; the name that is checked stays the same",
        "서버로 가는 길의 프록시. 확인하는 이름은 바뀌지 않는다",
    ),
    (
        "a server makes a self-signed one that nobody trusts; a client is anonymous",
        "서버는 아무도 신뢰하지 않는 자체 서명 인증서를 만들고, 클라이언트는 익명이 된다",
    ),
    (
        "a server shows a certificate for clients, or the other way round",
        "서버가 클라이언트용 인증서를 제시하거나 그 반대임",
    ),
    (
        "a service that takes audit events",
        "감사 이벤트를 받는 서비스",
    ),
    (
        "a service that tells who bears a token",
        "토큰의 주인이 누구인지 알려 주는 서비스",
    ),
    (
        "a service that tells who may do what",
        "누가 무엇을 할 수 있는지 알려 주는 서비스",
    ),
    (
        "address and CA certificates of the cluster, for nodes that join; signed with bootstrap tokens",
        "합류하는 노드를 위한 클러스터의 주소와 CA 인증서. 부트스트랩 토큰으로 서명된다",
    ),
    ("administrators use kubectl", "관리자가 kubectl을 쓴다"),
    (
        "aggregated API servers, kube-controller-manager and kube-scheduler",
        "집계 API 서버, kube-controller-manager, kube-scheduler",
    ),
    (
        "all but what it says of anonymous requests",
        "익명 요청에 관한 부분은 제외",
    ),
    ("all of it", "전체 내용"),
    ("all of it, without secrets", "비밀을 뺀 전체 내용"),
    (
        "also the list of authorities that clients are told of; the feature gate is ReloadKubeletClientCAFile",
        "클라이언트에 알려 주는 CA 목록도 함께 바뀐다. 기능 게이트는 ReloadKubeletClientCAFile",
    ),
    (
        "an OpenID Connect issuer whose tokens are accepted",
        "토큰을 받아들일 OpenID Connect 발급자",
    ),
    ("an address of kube-apiserver", "kube-apiserver의 주소"),
    ("any", "제한 없음"),
    ("any that the CA vouches for", "CA가 보증하는 모두"),
    ("authenticators for JSON web tokens", "JSON 웹 토큰 인증자"),
    ("both", "양쪽"),
    (
        "cafile answers \"whom do I believe?\": CA certificates, which verify what the other side shows. It is public.",
        "cafile은 \"누구를 믿을 것인가?\"에 답한다. 상대가 제시한 것을 검증하는 CA 인증서이며, 공개해도 된다.",
    ),
    (
        "certfile answers \"who am I?\": the certificate that is shown to the other side. It is public.",
        "certfile은 \"나는 누구인가?\"에 답한다. 상대에게 제시하는 인증서이며, 공개해도 된다.",
    ),
    ("certificate and key are swapped", "인증서와 키가 뒤바뀜"),
    (
        "certificates of that CA are refused",
        "그 CA의 인증서가 거부된다",
    ),
    ("client", "클라이언트"),
    (
        "clients end the handshake",
        "클라이언트가 핸드셰이크를 끝낸다",
    ),
    ("connections fail", "연결이 실패한다"),
    (
        "controllers bring the cluster to what is wanted, and sign requests",
        "컨트롤러가 클러스터를 원하는 상태로 만들고 요청에 서명한다",
    ),
    ("default", "기본값"),
    (
        "etcd also shows it to itself as a client (the gateway of its API): without clientAuth among its usages the log fills with errors from 127.0.0.1, and clients notice nothing.",
        "etcd는 이것을 자기 자신에게 클라이언트로도 제시한다(API 게이트웨이). 용도에 clientAuth가 없으면 127.0.0.1에서 온 오류가 로그에 쌓이지만, 클라이언트는 알아차리지 못한다.",
    ),
    (
        "etcd refuses the handshake and says so in its log",
        "etcd가 핸드셰이크를 거부하고 로그에 남긴다",
    ),
    ("etcd to its clients", "etcd가 클라이언트에게"),
    (
        "etcd's --trusted-ca-file holds the authority of the certificates that kube-apiserver and the health check show.",
        "etcd의 --trusted-ca-file에는 kube-apiserver와 상태 확인이 제시하는 인증서를 발급한 CA가 들어 있다.",
    ),
    ("etcd's members to each other", "etcd 멤버끼리"),
    (
        "etcd, its peers and its clients",
        "etcd와 그 피어, 클라이언트",
    ),
    (
        "etcdctl and kubeadm's checks fail; the cluster goes on",
        "etcdctl과 kubeadm의 확인이 실패하지만, 클러스터는 계속 동작한다",
    ),
    (
        "every channel, and which of them work",
        "모든 채널과 동작 여부",
    ),
    (
        "every credential, and how long each lasts",
        "모든 자격 증명과 각각의 유효 기간",
    ),
    (
        "every new handshake fails",
        "새로운 핸드셰이크가 모두 실패한다",
    ),
    (
        "every request is answered with 401",
        "모든 요청에 401로 응답한다",
    ),
    (
        "every request is answered with 401, and the log of the server says why",
        "모든 요청에 401로 응답하고, 이유는 서버 로그에 남는다",
    ),
    ("everything that can be explained", "설명할 수 있는 모든 것"),
    (
        "everything that it issued is refused",
        "그것이 발급한 모든 것이 거부된다",
    ),
    (
        "everything that runs in the cluster and asks it something is refused",
        "클러스터 안에서 실행되며 무언가를 묻는 모든 것이 거부된다",
    ),
    (
        "everything with a token is answered with 401",
        "토큰을 쓰는 모든 것에 401로 응답한다",
    ),
    ("false in a configuration file", "설정 파일에서는 false"),
    (
        "files that it names are read again by rules of their own",
        "그 안에 적힌 파일은 각자의 규칙에 따라 다시 읽는다",
    ),
    ("findings with their evidence", "발견 사항과 그 증거"),
    (
        "flags that kubeadm gives the kubelet; they win over its configuration",
        "kubeadm이 kubelet에 주는 플래그. 설정 파일보다 우선한다",
    ),
    (
        "how kube-apiserver is asked whose the tokens of agents are",
        "에이전트의 토큰이 누구 것인지 kube-apiserver에 묻는 방법",
    ),
    (
        "how kube-apiserver is reached",
        "kube-apiserver에 접속하는 방법",
    ),
    (
        "how kube-apiserver is reached for the first certificate",
        "첫 인증서를 받기 위해 kube-apiserver에 접속하는 방법",
    ),
    ("how long a token may last at most", "토큰의 최대 유효 기간"),
    (
        "how long signed certificates last at most",
        "서명한 인증서의 최대 유효 기간",
    ),
    (
        "how many years the certificates that etcd makes for itself last",
        "etcd가 스스로 만드는 인증서의 유효 기간(년)",
    ),
    (
        "how tokens are made for users with a password: simple, or jwt with keys in files",
        "비밀번호를 쓰는 사용자의 토큰을 만드는 방식. simple, 또는 파일에 있는 키를 쓰는 jwt",
    ),
    (
        "http:// beside certificates means no TLS: etcd only warns.",
        "인증서가 있어도 http://이면 TLS를 쓰지 않는다. etcd는 경고만 한다.",
    ),
    ("it belongs to another certificate", "다른 인증서의 키임"),
    (
        "it does not belong to the keyfile",
        "keyfile과 짝이 맞지 않음",
    ),
    ("it has ended", "만료됨"),
    (
        "it has ended, or was made again with another key",
        "만료되었거나 다른 키로 다시 만들어짐",
    ),
    ("it holds no certificate", "인증서가 하나도 없음"),
    (
        "it holds no certificate, or a damaged one",
        "인증서가 하나도 없거나 손상됨",
    ),
    (
        "it is a host that the certificate does not name",
        "인증서에 없는 호스트임",
    ),
    (
        "it is approved and never signed",
        "승인되지만 서명되지 않는다",
    ),
    ("it is encrypted with a password", "비밀번호로 암호화됨"),
    ("it is not the CA of the other side", "상대의 CA가 아님"),
    (
        "it is read for the first time once the process leads",
        "프로세스가 리더가 된 뒤에 처음 읽는다",
    ),
    ("it is refused everywhere", "어디서나 거부된다"),
    (
        "it leads elsewhere than to the other side",
        "상대가 아닌 다른 곳을 가리킴",
    ),
    (
        "it names a certificate of one's own, or a key",
        "자기 인증서나 키를 가리킴",
    ),
    (
        "it starts and trusts nobody",
        "시작은 하지만 아무도 신뢰하지 않는다",
    ),
    (
        "it starts, and every connection fails",
        "시작은 하지만 모든 연결이 실패한다",
    ),
    (
        "it stays as it is, and whoever waits for it waits",
        "그대로 남아 있고, 기다리는 쪽은 계속 기다린다",
    ),
    (
        "its CA is also the CA of ordinary clients",
        "그 CA가 일반 클라이언트의 CA이기도 함",
    ),
    ("its CA is not that of the server", "CA가 서버의 것이 아님"),
    (
        "its certificate is over, or of another authority",
        "인증서가 만료되었거나 다른 CA의 것임",
    ),
    ("its common name is not on the list", "CN이 목록에 없음"),
    (
        "its issuer is not in the cafile of the other side",
        "발급자가 상대의 cafile에 없음",
    ),
    (
        "its public half is not among the keys that check",
        "공개 키가 검증하는 키에 없음",
    ),
    ("its time is over", "만료됨"),
    (
        "its value is not one that is taken",
        "받아들일 수 없는 값임",
    ),
    (
        "keyfile answers \"how do I prove it?\": the private key of the certfile. It is secret, is never sent, and only its owner reads it.",
        "keyfile은 \"그것을 어떻게 증명하는가?\"에 답한다. certfile의 개인 키이며, 비밀이고, 보내지 않으며, 주인만 읽는다.",
    ),
    (
        "kube-apiserver adds its own and only takes away what has expired: an old authority stays trusted by aggregated API servers until somebody removes it.",
        "kube-apiserver는 자기 것을 더하고 만료된 것만 뺀다. 예전 CA는 누군가 지울 때까지 집계 API 서버가 계속 신뢰한다.",
    ),
    (
        "kube-apiserver and kube-controller-manager do not start; whoever has it can make a token for anybody",
        "kube-apiserver와 kube-controller-manager가 시작하지 않는다. 이것을 가진 사람은 누구의 토큰이든 만들 수 있다",
    ),
    (
        "kube-apiserver does not start: it ends after 20 seconds, and with it the whole control plane",
        "kube-apiserver가 시작하지 않는다. 20초 뒤 종료되고, 컨트롤 플레인 전체가 멈춘다",
    ),
    (
        "kube-apiserver does not start; with another key in it every token is answered with 401",
        "kube-apiserver가 시작하지 않는다. 다른 키가 들어 있으면 모든 토큰에 401로 응답한다",
    ),
    (
        "kube-apiserver fetches logs and opens shells on nodes",
        "kube-apiserver가 노드에서 로그를 가져오고 셸을 연다",
    ),
    (
        "kube-apiserver is one to the API servers behind it.",
        "kube-apiserver는 뒤에 있는 API 서버들에게 프런트 프록시다.",
    ),
    (
        "kube-apiserver is refused: \"remote error: tls: certificate required\" or \"unknown certificate authority\".",
        "kube-apiserver가 \"remote error: tls: certificate required\"나 \"unknown certificate authority\"로 거부된다.",
    ),
    (
        "kube-apiserver keeps everything in etcd",
        "kube-apiserver가 모든 것을 etcd에 보관한다",
    ),
    (
        "kube-apiserver knows nobody by a password: the request is answered with 401 Unauthorized. Beside a token client-go refuses the kubeconfig.",
        "kube-apiserver는 비밀번호로 아무도 알아보지 못하므로 요청에 401 Unauthorized로 답한다. 토큰과 함께 쓰면 client-go가 kubeconfig를 거부한다.",
    ),
    (
        "kube-apiserver passes requests on to API servers behind it, speaking for its users",
        "kube-apiserver가 사용자를 대신해 뒤에 있는 API 서버로 요청을 전달한다",
    ),
    (
        "kube-apiserver says \"x509: …\" and logs, exec and webhooks fail.",
        "kube-apiserver가 \"x509: …\"를 남기고 로그, exec, 웹훅이 실패한다.",
    ),
    (
        "kube-apiserver to aggregated API servers, speaking for its users",
        "kube-apiserver가 사용자를 대신해 집계 API 서버에게",
    ),
    (
        "kube-apiserver to all its clients",
        "kube-apiserver가 모든 클라이언트에게",
    ),
    ("kube-apiserver to etcd", "kube-apiserver가 etcd에게"),
    (
        "kube-apiserver to kubelets: logs, exec, port-forward",
        "kube-apiserver가 kubelet에게: 로그, exec, 포트 포워딩",
    ),
    (
        "kube-apiserver's serving certificate names every address that clients dial: the advertised one, the control-plane endpoint, the first service address, kubernetes.default.svc, and the host of every kubeconfig.",
        "kube-apiserver의 서빙 인증서에는 클라이언트가 접속하는 모든 주소가 들어 있다. 알리는 주소, 컨트롤 플레인 엔드포인트, 첫 번째 서비스 주소, kubernetes.default.svc, 모든 kubeconfig의 호스트다.",
    ),
    (
        "kube-apiserver, its clients, and whoever the cluster signs requests for",
        "kube-apiserver와 그 클라이언트, 그리고 클러스터가 요청에 서명해 준 모두",
    ),
    (
        "kube-controller-manager and kube-scheduler trust the same clients as kube-apiserver when the same certificates ask them for metrics.",
        "같은 인증서로 메트릭을 조회한다면 kube-controller-manager와 kube-scheduler는 kube-apiserver와 같은 클라이언트를 신뢰한다.",
    ),
    (
        "kube-controller-manager to kube-apiserver",
        "kube-controller-manager가 kube-apiserver에게",
    ),
    (
        "kube-proxy learns of services and endpoints",
        "kube-proxy가 서비스와 엔드포인트를 알아낸다",
    ),
    (
        "kube-scheduler to kube-apiserver",
        "kube-scheduler가 kube-apiserver에게",
    ),
    (
        "kubeadm and people with etcdctl look after etcd",
        "kubeadm과 etcdctl을 쓰는 사람이 etcd를 살핀다",
    ),
    (
        "kubeadm and people with etcdctl to etcd",
        "kubeadm과 etcdctl을 쓰는 사람이 etcd에게",
    ),
    ("kubeadm join is refused", "kubeadm join이 거부된다"),
    (
        "kubeadm keeps it in the ConfigMap kube-proxy in kube-system; CA and token are those of every pod.",
        "kubeadm은 kube-system의 kube-proxy 컨피그맵에 둔다. CA와 토큰은 다른 파드의 것과 같다.",
    ),
    (
        "kubectl does not work for administrators; the cluster goes on",
        "관리자의 kubectl이 동작하지 않지만, 클러스터는 계속 동작한다",
    ),
    (
        "kubectl logs, exec, attach and port-forward fail; pods go on",
        "kubectl logs, exec, attach, port-forward가 실패하지만, 파드는 계속 동작한다",
    ),
    ("looked up in the cluster", "클러스터에서 조회"),
    (
        "members do not hear each other; without a majority nothing can be written any more",
        "멤버끼리 통신하지 못하고, 과반수를 잃으면 더는 쓸 수 없다",
    ),
    (
        "members of etcd for some resources",
        "일부 리소스를 위한 etcd 멤버",
    ),
    (
        "members of etcd replicate to each other",
        "etcd 멤버끼리 복제한다",
    ),
    ("name and end of all three", "세 CA의 이름과 만료일"),
    (
        "neither certificate nor key is set",
        "인증서도 키도 설정하지 않음",
    ),
    ("neither: it vouches for both", "해당 없음: 양쪽을 보증한다"),
    ("new pods stay Pending", "새 파드가 Pending에 머문다"),
    (
        "no node can join by token",
        "토큰으로 합류할 수 있는 노드가 없다",
    ),
    ("no signer is configured", "서명자가 설정되지 않음"),
    ("nobody approves it", "아무도 승인하지 않음"),
    (
        "nobody gets in past broken access rules",
        "접근 규칙이 망가지면 아무도 들어갈 수 없다",
    ),
    ("none", "없음"),
    ("none: a socket without TLS", "없음: TLS 없는 소켓"),
    ("none: a token instead", "없음: 대신 토큰을 쓴다"),
    (
        "none: agents are not asked for tokens",
        "없음: 에이전트에 토큰을 요구하지 않는다",
    ),
    (
        "none: agents show a token instead",
        "없음: 에이전트가 대신 토큰을 제시한다",
    ),
    ("none: anonymous", "없음: 익명"),
    (
        "none: anonymous to kubelets",
        "없음: kubelet에게 익명이 된다",
    ),
    ("none: as long as is asked for", "없음: 요청한 만큼"),
    (
        "none: client certificates are not asked for",
        "없음: 클라이언트 인증서를 요구하지 않는다",
    ),
    (
        "none: client certificates mean nothing",
        "없음: 클라이언트 인증서는 의미가 없다",
    ),
    (
        "none: client certificates mean nothing there",
        "없음: 거기서는 클라이언트 인증서가 의미가 없다",
    ),
    ("none: direct", "없음: 직접 연결"),
    ("none: directly", "없음: 직접 연결"),
    ("none: has to be given", "없음: 반드시 지정해야 한다"),
    (
        "none: has to be given for ABAC",
        "없음: ABAC를 쓰려면 지정해야 한다",
    ),
    (
        "none: has to be given for https",
        "없음: https이면 반드시 지정해야 한다",
    ),
    (
        "none: has to be given for type KubeConfigFile",
        "없음: 유형이 KubeConfigFile이면 반드시 지정해야 한다",
    ),
    (
        "none: has to be given unless an external signer is",
        "없음: 외부 서명자가 없으면 반드시 지정해야 한다",
    ),
    (
        "none: has to be given with --oidc-issuer-url",
        "없음: --oidc-issuer-url과 함께 반드시 지정해야 한다",
    ),
    ("none: in memory", "없음: 메모리에 둔다"),
    (
        "none: kube-apiserver is not asked for a certificate",
        "없음: kube-apiserver에 인증서를 요구하지 않는다",
    ),
    (
        "none: kube-apiserver may not speak for others",
        "없음: kube-apiserver가 남을 대신해 말할 수 없다",
    ),
    (
        "none: kubelets are not verified",
        "없음: kubelet을 검증하지 않는다",
    ),
    ("none: no cluster", "없음: 클러스터 없이 동작한다"),
    ("none: no groups", "없음: 그룹 없음"),
    ("none: no such tokens", "없음: 그런 토큰을 만들지 않는다"),
    (
        "none: nobody can join by token",
        "없음: 아무도 토큰으로 합류할 수 없다",
    ),
    (
        "none: nobody may speak for others",
        "없음: 아무도 남을 대신해 말할 수 없다",
    ),
    (
        "none: nothing can be reached",
        "없음: 어디에도 접속할 수 없다",
    ),
    ("none: nothing is said", "없음: 아무것도 알리지 않는다"),
    ("none: nothing is signed", "없음: 아무것도 서명하지 않는다"),
    ("none: only certificates count", "없음: 인증서만 인정한다"),
    ("none: pods do not start", "없음: 파드가 시작하지 않는다"),
    (
        "none: served by kube-apiserver itself",
        "없음: kube-apiserver가 직접 제공한다",
    ),
    ("none: service", "없음: service를 쓴다"),
    ("none: url", "없음: url을 쓴다"),
    ("none: with clients", "없음: 클라이언트와 같은 곳"),
    ("none: with the others", "없음: 나머지와 같은 곳"),
    ("none: without TLS", "없음: TLS를 쓰지 않는다"),
    ("nothing can be asked for", "아무것도 요청할 수 없다"),
    (
        "nothing is reconciled: no new pods of deployments, no tokens, no signed requests",
        "아무것도 조정되지 않는다. 디플로이먼트의 새 파드도, 토큰도, 서명된 요청도 없다",
    ),
    (
        "on either: a client verifies its server with it, a server its clients",
        "양쪽 모두: 클라이언트는 서버를, 서버는 클라이언트를 이것으로 검증한다",
    ),
    (
        "on either: whoever has it shows it",
        "양쪽 모두: 가진 쪽이 제시한다",
    ),
    (
        "on either: whoever is given it shows it",
        "양쪽 모두: 받은 쪽이 제시한다",
    ),
    ("on either: whoever verifies", "양쪽 모두: 검증하는 쪽"),
    (
        "on either: with the certfile of the same side",
        "양쪽 모두: 같은 쪽의 certfile과 함께",
    ),
    (
        "one of its certificates is damaged",
        "인증서 가운데 하나가 손상됨",
    ),
    (
        "only one of certificate and key is set",
        "인증서와 키 가운데 하나만 설정함",
    ),
    ("others may read it", "다른 사람도 읽을 수 있음"),
    (
        "paths that anybody may ask for",
        "누구나 조회할 수 있는 경로",
    ),
    ("pods", "파드"),
    (
        "pods call kube-apiserver with their tokens",
        "파드가 자기 토큰으로 kube-apiserver를 호출한다",
    ),
    (
        "proxies between kube-apiserver and the rest",
        "kube-apiserver와 나머지 사이의 프록시",
    ),
    ("requests are answered with 401", "요청에 401로 응답한다"),
    ("requests are answered with 403", "요청에 403으로 응답한다"),
    (
        "requests are approved and never signed; nothing is logged",
        "요청이 승인되어도 서명되지 않으며, 로그에는 아무것도 남지 않는다",
    ),
    ("self-signed, in --cert-dir", "--cert-dir에 자체 서명"),
    ("self-signed, in memory", "메모리에 자체 서명"),
    ("server", "서버"),
    ("that of --cert-file", "--cert-file의 값"),
    ("that of --key-file", "--key-file의 값"),
    ("that of --peer-cert-file", "--peer-cert-file의 값"),
    ("that of --peer-key-file", "--peer-key-file의 값"),
    (
        "the API server instead of the kubeconfig's",
        "kubeconfig에 적힌 것 대신 쓸 API 서버",
    ),
    (
        "the CA certificates that agents are verified with",
        "에이전트를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that client certificates are verified with",
        "클라이언트 인증서를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that client certificates are verified with, for other API servers",
        "다른 API 서버들이 클라이언트 인증서를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that clients are verified with; given alone it already demands certificates",
        "클라이언트를 검증하는 CA 인증서. 이것만 지정해도 인증서를 요구한다",
    ),
    (
        "the CA certificates that etcd is verified with",
        "etcd를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that every namespace gets as kube-root-ca.crt",
        "모든 네임스페이스가 kube-root-ca.crt로 받는 CA 인증서",
    ),
    (
        "the CA certificates that every pod verifies kube-apiserver with; kube-controller-manager writes what --root-ca-file holds",
        "모든 파드가 kube-apiserver를 검증하는 CA 인증서. kube-controller-manager가 --root-ca-file의 내용을 적는다",
    ),
    (
        "the CA certificates that front proxies are verified with",
        "프런트 프록시를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that kube-apiserver is verified with",
        "kube-apiserver를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that kube-apiserver is verified with as a client",
        "클라이언트인 kube-apiserver를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that kube-apiserver is verified with as a front proxy",
        "프런트 프록시인 kube-apiserver를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that kubelets are verified with",
        "kubelet을 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that other API servers are verified with",
        "다른 API 서버를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that other members are verified with, in both directions",
        "다른 멤버를 양방향으로 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that the OpenID Connect issuer is verified with",
        "OpenID Connect 발급자를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that the aggregated API server is verified with, as PEM in base64",
        "집계 API 서버를 검증하는 CA 인증서. base64로 된 PEM",
    ),
    (
        "the CA certificates that the conversion webhook is verified with, as PEM in base64",
        "변환 웹훅을 검증하는 CA 인증서. base64로 된 PEM",
    ),
    (
        "the CA certificates that the discovery service is verified with",
        "디스커버리 서비스를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that the issuer is verified with, as PEM in the field itself",
        "발급자를 검증하는 CA 인증서. 필드에 그대로 적는 PEM",
    ),
    (
        "the CA certificates that the konnectivity server is verified with",
        "konnectivity 서버를 검증하는 CA 인증서",
    ),
    (
        "the CA certificates that the server is verified with, as PEM in base64",
        "서버를 검증하는 CA 인증서. base64로 된 PEM",
    ),
    (
        "the CA certificates that the webhook is verified with, as PEM in base64",
        "웹훅을 검증하는 CA 인증서. base64로 된 PEM",
    ),
    (
        "the CA certificates that who asks for metrics is verified with",
        "메트릭을 조회하는 쪽을 검증하는 CA 인증서",
    ),
    ("the CA that signs requests", "요청에 서명하는 CA"),
    (
        "the CA that signs requests for client certificates of kube-apiserver",
        "kube-apiserver용 클라이언트 인증서 요청에 서명하는 CA",
    ),
    (
        "the CA that signs requests for kubelet client certificates",
        "kubelet 클라이언트 인증서 요청에 서명하는 CA",
    ),
    (
        "the CA that signs requests for kubelet serving certificates",
        "kubelet 서빙 인증서 요청에 서명하는 CA",
    ),
    (
        "the CA that signs requests of the legacy signer",
        "예전 방식 서명자(legacy-unknown)의 요청에 서명하는 CA",
    ),
    (
        "the address of a port without TLS",
        "TLS가 없는 포트의 주소",
    ),
    (
        "the address that clients are sent to",
        "클라이언트를 보낼 주소",
    ),
    (
        "the address that other API servers call this one at",
        "다른 API 서버가 이 API 서버를 호출하는 주소",
    ),
    ("the address to listen on", "수신 대기할 주소"),
    (
        "the addresses of services; the first is the API server to pods",
        "서비스의 주소 범위. 첫 번째 주소가 파드에게 API 서버의 주소다",
    ),
    (
        "the algorithms that the OpenID Connect issuer may sign with",
        "OpenID Connect 발급자가 서명에 쓸 수 있는 알고리즘",
    ),
    (
        "the audience that the tokens of agents have to be for",
        "에이전트 토큰이 가져야 할 대상(audience)",
    ),
    (
        "the audience that tokens of the OpenID Connect issuer have to be for",
        "OpenID Connect 발급자의 토큰이 가져야 할 대상(audience)",
    ),
    (
        "the audiences that tokens may be for",
        "토큰이 가질 수 있는 대상(audience)",
    ),
    ("the certfile is of no use", "certfile이 쓸모없어진다"),
    (
        "the certificate is good for no name at all",
        "어떤 이름에도 쓸 수 없는 인증서가 된다",
    ),
    (
        "the certificate that agents are shown",
        "에이전트에 제시하는 인증서",
    ),
    (
        "the certificate that aggregated API servers are shown",
        "집계 API 서버에 제시하는 인증서",
    ),
    (
        "the certificate that clients are shown",
        "클라이언트에 제시하는 인증서",
    ),
    (
        "the certificate that etcd is shown",
        "etcd에 제시하는 인증서",
    ),
    (
        "the certificate that etcd shows itself as a client",
        "etcd가 자기 자신에게 클라이언트로서 제시하는 인증서",
    ),
    (
        "the certificate that is shown when calling other members",
        "다른 멤버를 호출할 때 제시하는 인증서",
    ),
    ("the certificate that it shows", "제시하는 인증서"),
    (
        "the certificate that kube-apiserver is shown",
        "kube-apiserver에 제시하는 인증서",
    ),
    (
        "the certificate that kubelets are shown",
        "kubelet에 제시하는 인증서",
    ),
    (
        "the certificate that other members are shown, in both directions",
        "다른 멤버에 양방향으로 제시하는 인증서",
    ),
    (
        "the certificate that the discovery service is shown",
        "디스커버리 서비스에 제시하는 인증서",
    ),
    (
        "the certificate that the konnectivity server is shown",
        "konnectivity 서버에 제시하는 인증서",
    ),
    (
        "the certificate that the server is shown, as PEM in base64",
        "서버에 제시하는 인증서. base64로 된 PEM",
    ),
    (
        "the certificate that who asks for metrics is shown",
        "메트릭을 조회하는 쪽에 제시하는 인증서",
    ),
    ("the chain of authorizers", "인가자의 순서"),
    ("the cipher suites for TLS 1.2", "TLS 1.2의 암호 스위트"),
    ("the claim that names groups", "그룹을 담은 클레임"),
    ("the claim that names the user", "사용자를 담은 클레임"),
    (
        "the client ends the handshake",
        "클라이언트가 핸드셰이크를 끝낸다",
    ),
    (
        "the client has it, the server decides it",
        "클라이언트가 가지고 있고, 서버가 판단한다",
    ),
    (
        "the client is anonymous, or does not know where to go",
        "클라이언트가 익명이 되거나 어디로 갈지 모른다",
    ),
    (
        "the client is system:anonymous",
        "클라이언트가 system:anonymous가 된다",
    ),
    (
        "the client shows no certificate",
        "클라이언트가 인증서를 제시하지 않음",
    ),
    (
        "the client's certificate is not for clients",
        "클라이언트 인증서가 클라이언트용이 아님",
    ),
    (
        "the client's certificate is over",
        "클라이언트 인증서가 만료됨",
    ),
    (
        "the client's certificate is over, not for clients, or of an authority that the server does not trust",
        "클라이언트 인증서가 만료되었거나, 클라이언트용이 아니거나, 서버가 신뢰하지 않는 CA의 것임",
    ),
    (
        "the client's certificate names another user or group",
        "클라이언트 인증서에 다른 사용자나 그룹이 적혀 있음",
    ),
    (
        "the cluster's administrators to kube-apiserver",
        "클러스터 관리자가 kube-apiserver에게",
    ),
    (
        "the common name or organisation is misspelt",
        "CN이나 O(조직)에 오타가 있음",
    ),
    (
        "the common names a front proxy may have",
        "프런트 프록시가 가질 수 있는 CN",
    ),
    (
        "the common names a front proxy may have, for other API servers",
        "다른 API 서버들에게 프런트 프록시가 가질 수 있는 CN",
    ),
    (
        "the common names that clients may have",
        "클라이언트가 가질 수 있는 CN",
    ),
    (
        "the common names that other members may have",
        "다른 멤버가 가질 수 있는 CN",
    ),
    ("the components of this node", "이 노드의 컴포넌트"),
    ("the configuration file", "설정 파일"),
    (
        "the configuration file; beside it the other flags do not count",
        "설정 파일. 이것이 있으면 다른 플래그는 적용되지 않는다",
    ),
    (
        "the configuration of admission plugins",
        "어드미션 플러그인의 설정",
    ),
    ("the curves for key exchange", "키 교환에 쓸 곡선"),
    (
        "the domain whose SRV records name the members; it is then the name that is checked when --peer-trusted-ca-file is not given",
        "멤버를 SRV 레코드로 알려 주는 도메인. --peer-trusted-ca-file이 없으면 확인하는 이름도 이것이 된다",
    ),
    (
        "the feature gate is ClientsAllowCARotation",
        "기능 게이트는 ClientsAllowCARotation",
    ),
    (
        "the feature gate is ReloadKubeletServerCertificateFile",
        "기능 게이트는 ReloadKubeletServerCertificateFile",
    ),
    (
        "the file holds several certificates",
        "파일에 인증서가 여러 개 있음",
    ),
    ("the file is empty", "파일이 비어 있음"),
    (
        "the file is not there or holds no private key",
        "파일이 없거나 개인 키가 들어 있지 않음",
    ),
    (
        "the file is not there or holds no public key",
        "파일이 없거나 공개 키가 들어 있지 않음",
    ),
    (
        "the file is not there, or not mounted into the container",
        "파일이 없거나 컨테이너에 마운트되지 않음",
    ),
    (
        "the file is replaced by something that cannot be read",
        "파일이 읽을 수 없는 것으로 교체됨",
    ),
    (
        "the file of CA certificates that the konnectivity server is verified with",
        "konnectivity 서버를 검증하는 CA 인증서 파일",
    ),
    (
        "the file of CA certificates that the server is verified with",
        "서버를 검증하는 CA 인증서 파일",
    ),
    ("the file of a bearer token", "베어러 토큰 파일"),
    (
        "the file of the certificate that the server is shown",
        "서버에 제시하는 인증서 파일",
    ),
    (
        "the file of the key of the certificate",
        "그 인증서의 키 파일",
    ),
    (
        "the file of the token that the konnectivity server is shown",
        "konnectivity 서버에 제시하는 토큰 파일",
    ),
    (
        "the first address of the services' range, or kubernetes.default.svc",
        "서비스 주소 범위의 첫 번째 주소, 또는 kubernetes.default.svc",
    ),
    (
        "the folder cannot be read or written",
        "디렉터리를 읽거나 쓸 수 없음",
    ),
    (
        "the folder of static-pod manifests",
        "스태틱 파드 매니페스트 디렉터리",
    ),
    ("the handshake ends", "핸드셰이크가 실패한다"),
    (
        "the handshake ends, or the process when it starts",
        "핸드셰이크가 실패하거나 프로세스가 시작하면서 종료된다",
    ),
    (
        "the headers that carry the user id",
        "사용자 ID를 담은 헤더",
    ),
    ("the headers that name groups", "그룹을 담은 헤더"),
    ("the headers that name the user", "사용자를 담은 헤더"),
    (
        "the highest version of TLS that is spoken",
        "사용하는 가장 높은 TLS 버전",
    ),
    (
        "the host of each URL in --etcd-servers; kubeadm's is 127.0.0.1",
        "--etcd-servers에 있는 각 URL의 호스트. kubeadm에서는 127.0.0.1",
    ),
    ("the host of server", "server의 호스트"),
    (
        "the host of server in the kubeconfig, or tls-server-name",
        "kubeconfig의 server에 있는 호스트, 또는 tls-server-name",
    ),
    ("the host of the endpoint", "엔드포인트의 호스트"),
    (
        "the host of the member's peer URL",
        "멤버의 피어 URL에 있는 호스트",
    ),
    ("the host of url", "url의 호스트"),
    ("the host's", "호스트의 것"),
    (
        "the in-cluster configuration",
        "클러스터 내부(in-cluster) 설정",
    ),
    (
        "the issuer and #, unless the claim is email",
        "클레임이 email이 아니면 발급자와 #",
    ),
    (
        "the issuer of the client's certificate is not among those that the server trusts",
        "클라이언트 인증서의 발급자를 서버가 신뢰하지 않음",
    ),
    (
        "the issuer of the server's certificate is not among those that the client trusts",
        "서버 인증서의 발급자를 클라이언트가 신뢰하지 않음",
    ),
    (
        "the issuer that tokens name; its keys are fetched from there",
        "토큰에 적히는 발급자. 키도 여기서 가져온다",
    ),
    (
        "the issuer that tokens name; the first signs, all are accepted",
        "토큰에 적히는 발급자. 첫 번째로 서명하고 모두를 받아들인다",
    ),
    ("the issuers", "발급자"),
    (
        "the key belongs to another certificate",
        "다른 인증서의 키임",
    ),
    (
        "the key of the CA that signs requests",
        "요청에 서명하는 CA의 키",
    ),
    (
        "the key of the CA that signs requests for client certificates of kube-apiserver",
        "kube-apiserver용 클라이언트 인증서 요청에 서명하는 CA의 키",
    ),
    (
        "the key of the CA that signs requests for kubelet client certificates",
        "kubelet 클라이언트 인증서 요청에 서명하는 CA의 키",
    ),
    (
        "the key of the CA that signs requests for kubelet serving certificates",
        "kubelet 서빙 인증서 요청에 서명하는 CA의 키",
    ),
    (
        "the key of the CA that signs requests of the legacy signer",
        "예전 방식 서명자(legacy-unknown)의 요청에 서명하는 CA의 키",
    ),
    (
        "the key of the certificate that agents are shown",
        "에이전트에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that aggregated API servers are shown",
        "집계 API 서버에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that clients are shown",
        "클라이언트에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that etcd is shown",
        "etcd에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that etcd shows itself as a client",
        "etcd가 자기 자신에게 클라이언트로서 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that is shown when calling other members",
        "다른 멤버를 호출할 때 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that kube-apiserver is shown",
        "kube-apiserver에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that kubelets are shown",
        "kubelet에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that other members are shown",
        "다른 멤버에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that the discovery service is shown",
        "디스커버리 서비스에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate that the konnectivity server is shown",
        "konnectivity 서버에 제시하는 인증서의 키",
    ),
    (
        "the key of the certificate, as PEM in base64",
        "그 인증서의 키. base64로 된 PEM",
    ),
    ("the key of the serving certificate", "서빙 인증서의 키"),
    (
        "the key of the serving certificate that the kubelet made for itself",
        "kubelet이 스스로 만든 서빙 인증서의 키",
    ),
    (
        "the key that signs is not among them",
        "서명하는 키가 그 안에 없음",
    ),
    (
        "the key that signs legacy tokens",
        "예전 방식 토큰에 서명하는 키",
    ),
    (
        "the key that signs service account tokens",
        "서비스 어카운트 토큰에 서명하는 키",
    ),
    (
        "the keys that encrypt what is stored",
        "저장하는 것을 암호화하는 키",
    ),
    (
        "the keys that service account tokens are checked with",
        "서비스 어카운트 토큰을 검증하는 키",
    ),
    (
        "the kubeconfig of a service that tells who may do what",
        "누가 무엇을 할 수 있는지 알려 주는 서비스의 kubeconfig",
    ),
    (
        "the kubeconfig with a bootstrap token that a joining kubelet asks for its first certificate with",
        "합류하는 kubelet이 첫 인증서를 요청할 때 쓰는, 부트스트랩 토큰이 든 kubeconfig",
    ),
    (
        "the kubelet cannot ask for a certificate again when its own is over; kubeadm removes the file after joining",
        "인증서가 만료되면 kubelet이 다시 요청할 수 없다. kubeadm은 합류한 뒤 이 파일을 지운다",
    ),
    ("the kubelet does not start", "kubelet이 시작하지 않는다"),
    (
        "the kubelet gets no certificates of its own",
        "kubelet이 자신의 인증서를 받지 못한다",
    ),
    (
        "the kubelet makes it again when it starts",
        "kubelet이 시작할 때 다시 만든다",
    ),
    (
        "the kubelet starts with its configuration alone",
        "kubelet이 설정 파일만으로 시작한다",
    ),
    (
        "the kubelet takes the pair in its kubeconfig, or asks for one with the bootstrap kubeconfig; when there is neither it ends",
        "kubelet이 kubeconfig의 쌍을 쓰거나 부트스트랩 kubeconfig로 새로 요청한다. 둘 다 없으면 종료된다",
    ),
    (
        "the kubelet tells of its node and is told its pods",
        "kubelet이 노드의 상태를 알리고 파드를 전달받는다",
    ),
    (
        "the kubelet to kube-apiserver",
        "kubelet이 kube-apiserver에게",
    ),
    ("the kubelet's configuration", "kubelet의 설정"),
    (
        "the kubelet, for the pods that mount it",
        "kubelet이 그것을 마운트하는 파드를 위해 읽는다",
    ),
    (
        "the list of authorities that clients are told of stays the old one until a restart",
        "클라이언트에 알려 주는 CA 목록은 다시 시작할 때까지 예전 것이다",
    ),
    (
        "the lowest version of TLS that is spoken",
        "사용하는 가장 낮은 TLS 버전",
    ),
    ("the members and where they are", "멤버와 그 위치"),
    ("the members of etcd", "etcd의 멤버"),
    ("the name of the member", "멤버의 이름"),
    (
        "the name that the certificate is checked for instead of the host of server",
        "server의 호스트 대신 인증서에서 확인할 이름",
    ),
    (
        "the name that the konnectivity server's certificate is checked for",
        "konnectivity 서버의 인증서에서 확인할 이름",
    ),
    (
        "the names of kube-apiserver's certificate",
        "kube-apiserver 인증서의 이름들",
    ),
    (
        "the names that clients may have",
        "클라이언트가 가질 수 있는 이름",
    ),
    (
        "the names that other members may have",
        "다른 멤버가 가질 수 있는 이름",
    ),
    (
        "the new CA is not in it yet, or the old one no longer",
        "새 CA가 아직 없거나 예전 CA가 이미 빠짐",
    ),
    (
        "the node becomes NotReady and gets no new pods",
        "노드가 NotReady가 되고 새 파드를 받지 못한다",
    ),
    ("the node's address", "노드의 주소"),
    (
        "the node's address; nothing is verified without --kubelet-certificate-authority",
        "노드의 주소. --kubelet-certificate-authority가 없으면 아무것도 검증하지 않는다",
    ),
    ("the node's name", "노드의 이름"),
    (
        "the node's rules for services go stale",
        "노드의 서비스 규칙이 갱신되지 않는다",
    ),
    (
        "the old one stays until the next restart, which fails",
        "예전 것이 다음 재시작까지 남고, 재시작은 실패한다",
    ),
    ("the other side refuses it", "상대가 거부한다"),
    (
        "the port that other API servers call this one at",
        "다른 API 서버가 이 API 서버를 호출하는 포트",
    ),
    ("the port to listen on", "수신 대기할 포트"),
    (
        "the prefix of headers with more about the user",
        "사용자에 관한 추가 정보를 담은 헤더의 접두사",
    ),
    (
        "the private key that service account tokens are signed with",
        "서비스 어카운트 토큰에 서명하는 개인 키",
    ),
    (
        "the process ends once it leads; a standby shows nothing",
        "프로세스가 리더가 되면 종료된다. 대기 중인 프로세스는 아무 증상이 없다",
    ),
    (
        "the process ends when it starts",
        "프로세스가 시작하면서 종료된다",
    ),
    (
        "the public key that service account tokens are checked with; it is no certificate and never ends",
        "서비스 어카운트 토큰을 검증하는 공개 키. 인증서가 아니며 만료되지 않는다",
    ),
    ("the requests there are", "현재 있는 요청"),
    (
        "the rules of the authorizer ABAC, a line for each, read at start",
        "ABAC 인가의 규칙. 한 줄에 하나씩 쓰며 시작할 때 읽는다",
    ),
    ("the same by kubeadm", "kubeadm으로 보는 같은 내용"),
    (
        "the scheduler places pods on nodes",
        "스케줄러가 파드를 노드에 배치한다",
    ),
    (
        "the server refuses the handshake",
        "서버가 핸드셰이크를 거부한다",
    ),
    (
        "the server's certificate does not name what the client dials",
        "클라이언트가 접속하는 이름이 서버 인증서에 없음",
    ),
    (
        "the server's certificate is not for servers",
        "서버 인증서가 서버용이 아님",
    ),
    (
        "the server's certificate is over, or not valid yet",
        "서버 인증서가 만료되었거나 아직 유효하지 않음",
    ),
    (
        "the service account kube-proxy in kube-system",
        "kube-system의 서비스 어카운트 kube-proxy",
    ),
    ("the service account of the pod", "파드의 서비스 어카운트"),
    (
        "the service of the aggregated API server; the name that is checked is NAME.NAMESPACE.svc",
        "집계 API 서버의 서비스. 확인하는 이름은 NAME.NAMESPACE.svc",
    ),
    (
        "the service of the webhook; the name that is checked is NAME.NAMESPACE.svc",
        "웹훅의 서비스. 확인하는 이름은 NAME.NAMESPACE.svc",
    ),
    (
        "the serving certificate that the kubelet made for itself; no CA of the cluster vouches for it",
        "kubelet이 스스로 만든 서빙 인증서. 클러스터의 어떤 CA도 보증하지 않는다",
    ),
    (
        "the socket of a konnectivity server on the same node, without TLS",
        "같은 노드에 있는 konnectivity 서버의 소켓. TLS를 쓰지 않는다",
    ),
    (
        "the socket of a plugin that keeps keys; unix:// only, without TLS",
        "키를 보관하는 플러그인의 소켓. unix://만 가능하며 TLS를 쓰지 않는다",
    ),
    (
        "the socket of an external signer of tokens",
        "외부 토큰 서명자의 소켓",
    ),
    (
        "the static pod of etcd, with all its flags and mounts; the kubelet starts it again when the file changes",
        "etcd의 스태틱 파드. 모든 플래그와 마운트가 들어 있으며, 파일이 바뀌면 kubelet이 다시 시작한다",
    ),
    (
        "the static pod of kube-apiserver, with all its flags and mounts; the kubelet starts it again when the file changes",
        "kube-apiserver의 스태틱 파드. 모든 플래그와 마운트가 들어 있으며, 파일이 바뀌면 kubelet이 다시 시작한다",
    ),
    (
        "the static pod of kube-controller-manager, with all its flags and mounts; the kubelet starts it again when the file changes",
        "kube-controller-manager의 스태틱 파드. 모든 플래그와 마운트가 들어 있으며, 파일이 바뀌면 kubelet이 다시 시작한다",
    ),
    (
        "the static pod of kube-scheduler, with all its flags and mounts; the kubelet starts it again when the file changes",
        "kube-scheduler의 스태틱 파드. 모든 플래그와 마운트가 들어 있으며, 파일이 바뀌면 kubelet이 다시 시작한다",
    ),
    ("the system's", "시스템의 것"),
    (
        "the system's CAs are trusted instead, which do not know the cluster's; some components then verify nobody",
        "대신 시스템의 CA를 신뢰하는데, 시스템은 클러스터의 CA를 모른다. 어떤 컴포넌트는 아예 검증하지 않는다",
    ),
    (
        "the system's CAs are trusted, which do not know the cluster's",
        "시스템의 CA를 신뢰하는데, 시스템은 클러스터의 CA를 모른다",
    ),
    (
        "the system's when certificates are demanded",
        "인증서를 요구하면 시스템의 것",
    ),
    ("the tokens there are", "현재 있는 토큰"),
    ("the usages of etcd's certificate", "etcd 인증서의 용도"),
    (
        "the user kube-apiserver-kubelet-client, who has to be allowed the kubelet's API",
        "사용자 kube-apiserver-kubelet-client. kubelet API 권한이 있어야 한다",
    ),
    (
        "the user kubernetes-admin in the group kubeadm:cluster-admins",
        "그룹 kubeadm:cluster-admins의 사용자 kubernetes-admin",
    ),
    (
        "the user kubernetes-super-admin in the group system:masters, which may do everything",
        "그룹 system:masters의 사용자 kubernetes-super-admin. 무엇이든 할 수 있다",
    ),
    (
        "the user system:kube-controller-manager",
        "사용자 system:kube-controller-manager",
    ),
    (
        "the user system:kube-scheduler",
        "사용자 system:kube-scheduler",
    ),
    (
        "the user system:node:NAME in the group system:nodes",
        "그룹 system:nodes의 사용자 system:node:NAME",
    ),
    (
        "the way in when access rules are broken",
        "접근 규칙이 망가졌을 때 들어가는 길",
    ),
    (
        "there is a key in it, or anything else that is no certificate",
        "키처럼 인증서가 아닌 것이 들어 있음",
    ),
    (
        "there is no etcd on this node, and with a single member no cluster",
        "이 노드에 etcd가 없고, 멤버가 하나뿐이면 클러스터도 없다",
    ),
    (
        "there is no kube-apiserver on this node",
        "이 노드에 kube-apiserver가 없다",
    ),
    (
        "there is no kube-controller-manager on this node",
        "이 노드에 kube-controller-manager가 없다",
    ),
    (
        "there is no kube-scheduler on this node",
        "이 노드에 kube-scheduler가 없다",
    ),
    ("those in the kubeconfig", "kubeconfig에 있는 것"),
    (
        "through which egress selection the issuer is reached",
        "어떤 egress selection을 거쳐 발급자에 접속할지",
    ),
    (
        "true hands what users send, and whom the proxy speaks for, to whoever is in between. It may not stand beside caBundle.",
        "true이면 사용자가 보내는 것과 프록시가 대신하는 사용자를 중간에 있는 누구에게나 넘긴다. caBundle과 함께 쓸 수 없다.",
    ),
    ("true in a configuration file", "설정 파일에서는 true"),
    (
        "true lets anybody in between read and change everything. Beside a CA it is refused: \"specifying a root certificates file with the insecure flag is not allowed\".",
        "true이면 중간에 있는 누구나 모든 것을 읽고 바꿀 수 있다. CA와 함께 쓰면 \"specifying a root certificates file with the insecure flag is not allowed\"로 거부된다.",
    ),
    (
        "two sums that are the same when it belongs to the certificate",
        "인증서의 키가 맞으면 서로 같은 두 개의 해시",
    ),
    (
        "until the request is approved, every handshake with the kubelet fails",
        "요청이 승인될 때까지 kubelet과의 모든 핸드셰이크가 실패한다",
    ),
    ("user and groups of a certificate", "인증서의 사용자와 그룹"),
    (
        "users whose tokens stand in a file in clear text: token, name, UID and groups, read at start",
        "토큰이 파일에 평문으로 적혀 있는 사용자들. 토큰, 이름, UID, 그룹을 적으며 시작할 때 읽는다",
    ),
    ("what --anonymous-auth says", "--anonymous-auth의 값"),
    (
        "what HTTPS_PROXY and NO_PROXY say",
        "HTTPS_PROXY와 NO_PROXY의 값",
    ),
    (
        "what browsers are told about insisting on TLS (HSTS)",
        "브라우저에 TLS를 고집하라고 알리는 내용(HSTS)",
    ),
    (
        "what is dialled is not among them",
        "접속하는 이름이 그 안에 없음",
    ),
    (
        "what is put before the groups of a user from OpenID Connect",
        "OpenID Connect 사용자의 그룹 앞에 붙이는 것",
    ),
    (
        "what is put before the name of a user from OpenID Connect",
        "OpenID Connect 사용자의 이름 앞에 붙이는 것",
    ),
    (
        "what is wrong on this node",
        "이 노드에서 무엇이 잘못되었는지",
    ),
    (
        "what the API servers behind it are told",
        "뒤에 있는 API 서버들에 알려 주는 내용",
    ),
    (
        "what the kubelet renews itself counts within 10 seconds",
        "kubelet이 스스로 갱신한 것은 10초 안에 적용된다",
    ),
    ("what would be made", "무엇을 만들게 될지"),
    (
        "where a self-signed serving pair is kept",
        "자체 서명 서빙 쌍을 보관하는 곳",
    ),
    ("where clients are listened for", "클라이언트를 기다리는 곳"),
    ("where clients are sent", "클라이언트를 보내는 곳"),
    (
        "where clients that speak HTTP are listened for, apart from gRPC",
        "gRPC와 별도로 HTTP 클라이언트를 기다리는 곳",
    ),
    (
        "the address at which health is asked for, without TLS",
        "TLS 없이 상태를 조회하는 주소",
    ),
    (
        "the port at which health is asked for, without TLS",
        "TLS 없이 상태를 조회하는 포트",
    ),
    (
        "where health is asked for, without TLS",
        "TLS 없이 상태를 조회하는 곳",
    ),
    (
        "where kube-apiserver is; its host is the name that is checked",
        "kube-apiserver의 위치. 그 호스트가 확인하는 이름이다",
    ),
    (
        "where metrics and health are asked for",
        "메트릭과 상태를 조회하는 곳",
    ),
    (
        "where metrics are asked for, without TLS and without authentication",
        "TLS도 인증도 없이 메트릭을 조회하는 곳",
    ),
    (
        "where other members are listened for",
        "다른 멤버를 기다리는 곳",
    ),
    ("where other members are sent", "다른 멤버를 보내는 곳"),
    (
        "where others are told to fetch the keys that tokens are checked with",
        "토큰을 검증하는 키를 다른 쪽이 가져갈 곳",
    ),
    (
        "where rights of whoever asks for metrics are checked",
        "메트릭을 조회하는 쪽의 권한을 확인하는 곳",
    ),
    (
        "where the issuer describes itself, when not below its url",
        "발급자가 자신을 설명하는 곳. url 아래가 아닐 때",
    ),
    (
        "where the konnectivity server is",
        "konnectivity 서버의 위치",
    ),
    (
        "where the konnectivity server is; also the name that is checked",
        "konnectivity 서버의 위치. 확인하는 이름이기도 하다",
    ),
    (
        "where the kubelet's own pairs are kept",
        "kubelet 자신의 쌍을 보관하는 곳",
    ),
    (
        "where the webhook is, when it is no service; its host is the name that is checked",
        "서비스가 아닌 웹훅의 위치. 그 호스트가 확인하는 이름이다",
    ),
    (
        "where tokens of whoever asks for metrics are checked",
        "메트릭을 조회하는 쪽의 토큰을 확인하는 곳",
    ),
    (
        "whether CA certificates that no flag names are not looked up in the cluster",
        "플래그로 지정하지 않은 CA 인증서를 클러스터에서 조회하지 않을지",
    ),
    (
        "whether a member's names need not fit where it calls from",
        "멤버의 이름이 접속해 오는 주소와 맞지 않아도 되는지",
    ),
    (
        "whether a self-signed certificate is made for clients",
        "클라이언트를 위해 자체 서명 인증서를 만들지",
    ),
    (
        "whether bootstrap tokens are accepted",
        "부트스트랩 토큰을 받아들일지",
    ),
    (
        "whether clients have to show a certificate",
        "클라이언트가 인증서를 제시해야 하는지",
    ),
    (
        "whether each controller has a service account of its own",
        "컨트롤러마다 자신의 서비스 어카운트를 가질지",
    ),
    (
        "whether it goes on when that look-up fails",
        "그 조회가 실패해도 계속할지",
    ),
    ("whether it vouches for the other side", "상대를 보증하는지"),
    (
        "whether kube-apiserver is asked who bears a token",
        "토큰의 주인을 kube-apiserver에 물을지",
    ),
    (
        "whether members make self-signed certificates",
        "멤버가 자체 서명 인증서를 만들지",
    ),
    (
        "whether one of them is this address",
        "이 주소가 그중 하나인지",
    ),
    (
        "whether other members have to show a certificate",
        "다른 멤버가 인증서를 제시해야 하는지",
    ),
    (
        "whether requests without credentials are let through as anonymous",
        "자격 증명이 없는 요청을 익명으로 통과시킬지",
    ),
    (
        "whether the account of a token has to exist",
        "토큰의 어카운트가 존재해야 하는지",
    ),
    (
        "whether the aggregated API server is not verified at all",
        "집계 API 서버를 전혀 검증하지 않을지",
    ),
    (
        "whether the client certificate is renewed by requests",
        "클라이언트 인증서를 요청으로 갱신할지",
    ),
    (
        "whether the discovery service is asked without TLS",
        "디스커버리 서비스에 TLS 없이 물을지",
    ),
    (
        "whether the discovery service is not verified",
        "디스커버리 서비스를 검증하지 않을지",
    ),
    (
        "whether the encryption configuration is read again while running",
        "실행 중에 암호화 설정을 다시 읽을지",
    ),
    (
        "whether the server is not verified at all",
        "서버를 전혀 검증하지 않을지",
    ),
    (
        "whether the serving certificate is asked for by a request, which somebody has to approve",
        "서빙 인증서를 요청으로 받을지. 누군가 승인해야 한다",
    ),
    (
        "whether the tokens of pods last a year for clients that do not read them again",
        "토큰을 다시 읽지 않는 클라이언트를 위해 파드의 토큰을 1년 동안 유효하게 할지",
    ),
    (
        "which address of a node its kubelet is called at",
        "노드의 어떤 주소로 kubelet을 호출할지",
    ),
    (
        "which flag names which file",
        "어떤 플래그가 어떤 파일을 가리키는지",
    ),
    ("whichever client it is given to", "이것을 받은 클라이언트"),
    (
        "who it is, who issued it, how long it lasts, and what for",
        "누구이고, 누가 발급했고, 언제까지 유효하고, 무엇에 쓰는지",
    ),
    ("who may do what", "누가 무엇을 할 수 있는지"),
    ("who may read it", "누가 읽을 수 있는지"),
    (
        "who may speak for others through the aggregation layer",
        "집계 계층을 통해 남을 대신해 말할 수 있는 자",
    ),
    (
        "whoever dials an IP address is shown the old certificate until a restart, unless the patch release has kubernetes/kubernetes#133654",
        "IP 주소로 접속하는 쪽에는 다시 시작할 때까지 예전 인증서를 제시한다. 패치 릴리스에 kubernetes/kubernetes#133654가 들어 있으면 그렇지 않다",
    ),
    (
        "whoever does is its owner to everybody",
        "그것을 읽은 사람은 누구에게나 주인 행세를 할 수 있다",
    ),
    (
        "whoever has a certificate can speak for anybody",
        "인증서를 가진 누구나 다른 사람을 대신해 말할 수 있다",
    ),
    (
        "whoever has to get in when access rules are broken",
        "접근 규칙이 망가졌을 때 들어가야 하는 사람이 kube-apiserver에게",
    ),
    ("whoever the CA vouches for", "CA가 보증하는 모두"),
    (
        "whoever the CA vouches for, calling from an address that the certificate names",
        "CA가 보증하고, 인증서에 있는 주소에서 접속해 오는 모두",
    ),
    (
        "whoever the CA vouches for: any certificate of etcd's CA may do everything",
        "CA가 보증하는 모두. etcd CA의 인증서라면 무엇이든 할 수 있다",
    ),
    (
        "whom the server takes you for",
        "서버가 당신을 누구로 보는지",
    ),
    (
        "whose certificates are in it",
        "누구의 인증서가 들어 있는지",
    ),
    (
        "with --encryption-provider-config-automatic-reload within a minute",
        "--encryption-provider-config-automatic-reload가 있으면 1분 안에",
    ),
    (
        "without its key nothing can be renewed or signed; without its certificate nothing can be verified",
        "키가 없으면 갱신도 서명도 할 수 없고, 인증서가 없으면 아무것도 검증할 수 없다",
    ),
];

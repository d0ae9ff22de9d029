//! The texts of rules and causes in Korean, sorted by the English.
//!
//! A text that changes or is new has to be put here too; a test of the program says which.

/// A text of the rules, and the same in Korean.
pub const KOREAN: &[(&str, &str)] = &[
    (
        "--advertise-address is where pods are sent that ask for the service `kubernetes`, and what kubeadm writes into kubeconfigs. It changes when a node gets another address, and the certificate does not.",
        "--advertise-address는 `kubernetes` 서비스를 찾는 파드가 향하는 주소이며, kubeadm이 kubeconfig에 적는 주소이기도 하다. 노드의 주소가 바뀌면 이 값은 바뀌지만 인증서는 그대로다.",
    ),
    (
        "--requestheader-allowed-names, and etcd's --peer-cert-allowed-cn, take only the common names they list; etcd's --client-cert-allowed-hostname and --peer-cert-allowed-hostname only alternative names.",
        "--requestheader-allowed-names와 etcd의 --peer-cert-allowed-cn은 목록에 있는 CN만, etcd의 --client-cert-allowed-hostname과 --peer-cert-allowed-hostname은 목록에 있는 대체 이름(SAN)만 받아들인다.",
    ),
    (
        "A certificate between the leaf and the root is not sent along, so that nobody can follow the chain.",
        "리프와 루트 사이의 인증서를 함께 보내지 않아 체인을 따라갈 수 없다.",
    ),
    (
        "A certificate has a name that an authority above it may not vouch for.",
        "인증서에, 상위 CA가 보증할 수 없는 이름이 들어 있다.",
    ),
    (
        "A certificate is not for this use: a client's is shown by a server, or the other way round.",
        "인증서가 이 용도에 맞지 않는다. 서버가 클라이언트용 인증서를 제시하거나 그 반대다.",
    ),
    (
        "A certificate is of no use without its key. Most components end when only one of the two flags is set; for the front proxy's pair kube-apiserver silently presents nothing.",
        "인증서는 키가 없으면 쓸모가 없다. 대부분의 컴포넌트는 두 플래그 가운데 하나만 설정하면 종료되지만, 프런트 프록시 쌍의 경우 kube-apiserver는 아무 말 없이 인증서를 제시하지 않는다.",
    ),
    (
        "A certificate makes its bearer another user, or a member of other groups, than its job needs.",
        "인증서가 소유자를 맡은 일에 필요한 것과 다른 사용자나 그룹으로 만든다.",
    ),
    (
        "A certificate signs others and says of itself that it may not.",
        "다른 인증서에 서명하는 인증서인데, 스스로는 서명할 수 없다고 되어 있다.",
    ),
    (
        "A client compares the host it dials with the alternative names of the certificate; the common name does not count. IP addresses count only as IP addresses.",
        "클라이언트는 접속하는 호스트를 인증서의 대체 이름(SAN)과 비교한다. CN은 보지 않는다. IP 주소는 IP 주소 항목으로 들어 있어야 한다.",
    ),
    (
        "A component without a serving certificate makes one when it starts, which no authority signed.",
        "서빙 인증서가 없는 컴포넌트는 시작할 때 스스로 하나를 만든다. 어떤 CA도 서명하지 않은 인증서다.",
    ),
    ("A connection is made without TLS.", "TLS 없이 연결한다."),
    (
        "A file is there and cannot be read, or is not what its reader takes.",
        "파일은 있지만 읽을 수 없거나, 읽는 쪽이 받아들이는 형식이 아니다.",
    ),
    (
        "A file lies on the node, but nothing mounts it into the container that needs it.",
        "파일은 노드에 있지만, 그것이 필요한 컨테이너에 마운트되지 않았다.",
    ),
    (
        "A flag or field names a file that does not exist. Most components end when they start and say \"open PATH: no such file or directory\". The path may be misspelt, or the file was removed.",
        "플래그나 필드가 가리키는 파일이 없다. 대부분의 컴포넌트는 시작하면서 \"open PATH: no such file or directory\"를 남기고 종료된다. 경로에 오타가 있거나 파일이 지워진 것이다.",
    ),
    (
        "A flag or field names a file that is not there.",
        "플래그나 필드가 가리키는 파일이 없다.",
    ),
    (
        "A private key does not belong to the certificate beside it.",
        "개인 키가 짝이 되는 인증서의 것이 아니다.",
    ),
    (
        "A protection is switched off, or lets in more than it should.",
        "보호 장치가 꺼져 있거나, 허용해야 할 것보다 많이 허용한다.",
    ),
    (
        "A server's certificate does not name the host that clients dial.",
        "클라이언트가 접속하는 호스트가 서버 인증서에 없다.",
    ),
    (
        "A server's certificate needs serverAuth among its extended key usages, a client's clientAuth; etcd's need both. An authority that lists usages limits what is below it.",
        "서버 인증서의 확장 키 용도에는 serverAuth가, 클라이언트 인증서에는 clientAuth가 필요하고, etcd의 인증서에는 둘 다 필요하다. 용도를 적은 CA는 그 아래 인증서의 용도도 제한한다.",
    ),
    (
        "A warning within 30 days of the end, a note within 90. The kubelet's own certificate is left out when it renews itself.",
        "만료 30일 전부터 경고, 90일 전부터 알림. 스스로 갱신하는 kubelet 인증서는 제외한다.",
    ),
    (
        "API servers that do not know each other",
        "서로를 알지 못하는 API 서버",
    ),
    (
        "All nodes need the same CA certificates, front proxy's and etcd's among them. A node whose authority was made there, rather than copied, works by itself and is refused by all others, and refuses them.",
        "모든 노드에 같은 CA 인증서가 있어야 하며, 프런트 프록시와 etcd의 것도 그렇다. CA를 복사하지 않고 그 노드에서 새로 만들면, 그 노드는 혼자서는 동작하지만 다른 모든 노드가 거부하고 그 노드도 다른 노드들을 거부한다.",
    ),
    (
        "An authority's certificate needs CA:TRUE in its basic constraints, and Certificate Sign when it has a key usage.",
        "CA의 인증서에는 기본 제약(basic constraints)에 CA:TRUE가 있어야 하고, 키 용도가 있다면 Certificate Sign이 포함되어야 한다.",
    ),
    (
        "An authority's name constraints hold for every certificate below it.",
        "CA의 이름 제약은 그 아래 모든 인증서에 적용된다.",
    ),
    (
        "An empty or damaged file, the wrong kind of PEM block, a certificate that Go does not parse. Every reader has its own rules: etcd dies of a key in its CA file, kube-apiserver does not; kube-apiserver dies of one bad certificate in its client CA file.",
        "빈 파일, 손상된 파일, 종류가 다른 PEM 블록, Go가 해석하지 못하는 인증서. 읽는 쪽마다 규칙이 다르다. etcd는 CA 파일에 키가 있으면 종료되지만 kube-apiserver는 그렇지 않고, kube-apiserver는 클라이언트 CA 파일에 잘못된 인증서가 하나라도 있으면 종료된다.",
    ),
    (
        "Both sides of a connection look at the clock. kubeadm's certificates last a year and are renewed by `kubeadm upgrade` or `kubeadm certs renew`; a cluster that is left alone stops after a year.",
        "연결의 양쪽 모두 시각을 확인한다. kubeadm의 인증서는 1년 동안 유효하며 `kubeadm upgrade`나 `kubeadm certs renew`로 갱신된다. 그대로 두면 클러스터는 1년 뒤에 멈춘다.",
    ),
    (
        "Certificate policies that allow nothing, or more candidates than Go looks at.",
        "아무것도 허용하지 않는 인증서 정책이거나, 후보가 Go가 살펴보는 수보다 많다.",
    ),
    (
        "Each of kubeadm's three authorities opens one door: the cluster's CA makes users, etcd's opens the store, the front proxy's lets its bearer speak for anybody. Where one bundle holds two of them, or a root above them, whoever is let in at one door is let in at the other: every node and user into etcd, or as whoever they say they are.",
        "kubeadm의 세 CA는 각각 하나의 문을 연다. 클러스터 CA는 사용자를 만들고, etcd CA는 저장소를 열며, 프런트 프록시 CA는 소유자가 누구의 이름으로든 말하게 한다. 한 번들에 그중 둘이, 또는 그 위의 루트가 들어 있으면, 한 문으로 들어온 사람은 다른 문으로도 들어올 수 있다. 모든 노드와 사용자가 etcd에 들어가거나, 스스로 말하는 누구든 될 수 있다.",
    ),
    (
        "Go accepts a certificate that is itself among the roots. With the next one, which the same authority issues, the client is lost: renewing looks harmless, and nothing tells that somebody pinned the old one.",
        "Go는 루트 가운데에 그대로 들어 있는 인증서를 받아들인다. 같은 인증 기관이 다음 인증서를 발급하면 그 클라이언트는 연결할 수 없게 된다. 갱신은 문제없어 보이고, 누군가 이전 인증서를 고정해 두었다는 것은 어디에도 드러나지 않는다.",
    ),
    (
        "Go refuses the algorithm or the length of the key.",
        "Go가 거부하는 알고리즘이거나 키 길이다.",
    ),
    (
        "Go takes RSA keys from 1024 bits on. Those below 2048 are within reach of who can pay for it.",
        "Go는 1024비트부터 RSA 키를 받아들인다. 2048비트보다 짧은 키는 비용을 치를 수 있는 사람이 깰 수 있다.",
    ),
    (
        "Go verifies no signatures made with MD5 or SHA-1 and takes no RSA keys of less than 1024 bits, whatever else is right.",
        "Go는 MD5나 SHA-1로 만든 서명을 검증하지 않고, 1024비트보다 짧은 RSA 키를 받아들이지 않는다. 다른 것이 모두 맞아도 그렇다.",
    ),
    (
        "It counts until its authority's certificate ends and no longer, whatever it says itself: whoever looks at it alone expects too much.",
        "인증서는 스스로 무엇이라 하든 CA의 인증서가 끝날 때까지만 유효하다. 인증서만 보는 사람은 더 오래 갈 것으로 기대하게 된다.",
    ),
    (
        "It does not break a connection by itself.",
        "이것만으로 연결이 끊어지지는 않는다.",
    ),
    (
        "It may be new, or misspelt. A component ends when it does not know a flag.",
        "새로 생긴 것이거나 오타일 수 있다. 컴포넌트는 모르는 플래그가 있으면 종료된다.",
    ),
    (
        "It says whom to trust and names nobody: a placeholder that was never filled in, or a text that was damaged on its way. Whoever reads it refuses to connect.",
        "누구를 신뢰할지 말하는 자리에 아무도 없다. 채워지지 않은 자리 표시자이거나 옮기는 중에 손상된 텍스트다. 이것을 읽는 쪽은 연결을 거부한다.",
    ),
    (
        "Kubelets are let by the authorizer Node, everybody else by RBAC. Who is missing from --authorization-mode lets nobody do anything: the certificates are good, and every request is forbidden.",
        "kubelet은 Node 인가자가, 다른 모두는 RBAC이 허용한다. --authorization-mode에 빠진 쪽은 아무에게도 아무것도 허용하지 않는다. 인증서는 올바르지만 모든 요청이 금지된다.",
    ),
    (
        "Kubelets ask for their certificates, at first and every time when one ends. Without a signing pair kube-controller-manager signs none: requests stay approved and are never issued, and nothing says why.",
        "kubelet은 처음에, 그리고 인증서가 끝날 때마다 인증서를 요청한다. 서명 쌍이 없으면 kube-controller-manager는 아무것에도 서명하지 않는다. 요청은 승인된 채로 발급되지 않으며, 이유를 말하는 것은 아무것도 없다.",
    ),
    (
        "Nobody outside the node needs their port but whoever collects metrics. kubeadm binds it to 127.0.0.1.",
        "메트릭을 수집하는 것 말고는 노드 밖의 누구에게도 이 포트가 필요 없다. kubeadm은 127.0.0.1에만 연다.",
    ),
    (
        "Nothing in Kubernetes revokes a certificate: who has the key has its rights until the day it ends. kubeadm's last a year, its authorities' ten.",
        "쿠버네티스에서는 아무것도 인증서를 폐기하지 않는다. 키를 가진 사람은 인증서가 끝나는 날까지 그 권한을 가진다. kubeadm의 인증서는 1년, CA는 10년 유효하다.",
    ),
    (
        "One of the two was replaced without the other, or taken from another pair. Whoever loads the pair when it starts ends with \"tls: private key does not match public key\"; clients that load it later fail with every connection.",
        "둘 가운데 하나만 교체했거나 다른 쌍에서 가져온 것이다. 시작할 때 쌍을 읽는 쪽은 \"tls: private key does not match public key\"로 종료되고, 나중에 읽는 클라이언트는 연결할 때마다 실패한다.",
    ),
    (
        "Pods verify kube-apiserver with kube-root-ca.crt of their namespace, nodes that join with cluster-info, kube-proxy with its kubeconfig. kube-controller-manager keeps the first up to date; nobody does the others, which keep an authority that was replaced.",
        "파드는 네임스페이스의 kube-root-ca.crt로, 참여하는 노드는 cluster-info로, kube-proxy는 자신의 kubeconfig로 kube-apiserver를 검증한다. 첫째는 kube-controller-manager가 갱신하지만 나머지는 아무도 갱신하지 않아, 교체된 CA가 그대로 남는다.",
    ),
    (
        "Somebody still trusts, or shows, an authority that has been replaced by one of the same name.",
        "같은 이름의 새 CA로 교체된 예전 CA를 누군가 아직 신뢰하거나 제시한다.",
    ),
    (
        "Something else wins over it, or it cannot count as it is written.",
        "다른 것이 우선하거나, 적힌 대로는 적용될 수 없다.",
    ),
    (
        "Something is at the path, but no file that can be read: a folder, a file without permission, a link that leads in circles.",
        "경로에 무언가 있지만 읽을 수 있는 파일이 아니다. 디렉터리, 권한이 없는 파일, 순환하는 링크 등이다.",
    ),
    (
        "TLS 1.0 and 1.1, RC4, 3DES and the suites without an exchange of fresh keys are off by default; who records the connection may read it later, or change it.",
        "TLS 1.0과 1.1, RC4, 3DES, 그리고 새 키를 교환하지 않는 스위트는 기본으로 꺼져 있다. 연결을 기록한 사람이 나중에 읽거나 바꿀 수 있다.",
    ),
    (
        "TLS 1.3 has no P-224, and no signature fits into a very short RSA key: the pair loads, and every handshake fails.",
        "TLS 1.3에는 P-224가 없고, 아주 짧은 RSA 키에는 서명이 들어가지 않는다. 쌍은 읽히지만 모든 핸드셰이크가 실패한다.",
    ),
    (
        "The API takes any two texts. Who mounts the Secret does not start with it, or keeps what it had before until it is started again.",
        "API는 어떤 두 텍스트든 받아들인다. 이 Secret을 마운트하는 쪽은 시작하지 못하거나, 다시 시작할 때까지 예전 것을 계속 쓴다.",
    ),
    (
        "The authority was made again with the same name and another key, and this certificate is still the old one's: who trusts the new one alone refuses it.",
        "CA가 같은 이름과 다른 키로 다시 만들어졌는데 이 인증서는 아직 옛 CA의 것이다. 새 CA만 신뢰하는 쪽은 이것을 거부한다.",
    ),
    (
        "The authority was made again with the same name and another key. Whoever still has the old certificate takes nothing that the new one signs.",
        "CA를 같은 이름, 다른 키로 다시 만들었다. 예전 인증서를 가진 쪽은 새 CA가 서명한 것을 하나도 받아들이지 않는다.",
    ),
    (
        "The authorization mode AlwaysAllow lets everybody do everything who reaches the port.",
        "인가 모드 AlwaysAllow는 포트에 닿는 누구에게나 모든 것을 허용한다.",
    ),
    (
        "The certificate in the Secret and the caBundle are renewed by different hands: one was made again, and the other still is what it was. Every write that the webhook is asked about fails, every request to the API.",
        "Secret의 인증서와 caBundle은 서로 다른 손이 갱신한다. 하나는 다시 만들어졌는데 다른 하나는 예전 그대로다. 웹훅에 묻는 모든 쓰기와 그 API에 대한 모든 요청이 실패한다.",
    ),
    (
        "The certificate is good, and used well elsewhere in the cluster: it was put or named in the wrong place. Whatever else is wrong with it here follows from that.",
        "인증서 자체는 멀쩡하고 클러스터의 다른 곳에서 제대로 쓰이지만, 엉뚱한 곳에 놓였거나 지정되었다. 여기서 함께 나타나는 다른 잘못은 모두 그 결과다.",
    ),
    (
        "The client dials the server's own address, and another port than the server is told to listen on: the connection is refused, unless something that is in none of these files listens there and hands it on.",
        "클라이언트가 서버 자신의 주소로 접속하지만, 서버가 듣도록 설정된 것과 다른 포트로 접속한다. 이 파일들 어디에도 없는 무언가가 그 포트에서 듣고 넘겨주지 않는 한 연결은 거부된다.",
    ),
    (
        "The clock of the node that uses it is behind, or that of the one that issued it was ahead.",
        "그것을 쓰는 노드의 시계가 늦거나, 발급한 노드의 시계가 빨랐다.",
    ),
    (
        "The component does not take it, in this version or at all.",
        "이 버전의 컴포넌트가, 또는 어떤 버전도 받아들이지 않는다.",
    ),
    (
        "The components of a control plane run in containers and see only what their manifest mounts. A file may lie on the node and still not be there for them: etcd sees only /etc/kubernetes/pki/etcd, the scheduler only its kubeconfig.",
        "컨트롤 플레인 컴포넌트는 컨테이너에서 실행되며 매니페스트가 마운트한 것만 본다. 노드에 파일이 있어도 컴포넌트에게는 없을 수 있다. etcd는 /etc/kubernetes/pki/etcd만, 스케줄러는 자기 kubeconfig만 본다.",
    ),
    (
        "The control plane's static pods use the node's own network. Of two that listen on one port of one address, the one that starts second finds it taken and ends, again and again.",
        "컨트롤 플레인의 정적 파드는 노드의 네트워크를 그대로 쓴다. 한 주소의 같은 포트에서 들으려는 둘 가운데 나중에 시작하는 쪽은 포트가 이미 쓰이고 있어 종료되기를 되풀이한다.",
    ),
    (
        "The file is read when the component starts. A context that does not exist, two forms of the same field or a broken line end the component before it connects to anything.",
        "컴포넌트가 시작할 때 읽는다. 없는 컨텍스트, 같은 필드의 두 가지 표기, 깨진 줄이 있으면 어디에도 연결하기 전에 컴포넌트가 종료된다.",
    ),
    (
        "The first --service-account-issuer is what tokens name; every kube-apiserver has to list it.",
        "토큰에는 첫 번째 --service-account-issuer가 적히며, 모든 kube-apiserver의 목록에 그것이 있어야 한다.",
    ),
    (
        "The flag for the certificate names the key, or the other way round.",
        "인증서 플래그가 키를 가리키거나 그 반대다.",
    ),
    (
        "The host of `server`, or `tls-server-name` when it is set, has to be one of the names of kube-apiserver's certificate. kubeadm's own has neither 127.0.0.1 nor localhost.",
        "`server`의 호스트, 또는 `tls-server-name`을 설정했다면 그 이름이 kube-apiserver 인증서에 들어 있어야 한다. kubeadm이 만든 인증서에는 127.0.0.1도 localhost도 없다.",
    ),
    (
        "The kubelet starts what the manifest says, or nothing when it cannot read it or a volume is not there; the component ends by itself when it does not know a flag, or does not take what one says.",
        "kubelet은 매니페스트에 적힌 것을 시작하며, 읽을 수 없거나 볼륨이 없으면 아무것도 시작하지 않는다. 컴포넌트는 모르는 플래그나 받아들일 수 없는 값이 있으면 스스로 종료된다.",
    ),
    (
        "The other side knows the root only; the certificates in between have to stand in the same file as the leaf, behind it.",
        "상대는 루트만 안다. 중간 인증서는 리프와 같은 파일에, 리프 뒤에 있어야 한다.",
    ),
    (
        "The path length of an authority says how many others may stand between it and the leaf.",
        "CA의 경로 길이는 자신과 리프 사이에 다른 CA가 몇 개까지 올 수 있는지를 정한다.",
    ),
    (
        "The read-only port speaks plain HTTP and tells everybody who reaches it the node's pods with everything that their specifications say.",
        "읽기 전용 포트는 평문 HTTP로 말하며, 접속하는 누구에게나 노드의 파드와 그 명세에 적힌 모든 것을 알려 준다.",
    ),
    (
        "The rules are those of the versions that were checked; others may differ.",
        "규칙은 확인한 버전의 것이다. 다른 버전은 다를 수 있다.",
    ),
    (
        "The scheme of a URL decides: http:// to a server that speaks TLS is refused, and carries no credentials.",
        "URL의 스킴이 결정한다. TLS로 말하는 서버에 http://로 요청하면 거부되며, 자격 증명도 실리지 않는다.",
    ),
    (
        "The server verifies its clients, and this one has neither a certificate nor a token.",
        "서버는 클라이언트를 검증하는데, 이 클라이언트에는 인증서도 토큰도 없다.",
    ),
    (
        "The time of a certificate has not come, or the clock of the node is behind.",
        "인증서의 유효 기간이 아직 시작되지 않았거나, 노드의 시계가 늦다.",
    ),
    (
        "The time of a certificate is over soon: it works today, and has to be renewed.",
        "인증서가 곧 만료된다. 오늘은 동작하지만 갱신해야 한다.",
    ),
    (
        "The time of a certificate is over; whoever verifies it refuses it.",
        "인증서가 만료되었다. 검증하는 쪽이 거부한다.",
    ),
    (
        "The tokens of --token-auth-file never end, are changed only by starting kube-apiserver again, and lie there in clear text.",
        "--token-auth-file의 토큰은 끝나지 않으며, kube-apiserver를 다시 시작해야만 바뀌고, 평문으로 놓여 있다.",
    ),
    (
        "There are more authorities between root and leaf than one of them allows.",
        "루트와 리프 사이에, 그중 하나가 허용하는 것보다 많은 CA가 있다.",
    ),
    (
        "Two things that have to agree do not.",
        "서로 맞아야 하는 두 가지가 맞지 않는다.",
    ),
    (
        "What is marked critical and not understood makes a certificate useless.",
        "critical로 표시되었는데 이해하지 못하는 확장이 있으면 인증서는 쓸모가 없다.",
    ),
    (
        "Which kube-apiserver answers and which kube-controller-manager leads is up to chance. While a CA is replaced node by node their files differ for a time; what one node takes the other refuses if it stays so.",
        "어느 kube-apiserver가 대답하고 어느 kube-controller-manager가 리더가 될지는 우연에 달려 있다. CA를 노드마다 차례로 교체하는 동안에는 파일이 한동안 다르다. 그대로 두면 한 노드가 받아들이는 것을 다른 노드가 거부한다.",
    ),
    (
        "Which of them counts is left to chance.",
        "어느 것이 적용될지는 운에 달렸다.",
    ),
    (
        "While nodes differ in version, a kube-apiserver hands on what only another one serves, and verifies it with --peer-ca-file. When that does not vouch for the other, such requests fail, and nothing else does.",
        "노드의 버전이 서로 다른 동안 kube-apiserver는 다른 쪽만 제공하는 요청을 넘겨주며, 그 상대를 --peer-ca-file로 검증한다. 이 파일이 상대를 보증하지 않으면 그런 요청만 실패하고 나머지는 모두 동작한다.",
    ),
    (
        "Who can change a CA certificate decides who is trusted; who can change a manifest runs whatever they like as root.",
        "CA 인증서를 바꿀 수 있는 사람이 누구를 신뢰할지 정한다. 매니페스트를 바꿀 수 있는 사람은 무엇이든 root로 실행한다.",
    ),
    (
        "Who can read a key is whoever the key is for: every user of the node, and every container that the folder is mounted into. kubeadm writes keys and kubeconfigs with mode 0600.",
        "키를 읽을 수 있는 사람은 그 키의 주인과 같다. 노드의 모든 사용자와, 그 폴더가 마운트된 모든 컨테이너가 그렇다. kubeadm은 키와 kubeconfig를 0600 모드로 쓴다.",
    ),
    (
        "Who has the key of an authority is that authority. When another authority has the same key, or service account tokens are signed with it, it lies in more places and neither can be replaced alone.",
        "CA의 키를 가진 사람이 곧 그 CA다. 다른 CA가 같은 키를 쓰거나 서비스 어카운트 토큰을 그 키로 서명하면, 키가 더 많은 곳에 놓이고 어느 쪽도 따로 교체할 수 없다.",
    ),
    (
        "Whoever is in system:masters may do everything, past every access rule, until the certificate ends or the CA is replaced: it cannot be taken back. It is for the day when nothing else works.",
        "system:masters에 속한 사람은 인증서가 끝나거나 CA가 교체될 때까지 모든 접근 규칙을 지나쳐 무엇이든 할 수 있으며, 되돌릴 수 없다. 다른 아무것도 통하지 않는 날을 위한 것이다.",
    ),
    (
        "Whoever verifies a certificate does not have its issuer among the CA certificates it was given.",
        "검증하는 쪽이 받은 CA 인증서 가운데 이 인증서의 발급자가 없다.",
    ),
    (
        "Whoever verifies looks for the issuer among the CA certificates it was given. A cluster made by kubeadm has three authorities that do not know each other: the cluster's, etcd's and the front proxy's.",
        "검증하는 쪽은 자신이 받은 CA 인증서에서 발급자를 찾는다. kubeadm이 만든 클러스터에는 서로를 모르는 CA가 셋 있다. 클러스터, etcd, 프런트 프록시의 CA다.",
    ),
    (
        "With --partial what is absent may well be on the node. The channels that need it are unknown: nothing is guessed.",
        "--partial이면 없는 파일도 노드에는 있을 수 있다. 그것이 필요한 채널은 알 수 없는 것으로 두며 추측하지 않는다.",
    ),
    (
        "With --service-account-lookup=false a token counts until it ends, whatever became of its account, its Secret or its pod.",
        "--service-account-lookup=false이면 어카운트나 시크릿, 파드가 어떻게 되었든 토큰은 끝날 때까지 유효하다.",
    ),
    (
        "With --use-service-account-credentials each controller has rights of its own; without, kube-controller-manager's certificate needs the rights of all of them.",
        "--use-service-account-credentials이면 컨트롤러마다 자기 권한을 가진다. 없으면 kube-controller-manager의 인증서가 모두의 권한을 가져야 한다.",
    ),
    (
        "With anonymous authentication on, access to the kubelet hangs on its authorization alone.",
        "익명 인증이 켜져 있으면 kubelet에 대한 접근은 인가에만 달려 있다.",
    ),
    (
        "With insecure-skip-tls-verify, or etcd's automatic TLS, anybody in between can pretend to be the server and is given the client's requests.",
        "insecure-skip-tls-verify나 etcd의 자동 TLS를 쓰면 중간에 있는 누구나 서버 행세를 하고 클라이언트의 요청을 받을 수 있다.",
    ),
    (
        "With insecureSkipTLSVerify kube-apiserver sends its front proxy's requests, and with them users' names, to whoever answers; with insecure-skip-tls-verify so do the readers of a kubeconfig with their tokens.",
        "insecureSkipTLSVerify가 있으면 kube-apiserver는 프런트 프록시의 요청과 사용자 이름을 응답하는 아무에게나 보낸다. insecure-skip-tls-verify가 있으면 kubeconfig를 읽는 쪽도 토큰을 그렇게 보낸다.",
    ),
    (
        "With rotateCertificates the kubelet asks for a new client certificate before the old one ends. Without, the node is lost on that day.",
        "rotateCertificates가 켜져 있으면 kubelet은 기존 클라이언트 인증서가 끝나기 전에 새 인증서를 요청한다. 꺼져 있으면 그날 노드를 잃는다.",
    ),
    (
        "With serverTLSBootstrap the kubelet asks for its serving certificate, and nobody approves such requests by himself: every connection to it fails until somebody does.",
        "serverTLSBootstrap이면 kubelet이 서빙 인증서를 요청하는데, 이런 요청은 저절로 승인되지 않는다. 누군가 승인하기 전까지 kubelet으로의 모든 연결이 실패한다.",
    ),
    (
        "Without --client-ca-file kube-apiserver and the kubelet take no client certificate for an identity; with --client-cert-auth and without --trusted-ca-file etcd refuses everybody.",
        "--client-ca-file이 없으면 kube-apiserver와 kubelet은 클라이언트 인증서를 신원으로 보지 않는다. --client-cert-auth만 있고 --trusted-ca-file이 없으면 etcd는 모두를 거부한다.",
    ),
    (
        "Without --kubelet-certificate-authority kube-apiserver takes whoever answers at a node's address for its kubelet, and hands over what is typed into kubectl exec. Kubelets that make their own certificates cannot be verified; these have theirs signed.",
        "--kubelet-certificate-authority가 없으면 kube-apiserver는 노드의 주소에서 대답하는 누구든 그 노드의 kubelet으로 여기고, kubectl exec에 입력한 것을 넘겨준다. 스스로 인증서를 만드는 kubelet은 검증할 수 없지만, 이 kubelet들의 인증서는 서명되어 있다.",
    ),
    (
        "Without --requestheader-allowed-names any common name will do: whatever else that authority ever signs is as good as the front proxy's own.",
        "--requestheader-allowed-names가 없으면 어떤 CN이든 통한다. 그 CA가 서명하는 다른 모든 인증서도 프런트 프록시의 것과 똑같이 쓰일 수 있다.",
    ),
    (
        "Without --trusted-ca-file and --client-cert-auth whoever reaches etcd's port reads and writes the cluster's whole state, all secrets included.",
        "--trusted-ca-file과 --client-cert-auth가 없으면 etcd 포트에 닿는 누구나 모든 시크릿을 포함한 클러스터 상태 전체를 읽고 쓴다.",
    ),
    (
        "Without CA certificates of its own a client uses the system's, which do not know the cluster's.",
        "자신의 CA 인증서가 없는 클라이언트는 시스템의 CA를 쓰는데, 시스템은 클러스터의 CA를 모른다.",
    ),
    (
        "Without a common name there is no user, and the request is refused.",
        "CN이 없으면 사용자가 없으므로 요청이 거부된다.",
    ),
    (
        "Without caBundle it asks the system's authorities, which vouch for no name that ends in .svc. Often something that should fill the field in, such as cert-manager's injector, did not.",
        "caBundle이 없으면 시스템의 CA로 검증하는데, 이들은 .svc로 끝나는 이름을 보증하지 않는다. cert-manager의 injector처럼 이 필드를 채워야 할 것이 채우지 않은 경우가 많다.",
    ),
    (
        "Without the admission plugin NodeRestriction whoever has one node's certificate may change what the cluster says of every other node and of the pods there.",
        "NodeRestriction 어드미션 플러그인이 없으면, 한 노드의 인증서를 가진 사람이 다른 모든 노드와 그곳의 파드에 대해 클러스터가 말하는 것을 바꿀 수 있다.",
    ),
    (
        "a TLS Secret whose certificate and key do not make a pair",
        "인증서와 키가 짝이 아닌 TLS Secret",
    ),
    (
        "a TLS Secret with a certificate of an authority that was replaced",
        "교체된 CA의 인증서가 든 TLS Secret",
    ),
    (
        "a bundle in an object that holds no certificate",
        "인증서가 없는 객체의 번들",
    ),
    (
        "a caBundle that does not vouch for the Service's certificate",
        "Service의 인증서를 보증하지 않는 caBundle",
    ),
    (
        "a certificate is not for this use",
        "이 용도에 맞지 않는 인증서",
    ),
    (
        "a certificate makes its bearer somebody else",
        "소유자를 다른 신원으로 만드는 인증서",
    ),
    (
        "a certificate of system:masters in daily use",
        "일상적으로 쓰이는 system:masters 인증서",
    ),
    (
        "a certificate signs others but may not",
        "서명할 수 없는데 다른 것에 서명한 인증서",
    ),
    (
        "a certificate that is for something else",
        "다른 용도로 만든 인증서",
    ),
    (
        "a certificate that outlives its authority",
        "CA보다 오래 유효한 인증서",
    ),
    (
        "a certificate whose issuer is not trusted",
        "발급자를 신뢰하지 않는 인증서",
    ),
    (
        "a certificate's time has not come",
        "아직 유효 기간이 시작되지 않은 인증서",
    ),
    ("a certificate's time is over soon", "곧 만료되는 인증서"),
    ("a certificate's time is over", "만료된 인증서"),
    (
        "a chain that Go does not accept",
        "Go가 받아들이지 않는 체인",
    ),
    (
        "a client certificate without a user",
        "사용자가 없는 클라이언트 인증서",
    ),
    (
        "a client is not told whom to trust",
        "누구를 신뢰할지 모르는 클라이언트",
    ),
    (
        "a client that presents nothing",
        "아무것도 제시하지 않는 클라이언트",
    ),
    (
        "a client that trusts a server's certificate instead of its authority",
        "인증 기관 대신 서버의 인증서 자체를 신뢰하는 클라이언트",
    ),
    (
        "a critical extension that Go does not understand",
        "Go가 이해하지 못하는 critical 확장",
    ),
    ("a file cannot be read", "읽을 수 없는 파일"),
    ("a file is not there", "없는 파일"),
    (
        "a file is not what its reader takes",
        "읽는 쪽이 받아들이지 않는 파일",
    ),
    (
        "a file that everybody on the node may change",
        "노드의 누구나 바꿀 수 있는 파일",
    ),
    ("a file was not collected", "수집되지 않은 파일"),
    (
        "a flag or field that is not in the catalogue",
        "카탈로그에 없는 플래그나 필드",
    ),
    (
        "a key does not belong to its certificate",
        "인증서와 짝이 맞지 않는 키",
    ),
    ("a key that TLS cannot use", "TLS에서 쓸 수 없는 키"),
    (
        "a key that is shorter than it should be",
        "권장보다 짧은 키",
    ),
    (
        "a kubeconfig leads to a host that the certificate does not name",
        "인증서에 없는 호스트를 가리키는 kubeconfig",
    ),
    (
        "a kubeconfig that client-go refuses",
        "client-go가 거부하는 kubeconfig",
    ),
    (
        "a kubelet may change other nodes",
        "kubelet이 다른 노드를 바꿀 수 있다",
    ),
    (
        "a kubelet that does not renew its certificate",
        "인증서를 갱신하지 않는 kubelet",
    ),
    (
        "a manifest that does not start its component",
        "컴포넌트를 시작하지 못하는 매니페스트",
    ),
    (
        "a name outside what an authority may vouch for",
        "CA가 보증할 수 없는 이름",
    ),
    ("a name that is not on the list", "목록에 없는 이름"),
    (
        "a namespace without kube-root-ca.crt",
        "kube-root-ca.crt가 없는 네임스페이스",
    ),
    (
        "a node has an authority of its own",
        "자기만의 CA를 가진 노드",
    ),
    (
        "a path is not visible inside the container",
        "컨테이너 안에서 보이지 않는 경로",
    ),
    (
        "a port that nobody listens on, as far as the files tell",
        "파일로 보아서는 아무도 듣고 있지 않은 포트",
    ),
    (
        "a private key that everybody on the node may read",
        "노드의 누구나 읽을 수 있는 개인 키",
    ),
    (
        "a request for a certificate that was not signed",
        "서명되지 않은 인증서 요청",
    ),
    (
        "a server is not told whose clients to trust",
        "누구의 클라이언트를 신뢰할지 모르는 서버",
    ),
    ("a server is not verified", "검증되지 않는 서버"),
    (
        "a server makes its own certificate, but clients verify it",
        "클라이언트가 검증하는데 스스로 인증서를 만드는 서버",
    ),
    (
        "a server takes clients that another authority vouches for",
        "서버가 다른 CA가 보증하는 클라이언트도 받아들인다",
    ),
    (
        "a server's certificate does not name what clients dial",
        "클라이언트가 접속하는 이름이 없는 서버 인증서",
    ),
    (
        "a serving certificate waits for approval",
        "승인을 기다리는 서빙 인증서",
    ),
    ("a setting that does not count", "적용되지 않는 설정"),
    (
        "a version or cipher suite of TLS that is broken",
        "깨진 TLS 버전이나 암호 스위트",
    ),
    (
        "a version that is not in the catalogue",
        "카탈로그에 없는 버전",
    ),
    (
        "all controllers act as one user",
        "모든 컨트롤러가 한 사용자로 동작한다",
    ),
    (
        "an algorithm or key that Go refuses",
        "Go가 거부하는 알고리즘이나 키",
    ),
    ("an authorizer is not asked", "물어보지 않는 인가자"),
    (
        "an intermediate certificate is not sent along",
        "함께 보내지 않은 중간 인증서",
    ),
    (
        "an object says that somebody is not to be verified",
        "상대를 검증하지 말라고 하는 객체",
    ),
    (
        "an object sends clients to a name that kube-apiserver's certificate does not have",
        "kube-apiserver의 인증서에 없는 이름으로 클라이언트를 보내는 객체",
    ),
    (
        "an object that does not vouch for kube-apiserver",
        "kube-apiserver를 보증하지 않는 객체",
    ),
    (
        "certificates that last very long",
        "유효 기간이 매우 긴 인증서",
    ),
    (
        "cluster-info tells nodes that join where the API is, kube-proxy's ConfigMap tells every kube-proxy. When the control plane moved, neither was changed with it.",
        "cluster-info는 참여하는 노드에, kube-proxy의 ConfigMap은 모든 kube-proxy에 API의 위치를 알려 준다. 컨트롤 플레인이 옮겨질 때 둘 다 함께 바뀌지 않았다.",
    ),
    ("etcd takes everybody", "누구나 받아들이는 etcd"),
    (
        "every certificate of the front proxy's authority speaks for anybody",
        "프런트 프록시 CA의 모든 인증서가 누구의 이름으로든 말할 수 있다",
    ),
    ("every request is allowed", "모든 요청이 허용됨"),
    (
        "extension API servers do not know whom kube-apiserver knows",
        "kube-apiserver가 아는 상대를 확장 API 서버가 모른다",
    ),
    (
        "extension API servers still trust an authority that was replaced",
        "확장 API 서버가 교체된 CA를 아직 신뢰한다",
    ),
    (
        "kube-apiserver adds its authorities to extension-apiserver-authentication and takes none away before it expires, not even when it is started again: whoever has a certificate of the old one is somebody for metrics-server and its like.",
        "kube-apiserver는 자신의 CA를 extension-apiserver-authentication에 더하기만 하고, 만료되기 전에는 다시 시작해도 빼지 않는다. 옛 CA의 인증서를 가진 사람은 metrics-server 같은 서버에 여전히 통한다.",
    ),
    (
        "kube-apiserver advertises an address that its certificate does not name",
        "인증서에 없는 주소를 알리는 kube-apiserver",
    ),
    (
        "kube-apiserver is not told whom to trust when it calls a Service",
        "Service를 호출할 때 누구를 신뢰할지 kube-apiserver에 알려 주지 않았다",
    ),
    (
        "kube-apiserver signs tokens with --service-account-signing-key-file and accepts what one of --service-account-key-file checks. It starts without comparing them; every pod is then refused. With several control-plane nodes, all need the same pair.",
        "kube-apiserver는 --service-account-signing-key-file로 토큰에 서명하고, --service-account-key-file 가운데 하나로 검증되면 받아들인다. 둘을 비교하지 않고 시작하므로, 맞지 않으면 모든 파드가 거부된다. 컨트롤 플레인 노드가 여럿이면 모두 같은 쌍이 필요하다.",
    ),
    (
        "kube-apiserver takes the common name for the user and every organisation for a group. The access rules of components are bound to those names: a typo authenticates and is then forbidden everything.",
        "kube-apiserver는 CN을 사용자로, 모든 O(조직)를 그룹으로 본다. 컴포넌트의 접근 규칙은 그 이름에 묶여 있어, 오타가 있으면 인증은 되지만 아무것도 할 수 없다.",
    ),
    (
        "kube-apiserver writes its flags into extension-apiserver-authentication. What is not in there is a stranger for extension API servers: they answer 401, to the front proxy too.",
        "kube-apiserver는 자신의 플래그를 extension-apiserver-authentication에 적는다. 거기에 없으면 확장 API 서버에는 낯선 상대이므로, 프런트 프록시에도 401로 답한다.",
    ),
    (
        "kube-apiserver writes the user's name into X-Remote-User, whatever is set. Extension API servers are told by extension-apiserver-authentication which headers to look at: without this one they know no user and refuse.",
        "kube-apiserver는 설정과 상관없이 사용자 이름을 X-Remote-User에 적는다. 확장 API 서버는 어느 헤더를 볼지를 extension-apiserver-authentication에서 알게 되며, 이 헤더가 빠져 있으면 사용자를 알 수 없어 거부한다.",
    ),
    (
        "kube-controller-manager approves kubelets' client certificates, but not their serving ones: with serverTLSBootstrap a kubelet serves nothing before somebody approves. What is approved and not signed has no signer: --cluster-signing-cert-file is not set, or its authority cannot sign that.",
        "kube-controller-manager는 kubelet의 클라이언트 인증서는 승인하지만 서빙 인증서는 승인하지 않는다. serverTLSBootstrap을 쓰면 누군가 승인할 때까지 kubelet은 응답하지 못한다. 승인되고도 서명되지 않았다면 서명자가 없는 것이다. --cluster-signing-cert-file이 설정되지 않았거나 그 CA가 서명할 수 없다.",
    ),
    (
        "kube-controller-manager or kube-scheduler listens to everybody",
        "kube-controller-manager나 kube-scheduler가 모두에게 열려 있다",
    ),
    (
        "kube-controller-manager puts it into every namespace within seconds. Pods that mount it do not start without.",
        "kube-controller-manager는 몇 초 안에 모든 네임스페이스에 이것을 넣는다. 이것을 마운트하는 파드는 없으면 시작하지 못한다.",
    ),
    (
        "kube-controller-manager signs the certificates that kubelets and users ask for. When kube-apiserver does not trust that authority, each is refused as soon as it has its new certificate: at the next rotation, or when a node joins.",
        "kube-controller-manager는 kubelet과 사용자가 요청하는 인증서에 서명한다. kube-apiserver가 그 CA를 신뢰하지 않으면, 새 인증서를 받는 즉시, 즉 다음 교체 때나 노드가 참여할 때 거부된다.",
    ),
    (
        "kube-controller-manager still signs the tokens of Secrets of type service-account-token, with --service-account-private-key-file. Tokens of pods do not come from it.",
        "kube-controller-manager는 아직도 service-account-token 유형 시크릿의 토큰에 --service-account-private-key-file로 서명한다. 파드의 토큰은 여기서 나오지 않는다.",
    ),
    (
        "kubeadm puts them into the Secret kubeadm-certs for control-plane nodes that join, encrypted, and has it deleted after two hours with its token. Longer, everybody who may read Secrets, and every backup of etcd, is one key away from being anybody.",
        "kubeadm은 참여하는 컨트롤 플레인 노드를 위해 이들을 암호화해 kubeadm-certs Secret에 넣고, 두 시간 뒤 토큰과 함께 지워지게 한다. 더 오래 남으면 Secret을 읽을 수 있는 사람과 etcd의 모든 백업이 키 하나 차이로 누구든 될 수 있다.",
    ),
    (
        "kubelets are not verified, though they could be",
        "검증할 수 있는데도 kubelet을 검증하지 않는다",
    ),
    (
        "more authorities in a row than one of them allows",
        "그중 하나가 허용하는 것보다 많은 CA의 연쇄",
    ),
    (
        "nobody looks where the front proxy writes the user's name",
        "프런트 프록시가 사용자 이름을 적는 곳을 아무도 보지 않음",
    ),
    (
        "nobody signs certificate requests",
        "인증서 요청에 아무도 서명하지 않는다",
    ),
    (
        "one key for two purposes",
        "두 가지 용도에 쓰이는 하나의 키",
    ),
    (
        "one side speaks TLS and the other does not",
        "한쪽만 TLS로 말함",
    ),
    ("only one half of a pair is set", "쌍의 절반만 설정됨"),
    (
        "service account tokens are signed with a key that is not checked with",
        "검증에 쓰지 않는 키로 서명된 서비스 어카운트 토큰",
    ),
    ("something else that is odd", "그 밖의 이상한 점"),
    (
        "the keys of the cluster's authorities lie in the API",
        "클러스터 CA의 키가 API에 놓여 있다",
    ),
    (
        "the kubelet answers without asking who asks",
        "kubelet이 누가 묻는지 확인하지 않고 대답한다",
    ),
    (
        "the kubelet takes anonymous requests",
        "익명 요청을 받는 kubelet",
    ),
    (
        "tokens in Secrets are signed with a key that is not checked with",
        "검증에 쓰지 않는 키로 서명된 시크릿의 토큰",
    ),
    (
        "tokens name an issuer that is not accepted",
        "받아들여지지 않는 발급자가 적힌 토큰",
    ),
    (
        "tokens of deleted service accounts are still good",
        "삭제된 서비스 어카운트의 토큰이 여전히 통한다",
    ),
    (
        "trust in an authority that has been replaced",
        "교체된 CA에 대한 신뢰",
    ),
    (
        "two nodes do not trust the same",
        "두 노드가 서로 다른 것을 신뢰한다",
    ),
    (
        "two processes that listen on one port of the node",
        "노드의 같은 포트에서 듣는 두 프로세스",
    ),
    ("two things claim the same", "같은 것을 차지하려는 두 가지"),
    (
        "users whose tokens stand in a file",
        "토큰이 파일에 적혀 있는 사용자",
    ),
    (
        "what will be signed is not taken",
        "앞으로 서명될 인증서를 받아들이지 않는다",
    ),
];

//! The texts of `kubepki explain` itself in Korean, sorted by the English.
//!
//! A text that changes or is new has to be put here too; a test of the program says which.

/// A text, and the same in Korean.
pub const KOREAN: &[(&str, &str)] = &[
    (
        "A kubeconfig: server, CA, certificate and private key in one file. Whoever reads it is this user.",
        "서버, CA, 인증서, 개인 키가 한 파일에 들어 있는 kubeconfig. 이 파일을 읽을 수 있는 사람은 곧 이 사용자다.",
    ),
    (
        "An authority that vouches for {}.",
        "다음을 보증하는 CA: {}.",
    ),
    ("Causes", "원인"),
    ("Channels", "채널"),
    ("Components", "컴포넌트"),
    ("Default", "기본값"),
    ("Files", "파일"),
    ("Findings", "발견 사항"),
    ("Has to agree", "서로 맞아야 하는 것"),
    ("Here", "이 트리에서"),
    (
        "It keeps the rules for services on every node. It is a client of kube-apiserver, with a service account's token.",
        "각 노드에서 서비스 규칙을 유지한다. 서비스 어카운트 토큰을 쓰는 kube-apiserver의 클라이언트다.",
    ),
    (
        "It says which node a pod runs on. It is a client of kube-apiserver.",
        "파드를 어느 노드에서 실행할지 정한다. kube-apiserver의 클라이언트다.",
    ),
    ("Look at it", "확인하는 방법"),
    ("Name", "이름"),
    ("Read", "읽는 시점"),
    ("See also", "함께 볼 것"),
    ("Side", "역할"),
    (
        "The .crt is public and is what others trust. The .key signs; it is needed only to issue, and may be kept elsewhere.",
        ".crt는 공개되며 다른 쪽이 신뢰하는 것이다. .key는 서명에 쓰며, 발급할 때만 필요하므로 다른 곳에 보관해도 된다.",
    ),
    (
        "The .crt is the certificate, which is shown; the .key is its private key, which is secret.",
        ".crt는 제시하는 인증서이고, .key는 비밀인 개인 키다.",
    ),
    (
        "The agent of every node: a client of kube-apiserver, and a server to it for logs and shells.",
        "모든 노드의 에이전트. kube-apiserver의 클라이언트이면서, 로그와 셸에 대해서는 kube-apiserver의 서버다.",
    ),
    (
        "The controllers. It is a client of kube-apiserver, signs requests with the cluster's CA, and tells every namespace whom to trust.",
        "컨트롤러들. kube-apiserver의 클라이언트이고, 클러스터 CA로 요청에 서명하며, 모든 네임스페이스에 누구를 신뢰할지 알려 준다.",
    ),
    ("The credential of {}.", "{} 제시하는 자격 증명."),
    (
        "The door to the cluster: a server to everybody who wants something of it, and a client of etcd, of kubelets and of API servers behind it.",
        "클러스터의 문. 무언가를 원하는 모두에게는 서버이고, etcd와 kubelet, 뒤에 있는 API 서버에게는 클라이언트다.",
    ),
    (
        "The pair of keys that service account tokens are signed and checked with. It is no certificate: it has no name, no issuer and no end.",
        "서비스 어카운트 토큰에 서명하고 검증하는 키 쌍. 인증서가 아니므로 이름도, 발급자도, 만료일도 없다.",
    ),
    ("What can be explained", "설명할 수 있는 것"),
    ("What it is", "무엇인가"),
    ("When it is wrong", "잘못되었을 때"),
    (
        "Where everything that the cluster knows is kept. It is a server to kube-apiserver; its members are server and client to each other.",
        "클러스터가 아는 모든 것을 보관하는 곳. kube-apiserver의 서버이고, 멤버끼리는 서로 서버이자 클라이언트다.",
    ),
    ("Without it", "없으면"),
    ("Words", "용어"),
    ("a minute", "1분"),
    ("and {}", "그리고 {}"),
    ("as a field", "필드로는"),
    ("as soon as the object changes", "오브젝트가 바뀌는 즉시"),
    (
        "by the kubelet itself, with a request",
        "kubelet이 스스로 요청해서",
    ),
    (
        "by the kubelet, which watches the folder",
        "디렉터리를 감시하는 kubelet이 읽는다",
    ),
    ("certificate of {}, until {}", "인증서 {}, 만료일 {}"),
    ("checked name", "확인하는 이름"),
    ("client shows", "클라이언트 제시"),
    ("client trusts", "클라이언트 신뢰"),
    (
        "client: of the server that the kubeconfig names",
        "클라이언트: kubeconfig에 적힌 서버의 클라이언트",
    ),
    ("client: shown to a server", "클라이언트: 서버에 제시"),
    ("client: shown to {}", "클라이언트(제시 대상: {})"),
    ("client: verifies a server", "클라이언트: 서버를 검증"),
    ("client: verifies {}", "클라이언트(검증 대상: {})"),
    (
        "every authority, and how long each lasts",
        "모든 CA와 각각의 유효 기간",
    ),
    (
        "everything worth knowing, notes too",
        "알림을 포함해 알아 둘 만한 모든 것",
    ),
    ("field of", "속한 곳"),
    ("files", "파일"),
    (
        "he can make a certificate for anybody",
        "누구의 인증서든 만들 수 있다",
    ),
    ("how a component is started", "컴포넌트가 어떻게 시작되는지"),
    (
        "how it is set in the cluster",
        "클러스터에서 어떻게 설정되어 있는지",
    ),
    (
        "how it is set on this node",
        "이 노드에서 어떻게 설정되어 있는지",
    ),
    ("how long everything lasts", "모든 것의 유효 기간"),
    ("identity", "신원"),
    ("issued by", "발급자"),
    ("issues", "발급 대상"),
    (
        "it is not set, and no file of its name is there",
        "설정되지 않았고, 그 이름의 파일도 없다",
    ),
    ("it is there", "있음"),
    ("its ends, and whether it works", "양쪽 끝과 동작 여부"),
    ("its log", "로그"),
    (
        "its log, also when kube-apiserver is down",
        "kube-apiserver가 내려가 있을 때도 볼 수 있는 로그",
    ),
    ("kubeadm sets", "kubeadm 설정값"),
    ("kubeadm's names", "kubeadm의 이름"),
    ("named by", "가리키는 플래그"),
    ("neither: a setting", "해당 없음: 설정값"),
    (
        "neither: it is handed on to others",
        "해당 없음: 다른 쪽에 배포한다",
    ),
    (
        "neither: it signs certificates",
        "해당 없음: 인증서에 서명한다",
    ),
    ("neither: tokens, not TLS", "해당 없음: TLS가 아니라 토큰"),
    (
        "nothing is said: everything works",
        "아무 메시지도 없다. 모두 동작한다",
    ),
    (
        "nothing, when the two belong together",
        "둘의 짝이 맞으면 아무것도 출력하지 않는다",
    ),
    (
        "one; of several the last counts",
        "하나. 여러 개면 마지막 것이 적용된다",
    ),
    ("page", "페이지"),
    ("read by", "읽는 쪽"),
    ("renewed", "갱신"),
    (
        "sa.key signs and is secret; sa.pub checks and is public. All kube-apiservers of a cluster have the same pair.",
        "sa.key는 서명하며 비밀이고, sa.pub은 검증하며 공개해도 된다. 한 클러스터의 모든 kube-apiserver가 같은 쌍을 쓴다.",
    ),
    ("server and client", "서버와 클라이언트"),
    ("server shows", "서버 제시"),
    ("server trusts", "서버 신뢰"),
    ("server: shown to clients", "서버: 클라이언트에 제시"),
    ("server: shown to {}", "서버(제시 대상: {})"),
    ("server: verifies clients", "서버: 클라이언트를 검증"),
    ("server: verifies {}", "서버(검증 대상: {})"),
    (
        "several, by repeating the flag",
        "여러 개. 플래그를 반복해서",
    ),
    (
        "several, with commas or by repeating the flag",
        "여러 개. 쉼표로 구분하거나 플래그를 반복해서",
    ),
    (
        "several, with commas; the last flag counts",
        "여러 개. 쉼표로 구분하며 마지막 플래그가 적용된다",
    ),
    ("shown by", "제시하는 쪽"),
    ("side", "역할"),
    ("somebody else reads its key", "다른 사람이 그 키를 읽음"),
    ("source", "출처"),
    ("subject", "주체 이름"),
    ("the CA that it trusts", "신뢰하는 CA"),
    (
        "the certificate that it shows, when the kubelet renews it itself",
        "kubelet이 스스로 갱신하는 경우 제시하는 인증서",
    ),
    (
        "the certificate that the server really shows",
        "서버가 실제로 제시하는 인증서",
    ),
    (
        "the files, and who may read them",
        "파일들과, 누가 읽을 수 있는지",
    ),
    (
        "the keys that kube-apiserver checks with",
        "kube-apiserver가 검증에 쓰는 키",
    ),
    ("the names of a certificate", "인증서의 이름들"),
    (
        "true or false, behind =; of several the last counts",
        "= 뒤에 true 또는 false. 여러 개면 마지막 것이 적용된다",
    ),
    (
        "two sums that are the same when key and certificate belong together",
        "키와 인증서의 짝이 맞으면 서로 같은 두 개의 해시",
    ),
    ("up to {}", "{} 이하"),
    ("value", "값"),
    ("versions", "버전"),
    ("what is in it", "들어 있는 내용"),
    (
        "what is mounted into a container",
        "컨테이너에 무엇이 마운트되어 있는지",
    ),
    ("what is wrong with it", "무엇이 잘못되었는지"),
    (
        "what kube-apiserver says of the others",
        "kube-apiserver가 다른 API 서버들에 대해 말하는 것",
    ),
    (
        "when it is first needed, and again for every new connection; open connections are closed within {}",
        "처음 필요할 때 읽고, 새 연결마다 다시 읽는다. 열려 있는 연결은 {} 안에 닫힌다",
    ),
    ("when it is left out: {}", "생략하면: {}"),
    ("when it starts and ends", "유효 기간의 시작과 끝"),
    (
        "when the process starts, and again for every handshake",
        "프로세스가 시작할 때 읽고, 핸드셰이크마다 다시 읽는다",
    ),
    (
        "when the process starts, and again within seconds of a change, a minute at the latest",
        "프로세스가 시작할 때 읽고, 바뀌면 몇 초 안에, 늦어도 1분 안에 다시 읽는다",
    ),
    (
        "when the process starts, and again within {} of a change",
        "프로세스가 시작할 때 읽고, 바뀌면 {} 안에 다시 읽는다",
    ),
    (
        "when the process starts; a change needs a restart",
        "프로세스가 시작할 때만 읽는다. 바꾸면 다시 시작해야 한다",
    ),
    (
        "when the process starts; it ends when the file changes, and is started again",
        "프로세스가 시작할 때 읽는다. 파일이 바뀌면 프로세스가 종료되고 다시 시작된다",
    ),
    ("whenever somebody uses it", "누군가 쓸 때마다"),
    ("where clients go", "클라이언트가 접속하는 곳"),
    ("where it is on this node", "이 노드의 어디에 있는지"),
    (
        "whether an authority vouches for a certificate",
        "CA가 인증서를 보증하는지",
    ),
    (
        "whether it is sound, without showing it",
        "내용을 보이지 않고 온전한지만 확인",
    ),
    (
        "whether its authority vouches for it",
        "발급한 CA가 보증하는지",
    ),
    (
        "whether the client believes the server",
        "클라이언트가 서버를 믿는지",
    ),
    (
        "whether the server believes the client",
        "서버가 클라이언트를 믿는지",
    ),
    (
        "who connects to it and to whom it connects",
        "누가 여기에 접속하고 여기서 누구에게 접속하는지",
    ),
    (
        "who it is and how long it lasts",
        "누구이고 언제까지 유효한지",
    ),
    ("who it is and what it is for", "누구이고 무엇에 쓰는지"),
    (
        "who it is, who issued it, how long it lasts, which names and uses it has",
        "누구이고, 누가 발급했고, 언제까지 유효하고, 어떤 이름과 용도가 있는지",
    ),
    ("whoever has it shows it", "가진 쪽이 제시한다"),
    (
        "whom every server takes it for",
        "각 서버가 이것을 누구로 보는지",
    ),
    (
        "whom the server takes it for",
        "서버가 이것을 누구로 보는지",
    ),
    (
        "whose certificates are in a file",
        "파일에 누구의 인증서가 있는지",
    ),
    ("{} and later", "{} 이상"),
    (
        "{} have that too; say which: {}",
        "같은 이름이 더 있다: {}. 골라서 지정한다: {}",
    ),
    ("{} minutes", "{}분"),
    ("{} seconds", "{}초"),
    ("{} to {}", "{}부터 {}까지"),
];

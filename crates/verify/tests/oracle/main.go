// Command oracle answers, one JSON line for each, what Go itself decides: the tests compare the
// verify crate with it.
package main

import (
	"bufio"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"syscall"
	"time"
)

// Question is one line on standard input; which fields count depends on Op.
type Question struct {
	Op            string   `json:"op"`
	Leaf          []byte   `json:"leaf"`
	Roots         [][]byte `json:"roots"`
	Intermediates [][]byte `json:"intermediates"`
	Name          string   `json:"name"`
	Usages        []string `json:"usages"`
	Policies      []string `json:"policies"`
	Time          string   `json:"time"`
	Certificates  []byte   `json:"certificates"`
	Key           []byte   `json:"key"`
	Server        *Pair    `json:"server"`
	Client        *Pair    `json:"client"`
	Mode          int      `json:"mode"`
	UseHints      bool     `json:"use_hints"`
	ServerFiles   Files    `json:"server_files"`
	ClientFiles   Files    `json:"client_files"`
	Clients       Bundle   `json:"clients"`
	Trust         Bundle   `json:"trust"`
	Sends         string   `json:"sends"`
	Authenticator string   `json:"authenticator"`
	Allowed       []string `json:"allowed"`
	TLS12         bool     `json:"tls12"`
}

// Files are the texts of a certificate file and a key file.
type Files struct {
	Certificates []byte `json:"certificates"`
	Key          []byte `json:"key"`
}

// Bundle is the text of a file with authorities, and how it is read.
type Bundle struct {
	Reader string `json:"reader"`
	Text   []byte `json:"text"`
}

// Pair is what one side of a handshake has.
type Pair struct {
	Chain [][]byte `json:"chain"`
	Key   []byte   `json:"key"`
}

// Answer is one line on standard output.
type Answer struct {
	End    string     `json:"end"`
	Error  string     `json:"error"`
	Peer   string     `json:"peer"`
	Kind   string     `json:"kind"`
	Chains [][]string `json:"chains"`
	Blocks []Block    `json:"blocks"`
	Count  int        `json:"count"`
}

// Block is a PEM block.
type Block struct {
	Label   string `json:"label"`
	Headers bool   `json:"headers"`
	Content []byte `json:"content"`
}

func main() {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	out := bufio.NewWriter(os.Stdout)
	for in.More() {
		var question Question
		if err := in.Decode(&question); err != nil {
			fmt.Fprintln(os.Stderr, "oracle:", err)
			os.Exit(1)
		}
		if err := json.NewEncoder(out).Encode(answer(&question)); err != nil {
			os.Exit(1)
		}
		out.Flush()
	}
}

func answer(q *Question) Answer {
	switch q.Op {
	case "verify":
		return verify(q)
	case "pem":
		return blocks(q)
	case "pair":
		_, err := tls.X509KeyPair(q.Certificates, q.Key)
		return Answer{Error: text(err)}
	case "handshake":
		return handshake(q)
	case "connection":
		return connection(q)
	}
	return Answer{Error: "unknown op"}
}

func verify(q *Question) Answer {
	leaf, err := x509.ParseCertificate(q.Leaf)
	if err != nil {
		return Answer{Error: err.Error(), Kind: "parse"}
	}
	now := parseTime(q.Time)
	options := x509.VerifyOptions{
		DNSName:       q.Name,
		Roots:         pool(q.Roots),
		Intermediates: pool(q.Intermediates),
		CurrentTime:   now,
	}
	for _, usage := range q.Usages {
		options.KeyUsages = append(options.KeyUsages, usages[usage])
	}
	for _, policy := range q.Policies {
		oid, err := x509.ParseOID(policy)
		if err != nil {
			return Answer{Error: err.Error(), Kind: "question"}
		}
		options.CertificatePolicies = append(options.CertificatePolicies, oid)
	}
	chains, err := leaf.Verify(options)
	result := Answer{Error: text(err), Kind: kind(err)}
	for _, chain := range chains {
		var sums []string
		for _, cert := range chain {
			sum := sha256.Sum256(cert.Raw)
			sums = append(sums, hex.EncodeToString(sum[:]))
		}
		result.Chains = append(result.Chains, sums)
	}
	return result
}

var usages = map[string]x509.ExtKeyUsage{
	"server": x509.ExtKeyUsageServerAuth,
	"client": x509.ExtKeyUsageClientAuth,
	"code":   x509.ExtKeyUsageCodeSigning,
	"any":    x509.ExtKeyUsageAny,
}

// kind names the type of an error, and its reason when it has one.
func kind(err error) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var critical x509.UnhandledCriticalExtension
	switch {
	case err == nil:
		return ""
	case errors.As(err, &invalid):
		return fmt.Sprintf("invalid/%d", invalid.Reason)
	case errors.As(err, &unknown):
		return "unknown-authority"
	case errors.As(err, &hostname):
		return "hostname"
	case errors.As(err, &critical):
		return "critical"
	}
	return "other"
}

// blocks lists what pem.Decode finds, and how many certificates a pool takes from it.
func blocks(q *Question) Answer {
	var result Answer
	rest := q.Certificates
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		result.Blocks = append(result.Blocks, Block{block.Type, len(block.Headers) > 0, block.Bytes})
	}
	taken := x509.NewCertPool()
	taken.AppendCertsFromPEM(q.Certificates)
	result.Count = len(taken.Subjects()) //nolint:staticcheck // the pool is no system pool
	return result
}

// handshake lets two sides shake hands in memory; Error is the client's, Peer the server's.
func handshake(q *Question) Answer {
	now := parseTime(q.Time)
	clock := func() time.Time { return now }
	server, err := pair(q.Server)
	if err != nil {
		return Answer{Error: err.Error(), Kind: "question"}
	}
	serverConfig := &tls.Config{
		Time:         clock,
		Certificates: []tls.Certificate{*server},
		ClientAuth:   tls.ClientAuthType(q.Mode),
		ClientCAs:    pool(q.Intermediates),
	}
	clientConfig := &tls.Config{Time: clock, ServerName: q.Name, RootCAs: pool(q.Roots)}
	if q.Client != nil {
		client, err := pair(q.Client)
		if err != nil {
			return Answer{Error: err.Error(), Kind: "question"}
		}
		clientConfig.Certificates = []tls.Certificate{*client}
		if !q.UseHints {
			give := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return client, nil }
			clientConfig.GetClientCertificate = give
		}
	}
	client, peer, _, err := shake(clientConfig, serverConfig)
	if err != nil {
		return Answer{Error: err.Error(), Kind: "question"}
	}
	return Answer{Error: text(client), Peer: text(peer)}
}

// shake lets two sides shake hands over a socket: what the client says, what the server says, and
// whom the server saw.
func shake(clientConfig, serverConfig *tls.Config) (client, server error, seen []*x509.Certificate, err error) {
	near, far, err := sockets()
	if err != nil {
		return nil, nil, nil, err
	}
	defer near.Close()
	defer far.Close()
	done := make(chan error, 1)
	go func() {
		conn := tls.Server(far, serverConfig)
		err := conn.Handshake()
		if err == nil {
			seen = conn.ConnectionState().PeerCertificates
			conn.Write([]byte{1})
		}
		far.CloseWrite()
		done <- err
	}()
	conn := tls.Client(near, clientConfig)
	client = conn.Handshake()
	if client == nil {
		_, client = conn.Read(make([]byte, 1))
	}
	// Not closed yet: the server still has to read the alert.
	near.CloseWrite()
	server = <-done
	return client, server, seen, nil
}

// connection is a connection from the files of both sides to the identity, as the components of
// Kubernetes set it up.
func connection(q *Question) Answer {
	now := parseTime(q.Time)
	clock := func() time.Time { return now }
	served, err := tls.X509KeyPair(q.ServerFiles.Certificates, q.ServerFiles.Key)
	if err != nil {
		return Answer{End: "server's pair", Error: err.Error()}
	}
	clients, err := q.Clients.read()
	if err != nil {
		return Answer{End: "server's bundle", Error: err.Error()}
	}
	trust, err := q.Trust.read()
	if err != nil {
		return Answer{End: "client's bundle", Error: err.Error()}
	}
	serverConfig := &tls.Config{
		Time:         clock,
		Certificates: []tls.Certificate{served},
		ClientAuth:   tls.ClientAuthType(q.Mode),
		ClientCAs:    clients,
	}
	if q.TLS12 {
		serverConfig.MaxVersion = tls.VersionTLS12
	}
	clientConfig := &tls.Config{Time: clock, ServerName: q.Name, RootCAs: trust, InsecureSkipVerify: trust == nil}
	if err := q.present(clientConfig); err != nil {
		return Answer{End: "client's pair", Error: err.Error()}
	}
	client, server, seen, err := shake(clientConfig, serverConfig)
	switch {
	case err != nil:
		return Answer{Error: err.Error(), Kind: "question"}
	case client != nil || server != nil:
		return Answer{End: "handshake", Error: text(client), Peer: text(server)}
	}
	name, err := q.authenticate(seen, clients, now)
	if err != nil {
		return Answer{End: "authentication", Error: err.Error()}
	}
	return Answer{End: "accepted", Error: name}
}

// present gives the client its pair: client-go (transport/transport.go) and etcd
// (client/pkg/v3/transport/listener.go) hand it out whatever the server asks for, the egress selector
// leaves the choice to crypto/tls.
func (q *Question) present(config *tls.Config) error {
	load := func() (*tls.Certificate, error) {
		pair, err := tls.X509KeyPair(q.ClientFiles.Certificates, q.ClientFiles.Key)
		return &pair, err
	}
	switch q.Sends {
	case "Nothing":
		return nil
	case "WhenAsked":
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() }
		return nil
	}
	pair, err := load()
	if err != nil {
		return err
	}
	if q.Sends == "IfNamed" {
		config.Certificates = []tls.Certificate{*pair}
		return nil
	}
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return pair, nil }
	return nil
}

// authenticate does what k8s.io/apiserver does with each request (pkg/authentication/request/x509).
func (q *Question) authenticate(seen []*x509.Certificate, roots *x509.CertPool, now time.Time) (string, error) {
	if q.Authenticator == "" || len(seen) == 0 {
		return "", nil
	}
	options := x509.VerifyOptions{
		Roots:         roots,
		Intermediates: x509.NewCertPool(),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		CurrentTime:   now,
	}
	for _, cert := range seen[1:] {
		options.Intermediates.AddCert(cert)
	}
	if _, err := seen[0].Verify(options); err != nil {
		return "", err
	}
	name := seen[0].Subject.CommonName
	switch {
	case q.Authenticator == "front proxy" && len(q.Allowed) > 0 && !slices.Contains(q.Allowed, name):
		return "", fmt.Errorf("x509: subject with cn=%s is not in the allowed list", name)
	case q.Authenticator == "x509" && name == "":
		return "", errors.New("no name")
	}
	return name, nil
}

// read gives a pool as the component does that has the file; nil when there is no file.
func (b *Bundle) read() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	switch b.Reader {
	case "Absent":
		return nil, nil
	case "Transport":
		if !pool.AppendCertsFromPEM(b.Text) && len(b.Text) > 0 {
			return nil, errors.New("unable to load root certificates")
		}
		return pool, nil
	}
	taken := 0
	for rest := b.Text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if b.Reader == "ClientGo" && (block.Type != "CERTIFICATE" || len(block.Headers) > 0) {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		taken++
		pool.AddCert(cert)
	}
	if b.Reader == "ClientGo" && taken == 0 {
		return nil, errors.New("data does not contain any valid RSA or ECDSA certificates")
	}
	return pool, nil
}

// sockets gives both ends of a connection that buffers, so that both sides can write at once.
func sockets() (*net.UnixConn, *net.UnixConn, error) {
	ends, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, err
	}
	var conns [2]*net.UnixConn
	for i, end := range ends {
		file := os.NewFile(uintptr(end), "handshake")
		conn, err := net.FileConn(file)
		file.Close()
		if err != nil {
			return nil, nil, err
		}
		conns[i] = conn.(*net.UnixConn)
	}
	return conns[0], conns[1], nil
}

func pair(p *Pair) (*tls.Certificate, error) {
	key, err := x509.ParsePKCS8PrivateKey(p.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: p.Chain, PrivateKey: key}, nil
}

func pool(ders [][]byte) *x509.CertPool {
	result := x509.NewCertPool()
	for _, der := range ders {
		if cert, err := x509.ParseCertificate(der); err == nil {
			result.AddCert(cert)
		}
	}
	return result
}

func parseTime(text string) time.Time {
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
	return at
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

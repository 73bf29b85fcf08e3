// probe is Go's crypto/tls as a client and as a server of the interop tests.
//
//	probe client -port P -ca FILE [-name N] [-path /P | -upload FILE] [-cert C -key K] [-alpn a,b] [-groups a,b] [-version 1.3]
//	probe server -cert C -key K -files FOLDER [-client-auth none|optional|required -client-ca FILE] [-alpn ...] [-groups ...]
//
// The client prints one JSON object. The server prints "listening PORT", serves the folder's files, answers a POST
// with the SHA-256 of its body, and says in the header X-Tls what was negotiated.
package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

type facts map[string]any

var groupNames = map[string]tls.CurveID{
	"secp256r1":          tls.CurveP256,
	"secp384r1":          tls.CurveP384,
	"secp521r1":          tls.CurveP521,
	"x25519":             tls.X25519,
	"X25519MLKEM768":     tls.X25519MLKEM768,
	"SecP256r1MLKEM768":  tls.CurveID(4587),
	"SecP384r1MLKEM1024": tls.CurveID(4589),
}

var versions = map[string]uint16{"1.1": tls.VersionTLS11, "1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}

var (
	port       = flag.Int("port", 0, "port on 127.0.0.1")
	name       = flag.String("name", "localhost", "server name")
	ca         = flag.String("ca", "", "trusted roots")
	cert       = flag.String("cert", "", "certificate chain")
	key        = flag.String("key", "", "private key")
	path       = flag.String("path", "/", "what to GET")
	upload     = flag.String("upload", "", "file to POST")
	files      = flag.String("files", ".", "folder to serve")
	alpn       = flag.String("alpn", "", "protocols")
	groups     = flag.String("groups", "", "groups")
	version    = flag.String("version", "", "the only TLS version to speak")
	clientAuth = flag.String("client-auth", "none", "none, optional or required")
	again      = flag.String("again", "", "ask twice, the second time in a resumed session")
	sessionIDs = flag.String("session-ids", "", "give no tickets")
	staple     = flag.String("staple", "", "server: a file with an OCSP response; client: yes")
	clientCA   = flag.String("client-ca", "", "roots of client certificates")
)

func main() {
	if len(os.Args) < 2 {
		fail(fmt.Errorf("probe client|server"))
	}
	flag.CommandLine.Parse(os.Args[2:])
	if os.Args[1] == "server" {
		serve()
		return
	}
	settings := config()
	settings.RootCAs = pool(*ca)
	settings.ClientSessionCache = tls.NewLRUClientSessionCache(4)
	told, err := ask(settings)
	if err == nil && *again != "" {
		told, err = ask(settings)
	}
	told["ok"] = err == nil
	if err != nil {
		told["error"] = err.Error()
	}
	json.NewEncoder(os.Stdout).Encode(told)
	if err != nil {
		os.Exit(1)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "probe:", err)
	os.Exit(2)
}

func config() *tls.Config {
	config := &tls.Config{ServerName: *name, MinVersion: tls.VersionTLS12, SessionTicketsDisabled: *sessionIDs != ""}
	if *version != "" {
		config.MinVersion, config.MaxVersion = versions[*version], versions[*version]
	}
	for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		config.CipherSuites = append(config.CipherSuites, suite.ID)
	}
	if *cert != "" {
		pair, err := tls.LoadX509KeyPair(*cert, *key)
		if err != nil {
			fail(err)
		}
		if *staple != "" && *staple != "yes" {
			if pair.OCSPStaple, err = os.ReadFile(*staple); err != nil {
				fail(err)
			}
		}
		config.Certificates = []tls.Certificate{pair}
	}
	for _, group := range list(*groups) {
		config.CurvePreferences = append(config.CurvePreferences, groupNames[group])
	}
	config.NextProtos = list(*alpn)
	return config
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func pool(file string) *x509.CertPool {
	pem, err := os.ReadFile(file)
	if err != nil {
		fail(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return pool
}

func describe(state tls.ConnectionState) facts {
	told := facts{
		"version": strings.TrimPrefix(tls.VersionName(state.Version), "TLS "),
		"suite":   tls.CipherSuiteName(state.CipherSuite),
		"alpn":    state.NegotiatedProtocol,
		"retried": state.HelloRetryRequest,
		"name":    state.ServerName,
		"peer":    "",
		"resumed": state.DidResume,
	}
	if len(state.OCSPResponse) > 0 {
		told["status_request"] = "successful"
	}
	told["group"] = state.CurveID.String()
	for text, id := range groupNames {
		if id == state.CurveID {
			told["group"] = text
		}
	}
	if len(state.PeerCertificates) > 0 {
		told["peer"] = state.PeerCertificates[0].Subject.CommonName
	}
	return told
}

func ask(settings *tls.Config) (facts, error) {
	told := facts{}
	tcp, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", *port), 5*time.Second)
	if err != nil {
		return told, err
	}
	tcp.SetDeadline(time.Now().Add(10 * time.Second))
	conn := tls.Client(tcp, settings)
	if err := conn.Handshake(); err != nil {
		return told, err
	}
	told = describe(conn.ConnectionState())
	if err := sendRequest(conn); err != nil {
		return told, err
	}
	answer, err := io.ReadAll(conn)
	if err != nil {
		return told, err
	}
	head, body, _ := strings.Cut(string(answer), "\r\n\r\n")
	digest := sha256.Sum256([]byte(body))
	told["status"] = strings.Split(head, "\r\n")[0]
	told["length"] = len(body)
	told["sha256"] = hex.EncodeToString(digest[:])
	told["body"] = body[:min(len(body), 1000)]
	return told, conn.Close()
}

func sendRequest(conn net.Conn) error {
	if *upload == "" {
		_, err := fmt.Fprintf(conn, "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", *path, *name)
		return err
	}
	body, err := os.ReadFile(*upload)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(conn, "POST / HTTP/1.0\r\nHost: %s\r\nContent-Length: %d\r\n\r\n", *name, len(body)); err != nil {
		return err
	}
	_, err = conn.Write(body)
	return err
}

func serve() {
	settings := config()
	settings.ClientAuth = map[string]tls.ClientAuthType{
		"none":     tls.NoClientCert,
		"optional": tls.VerifyClientCertIfGiven,
		"required": tls.RequireAndVerifyClientCert,
	}[*clientAuth]
	if *clientCA != "" {
		settings.ClientCAs = pool(*clientCA)
	}
	listener, err := tls.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port), settings)
	if err != nil {
		fail(err)
	}
	fmt.Println("listening", listener.Addr().(*net.TCPAddr).Port)
	server := &http.Server{Handler: http.HandlerFunc(answer), TLSConfig: settings}
	server.Serve(listener)
}

func answer(out http.ResponseWriter, request *http.Request) {
	told, _ := json.Marshal(describe(*request.TLS))
	out.Header().Set("X-Tls", string(told))
	out.Header().Set("Connection", "close")
	if request.Method == "POST" {
		digest := sha256.New()
		io.Copy(digest, request.Body)
		fmt.Fprint(out, hex.EncodeToString(digest.Sum(nil)))
		return
	}
	body, err := os.ReadFile(filepath.Join(*files, filepath.Base(request.URL.Path)))
	if err != nil {
		http.Error(out, err.Error(), http.StatusNotFound)
		return
	}
	out.Write(body)
}

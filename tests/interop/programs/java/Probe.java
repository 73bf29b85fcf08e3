import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * Java's JSSE as a client and as a server of the interop tests.
 *
 * <p>Probe client --port P --ca FILE [--name N] [--path /P | --upload FILE] [--cert C --key K] [--alpn a,b] [--groups a,b]
 * <p>Probe server --cert C --key K --files FOLDER [--client-auth none|optional|required --client-ca FILE] [--alpn a,b]
 *
 * <p>The client prints one JSON object. The server prints "listening PORT", serves the folder's files, answers a POST
 * with the SHA-256 of its body, and says in the header X-Tls what was negotiated. With --key-update yes, either one
 * updates its keys after every 4 KiB.
 */
public class Probe {
    private final Map<String, String> options = new HashMap<>(Map.of(
            "port", "0", "name", "localhost", "path", "/", "files", ".", "version", "", "client-auth", "none"));

    public static void main(String[] words) throws Exception {
        Probe probe = new Probe();
        for (int i = 1; i + 1 < words.length; i += 2) {
            probe.options.put(words[i].substring(2), words[i + 1]);
        }
        if (probe.options.containsKey("key-update")) {
            Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate 2^12, ChaCha20-Poly1305 KeyUpdate 2^12");
        }
        if (probe.options.containsKey("groups")) {
            System.setProperty("jdk.tls.namedGroups", probe.options.get("groups"));
        }
        if (probe.options.get("version").equals("1.1")) {
            Security.setProperty("jdk.tls.disabledAlgorithms", "");
        }
        if (probe.options.containsKey("bare")) {
            System.setProperty("jdk.tls.useExtendedMasterSecret", "false");
        }
        if (probe.options.containsKey("session-ids")) {
            System.setProperty("jdk.tls.server.enableSessionTicketExtension", "false");
        }
        if (words[0].equals("server")) {
            probe.serve();
        } else {
            probe.ask();
        }
    }

    private void ask() {
        Map<String, Object> told = new HashMap<>();
        try {
            SSLContext context = context("ca");
            if (options.containsKey("again")) {
                askAndDescribe(context);
            }
            told.putAll(askAndDescribe(context));
            told.put("ok", true);
        } catch (Exception error) {
            told.put("ok", false);
            told.put("error", error.toString());
        }
        System.out.println(json(told));
        System.exit(Boolean.TRUE.equals(told.get("ok")) ? 0 : 1);
    }

    private Map<String, Object> askAndDescribe(SSLContext context) throws Exception {
        Socket tcp = new Socket();
        tcp.connect(new InetSocketAddress("127.0.0.1", Integer.parseInt(options.get("port"))), 5000);
        tcp.setSoTimeout(10000);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(tcp, options.get("name"), tcp.getPort(), true);
        SSLParameters parameters = parameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        Map<String, Object> told = describe(socket);
        if (options.containsKey("renegotiate")) {
            socket.startHandshake();
        }
        OutputStream out = socket.getOutputStream();
        String host = "Host: " + options.get("name") + "\r\n";
        if (options.containsKey("upload")) {
            byte[] body = Files.readAllBytes(Path.of(options.get("upload")));
            out.write(("POST / HTTP/1.0\r\n" + host + "Content-Length: " + body.length + "\r\n\r\n").getBytes());
            out.write(body);
        } else {
            out.write(("GET " + options.get("path") + " HTTP/1.0\r\n" + host + "\r\n").getBytes());
        }
        byte[] answer = socket.getInputStream().readAllBytes();
        socket.close();
        String text = new String(answer, StandardCharsets.ISO_8859_1);
        String body = text.substring(text.indexOf("\r\n\r\n") + 4);
        told.put("status", text.split("\r\n")[0]);
        told.put("length", body.length());
        told.put("sha256", sha256(body.getBytes(StandardCharsets.ISO_8859_1)));
        told.put("body", body.substring(0, Math.min(body.length(), 1000)));
        return told;
    }

    private void serve() throws Exception {
        SSLServerSocket listener = (SSLServerSocket) context("client-ca").getServerSocketFactory()
                .createServerSocket(Integer.parseInt(options.get("port")), 50, InetAddress.getByName("127.0.0.1"));
        System.out.println("listening " + listener.getLocalPort());
        while (true) {
            SSLSocket socket = (SSLSocket) listener.accept();
            new Thread(() -> meet(socket)).start();
        }
    }

    private void meet(SSLSocket socket) {
        try (socket) {
            socket.setSSLParameters(parameters());
            socket.startHandshake();
            InputStream in = socket.getInputStream();
            String head = readHead(in);
            byte[] content;
            if (head.startsWith("POST")) {
                String length = head.toLowerCase().split("content-length: *")[1].split("\r\n")[0];
                content = sha256(in.readNBytes(Integer.parseInt(length))).getBytes();
            } else {
                Path file = Path.of(head.split(" ")[1]).getFileName();
                content = Files.readAllBytes(Path.of(options.get("files")).resolve(file));
            }
            OutputStream out = socket.getOutputStream();
            String lines = "HTTP/1.0 200 OK\r\nX-Tls: " + json(describe(socket)) + "\r\nContent-Length: "
                    + content.length + "\r\nConnection: close\r\n\r\n";
            out.write(lines.getBytes());
            out.write(content);
        } catch (Exception error) {
            System.out.println("client: " + error);
        }
    }

    private static String readHead(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int octet = in.read();
            if (octet < 0) {
                throw new IOException("closed before the request ended");
            }
            head.write(octet);
        }
        return head.toString(StandardCharsets.ISO_8859_1);
    }

    private SSLParameters parameters() {
        SSLParameters parameters = new SSLParameters();
        String version = options.get("version");
        parameters.setProtocols(version.isEmpty() ? new String[] {"TLSv1.3", "TLSv1.2"} : new String[] {"TLSv" + version});
        if (options.containsKey("alpn")) {
            parameters.setApplicationProtocols(options.get("alpn").split(","));
        }
        parameters.setNeedClientAuth(options.get("client-auth").equals("required"));
        if (options.get("client-auth").equals("optional")) {
            parameters.setWantClientAuth(true);
        }
        return parameters;
    }

    private static Map<String, Object> describe(SSLSocket socket) {
        Map<String, Object> told = new HashMap<>();
        told.put("version", socket.getSession().getProtocol().replace("TLSv", ""));
        told.put("suite", socket.getSession().getCipherSuite());
        told.put("alpn", socket.getApplicationProtocol() == null ? "" : socket.getApplicationProtocol());
        try {
            X509Certificate peer = (X509Certificate) socket.getSession().getPeerCertificates()[0];
            told.put("peer", peer.getSubjectX500Principal().getName().replace("CN=", ""));
        } catch (javax.net.ssl.SSLPeerUnverifiedException nobody) {
            told.put("peer", "");
        }
        return told;
    }

    private SSLContext context(String trusted) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                options.containsKey("cert") ? keyManagers().getKeyManagers() : null,
                options.containsKey(trusted) ? trustManagers(options.get(trusted)).getTrustManagers() : null,
                null);
        return context;
    }

    private KeyManagerFactory keyManagers() throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        Certificate[] chain = certificates(options.get("cert")).toArray(new Certificate[0]);
        store.setKeyEntry("credential", privateKey(chain[0].getPublicKey().getAlgorithm()), new char[0], chain);
        KeyManagerFactory factory = KeyManagerFactory.getInstance("PKIX");
        factory.init(store, new char[0]);
        return factory;
    }

    private PrivateKey privateKey(String algorithm) throws Exception {
        String pem = Files.readString(Path.of(options.get("key")));
        byte[] der = Base64.getMimeDecoder().decode(pem.replaceAll("-----[^-]+-----", ""));
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
    }

    private static TrustManagerFactory trustManagers(String file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (Certificate certificate : certificates(file)) {
            store.setCertificateEntry("root" + store.size(), certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        return factory;
    }

    private static List<Certificate> certificates(String file) throws Exception {
        try (InputStream in = Files.newInputStream(Path.of(file))) {
            return List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
        }
    }

    private static String sha256(byte[] data) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
    }

    private static String json(Map<String, Object> values) {
        return values.entrySet().stream()
                .map(entry -> quote(entry.getKey()) + ":" + (entry.getValue() instanceof String text ? quote(text) : entry.getValue()))
                .collect(Collectors.joining(",", "{", "}"));
    }

    private static String quote(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            out.append(c < 32 || c > 126 || c == '"' || c == '\\' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return out.append('"').toString();
    }
}

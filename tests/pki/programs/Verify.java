import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** Java's own trust manager. Arguments: file of the root, then files of chains, leaf first; a line for each. */
public class Verify {
    public static void main(String[] files) throws Exception {
        CertificateFactory factory = CertificateFactory.getInstance("X.509");
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("root", factory.generateCertificate(Files.newInputStream(Path.of(files[0]))));
        TrustManagerFactory managers = TrustManagerFactory.getInstance("PKIX");
        managers.init(store);
        X509TrustManager manager = (X509TrustManager) managers.getTrustManagers()[0];
        for (int at = 1; at < files.length; at++) {
            var chain = factory.generateCertificates(Files.newInputStream(Path.of(files[at])));
            try {
                manager.checkServerTrusted(chain.toArray(new X509Certificate[0]), "ECDHE_ECDSA");
                System.out.println("ok");
            } catch (CertificateException refused) {
                System.out.println(refused.toString().replace('\n', ' '));
            }
        }
    }
}

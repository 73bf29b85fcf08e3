"""Fields of the key exchanges and other messages of TLS 1.2 and older."""

FIELDS: dict[str, tuple[str, str]] = {
    "Certificate12.certificate_list": (
        "인증서 체인입니다. 맨 앞이 보낸 쪽 자신의 인증서입니다. TLS 1.2까지는 암호화되지 않아 지나가는 누구나 읽을 수 있습니다.",
        "The certificate chain, the sender's own first. Up to TLS 1.2 it is not encrypted: anyone on the way can read it.",
    ),
    "*.params": (
        "키 교환의 매개변수입니다. 형식은 암호 스위트에 달려 있습니다.",
        "The parameters of the key exchange; their form depends on the suite.",
    ),
    "*.curve_type": (
        "곡선을 어떻게 적었는지입니다. 3은 이름(번호)으로 적은 것이고, 요즘은 이것만 씁니다.",
        "How the curve is described. 3 means by its number, the only way still in use.",
    ),
    "*.named_curve": (
        "키 교환에 쓸 곡선입니다. 클라이언트의 supported_groups 안에 있어야 합니다.",
        "The curve of the key exchange; it has to be among the client's supported_groups.",
    ),
    "*.public": (
        "서버가 이번 연결을 위해 새로 만든 공개 값입니다. 짝이 되는 개인 값은 연결이 끝나면 버리므로, 나중에 서버의 인증서 키가 새어 나가도 이 연결은 열리지 않습니다(순방향 비밀성).",
        "The server's public value, made for this connection. Its private half is thrown away afterwards, so a server key stolen later does not open this connection: forward secrecy.",
    ),
    "*.dh_p": (
        "디피-헬먼의 소수 p입니다. 2048비트보다 작으면 약합니다. 512비트 p를 받아 준 것이 Logjam 공격(2015년)이었습니다.",
        "The prime p of Diffie-Hellman. Below 2048 bits it is weak; accepting 512 bits was the Logjam attack (2015).",
    ),
    "*.dh_g": (
        "생성원 g입니다. 보통 2입니다.",
        "The generator g, usually 2.",
    ),
    "*.dh_Ys": (
        "서버의 공개 값 g^x mod p입니다. 이 연결을 위해 새로 만들었습니다.",
        "The server's public value g^x mod p, made for this connection.",
    ),
    "*.dh_Yc": (
        "클라이언트의 공개 값입니다. 양쪽은 상대의 공개 값과 자기 비밀만으로 같은 프리마스터 시크릿을 얻습니다.",
        "The client's public value. From the other's public value and its own secret each side arrives at the same pre-master secret.",
    ),
    "*.ecdh_Yc": (
        "클라이언트가 새로 만든 공개 값(곡선 위의 점)입니다. 두 공개 값을 모두 엿들어도 공유 비밀은 계산할 수 없습니다.",
        "The client's fresh public value, a point on the curve. Hearing both public values does not help to compute the shared secret.",
    ),
    "*.exchange_keys": (
        "키 교환에서 클라이언트의 몫입니다. 형식은 암호 스위트에 달려 있습니다.",
        "The client's part of the key exchange; its form depends on the suite.",
    ),
    "*.encrypted_pre_master_secret": (
        "클라이언트가 고른 프리마스터 시크릿을 서버의 RSA 공개 키로 암호화한 것입니다. 서버의 개인 키가 있으면 언제든, 몇 년 뒤에라도 열 수 있습니다. 그래서 TLS 1.3은 이 방식을 없앴습니다.",
        "A pre-master secret of the client's choice under the server's RSA key. Whoever has that private key opens it, even years later, which is why TLS 1.3 has dropped this exchange.",
    ),
    "EncryptedPreMasterSecret.encrypted": (
        "서버의 RSA 공개 키로 암호화한 프리마스터 시크릿입니다.",
        "The pre-master secret under the server's RSA key.",
    ),
    "*.psk_identity_hint": (
        "어느 사전 공유 키를 쓸지에 대한 서버의 귀띔입니다.",
        "The server's hint which pre-shared key to use.",
    ),
    "*.psk_identity": (
        "클라이언트가 쓰는 사전 공유 키의 이름입니다. 암호화되지 않습니다.",
        "The name of the pre-shared key that the client uses; it is not encrypted.",
    ),
    "*.rsa_modulus": (
        "수출용 암호 스위트의 짧은(512비트) RSA 키입니다. 1990년대 미국 수출 규제의 유산이고, FREAK 공격(2015년)이 이것을 노렸습니다.",
        "The short (512-bit) RSA key of an export suite, a legacy of export rules of the nineties; the FREAK attack (2015) aimed at it.",
    ),
    "*.rsa_exponent": (
        "그 RSA 키의 공개 지수입니다.",
        "The public exponent of that RSA key.",
    ),
    "*.srp_N": ("SRP의 큰 소수 N입니다.", "The large prime N of SRP."),
    "*.srp_g": ("SRP의 생성원 g입니다.", "The generator g of SRP."),
    "*.srp_s": ("사용자마다 다른 소금값입니다.", "The user's salt."),
    "*.srp_B": ("서버의 공개 값 B입니다.", "The server's public value B."),
    "*.srp_A": ("클라이언트의 공개 값 A입니다.", "The client's public value A."),
    "*.signed": (
        "서명이 딸린 암호 스위트라면 여기에 서명이 있습니다.",
        "The signature, where the suite has one.",
    ),
    "*.certificate_types": (
        "받을 수 있는 인증서의 종류입니다.",
        "The kinds of certificate that are accepted.",
    ),
    "*.supported_signature_algorithms": (
        "확인할 수 있는 서명 방식이고, 앞에 있을수록 더 원하는 것입니다.",
        "The signature schemes that can be verified, preferred ones first.",
    ),
    "*.certificate_authorities": (
        "믿는 인증 기관의 이름(DER로 적은 식별 이름)입니다. 비어 있으면 가리지 않는다는 뜻입니다.",
        "Names of trusted authorities, in DER. An empty list means that any will do.",
    ),
    "*.md5_hash": (
        "SSL 3.0의 Finished가 담는 MD5 요약값입니다.",
        "The MD5 half of Finished in SSL 3.0.",
    ),
    "*.sha_hash": (
        "SSL 3.0의 Finished가 담는 SHA-1 요약값입니다.",
        "The SHA-1 half of Finished in SSL 3.0.",
    ),
    "*.response": (
        "인증서가 폐기되지 않았다고 인증 기관이 서명한 OCSP 응답입니다. 서버가 미리 받아 와서 붙였기 때문에, 클라이언트는 어느 사이트에 가는지 기관에 알리지 않아도 됩니다.",
        "An OCSP response, signed by the authority: the certificate is not revoked. The server fetched it, so the client need not tell the authority where it goes.",
    ),
    "*.status_type": (
        "인증서 상태를 알리는 방식입니다. 1이 OCSP입니다.",
        "How the certificate's status is told; 1 is OCSP.",
    ),
    "*.selected_protocol": (
        "클라이언트가 고른 애플리케이션 프로토콜입니다. ALPN에 자리를 내준 NPN의 메시지입니다.",
        "The application protocol that the client chose. A message of NPN, which gave way to ALPN.",
    ),
    "*.padding": (
        "길이를 감추거나 맞추려고 채운 0입니다. 뜻은 없습니다.",
        "Zeros that hide or adjust the length; they mean nothing.",
    ),
    "*.supplemental_data": (
        "인가 정보 같은 덧붙인 데이터입니다. 거의 쓰이지 않습니다.",
        "Additional data, such as authorisation; hardly ever used.",
    ),
}

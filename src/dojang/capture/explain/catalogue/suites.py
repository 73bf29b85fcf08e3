"""Cipher suites by their parts: key exchange, who vouches, cipher, mode, hash; groups and signature schemes by family."""

EXCHANGES: dict[str, tuple[str, str]] = {
    "tls13": (
        "TLS 1.3의 스위트라서 키 교환과 서명은 따로 협상합니다.",
        "A suite of TLS 1.3: key exchange and signature are negotiated elsewhere.",
    ),
    "ecdhe": (
        "키 교환은 ECDHE: 연결마다 새 키를 만들어 순방향 비밀성이 있습니다.",
        "Key exchange by ECDHE: fresh keys for each connection, hence forward secrecy.",
    ),
    "dhe": (
        "키 교환은 DHE: 연결마다 새 키를 만들어 순방향 비밀성이 있지만 ECDHE보다 느립니다.",
        "Key exchange by DHE: fresh keys and forward secrecy, slower than ECDHE.",
    ),
    "ecdh": (
        "키 교환은 고정 ECDH: 인증서의 키를 그대로 써서 순방향 비밀성이 없습니다.",
        "Key exchange by static ECDH: the certificate's own key, hence no forward secrecy.",
    ),
    "dh": ("키 교환은 고정 DH: 순방향 비밀성이 없습니다.", "Key exchange by static DH: no forward secrecy."),
    "rsa": (
        "키 교환은 고정 RSA: 서버의 개인 키로 지난 기록까지 모두 열 수 있습니다.",
        "Key exchange by static RSA: the server's private key opens every recorded session.",
    ),
    "psk": (
        "키 교환은 미리 나눈 키(PSK)뿐이라 순방향 비밀성이 없습니다.",
        "A pre-shared key alone: no forward secrecy.",
    ),
    "dhe_psk": ("미리 나눈 키에 DHE를 더합니다.", "A pre-shared key with DHE."),
    "ecdhe_psk": ("미리 나눈 키에 ECDHE를 더합니다.", "A pre-shared key with ECDHE."),
    "rsa_psk": ("미리 나눈 키에 RSA를 더합니다.", "A pre-shared key with RSA."),
    "srp": ("비밀번호로 키를 만드는 SRP입니다.", "SRP: keys from a password."),
    "krb5": ("Kerberos로 키를 나눕니다. 쓰이지 않습니다.", "Keys by Kerberos; not in use."),
    "gost": ("러시아 표준 GOST의 키 교환입니다.", "Key exchange by the Russian GOST standards."),
    "eccpwd": ("비밀번호로 키를 만드는 Dragonfly 방식입니다.", "Dragonfly: keys from a password."),
    "ecjpake": (
        "비밀번호로 키를 만드는 J-PAKE이고 Thread 기기가 씁니다.",
        "J-PAKE: keys from a password, used by Thread devices.",
    ),
    "cecpq1": (
        "2016년 구글의 양자 내성 실험(X25519와 NewHope)입니다.",
        "Google's post-quantum experiment of 2016: X25519 and NewHope.",
    ),
    "fortezza": ("미국 정부의 옛 Fortezza 카드입니다.", "The Fortezza card of the US government, of the past."),
    "null": ("아무 보호도 없는 시작 상태입니다.", "The state before anything is agreed on: no protection."),
    "none": (
        "키 교환을 정하지 않는 신호 값이거나 알려지지 않은 스위트입니다.",
        "A signal rather than a suite, or a suite nobody has described.",
    ),
}
SIGNERS: dict[str, tuple[str, str]] = {
    "tls13": ("서명 방식은 signature_algorithms에서 정합니다.", "The signature is settled in signature_algorithms."),
    "rsa": ("서버는 RSA 인증서로 자기를 증명합니다.", "The server proves itself with an RSA certificate."),
    "ecdsa": (
        "서버는 ECDSA(또는 EdDSA) 인증서로 자기를 증명합니다.",
        "The server proves itself with an ECDSA (or EdDSA) certificate.",
    ),
    "dss": (
        "서버는 DSA 인증서로 자기를 증명합니다. 이제 쓰이지 않습니다.",
        "The server proves itself with a DSA certificate; of the past.",
    ),
    "anon": (
        "아무도 자기를 증명하지 않습니다. 중간자를 막을 수 없습니다.",
        "Nobody proves anything: a man in the middle is not kept out.",
    ),
    "psk": ("같은 키를 아는 것이 증명입니다.", "Knowing the shared key is the proof."),
    "srp": ("비밀번호를 아는 것이 증명입니다.", "Knowing the password is the proof."),
    "krb5": ("Kerberos가 신원을 보증합니다.", "Kerberos vouches."),
    "gost": ("GOST 인증서로 증명합니다.", "Proof by a GOST certificate."),
    "eccpwd": ("비밀번호를 아는 것이 증명입니다.", "Knowing the password is the proof."),
    "ecjpake": ("비밀번호를 아는 것이 증명입니다.", "Knowing the password is the proof."),
    "fortezza": ("카드가 증명합니다.", "The card is the proof."),
    "null": ("증명이 없습니다.", "No proof."),
    "none": ("증명 방식을 정하지 않습니다.", "Says nothing about proof."),
}
CIPHERS: dict[str, tuple[str, str]] = {
    "AES_128": ("암호는 128비트 키의 AES.", "AES with a 128-bit key."),
    "AES_256": ("암호는 256비트 키의 AES.", "AES with a 256-bit key."),
    "CHACHA20": (
        "암호는 ChaCha20. AES 회로가 없는 기기에서 빠릅니다.",
        "ChaCha20, fast where no AES circuit is at hand.",
    ),
    "CAMELLIA_128": ("암호는 일본의 Camellia, 128비트 키.", "Camellia from Japan, 128-bit key."),
    "CAMELLIA_256": ("암호는 일본의 Camellia, 256비트 키.", "Camellia from Japan, 256-bit key."),
    "ARIA_128": ("암호는 한국의 ARIA, 128비트 키.", "ARIA from Korea, 128-bit key."),
    "ARIA_256": ("암호는 한국의 ARIA, 256비트 키.", "ARIA from Korea, 256-bit key."),
    "SEED": (
        "암호는 한국의 SEED, 128비트 키. 한때 국내 인터넷 뱅킹의 표준이었습니다.",
        "SEED from Korea, once the standard of its online banking.",
    ),
    "SM4": ("암호는 중국의 SM4.", "SM4 from China."),
    "3DES_EDE": (
        "암호는 3DES. 블록이 64비트라 오래 쓰면 샙니다(Sweet32, 2016년).",
        "3DES: its 64-bit blocks leak in long connections (Sweet32, 2016).",
    ),
    "DES": ("암호는 DES. 56비트 키는 하루면 깨집니다.", "DES: a 56-bit key falls within a day."),
    "DES40": ("암호는 40비트로 줄인 수출용 DES.", "DES cut to 40 bits for export."),
    "RC4_128": ("암호는 RC4. 편향 때문에 2015년에 금지되었습니다.", "RC4, forbidden in 2015 for its biases."),
    "RC4_56": ("암호는 56비트 RC4(수출용).", "RC4 with 56 bits, for export."),
    "RC4_40": ("암호는 40비트 RC4(수출용).", "RC4 with 40 bits, for export."),
    "RC2": ("암호는 RC2(수출용).", "RC2, for export."),
    "IDEA": ("암호는 IDEA. PGP로 알려졌습니다.", "IDEA, known from PGP."),
    "FORTEZZA": ("암호는 Skipjack(Fortezza).", "Skipjack (Fortezza)."),
    "KUZNYECHIK": ("암호는 러시아의 쿠즈네치크.", "Kuznyechik from Russia."),
    "MAGMA": ("암호는 러시아의 마그마.", "Magma from Russia."),
    "28147": ("암호는 소련의 GOST 28147-89.", "GOST 28147-89 from the Soviet Union."),
    "SALSA20": ("암호는 ChaCha20의 전신인 Salsa20 실험.", "Salsa20, an experiment with ChaCha20's forerunner."),
    "AEGIS_256": ("암호는 AEGIS-256. 최신 CPU에서 아주 빠릅니다.", "AEGIS-256, very fast on recent processors."),
    "AEGIS_128L": ("암호는 AEGIS-128L. 최신 CPU에서 아주 빠릅니다.", "AEGIS-128L, very fast on recent processors."),
    "NULL": ("암호화하지 않습니다. 내용이 그대로 보입니다.", "No encryption: the content can be read."),
}
MODES: dict[str, tuple[str, str]] = {
    "GCM": (
        "GCM 방식이라 암호화와 변조 검사가 한 번에 됩니다(AEAD).",
        "In GCM: encryption and integrity in one operation (AEAD).",
    ),
    "CCM": (
        "CCM 방식이라 암호화와 변조 검사가 한 번에 됩니다(AEAD).",
        "In CCM: encryption and integrity in one operation (AEAD).",
    ),
    "CCM_8": (
        "CCM 방식에 인증 태그를 8바이트로 줄였습니다. 작은 기기를 위한 것입니다.",
        "In CCM with tags of eight bytes, for small devices.",
    ),
    "POLY1305": ("Poly1305가 변조를 검사합니다(AEAD).", "With Poly1305 for integrity (AEAD)."),
    "AEGIS": ("암호화와 변조 검사가 한 번에 됩니다(AEAD).", "Encryption and integrity in one operation (AEAD)."),
    "MGM": ("MGM 방식의 AEAD입니다.", "In MGM, an AEAD mode."),
    "CBC": (
        "CBC 방식이라 MAC을 따로 붙입니다. 채움 바이트를 노린 공격(BEAST, Lucky 13, POODLE)이 이어졌습니다.",
        "In CBC with a separate MAC, whose padding was attacked again and again (BEAST, Lucky 13, POODLE).",
    ),
    "STREAM": ("흐름 암호이고 MAC을 따로 붙입니다.", "A stream cipher with a separate MAC."),
    "INTEGRITY": ("변조만 검사합니다.", "Integrity only."),
    "NULL": ("보호 방식이 없습니다.", "No mode of protection."),
}
HASHES: dict[str, tuple[str, str]] = {
    "sha256": ("키를 뽑는 해시는 SHA-256.", "Keys are derived with SHA-256."),
    "sha384": ("키를 뽑는 해시는 SHA-384.", "Keys are derived with SHA-384."),
    "sha512": ("키를 뽑는 해시는 SHA-512.", "Keys are derived with SHA-512."),
    "sm3": ("키를 뽑는 해시는 중국의 SM3.", "Keys are derived with SM3 from China."),
}
GROUPS: dict[str, tuple[str, str]] = {
    "hybrid": (
        "양자 컴퓨터에 대비한 혼합 키 교환입니다. ML-KEM과 타원곡선 가운데 하나만 안전해도 비밀이 지켜집니다.",
        "A hybrid against quantum computers: the secret holds as long as either ML-KEM or the curve does.",
    ),
    "draft": ("ML-KEM이 표준이 되기 전의 Kyber 실험입니다.", "An experiment with Kyber, before it became ML-KEM."),
    "mlkem": ("ML-KEM만 쓰는 양자 내성 키 교환입니다.", "ML-KEM alone, made to withstand quantum computers."),
    "x": ("빠르고 실수하기 어렵게 설계된 현대 곡선입니다.", "A modern curve, fast and hard to get wrong."),
    "nist": ("NIST가 정한 타원곡선입니다.", "A curve chosen by NIST."),
    "brainpool": ("독일에서 정한 브레인풀 곡선입니다.", "A Brainpool curve, from Germany."),
    "ffdhe": (
        "정해진 소수를 쓰는 디피-헬먼입니다. 공개 값이 깁니다.",
        "Diffie-Hellman over a fixed prime; its values are long.",
    ),
    "national": ("러시아(GOST)나 중국(SM2)의 표준 곡선입니다.", "A standard curve of Russia (GOST) or China (SM2)."),
    "old": ("더는 쓰이지 않는 옛 곡선입니다.", "A curve of the past."),
}
SCHEMES: dict[str, tuple[str, str]] = {
    "ecdsa": ("타원곡선 서명 ECDSA입니다. 서명이 짧습니다.", "ECDSA: short signatures on a curve."),
    "ed": ("실수하기 어렵게 설계된 EdDSA 서명입니다.", "EdDSA, designed to be hard to get wrong."),
    "pss": ("안전성이 증명된 RSA-PSS 서명입니다.", "RSA-PSS, RSA with a proof of security."),
    "pkcs1": (
        "옛 방식의 RSA 서명(PKCS #1 v1.5)입니다. TLS 1.3에서는 인증서 안에서만 허용됩니다.",
        "RSA the old way (PKCS #1 v1.5); TLS 1.3 allows it inside certificates only.",
    ),
    "sha1": (
        "SHA-1을 쓰는 서명입니다. 2017년에 충돌이 나와 믿을 수 없습니다.",
        "A signature over SHA-1, which has been broken since 2017.",
    ),
    "md5": (
        "MD5를 쓰는 서명입니다. 2008년에 가짜 인증 기관을 만드는 데 쓰였습니다.",
        "A signature over MD5, which served to forge an authority in 2008.",
    ),
    "dsa": ("옛 DSA 서명입니다.", "DSA, of the past."),
    "mldsa": (
        "양자 컴퓨터에도 견디도록 만든 ML-DSA 서명입니다. 서명이 길어 몇 킬로바이트입니다.",
        "ML-DSA, made to withstand quantum computers; its signatures take kilobytes.",
    ),
    "sm2": ("중국의 SM2 서명입니다.", "SM2 from China."),
}

"""Fields inside extensions."""

FIELDS: dict[str, tuple[str, str]] = {
    "*.name_type": ("이름의 종류이고 0(호스트 이름)만 있습니다.", "The kind of name; only 0, a host name, exists."),
    "*.host_name": (
        "클라이언트가 찾는 서버의 이름입니다. 한 주소에 여러 사이트가 있을 때 서버는 이것을 보고 인증서를 고릅니다. ECH를 쓰지 않으면 누구나 읽을 수 있습니다.",
        "The server that the client is looking for. Where many sites share an address, the server chooses its certificate by it. Without ECH anyone can read it.",
    ),
    "*.server_name_list": ("서버 이름의 목록이지만 언제나 하나입니다.", "A list of names that always holds one."),
    "*.max_fragment_length": (
        "레코드를 얼마나 작게 잘라 달라는지입니다. 1은 512, 2는 1024, 3은 2048, 4는 4096바이트입니다.",
        "How small records shall be: 1 for 512 bytes, 2 for 1024, 3 for 2048, 4 for 4096.",
    ),
    "*.request": (
        "OCSP 요청의 세부 사항이며 보통 비어 있습니다.",
        "Details of the OCSP request, usually empty.",
    ),
    "*.named_group_list": (
        "할 수 있는 키 교환 그룹이고, 앞에 있을수록 더 원하는 것입니다.",
        "The key exchange groups that are supported, preferred ones first.",
    ),
    "*.ec_point_format_list": (
        "곡선의 점을 적는 방식입니다. 0(압축 안 함)만 쓰이고, TLS 1.3에서는 뜻이 없습니다.",
        "How points are written. Only 0, uncompressed, is used; TLS 1.3 has no need of it.",
    ),
    "*.protocol_name_list": (
        "애플리케이션 프로토콜의 이름입니다. 클라이언트는 원하는 순서대로 여럿을, 서버는 고른 것 하나를 보냅니다.",
        "Names of application protocols: the client sends those it wants in order, the server the one it chose.",
    ),
    "*.sct_list": (
        "인증서가 공개 기록(Certificate Transparency 로그)에 올라갔다는 서명된 확인서(SCT)입니다. 몰래 발급된 인증서를 찾아내려고 만든 장치입니다.",
        "Signed promises that the certificate stands in public logs (Certificate Transparency), so that secretly issued ones are found.",
    ),
    "*.certificate_type": ("서버가 고른 인증서 형식입니다.", "The certificate format that the server chose."),
    "CertificateCompressionAlgorithms.algorithms": (
        "풀 수 있는 압축 방식입니다. 긴 체인을 줄여 왕복을 아낍니다.",
        "The compression methods that can be undone; a shorter chain saves round trips.",
    ),
    "*.record_size_limit": (
        "받을 수 있는 레코드의 최대 크기입니다. 메모리가 작은 기기를 위한 것입니다.",
        "The largest record that can be received; made for small devices.",
    ),
    "*.identity": (
        "쓰겠다고 내미는 키의 이름이고, 대개 지난 연결에서 받은 티켓입니다.",
        "The name of the key that is offered: usually the ticket of an earlier connection.",
    ),
    "*.obfuscated_ticket_age": (
        "티켓을 받은 뒤 지난 시간(밀리초)에 난수를 더한 값입니다. 서버는 이것으로 0-RTT 재전송을 걸러 냅니다.",
        "Milliseconds since the ticket came, plus a secret number. The server recognises replayed 0-RTT data by it.",
    ),
    "*.identities": ("쓸 수 있는 사전 공유 키의 목록입니다.", "The pre-shared keys on offer."),
    "*.binders": (
        "내민 키를 정말 알고 있다는 증명(MAC)입니다. 이 메시지의 앞부분에 묶여 있어 다른 hello에 옮겨 붙일 수 없습니다.",
        "MACs that prove knowledge of each key offered. They are bound to the hello before them and fit no other.",
    ),
    "*.selected_identity": (
        "서버가 고른 키의 순번입니다. 0이 첫 번째입니다.",
        "Which of the offered keys the server took; 0 is the first.",
    ),
    "*.max_early_data_size": (
        "다음 연결에서 0-RTT로 보내도 되는 최대 바이트 수입니다.",
        "How many bytes of 0-RTT data the server will take next time.",
    ),
    "*.versions": (
        "할 수 있는 버전이고, 앞에 있을수록 더 원하는 것입니다. TLS 1.3부터는 이것이 진짜 버전 제안입니다.",
        "The versions on offer, preferred ones first. From TLS 1.3 on, this is the offer that counts.",
    ),
    "*.selected_version": ("서버가 고른 버전입니다.", "The version that the server chose."),
    "*.cookie": (
        "서버가 맡겼다가 그대로 돌려받는 값입니다. 덕분에 서버는 두 번째 hello가 올 때까지 아무것도 기억하지 않아도 됩니다.",
        "A value that the server hands out and gets back: until the second hello it need not remember anything.",
    ),
    "*.ke_modes": (
        "사전 공유 키를 어떻게 쓸지입니다. psk_dhe_ke는 새 키 교환을 함께 하여 순방향 비밀성을 지키고, psk_ke는 그렇지 않습니다.",
        "How a pre-shared key may be used: psk_dhe_ke adds a fresh key exchange and keeps forward secrecy, psk_ke does not.",
    ),
    "*.authorities": ("믿는 인증 기관의 이름입니다.", "Names of trusted authorities."),
    "*.certificate_extension_oid": (
        "클라이언트 인증서에 있어야 할 확장의 OID입니다.",
        "The OID of an extension that the client's certificate has to have.",
    ),
    "*.certificate_extension_values": ("그 확장이 가져야 할 값입니다.", "The value that extension has to have."),
    "*.filters": ("클라이언트 인증서를 고르는 조건입니다.", "Conditions for the client's certificate."),
    "*.group": ("이 공개 값이 속한 키 교환 그룹입니다.", "The key exchange group this share belongs to."),
    "*.key_exchange": (
        "이번 연결을 위해 새로 만든 공개 값입니다. X25519MLKEM768이라면 양자 컴퓨터에도 견디는 ML-KEM 값과 X25519 값이 이어져 있습니다.",
        "A public value made for this connection. In X25519MLKEM768 a value of ML-KEM, meant to withstand quantum computers, and one of X25519 are joined.",
    ),
    "*.client_shares": (
        "서버가 고를 만한 그룹을 짐작하여 미리 보낸 공개 값들입니다. 맞으면 왕복 한 번으로 끝나고, 빗나가면 서버가 HelloRetryRequest로 다시 묻습니다.",
        "Public values for the groups that the server is likely to choose. A right guess saves a round trip; a wrong one is answered by a HelloRetryRequest.",
    ),
    "*.selected_group": (
        "서버가 원하는 그룹입니다. 클라이언트는 이 그룹의 공개 값으로 다시 보냅니다.",
        "The group that the server wants; the client tries again with a share of it.",
    ),
    "*.server_share": (
        "서버의 공개 값입니다. 이 순간 양쪽은 같은 비밀을 계산할 수 있고, 이 뒤는 모두 암호화됩니다.",
        "The server's public value. From here on both sides can compute the same secret, and all that follows is encrypted.",
    ),
    "*.renegotiated_connection": (
        "첫 핸드셰이크에서는 비어 있고, 재협상에서는 앞 핸드셰이크의 Finished 값이 들어갑니다. 남의 연결 앞에 내 데이터를 끼워 넣던 공격(2009년)을 막습니다.",
        "Empty in a first handshake; the Finished values of the one before in a renegotiation. It ends the attack of 2009 that put one's own data before another's.",
    ),
    "*.valid_time": (
        "위임 자격 증명이 유효한 시간(초)입니다.",
        "For how many seconds the delegated credential is good.",
    ),
    "*.dc_cert_verify_algorithm": (
        "위임받은 키로 서명할 때 쓸 방식입니다.",
        "The scheme that the delegated key signs with.",
    ),
    "*.subject_public_key_info": ("위임받은 공개 키입니다.", "The delegated public key."),
    "*.new_session_count": ("새 세션일 때 받고 싶은 티켓 수입니다.", "How many tickets are wanted for a new session."),
    "*.resumption_count": (
        "재개된 세션일 때 받고 싶은 티켓 수입니다.",
        "How many tickets are wanted after a resumption.",
    ),
    "*.expected_count": ("서버가 보내려는 티켓 수입니다.", "How many tickets the server is going to send."),
    "*.supported_protocols": (
        "ALPS 설정을 주고받을 수 있는 프로토콜입니다.",
        "The protocols for which settings can be exchanged (ALPS).",
    ),
    "*.settings": ("애플리케이션 프로토콜의 설정입니다.", "Settings of the application protocol."),
    "*.kdf_id": ("HPKE의 키 유도 함수 번호입니다.", "The key derivation function of HPKE."),
    "*.aead_id": ("HPKE의 암호 번호입니다.", "The cipher of HPKE."),
    "*.ech_type": (
        "0은 바깥쪽 hello, 1은 암호화되어 안에 든 hello입니다.",
        "0 in the outer hello, 1 in the inner one that was encrypted.",
    ),
    "EncryptedClientHelloOuter.cipher_suite": (
        "안쪽 hello를 암호화한 HPKE 방식입니다.",
        "The HPKE suite that encrypts the inner hello.",
    ),
    "*.config_id": ("서버의 여러 ECH 키 가운데 어느 것을 썼는지입니다.", "Which of the server's ECH keys was used."),
    "*.enc": ("HPKE의 캡슐화된 공개 값입니다.", "The encapsulated public value of HPKE."),
    "*.payload": (
        "진짜 ClientHello를 암호화한 것입니다. 찾는 이름이 이 안에 있습니다. 흉내만 낸 것(GREASE)이라면 난수이며, 밖에서는 구별할 수 없습니다.",
        "The real ClientHello, encrypted; the name is inside. If it is only pretended (GREASE) these are random bytes, and nobody outside can tell.",
    ),
    "*.confirmation": (
        "서버가 안쪽 hello를 열었는지 클라이언트만 알아볼 수 있는 표시입니다.",
        "A mark by which only the client sees whether the server opened the inner hello.",
    ),
    "*.retry_configs": (
        "클라이언트의 ECH 설정이 낡았을 때 다시 시도하라고 주는 새 설정입니다.",
        "Fresh configurations to try again with, when the client's were stale.",
    ),
    "*.outer_extensions": (
        "바깥쪽 hello에서 그대로 가져다 쓸 확장의 번호입니다. 두 번 보내지 않으려는 것입니다.",
        "Extensions to copy from the outer hello, so that they are not sent twice.",
    ),
    "*.mode": ("1은 heartbeat를 받겠다, 2는 받지 않겠다는 뜻입니다.", "1 accepts heartbeats, 2 does not."),
    "*.protocols": ("서버가 할 수 있는 프로토콜 목록입니다(NPN).", "The protocols that the server speaks (NPN)."),
    "*.certificate_status_req_list": (
        "원하는 인증서 상태 확인 방식의 목록입니다.",
        "The kinds of certificate status that are wanted.",
    ),
    "*.srtp_protection_profiles": (
        "SRTP의 보호 방식입니다. 음성과 영상 통화에 쓰입니다.",
        "Protection profiles of SRTP, for voice and video.",
    ),
    "*.srtp_mki": ("SRTP의 마스터 키 식별자입니다.", "The master key identifier of SRTP."),
    "*.srp_i": ("SRP로 로그인하려는 사용자 이름입니다.", "The user name for SRP."),
    "*.token_binding_version": ("토큰 바인딩의 버전입니다.", "The version of token binding."),
    "*.key_parameters_list": ("토큰을 묶을 키의 종류입니다.", "The kinds of key that tokens can be bound to."),
    "*.supported_ciphers": ("EKT의 암호 목록입니다.", "The ciphers of EKT."),
    "*.cid": (
        "주소가 바뀌어도 연결을 알아보게 하는 번호입니다(DTLS).",
        "A number by which a connection is known when its address changes (DTLS).",
    ),
    "*.parameters": ("QUIC의 전송 매개변수입니다.", "The transport parameters of QUIC."),
    "*.flags": ("한 비트짜리 확장들을 모은 것입니다.", "Extensions that need one bit each, gathered."),
    "*.password_salt": ("비밀번호에 섞는 소금값입니다.", "The salt of a password."),
}

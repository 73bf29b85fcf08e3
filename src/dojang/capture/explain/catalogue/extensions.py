"""Extensions by their registered name: what each is for."""

EXTENSIONS: dict[str, tuple[str, str]] = {
    "server_name": (
        "찾는 서버의 이름(SNI). 주소 하나에 사이트가 여럿일 때 인증서를 고르는 근거입니다.",
        "The name that is looked for (SNI), by which a server with many sites chooses its certificate.",
    ),
    "max_fragment_length": (
        "레코드를 더 작게 잘라 달라는 부탁. 작은 기기를 위한 것입니다.",
        "Asks for smaller records; for small devices.",
    ),
    "client_certificate_url": (
        "인증서 대신 그 주소를 보내겠다는 제안.",
        "Offers to send a certificate's address instead of the certificate.",
    ),
    "trusted_ca_keys": ("클라이언트가 어느 인증 기관을 믿는지 알립니다.", "Tells which authorities the client trusts."),
    "truncated_hmac": (
        "MAC을 10바이트로 줄이자는 제안. 안전하지 않아 버려졌습니다.",
        "Offers MACs cut to ten bytes; unsafe and abandoned.",
    ),
    "status_request": (
        "인증서가 폐기되지 않았다는 OCSP 응답을 함께 달라는 부탁(스테이플링).",
        "Asks for an OCSP response along with the certificate: stapling.",
    ),
    "user_mapping": ("사용자 이름을 덧붙입니다. 쓰이지 않습니다.", "Adds a user's name; not in use."),
    "client_authz": ("클라이언트의 인가 정보를 보내겠다는 제안.", "Offers authorisation data of the client."),
    "server_authz": ("서버의 인가 정보를 달라는 제안.", "Asks for authorisation data of the server."),
    "cert_type": (
        "X.509 말고 OpenPGP 인증서도 쓰겠다는 제안. 옛 확장입니다.",
        "Offers OpenPGP certificates beside X.509; of the past.",
    ),
    "supported_groups": (
        "할 수 있는 키 교환 그룹을 원하는 순서대로.",
        "The key exchange groups, preferred ones first.",
    ),
    "ec_point_formats": (
        "곡선의 점을 적는 방식. TLS 1.2의 유산입니다.",
        "How points of a curve are written; a legacy of TLS 1.2.",
    ),
    "srp": ("비밀번호로 서로를 확인하는 SRP의 사용자 이름.", "The user name for SRP, which authenticates by password."),
    "signature_algorithms": (
        "확인할 수 있는 서명 방식을 원하는 순서대로.",
        "The signature schemes that can be verified, preferred ones first.",
    ),
    "use_srtp": ("음성과 영상(SRTP)의 키를 여기서 나누자는 제안.", "Offers to derive keys for voice and video (SRTP)."),
    "heartbeat": (
        "heartbeat를 주고받자는 제안. Heartbleed 사건으로 이름이 알려졌습니다.",
        "Offers heartbeats; known for Heartbleed.",
    ),
    "application_layer_protocol_negotiation": (
        "어떤 애플리케이션 프로토콜(HTTP/2 등)을 쓸지 고릅니다(ALPN).",
        "Chooses the application protocol, HTTP/2 for instance (ALPN).",
    ),
    "status_request_v2": (
        "체인 전체의 OCSP 응답을 달라는 부탁. 널리 쓰이지 못했습니다.",
        "Asks for OCSP responses for the whole chain; it never caught on.",
    ),
    "signed_certificate_timestamp": (
        "인증서가 공개 로그에 올라갔다는 확인(SCT).",
        "Proof that the certificate stands in public logs (SCTs).",
    ),
    "client_certificate_type": (
        "클라이언트 인증서의 형식을 고릅니다(예: 공개 키만).",
        "Chooses the form of the client's certificate, a bare key for instance.",
    ),
    "server_certificate_type": ("서버 인증서의 형식을 고릅니다.", "Chooses the form of the server's certificate."),
    "padding": (
        "hello의 길이를 늘려 채웁니다. 256~511바이트 길이에서 멎던 낡은 장비를 피하려고 생겼습니다.",
        "Makes the hello longer, first to step around old devices that hung on lengths of 256 to 511 bytes.",
    ),
    "encrypt_then_mac": (
        "먼저 암호화하고 그 뒤에 MAC을 붙이자는 제안. CBC의 순서 실수를 바로잡습니다.",
        "Offers to encrypt first and authenticate after, which repairs the order of CBC suites.",
    ),
    "extended_master_secret": (
        "마스터 시크릿을 핸드셰이크 전체에 묶습니다. Triple Handshake 공격(2014년)을 막습니다.",
        "Binds the master secret to the whole handshake, against the Triple Handshake attack (2014).",
    ),
    "token_binding": (
        "쿠키 같은 토큰을 연결의 키에 묶습니다. 브라우저에서는 사라졌습니다.",
        "Binds tokens such as cookies to a key; browsers have dropped it.",
    ),
    "cached_info": (
        "이미 가진 인증서를 다시 보내지 말라고 알립니다.",
        "Says which certificates are known and need not be sent.",
    ),
    "tls_lts": ("TLS 1.2를 오래 쓰기 위한 개정안.", "A profile for using TLS 1.2 for a long time."),
    "compress_certificate": ("인증서 체인을 압축해도 좋다는 표시.", "Allows the certificate chain to be compressed."),
    "record_size_limit": ("받을 수 있는 레코드의 최대 크기.", "The largest record that can be received."),
    "pwd_protect": ("비밀번호 인증에서 사용자 이름을 가립니다.", "Hides the user name in password authentication."),
    "pwd_clear": (
        "비밀번호 인증의 사용자 이름을 그대로 보냅니다.",
        "Sends the user name of password authentication in the clear.",
    ),
    "password_salt": ("비밀번호에 섞는 소금값.", "The salt of a password."),
    "ticket_pinning": ("다음에도 같은 서버인지 티켓으로 확인합니다.", "Recognises the same server by a ticket."),
    "tls_cert_with_extern_psk": (
        "인증서와 사전 공유 키를 함께 씁니다.",
        "Uses a certificate and a pre-shared key together.",
    ),
    "delegated_credential": (
        "서버가 며칠짜리 키를 스스로 위임할 수 있게 합니다.",
        "Lets a server delegate to a key that lives for days.",
    ),
    "session_ticket": (
        "세션 티켓을 쓰겠다는 표시, 또는 내미는 티켓(TLS 1.2).",
        "Session tickets: the wish for one, or the ticket itself (TLS 1.2).",
    ),
    "tlmsp": ("중간 장비를 연결에 참여시키는 실험.", "An experiment that lets middleboxes take part."),
    "tlmsp_proxying": ("같은 실험의 프록시 표시.", "The same experiment, for proxies."),
    "tlmsp_delegate": ("같은 실험의 위임 표시.", "The same experiment, for delegation."),
    "supported_ekt_ciphers": ("그룹 통화의 키를 나누는 방식.", "How keys of a conference are handed out."),
    "key_share_draft": (
        "초안 22까지의 key_share 번호. 중간 장비 문제로 51번으로 옮겼습니다.",
        "key_share by its number up to draft 22; it moved to 51 because of middleboxes.",
    ),
    "pre_shared_key": (
        "지난 세션의 키(티켓)나 미리 나눈 키를 내밉니다. 언제나 마지막 확장입니다.",
        "Offers the key of an earlier session, or one shared beforehand; always the last extension.",
    ),
    "early_data": ("0-RTT 데이터를 함께 보낸다는 표시.", "Says that 0-RTT data comes along."),
    "supported_versions": (
        "진짜 버전 협상. legacy_version 칸을 대신합니다.",
        "Where versions are really negotiated, in place of legacy_version.",
    ),
    "cookie": ("서버가 맡긴 값을 돌려줍니다.", "Gives back what the server handed out."),
    "psk_key_exchange_modes": (
        "사전 공유 키를 쓸 때 새 키 교환도 할지.",
        "Whether a pre-shared key is used with a fresh key exchange.",
    ),
    "ticket_early_data_info": ("초안에서 0-RTT의 한도를 알리던 확장.", "Told the limit of 0-RTT data in drafts."),
    "certificate_authorities": ("믿는 인증 기관의 이름.", "Names of trusted authorities."),
    "oid_filters": ("클라이언트 인증서가 갖춰야 할 조건.", "What the client's certificate has to have."),
    "post_handshake_auth": (
        "핸드셰이크 뒤에도 인증서 요구에 응할 수 있다는 표시.",
        "Says that the client can authenticate after the handshake too.",
    ),
    "signature_algorithms_cert": ("인증서 안의 서명에 허용하는 방식.", "The schemes allowed inside certificates."),
    "key_share": (
        "키 교환의 공개 값. 이것으로 왕복 한 번에 키가 생깁니다.",
        "Public values of the key exchange, which make keys within one round trip.",
    ),
    "transparency_info": ("인증서 투명성 2판의 정보.", "Information of Certificate Transparency 2."),
    "connection_id_deprecated": ("연결 번호의 옛 번호.", "The old number of connection_id."),
    "connection_id": (
        "주소가 바뀌어도 이어지는 연결 번호(DTLS).",
        "A connection's number that outlives its address (DTLS).",
    ),
    "external_id_hash": (
        "통화 신호의 신원과 이 연결을 묶습니다.",
        "Ties this connection to an identity in call signalling.",
    ),
    "external_session_id": ("통화 세션과 이 연결을 묶습니다.", "Ties this connection to a call's session."),
    "quic_transport_parameters": ("QUIC의 전송 매개변수.", "The transport parameters of QUIC."),
    "ticket_request": ("티켓을 몇 장 받고 싶은지.", "How many tickets are wanted."),
    "dnssec_chain": ("DNSSEC 증명 체인을 함께 달라는 부탁.", "Asks for a DNSSEC proof along with the certificate."),
    "sequence_number_encryption_algorithms": (
        "순번을 암호화하는 방식(DTLS).",
        "How sequence numbers are encrypted (DTLS).",
    ),
    "rrc": ("되돌아오는 길을 확인할 수 있다는 표시(DTLS).", "Return routability checks (DTLS)."),
    "tls_flags": ("한 비트짜리 확장의 모음.", "Extensions of one bit, gathered."),
    "next_protocol_negotiation": ("ALPN 이전의 프로토콜 협상(NPN).", "Negotiated the protocol before ALPN did (NPN)."),
    "application_settings_old": (
        "HTTP/2 설정을 핸드셰이크에 싣는 크롬의 실험(ALPS)의 옛 번호.",
        "The old number of Chrome's experiment to send HTTP/2 settings in the handshake (ALPS).",
    ),
    "application_settings": (
        "HTTP/2 설정을 핸드셰이크에 싣는 크롬의 실험(ALPS).",
        "Chrome's experiment to send HTTP/2 settings in the handshake (ALPS).",
    ),
    "channel_id_old": (
        "클라이언트마다 키를 두던 크롬의 실험(Channel ID)의 옛 번호.",
        "The old number of Chrome's Channel ID, a key for each client.",
    ),
    "channel_id": ("클라이언트마다 키를 두던 크롬의 실험(Channel ID).", "Chrome's Channel ID, a key for each client."),
    "ech_outer_extensions": (
        "안쪽 hello가 바깥에서 빌려 올 확장의 목록.",
        "What the inner hello copies from the outer one.",
    ),
    "encrypted_client_hello": (
        "진짜 ClientHello를 암호화하여 숨깁니다(ECH). 찾는 이름이 드러나지 않습니다.",
        "Hides the real ClientHello, and with it the name (ECH).",
    ),
    "quic_transport_parameters_draft": (
        "QUIC 초안 시절의 전송 매개변수.",
        "The transport parameters of QUIC's drafts.",
    ),
    "renegotiation_info": (
        "재협상을 앞 핸드셰이크에 묶습니다(2009년 공격의 해결책).",
        "Ties a renegotiation to the handshake before it, the answer to the attack of 2009.",
    ),
}

GREASE = (
    "아무 뜻이 없는 값(GREASE)입니다. 모르는 값을 무시해야 한다는 규칙을 서버들이 잊지 않도록 브라우저가 일부러 섞습니다.",
    "A value without meaning (GREASE): browsers mix it in so that servers don't forget to ignore what they don't know.",
)
UNKNOWN = (
    "등록부에 없는 값입니다. 받는 쪽은 무시합니다.",
    "A value that no registry knows; a receiver ignores it.",
)

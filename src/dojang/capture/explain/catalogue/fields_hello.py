"""Fields of hellos, of the messages of TLS 1.3, and of what both share. ``*`` stands for any struct."""

FIELDS: dict[str, tuple[str, str]] = {
    "ClientHello.legacy_version": (
        "TLS 1.2 시절의 버전 칸입니다. TLS 1.3에서는 0x0303으로 고정하고, 진짜 제안은 supported_versions 확장에 적습니다. 낡은 서버와 중간 장비가 새 번호를 보고 연결을 끊었기 때문입니다.",
        "The version field of TLS 1.2. TLS 1.3 freezes it at 0x0303 and offers its versions in supported_versions, because old servers and middleboxes broke on new numbers.",
    ),
    "ClientHello.random": (
        "이 연결에서만 쓰는 난수 32바이트입니다. 모든 키와 서명에 섞여 들어가므로, 예전 핸드셰이크를 녹음해 두었다가 다시 틀 수 없습니다. 키 로그 파일은 이 값으로 연결을 찾습니다.",
        "Thirty-two random bytes for this connection alone. They go into every key and signature, so that a recorded handshake can't be played again. A key log finds its connection by them.",
    ),
    "ClientHello.legacy_session_id": (
        "TLS 1.2에서는 이어 가고 싶은 세션의 번호였습니다. TLS 1.3에서는 뜻이 없고, 보통 난수 32바이트를 넣어 중간 장비에게 TLS 1.2의 세션 재개처럼 보이게 합니다.",
        "In TLS 1.2 the number of a session to go on with. TLS 1.3 gives it no meaning; 32 random bytes make the handshake look like a resumption to middleboxes.",
    ),
    "ClientHello.cipher_suites": (
        "클라이언트가 쓸 수 있는 암호 스위트이고, 앞에 있을수록 더 원하는 것입니다. 서버는 이 목록 안에서만 고를 수 있습니다.",
        "The cipher suites that the client can use, preferred ones first. The server may choose from this list and from nowhere else.",
    ),
    "ClientHello.legacy_compression_methods": (
        "압축 방식 목록입니다. 0(압축 안 함) 하나만 있어야 합니다. 암호화 전에 압축하면 길이로 내용이 새기 때문입니다(CRIME 공격, 2012년).",
        "Compression methods. Only 0, none, belongs here: compressing before encrypting leaks the content through its length (the CRIME attack, 2012).",
    ),
    "*.extensions": (
        "확장 목록입니다. 1990년대에 정해진 칸에 들어가지 않는 것은 모두 여기에 실립니다. 받는 쪽은 모르는 확장을 무시합니다.",
        "The extensions: whatever does not fit the fields of the nineties travels here. A receiver ignores those it does not know.",
    ),
    "ServerHello.legacy_version": (
        "TLS 1.2까지는 서버가 고른 버전입니다. TLS 1.3에서는 0x0303으로 고정되고, 고른 버전은 supported_versions 확장에 있습니다.",
        "Up to TLS 1.2, the version that the server chose. In TLS 1.3 it is frozen at 0x0303 and the choice stands in supported_versions.",
    ),
    "ServerHello.random": (
        "서버의 난수 32바이트입니다. 마지막 8바이트가 DOWNGRD로 시작하면, TLS 1.3을 아는 서버가 일부러 낮은 버전을 골랐다는 경고 표시입니다.",
        "Thirty-two random bytes of the server. When the last eight begin with DOWNGRD, a server that knows TLS 1.3 says that it was made to choose less.",
    ),
    "HelloRetryRequest.random": (
        "난수가 아니라 정해진 값(“HelloRetryRequest”의 SHA-256)입니다. 이 값으로 ServerHello가 아니라 재시도 요청임을 알아봅니다.",
        "Not random at all but a fixed value, the SHA-256 of “HelloRetryRequest”: it is how one tells this message from a ServerHello.",
    ),
    "*.legacy_session_id_echo": (
        "클라이언트가 보낸 session_id를 그대로 되돌려 줍니다. TLS 1.2에서 값이 같으면 세션을 재개한다는 뜻이고, TLS 1.3에서는 언제나 그대로 돌려줍니다.",
        "The client's session_id, given back. In TLS 1.2 the same value means that the session is resumed; in TLS 1.3 it is always echoed.",
    ),
    "*.cipher_suite": (
        "서버가 클라이언트의 목록에서 고른 암호 스위트입니다. 이 뒤로 쓸 암호와 해시가 여기서 정해집니다.",
        "The suite that the server took from the client's list; it fixes the cipher and the hash of everything that follows.",
    ),
    "*.legacy_compression_method": (
        "고른 압축 방식이며 0(없음)이어야 합니다.",
        "The compression method chosen; it has to be 0, none.",
    ),
    "*.version": (
        "초안 시절의 버전 칸입니다. 0x7f로 시작하면 뒤의 한 바이트가 TLS 1.3 초안의 번호입니다.",
        "The version as drafts and SSL 2.0 hellos carry it. When it begins with 0x7f, the other byte is the number of a draft of TLS 1.3.",
    ),
    "*.server_version": (
        "서버가 고른 버전입니다.",
        "The version that the server chose.",
    ),
    "*.random": (
        "이 연결에서만 쓰는 난수 32바이트입니다.",
        "Thirty-two random bytes for this connection alone.",
    ),
    "*.certificate_request_context": (
        "어느 요청에 대한 인증서인지 짝을 맞추는 꼬리표입니다. 핸드셰이크 중에는 비어 있고, 나중에 인증서를 다시 요구할 때 쓰입니다.",
        "A tag that ties a certificate to the request for it. Empty during the handshake; used when a certificate is asked for later.",
    ),
    "Certificate.certificate_list": (
        "인증서 체인입니다. 맨 앞이 보낸 쪽 자신의 인증서이고, 뒤로 갈수록 루트에 가까워집니다. 루트는 받는 쪽이 이미 가지고 있으므로 보통 보내지 않습니다.",
        "The certificate chain: the sender's own first, each next one closer to the root. The root itself is usually left out, for the receiver has it.",
    ),
    "CertificateEntry.cert_data": (
        "인증서 한 장이며 X.509를 DER로 적은 것입니다.",
        "One certificate: X.509 in DER.",
    ),
    "CertificateEntry.extensions": (
        "이 인증서에 딸린 확장입니다. OCSP 응답이나 SCT가 여기에 붙습니다.",
        "Extensions of this certificate: a stapled OCSP response or SCTs stand here.",
    ),
    "CompressedCertificate.algorithm": (
        "인증서 체인을 어떤 방식으로 압축했는지입니다(zlib, brotli, zstd).",
        "How the chain was compressed: zlib, brotli or zstd.",
    ),
    "*.uncompressed_length": (
        "압축을 풀었을 때의 길이입니다. 받는 쪽은 이보다 길게 풀리면 바로 멈춥니다. 작은 압축 파일이 메모리를 채우는 공격을 막습니다.",
        "The length once unpacked. A receiver stops when more comes out: a small message must not fill the memory.",
    ),
    "*.compressed_certificate_message": (
        "압축된 Certificate 메시지입니다.",
        "The Certificate message, compressed.",
    ),
    "*.algorithm": (
        "어떤 서명 방식을 썼는지입니다. 상대가 signature_algorithms에서 제안한 것이어야 합니다.",
        "The signature scheme. It has to be one that the peer offered in signature_algorithms.",
    ),
    "CertificateVerify.signature": (
        "지금까지 오간 모든 메시지의 해시에 대한 서명입니다. 인증서의 개인 키를 가졌다는 증명이고, 중간에서 한 바이트라도 고쳤다면 여기서 어긋납니다.",
        "A signature over the hash of every message so far. It proves that the sender holds the certificate's private key, and it fails if a single byte was changed on the way.",
    ),
    "*.signature": (
        "인증서의 개인 키로 만든 서명입니다. 인증서는 누구나 베낄 수 있지만 이 서명은 주인만 만들 수 있습니다.",
        "A signature made with the certificate's private key. Anyone can copy a certificate; only its owner can make this.",
    ),
    "*.verify_data": (
        "핸드셰이크 전체를 이 연결의 비밀로 요약한 값(MAC)입니다. 양쪽이 같은 대화를 보았고 같은 키를 가졌다는 확인입니다.",
        "A MAC over the whole handshake under this connection's secret: both sides saw the same conversation and hold the same keys.",
    ),
    "*.ticket_lifetime": (
        "이 티켓을 쓸 수 있는 시간(초)입니다. TLS 1.3에서는 7일(604800초)을 넘을 수 없습니다.",
        "For how many seconds the ticket is good; at most seven days (604800) in TLS 1.3.",
    ),
    "*.ticket_lifetime_hint": (
        "서버가 이 티켓을 받아 줄 시간(초)의 어림값입니다. 0이면 정하지 않았다는 뜻입니다.",
        "For how many seconds the server means to accept the ticket; 0 says nothing.",
    ),
    "*.ticket_age_add": (
        "나중에 티켓 나이에 더할 난수입니다. 엿보는 사람이 같은 티켓의 나이를 보고 연결끼리 이어 붙이지 못하게 합니다.",
        "A random number that will be added to the ticket's age, so that an observer can't link connections by it.",
    ),
    "*.ticket_nonce": (
        "같은 연결에서 나온 티켓마다 다른 키가 나오게 하는 값입니다.",
        "Makes each ticket of one connection lead to another key.",
    ),
    "*.ticket": (
        "서버가 자기만 아는 키로 암호화해 맡긴 세션 상태입니다. 클라이언트는 내용을 모른 채 보관했다가 다시 접속할 때 내밉니다.",
        "The session's state, encrypted under a key that only the server has. The client keeps it unread and shows it at its next visit.",
    ),
    "*.request_update": (
        "상대에게도 키를 바꾸라고 요청하는지입니다. 1이면 상대도 새 키로 답해야 합니다.",
        "Whether the peer shall change its key too; 1 asks for that.",
    ),
    "Extension.extension_type": (
        "확장의 번호입니다. IANA의 등록부가 이름을 정합니다.",
        "The extension's number, named in IANA's registry.",
    ),
    "Extension.extension_data": (
        "확장의 내용입니다. 형식은 확장마다, 그리고 어느 메시지에 있는지에 따라 다릅니다.",
        "The extension's body; its form depends on the extension and on the message it stands in.",
    ),
    "*.msg_type": (
        "SSL 2.0의 메시지 번호입니다. 1이 CLIENT-HELLO, 4가 SERVER-HELLO입니다.",
        "The message's number in SSL 2.0: 1 is CLIENT-HELLO, 4 is SERVER-HELLO.",
    ),
    "*.cipher_spec_length": (
        "뒤에 올 암호 목록의 길이입니다. SSL 2.0의 암호는 하나가 3바이트입니다.",
        "The length of the cipher list that follows; a cipher of SSL 2.0 takes three bytes.",
    ),
    "*.cipher_specs_length": (
        "뒤에 올 암호 목록의 길이입니다.",
        "The length of the cipher list that follows.",
    ),
    "*.session_id_length": (
        "뒤에 올 세션 번호의 길이입니다. 0이면 새 세션입니다.",
        "The length of the session number that follows; 0 asks for a new session.",
    ),
    "*.challenge_length": (
        "뒤에 올 challenge의 길이입니다. 이 값이 클라이언트 난수 역할을 합니다.",
        "The length of the challenge that follows, which serves as the client's random.",
    ),
    "*.connection_id_length": (
        "뒤에 올 연결 번호의 길이입니다.",
        "The length of the connection's number that follows.",
    ),
    "*.certificate_length": (
        "뒤에 올 인증서의 길이입니다.",
        "The length of the certificate that follows.",
    ),
    "*.session_id_hit": (
        "1이면 서버가 이전 세션을 기억한다는 뜻입니다.",
        "1 says that the server remembers the session.",
    ),
    "Ssl2ServerHello.certificate_type": (
        "인증서의 종류이고 1이 X.509입니다.",
        "The kind of certificate; 1 is X.509.",
    ),
    "*.bodies": (
        "앞에서 길이를 밝힌 목록과 값이 차례로 이어진 것입니다.",
        "The lists and values whose lengths were given before, one after the other.",
    ),
    "Ssl2CipherSpec.kind": (
        "SSL 2.0의 암호입니다. 첫 바이트가 0이면 나머지 두 바이트가 TLS의 암호 스위트입니다.",
        "A cipher of SSL 2.0; when its first byte is 0, the other two are a suite of TLS.",
    ),
    "*.body": (
        "이 메시지의 형식은 알려져 있지 않아 바이트 그대로 보입니다.",
        "No declaration for this message is known; its bytes are shown as they are.",
    ),
    "*.heartbeat_type": (
        "1은 요청, 2는 응답입니다.",
        "1 is a request, 2 the answer.",
    ),
    "*.payload_length": (
        "보낸 쪽이 주장하는 내용의 길이입니다. 2014년의 Heartbleed는 이 숫자가 실제보다 커도 OpenSSL이 믿어서, 서버 메모리를 64KB까지 되돌려 준 사건입니다.",
        "The length that the sender claims. In 2014 OpenSSL believed it even when less was there and sent back up to 64 KB of its memory: Heartbleed.",
    ),
    "*.payload_and_padding": (
        "되돌려 받을 내용과, 버려질 채움 바이트입니다.",
        "What shall be echoed, and padding that is thrown away.",
    ),
}

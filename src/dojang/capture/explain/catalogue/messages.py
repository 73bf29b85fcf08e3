"""Handshake messages by type, records by content type: what each is, why it comes now, what could go wrong."""

# type: (what, why now, what could go wrong), each (Korean, English)
MESSAGES: dict[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "hello_request": (
        ("서버가 핸드셰이크를 다시 하자고 청합니다.", "The server asks for another handshake."),
        (
            "재협상이 필요할 때, 예를 들어 클라이언트 인증서가 뒤늦게 필요할 때 보냅니다.",
            "Sent when a renegotiation is wanted, for instance because a client certificate is needed late.",
        ),
        (
            "재협상은 여러 공격의 통로였고 TLS 1.3에는 없습니다.",
            "Renegotiation opened the door to several attacks; TLS 1.3 does without it.",
        ),
    ),
    "client_hello": (
        (
            "클라이언트가 자기를 소개하고, 할 수 있는 것을 모두 내놓습니다.",
            "The client introduces itself and offers everything it can do.",
        ),
        ("TCP 연결이 열리면 클라이언트가 먼저 말합니다.", "Once TCP is open, the client speaks first."),
        (
            "서버와 겹치는 것이 하나도 없으면 handshake_failure나 protocol_version 경보로 끝납니다.",
            "With nothing in common, the server ends it with handshake_failure or protocol_version.",
        ),
    ),
    "server_hello": (
        (
            "서버가 제안 가운데에서 고릅니다. 버전, 암호 스위트, 키 교환이 여기서 정해집니다.",
            "The server chooses from the offer: version, cipher suite and key exchange are settled here.",
        ),
        ("ClientHello에 대한 답입니다.", "It answers the ClientHello."),
        (
            "제안하지 않은 것을 고르면 클라이언트는 illegal_parameter로 끝냅니다.",
            "Choosing what was not offered makes the client stop with illegal_parameter.",
        ),
    ),
    "hello_retry_request": (
        (
            "서버가 다른 키 교환 그룹으로 다시 보내 달라고 합니다.",
            "The server asks for another try with another key exchange group.",
        ),
        (
            "클라이언트가 짐작한 그룹을 서버가 쓰지 않거나, 클라이언트가 주소를 속이지 않는지 확인하려 할 때 보냅니다.",
            "Sent when the client guessed a group that the server does not use, or to see that the client's address is real.",
        ),
        ("왕복이 한 번 더 걸립니다. 한 연결에 한 번만 허용됩니다.", "It costs a round trip, and may come only once."),
    ),
    "hello_verify_request": (
        ("DTLS 서버가 주소를 확인하려고 쿠키를 줍니다.", "A DTLS server hands out a cookie to check the address."),
        ("DTLS에서만 씁니다.", "Only in DTLS."),
        ("TCP 위에서는 나올 수 없습니다.", "It has no place over TCP."),
    ),
    "new_session_ticket": (
        ("서버가 다음에 쓸 세션 티켓을 줍니다.", "The server hands out a ticket for next time."),
        (
            "핸드셰이크가 끝나면(TLS 1.2에서는 끝나기 직전에) 보냅니다. 다음 접속은 인증서 없이 더 빨리 열립니다.",
            "After the handshake (just before its end in TLS 1.2), so that the next one needs no certificate.",
        ),
        (
            "서버의 티켓 키가 새면 그 티켓으로 이어진 TLS 1.2 세션은 모두 열립니다.",
            "If the server's ticket key leaks, TLS 1.2 sessions resumed with it can all be opened.",
        ),
    ),
    "end_of_early_data": (
        ("클라이언트가 0-RTT 데이터를 다 보냈다고 알립니다.", "The client says that its 0-RTT data ends here."),
        (
            "서버의 Finished를 받은 뒤, 핸드셰이크 키로 넘어가기 직전에 보냅니다.",
            "After the server's Finished, just before the client goes over to its handshake key.",
        ),
        (
            "빠지면 서버는 어느 키로 열어야 할지 알 수 없습니다.",
            "Without it the server can't know which key to open with.",
        ),
    ),
    "encrypted_extensions": (
        (
            "서버가 나머지 협상 결과를 암호화하여 알립니다. ALPN이 여기 있습니다.",
            "The rest of the server's answers, encrypted; ALPN is among them.",
        ),
        (
            "ServerHello 바로 뒤, 처음으로 암호화되는 메시지입니다.",
            "Right after the ServerHello: the first message under encryption.",
        ),
        (
            "클라이언트가 청하지 않은 확장이 있으면 unsupported_extension으로 끝납니다.",
            "An extension that was not asked for ends the handshake with unsupported_extension.",
        ),
    ),
    "request_connection_id": (
        ("DTLS 1.3에서 새 연결 번호를 청합니다.", "Asks for new connection IDs in DTLS 1.3."),
        ("DTLS에서만 씁니다.", "Only in DTLS."),
        ("TCP 위에서는 나올 수 없습니다.", "It has no place over TCP."),
    ),
    "new_connection_id": (
        ("DTLS 1.3에서 새 연결 번호를 줍니다.", "Gives new connection IDs in DTLS 1.3."),
        ("DTLS에서만 씁니다.", "Only in DTLS."),
        ("TCP 위에서는 나올 수 없습니다.", "It has no place over TCP."),
    ),
    "certificate": (
        ("보낸 쪽이 자기 인증서 체인을 내놓습니다.", "The sender shows its certificate chain."),
        (
            "누구인지 밝힐 차례입니다. 믿는 루트까지 이어지는지는 받는 쪽이 확인합니다.",
            "It is time to say who one is; whether the chain leads to a trusted root is for the receiver to check.",
        ),
        (
            "이름이 다르거나 기한이 지났거나 모르는 기관이 서명했다면 bad_certificate, certificate_expired, unknown_ca로 끝납니다.",
            "A wrong name, a past date or an unknown authority end it with bad_certificate, certificate_expired or unknown_ca.",
        ),
    ),
    "server_key_exchange": (
        ("서버가 키 교환의 공개 값을 서명하여 보냅니다.", "The server's public value for the key exchange, signed."),
        (
            "임시 키를 쓰는 암호 스위트(DHE, ECDHE)에서만 옵니다. 인증서의 키와는 다른, 한 번 쓰는 키입니다.",
            "Only with ephemeral suites (DHE, ECDHE): a key used once, not the certificate's.",
        ),
        (
            "서명이 틀리면 중간에 누가 끼어든 것입니다. decrypt_error로 끝납니다.",
            "A wrong signature means that someone stands between; it ends with decrypt_error.",
        ),
    ),
    "certificate_request": (
        ("서버가 클라이언트에게 인증서를 요구합니다.", "The server asks the client for a certificate."),
        (
            "서버도 상대가 누구인지 알아야 할 때(상호 인증) 보냅니다.",
            "Sent where the server wants to know its client too: mutual authentication.",
        ),
        (
            "클라이언트는 빈 목록으로 사양할 수 있고, 그때 계속할지는 서버가 정합니다.",
            "The client may decline with an empty list; whether to go on is up to the server.",
        ),
    ),
    "server_hello_done": (
        ("서버의 첫 차례가 끝났다는 표시입니다.", "The server has finished its first turn."),
        ("이제 클라이언트가 키 교환을 마칠 차례입니다.", "It is the client's turn to complete the key exchange."),
        ("이 메시지가 오지 않으면 클라이언트는 계속 기다립니다.", "Without it the client waits."),
    ),
    "certificate_verify": (
        (
            "인증서의 개인 키를 가졌음을 서명으로 증명합니다.",
            "Proof, by a signature, that the sender holds the certificate's private key.",
        ),
        (
            "인증서는 누구나 베껴 보낼 수 있으므로, 바로 뒤에 증명이 따라옵니다.",
            "Anyone can send a copy of a certificate, so the proof follows at once.",
        ),
        ("서명이 맞지 않으면 decrypt_error로 끝납니다.", "A signature that does not fit ends it with decrypt_error."),
    ),
    "client_key_exchange": (
        ("클라이언트가 키 교환을 마칩니다.", "The client completes the key exchange."),
        (
            "이 메시지로 양쪽이 같은 프리마스터 시크릿을 가지게 됩니다.",
            "With it both sides have the same pre-master secret.",
        ),
        (
            "고정 RSA라면 서버의 개인 키를 가진 누구나 나중에라도 열 수 있습니다.",
            "With static RSA, whoever has the server's private key can open it later.",
        ),
    ),
    "client_certificate_request": (
        ("클라이언트가 인증서를 더 보여 달라고 청합니다.", "The client asks for more certificates."),
        ("핸드셰이크 뒤의 추가 인증에서 씁니다.", "Used for authentication after the handshake."),
        ("아직 거의 쓰이지 않습니다.", "Hardly used yet."),
    ),
    "finished": (
        ("지금까지의 대화 전체를 키로 확인합니다.", "A check of the whole conversation under the new keys."),
        (
            "핸드셰이크의 마지막입니다. 이 값이 맞으면 아무도 중간에서 고치지 않았습니다.",
            "The end of the handshake: when it fits, nobody has changed anything on the way.",
        ),
        (
            "틀리면 decrypt_error로 끝납니다. 대화가 변조되었거나 키가 서로 다릅니다.",
            "When it does not, the handshake ends with decrypt_error: something was changed, or the keys differ.",
        ),
    ),
    "certificate_url": (
        ("인증서 대신 가져올 주소를 보냅니다.", "Says where to fetch the certificate."),
        ("client_certificate_url 확장을 합의했을 때 씁니다.", "Used when client_certificate_url was agreed on."),
        (
            "서버가 모르는 주소에 접속해야 하므로 거의 쓰이지 않습니다.",
            "It makes the server visit unknown addresses and is hardly used.",
        ),
    ),
    "certificate_status": (
        (
            "인증서가 폐기되지 않았다는 OCSP 응답을 붙여 보냅니다.",
            "A stapled OCSP response: the certificate is not revoked.",
        ),
        (
            "클라이언트가 status_request를 보냈고 서버가 응답을 준비해 두었습니다.",
            "The client sent status_request, and the server had a response ready.",
        ),
        (
            "오래된 응답은 믿을 수 없습니다. 기한이 안에 적혀 있습니다.",
            "A response that is too old can't be trusted; its dates stand inside.",
        ),
    ),
    "supplemental_data": (
        ("인가 정보 등을 덧붙입니다.", "Additional data, such as authorisation."),
        ("client_authz나 server_authz를 합의했을 때 씁니다.", "Used when client_authz or server_authz was agreed on."),
        ("거의 쓰이지 않습니다.", "Hardly used."),
    ),
    "key_update": (
        ("보낸 쪽이 새 키로 넘어갑니다.", "The sender goes over to a new key."),
        (
            "키 하나로 너무 많은 데이터를 보호하지 않으려고, 또는 지난 데이터의 키를 버리려고 보냅니다.",
            "So that one key does not protect too much, or that the key of the past can be thrown away.",
        ),
        ("이 뒤의 레코드를 옛 키로 열려고 하면 실패합니다.", "Records after it don't open with the old key."),
    ),
    "compressed_certificate": (
        ("압축한 인증서 체인입니다.", "The certificate chain, compressed."),
        (
            "클라이언트가 compress_certificate를 보냈습니다. 짧은 체인은 왕복을 아낍니다.",
            "The client sent compress_certificate; a shorter chain saves round trips.",
        ),
        (
            "풀린 길이가 적힌 것과 다르면 bad_certificate로 끝납니다.",
            "If it unpacks to another length than it says, the handshake ends with bad_certificate.",
        ),
    ),
    "ekt_key": (
        ("그룹 통화에 쓸 SRTP 키를 나눕니다.", "Hands out an SRTP key for a conference."),
        ("supported_ekt_ciphers를 합의했을 때 씁니다.", "Used when supported_ekt_ciphers was agreed on."),
        ("TCP 위의 TLS에서는 보기 어렵습니다.", "Hardly ever seen over TCP."),
    ),
    "next_protocol": (
        ("클라이언트가 애플리케이션 프로토콜을 고릅니다(NPN).", "The client chooses the application protocol (NPN)."),
        ("ALPN이 나오기 전 SPDY 시절의 방식입니다.", "The way of the days of SPDY, before ALPN."),
        ("ALPN으로 바뀌어 이제 쓰이지 않습니다.", "Replaced by ALPN."),
    ),
    "message_hash": (
        ("실제로 오가지 않는 가상의 메시지입니다.", "A message that never crosses the wire."),
        (
            "HelloRetryRequest 뒤에 첫 ClientHello의 해시가 이 이름으로 기록에 들어갑니다.",
            "After a HelloRetryRequest the hash of the first ClientHello enters the transcript under this name.",
        ),
        ("전송되었다면 잘못된 것입니다.", "If it is sent, something is wrong."),
    ),
}

UNKNOWN_MESSAGE = (
    ("등록부에 없는 핸드셰이크 메시지입니다.", "A handshake message that no registry knows."),
    ("왜 왔는지 알 수 없습니다.", "Why it comes is not known."),
    ("받는 쪽은 unexpected_message로 끝낼 것입니다.", "A receiver would stop with unexpected_message."),
)

# Steps that are no handshake messages.
STEPS: dict[str, tuple[tuple[str, str], tuple[str, str]]] = {
    "change_cipher_spec_12": (
        (
            "이 뒤로는 새 키로 보호하여 보낸다는 신호입니다.",
            "From here on the sender protects its records with the new keys.",
        ),
        (
            "키 교환이 끝났으므로 이제 암호화를 켭니다. 다음에 오는 Finished가 첫 암호화 메시지입니다.",
            "The key exchange is done, so protection is switched on; the Finished that follows is the first message under it.",
        ),
    ),
    "change_cipher_spec_13": (
        ("TLS 1.3에서는 뜻이 없는 레코드입니다.", "A record without meaning in TLS 1.3."),
        ("TLS 1.2만 아는 중간 장비를 안심시키려고 보냅니다.", "It keeps middleboxes calm that know only TLS 1.2."),
    ),
    "data": (
        ("애플리케이션 데이터입니다.", "Application data."),
        (
            "핸드셰이크가 끝나 이제 본래의 용건이 오갑니다.",
            "The handshake is done, and what the connection was opened for crosses now.",
        ),
    ),
    "early": (
        (
            "0-RTT 데이터입니다. 핸드셰이크를 기다리지 않고 지난 연결의 키로 보냅니다.",
            "0-RTT data, sent under a key of an earlier connection without waiting for the handshake.",
        ),
        (
            "왕복 한 번을 아끼지만, 엿들은 사람이 다시 보낼 수 있으므로 되풀이해도 괜찮은 요청만 실어야 합니다.",
            "It saves a round trip, but an eavesdropper can send it again, so only what may happen twice belongs here.",
        ),
    ),
    "sealed": (
        (
            "암호화된 레코드이고 열 열쇠가 없습니다. 보이는 것은 길이와 시각뿐입니다.",
            "Encrypted records without a key to open them: only sizes and times are visible.",
        ),
        (
            "키 로그나 개인 키를 주면 열 수 있는 경우가 있습니다.",
            "A key log, or in some cases a private key, would open them.",
        ),
    ),
    "heartbeat": (
        ("연결이 살아 있는지 묻는 heartbeat입니다.", "A heartbeat: is the other side still there?"),
        ("받은 쪽은 내용을 그대로 되돌려 줍니다.", "The receiver sends the payload back."),
    ),
    "ssl2": (
        ("SSL 2.0 형식의 hello입니다.", "A hello in the form of SSL 2.0."),
        (
            "상대가 어떤 버전을 아는지 모르던 1990년대의 클라이언트가 가장 오래된 형식으로 말을 걸었습니다.",
            "Clients of the nineties began in the oldest form because they could not know what the other side spoke.",
        ),
    ),
    "broken": (
        ("읽을 수 없는 레코드나 메시지입니다.", "A record or message that can't be read."),
        ("어디에서 왜 어긋났는지를 보입니다.", "Where and why it breaks is shown."),
    ),
    "foreign": (
        ("TLS가 아닌 바이트입니다.", "Bytes that are no TLS."),
        (
            "상대가 TLS를 모르거나 다른 프로토콜로 답했을 수 있습니다.",
            "The other side may not know TLS, or may have answered in another protocol.",
        ),
    ),
    "lost": (
        ("캡처에 없는 바이트입니다.", "Bytes that are not in the capture."),
        ("받는 쪽은 받았지만 캡처한 곳에서 놓쳤습니다.", "The receiver had them; the capture missed them."),
    ),
    "alert": (
        ("경보입니다. 무언가를 알리거나 연결을 끝냅니다.", "An alert: it tells something, or ends the connection."),
        (
            "말한 쪽이 더 계속할 수 없거나, 다 보냈기 때문입니다.",
            "The sender can't go on, or has nothing more to send.",
        ),
    ),
}

CONTENT_TYPES: dict[str, tuple[str, str]] = {
    "invalid": ("쓰이지 않는 번호입니다.", "A number that is not used."),
    "change_cipher_spec": ("보호를 켠다는 신호 (TLS 1.2까지).", "Switches protection on, up to TLS 1.2."),
    "alert": ("경보.", "Alerts."),
    "handshake": ("핸드셰이크 메시지.", "Handshake messages."),
    "application_data": (
        "애플리케이션 데이터. TLS 1.3에서는 암호화된 모든 것이 이 이름으로 갑니다.",
        "Application data; in TLS 1.3 everything encrypted goes by this name.",
    ),
    "heartbeat": ("살아 있는지 확인하는 신호.", "Signs of life."),
    "tls12_cid": ("연결 번호가 붙은 레코드 (DTLS).", "A record with a connection ID (DTLS)."),
    "ack": ("받았다는 확인 (DTLS 1.3).", "An acknowledgement (DTLS 1.3)."),
}

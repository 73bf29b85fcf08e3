"""Alerts by their registered name: what each says, and what usually lies behind it."""

ALERTS: dict[str, tuple[str, str]] = {
    "close_notify": (
        "더 보낼 것이 없습니다. 정상적인 끝이며, 중간에 잘린 것과 구별됩니다.",
        "Nothing more will come: a proper end, which can be told from a cut.",
    ),
    "unexpected_message": ("지금 올 차례가 아닌 메시지가 왔습니다.", "A message came that was not due."),
    "bad_record_mac": (
        "레코드가 열리지 않습니다. 변조되었거나 키가 다릅니다.",
        "A record does not open: it was changed, or the keys differ.",
    ),
    "decryption_failed": (
        "옛 버전의 복호화 실패입니다. 공격자에게 단서를 주어 없어졌습니다.",
        "Decryption failed, in old versions; dropped because it told attackers too much.",
    ),
    "record_overflow": ("레코드가 너무 큽니다.", "A record is too large."),
    "decompression_failure": ("압축을 풀지 못했습니다.", "Something did not decompress."),
    "handshake_failure": (
        "서로 맞는 것이 없습니다. 보통 공통의 암호 스위트나 그룹이 없을 때입니다.",
        "The two sides have nothing in common, usually no suite or group.",
    ),
    "no_certificate": ("보여 줄 인증서가 없습니다(SSL 3.0).", "No certificate to show (SSL 3.0)."),
    "bad_certificate": (
        "인증서가 망가졌거나 서명이 맞지 않습니다.",
        "The certificate is corrupt, or its signature does not fit.",
    ),
    "unsupported_certificate": ("다룰 수 없는 종류의 인증서입니다.", "A kind of certificate that is not supported."),
    "certificate_revoked": ("인증서가 폐기되었습니다.", "The certificate was revoked."),
    "certificate_expired": (
        "인증서의 기한이 지났거나 아직 시작되지 않았습니다. 시계가 틀렸을 수도 있습니다.",
        "The certificate has expired or is not valid yet; a clock may be wrong.",
    ),
    "certificate_unknown": (
        "인증서를 받아들일 수 없지만 이유를 밝히지 않습니다.",
        "The certificate is refused for a reason not given.",
    ),
    "illegal_parameter": ("칸의 값이 규칙에 어긋납니다.", "A field has a value that is against the rules."),
    "unknown_ca": (
        "체인이 믿는 루트에 닿지 않습니다. 중간 인증서를 빠뜨렸을 때 흔합니다.",
        "The chain leads to no trusted root; often an intermediate is missing.",
    ),
    "access_denied": (
        "인증서는 맞지만 접근이 허용되지 않습니다.",
        "The certificate is fine, but access is not allowed.",
    ),
    "decode_error": ("메시지의 형식이 맞지 않아 읽을 수 없습니다.", "A message does not have the right shape."),
    "decrypt_error": ("서명이나 Finished 값이 맞지 않습니다.", "A signature or a Finished value is wrong."),
    "too_many_cids_requested": (
        "연결 번호를 너무 많이 청했습니다(DTLS).",
        "Too many connection IDs were asked for (DTLS).",
    ),
    "export_restriction": ("수출 규제에 걸렸습니다(옛 버전).", "Export rules were violated (of the past)."),
    "protocol_version": (
        "제안한 버전을 쓸 수 없습니다. 한쪽이 너무 오래되었습니다.",
        "The version is not supported: one of the two is too old.",
    ),
    "insufficient_security": (
        "제안이 서버가 요구하는 것보다 약합니다.",
        "What was offered is weaker than the server demands.",
    ),
    "internal_error": ("상대와 관계없는 내부 문제입니다.", "A problem inside, not the peer's fault."),
    "inappropriate_fallback": (
        "클라이언트가 필요 없이 낮은 버전으로 다시 시도했습니다. 누가 끌어내리려는 것일 수 있습니다.",
        "The client retried with a lower version for no reason; someone may be pulling it down.",
    ),
    "user_canceled": ("사용자가 그만두었습니다.", "The user gave up."),
    "no_renegotiation": ("재협상을 하지 않겠다는 답입니다.", "A renegotiation is declined."),
    "missing_extension": ("꼭 있어야 할 확장이 없습니다.", "An extension that has to be there is missing."),
    "unsupported_extension": (
        "청하지 않은 확장이 답에 들어 있습니다.",
        "The answer holds an extension that was not asked for.",
    ),
    "certificate_unobtainable": (
        "알려 준 주소에서 인증서를 가져오지 못했습니다.",
        "The certificate could not be fetched from the address given.",
    ),
    "unrecognized_name": ("그 이름의 서버는 여기에 없습니다.", "No server of that name is here."),
    "bad_certificate_status_response": ("붙여 온 OCSP 응답이 잘못되었습니다.", "The stapled OCSP response is wrong."),
    "bad_certificate_hash_value": ("인증서의 해시가 맞지 않습니다.", "The certificate's hash does not fit."),
    "unknown_psk_identity": ("그 이름의 사전 공유 키를 모릅니다.", "No pre-shared key of that name is known."),
    "certificate_required": (
        "클라이언트 인증서가 꼭 필요한데 오지 않았습니다.",
        "A client certificate is required and none came.",
    ),
    "general_error": ("다른 이름이 없는 실패입니다.", "A failure that has no other name."),
    "no_application_protocol": (
        "함께 쓸 수 있는 애플리케이션 프로토콜이 없습니다(ALPN).",
        "No application protocol in common (ALPN).",
    ),
    "ech_required": (
        "서버가 ECH를 열지 못했으니 새 설정으로 다시 오라는 클라이언트의 알림입니다.",
        "The client says that ECH was not accepted and that it will come again with a fresh configuration.",
    ),
}
LEVELS: dict[str, tuple[str, str]] = {
    "warning": ("경고: 연결은 이어질 수 있습니다.", "A warning: the connection may go on."),
    "fatal": ("치명적: 연결이 여기서 끝납니다.", "Fatal: the connection ends here."),
}

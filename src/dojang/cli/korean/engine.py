"""Korean for what the engine says: of its configuration, of the peer, of the handshake."""

SENTENCES: dict[str, str] = {
    # config
    "at least one {what} is needed": "{what:이/가} 하나 이상 필요합니다",
    "dojang does not speak the {what} {value}": "dojang은 {what} {value:을/를} 지원하지 않습니다",
    "a credential needs at least one certificate": "인증서가 하나 이상 있어야 합니다",
    "a credential needs either a private key or a signer": "개인 키나 서명 함수 중 하나가 있어야 합니다",
    "the private key does not belong to the certificate of {subject}": (
        "개인 키가 {subject} 인증서의 것이 아닙니다. 인증서와 키의 짝이 맞지 않습니다"
    ),
    "no TLS 1.3 signature scheme fits the key of {subject}": "{subject}의 키로 만들 수 있는 TLS 1.3 서명 방식이 없습니다",
    "a server needs a credential or a callable that chooses one": "서버에는 인증서와 키, 또는 그것을 고르는 함수가 필요합니다",
    'unknown_name is "default" or "refuse", not {value}': 'unknown_name은 "default"나 "refuse"여야 합니다. {value:은/는} 쓸 수 없습니다',
    "client certificates are asked for, and nothing says whom to trust: set client_trust": (
        "클라이언트 인증서를 요구하면서 누구를 믿을지 정하지 않았습니다. client_trust를 지정하세요"
    ),
    "{scheme} can't sign a TLS 1.3 handshake": "{scheme:으로/로}는 TLS 1.3 핸드셰이크에 서명할 수 없습니다",
    "an ALPN name is 1 to 255 bytes long, {name} is not": "ALPN 이름은 1~255바이트여야 하는데 {name:은/는} 그렇지 않습니다",
    "a share for {group}, which is not among the groups": "{group} 공개 값을 보내라고 했지만 쓸 그룹 목록에 없습니다",
    # foreign
    "the peer began with a hello of SSL 2.0, which is long broken": "상대가 오래전에 깨진 SSL 2.0의 hello로 시작했습니다",
    "the peer speaks {protocol}, not TLS": "상대는 TLS가 아니라 {protocol:으로/로} 말하고 있습니다",
    "the peer does not speak TLS: its first bytes are {start}": "상대는 TLS를 쓰지 않습니다. 처음 받은 바이트: {start}",
    # records
    "a record of type {type} {where}": "{where} {type} 레코드가 왔습니다",
    "a handshake message goes on past a change of keys": "핸드셰이크 메시지 하나가 키가 바뀌는 지점에 걸쳐 있습니다",
    "an empty record of type {type}": "내용이 없는 {type} 레코드입니다",
    "a record begins with {start}, which no TLS record does": "레코드가 {start:으로/로} 시작합니다. 그런 TLS 레코드는 없습니다",
    "a record of {size} bytes, {limit} is the most": "레코드가 {size}바이트입니다. 최대 {limit}바이트까지만 허용됩니다",
}

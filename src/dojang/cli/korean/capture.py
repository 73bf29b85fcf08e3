"""Korean for captures: files that can't be read, streams that break off."""

SENTENCES: dict[str, str] = {
    "this file is no capture: neither pcap nor pcapng": "이 파일은 pcap도 pcapng도 아니어서 패킷 캡처로 읽을 수 없습니다",
    "the capture ends in the middle of a packet": "캡처 파일이 패킷 중간에서 끝났습니다",
    "the capture has a packet of {size} bytes, which can't be": "캡처에 {size}바이트짜리 패킷이 있다고 적혀 있는데, 그럴 수는 없습니다",
    "the capture has a block of {size} bytes, which can't be": "캡처에 {size}바이트짜리 블록이 있다고 적혀 있는데, 그럴 수는 없습니다",
    "the capture has a packet of interface {number}, which it does not describe": (
        "인터페이스 {number}의 패킷이 있지만 캡처에 그 인터페이스에 대한 설명이 없습니다"
    ),
    "a key log of {size} bytes is too large": "키 로그가 {size}바이트로 너무 큽니다",
    "only an RSA private key opens recorded sessions, and only those with static RSA key exchange": (
        "기록된 세션을 열 수 있는 것은 RSA 개인 키뿐이고, 그것도 고정 RSA 키 교환을 쓴 세션만 열 수 있습니다"
    ),
    "the stream ends inside a record: {size} bytes of it are here": "스트림이 레코드 중간에서 끝났습니다. 그중 {size}바이트만 있습니다",
    "{what}: {size} bytes that are no whole message": "{what}: 온전한 메시지가 아닌 {size}바이트입니다",
    "a handshake message breaks off: {size} bytes wanted, {left} are here": (
        "핸드셰이크 메시지가 중간에 끊겼습니다. {size}바이트가 필요한데 {left}바이트만 있습니다"
    ),
}

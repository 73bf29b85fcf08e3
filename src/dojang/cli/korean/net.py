"""Korean for what sockets say."""

SENTENCES: dict[str, str] = {
    # fetch
    "{url} did not answer: {fault}": "{url}에서 응답을 받지 못했습니다: {fault}",
    "{url} sends from one place to the next": "{url:이/가} 다른 주소로 계속 넘깁니다",
    "{url} is no plain http address": "{url:은/는} 평문 http 주소가 아닙니다",
    "{url} answered with status {status}": "{url:이/가} 상태 {status:으로/로} 답했습니다",
    "{url} sent more than {limit} bytes": "{url:이/가} {limit}바이트보다 많이 보냈습니다",
    "{url} leads to {address}, inside this machine's own network": (
        "{url:은/는} 내부 네트워크의 주소 {address}로 이어져 접속하지 않았습니다"
    ),
    "{url} has no address": "{url}의 주소를 찾지 못했습니다",
    "there is no session before the handshake is over": "핸드셰이크가 끝나기 전에는 세션이 없습니다",
    # private_files
    "{file} is not a regular file": "{file:은/는} 일반 파일이 아닙니다",
    "{file} belongs to another user, who could have put anything there": (
        "{file:은/는} 다른 사용자의 파일이라 무엇이 들어 있을지 믿을 수 없습니다"
    ),
    "{file} is open to other users (mode {mode}); it holds secrets, so: chmod 600": (
        "{file:은/는} 다른 사용자도 열 수 있습니다(권한 {mode}). 비밀이 담긴 파일이므로 chmod 600으로 닫아 주세요"
    ),
    "{file} can't be opened: {fault}": "{file:을/를} 열 수 없습니다: {fault}",
    "another process holds {file} and does not let go": "다른 프로세스가 {file:을/를} 잡고 놓지 않습니다",
    # ticket_stores
    "{file} is damaged or holds something other than ticket keys; delete it to begin with new ones": (
        "{file:이/가} 손상되었거나 티켓 키 파일이 아닙니다. 지우면 새 키로 시작합니다"
    ),
    "{file} can't be read: {fault}": "{file:을/를} 읽을 수 없습니다: {fault}",
    # sqlite_stores
    "the store {file} can't answer: {fault}": "저장소 {file:이/가} 응답하지 않습니다: {fault}",
    # redis_stores
    "stores in Redis need the package redis: pip install 'dojang[redis]'": (
        "Redis 저장소를 쓰려면 redis 패키지가 필요합니다: pip install 'dojang[redis]'"
    ),
    "the address of Redis is not of the form redis://host:port/number": (
        "Redis 주소는 redis://호스트:포트/번호 꼴이어야 합니다"
    ),
    "Redis can't answer: {fault}": "Redis가 응답하지 않습니다: {fault}",
    "there is no ticket key for this time": "지금 쓸 티켓 키가 없습니다",
    "Redis holds something other than a ticket key where one should be": "Redis의 티켓 키 자리에 다른 것이 들어 있습니다",
    "Redis does not say since when it remembers strikes": (
        "Redis에 재전송 방지 기록이 언제부터 남아 있는지 알 수 없습니다"
    ),
    "Redis may evict strikes (maxmemory-policy {policy}); a register needs noeviction": (
        "Redis가 재전송 방지 기록을 지울 수 있습니다(maxmemory-policy {policy}). noeviction으로 설정해야 합니다"
    ),
    # preambles
    "dojang does not know how TLS begins in {protocol}; it knows {known}": (
        "{protocol}에서 TLS를 시작하는 방법을 모릅니다. 아는 프로토콜: {known}"
    ),
    "{name} is no name to say to a server": "{name:은/는} 서버에 말할 수 있는 이름이 아닙니다",
    "after its go-ahead the {protocol} server sent {size} more bytes in the clear: someone on the way may have "
    "put them there, to be taken for part of the protected conversation": (
        "{protocol} 서버가 TLS를 시작하자고 답한 뒤에 평문 {size}바이트가 더 왔습니다. "
        "보호된 대화의 일부로 보이도록 중간에서 누군가 끼워 넣었을 수 있습니다"
    ),
    "the {protocol} server ended the connection before TLS could begin": (
        "TLS를 시작하기 전에 {protocol} 서버가 연결을 끊었습니다"
    ),
    "the {protocol} server breaks the rules: {fault}": "{protocol} 서버가 규칙을 어겼습니다: {fault}",
    "the server does not speak {protocol}; it says: {start}": "{protocol} 서버가 아닙니다. 서버가 보낸 것: {start}",
    "the {protocol} server does not begin TLS; it says: {answer}": (
        "{protocol} 서버가 TLS를 시작하지 않습니다. 서버의 답: {answer}"
    ),
    "the {protocol} server offers no TLS on this connection, or someone on the way has removed the offer": (
        "{protocol} 서버가 이 연결에서 TLS를 제안하지 않았습니다. 중간에서 누군가 제안을 지웠을 수도 있습니다"
    ),
}

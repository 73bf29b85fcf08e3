"""Korean for what sockets say."""

SENTENCES: dict[str, str] = {
    "there is no session before the handshake is over": "핸드셰이크가 끝나기 전에는 세션이 없습니다",
}

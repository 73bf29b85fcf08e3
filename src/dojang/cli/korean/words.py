"""Single words that stand in error details: who, which side."""

WORDS = {
    "client": "클라이언트",
    "server": "서버",
    "peer": "상대",
}

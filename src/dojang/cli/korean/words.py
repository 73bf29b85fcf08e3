"""Words and phrases that stand inside an error's details: who, what, where."""

WORDS = {
    "client": "클라이언트",
    "server": "서버",
    "peer": "상대",
    "suite": "암호 스위트",
    "group": "그룹",
    "signature scheme": "서명 방식",
    "an unnamed subject": "이름 없는 주체",
    "server certificate": "서버 인증서 선택",
    "client certificate": "클라이언트 인증서 선택",
    "signature": "서명",
    "an answer that was not asked for": "묻지 않은 답",
    "an answer without end": "끝나지 않는 답",
    "a document type declaration": "문서 형식 선언",
}

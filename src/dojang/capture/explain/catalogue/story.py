"""Sentences about this very conversation: how things were chosen, what was proved, what an eavesdropper saw."""

FACTS: dict[str, tuple[str, str]] = {
    "sni": ("찾는 이름: {name}", "Looks for {name}."),
    "no_sni": (
        "SNI가 없습니다. 주소로 접속했거나 이름을 말하지 않았습니다.",
        "No SNI: it connects by address, or does not say which name it wants.",
    ),
    "versions": ("제안한 버전: {names}", "Versions on offer: {names}."),
    "suites": (
        "암호 스위트 {count}개를 제안했고, 가장 원하는 것은 {first}입니다.",
        "Offers {count} cipher suites and likes {first} best.",
    ),
    "shares": ("키 교환의 공개 값을 미리 보냈습니다: {names}", "Sends key shares ahead for {names}."),
    "alpn_offer": ("쓰고 싶은 프로토콜: {names}", "Wants to speak {names}."),
    "alpn": ("합의한 프로토콜: {name}", "Agreed to speak {name}."),
    "grease": (
        "GREASE 값을 섞었습니다. 크롬 계열 브라우저의 특징입니다.",
        "Mixes in GREASE, as browsers of Chromium's kind do.",
    ),
    "resumes": ("지난 세션을 이어 가자고 합니다.", "Wants to go on with an earlier session."),
    "early": ("0-RTT 데이터를 함께 보냅니다.", "Sends 0-RTT data along."),
    "ech": (
        "ECH가 있습니다. 진짜 이름은 안쪽에 있거나, 흉내만 낸 것일 수 있습니다.",
        "ECH is present: the real name is inside, or it is only pretended.",
    ),
    "ja4": ("JA4 지문: {value}", "JA4 fingerprint: {value}"),
    "ja3": ("JA3 지문: {value}", "JA3 fingerprint: {value}"),
    "chosen_version": ("고른 버전: {name}", "Chooses {name}."),
    "chosen_suite": (
        "고른 암호 스위트: {name}. 클라이언트의 목록에서 {place}번째였습니다.",
        "Chooses {name}, number {place} on the client's list.",
    ),
    "suite_not_offered": (
        "고른 암호 스위트 {name} 항목은 클라이언트가 제안하지 않았습니다.",
        "Chooses {name}, which the client did not offer.",
    ),
    "chosen_group": ("키 교환 그룹: {name}", "Key exchange group: {name}."),
    "retry_group": ("{name} 그룹의 공개 값을 보내 달라고 합니다.", "Asks for a share of {name}."),
    "resumed": (
        "지난 세션을 이어 가므로 인증서를 다시 보이지 않습니다.",
        "Goes on with an earlier session: no certificate is needed.",
    ),
    "downgrade": (
        "난수 끝에 낮은 버전으로 내려갔다는 표시(DOWNGRD)가 있습니다.",
        "Its random ends with the mark of a downgrade (DOWNGRD).",
    ),
    "leaf": ("보낸 쪽 자신의 인증서: {subject}, 발급: {issuer}", "The sender's own: {subject}, issued by {issuer}."),
    "names": ("이 인증서의 이름: {names}", "Its names: {names}."),
    "validity": ("유효 기간: {not_before}부터 {not_after}까지", "Valid from {not_before} to {not_after}."),
    "expired": (
        "캡처한 때에는 이미 기한이 지났거나 아직 시작되지 않았습니다.",
        "At the time of the capture it had expired or was not valid yet.",
    ),
    "chain": ("체인은 인증서 {count}장입니다.", "The chain has {count} certificates."),
    "no_certificate": ("빈 목록: 보여 줄 인증서가 없습니다.", "An empty list: no certificate to show."),
    "ocsp": ("OCSP 응답: {status}, {this_update} 기준", "OCSP: {status}, as of {this_update}."),
    "scheme": ("서명 방식: {name}", "Signature scheme: {name}."),
    "lifetime": ("티켓은 {seconds}초 동안 쓸 수 있습니다.", "The ticket is good for {seconds} seconds."),
    "bytes": ("{size}바이트, 레코드 {records}개", "{size} bytes in {records} records."),
    "heartbeat_padding": (
        "뒤에 와야 할 16바이트 이상의 채움이 없습니다. 받는 쪽은 이런 heartbeat를 버려야 합니다. 공격 도구가 이렇게 보냅니다.",
        "The sixteen or more bytes of padding that have to follow are missing: a receiver has to discard it. Attack tools send such.",
    ),
    "bytes_one": ("{size}바이트, 레코드 1개", "{size} bytes in one record."),
    "chain_one": ("체인은 인증서 한 장입니다.", "The chain is this one certificate."),
    "heartbleed": (
        "길이가 {claimed}라고 주장하지만 실제 내용은 {size}바이트뿐입니다. Heartbleed 공격의 모습입니다.",
        "Claims a length of {claimed}, but only {size} bytes are there: this is what Heartbleed looks like.",
    ),
    "level": ("수준: {level}", "Level: {level}"),
    "ssl2_ciphers": ("제안한 암호: {names}", "Ciphers on offer: {names}."),
    "http": ("HTTP/1 메시지: {line}", "HTTP/1: {line}"),
    "http2": ("HTTP/2 프레임: {names}", "HTTP/2 frames: {names}"),
    "text": ("글: {line}", "Text: {line}"),
    "binary": ("글이 아닌 데이터: {line}", "Not text: {line}"),
    "records_of": ("레코드 {records}개에 나뉘어 왔습니다.", "It came in {records} records."),
}

CHECKS: dict[str, tuple[str, str]] = {
    "finished_true": (
        "Finished 값을 다시 계산해 보니 맞습니다. 핸드셰이크는 변조되지 않았습니다.",
        "The Finished value was computed again and is right: the handshake was not changed.",
    ),
    "finished_false": ("Finished 값이 다시 계산한 것과 다릅니다.", "The Finished value is not what it should be."),
    "signature_true": (
        "서명을 확인했습니다. 인증서의 키로 만든 것이 맞습니다.",
        "The signature was checked: the certificate's key made it.",
    ),
    "signature_false": ("서명이 인증서의 키와 맞지 않습니다.", "The signature does not fit the certificate's key."),
    "binder_true": (
        "binder를 확인했습니다. 클라이언트는 내민 키를 알고 있습니다.",
        "The binder is right: the client knows the key it offers.",
    ),
    "binder_false": ("binder가 주어진 키와 맞지 않습니다.", "The binder does not fit the key that was given."),
    "no_secret": ("비밀이 주어지지 않아 확인할 수 없습니다.", "Can't be checked without the secret."),
    "no_certificate": (
        "인증서가 캡처에 없어 확인할 수 없습니다.",
        "Can't be checked: the certificate is not in the capture.",
    ),
    "unsupported": ("이 방식의 서명은 여기서 확인할 수 없습니다.", "This kind of signature can't be checked here."),
    "incomplete": (
        "핸드셰이크의 앞부분이 캡처에 없어 확인할 수 없습니다.",
        "Can't be checked: the beginning of the handshake is missing.",
    ),
}

ENDS: dict[str, tuple[str, str]] = {
    "server_proved": (
        "서버는 {name} 인증서의 개인 키를 가졌음을 클라이언트에게 증명했습니다. 그 인증서를 믿을지는 클라이언트가 정합니다.",
        "The server proved to the client that it holds the key of {name}'s certificate. Whether to trust that certificate is the client's decision.",
    ),
    "server_hidden": (
        "서버의 인증서는 암호화되어 있어 이 캡처만으로는 보이지 않습니다.",
        "The server's certificate is encrypted and can't be seen in this capture.",
    ),
    "server_rsa": (
        "서버는 {name} 인증서의 키로만 열 수 있는 비밀을 열어 자기를 증명했습니다.",
        "The server proved itself by opening a secret that only the key of {name}'s certificate can open.",
    ),
    "server_anonymous": (
        "서버는 아무것도 증명하지 않았습니다. 중간자가 있어도 알 수 없습니다.",
        "The server proved nothing: a man in the middle would go unnoticed.",
    ),
    "resumed": (
        "양쪽은 지난 세션의 비밀을 아는 것으로 서로를 알아보았습니다.",
        "Both sides knew each other by the secret of an earlier session.",
    ),
    "client_proved": (
        "클라이언트도 {name} 인증서로 자기를 증명했습니다.",
        "The client proved itself too, with the certificate of {name}.",
    ),
    "client_anonymous": ("클라이언트는 자기가 누구인지 증명하지 않았습니다.", "The client did not prove who it is."),
    "confirmed": (
        "양쪽의 Finished를 확인했습니다. 핸드셰이크는 처음부터 끝까지 그대로였습니다.",
        "Both Finished values were checked: the handshake is what both sides saw.",
    ),
    "forward_secret": (
        "키는 이 연결만을 위한 것이었으므로, 나중에 서버의 키가 새어 나가도 이 기록은 열리지 않습니다.",
        "The keys were made for this connection alone: a server key that leaks later does not open this recording.",
    ),
    "not_forward_secret": (
        "서버의 개인 키를 얻는 사람은 이 기록을 열 수 있습니다.",
        "Whoever obtains the server's private key can open this recording.",
    ),
    "rsa_needs_key": (
        "고정 RSA 키 교환이므로 서버의 RSA 개인 키(--rsa-key)로 열 수 있습니다.",
        "The key exchange is static RSA: the server's RSA private key (--rsa-key) opens it.",
    ),
    "ecdhe_needs_log": (
        "임시 키로 교환했으므로 서버의 개인 키로는 열 수 없습니다. 연결할 때 적어 둔 키 로그가 있어야 합니다.",
        "The keys were ephemeral, so the server's private key is of no use here; it takes a key log written at the time.",
    ),
    "opened": (
        "주어진 비밀로 애플리케이션 데이터 {size}바이트를 열었습니다.",
        "The secrets given opened {size} bytes of application data.",
    ),
    "failed": ("핸드셰이크는 {alert} 경보로 끝났습니다.", "The handshake ended with the alert {alert}."),
    "unanswered": ("서버의 답이 캡처에 없습니다.", "The server's answer is not in the capture."),
    "unfinished": ("핸드셰이크의 끝이 캡처에 없습니다.", "The end of the handshake is not in the capture."),
    "weak": (
        "{name} 버전은 안전하지 않으며 더는 쓰지 말아야 합니다.",
        "{name} is not secure and should not be used any more.",
    ),
    "closed": ("close_notify로 제대로 끝났습니다.", "It was closed properly, with close_notify."),
}

SEEN: dict[str, tuple[str, str]] = {
    "addresses": (
        "두 주소와 포트, 시각: {client}에서 {server}까지",
        "Both addresses and the times: {client} to {server}.",
    ),
    "sni": ("찾는 이름(SNI): {name}", "The name looked for (SNI): {name}."),
    "no_sni": ("이름은 보지 못했습니다.", "No name."),
    "ech": (
        "바깥 이름만 보았습니다. 진짜 이름은 ECH 안에 있을 수 있습니다.",
        "Only the outer name; the real one may be inside ECH.",
    ),
    "certificate": ("서버의 인증서: {name}", "The server's certificate: {name}."),
    "no_certificate": ("인증서는 보지 못했습니다. 암호화되어 있습니다.", "Not the certificate, which was encrypted."),
    "client_certificate": ("클라이언트의 인증서: {name}", "The client's certificate: {name}."),
    "fingerprint": (
        "클라이언트의 종류를 짐작하게 하는 지문: {value}",
        "A fingerprint of the client's software: {value}.",
    ),
    "alpn": ("프로토콜: {names}", "The protocols: {names}."),
    "sizes": (
        "데이터의 양: 클라이언트가 {client}바이트, 서버가 {server}바이트",
        "How much was said: {client} bytes by the client, {server} by the server.",
    ),
    "content": ("암호화가 없어 내용까지 모두 보았습니다.", "Everything: nothing was encrypted."),
    "preface": ("TLS 앞의 대화: {names}", "The conversation before TLS: {names}."),
}

"""Korean for what the engine says: of its configuration, of the peer, of the handshake."""

SENTENCES: dict[str, str] = {
    # config
    "at least one {what} is needed": "{what:이/가} 하나 이상 필요합니다",
    "dojang does not speak the {what} {value}": "dojang은 {what} {value:을/를} 지원하지 않습니다",
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
    "a key must be good for two records at least: one of data, one for its KeyUpdate": (
        "키 하나로 적어도 레코드 두 개, 곧 데이터 하나와 KeyUpdate 하나는 보호할 수 있어야 합니다"
    ),
    "an ALPN name is 1 to 255 bytes long, {name} is not": "ALPN 이름은 1~255바이트여야 하는데 {name:은/는} 그렇지 않습니다",
    "a share for {group}, which is not among the groups": "{group} 공개 값을 보내라고 했지만 쓸 그룹 목록에 없습니다",
    "SNI holds names, no addresses: {name}": "SNI에는 이름만 넣을 수 있고 주소는 넣을 수 없습니다: {name}",
    "certificates can't be compressed with {algorithm} here": "여기서는 인증서를 {algorithm:으로/로} 압축할 수 없습니다",
    # certificate compression
    "the {peer} compressed its certificate with {algorithm}, which was not offered": (
        "{peer:이/가} 제안하지 않은 {algorithm:으로/로} 인증서를 압축했습니다"
    ),
    "the {peer}'s compressed certificate does not inflate to what it announces": (
        "{peer}의 압축된 인증서를 풀었더니 알린 길이와 다르거나 아예 풀리지 않습니다"
    ),
    # limits
    "record_size_limit is 64 to 16385 bytes, not {size}": "record_size_limit는 64~16385바이트여야 하는데 {size:이/가} 주어졌습니다",
    "max_fragment_length is 512, 1024, 2048 or 4096, not {size}": (
        "max_fragment_length는 512, 1024, 2048, 4096 가운데 하나여야 하는데 {size:이/가} 주어졌습니다"
    ),
    "the client asks for the fragment length {code}, which means nothing": (
        "클라이언트가 정의되지 않은 조각 길이 코드 {code:을/를} 요구합니다"
    ),
    "the server answered both record_size_limit and max_fragment_length": (
        "서버가 record_size_limit과 max_fragment_length에 모두 답했습니다"
    ),
    "the server answered another fragment length than it was asked for": "서버가 요구한 것과 다른 조각 길이로 답했습니다",
    "the {peer} takes records of {limit} bytes at most; {least} is the least there may be": (
        "{peer:은/는} 레코드를 {limit}바이트까지만 받겠다고 하지만, 그 한도는 적어도 {least}바이트여야 합니다"
    ),
    "a credential needs either certificates or a raw public key": "인증서나 인증서 없는 공개 키 중 하나가 있어야 합니다",
    # raw public keys, delegated credentials, authentication after the handshake
    "the server chose the certificate type {type}, which was not offered": (
        "서버가 제안하지 않은 인증서 종류 {type:을/를} 골랐습니다"
    ),
    "the {peer}'s raw public key is none of those that are accepted": (
        "{peer}의 공개 키가 받아들이기로 정한 키 가운데 없습니다"
    ),
    "no certificate type in common: the client offers {offered}": (
        "서로 쓸 수 있는 인증서 종류가 없습니다. 클라이언트의 제안: {offered}"
    ),
    "more than one raw public key": "인증서 없는 공개 키가 하나보다 많이 왔습니다",
    "the {peer}'s Certificate does not answer the request that was made": (
        "{peer}의 Certificate가 보낸 요청에 대한 답이 아닙니다"
    ),
    "the certificate of {subject} may not delegate, or its key is not here": (
        "{subject} 인증서는 권한을 위임할 수 없거나, 그 키가 여기에 없습니다"
    ),
    "a delegated credential lives at most seven days, 604800 seconds": (
        "위임 자격 증명은 길어야 7일(604800초) 동안 유효합니다"
    ),
    "no delegated credential can be made for this kind of key": "이 종류의 키로는 위임 자격 증명을 만들 수 없습니다",
    "the {peer}'s delegated credential is not valid: {problem}": "{peer}의 위임 자격 증명이 올바르지 않습니다: {problem}",
    "the {peer} signed with {scheme}, which is not its delegated credential's": (
        "{peer:이/가} 위임 자격 증명에 적힌 것과 다른 {scheme:으로/로} 서명했습니다"
    ),
    "the {peer} sent data between the messages of its authentication": (
        "{peer:이/가} 인증 메시지들 사이에 데이터를 보냈습니다"
    ),
    "a certificate can be asked for later only by a TLS 1.3 server, of a client that offers it": (
        "핸드셰이크 뒤에 인증서를 요구하는 것은 TLS 1.3 서버만, 그것을 받아들이겠다고 한 클라이언트에게만 할 수 있습니다"
    ),
    "the client has yet to answer the last request for its certificate": (
        "클라이언트가 지난번 인증서 요구에 아직 답하지 않았습니다"
    ),
    # channel bindings and exporters
    "there is no channel binding {kind}; there are {known}": "{kind} 채널 바인딩은 없습니다. 쓸 수 있는 것: {known}",
    "TLS 1.3 has no channel binding tls-unique; tls-exporter takes its place": (
        "TLS 1.3에는 tls-unique 채널 바인딩이 없습니다. tls-exporter를 쓰세요"
    ),
    "this connection has no server certificate to bind to": "이 연결에는 묶을 서버 인증서가 없습니다",
    "the server certificate's signature has no hash that tls-server-end-point could take": (
        "서버 인증서의 서명에는 tls-server-end-point가 쓸 해시가 따로 없습니다"
    ),
    "without the extended master secret, this connection can't be told from another": (
        "확장 마스터 시크릿이 없으면 이 연결을 다른 연결과 구별할 수 없습니다"
    ),
    "a connection can be bound to once its handshake is over": "핸드셰이크가 끝나야 연결에 묶을 수 있습니다",
    "there is an early exporter only where early data is sent or taken": (
        "0-RTT 데이터를 보내거나 받을 때에만 그 키에서 값을 뽑아낼 수 있습니다"
    ),
    "the {peer} does not know uncompressed points": "{peer:이/가} 압축하지 않은 점 형식을 모릅니다",
    # foreign
    "the peer began with a hello of SSL 2.0, which is long broken": "상대가 오래전에 깨진 SSL 2.0의 hello로 시작했습니다",
    "the peer speaks {protocol}, not TLS": "상대는 TLS가 아니라 {protocol:으로/로} 말하고 있습니다",
    "the peer does not speak TLS: its first bytes are {start}": "상대는 TLS를 쓰지 않습니다. 처음 받은 바이트: {start}",
    # hellos
    "the server speaks TLS 1.3 but was made to answer with something older: somebody is in between": (
        "서버는 TLS 1.3을 할 줄 아는데 더 낡은 버전으로 답했습니다. 누군가 중간에서 버전을 낮추고 있습니다"
    ),
    "the server speaks only {version}": "서버는 {version}만 지원합니다",
    "the server selected {version}, which was not offered or can't be selected so": (
        "서버가 제안하지 않았거나 그렇게는 고를 수 없는 버전 {version:을/를} 골랐습니다"
    ),
    "the server did not echo the session ID": "서버가 세션 ID를 그대로 돌려주지 않았습니다",
    "the server selected {suite}, which was not offered": "서버가 제안하지 않은 암호 스위트 {suite:을/를} 골랐습니다",
    "the server selected compression": "서버가 압축을 골랐습니다",
    "a HelloRetryRequest that would change nothing": "아무것도 바꾸지 않는 HelloRetryRequest입니다",
    "the server asks for a share of {group}, which was not offered or is there already": (
        "서버가 {group} 공개 값을 요구하지만, 제안하지 않은 그룹이거나 이미 보낸 것입니다"
    ),
    "a second HelloRetryRequest": "HelloRetryRequest가 두 번 왔습니다",
    "the server changed the cipher suite after its retry": "서버가 HelloRetryRequest 뒤에 암호 스위트를 바꾸었습니다",
    "a ServerHello without key_share": "ServerHello에 key_share가 없습니다",
    "the server answered with a share of {group}, for which it got none": (
        "서버가 {group} 공개 값으로 답했지만, 그 그룹의 공개 값을 보낸 적이 없습니다"
    ),
    "the server's share of {group} is no valid one": "서버가 보낸 {group} 공개 값이 올바르지 않습니다",
    "the client's share of {group} is no valid one": "클라이언트가 보낸 {group} 공개 값이 올바르지 않습니다",
    "a TLS 1.3 ClientHello offers compression": "TLS 1.3 ClientHello가 압축을 제안합니다",
    "pre_shared_key is not the last extension": "pre_shared_key가 마지막 확장이 아닙니다",
    "a ClientHello without {extension}": "ClientHello에 {extension} 확장이 없습니다",
    "no TLS version in common: the client offers {offered}": "서로 아는 TLS 버전이 없습니다. 클라이언트의 제안: {offered}",
    "the second ClientHello changed more than the retry asked for": (
        "두 번째 ClientHello가 HelloRetryRequest에서 요구하지 않은 것까지 바꾸었습니다"
    ),
    "the second ClientHello does not hold exactly the share that was asked for, of {group}": (
        "두 번째 ClientHello에 요구한 {group} 공개 값 하나만 들어 있어야 하는데 그렇지 않습니다"
    ),
    "the second ClientHello does not echo the cookie": "두 번째 ClientHello가 쿠키를 그대로 돌려주지 않았습니다",
    # negotiation
    "the extension {extension} stands twice in one message": "한 메시지에 확장 {extension:이/가} 두 번 들어 있습니다",
    "the peer answered the extension {extension}, which was not offered": (
        "상대가 제안하지 않은 확장 {extension}에 답했습니다"
    ),
    "the extension {extension} does not belong into this message": "확장 {extension:은/는} 이 메시지에 들어갈 수 없습니다",
    "no cipher suite in common: the client offers {offered}": "서로 아는 암호 스위트가 없습니다. 클라이언트의 제안: {offered}",
    "no key exchange group in common: the client offers {offered}": (
        "서로 아는 키 교환 그룹이 없습니다. 클라이언트의 제안: {offered}"
    ),
    "two key shares for {group}": "{group} 공개 값이 두 개 있습니다",
    "a key share for {group}, which supported_groups lacks": "supported_groups에 없는 {group}의 공개 값이 있습니다",
    "no certificate fits the signature schemes that the peer verifies: {offered}": (
        "상대가 확인할 수 있는 서명 방식에 맞는 인증서가 없습니다. 상대가 아는 방식: {offered}"
    ),
    "no application protocol in common: the client offers {offered}": (
        "서로 아는 애플리케이션 프로토콜이 없습니다. 클라이언트의 제안: {offered}"
    ),
    "server_name holds {count} host names": "server_name에 호스트 이름이 {count}개 들어 있습니다",
    "server_name is not ASCII": "server_name이 ASCII가 아닙니다",
    "server_name is no host name": "server_name이 호스트 이름이 아닙니다",
    "no certificate here for {name}": "여기에는 {name:을/를} 위한 인증서가 없습니다",
    # certificates and proofs
    "the server chose an application protocol that was not offered": "서버가 제안하지 않은 애플리케이션 프로토콜을 골랐습니다",
    "the server sent no certificate": "서버가 인증서를 보내지 않았습니다",
    "the client showed no certificate": "클라이언트가 인증서를 내보이지 않았습니다",
    "a CertificateRequest with a context within the handshake": "핸드셰이크 중에 온 CertificateRequest에 컨텍스트가 들어 있습니다",
    "a CertificateRequest without signature_algorithms": "CertificateRequest에 signature_algorithms가 없습니다",
    "the callable for the client certificate gave no Credential": (
        "클라이언트 인증서를 고르는 함수가 Credential이 아닌 것을 돌려주었습니다"
    ),
    "choose_credential gave no Credential": "choose_credential이 Credential이 아닌 것을 돌려주었습니다",
    "the {peer}'s certificate can't be read: {problem}": "{peer}의 인증서를 읽을 수 없습니다: {problem}",
    "the {peer} signed with {scheme}, which was not offered for handshakes": (
        "{peer:이/가} 핸드셰이크용으로 제안하지 않은 {scheme:으로/로} 서명했습니다"
    ),
    "the {peer} signed with {scheme}, which does not fit its certificate's key": (
        "{peer:이/가} {scheme:으로/로} 서명했는데, 인증서의 키로는 만들 수 없는 서명입니다"
    ),
    "the {peer}'s signature over the handshake is wrong: it does not hold the certificate's key": (
        "핸드셰이크에 대한 {peer}의 서명이 틀립니다. 인증서의 개인 키를 가지고 있지 않습니다"
    ),
    "a Finished of {size} bytes": "길이가 {size}바이트인 Finished입니다",
    "the {peer}'s Finished does not match: the two sides saw different handshakes": (
        "{peer}의 Finished가 맞지 않습니다. 양쪽이 서로 다른 핸드셰이크를 보았습니다"
    ),
    "the signer's answer is no {scheme} signature of the certificate's key": (
        "서명 함수가 돌려준 것은 인증서의 키로 만든 {scheme} 서명이 아닙니다"
    ),
    # connection
    "the {peer} ended the connection in the middle of the handshake": "{peer:이/가} 핸드셰이크 도중에 연결을 끊었습니다",
    "the {peer} ended the connection without close_notify: data may be missing": (
        "{peer:이/가} close_notify 없이 연결을 끊었습니다. 뒷부분이 빠졌을 수 있습니다"
    ),
    "the {peer} sent {message} where {expected} was due": "{expected} 차례에 {peer:이/가} {message:을/를} 보냈습니다",
    "the {peer} sent application data within the handshake": "{peer:이/가} 핸드셰이크 도중에 애플리케이션 데이터를 보냈습니다",
    "the {peer} sent {message} after the handshake": "{peer:이/가} 핸드셰이크가 끝난 뒤에 {message:을/를} 보냈습니다",
    "the application's {subject} failed: {problem}": "애플리케이션의 {subject} 처리가 실패했습니다: {problem}",
    "data can be sent once the handshake is over": "데이터는 핸드셰이크가 끝난 뒤에 보낼 수 있습니다",
    "this side has said close_notify, it can't send any more": "이쪽이 이미 close_notify를 보냈으므로 더 보낼 수 없습니다",
    "keys can be updated between the handshake and close": "키 갱신은 핸드셰이크가 끝난 뒤, 닫기 전에만 할 수 있습니다",
    "keying material can be exported once the handshake is over": "키 재료는 핸드셰이크가 끝난 뒤에 꺼낼 수 있습니다",
    "nothing was asked": "묻지 않은 것에 답했습니다",
    "a KeyUpdate asks for {value}, which means nothing": "KeyUpdate가 뜻이 없는 값 {value:을/를} 요구합니다",
    "{count} messages after the handshake in a row without data": (
        "핸드셰이크가 끝난 뒤 데이터 없이 핸드셰이크 메시지만 {count}개 이어졌습니다"
    ),
    "without the extended master secret, exported keys are not bound to this connection": (
        "확장 마스터 시크릿이 없으면 꺼낸 키가 이 연결에 묶이지 않습니다"
    ),
    "more early data than the ticket allowed": "0-RTT 데이터가 티켓이 허락한 양보다 많습니다",
    "this connection's key has protected as much as is safe; TLS 1.2 needs a new connection": (
        "이 연결의 키로는 더 암호화하면 안전하지 않습니다. TLS 1.2에서는 새로 연결해야 합니다"
    ),
    "TLS 1.2 can't update its keys": "TLS 1.2에는 키 갱신이 없습니다",
    # config
    "no cipher suite is left for {version}": "{version}에 쓸 암호 스위트가 남아 있지 않습니다",
    "there is no policy {name}": "{name} 정책은 없습니다",
    # records
    "a record of type {type} came in the clear after keys were agreed": (
        "키를 정한 뒤인데 {type} 레코드가 암호화되지 않은 채 왔습니다"
    ),
    "a record of type {type} between the fragments of a handshake message": (
        "나뉘어 오던 핸드셰이크 메시지 사이에 {type} 레코드가 끼어들었습니다"
    ),
    "a change_cipher_spec where none may stand": "change_cipher_spec이 올 수 없는 자리에 왔습니다",
    "content of type {type} inside a protected record": "암호화된 레코드 안에 {type} 콘텐츠가 들어 있습니다",
    "a handshake message goes on past a change of keys": "핸드셰이크 메시지 하나가 키가 바뀌는 지점에 걸쳐 있습니다",
    "an empty record of type {type}": "내용이 없는 {type} 레코드입니다",
    "a record begins with {start}, which no TLS record does": "레코드가 {start:으로/로} 시작합니다. 그런 TLS 레코드는 없습니다",
    "a record of {size} bytes, {limit} is the most": "레코드가 {size}바이트입니다. 최대 {limit}바이트까지만 허용됩니다",
    # ticket_keys
    "a ticket key has a name of 16 bytes, a key of 32 and a date": (
        "티켓 키에는 16바이트 이름과 32바이트 키, 그리고 날짜가 있어야 합니다"
    ),
    "these {size} bytes are no ticket key": "이 {size}바이트는 티켓 키가 아닙니다",
    "ticket keys need a period above zero and a lifetime of zero or more": (
        "티켓 키의 교체 주기는 0보다 커야 하고, 티켓 수명은 0 이상이어야 합니다"
    ),
    "keys that rotate every {period} seconds are too many to keep for tickets that live {lifetime} seconds": (
        "키를 {period}초마다 바꾸면 {lifetime}초 동안 쓰는 티켓을 위해 보관할 키가 너무 많아집니다"
    ),
    "the ticket keys gave none to seal with": "티켓을 봉인할 키를 얻지 못했습니다",
    # tickets, pre-shared keys, early data
    "an external PSK needs an identity and a key of 16 bytes or more": (
        "외부 PSK에는 식별자와 16바이트 이상의 키가 있어야 합니다"
    ),
    "these bytes are no ticket of this version of dojang": "이 dojang이 읽을 수 있는 티켓이 아닙니다",
    "the ticket is damaged: {problem}": "티켓이 손상되었습니다: {problem}",
    "early data needs a strike register, or it could be replayed": (
        "0-RTT 데이터를 받으려면 재전송 방지 기록이 필요합니다. 없으면 같은 데이터가 다시 보내져도 알 수 없습니다"
    ),
    "a ticket lives at most seven days, 604800 seconds": "티켓의 수명은 최대 7일, 곧 604800초입니다",
    "the server took up pre-shared key {index}, which was not offered for this suite": (
        "서버가 {index}번 PSK를 골랐지만, 이 암호 스위트에 제안한 것이 아닙니다"
    ),
    "the server took early data and then spoke on other terms than the ticket's": (
        "서버가 0-RTT 데이터를 받아 놓고 티켓과 다른 조건으로 답했습니다"
    ),
    "not as many binders as pre-shared keys": "PSK의 수와 바인더의 수가 다릅니다",
    "the client's binder for its pre-shared key is wrong: it does not hold the key": (
        "클라이언트의 PSK 바인더가 틀립니다. 그 키를 가지고 있지 않습니다"
    ),
    # TLS 1.2
    "a Diffie-Hellman group needs at least 2048 bits": "디피-헬먼 그룹은 2048비트 이상이어야 합니다",
    "the client fell back to {version} although newer is spoken here": (
        "더 새로운 버전을 쓸 수 있는데 클라이언트가 {version:으로/로} 물러섰습니다"
    ),
    "the {peer} does not bind the master secret to the handshake (extended_master_secret)": (
        "{peer:이/가} 마스터 시크릿을 핸드셰이크에 묶지 않습니다(extended_master_secret 없음)"
    ),
    "the server does not secure renegotiation": "서버가 재협상을 보호하지 않습니다(renegotiation_info 없음)",
    "the server speaks of a renegotiation in a first handshake": "첫 핸드셰이크인데 서버가 재협상 정보를 보냈습니다",
    "the client speaks of a renegotiation in a first handshake": "첫 핸드셰이크인데 클라이언트가 재협상 정보를 보냈습니다",
    "the server resumes a session that never was": "서버가 있지도 않은 세션을 재개합니다",
    "the server resumes a session on other terms": "서버가 처음과 다른 조건으로 세션을 재개합니다",
    "the client resumes a session without the extended master secret it was made with": (
        "확장 마스터 시크릿으로 만든 세션을 클라이언트가 그것 없이 재개하려 합니다"
    ),
    "the server's certificate does not fit {suite}": "서버의 인증서가 {suite} 암호 스위트에 맞지 않습니다",
    "the server uses the curve {group}, which was not offered": "서버가 제안하지 않은 곡선 {group:을/를} 씁니다",
    "the server's Diffie-Hellman group has {bits} bits; {least} to {most} are taken": (
        "서버의 디피-헬먼 그룹이 {bits}비트입니다. {least}~{most}비트만 받습니다"
    ),
    "the server's Diffie-Hellman values are no valid ones": "서버의 디피-헬먼 값이 올바르지 않습니다",
    "the server signed with {scheme}, which was not offered or does not fit its key": (
        "서버가 {scheme:으로/로} 서명했는데, 제안하지 않았거나 서버의 키로는 만들 수 없는 서명입니다"
    ),
    "the server's signature over its share is wrong: it does not hold the certificate's key": (
        "서버가 공개 값에 붙인 서명이 틀립니다. 인증서의 개인 키를 가지고 있지 않습니다"
    ),
    "the client's share is no valid one": "클라이언트의 공개 값이 올바르지 않습니다",
    "the client signed with {scheme}, which was not offered or does not fit its key": (
        "클라이언트가 {scheme:으로/로} 서명했는데, 제안하지 않았거나 클라이언트의 키로는 만들 수 없는 서명입니다"
    ),
    "the client's signature over the handshake is wrong: it does not hold the certificate's key": (
        "핸드셰이크에 대한 클라이언트의 서명이 틀립니다. 인증서의 개인 키를 가지고 있지 않습니다"
    ),
    "a ClientHello that wants compression only": "ClientHello가 압축만 하겠다고 합니다",
}

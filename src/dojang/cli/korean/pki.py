"""Korean for files, keys and certificates that can't be used. What the verifier finds is in `dojang.pki.korean`."""

SENTENCES: dict[str, str] = {
    # certificate, dn, extensions
    "a certificate that does not end with its signature": "인증서가 서명으로 끝나지 않습니다",
    "a validity with more than two times": "유효 기간에 시각이 두 개보다 많이 들어 있습니다",
    "an extension of another form": "확장의 모양이 규격과 다릅니다",
    "pyca can't read this certificate: {fault}": "pyca가 이 인증서를 읽지 못합니다: {fault}",
    "an unknown field after the public key": "공개 키 뒤에 알 수 없는 필드가 있습니다",
    "a name that is no sequence of sets": "이름의 구조가 집합의 나열이 아닙니다",
    "an attribute with more than one value": "이름의 속성 하나에 값이 둘 이상입니다",
    "tag 0x{found:02X} is no GeneralName": "태그 0x{found:02X}은 GeneralName이 아닙니다",
    "a name with octets above 127 in an IA5String": "IA5String 이름에 127을 넘는 옥텟이 있습니다",
    "bytes after a directoryName": "directoryName 뒤에 바이트가 더 있습니다",
    "a subjectAltName without a name": "subjectAltName에 이름이 하나도 없습니다",
    "basicConstraints of another form": "basicConstraints의 모양이 규격과 다릅니다",
    "authorityKeyIdentifier of another form": "authorityKeyIdentifier의 모양이 규격과 다릅니다",
    "nameConstraints of another form": "nameConstraints의 모양이 규격과 다릅니다",
    "a GeneralSubtree of another form": "GeneralSubtree의 모양이 규격과 다릅니다",
    "a GeneralSubtree with minimum or maximum": "GeneralSubtree에 minimum이나 maximum이 있습니다",
    "PolicyInformation of another form": "PolicyInformation의 모양이 규격과 다릅니다",
    "certificatePolicies empty or with one policy twice": "certificatePolicies가 비었거나 같은 정책이 두 번 있습니다",
    "policyMappings of another form": "policyMappings의 모양이 규격과 다릅니다",
    "policyMappings without a mapping": "policyMappings에 대응이 하나도 없습니다",
    "policyConstraints of another form": "policyConstraints의 모양이 규격과 다릅니다",
    "inhibitAnyPolicy below zero": "inhibitAnyPolicy가 0보다 작습니다",
    "AccessDescription of another form": "AccessDescription의 모양이 규격과 다릅니다",
    "authorityInfoAccess without a description": "authorityInfoAccess에 내용이 없습니다",
    "tag 0x{found:02X} where an OID belongs": "OID가 있어야 할 자리에 태그 0x{found:02X}이 있습니다",
    "a hash algorithm with parameters": "해시 알고리즘에 매개변수가 붙어 있습니다",
    # trust, exceptions, nss
    "{file} is no journal of trust: {fault}": "{file:은/는} 신뢰 변경 기록이 아닙니다: {fault}",
    "{tool} can't be run: {fault}": "{tool:을/를} 실행할 수 없습니다: {fault}",
    "{tool} refused: {fault}": "{tool:이/가} 거절했습니다: {fault}",
    "{tool} is not installed": "{tool:이/가} 설치되어 있지 않습니다",
    "only an authority's certificate can be trusted as a root": "루트로 믿을 수 있는 것은 인증 기관의 인증서뿐입니다",
    "an exception needs a reason, for whoever wonders later": "나중에 볼 사람을 위해 예외의 이유를 적어 주세요",
    "{file} is no list of exceptions: {fault}": "{file:은/는} 예외 목록이 아닙니다: {fault}",
    "there is no NSS database in {file}": "{file}에 NSS 데이터베이스가 없습니다",
    "the NSS database {file} can't be read: {fault}": "NSS 데이터베이스 {file:을/를} 읽을 수 없습니다: {fault}",
    "the package certifi is not installed: pip install certifi": (
        "certifi 패키지가 설치되어 있지 않습니다: pip install certifi"
    ),
    # authority, ledger, publishing
    "only an authority's certificate can be cross-signed": "인증 기관의 인증서에만 교차 서명할 수 있습니다",
    "this authority did not issue that certificate": "이 인증 기관이 발급한 인증서가 아닙니다",
    "only a certificate that this authority issued and did not revoke can be renewed": (
        "이 인증 기관이 발급했고 폐기하지 않은 인증서만 갱신할 수 있습니다"
    ),
    "this authority may not issue that: {fault}": "이 인증 기관은 그렇게 발급할 수 없습니다: {fault}",
    "the ledger {file} can't be used: {fault}": "장부 {file:을/를} 쓸 수 없습니다: {fault}",
    "the ledger can't be opened: {fault}": "장부를 열 수 없습니다: {fault}",
    "a ledger lives in SQLite or PostgreSQL, not in {url}": "장부는 SQLite나 PostgreSQL에 둡니다. {url:은/는} 쓸 수 없습니다",
    "serial number {serial} was not reserved": "일련번호 {serial:은/는} 예약되지 않았습니다",
    "{reason!r} is no reason; there are {known}": "{reason!r:은/는} 폐기 사유가 아닙니다. 쓸 수 있는 사유: {known}",
    "no certificate with the serial number {serial} was issued": "일련번호가 {serial}인 인증서는 발급되지 않았습니다",
    "{serial} is not on hold": "{serial:은/는} 보류(certificateHold) 상태가 아닙니다",
    "{serial} was revoked before": "{serial:은/는} 이미 폐기되었습니다",
    "a delta needs a complete list to begin at, and there is none yet": (
        "델타 목록은 전체 목록에서 시작하는데, 전체 목록이 아직 없습니다"
    ),
    "there are {count} partitions, counted from 0": "분할 목록은 {count}개이고 0부터 셉니다",
    "an authority without a ledger remembers nothing, and so can't revoke": (
        "장부가 없는 인증 기관은 발급한 것을 기억하지 못하므로 폐기할 수 없습니다"
    ),
    "a signer's key must be RSA, ECDSA, Ed25519, Ed448 or ML-DSA": (
        "외부 서명자의 키는 RSA, ECDSA, Ed25519, Ed448, ML-DSA 가운데 하나여야 합니다"
    ),
    "a signer is asked for PKCS#1 signatures over SHA-2 only": "외부 서명자에게는 SHA-2를 쓰는 PKCS#1 서명만 요청합니다",
    "the private key is elsewhere; it signs, and does nothing else": (
        "개인 키가 다른 곳에 있어 서명만 할 수 있고 다른 일은 하지 않습니다"
    ),
    "a key of this kind can't be put into PKCS#12: {fault}": "이 종류의 키는 PKCS#12에 담을 수 없습니다: {fault}",
    "the PKCS#12 file can't be opened: wrong password, or damaged": (
        "PKCS#12 파일을 열 수 없습니다. 비밀번호가 틀렸거나 파일이 손상되었습니다"
    ),
    # ocsp, sct, fetching
    "bytes after an OCSP response": "OCSP 응답 뒤에 바이트가 더 있습니다",
    "an OCSP response of another type than basic": "basic이 아닌 다른 종류의 OCSP 응답입니다",
    "an OCSP response that names no responder": "응답자가 누구인지 적혀 있지 않은 OCSP 응답입니다",
    "an unknown field in an OCSP request": "OCSP 요청에 알 수 없는 필드가 있습니다",
    "an OCSP request that asks nothing": "아무것도 묻지 않는 OCSP 요청입니다",
    "tag 0x{found:02X} is no certStatus": "태그 0x{found:02X}은 certStatus가 아닙니다",
    "this is no list of certificate logs: {fault}": "인증서 로그의 목록이 아닙니다: {fault}",
    "bytes after a list of certificate timestamps": "인증서 타임스탬프 목록 뒤에 바이트가 더 있습니다",
    "a certificate timestamp of an unknown version": "알 수 없는 버전의 인증서 타임스탬프입니다",
    "bytes after a certificate timestamp": "인증서 타임스탬프 뒤에 바이트가 더 있습니다",
    # names
    "{name!r} is neither a host name nor an IP address": "{name!r:은/는} 호스트 이름도 IP 주소도 아닙니다",
    "{name!r} has letters that IDNA 2003 and 2008 read differently: write its A-labels": (
        "{name!r}에는 IDNA 2003과 2008이 다르게 읽는 글자가 있습니다. xn--으로 시작하는 A-레이블로 적어 주세요"
    ),
    "{name!r} is no internationalised host name": "{name!r:은/는} 국제화 호스트 이름이 아닙니다",
    # pem, store
    "the PEM block {label} is not ended": "여기서 시작한 PEM 블록 {label:이/가} 끝나지 않았습니다",
    "nothing is in it": "비어 있습니다",
    "no certificate is in it": "인증서가 들어 있지 않습니다",
    "the file {file} is larger than 64 MiB": "{file} 파일이 64 MiB보다 큽니다",
    "there is no file {file}": "{file} 파일이 없습니다",
    "{file} is a folder, not a file": "{file:은/는} 파일이 아니라 폴더입니다",
    "the file {file} may not be read by this user": "{file} 파일을 읽을 권한이 없습니다",
    "the file {file} can't be read: {fault}": "{file} 파일을 읽을 수 없습니다: {fault}",
    "a PEM block that was begun is not ended by this line": "앞에서 시작한 PEM 블록이 이 줄에서 제대로 끝나지 않았습니다",
    "this line of a PEM block is not base64": "PEM 블록의 이 줄이 base64가 아닙니다",
    "the base64 of the PEM block that begins here is cut short": "여기서 시작하는 PEM 블록의 base64가 중간에 잘렸습니다",
    "the PEM block that begins here holds no certificate": "여기서 시작하는 PEM 블록에 든 것은 인증서가 아닙니다",
    "it is neither PEM nor a DER certificate": "PEM도 DER 인증서도 아닙니다",
    "the PKCS#7 in it can't be read": "안에 든 PKCS#7을 읽을 수 없습니다",
    "this machine has no trust store where one is looked for: name one with --ca or SSL_CERT_FILE": (
        "이 컴퓨터에서 신뢰 저장소를 찾지 못했습니다. --ca나 SSL_CERT_FILE로 지정해 주세요"
    ),
    "there is no folder {file}": "{file} 폴더가 없습니다",
    # keys
    "{algorithm!r} is no kind of key; there are {known}": "{algorithm!r:은/는} 키의 종류가 아닙니다. 쓸 수 있는 종류: {known}",
    "no private key is in it": "개인 키가 들어 있지 않습니다",
    "the private key is encrypted: give its password": "개인 키가 암호화되어 있습니다. 비밀번호가 필요합니다",
    "the private key is not encrypted, yet a password was given": "개인 키가 암호화되어 있지 않은데 비밀번호를 주었습니다",
    "the password does not open the private key": "비밀번호가 맞지 않아 개인 키를 열 수 없습니다",
    "the private key can't be read": "개인 키를 읽을 수 없습니다",
    "this kind of private key can't sign": "서명할 수 없는 종류의 개인 키입니다",
    "the private key is not the one of the certificate {subject}": "개인 키가 인증서 {subject}의 것이 아닙니다",
    "the public key can't be used: {fault}": "공개 키를 쓸 수 없습니다: {fault}",
    "a certificate in it can't be read: {fault}": "들어 있는 인증서 하나를 읽을 수 없습니다: {fault}",
    # requests
    "no certificate signing request is in it": "인증서 요청(CSR)이 들어 있지 않습니다",
    "the certificate signing request can't be read": "인증서 요청(CSR)을 읽을 수 없습니다",
    "the request's key or signature is of a kind not known here": "요청의 키나 서명이 여기서 모르는 종류입니다",
    "the request is not signed with its own key": "요청이 자기 키로 서명되어 있지 않습니다. 그 개인 키를 가졌다는 증거가 없습니다",
    "the request's extensions can't be read: {fault}": "요청의 확장을 읽을 수 없습니다: {fault}",
    "the request asks for a kind of name that is not issued here": "여기서 발급하지 않는 종류의 이름을 요청했습니다",
    "a common name has at most 64 letters, {name!r} has more": "CN은 64자까지인데 {name!r:은/는} 그보다 깁니다",
    "{name!r} is a range of addresses, and a certificate is for single ones": (
        "{name!r:은/는} 주소 범위입니다. 인증서에는 주소를 하나씩 적어야 합니다"
    ),
    "{name!r} has an underscore, which no certificate may carry": "{name!r}에 밑줄이 있습니다. 인증서의 이름에는 쓸 수 없습니다",
    "{name!r} puts a wildcard before an address": "{name!r:은/는} 주소 앞에 와일드카드를 붙였습니다",
    # authority
    "an authority needs its certificate": "인증 기관에는 자기 인증서가 있어야 합니다",
    "an authority needs a name": "인증 기관에는 이름이 있어야 합니다",
    "a certificate needs at least one name": "인증서에는 이름이 하나 이상 있어야 합니다",
    "a certificate is valid for one day at least, not {days}": "인증서는 하루 이상 유효해야 합니다. {days}일은 안 됩니다",
    "{purpose!r} is no purpose; there are {known}": "{purpose!r:은/는} 쓰임새가 아닙니다. 쓸 수 있는 것: {known}",
    "{text!r} is no domain, range of addresses or mailbox to limit an authority to": (
        "{text!r:은/는} 인증 기관을 제한할 도메인, 주소 범위, 메일 주소 가운데 어느 것도 아닙니다"
    ),
    "no authority is in the folder {file}": "{file} 폴더에 인증 기관이 없습니다",
    "an authority is already in {file}; nothing was overwritten": (
        "{file} 폴더에 이미 인증 기관이 있어 아무것도 덮어쓰지 않았습니다"
    ),
    "{file} is there already and was not overwritten": "{file:이/가} 이미 있어 덮어쓰지 않았습니다",
    "{file} can't be written: {fault}": "{file:을/를} 쓸 수 없습니다: {fault}",
    "the time {at} has no time zone": "시각 {at}에 시간대가 없습니다",
    # revocation lists
    "a list that does not end with its signature": "폐기 목록이 서명으로 끝나지 않습니다",
    "an unknown field in a list": "폐기 목록에 알 수 없는 필드가 있습니다",
    "an extension of a list that is not well-formed or there twice": "폐기 목록의 확장이 잘못되었거나 두 번 들어 있습니다",
}

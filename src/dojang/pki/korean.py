"""The verifier's sentences and remedies in Korean: English template to Korean template, and the words put into them.

Placeholders are the same; `{subject:이/가}` asks whoever fills it in for the particle that fits.
"""

from __future__ import annotations

__all__ = ["KOREAN", "WORDS"]

_FINDINGS = {
    # trust
    "no certificate was sent": "인증서가 오지 않았습니다",
    "the certificate is not well-formed: {fault}": "인증서의 형식이 올바르지 않습니다: {fault}",
    "the extension {extension} is not well-formed: {fault}": "확장 {extension}의 형식이 올바르지 않습니다: {fault}",
    "the signature on the certificate of {subject} was not made with the key of {issuer}": (
        "{subject} 인증서의 서명은 {issuer}의 키로 만든 것이 아닙니다"
    ),
    "the certificate is signed with {algorithm}, which is not known here": (
        "인증서가 알 수 없는 알고리즘({algorithm})으로 서명되어 있습니다"
    ),
    "the signature algorithm inside the certificate differs from the one outside": (
        "인증서 안쪽에 적힌 서명 알고리즘과 바깥쪽에 적힌 것이 서로 다릅니다"
    ),
    "the certificate of {subject} was revoked on {date}: {reason}": (
        "{subject} 인증서는 {date}에 폐기되었습니다. 사유: {reason}"
    ),
    "whether the certificate of {subject} was revoked can't be told: {why}": (
        "{subject} 인증서가 폐기되었는지 알 수 없습니다: {why}"
    ),
    "the certificate of {subject} promises an OCSP response in the handshake, and none came": (
        "{subject} 인증서는 핸드셰이크에 OCSP 응답을 함께 보내겠다고 약속하는데, 응답이 오지 않았습니다"
    ),
    "the certificate of {subject} carries {found} true timestamps of certificate logs; {needed} are needed": (
        "{subject} 인증서에 든 올바른 인증서 로그 타임스탬프는 {found}개인데 {needed}개가 필요합니다"
    ),
    "no trusted authority stands behind {subject}: its issuer {issuer} is neither trusted nor sent along": (
        "{subject} 뒤에 신뢰할 수 있는 인증 기관이 없습니다. "
        "발급자 {issuer:은/는} 신뢰 목록에 없고, 함께 보내온 인증서에도 없습니다"
    ),
    "the certificate of {subject} is signed by itself and is not trusted here": (
        "{subject} 인증서는 자기 자신이 서명한 것이고, 여기에서는 신뢰하지 않습니다"
    ),
    "the chain ends in the root {subject}, which is not trusted here": (
        "인증서 체인이 루트 {subject}에서 끝나는데, 이 루트는 여기에서 신뢰하지 않습니다"
    ),
    "the search for a path was ended after {limit} {unit}: these certificates form no ordinary chain": (
        "{unit} {limit}번에서 경로 찾기를 멈추었습니다. 보내온 인증서들이 보통의 체인을 이루지 않습니다"
    ),
    "{subject} issued the next certificate and yet is no certificate authority": (
        "{subject:은/는} 인증 기관이 아닌데도 아래 인증서를 발급했습니다"
    ),
    "keyUsage does not allow {subject} to sign certificates": (
        "{subject}의 keyUsage는 인증서에 서명하는 것을 허용하지 않습니다"
    ),
    "{subject} allows {allowed} intermediates below itself; there are {found}": (
        "{subject:은/는} 아래에 중간 인증서를 {allowed}개까지만 허용하는데 {found}개가 있습니다"
    ),
    "the path has {found} intermediates, more than the {allowed} allowed": (
        "경로에 중간 인증서가 {found}개 있어 허용된 {allowed}개를 넘습니다"
    ),
    "the certificate is for {names}, not for {name}": "이 인증서는 {names}의 것이고, {name}의 것이 아닙니다",
    "the certificate names no host at all in subjectAltName, so it can't be for {name}; "
    "the common name does not count": (
        "인증서의 subjectAltName에 호스트 이름이 하나도 없으므로 {name}의 것일 수 없습니다. "
        "CN(common name)은 이름으로 치지 않습니다"
    ),
    "{issuer} may only issue for {permitted}, and {name} is not among them": (
        "{issuer:은/는} {permitted}에 대해서만 발급할 수 있는데, {name:은/는} 그 안에 없습니다"
    ),
    "{issuer} may not issue for {name}: it is excluded by {excluded}": (
        "{issuer:은/는} {name}에 대해 발급할 수 없습니다. {excluded:이/가} 제외되어 있습니다"
    ),
    "{issuer} limits names of the form {form}, {subject} has one, and whether it fits can't be judged": (
        "{issuer:이/가} {form} 형식의 이름을 제한하고 {subject}에 그런 이름이 있는데, 맞는지 판단할 수 없습니다"
    ),
    "nameConstraints of {subject} holds {constraint}, which is no {form} constraint": (
        "{subject}의 nameConstraints에 든 {constraint:은/는} {form} 제약의 형식이 아닙니다"
    ),
    "{names} names against {constraints} constraints are more than a chain needs; the comparison was not begun": (
        "이름 {names}개와 제약 {constraints}개는 체인 하나에 지나치게 많아 비교하지 않았습니다"
    ),
    "the key of {subject} is too weak: {key}": "{subject}의 키({key})가 너무 약합니다",
    "the key of {subject} is {key}, which is not allowed": "{subject}의 키 종류({key})는 허용되지 않습니다",
    "the certificate of {subject} is signed over {hash}, which can be forged": (
        "{subject} 인증서는 위조할 수 있는 해시인 {hash}로 서명되어 있습니다"
    ),
    "the certificate of {subject} expired on {date}": "{subject} 인증서는 {date}에 만료되었습니다",
    "the certificate of {subject} is not valid before {date}": "{subject} 인증서는 {date}부터 유효합니다",
    "the root {subject} is trusted only for {purposes}": "루트 {subject:은/는} {purposes} 용도로만 신뢰합니다",
    "the root {subject} is trusted only for certificates issued before {date}": (
        "루트 {subject:은/는} {date} 전에 발급한 인증서에 대해서만 신뢰합니다"
    ),
    "extendedKeyUsage of {subject} allows {found}, not {wanted}": (
        "{subject}의 extendedKeyUsage는 {found:을/를} 허용하고 {wanted:은/는} 허용하지 않습니다"
    ),
    "extendedKeyUsage of {subject} lists no purpose": "{subject}의 extendedKeyUsage에 용도가 하나도 없습니다",
    "keyUsage of {subject} does not allow signatures in a handshake": (
        "{subject}의 keyUsage는 핸드셰이크에서 서명하는 것을 허용하지 않습니다"
    ),
    "a policy is required below {subject} and none is valid along the path": (
        "{subject} 아래에는 인증서 정책이 있어야 하는데, 경로 전체에서 유효한 정책이 없습니다"
    ),
    "{subject} has a critical extension that is not known here: {extension}": (
        "{subject}에 알 수 없는 critical 확장이 있습니다: {extension}"
    ),
    # form
    "basicConstraints of {subject} is not marked critical": ("{subject}의 basicConstraints에 critical 표시가 없습니다"),
    "the authority {subject} has no keyUsage": "인증 기관 {subject}에 keyUsage가 없습니다",
    "keyUsage of {subject} allows to sign certificates although it is no authority": (
        "{subject:은/는} 인증 기관이 아닌데 keyUsage가 인증서 서명을 허용합니다"
    ),
    "{subject} sets a path length without being an authority that may sign certificates": (
        "{subject:은/는} 인증서에 서명할 수 있는 인증 기관이 아닌데 경로 길이를 정해 두었습니다"
    ),
    "the certificate of {subject} is an authority's and may not stand for a server or client": (
        "{subject} 인증서는 인증 기관의 것이어서 서버나 클라이언트의 인증서로 쓸 수 없습니다"
    ),
    "nameConstraints of {subject} holds {constraint}: a DNS constraint does not begin with a period": (
        "{subject}의 nameConstraints에 {constraint:이/가} 있습니다. DNS 제약은 마침표로 시작하지 않습니다"
    ),
    "nameConstraints of {subject} limits nothing": "{subject}의 nameConstraints가 아무것도 제한하지 않습니다",
    "nameConstraints of {subject} is not marked critical": "{subject}의 nameConstraints에 critical 표시가 없습니다",
    "{subject} is no authority and yet carries nameConstraints": (
        "{subject:은/는} 인증 기관이 아닌데 nameConstraints가 있습니다"
    ),
    "{subject} has no extendedKeyUsage": "{subject}에 extendedKeyUsage가 없습니다",
    "extendedKeyUsage of {subject} holds anyExtendedKeyUsage": (
        "{subject}의 extendedKeyUsage에 anyExtendedKeyUsage가 들어 있습니다"
    ),
    "the root {subject} carries extendedKeyUsage": "루트 {subject}에 extendedKeyUsage가 있습니다",
    "extendedKeyUsage of {subject} is marked critical": "{subject}의 extendedKeyUsage에 critical 표시가 있습니다",
    "{subject} carries the extension {extension} more than once": (
        "{subject}에 확장 {extension:이/가} 두 번 이상 들어 있습니다"
    ),
    "{subject} is an X.509 version {version} certificate, not version 3": (
        "{subject:은/는} X.509 버전 3이 아니라 버전 {version} 인증서입니다"
    ),
    "the serial number of {subject} is not a positive number of at most 20 octets": (
        "{subject}의 일련번호가 20옥텟 이하의 양수가 아닙니다"
    ),
    "the issuer of {subject} has an empty name": "{subject}의 발급자 이름이 비어 있습니다",
    "an authority has an empty name": "이름이 빈 인증 기관이 있습니다",
    "the subject is empty and subjectAltName is not marked critical": (
        "주체(subject)가 비어 있는데 subjectAltName에 critical 표시가 없습니다"
    ),
    "subjectAltName of {subject} is marked critical although the subject is not empty": (
        "{subject:은/는} 주체(subject)가 비어 있지 않은데 subjectAltName에 critical 표시가 있습니다"
    ),
    "subjectAltName of {subject} holds {name}, which is no {form}": (
        "{subject}의 subjectAltName에 든 {name:은/는} {form} 형식이 아닙니다"
    ),
    "the common name {name} of the certificate is not a copy of one of its alternative names": (
        "인증서의 CN {name:이/가} subjectAltName의 이름 가운데 어느 것과도 똑같지 않습니다"
    ),
    "{subject} does not say which key signed it (authorityKeyIdentifier)": (
        "{subject}에 어느 키로 서명했는지(authorityKeyIdentifier) 적혀 있지 않습니다"
    ),
    "authorityKeyIdentifier of {subject} is marked critical": (
        "{subject}의 authorityKeyIdentifier에 critical 표시가 있습니다"
    ),
    "authorityKeyIdentifier of {subject} names the issuer and serial number of a certificate": (
        "{subject}의 authorityKeyIdentifier에 발급자 이름이나 일련번호가 적혀 있습니다"
    ),
    "{subject} says that another key signed it than the one of {issuer}": (
        "{subject}에 적힌 서명 키는 {issuer}의 키가 아닙니다"
    ),
    "the authority {subject} does not name its key (subjectKeyIdentifier)": (
        "인증 기관 {subject}에 자기 키의 식별자(subjectKeyIdentifier)가 없습니다"
    ),
    "subjectKeyIdentifier of {subject} is marked critical": (
        "{subject}의 subjectKeyIdentifier에 critical 표시가 있습니다"
    ),
    "the extension {extension} of {subject} is marked critical and must not be": (
        "{subject}의 확장 {extension}에 있어서는 안 되는 critical 표시가 있습니다"
    ),
    "the extension {extension} of {subject} is not marked critical and must be": (
        "{subject}의 확장 {extension}에 있어야 할 critical 표시가 없습니다"
    ),
}

_REMEDIES = {
    "switch OCSP stapling on, or have the certificate issued without this promise": (
        "서버의 OCSP 스테이플링을 켜거나, 이 약속이 없는 인증서를 발급받으세요"
    ),
    "have the certificate issued by an authority that logs what it issues": (
        "발급한 인증서를 인증서 로그에 남기는 인증 기관에서 발급받으세요"
    ),
    "have the CA's certificate replaced by its operator; nothing on the server can mend it": (
        "인증 기관 운영자가 그 기관의 인증서를 바꾸어야 합니다. 서버에서 고칠 수 있는 일은 없습니다"
    ),
    "have the certificate issued again without this fault": "이 문제가 없도록 인증서를 다시 발급받으세요",
    "have a certificate issued for the server itself": "서버 자신의 인증서를 발급받으세요",
    "configure a certificate and its key": "인증서와 그 개인 키를 설정하세요",
    "send the intermediate that really signed this certificate, or have it issued again": (
        "이 인증서에 실제로 서명한 중간 인증서를 보내거나, 인증서를 다시 발급받으세요"
    ),
    "have the certificate signed with ECDSA, RSA, EdDSA or ML-DSA": (
        "ECDSA, RSA, EdDSA, ML-DSA 가운데 하나로 서명한 인증서를 발급받으세요"
    ),
    "replace the certificate; a revoked one does not come back": (
        "인증서를 새로 발급받으세요. 폐기된 인증서는 되살릴 수 없습니다"
    ),
    "provide a current CRL or OCSP response of its issuer": "발급자의 최신 CRL이나 OCSP 응답을 마련하세요",
    "send the missing intermediate, or trust the root that issued this chain": (
        "빠진 중간 인증서를 함께 보내거나, 이 체인을 발급한 루트를 신뢰 목록에 넣으세요"
    ),
    "have it issued by an authority that the client trusts, or trust this certificate": (
        "클라이언트가 신뢰하는 인증 기관에서 발급받거나, 이 인증서를 신뢰 목록에 넣으세요"
    ),
    "trust this root, if you know whose it is, or use an authority that the client trusts": (
        "누구의 루트인지 확실하다면 신뢰 목록에 넣고, 아니면 클라이언트가 신뢰하는 인증 기관을 쓰세요"
    ),
    "send only the certificates that lead from the leaf to the root": (
        "서버 인증서에서 루트로 이어지는 인증서만 보내세요"
    ),
    "have the certificate issued by an authority": "인증 기관에서 인증서를 발급받으세요",
    "have the chain issued from an authority that may have intermediates": (
        "아래에 중간 기관을 둘 수 있는 인증 기관에서 체인을 발급받으세요"
    ),
    "use a shorter chain, or allow more intermediates": "더 짧은 체인을 쓰거나 중간 인증서의 한도를 늘리세요",
    "connect by a name that is in the certificate, or have {name} added to it": (
        "인증서에 있는 이름으로 접속하거나, 인증서에 {name:을/를} 넣어 다시 발급받으세요"
    ),
    "have the certificate issued with {name} in subjectAltName": (
        "subjectAltName에 {name:이/가} 든 인증서를 발급받으세요"
    ),
    "have the certificate issued by an authority that may issue for this name": (
        "이 이름에 대해 발급할 수 있는 인증 기관에서 발급받으세요"
    ),
    "use fewer names or fewer constraints": "이름이나 제약의 수를 줄이세요",
    "make a new key: ECDSA P-256, or RSA with 2048 bits or more": (
        "키를 새로 만드세요. ECDSA P-256이나 2048비트 이상의 RSA가 좋습니다"
    ),
    "make a key of an allowed kind: ECDSA P-256, or RSA with 2048 bits or more": (
        "허용되는 종류의 키를 만드세요. ECDSA P-256이나 2048비트 이상의 RSA가 좋습니다"
    ),
    "have the certificate issued again with SHA-256 or better": "SHA-256 이상으로 서명한 인증서를 다시 발급받으세요",
    "renew the certificate": "인증서를 갱신하세요",
    "check the clocks of both sides, or wait": "양쪽의 시계를 확인하거나 그때까지 기다리세요",
    "use an authority that the client trusts for this": "클라이언트가 이 용도로 신뢰하는 인증 기관을 쓰세요",
    "have the certificate issued for this purpose": "이 용도로 쓸 수 있는 인증서를 발급받으세요",
    "have the certificate issued with digitalSignature": "keyUsage에 digitalSignature가 든 인증서를 발급받으세요",
    "have the chain issued under a policy that its authorities name": (
        "체인의 인증 기관들이 함께 인정하는 정책 아래에서 발급받으세요"
    ),
    "have the certificate issued without it, or not marked critical": (
        "그 확장을 빼거나 critical 표시 없이 인증서를 다시 발급받으세요"
    ),
}

KOREAN: dict[str, str] = {**_FINDINGS, **_REMEDIES}
"""Templates of findings and remedies."""

WORDS: dict[str, str] = {
    "signatures": "서명 검증",
    "steps": "경로 탐색",
    "paths": "경로 판정",
    "DNS name": "DNS 이름",
    "IP address": "IP 주소",
    "e-mail address": "전자우편 주소",
    "e-mail": "전자우편",
    "directory name": "디렉터리 이름",
    "URI host": "URI 호스트",
    "address range": "주소 범위",
    "anything": "모든 용도",
    "a list can't be read": "읽을 수 없는 목록이 있습니다",
    "no list of its issuer speaks of it": "발급자의 폐기 목록 가운데 이 인증서를 다루는 것이 없습니다",
    "there is only a delta list": "델타 목록만 있고 전체 목록이 없습니다",
    "its entry in the list can't be read": "폐기 목록에서 이 인증서의 항목을 읽을 수 없습니다",
    "its entry in the list has a critical extension that is not known here": (
        "폐기 목록의 이 인증서 항목에 알 수 없는 critical 확장이 있습니다"
    ),
    "keyUsage does not allow its issuer to sign lists": "발급자의 keyUsage가 목록에 서명하는 것을 허용하지 않습니다",
    "its signature was not made with the issuer's key": "목록의 서명이 발급자의 키로 만든 것이 아닙니다",
    "the list is from the future": "목록이 미래에 만들어진 것으로 적혀 있습니다",
    "the list is out of date": "목록의 기한이 지났습니다",
    "the list has a critical extension that is not known here": "목록에 알 수 없는 critical 확장이 있습니다",
    "the list has no number": "목록에 번호가 없습니다",
    "the number of the list is marked critical": "목록의 번호에 critical 표시가 있습니다",
    "the list does not say when the next one comes": "다음 목록이 언제 나오는지 적혀 있지 않습니다",
    "the list is not of version 2": "목록이 버전 2가 아닙니다",
    "the lists speak of some reasons only": "목록들이 일부 폐기 사유만 다룹니다",
    "an OCSP response can't be read": "OCSP 응답을 읽을 수 없습니다",
    "the responder does not know it": "OCSP 응답자가 이 인증서를 알지 못합니다",
    "the responder answered malformedRequest": "OCSP 응답자가 요청의 형식이 틀렸다고 답했습니다 (malformedRequest)",
    "the responder answered internalError": "OCSP 응답자에 내부 오류가 있습니다 (internalError)",
    "the responder answered tryLater": "OCSP 응답자가 나중에 다시 물으라고 답했습니다 (tryLater)",
    "the responder answered sigRequired": "OCSP 응답자가 서명된 요청을 요구합니다 (sigRequired)",
    "the responder answered unauthorized": "OCSP 응답자가 이 인증서에 대해 답하지 않습니다 (unauthorized)",
    "its signature was not made with the responder's key": "응답의 서명이 응답자의 키로 만든 것이 아닙니다",
    "the response has a critical extension that is not known here": "응답에 알 수 없는 critical 확장이 있습니다",
    "the response answers another request": "다른 요청에 대한 응답입니다 (nonce가 다릅니다)",
    "the response is from the future": "응답이 미래에 만들어진 것으로 적혀 있습니다",
    "the response is out of date": "응답의 기한이 지났습니다",
    "the response speaks of another certificate": "다른 인증서에 대한 응답입니다",
    "the staple speaks of another certificate": "스테이플이 다른 인증서에 대한 응답입니다",
    "the responder is neither the issuer nor one whose certificate was sent along": (
        "응답자가 발급자도 아니고, 응답자의 인증서가 함께 오지도 않았습니다"
    ),
    "the responder's certificate was not issued by the certificate's issuer": (
        "응답자의 인증서가 이 인증서의 발급자가 발급한 것이 아닙니다"
    ),
    "the responder's certificate is not for OCSP signing": "응답자의 인증서는 OCSP 서명용이 아닙니다",
    "keyUsage does not allow the responder to sign": "응답자의 keyUsage가 서명을 허용하지 않습니다",
    "the responder's certificate is not valid now": "응답자의 인증서가 지금 유효하지 않습니다",
    "it does not say where to ask": "인증서에 어디에 물어야 하는지 적혀 있지 않습니다",
}
"""Whole values that stand in a sentence."""

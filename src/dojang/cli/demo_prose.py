"""What `dojang demo` says, scene by scene: two texts for two readers, each in its own voice."""

from __future__ import annotations

from dojang.cli.language import Text

# --- before the first scene

TITLE = Text(ko="처음 만나는 둘이 서로를 믿기까지", en="How two strangers come to trust each other")
STRANGERS = Text(
    ko="손님이 책방 books.test를 찾아갑니다. 둘은 만난 적이 없고, 그 사이의 네트워크에서는 누구든 엿듣고 고쳐 쓸 수 "
    "있습니다. 다만 둘 다 믿는 곳이 하나 있습니다. 인증 기관(CA)입니다.",
    en="A customer is on the way to a bookshop, books.test. The two have never met, and on the network between them "
    "anyone may listen in or rewrite what passes. There is one party, though, that both of them trust: a certificate "
    "authority, or CA.",
)
NO_RECORDING = Text(
    ko="아래는 미리 찍어 둔 것이 아닙니다. 모두 방금 이 컴퓨터 안에서 실제로 오간 것입니다.",
    en="Nothing below is a recording. All of it has just happened, on this machine.",
)

# --- 1

SEAL = Text(ko="1. 인증 기관이 이름에 도장을 찍습니다", en="1. An authority puts its seal on a name")
ROOT_AND_INTERMEDIATE = Text(
    ko="인증 기관은 먼저 자기 자신의 인증서, 곧 루트를 만듭니다. 루트의 개인 키는 절대 잃으면 안 되므로 금고에 넣어 두고, "
    "날마다 하는 발급은 루트가 서명해 준 중간 인증 기관이 맡습니다.",
    en="An authority begins with a certificate for itself, the root. The root's private key must never be lost, so it "
    "goes into a safe, and an intermediate authority, signed by the root, does the daily work.",
)
REQUEST = Text(
    ko="책방은 키 한 쌍을 손수 만들고, 이름과 공개 키를 적은 인증서 요청(CSR)에 개인 키로 서명하여 보냅니다. "
    "중간 인증 기관은 그 서명을 보고 책방이 정말 그 키를 가졌는지 확인한 뒤 인증서를 내줍니다. 개인 키는 책방을 떠난 적이 "
    "없습니다. 같은 주소를 쓰는 찻집 tea.test도 똑같이 인증서를 받습니다.",
    en="The bookshop makes its own pair of keys and writes a request (a CSR): its name, its public key, and a "
    "signature made with the private key. The signature shows the intermediate that the shop does hold that key, so "
    "it issues the certificate. The private key has never left the shop. The tea house tea.test, which shares the "
    "address, gets its certificate in the same way.",
)
ONLY_THE_ROOT = Text(
    ko="손님이 미리 가지고 있는 것은 맨 위의 루트 인증서 하나뿐입니다. 운영체제와 브라우저에 루트 목록이 들어 있는 것도 이 "
    "때문입니다.",
    en="All that the customer has in advance is the root certificate at the top. This is why operating systems and "
    "browsers come with a list of roots.",
)

# --- 2

CALL = Text(ko="2. 손님이 books.test를 찾아갑니다", en="2. The customer calls at books.test")
HOSTS = Text(
    ko="이름을 주소로 바꾸는 일은 보통 DNS가 합니다. 여기서는 hosts 파일의 한 줄이 대신합니다.",
    en="Turning a name into an address is usually the work of DNS. Here, one line of a hosts file does it.",
)
TCP = Text(
    ko="손님은 그 주소의 {port}번 포트로 TCP 연결을 맺고, TLS 핸드셰이크를 시작합니다.",
    en="The customer opens a TCP connection to port {port} at that address and begins the TLS handshake.",
)
ROUND_TRIP = Text(
    ko="한 번 오가는 사이에 끝났습니다. ServerHello 다음은 인증서까지 모두 암호화되므로, 길에서 엿듣는 사람이 알 수 있는 것은 "
    "SNI에 적힌 이름과 메시지의 크기 정도입니다.",
    en="One round trip was enough. Everything after the ServerHello is encrypted, certificates included; someone "
    "listening on the way learns the name in the SNI and the sizes of the messages, and little else.",
)
FOLLOW = Text(
    ko="손님은 받은 인증서를 그대로 믿지 않습니다. 서명을 하나씩 거슬러 올라가, 미리 믿고 있던 루트에 닿는지 확인합니다.",
    en="The customer doesn't take the certificate at its word. It follows the signatures, one by one, to a root that "
    "it trusted beforehand.",
)
CHECKS = (
    Text(
        ko="{leaf} 인증서에는 {issuer:이/가} 서명했고, {issuer} 인증서에는 {root:이/가} 서명했습니다.",
        en="{issuer} signed the certificate of {leaf}, and {root} signed the certificate of {issuer}.",
    ),
    Text(
        ko="손님이 찾아간 이름 {leaf:이/가} 인증서에 적혀 있습니다.",
        en="The name that the customer asked for, {leaf}, is in the certificate.",
    ),
    Text(
        ko="모두 유효 기간 안에 있고, 서버가 쓰라고 발급된 인증서입니다.",
        en="All are within their dates, and this one was issued for a server to use.",
    ),
    Text(
        ko="서버는 CertificateVerify의 서명으로 이 인증서의 개인 키를 가졌음을 증명했습니다.",
        en="With its signature in CertificateVerify the server proved that it holds the certificate's private key.",
    ),
)
HTTP = Text(ko="이제 둘만 아는 세션 키로 HTTP가 오갑니다.", en="Now HTTP passes under keys that only these two know.")
THE_END = Text(
    ko="양쪽이 close_notify로 끝을 알렸습니다. 이것 없이 연결이 끊어지면 누군가 뒷부분을 잘라 냈을지 모르므로, 받은 것을 "
    "온전하다고 여기지 않습니다.",
    en="Both sides have said close_notify. A connection that breaks off without it may have been cut short by someone, "
    "and what arrived would not count as whole.",
)

# --- 3

NEIGHBOUR = Text(ko="3. 같은 주소에 있는 다른 이름", en="3. Another name at the same address")
WHY_SNI = Text(
    ko="tea.test도 같은 주소, 같은 포트에 있습니다. 서버는 누구를 찾아왔는지 알아야 인증서를 골라 보일 수 있는데, HTTP의 "
    "Host 헤더는 핸드셰이크가 끝난 뒤에야 옵니다. 그래서 ClientHello가 SNI로 이름을 먼저 말해 줍니다.",
    en="tea.test lives at the same address and port. The server has to know whom the visitor came to see before it can "
    "show the right certificate, and HTTP's Host header arrives only after the handshake. So the ClientHello says the "
    "name first, in its SNI.",
)
ASKED = Text(ko="SNI로 찾은 이름", en="name asked for in SNI")
SHOWN = Text(ko="서버가 보인 인증서", en="certificate shown")
ANSWERED = Text(ko="HTTP 응답", en="HTTP answer")

# --- 4

BY_ADDRESS = Text(ko="4. 이름 대신 주소로 찾아가면", en="4. Calling by address instead of by name")
NO_SNI = Text(
    ko="이번에는 https://127.0.0.1:{port}/ 로 들어갑니다. 서버도 인증서도 그대로입니다. 다만 IP 주소는 SNI에 적지 않으므로, "
    "서버는 기본 인증서를 내보입니다.",
    en="Now the customer goes to https://127.0.0.1:{port}/. Server and certificates are the same as before, but an IP "
    "address is never sent in SNI, so the server shows its default certificate.",
)
WRONG_QUESTION = Text(
    ko="이 인증서는 books.test라는 이름을 보증할 뿐, 127.0.0.1이라는 주소는 보증하지 않습니다. 손님이 묻는 것은 ‘암호화되었는가’가 "
    "아니라 ‘내가 찾아간 바로 그곳인가’입니다.",
    en="The certificate vouches for the name books.test and says nothing of the address 127.0.0.1. The question is not "
    "whether the connection is encrypted, but whether it ends where the customer meant to go.",
)

# --- 5

DNS_LIES = Text(ko="5. DNS가 거짓말을 하면", en="5. When DNS lies")
FORGED = Text(
    ko="도둑이 DNS 응답을 위조하여 books.test의 주소를 자기 서버로 바꿔 놓았습니다. 손님은 그런 줄 모르고 도둑의 서버에 TCP로 "
    "연결합니다. 도둑이 쓸 수 있는 수는 세 가지입니다.",
    en="A thief has forged the DNS answer, and books.test now leads to the thief's server. The customer, who has no way "
    "to know, connects to it. There are three things the thief can try.",
)
OTHER_NAME = Text(
    ko="첫째, 자기 이름으로 받은 진짜 인증서를 내보입니다.",
    en="First, show a genuine certificate, issued for a name of the thief's own.",
)
WHY_OTHER_NAME = Text(
    ko="도둑도 자기 이름 thief.test로는 멀쩡한 인증서를 받을 수 있습니다. 서명도 기간도 옳습니다. 이름이 다를 뿐이고, 그것으로 "
    "충분합니다.",
    en="Even a thief can get a proper certificate for thief.test. Its signatures and its dates are in order. Only the "
    "name is wrong, and that is enough.",
)
OWN_SEAL = Text(
    ko="둘째, books.test라고 적은 인증서를 만들어 스스로 서명합니다.",
    en="Second, make a certificate that says books.test, and sign it with the thief's own key.",
)
WHY_OWN_SEAL = Text(
    ko="이름은 누구나 적을 수 있습니다. 그러나 인증 기관의 개인 키가 없으니, 손님이 믿는 루트까지 서명을 이어 붙일 수 없습니다.",
    en="Anyone can write a name. Without the authority's private key, though, no signature leads from it to a root that "
    "the customer trusts.",
)
NO_TLS = Text(
    ko="셋째, TLS를 아예 하지 않고 평범한 HTTP로 대답합니다.",
    en="Third, speak no TLS at all, and answer in plain HTTP.",
)
WHY_NO_TLS = Text(
    ko="손님은 https로 찾아왔습니다. 상대가 암호화를 못 한다고 해서 평문으로 물러서지 않습니다.",
    en="The customer came by https, and does not fall back to plaintext because the other side would have it so.",
)
NOTHING_SENT = Text(
    ko="세 번 모두 손님은 HTTP 요청을 보내지 않았습니다. 도둑이 얻은 것은 books.test를 찾는다는 ClientHello뿐입니다.",
    en="In none of the three did the customer send its HTTP request. All the thief got was a ClientHello that asks for "
    "books.test.",
)
COPIED = Text(
    ko="진짜 books.test의 인증서를 베껴서 내보이면 어떨까요? 인증서는 공개된 것이라 베낄 수 있습니다. 하지만 CertificateVerify에 "
    "서명할 개인 키는 책방에만 있습니다.",
    en="What about showing a copy of the real certificate of books.test? Certificates are public, so that can be done. "
    "But the private key that has to sign CertificateVerify is in the bookshop and nowhere else.",
)

# --- what a browser says

VERDICT = Text(ko="브라우저 화면: {name}", en="in a browser: {name}")

# --- the end

SUMMARY = Text(ko="정리", en="In short")
WENT_TO = Text(ko="찾아간 곳", en="asked for")
MET = Text(ko="대답한 쪽", en="answered by")
OUTCOME = Text(ko="결과", en="result")
CONNECTED = Text(ko="연결됨", en="connected")
BOOKSHOP = Text(ko="책방", en="the bookshop")
TEA_HOUSE = Text(ko="찻집", en="the tea house")
THIEF_OTHER_NAME = Text(ko="도둑 (thief.test 인증서)", en="the thief, as thief.test")
THIEF_OWN_SEAL = Text(ko="도둑 (스스로 서명)", en="the thief, self-signed")
THIEF_NO_TLS = Text(ko="도둑 (TLS 없음)", en="the thief, without TLS")
MORAL = Text(
    ko="주소를 속이기는 쉽습니다. 그러나 이름의 주인임을 증명하려면 그 이름의 개인 키와 인증 기관의 서명이 있어야 합니다. 그래서 "
    "DNS가 거짓말을 해도 연결이 끊길 뿐, 비밀이 새어 나가지는 않습니다.",
    en="An address is easily forged. Proving that one owns a name takes its private key, and an authority's signature "
    "over it. So when DNS lies, the connection fails, and no secret reaches the wrong ears.",
)
TRY_IT = Text(
    ko="직접 해 보기 (모두 {seconds:.1f}초 걸렸습니다):", en="To try it yourself (all this took {seconds:.1f} s):"
)
COMMANDS = (
    "dojang ca init my-ca",
    "dojang serve --ca my-ca",
    "dojang connect localhost:8443 --ca my-ca/root.pem --session visit",
)

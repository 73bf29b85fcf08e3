"""What `dojang demo` says of older ways and of second visits: two texts for two readers, as in `demo_prose`."""
# ruff: noqa: E501

from __future__ import annotations

from dojang.cli.language import Text

# --- 6

OLDER = Text(ko="6. 같은 책방을 TLS 1.2로 찾아가면", en="6. The same shop by TLS 1.2")
FOUR_WAYS = Text(
    ko="TLS 1.2는 2008년에 나왔고 지금도 곳곳에서 쓰입니다. 손님이 같은 책방을 네 가지 방식으로 다시 찾아갔습니다. TLS 1.3으로 한 번, "
    "TLS 1.2로는 키 교환을 바꿔 가며 세 번입니다. 이번에는 책방의 인증서에 RSA 키가 들어 있습니다. 먼저 TLS 1.2 ECDHE입니다.",
    en="TLS 1.2 came out in 2008 and is still in use in many places. The customer has called at the same bookshop in four "
    "more ways: once by TLS 1.3, and by TLS 1.2 with each of its three key exchanges. This time the shop's certificate "
    "holds an RSA key. First, TLS 1.2 with ECDHE:",
)
TWO_TRIPS = Text(
    ko="요청을 보내기까지 두 번 오갔고, 인증서는 암호화되지 않은 채 지나갔습니다. TLS 1.3은 클라이언트의 공개 값을 첫 메시지에 실어 "
    "보내어 한 번을 줄이고, 인증서도 감춥니다.",
    en="It took two round trips before the request could go out, and the certificates passed unencrypted. TLS 1.3 saves a "
    "trip by sending the client's public value along with the first message, and it hides the certificates.",
)
THREE_EXCHANGES = Text(
    ko="TLS 1.2의 세 키 교환은 비밀을 정하는 방법이 다릅니다. ECDHE와 DHE는 연결할 때마다 양쪽이 값을 새로 만들어 공개 값만 주고받고, "
    "끝나면 버립니다. 고정 RSA는 클라이언트가 비밀을 정하고, 인증서에 있는 RSA 공개 키로 암호화하여 ClientKeyExchange에 담습니다. "
    "아래에서 보듯 ServerKeyExchange가 없어 더 간단해 보입니다.",
    en="The three key exchanges of TLS 1.2 differ in how the secret comes about. With ECDHE and DHE both sides make fresh "
    "values for each connection, exchange only the public halves, and throw them away afterwards. With static RSA the "
    "client makes up a secret and puts it into ClientKeyExchange, encrypted to the RSA key in the certificate. There is "
    "no ServerKeyExchange, and it looks simpler:",
)
WAYS = (
    Text(ko="TLS 1.3", en="TLS 1.3"),
    Text(ko="1.2 ECDHE", en="1.2 ECDHE"),
    Text(ko="1.2 DHE", en="1.2 DHE"),
    Text(ko="1.2 RSA", en="1.2 RSA"),
)
MESSAGES = Text(ko="메시지", en="messages")
ROUND_TRIPS = Text(ko="요청 전 왕복", en="round trips")
BYTES = Text(ko="핸드셰이크 바이트", en="handshake bytes")
IN_THE_CLEAR = Text(ko="인증서가 보임", en="certificate visible")
READABLE = Text(ko="나중에 서버 키로 읽힘", en="read with server's key")
YES = Text(ko="예", en="yes")
NO = Text(ko="아니요", en="no")

LARGER = Text(
    ko="TLS 1.3이 더 많은 바이트를 쓴 것은 양자 컴퓨터에 대비한 키 교환(X25519MLKEM768) 때문입니다. 공개 값이 방향마다 천 바이트가 "
    "넘습니다.",
    en="TLS 1.3 took more bytes because its key exchange here (X25519MLKEM768) is prepared for quantum computers: the public "
    "values alone are over a thousand bytes each way.",
)

EAVESDROPPER = Text(
    ko="길에서 누군가 네 번의 방문을 모두 녹화해 두었습니다. 그때는 읽을 수 없었습니다. 그런데 몇 해 뒤 책방의 RSA 개인 키가 그 사람 손에 "
    "들어갔습니다. 녹화와 개인 키, 이 둘만 가지고 지금 열어 보았습니다.",
    en="Someone on the way has recorded all four visits. They could not be read at the time. But years later the shop's RSA "
    "private key falls into that person's hands. With nothing but the recordings and the key, they have just been tried:",
)
OPENED = Text(
    ko="{way}: 녹화 {size}바이트가 열렸습니다. 손님이 한 말도 책방이 한 말도 모두 읽힙니다.",
    en="{way}: the {size} recorded bytes open. All that customer and shop said can be read:",
)
CLOSED = Text(
    ko="{way}: 녹화 {size}바이트에서 한 글자도 나오지 않습니다.",
    en="{way}: not a letter can be had from the {size} recorded bytes.",
)
FORWARD_SECRECY = Text(
    ko="고정 RSA에서는 비밀이 녹화 안에 들어 있고, 개인 키가 그것을 엽니다. 나머지 셋에서 개인 키는 서명만 할 뿐이고, 비밀을 만든 값은 이미 "
    "버려져서 아무도 되살릴 수 없습니다. 이 성질을 전방향 안전성이라고 합니다. 그래서 TLS 1.3은 고정 RSA를 없앴고, dojang도 --legacy-rsa라고 "
    "소리 내어 말할 때만 씁니다.",
    en="With static RSA the secret is in the recording, and the private key opens it. In the other three the private key only "
    "signs, and the values that made the secret are gone for good. This is called forward secrecy. It is why TLS 1.3 did "
    "away with static RSA, and why dojang speaks it only when told to, out loud, with --legacy-rsa.",
)

# --- 7

AGAIN = Text(ko="7. 두 번째 방문은 더 가볍습니다", en="7. A second visit is lighter")
WHY_AGAIN = Text(
    ko="핸드셰이크에서 크고 느린 것은 인증서를 보이고, 서명하고, 확인하는 일입니다. 한 번 확인한 사이라면 되풀이할 까닭이 없습니다. 그래서 "
    "지난번의 비밀을 아는 것으로 증명을 대신합니다. 방법은 셋입니다.",
    en="What is large and slow in a handshake is the certificates: showing them, signing, verifying. Two parties who have done "
    "that once need not do it again. Knowing the secret of last time takes its place. There are three ways:",
)
MEANS = (
    (
        Text(ko="세션 ID (TLS 1.2)", en="Session ID (TLS 1.2)"),
        Text(
            ko="서버가 비밀을 기억해 두고 손님에게는 번호만 줍니다.",
            en="the server remembers the secret and gives the client a number for it.",
        ),
    ),
    (
        Text(ko="티켓 (TLS 1.2)", en="Ticket (TLS 1.2)"),
        Text(
            ko="서버는 아무것도 기억하지 않습니다. 기억할 것을 자기만 여는 키로 봉하여 손님에게 맡깁니다.",
            en="the server remembers nothing; it seals what it would remember under a key of its own and lets the client "
            "keep it.",
        ),
    ),
    (
        Text(ko="PSK (TLS 1.3)", en="PSK (TLS 1.3)"),
        Text(
            ko="티켓에 새 키 교환을 더합니다. 그래서 티켓 키가 나중에 새어 나가도 이 대화는 읽히지 않습니다. 티켓은 한 번만 씁니다.",
            en="a ticket together with a fresh key exchange, so that a ticket key that leaks later doesn't open this "
            "conversation. Each ticket is used once.",
        ),
    ),
)
SAVINGS_HEAD = (
    Text(ko="방문", en="visit"),
    Text(ko="메시지", en="messages"),
    Text(ko="왕복", en="trips"),
    Text(ko="바이트", en="bytes"),
    Text(ko="시간", en="time"),
)
VISITS = {
    "full12": Text(ko="TLS 1.2 처음", en="TLS 1.2, first"),
    "id": Text(ko="  세션 ID로", en="  by session ID"),
    "ticket": Text(ko="  티켓으로", en="  by ticket"),
    "full13": Text(ko="TLS 1.3 처음", en="TLS 1.3, first"),
    "psk": Text(ko="  PSK로", en="  by PSK"),
}
STILL_KNOWN = Text(
    ko="시간은 길의 길이가 0인 이 컴퓨터 안에서 잰 것이고, 괄호는 처음보다 줄어든 몫입니다. 이어받은 세션에서도 상대가 누구인지는 처음에 "
    "확인한 그대로이고, 그 확인이 오늘도 통하는지는 다시 따져 봅니다. PSK는 키 교환을 새로 하므로 그 바이트는 남습니다.",
    en="The times were taken inside this machine, where the way is of no length; in parentheses, how much less it was than on "
    "the first visit. A resumed session still knows who the other side is, as verified then, and looks again whether that "
    "verdict holds today. With a PSK the key exchange is made anew, and its bytes remain.",
)

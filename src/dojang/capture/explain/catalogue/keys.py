"""The key schedule's nodes: what each secret is for."""

KEYS: dict[str, tuple[str, str]] = {
    "early_secret": (
        "사전 공유 키에서 시작하는 첫 비밀입니다. 사전 공유 키가 없으면 0에서 시작하는 상수입니다.",
        "The first secret, from the pre-shared key; without one it starts from zeros and is a constant.",
    ),
    "handshake_secret": (
        "키 교환의 결과를 섞은 비밀입니다. 여기서부터 엿듣는 사람은 따라올 수 없습니다.",
        "Takes in the result of the key exchange; from here on an eavesdropper can't follow.",
    ),
    "main_secret": (
        "애플리케이션 데이터의 키가 모두 나오는 비밀입니다.",
        "The secret that all application keys come from.",
    ),
    "shared_secret": (
        "키 교환으로 양쪽이 따로 계산한 같은 값입니다. 전송된 적이 없습니다.",
        "What both sides computed from the key exchange, each for itself; it never crossed the wire.",
    ),
    "psk": (
        "지난 연결에서 이어받았거나 미리 나눈 키입니다.",
        "A key from an earlier connection, or one shared beforehand.",
    ),
    "CLIENT_EARLY_TRAFFIC_SECRET": ("0-RTT 데이터를 보호합니다.", "Protects 0-RTT data."),
    "CLIENT_HANDSHAKE_TRAFFIC_SECRET": (
        "클라이언트가 보내는 나머지 핸드셰이크를 보호합니다.",
        "Protects the rest of the client's handshake.",
    ),
    "SERVER_HANDSHAKE_TRAFFIC_SECRET": (
        "서버가 보내는 나머지 핸드셰이크를 보호합니다. 인증서가 이 아래에 숨습니다.",
        "Protects the rest of the server's handshake, its certificate included.",
    ),
    "CLIENT_TRAFFIC_SECRET_0": (
        "클라이언트의 애플리케이션 데이터를 보호합니다. KeyUpdate마다 다음 값으로 넘어갑니다.",
        "Protects the client's application data; each KeyUpdate moves on to the next.",
    ),
    "SERVER_TRAFFIC_SECRET_0": (
        "서버의 애플리케이션 데이터를 보호합니다. KeyUpdate마다 다음 값으로 넘어갑니다.",
        "Protects the server's application data; each KeyUpdate moves on to the next.",
    ),
    "EXPORTER_SECRET": (
        "애플리케이션이 따로 쓸 키를 뽑아 낼 수 있는 비밀입니다.",
        "From it an application can derive keys of its own.",
    ),
    "key": ("레코드를 암호화하는 키입니다.", "The key that encrypts the records."),
    "iv": (
        "레코드 번호와 섞어 논스를 만드는 값입니다. 그래서 같은 논스가 두 번 나오지 않습니다.",
        "Mixed with the record's number into the nonce, so that no nonce comes twice.",
    ),
    "finished": ("Finished 메시지의 MAC을 만드는 키입니다.", "The key of the Finished message's MAC."),
    "pre_master_secret": (
        "키 교환의 결과입니다. 이것과 두 난수에서 마스터 시크릿이 나옵니다.",
        "The result of the key exchange; with both randoms it makes the master secret.",
    ),
    "master_secret": (
        "세션 전체의 뿌리가 되는 48바이트입니다. 이것만 알면 이 세션을 열 수 있습니다.",
        "Forty-eight bytes from which the whole session grows; whoever has them can open it.",
    ),
    "key_block": (
        "마스터 시크릿에서 길게 뽑은 뒤 차례로 잘라 키로 씁니다.",
        "A long output of the PRF that is cut into keys, one after the other.",
    ),
    "client_write_MAC_key": (
        "클라이언트 레코드의 변조를 검사하는 키입니다.",
        "Guards the client's records against changes.",
    ),
    "server_write_MAC_key": ("서버 레코드의 변조를 검사하는 키입니다.", "Guards the server's records against changes."),
    "client_write_key": ("클라이언트 레코드를 암호화하는 키입니다.", "Encrypts the client's records."),
    "server_write_key": ("서버 레코드를 암호화하는 키입니다.", "Encrypts the server's records."),
    "client_write_IV": ("클라이언트 레코드 논스의 숨은 부분입니다.", "The hidden part of the client's nonces."),
    "server_write_IV": ("서버 레코드 논스의 숨은 부분입니다.", "The hidden part of the server's nonces."),
}
UNKNOWN_VALUE = (
    "이 값은 주어진 비밀로는 알 수 없습니다.",
    "This value can't be known from the secrets that were given.",
)

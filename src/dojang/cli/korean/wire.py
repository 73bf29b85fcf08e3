"""Korean for bytes that do not have the shape the document gives them, and for `dojang.errors` itself."""

SENTENCES: dict[str, str] = {
    "the {sender} sent the alert {description}": "{sender:이/가} {description} 경보를 보냈습니다",
    "{what}: {size} bytes are no whole number of {width}-byte values": (
        "{what}: {size}바이트는 {width}바이트짜리 값으로 나누어떨어지지 않습니다"
    ),
    "{what} ends early: {size} bytes wanted, {left} left": (
        "{what:이/가} 중간에 끊겼습니다. {size}바이트가 필요한데 {left}바이트만 남았습니다"
    ),
    "{what}: a length says {size} bytes, only {left} are left": (
        "{what}: 길이는 {size}바이트라고 적혀 있지만 {left}바이트만 남았습니다"
    ),
    "{what}: a length of {size} is outside {low}..{high}": "{what}: 길이 {size:은/는} 허용 범위 {low}..{high} 밖입니다",
    "{what}: {left} bytes too many at the end": "{what}: 끝에 {left}바이트가 더 붙어 있습니다",
    "an alert of {size} bytes instead of 2": "경보는 2바이트여야 하는데 {size}바이트입니다",
    "a handshake message of {size} bytes is announced, {limit} are the most that is taken": (
        "{size}바이트짜리 핸드셰이크 메시지를 예고했지만 최대 {limit}바이트까지만 받습니다"
    ),
    "the data ends inside an element": "요소 중간에서 데이터가 끝났습니다",
    "an element is longer than what holds it": "요소가 자신을 담은 것보다 깁니다",
    "tag 0x{found:02X} where 0x{wanted:02X} belongs": "태그 0x{wanted:02X} 자리에 0x{found:02X}이 있습니다",
    "{count} bytes follow the element": "요소 뒤에 {count}바이트가 더 있습니다",
    "nested more than {depth} deep": "{depth}겹보다 깊이 중첩되어 있습니다",
    "an INTEGER without a value": "값이 없는 INTEGER입니다",
    "an INTEGER with needless leading octets": "INTEGER 앞에 필요 없는 옥텟이 붙어 있습니다",
    "a BOOLEAN that is neither 00 nor FF": "BOOLEAN 값이 00도 FF도 아닙니다",
    "a BIT STRING with a wrong count of unused bits": "BIT STRING의 남는 비트 수가 잘못되었습니다",
    "a BIT STRING whose unused bits are set": "BIT STRING의 남는 비트가 0이 아닙니다",
    "a time that is not in UTC to the second": "시각이 초 단위 UTC로 적혀 있지 않습니다",
    "a time that no calendar has": "달력에 없는 시각입니다",
    "an OBJECT IDENTIFIER that does not end": "OBJECT IDENTIFIER가 끝나지 않습니다",
    "an OBJECT IDENTIFIER with a padded arc": "OBJECT IDENTIFIER의 마디 앞에 쓸데없는 0이 붙어 있습니다",
    "a tag longer than five octets": "태그가 다섯 옥텟보다 깁니다",
    "a length that DER does not allow": "DER이 허용하지 않는 길이 표기입니다",
    "a length in more octets than needed": "길이가 필요보다 많은 옥텟으로 적혀 있습니다",
}

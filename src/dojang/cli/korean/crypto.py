"""Korean for what record protection finds."""

SENTENCES: dict[str, str] = {
    "a protected record of {size} bytes can't hold a tag": "암호화된 레코드가 {size}바이트뿐이라 인증 태그가 들어갈 수 없습니다",
    "a protected record of {size} bytes, {limit} is the most": (
        "암호화된 레코드가 {size}바이트입니다. 최대 {limit}바이트까지만 허용됩니다"
    ),
    "a record holds {size} bytes, {limit} is the most": "레코드에 {size}바이트가 들어 있습니다. 최대 {limit}바이트까지만 허용됩니다",
    "a protected record holds no content type": "암호화된 레코드 안에 콘텐츠 유형이 없습니다",
    "record {number} does not open with its key": (
        "레코드 {number}번이 복호화되지 않습니다. 내용이 바뀌었거나 다른 키로 암호화되었습니다"
    ),
}

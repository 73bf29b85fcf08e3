"""IANA's TLS registries as open integers: a value nobody has registered survives and has a name of its own.

Numbers only; what may be negotiated is the engine's business, how it is computed the crypto floor's.
Sources: the IANA "TLS Parameters" and "TLS ExtensionType Values" registries.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar, Self

__all__ = [
    "Alert",
    "AlertLevel",
    "CertificateCompressionAlgorithm",
    "CertificateStatusType",
    "CertificateType",
    "CipherSuite",
    "ContentType",
    "ExtensionType",
    "HandshakeType",
    "KeyUpdateRequest",
    "NameType",
    "NamedGroup",
    "OpenCode",
    "PskKeyExchangeMode",
    "SignatureScheme",
    "Version",
]


class OpenCode(IntEnum):
    """An integer of `wire_size` bytes with a registry's name where it has one."""

    wire_size: ClassVar[int]

    def __init_subclass__(cls, size: int = 1, **keywords: object) -> None:
        super().__init_subclass__(**keywords)
        cls.wire_size = size

    @classmethod
    def of(cls, value: int) -> Self:
        """The code of a value: what calling the class gives, faster."""
        known = cls._value2member_map_.get(value)
        return cls(value) if known is None else known  # type: ignore[return-value]

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or not 0 <= value < 256**cls.wire_size:
            return None
        unknown = int.__new__(cls, value)
        unknown._value_ = value
        unknown._name_ = f"0x{value:0{2 * cls.wire_size}X}"
        if unknown.is_grease or not value:  # what every other hello brings, and zero for none: worth keeping
            cls._value2member_map_[value] = unknown
        return unknown

    # Enum hashes by name; by value it is faster and an unknown code equals itself.
    __hash__ = int.__hash__

    @property
    def label(self) -> str:
        """The registry's spelling: ``x25519``, ``handshake_failure``; GREASE and unknown values as such."""
        if self.is_grease:
            return f"GREASE (0x{self.value:0{2 * self.wire_size}X})"
        return _SPELLING.get((type(self), self.value)) or self.name.lower()

    @property
    def is_registered(self) -> bool:
        """True where this table has a name for the value."""
        return self._name_ in type(self).__members__

    @property
    def is_grease(self) -> bool:
        """RFC 8701 section 2: values that mean nothing and must be ignored."""
        if self.wire_size == 1:
            return False
        high, low = divmod(self._value_, 256)
        return high == low and low & 0x0F == 0x0A


class ContentType(OpenCode, size=1):
    """RFC 9846 section 5.1."""

    INVALID = 0
    CHANGE_CIPHER_SPEC = 20
    ALERT = 21
    HANDSHAKE = 22
    APPLICATION_DATA = 23
    HEARTBEAT = 24
    TLS12_CID = 25
    ACK = 26


class Version(OpenCode, size=2):
    """ProtocolVersion, RFC 9846 section 4.2.2."""

    SSL2 = 0x0002
    SSL3 = 0x0300
    TLS10 = 0x0301
    TLS11 = 0x0302
    TLS12 = 0x0303
    TLS13 = 0x0304

    @property
    def label(self) -> str:
        """``TLS 1.3``."""
        if self.is_registered or self.is_grease:
            return _SPELLING.get((Version, self.value)) or super().label
        if self.value >> 8 == 0x7F:
            return f"TLS 1.3 draft {self.value & 0xFF}"
        return f"0x{self.value:04X}"


class HandshakeType(OpenCode, size=1):
    """RFC 9846 section 4 and the registry's older values."""

    HELLO_REQUEST = 0
    CLIENT_HELLO = 1
    SERVER_HELLO = 2
    HELLO_VERIFY_REQUEST = 3
    NEW_SESSION_TICKET = 4
    END_OF_EARLY_DATA = 5
    HELLO_RETRY_REQUEST = 6
    ENCRYPTED_EXTENSIONS = 8
    REQUEST_CONNECTION_ID = 9
    NEW_CONNECTION_ID = 10
    CERTIFICATE = 11
    SERVER_KEY_EXCHANGE = 12
    CERTIFICATE_REQUEST = 13
    SERVER_HELLO_DONE = 14
    CERTIFICATE_VERIFY = 15
    CLIENT_KEY_EXCHANGE = 16
    CLIENT_CERTIFICATE_REQUEST = 17
    FINISHED = 20
    CERTIFICATE_URL = 21
    CERTIFICATE_STATUS = 22
    SUPPLEMENTAL_DATA = 23
    KEY_UPDATE = 24
    COMPRESSED_CERTIFICATE = 25
    EKT_KEY = 26
    NEXT_PROTOCOL = 67
    MESSAGE_HASH = 254


class AlertLevel(OpenCode, size=1):
    """RFC 9846 section 6."""

    WARNING = 1
    FATAL = 2


class Alert(OpenCode, size=1):
    """AlertDescription, RFC 9846 section 6."""

    CLOSE_NOTIFY = 0
    UNEXPECTED_MESSAGE = 10
    BAD_RECORD_MAC = 20
    DECRYPTION_FAILED = 21
    RECORD_OVERFLOW = 22
    DECOMPRESSION_FAILURE = 30
    HANDSHAKE_FAILURE = 40
    NO_CERTIFICATE = 41
    BAD_CERTIFICATE = 42
    UNSUPPORTED_CERTIFICATE = 43
    CERTIFICATE_REVOKED = 44
    CERTIFICATE_EXPIRED = 45
    CERTIFICATE_UNKNOWN = 46
    ILLEGAL_PARAMETER = 47
    UNKNOWN_CA = 48
    ACCESS_DENIED = 49
    DECODE_ERROR = 50
    DECRYPT_ERROR = 51
    TOO_MANY_CIDS_REQUESTED = 52
    EXPORT_RESTRICTION = 60
    PROTOCOL_VERSION = 70
    INSUFFICIENT_SECURITY = 71
    INTERNAL_ERROR = 80
    INAPPROPRIATE_FALLBACK = 86
    USER_CANCELED = 90
    NO_RENEGOTIATION = 100
    MISSING_EXTENSION = 109
    UNSUPPORTED_EXTENSION = 110
    CERTIFICATE_UNOBTAINABLE = 111
    UNRECOGNIZED_NAME = 112
    BAD_CERTIFICATE_STATUS_RESPONSE = 113
    BAD_CERTIFICATE_HASH_VALUE = 114
    UNKNOWN_PSK_IDENTITY = 115
    CERTIFICATE_REQUIRED = 116
    GENERAL_ERROR = 117
    NO_APPLICATION_PROTOCOL = 120
    ECH_REQUIRED = 121


class ExtensionType(OpenCode, size=2):
    """IANA "TLS ExtensionType Values"."""

    SERVER_NAME = 0
    MAX_FRAGMENT_LENGTH = 1
    CLIENT_CERTIFICATE_URL = 2
    TRUSTED_CA_KEYS = 3
    TRUNCATED_HMAC = 4
    STATUS_REQUEST = 5
    USER_MAPPING = 6
    CLIENT_AUTHZ = 7
    SERVER_AUTHZ = 8
    CERT_TYPE = 9
    SUPPORTED_GROUPS = 10
    EC_POINT_FORMATS = 11
    SRP = 12
    SIGNATURE_ALGORITHMS = 13
    USE_SRTP = 14
    HEARTBEAT = 15
    APPLICATION_LAYER_PROTOCOL_NEGOTIATION = 16
    STATUS_REQUEST_V2 = 17
    SIGNED_CERTIFICATE_TIMESTAMP = 18
    CLIENT_CERTIFICATE_TYPE = 19
    SERVER_CERTIFICATE_TYPE = 20
    PADDING = 21
    ENCRYPT_THEN_MAC = 22
    EXTENDED_MASTER_SECRET = 23
    TOKEN_BINDING = 24
    CACHED_INFO = 25
    TLS_LTS = 26
    COMPRESS_CERTIFICATE = 27
    RECORD_SIZE_LIMIT = 28
    PWD_PROTECT = 29
    PWD_CLEAR = 30
    PASSWORD_SALT = 31
    TICKET_PINNING = 32
    TLS_CERT_WITH_EXTERN_PSK = 33
    DELEGATED_CREDENTIAL = 34
    SESSION_TICKET = 35
    TLMSP = 36
    TLMSP_PROXYING = 37
    TLMSP_DELEGATE = 38
    SUPPORTED_EKT_CIPHERS = 39
    KEY_SHARE_DRAFT = 40
    PRE_SHARED_KEY = 41
    EARLY_DATA = 42
    SUPPORTED_VERSIONS = 43
    COOKIE = 44
    PSK_KEY_EXCHANGE_MODES = 45
    TICKET_EARLY_DATA_INFO = 46
    CERTIFICATE_AUTHORITIES = 47
    OID_FILTERS = 48
    POST_HANDSHAKE_AUTH = 49
    SIGNATURE_ALGORITHMS_CERT = 50
    KEY_SHARE = 51
    TRANSPARENCY_INFO = 52
    CONNECTION_ID_DEPRECATED = 53
    CONNECTION_ID = 54
    EXTERNAL_ID_HASH = 55
    EXTERNAL_SESSION_ID = 56
    QUIC_TRANSPORT_PARAMETERS = 57
    TICKET_REQUEST = 58
    DNSSEC_CHAIN = 59
    SEQUENCE_NUMBER_ENCRYPTION_ALGORITHMS = 60
    RRC = 61
    TLS_FLAGS = 62
    NEXT_PROTOCOL_NEGOTIATION = 13172
    APPLICATION_SETTINGS_OLD = 17513
    APPLICATION_SETTINGS = 17613
    CHANNEL_ID_OLD = 30031
    CHANNEL_ID = 30032
    ECH_OUTER_EXTENSIONS = 0xFD00
    ENCRYPTED_CLIENT_HELLO = 0xFE0D
    QUIC_TRANSPORT_PARAMETERS_DRAFT = 0xFFA5
    RENEGOTIATION_INFO = 0xFF01


class NamedGroup(OpenCode, size=2):
    """IANA "TLS Supported Groups"."""

    SECT163K1 = 1
    SECT163R1 = 2
    SECT163R2 = 3
    SECT193R1 = 4
    SECT193R2 = 5
    SECT233K1 = 6
    SECT233R1 = 7
    SECT239K1 = 8
    SECT283K1 = 9
    SECT283R1 = 10
    SECT409K1 = 11
    SECT409R1 = 12
    SECT571K1 = 13
    SECT571R1 = 14
    SECP160K1 = 15
    SECP160R1 = 16
    SECP160R2 = 17
    SECP192K1 = 18
    SECP192R1 = 19
    SECP224K1 = 20
    SECP224R1 = 21
    SECP256K1 = 22
    SECP256R1 = 23
    SECP384R1 = 24
    SECP521R1 = 25
    BRAINPOOLP256R1 = 26
    BRAINPOOLP384R1 = 27
    BRAINPOOLP512R1 = 28
    X25519 = 29
    X448 = 30
    BRAINPOOLP256R1TLS13 = 31
    BRAINPOOLP384R1TLS13 = 32
    BRAINPOOLP512R1TLS13 = 33
    GC256A = 34
    GC256B = 35
    GC256C = 36
    GC256D = 37
    GC512A = 38
    GC512B = 39
    GC512C = 40
    CURVESM2 = 41
    FFDHE2048 = 256
    FFDHE3072 = 257
    FFDHE4096 = 258
    FFDHE6144 = 259
    FFDHE8192 = 260
    MLKEM512 = 0x0200
    MLKEM768 = 0x0201
    MLKEM1024 = 0x0202
    SECP256R1MLKEM768 = 0x11EB
    X25519MLKEM768 = 0x11EC
    SECP384R1MLKEM1024 = 0x11ED
    CURVESM2MLKEM768 = 0x11EE
    X25519KYBER512DRAFT00 = 0xFE30
    X25519KYBER768DRAFT00 = 0x6399
    SECP256R1KYBER768DRAFT00 = 0x639A
    ARBITRARY_EXPLICIT_PRIME_CURVES = 0xFF01
    ARBITRARY_EXPLICIT_CHAR2_CURVES = 0xFF02


class SignatureScheme(OpenCode, size=2):
    """IANA "TLS SignatureScheme"."""

    RSA_PKCS1_MD5 = 0x0101
    RSA_PKCS1_SHA1 = 0x0201
    DSA_SHA1 = 0x0202
    ECDSA_SHA1 = 0x0203
    RSA_PKCS1_SHA224 = 0x0301
    DSA_SHA224 = 0x0302
    ECDSA_SHA224 = 0x0303
    RSA_PKCS1_SHA256 = 0x0401
    DSA_SHA256 = 0x0402
    ECDSA_SECP256R1_SHA256 = 0x0403
    RSA_PKCS1_SHA256_LEGACY = 0x0420
    RSA_PKCS1_SHA384 = 0x0501
    DSA_SHA384 = 0x0502
    ECDSA_SECP384R1_SHA384 = 0x0503
    RSA_PKCS1_SHA384_LEGACY = 0x0520
    RSA_PKCS1_SHA512 = 0x0601
    DSA_SHA512 = 0x0602
    ECDSA_SECP521R1_SHA512 = 0x0603
    RSA_PKCS1_SHA512_LEGACY = 0x0620
    SM2SIG_SM3 = 0x0708
    RSA_PSS_RSAE_SHA256 = 0x0804
    RSA_PSS_RSAE_SHA384 = 0x0805
    RSA_PSS_RSAE_SHA512 = 0x0806
    ED25519 = 0x0807
    ED448 = 0x0808
    RSA_PSS_PSS_SHA256 = 0x0809
    RSA_PSS_PSS_SHA384 = 0x080A
    RSA_PSS_PSS_SHA512 = 0x080B
    ECDSA_BRAINPOOLP256R1TLS13_SHA256 = 0x081A
    ECDSA_BRAINPOOLP384R1TLS13_SHA384 = 0x081B
    ECDSA_BRAINPOOLP512R1TLS13_SHA512 = 0x081C
    MLDSA44 = 0x0904
    MLDSA65 = 0x0905
    MLDSA87 = 0x0906


class CipherSuite(OpenCode, size=2):
    """The suites that dojang can speak or must name; the registry's whole list is for captures."""

    TLS_NULL_WITH_NULL_NULL = 0x0000
    TLS_RSA_WITH_AES_128_GCM_SHA256 = 0x009C
    TLS_RSA_WITH_AES_256_GCM_SHA384 = 0x009D
    TLS_DHE_RSA_WITH_AES_128_GCM_SHA256 = 0x009E
    TLS_DHE_RSA_WITH_AES_256_GCM_SHA384 = 0x009F
    TLS_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00FF
    TLS_AES_128_GCM_SHA256 = 0x1301
    TLS_AES_256_GCM_SHA384 = 0x1302
    TLS_CHACHA20_POLY1305_SHA256 = 0x1303
    TLS_AES_128_CCM_SHA256 = 0x1304
    TLS_AES_128_CCM_8_SHA256 = 0x1305
    TLS_FALLBACK_SCSV = 0x5600
    TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 = 0xC02B
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 = 0xC02C
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 = 0xC02F
    TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 = 0xC030
    TLS_RSA_WITH_AES_128_CCM = 0xC09C
    TLS_RSA_WITH_AES_256_CCM = 0xC09D
    TLS_DHE_RSA_WITH_AES_128_CCM = 0xC09E
    TLS_DHE_RSA_WITH_AES_256_CCM = 0xC09F
    TLS_ECDHE_ECDSA_WITH_AES_128_CCM = 0xC0AC
    TLS_ECDHE_ECDSA_WITH_AES_256_CCM = 0xC0AD
    TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8 = 0xC0AE
    TLS_ECDHE_ECDSA_WITH_AES_256_CCM_8 = 0xC0AF
    TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCA8
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCA9
    TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256 = 0xCCAA

    @property
    def label(self) -> str:
        """Suites keep the registry's capitals."""
        return super().label if self.is_grease else self.name


class KeyUpdateRequest(OpenCode, size=1):
    """RFC 9846 section 4.7.3."""

    UPDATE_NOT_REQUESTED = 0
    UPDATE_REQUESTED = 1


class PskKeyExchangeMode(OpenCode, size=1):
    """RFC 9846 section 4.3.9; GREASE values are RFC 8701's."""

    PSK_KE = 0
    PSK_DHE_KE = 1

    @property
    def is_grease(self) -> bool:
        """RFC 8701 section 2: 0x0B, 0x2A, 0x49, ... 0xE4."""
        return self.value % 0x1F == 0x0B


class NameType(OpenCode, size=1):
    """RFC 6066 section 3."""

    HOST_NAME = 0


class CertificateStatusType(OpenCode, size=1):
    """RFC 6066 section 8."""

    OCSP = 1
    OCSP_MULTI = 2


class CertificateType(OpenCode, size=1):
    """RFC 7250 section 3."""

    X509 = 0
    OPENPGP = 1
    RAW_PUBLIC_KEY = 2


class CertificateCompressionAlgorithm(OpenCode, size=2):
    """RFC 8879 section 7.3."""

    ZLIB = 1
    BROTLI = 2
    ZSTD = 3


_SPELLING: dict[tuple[type[OpenCode], int], str] = {
    (Version, Version.SSL2): "SSL 2.0",
    (Version, Version.SSL3): "SSL 3.0",
    (Version, Version.TLS10): "TLS 1.0",
    (Version, Version.TLS11): "TLS 1.1",
    (Version, Version.TLS12): "TLS 1.2",
    (Version, Version.TLS13): "TLS 1.3",
    (NamedGroup, NamedGroup.X25519MLKEM768): "X25519MLKEM768",
    (NamedGroup, NamedGroup.SECP256R1MLKEM768): "SecP256r1MLKEM768",
    (NamedGroup, NamedGroup.SECP384R1MLKEM1024): "SecP384r1MLKEM1024",
    (NamedGroup, NamedGroup.CURVESM2MLKEM768): "curveSM2MLKEM768",
    (NamedGroup, NamedGroup.X25519KYBER768DRAFT00): "X25519Kyber768Draft00",
    (NamedGroup, NamedGroup.X25519KYBER512DRAFT00): "X25519Kyber512Draft00",
    (NamedGroup, NamedGroup.SECP256R1KYBER768DRAFT00): "SecP256r1Kyber768Draft00",
}

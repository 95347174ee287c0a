"""Flight SQL's messages, made by hand: a few fields of Protocol Buffers."""


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def field_bytes(number, value):
    return varint(number << 3 | 2) + varint(len(value)) + value


def field_number(number, value):
    return varint(number << 3) + varint(value)


def any_of(name, message):
    """`message` in a google.protobuf.Any, as the message `name` of Flight SQL."""
    return field_bytes(1, b"type.googleapis.com/arrow.flight.protocol.sql." + name.encode()) + field_bytes(2, message)

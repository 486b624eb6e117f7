"""Makes PNG pictures of screens small: at most 256 colours, one byte a pixel."""

import collections
import struct
import zlib

HEAD = b"\x89PNG\r\n\x1a\n"
MOST = 256
BITS = 5  # of each channel that are told apart before the commonest colours are chosen


def small(data):
    """The same picture with a palette. Takes 8-bit RGB or RGBA, as browsers write it."""
    width, height, channels, rows = decoded(data)
    counts = collections.Counter()
    pixels = []
    for row in rows:
        line = [row[i : i + 3] for i in range(0, len(row), channels)]
        counts.update(line)
        pixels.append(line)
    palette = chosen(counts)
    index = {}
    for colour in counts:
        index[colour] = min(range(len(palette)), key=lambda i: distance(palette[i], colour))
    raw = b"".join(b"\0" + bytes(index[colour] for colour in line) for line in pixels)
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = [(b"IHDR", head), (b"PLTE", b"".join(palette)), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b"")]
    return HEAD + b"".join(chunk(kind, content) for kind, content in parts)


def chosen(counts):
    """The commonest colours, and of those that look alike only one."""
    palette, seen = [], set()
    for colour, _ in counts.most_common():
        rough = tuple(value >> (8 - BITS) for value in colour)
        if rough not in seen:
            seen.add(rough)
            palette.append(bytes(colour))
        if len(palette) == MOST:
            break
    return palette


def distance(a, b):
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2


def chunk(kind, content):
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def decoded(data):
    """Width, height, channels and rows of a PNG picture."""
    at, packed = len(HEAD), b""
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, content = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", content)
            assert depth == 8 and colour in (2, 6), "8-bit RGB or RGBA"
            channels = 3 if colour == 2 else 4
        elif kind == b"IDAT":
            packed += content
        at += length + 12
    raw, stride = zlib.decompress(packed), width * channels
    rows, before = [], bytes(stride)
    for y in range(height):
        start = y * (stride + 1)
        line = bytearray(raw[start + 1 : start + 1 + stride])
        unfilter(raw[start], line, before, channels)
        before = bytes(line)
        rows.append(before)
    return width, height, channels, rows


def unfilter(kind, line, above, step):
    """Undoes a row's filter in place: https://www.w3.org/TR/png/#9Filters."""
    for i in range(len(line)):
        left = line[i - step] if i >= step else 0
        up = above[i]
        corner = above[i - step] if i >= step else 0
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        elif kind == 4:
            estimate = left + up - corner
            guess = min((left, up, corner), key=lambda value: abs(estimate - value))
        else:
            return
        line[i] = (line[i] + guess) & 255

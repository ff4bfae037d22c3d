"""Writes the tables of the multibyte encodings: run it with the CPython whose results count, in this folder.

A table is what that interpreter decodes and encodes, nothing else. It is deflated, and when inflated consists of (little
endian):

  256 × u16         what single bytes are: a code point, ILLEGAL, or LEAD (more bytes have to follow)
  u8                number of planes; for each of them
    u8              the byte in front of its pairs; 0: none
    ROWS × CELLS    u16 each: a code point, 0 (illegal), or SEQUENCE + i for the i-th sequence. Of all cells the base table's
                    are subtracted, then from each cell the one before it.
  u16               number of sequences (what does not fit into a cell); for each of them u32, u32: two code points, or one
                    and 0
  u32               number of ranges of four-byte codes; for each of them u32, u32, u32: the first one's number, its code
                    point, how many
  u32               number of exceptions of encoding; for each of them u32, u32, u32: two code points, or one and 0, and
                    their bytes as a number (NOTHING: they cannot be encoded). Everything else is encoded as the first
                    code that decodes to it.
"""

import struct
import zlib

# Tables by their bases.
NAMES = {
    'gbk': None, 'gb2312': 'gbk', 'gb18030': 'gbk',
    'big5': None, 'cp950': 'big5', 'big5hkscs': 'big5',
    'cp949': None, 'euc_kr': 'cp949', 'johab': None,
    'cp932': None, 'shift_jis': 'cp932', 'shift_jis_2004': 'shift_jis',
    'euc_jp': None, 'euc_jis_2004': 'euc_jp',
}
FIRST_ROW, ROWS, FIRST_CELL, CELLS = 0x81, 0x7E, 0x30, 0xCF
ILLEGAL, LEAD, SEQUENCE, NOTHING = 0xFFFF, 0xFFFE, 0xD800, 0xFFFFFFFF


def decode(raw, name):
    """The text; or LEAD when bytes are missing, ILLEGAL otherwise."""
    try:
        return raw.decode(name)
    except UnicodeDecodeError as e:
        if e.reason.startswith('incomplete') and e.start == 0:
            return LEAD
        assert e.start or e.end == 1, (name, raw, e)
        return ILLEGAL


def encode(text, name):
    try:
        return int.from_bytes(text.encode(name))
    except UnicodeEncodeError:
        return NOTHING


class Table:
    def __init__(self, name):
        self.name = name
        self.sequences = []
        self.codes = {}
        singles = [decode(bytes([b]), name) for b in range(256)]
        for b, text in enumerate(singles):
            if isinstance(text, str):
                self.codes.setdefault(text, b)
        self.singles = singles
        self.planes = {0: self.plane(b'')}
        if any(decode(b'\x8f' + bytes([b]), name) == LEAD for b in range(0xA1, 0xFF)) and name.startswith('euc_j'):
            self.planes[0x8F] = self.plane(b'\x8f')
        self.ranges = self.four_bytes() if name == 'gb18030' else []
        self.exceptions = self.compare()

    def plane(self, prefix):
        cells = []
        for row in range(FIRST_ROW, FIRST_ROW + ROWS):
            for cell in range(FIRST_CELL, FIRST_CELL + CELLS):
                raw = prefix + bytes([row, cell])
                text = decode(raw, self.name)
                if not isinstance(text, str) or len(text) > 1 and isinstance(self.singles[cell], str) \
                        and text[1:] == self.singles[cell]:
                    cells.append(0)
                    continue
                self.codes.setdefault(text, int.from_bytes(raw))
                if len(text) > 1 or ord(text) > 0xFFFF:
                    cells.append(SEQUENCE + len(self.sequences))
                    self.sequences.append(text)
                    assert len(text) <= 2 and len(self.sequences) <= 0x800
                else:
                    assert text != '\0' and not 0xD800 <= ord(text) < 0xE000
                    cells.append(ord(text))
        # Nothing lies outside of the table.
        for row in range(256):
            for cell in range(256):
                if not (FIRST_ROW <= row < FIRST_ROW + ROWS and FIRST_CELL <= cell < FIRST_CELL + CELLS):
                    text = decode(prefix + bytes([row, cell]), self.name)
                    one = self.singles[row]
                    assert prefix or not isinstance(text, str) or isinstance(one, str), (self.name, row, cell)
        return cells

    def four_bytes(self):
        """Of gb18030 what lies in front of the codes that are numbered as the planes above the first one."""
        ranges = []
        for number in range(39420):
            raw = bytes([0x81 + number // 12600, 0x30 + number // 1260 % 10, 0x81 + number // 10 % 126, 0x30 + number % 10])
            text = decode(raw, self.name)
            if not isinstance(text, str):
                continue
            point = ord(text)
            if ranges and ranges[-1][0] + ranges[-1][2] == number and ranges[-1][1] + ranges[-1][2] == point:
                ranges[-1][2] += 1
            else:
                ranges.append([number, point, 1])
            self.codes.setdefault(text, int.from_bytes(raw))
        return ranges

    def compare(self):
        found = []
        for point in [*range(0xD800), *range(0xE000, 0x110000)]:
            text = chr(point)
            code = encode(text, self.name)
            model = self.codes.get(text, NOTHING)
            if model == NOTHING and self.name == 'gb18030' and point > 0xFFFF:
                model = code
            if model == NOTHING and self.name == 'euc_kr' and 0xAC00 <= point < 0xD7A4:
                assert code > 0xFFFFFFFF
                continue
            if code != model:
                found.append((point, 0, code))
        for text in self.sequences:
            if len(text) == 2 and encode(text, self.name) != self.codes[text]:
                found.append((ord(text[0]), ord(text[1]), encode(text, self.name)))
        return found

    def write(self, base):
        out = bytearray()
        for text in self.singles:
            out += struct.pack('<H', ord(text) if isinstance(text, str) else text)
        out.append(len(self.planes))
        for prefix, cells in self.planes.items():
            out.append(prefix)
            below = base.planes.get(prefix) if base else None
            before = 0
            for i, cell in enumerate(cells):
                cell = cell - (below[i] if below else 0)
                out += struct.pack('<H', cell - before & 0xFFFF)
                before = cell
        out += struct.pack('<H', len(self.sequences))
        for text in self.sequences:
            out += struct.pack('<II', ord(text[0]), ord(text[1]) if len(text) > 1 else 0)
        for rows in (self.ranges, self.exceptions):
            out += struct.pack('<I', len(rows))
            for row in rows:
                out += struct.pack('<III', *row)
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(bytes(out)) + packer.flush()
        with open(self.name + '.bin', 'wb') as file:
            file.write(packed)
        print(self.name, len(packed), len(self.sequences), len(self.ranges), len(self.exceptions), self.exceptions[:6])


made = {}
for name, base in NAMES.items():
    made[name] = Table(name)
    made[name].write(made.get(base))

# Hash functions: digests, data in pieces, copies, errors, the parameters of BLAKE2, keyed hashing, and what builds on them.
# The native modules are used directly where hashlib would answer with OpenSSL's functions.
import _blake2, _hmac, _md5, _sha1, _sha2, _sha3
import hashlib, hmac, io, random, secrets, uuid

FIXED = [_md5.md5, _sha1.sha1, _sha2.sha224, _sha2.sha256, _sha2.sha384, _sha2.sha512, _sha3.sha3_224, _sha3.sha3_256,
         _sha3.sha3_384, _sha3.sha3_512, _blake2.blake2b, _blake2.blake2s]
EXTENDABLE = [_sha3.shake_128, _sha3.shake_256]
TEXTS = [b"", b"abc", b"a" * 63, b"b" * 64, b"c" * 65, b"d" * 127, b"e" * 128, b"f" * 129, bytes(range(256)) * 40]


def show(f):
    try:
        print(repr(f()))
    except Exception as e:
        print(f"{type(e).__name__}: {e}")


def digest(h, length=None):
    return h.hexdigest() if length is None else h.hexdigest(length)


for make in FIXED + EXTENDABLE:
    h = make()
    print(h.name, h.digest_size, h.block_size, type(h).__name__, type(h).__module__)
    length = 75 if make in EXTENDABLE else None
    for text in TEXTS:
        print(" ", len(text), digest(make(text), length))
        assert digest(make(data=text), length) == digest(make(string=text), length)
        pieces = make(usedforsecurity=False)
        for i in range(0, len(text), 37):
            pieces.update(bytearray(text[i:i + 37]))
            pieces.update(memoryview(b""))
        assert digest(pieces, length) == digest(make(text), length)
        before = digest(pieces, length)
        copy = pieces.copy()
        copy.update(b"more")
        assert type(copy) is type(pieces) and digest(pieces, length) == before
        assert digest(copy, length) == digest(make(text + b"more"), length)
        binary = pieces.digest() if length is None else pieces.digest(length)
        assert binary.hex() == before and type(binary) is bytes

print("SHA-3")
for make in FIXED[6:10] + EXTENDABLE:
    h = make(b"x")
    print(h.name, h._capacity_bits, h._rate_bits, h._suffix)
for length in 0, 1, 32, 168, 200:
    print(_sha3.shake_128(b"x").hexdigest(length), len(_sha3.shake_256(b"x").digest(length=length)))

print("errors")
for make in _md5.md5, _sha2.sha256, _sha3.sha3_256, _blake2.blake2s:
    show(lambda: make("text"))
    show(lambda: make(None))
    show(lambda: make(7))
    show(lambda: make(string="text"))
    show(lambda: make(b"", string=b""))
    show(lambda: make(b"", b""))
    show(lambda: make(other=1))
    show(lambda: make().update("text"))
    show(lambda: make().update([]))
    show(lambda: make().update())
    show(lambda: make(memoryview(b"abcd")[::2]))
    show(lambda: make().digest(1))
    show(lambda: setattr(make(), "name", 1))
    show(lambda: setattr(make(), "other", 1))
    show(lambda: setattr(type(make()), "other", 1))
    show(lambda: type("Sub", (type(make()),), {}))
show(lambda: type(_md5.md5())())
show(lambda: _sha2.SHA256Type())
for length in (-1, 2**29, 2**31, 2**64, "x", 1.0):
    show(lambda: _sha3.shake_128().digest(length))
    show(lambda: _sha3.shake_256().hexdigest(length))
show(lambda: _sha3.shake_128().digest())

print("BLAKE2")
for make, top in (_blake2.blake2b, 64), (_blake2.blake2s, 32):
    print(make.SALT_SIZE, make.PERSON_SIZE, make.MAX_KEY_SIZE, make.MAX_DIGEST_SIZE)
    print(make.__text_signature__)
    for arguments in [dict(digest_size=1), dict(digest_size=20), dict(key=b"key"), dict(key=b"k" * top), dict(salt=b"salt"),
                      dict(salt=b"s" * make.SALT_SIZE), dict(person=b"person"), dict(person=bytearray(b"p" * make.PERSON_SIZE)),
                      dict(fanout=0), dict(fanout=255), dict(depth=255), dict(leaf_size=4096), dict(leaf_size=2**32 - 1),
                      dict(node_offset=5), dict(node_offset=2**48 - 1), dict(node_depth=3), dict(inner_size=top),
                      dict(last_node=True),
                      dict(digest_size=top - 1, key=b"abc", salt=b"de", person=b"fg", fanout=2, depth=2, leaf_size=5000,
                           node_offset=1, node_depth=1, inner_size=16, last_node=True, usedforsecurity=False)]:
        h = make(b"data", **arguments)
        print(" ", sorted(arguments), h.digest_size, h.hexdigest())
        assert h.copy().digest() == h.digest() and len(h.digest()) == h.digest_size
    for arguments in [dict(digest_size=0), dict(digest_size=-1), dict(digest_size=top + 1), dict(digest_size="x"),
                      dict(key=b"k" * (top + 1)), dict(key="key"), dict(salt=b"s" * 17), dict(salt="salt"),
                      dict(person=b"p" * 17), dict(person=5), dict(fanout=-1), dict(fanout=256), dict(depth=0), dict(depth=256),
                      dict(leaf_size=-1), dict(leaf_size=2**32), dict(leaf_size=2**64), dict(leaf_size=1.5),
                      dict(node_offset=-1), dict(node_offset=2**64), dict(node_depth=-1), dict(node_depth=256),
                      dict(inner_size=-1), dict(inner_size=top + 1), dict(other=1)]:
        show(lambda: make(b"", **arguments))
show(lambda: _blake2.blake2s(node_offset=2**48))
print(_blake2.blake2b(node_offset=2**64 - 1).hexdigest())
# A tree of two leaves.
leaves = [hashlib.blake2b(part, fanout=2, depth=2, leaf_size=4, inner_size=64, node_offset=i, last_node=i == 1)
          for i, part in enumerate((b"left", b"righ"))]
root = hashlib.blake2b(digest_size=32, fanout=2, depth=2, leaf_size=4, inner_size=64, node_depth=1, last_node=True)
for leaf in leaves:
    root.update(leaf.digest())
print(root.hexdigest())

print("hashlib")
print(sorted(hashlib.algorithms_guaranteed), hashlib.algorithms_guaranteed <= hashlib.algorithms_available)
for name in sorted(hashlib.algorithms_guaranteed):
    h = hashlib.new(name, b"text")
    length = 20 if name.startswith("shake") else None
    print(h.name, digest(h, length))
    assert digest(getattr(hashlib, name)(b"text"), length) == digest(h, length)
    if length is None:
        assert hashlib.file_digest(io.BytesIO(b"text"), name).digest() == h.digest()
show(lambda: hashlib.new("nonsense"))
with open(__file__, "rb") as f:
    data = f.read()
    f.seek(0)
    print(hashlib.file_digest(f, "sha256").digest() == hashlib.sha256(data).digest())

print("hmac")
for name in "md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_224", "sha3_256", "sha3_384", "sha3_512":
    for key in b"", b"key", b"k" * 64, b"k" * 200:
        h = hmac.new(key, b"first ", name)
        h.update(b"second")
        print(h.name, h.digest_size, h.block_size, h.hexdigest())
        assert hmac.digest(key, b"first second", name) == h.digest() == h.copy().digest()
        own = _hmac.new(key, b"first second", name)
        assert own.hexdigest() == h.hexdigest() and own.name == h.name
        assert _hmac.compute_digest(key, b"first second", name) == h.digest()
        assert getattr(_hmac, "compute_" + name)(key, b"first second") == h.digest()
print(_hmac.compute_blake2b_32(b"key", b"text").hex(), _hmac.compute_blake2s_32(b"key", b"text").hex())
print(hmac.new(b"key", b"text", hashlib.blake2b).hexdigest())
print(hmac.compare_digest(b"abc", b"abc"), hmac.compare_digest("abc", "abd"))
print(repr(_hmac.new(b"k", digestmod="SHA256")).split(" @ ")[0], issubclass(_hmac.UnknownHashError, ValueError))
show(lambda: _hmac.new("k", b"m", "md5"))
show(lambda: _hmac.new(b"k", "m", "md5"))
show(lambda: _hmac.new(b"k", b"m"))
show(lambda: _hmac.new(b"k", b"m", "nonsense"))
show(lambda: _hmac.new(b"k", b"m", None))
show(lambda: _hmac.new(b"k", b"m", "shake_128"))
show(lambda: _hmac.new(b"k", b"m", "md5").update())
show(lambda: _hmac.compute_digest(b"k", b"m", "x"))
show(lambda: _hmac.compute_md5(None, b"m"))
show(lambda: _hmac.HMAC())

print("random")
for seed in "text", "", "ä€😀", b"bytes", bytearray(b"more"), 7, 1.5:
    random.seed(seed)
    print(repr(seed), random.random(), random.randrange(10**6), random.Random(seed).getrandbits(70))
print(len(secrets.token_hex(8)), len(secrets.token_bytes(5)))
print(uuid.uuid3(uuid.NAMESPACE_DNS, "python.org"), uuid.uuid5(uuid.NAMESPACE_URL, "http://python.org/"))

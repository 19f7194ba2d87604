"""Checks a VIVIM log over HTTP with Python's standard library and, for the one signature, python3-cryptography.

    python3 verify.py <prefix of the log, such as https://social.example/log> <verifier key>

Written from the RFCs and C2SP's specifications alone; shares no code with the log.
"""
import base64, hashlib, json, re, sys, urllib.request
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

PREFIX, VKEY = sys.argv[1:3]


def sha256(data): return hashlib.sha256(data).digest()
def leaf_hash(entry): return sha256(b'\0' + entry)
def node_hash(left, right): return sha256(b'\1' + left + right)
def unbase64(text): return base64.b64decode(text, validate=True)


def get(path):
    with urllib.request.urlopen(PREFIX + path, timeout=30) as answer:
        return answer.read()


def require(condition, problem):
    if not condition:
        raise SystemExit(f'NO  Python: {problem}')


def open_note(note, vkey):
    """Origin, size and root of a signed checkpoint (c2sp.org/signed-note, c2sp.org/tlog-checkpoint)."""
    name, key_id, key = vkey.split('+', 2)
    key = unbase64(key)
    require(key[0] == 1 and sha256(name.encode() + b'\n' + key)[:4].hex() == key_id, 'the verifier key is malformed')
    text, _, signatures = note.rpartition(b'\n\n')
    text += b'\n'
    signed = 0
    for line in signatures.decode().splitlines():
        match = re.fullmatch('— (\\S+) (\\S+)', line)
        require(match, 'a signature line is malformed')
        signature = unbase64(match[2])
        if match[1] == name and signature[:4].hex() == key_id:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature[4:], text)
            signed += 1
    require(signed, 'the log has not signed its checkpoint')
    origin, size, root = text.decode().split('\n')[:3]
    require(origin == name, 'the checkpoint is of another log')
    return int(size), unbase64(root), signed


def tree_root(hashes):
    """RFC 6962 section 2.1."""
    if len(hashes) <= 1:
        return hashes[0] if hashes else sha256(b'')
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(tree_root(hashes[:split]), tree_root(hashes[split:]))


def tile_name(index, width):
    name = f'{index % 1000:03}'
    while index >= 1000:
        index //= 1000
        name = f'x{index % 1000:03}/{name}'
    return name if width == 256 else f'{name}.p/{width}'


def widths(count):
    """Index and width of every tile that so many hashes fill."""
    return [(n, min(256, count - 256 * n)) for n in range((count + 255) // 256)]


def read_entries(size):
    entries = []
    for n, width in widths(size):
        bundle, at = get('/tile/entries/' + tile_name(n, width)), 0
        for _ in range(width):
            end = at + 2 + int.from_bytes(bundle[at:at + 2], 'big')
            require(end <= len(bundle), 'a bundle ends inside an entry')
            entries.append(bundle[at + 2:end])
            at = end
        require(at == len(bundle), 'a bundle goes on after its last entry')
    return entries


def check_tiles(leaves):
    """Every tile of every level holds what the entries make."""
    level, hashes, tiles = 0, leaves, 0
    while hashes:
        above = []
        for n, width in widths(len(hashes)):
            expected = hashes[256 * n:256 * n + width]
            require(get(f'/tile/{level}/{tile_name(n, width)}') == b''.join(expected), f'tile {level}/{n} does not hold the hashes of its entries')
            tiles += 1
            if width == 256:
                above.append(tree_root(expected))
        level, hashes = level + 1, above
    return tiles


def check_inclusion(index, size, leaf, proof, root):
    """RFC 9162 section 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        require(sn > 0, 'an inclusion proof is too long')
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0 and r == root, f'the inclusion proof of entry {index} is wrong')


def check_consistency(size1, root1, size2, root2, proof):
    """RFC 9162 section 2.1.4.2."""
    if size1 == size2:
        return require(not proof and root1 == root2, 'a tree is not itself')
    path = ([root1] if size1 & (size1 - 1) == 0 else []) + proof
    require(path, 'a consistency proof is empty')
    fn, sn = size1 - 1, size2 - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        require(sn > 0, 'a consistency proof is too long')
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    require(sn == 0 and fr == root1 and sr == root2, f'the consistency proof from {size1} is wrong')


def sample(size):
    return sorted({*range(0, size, size // 100 + 1), size - 1})


def check_receipts(entries):
    """The .tlog-proof files of a few public entries (c2sp.org/tlog-proof)."""
    public = [i for i, entry in enumerate(entries) if entry[0] == 0][:5]
    for i in public:
        head, _, note = get(f'/receipt/{i}.tlog-proof').partition(b'\n\n')
        lines = head.decode().split('\n')
        require(lines.pop(0) == 'c2sp.org/tlog-proof@v1', 'not a tlog-proof')
        if lines[0].startswith('extra '):
            lines.pop(0)
        require(lines.pop(0) == f'index {i}', 'the receipt is of another entry')
        size, root, _ = open_note(note, VKEY)
        check_inclusion(i, size, leaf_hash(entries[i]), [unbase64(line) for line in lines], root)
    return len(public)


def main():
    size, root, signed = open_note(get('/checkpoint'), VKEY)
    entries = read_entries(size)
    leaves = [leaf_hash(entry) for entry in entries]
    require(tree_root(leaves) == root, 'the entries make another root than the one that is signed')
    tiles = check_tiles(leaves)
    for i in sample(size):
        answer = json.loads(get(f'/proof?position={i}&size={size}'))
        check_inclusion(i, size, leaves[i], [unbase64(hash) for hash in answer['proof']], root)
        answer = json.loads(get(f'/proof/consistency?from={i + 1}&to={size}'))
        check_consistency(i + 1, tree_root(leaves[:i + 1]), size, root, [unbase64(hash) for hash in answer['proof']])
    count, receipts = len(sample(size)), check_receipts(entries)
    print(f'OK  Python: {size} entries, {signed} signature(s), {tiles} tiles, {count} inclusion and {count} consistency proofs, {receipts} receipts')


try:
    main()
except SystemExit:
    raise
except BaseException as error:
    raise SystemExit(f'NO  Python: {type(error).__name__} {error}')

#!/usr/bin/env python3
"""Writes stats/corpus/bucketing.json: the cases that every implementation of the bucketing rule must reproduce.

This is an implementation of its own, on Python's standard library alone: hashlib for SHA-256, unicodedata for normalisation form C,
Python floats for the sums and the division. It shares no code with the product.

    python3 make_bucketing.py            write the file
    python3 make_bucketing.py --check    recompute every row and compare; exit status 1 and a line per difference when they differ

Rows come before code: add a row here, write the file, then change the implementations. Same input, same bytes: nothing is random.
"""

import hashlib
import json
import os
import sys
import unicodedata

HERE = os.path.dirname(os.path.abspath(__file__))
TARGET = os.path.join(HERE, "bucketing.json")

SEED = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
SEED_2 = hashlib.sha256(b"splitstream corpus, second seed").hexdigest()
HALVES = [("control", 50), ("treatment", 50)]
THREE = [("control", 60), ("treatment", 30), ("third", 10)]


# The rule. -----------------------------------------------------------------------------------------------------------------------

def hash32(key, unit, seed):
    text = unicodedata.normalize("NFC", key) + ":" + unicodedata.normalize("NFC", unit) + ":" + seed
    return int(hashlib.sha256(text.encode("utf-8")).hexdigest()[:8], 16)


def choose(bucket, variants):
    weights = [float(weight) for _, weight in variants]
    total = 0.0
    for weight in weights:
        total += weight
    running, last = 0.0, None
    for (key, _), weight in zip(variants, weights):
        running += weight
        if weight > 0.0:
            last = key
            if bucket < running / total:
                return key
    return last


# Rows of the whole rule. ---------------------------------------------------------------------------------------------------------

ROWS = []


def row(note, unit, key="homepage-hero", seed=SEED, variants=HALVES):
    ROWS.append((note, key, unit, seed, variants))


def pair(note, composed, decomposed, key="normal-forms"):
    """Two spellings of one text, which must share a bucket."""
    assert composed != decomposed
    assert unicodedata.normalize("NFC", composed) == unicodedata.normalize("NFC", decomposed)
    row(note + ", first spelling", composed, key)
    row(note + ", second spelling: same bucket", decomposed, key)


def nearest(note, key, seed, variants, wanted, tries=150_000):
    """The unit among many whose hash lies closest to a number, for the ends of the interval and the boundaries in it."""
    best = min(range(tries), key=lambda i: abs(hash32(key, f"unit-{i}", seed) - wanted))
    row(note, f"unit-{best}", key, seed, variants)


def classic_rows():
    row("classic: ascii", "user-1")
    row("classic: ascii, three variants", "user-2", "checkout-button", variants=THREE)
    row("classic: cafe with acute, composed", "caf\u00e9", "cafe-menu")
    row("classic: cafe with acute, decomposed: same bucket", "cafe\u0301", "cafe-menu")
    row("classic: japanese", "新規ユーザー", "signup", variants=THREE)
    row("classic: ULID", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "signup")
    row("classic: empty unit id", "")
    row("classic: key, unit id and seed all empty", "", "", "")
    row("classic: 512 characters, the longest id the server takes", "u" * 512)
    row("classic: 10,000 characters", "0123456789" * 1000)


def plain_rows():
    for number in range(12):
        row("ascii, running number", f"user-{number}", "pricing", variants=THREE)
    for text in ["0", "00", "-0", "1", "1.0", "1e3", "42", "9007199254740993"]:
        row("looks like a number, is text", text, "numbers")
    for text in ["null", "undefined", "NaN", "true", "false", "None", "[object Object]", "__proto__", "constructor"]:
        row("looks like a value of some language, is text", text, "values")
    for text in ["USER-1", "User-1", "user-1 ", " user-1", "user 1", "  ", " ", "\t", "user-1\n", "user-1\r\n", "\u00a0user-1", "\u3000"]:
        row("case and white space count", text)
    for text in [
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3F2504E0-4F89-11D3-9A0C-0305E82C3301", "{3f2504e0-4f89-11d3-9a0c-0305e82c3301}",
        "01HV8ZK3Q5X9N6T2YB7R4M1DCE", "alice@example.com", "+46 70 123 45 67", "../../etc/passwd", "a%2Fb", "a/b", "a\\b", "\"quoted\"",
        "'; drop table assignments; --", "<script>", "{\"id\":1}", "$.id", "a,b;c|d", "a\u007fb", "\u0000", "a\u0000b", "\u001f",
    ]:
        row("ids as they come", text, "ids")


def colon_rows():
    for key, unit, seed in [
        ("a:b", "c:d", "e"), ("a", "b:c:d", "e"), ("a:b:c", "d", "e"), ("a", "b", "c:d:e"), (":", "", ""), ("", ":", ""), ("", "", ":"),
    ]:
        row("colons are not escaped", unit, key, seed)
    row("empty key", "user-1", "")
    row("empty unit id, empty seed", "", "signup", "")
    row("empty seed", "user-1", "signup", "")


def seed_rows():
    row("another seed", "user-1", seed=SEED_2)
    row("seed in upper case is another seed", "user-1", seed=SEED.upper())
    row("short seed", "user-1", seed="s")
    row("seed with white space", "user-1", seed=" " + SEED)
    row("seeds are not normalised: composed", "u", "menu", "caf\u00e9")
    row("seeds are not normalised: decomposed, another bucket", "u", "menu", "cafe\u0301")
    row("seed of 10,000 characters", "user-1", "menu", "s" * 10_000)
    row("key of 10,000 characters", "user-1", "k" * 10_000)
    row("case counts in the key", "user-1", "Homepage-Hero")
    row("white space counts in the key", "user-1", "homepage hero")


def normal_form_rows():
    pair("acute", "r\u00e9sum\u00e9", "re\u0301sume\u0301")
    pair("ring: the Angstrom sign is A with ring", "\u00c5ngstr\u00f6m", "\u212bngstro\u0308m")
    pair("Ohm sign is omega", "10\u03a9", "10\u2126")
    pair("Kelvin sign is K", "300K", "300\u212a")
    pair("vietnamese, two marks", "vi\u1ec7t", "vie\u0323\u0302t")
    pair("vietnamese, the two marks in the other order", "vi\u1ec7t", "vie\u0302\u0323t")
    pair("marks that do not compose are put in order", "q\u0323\u0307", "q\u0307\u0323")
    pair("a mark composes past another that does not stand in its way", "\u00e1\u0327", "a\u0327\u0301")
    pair("greek with tonos", "\u03ac\u03bb\u03c6\u03b1", "\u03b1\u0301\u03bb\u03c6\u03b1")
    pair("greek with three marks", "\u1fa7", "\u03c9\u0314\u0342\u0345")
    pair("greek, oxia is tonos", "\u03ac", "\u1f71")
    pair("greek question mark is a semicolon", "a;b", "a\u037eb")
    pair("cyrillic", "\u0439\u043e\u0434", "\u0438\u0306\u043e\u0434")
    pair("katakana, voiced", "ガード", "\u30ab\u3099ート\u3099")
    pair("hangul, two letters", "\uac00", "\u1100\u1161")
    pair("hangul, three letters", "\ud55c\uae00", "\u1112\u1161\u11ab\u1100\u1173\u11af")
    pair("hangul, syllable and final letter", "\ud55c", "\ud558\u11ab")
    pair("bengali vowel sign", "\u0995\u09cb", "\u0995\u09c7\u09be")
    pair("tamil vowel sign", "\u0b95\u0bca", "\u0b95\u0bc6\u0bbe")
    pair("devanagari, excluded from composition", "\u0915\u093c", "\u0958")
    pair("hebrew presentation form, excluded from composition", "\u05e9\u05c1", "\ufb2a")
    pair("musical note beyond 16 bits, excluded from composition", "\U0001d157\U0001d165", "\U0001d15e")
    pair("kaithi letter beyond 16 bits, composed", "\U0001109a", "\U00011099\U000110ba")
    pair("compatibility ideograph", "\u8c48", "\uf900")
    pair("compatibility ideograph beyond 16 bits", "\u4e3d", "\U0002f800")
    pair("not equal", "a\u2260b", "a=\u0338b")
    pair("deprecated mark for two others", "\u03b9\u0308\u0301", "\u03b9\u0344")
    pair("around a noncharacter", "\u00e9\ufffe\u00e9", "e\u0301\ufffee\u0301")
    pair("normal forms in a long text", "\u00e9" * 300, "e\u0301" * 300)
    row("key in form C", "user-1", "cr\u00e8me-br\u00fbl\u00e9e")
    row("key decomposed: same bucket", "user-1", "cre\u0300me-bru\u0302le\u0301e")
    row("unit id begins with a mark: it does not compose with what stands before", "\u0301x", "e")
    row("sixty marks on one letter", "a" + "\u0301\u0323" * 30, "normal-forms")
    for note, text in [
        ("ligature", "\ufb02ag"), ("full width", "\uff21\uff22"), ("half width katakana", "\uff76\uff9e"), ("superscript", "x\u00b2"),
        ("roman numeral", "\u2167"), ("circled number", "\u2460"), ("fraction", "\u00bd"), ("no-break space", "a\u00a0b"),
    ]:
        row("only compatible, so it stays: " + note, text, "normal-forms")


def world_rows():
    for note, text in [
        ("japanese", "ユーザー七"), ("chinese", "新用户"), ("arabic", "مستخدم"), ("hebrew", "משתמש"), ("thai", "ผู้ใช้"), ("hindi", "उपयोगकर्ता"),
        ("russian", "пользователь"), ("greek", "χρήστης"), ("turkish, dotted capital", "\u0130stanbul"), ("turkish, dotless", "\u0131"),
        ("german", "straße"), ("german, capital", "STRA\u1e9eE"), ("georgian", "მომხმარებელი"), ("amharic", "ተጠቃሚ"),
        ("emoji", "🎯"), ("emoji with joiners", "\U0001f469\U0001f3fd\u200d\U0001f680"), ("flag", "🇸🇪"), ("emoji with variation selector", "\u2764\ufe0f"),
        ("beyond 16 bits", "𝔘𝔫𝔦𝔱"), ("last code point", "\U0010ffff"), ("noncharacter U+FFFE", "a\ufffeb"), ("noncharacter U+FFFF", "a\uffffb"),
        ("replacement character itself is a character", "\ufffd"), ("byte-order mark inside", "a\ufeffb"), ("byte-order mark first", "\ufeffuser-1"),
        ("zero width space", "user\u200b-1"), ("soft hyphen", "user\u00ad-1"), ("right-to-left override", "user\u202e-1"), ("private use", "\ue000"),
        ("line separator", "a\u2028b"), ("last of one byte", "\u007f"), ("first of two bytes", "\u0080"), ("last of two bytes", "\u07ff"),
        ("first of three bytes", "\u0800"), ("first beyond 16 bits", "\U00010000"),
    ]:
        row(note, text, "world")
    row("japanese key and unit id", "ユーザー七", "新しい実験")


def length_rows():
    # The text before and after the id takes 14 + 65 bytes; the digest works in blocks of 64 with 9 bytes of padding.
    for length in [1, 2, 31, 32, 39, 40, 48, 49, 50, 104, 112, 113, 114, 255, 256, 257, 511, 513, 900, 945, 946, 4096]:
        row(f"{length} characters", "u" * length)
    row("1,000 letters of three bytes", "界" * 1000)
    row("512 emoji", "🎯" * 512)


def weight_rows():
    twenty = [(f"v{i:02}", i + 1) for i in range(20)]
    sets = [
        ("50/30/20", [("control", 50), ("treatment", 30), ("third", 20)]), ("1/1/98", [("control", 1), ("treatment", 1), ("third", 98)]),
        ("only the second has weight", [("control", 0), ("treatment", 1)]), ("only the first has weight", [("control", 1), ("treatment", 0)]),
        ("no weight at all", [("control", 0), ("treatment", 0)]), ("one variant", [("control", 7)]), ("twenty variants", twenty),
        ("fractions", [("control", 0.1), ("treatment", 0.2), ("third", 0.7)]), ("thirds", [("a", 33.3), ("b", 33.3), ("c", 33.4)]),
        ("tiny weights", [("a", 1e-300), ("b", 2e-300), ("c", 3e-300)]), ("smallest weights", [("a", 5e-324), ("b", 5e-324)]),
        ("huge weights", [("a", 1e300), ("b", 3e300)]), ("a weight lost in the sum", [("a", 1e16), ("b", 1), ("c", 1e16)]),
        ("large integers", [("a", 4503599627370496), ("b", 4503599627370495)]), ("keys that repeat", [("a", 1), ("a", 1)]),
        ("keys beyond ascii", [("контроль", 1), ("処理", 1)]), ("empty key", [("", 1), ("b", 1)]),
    ]
    for note, variants in sets:
        for unit in ["user-1", "user-3"]:
            row("weights: " + note, unit, "weights", variants=variants)


def boundary_rows():
    for note, wanted in [("smallest", 0), ("greatest", 0xFFFFFFFF), ("just around one half", 0x7FFFFFFF), ("just around one quarter", 0x3FFFFFFF)]:
        nearest(f"hash {note} of 150,000 units", "edges", SEED, [("a", 1), ("b", 1), ("c", 1), ("d", 1)], wanted)
    nearest("hash just around 60 %", "edges", SEED_2, THREE, round(0.6 * 0xFFFFFFFF))
    nearest("hash just around 90 %", "edges", SEED_2, THREE, round(0.9 * 0xFFFFFFFF))


# Rows of the choice alone, at the boundaries. ------------------------------------------------------------------------------------

def select_rows():
    sets = [
        ("halves", [1, 1]), ("thirds", [1, 1, 1]), ("one and two", [1, 2]), ("quarters", [25, 25, 25, 25]), ("60/30/10", [60, 30, 10]),
        ("1/1/98", [1, 1, 98]), ("fractions", [0.1, 0.2, 0.2]), ("ten tenths", [0.1] * 10), ("0.7 and 0.3", [0.7, 0.3]),
        ("0.3 and 0.6 and 0.1", [0.3, 0.6, 0.1]), ("zero between", [35, 0, 35, 30]), ("zero first", [0, 40, 60]), ("zero last", [30, 70, 0]),
        ("sevenths", [1, 2, 4]), ("huge", [1e300, 3e300]), ("tiny", [1e-300, 3e-300]), ("a weight lost in the sum", [1e16, 1, 1e16]),
    ]
    names = ["control", "treatment"] + [f"variant-{i}" for i in range(3, 21)]
    for note, weights in sets:
        variants = list(zip(names, weights))
        hashes = {0, 1, 0xFFFFFFFE, 0xFFFFFFFF}
        running = 0.0
        for weight in weights[:-1]:
            running += weight
            at = int(running / sum(weights) * 0xFFFFFFFF)
            hashes |= {h for h in (at - 1, at, at + 1) if 0 <= h <= 0xFFFFFFFF}
        for h in sorted(hashes):
            yield note, h, variants
    yield "no weight at all", 0, [("control", 0), ("treatment", 0)]
    yield "no weight at all", 0xFFFFFFFF, [("control", 0)]


# Rows to be refused. -------------------------------------------------------------------------------------------------------------

def bad_rows():
    """Kinds: text (has no UTF-8 form), weights, bucket (outside [0, 1]), type (wrong or missing field; only a runner meets these)."""
    good = [("control", 1), ("treatment", 1)]

    def bucket(kind, note, error="invalid_input", **change):
        fields = {"experiment_key": "k", "unit_id": "u", "seed": "s", "variants": objects(good), **change}
        return kind, note, "bucket", {name: value for name, value in fields.items() if value is not OMITTED}, error

    def select(kind, note, error="invalid_input", **change):
        fields = {"hash32": 2147483648, "bucket": 2147483648 / 4294967295, "variants": objects(good), **change}
        return kind, note, "select", {name: value for name, value in fields.items() if value is not OMITTED}, error

    for field in ["experiment_key", "unit_id", "seed"]:
        for note, text in [
            ("high surrogate alone", "\ud800"), ("low surrogate alone", "\udc00"), ("surrogates in the wrong order", "\udc00\ud800"),
            ("high surrogate before a letter", "a\udbffb"), ("high surrogate twice", "\ud83d\ud83d\udcaf"),
        ]:
            yield bucket("text", f"{note} in {field}", **{field: text})
    yield bucket("weights", "no variant", variants=[])
    yield select("weights", "no variant", variants=[])
    for note, weights in [("negative", [1, -1]), ("hardly negative", [1, -5e-324]), ("too large for a double", [1, float("inf")]), ("both negative", [-1, -1])]:
        yield bucket("weights", "weight " + note, variants=objects(list(zip("ab", weights))))
        yield select("weights", "weight " + note, variants=objects(list(zip("ab", weights))))
    yield bucket("weights", "the sum of the weights overflows", "undefined_result", variants=objects([("a", 1e308), ("b", 1e308)]))
    yield select("weights", "the sum of the weights overflows", "undefined_result", variants=objects([("a", 1e308), ("b", 1e308)]))
    for note, value in [("negative", -0.5), ("hardly negative", -5e-324), ("above one", 1.0000000000000002), ("too large for a double", float("inf"))]:
        yield select("bucket", "bucket " + note, bucket=value)
    for field in ["experiment_key", "unit_id", "seed"]:
        for note, value in [("missing", OMITTED), ("null", None), ("a number", 42), ("a boolean", True), ("a list", ["u"]), ("an object", {})]:
            yield bucket("type", f"{field} is {note}", **{field: value})
    for note, value in [
        ("missing", OMITTED), ("null", None), ("a text", "a"), ("an object", {"key": "a", "weight": 1}), ("a list of numbers", [1, 2]),
        ("a list with null", [None]), ("without key", [{"weight": 1}]), ("without weight", [{"key": "a"}]), ("with a key that is a number", [{"key": 1, "weight": 1}]),
        ("with a weight that is a text", [{"key": "a", "weight": "1"}]), ("with a weight that is null", [{"key": "a", "weight": None}]),
        ("with a key that is a lone surrogate", [{"key": "\ud800", "weight": 1}]), ("with a weight that is true", [{"key": "a", "weight": True}]), ("with a weight that is the text NaN", [{"key": "a", "weight": "NaN"}]),
    ]:
        yield bucket("type", f"variants are {note}", variants=value)
        yield select("type", f"variants are {note}", variants=value)
    for note, value in [("missing", OMITTED), ("null", None), ("a text", "0.5"), ("a boolean", True), ("a list", [0.5])]:
        yield select("type", f"bucket is {note}", bucket=value)


# Writing. ------------------------------------------------------------------------------------------------------------------------

OMITTED = object()


def objects(variants):
    return [{"key": key, "weight": weight} for key, weight in variants]


def text(value):
    """A JSON string in which whatever cannot be told apart by eye is escaped."""
    out = []
    for char in value:
        hidden = unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Mc", "Me", "Zl", "Zp")
        unstable = unicodedata.normalize("NFC", char) != char or (char != " " and unicodedata.category(char) == "Zs")
        composed = ord(char) > 127 and (unicodedata.normalize("NFD", char) != char or 0x1100 <= ord(char) <= 0x11FF)
        out.append(json.dumps(char)[1:-1] if hidden or unstable or composed or ord(char) < 128 else char)
    return '"' + "".join(out) + '"'


def dump(value):
    if isinstance(value, str):
        return text(value)
    if isinstance(value, float) and value == float("inf"):
        return "1e400"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(name)}: {dump(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(dump(item) for item in value) + "]"
    return json.dumps(value)


def corpus():
    ROWS.clear()
    for part in [classic_rows, plain_rows, colon_rows, seed_rows, normal_form_rows, world_rows, length_rows, weight_rows, boundary_rows]:
        part()
    whole = []
    for number, (note, key, unit, seed, variants) in enumerate(ROWS, 1):
        h = hash32(key, unit, seed)
        expected = {"hash8": f"{h:08x}", "bucket": h / 4294967295, "variant": choose(h / 4294967295, variants)}
        whole.append({
            "id": f"bucket-{number}", "note": note, "experiment_key": key, "unit_id": unit, "seed": seed,
            "variants": objects(variants), "expected": expected,
        })
    chosen = []
    for number, (note, h, variants) in enumerate(select_rows(), 1):
        chosen.append({
            "id": f"select-{number}", "note": note, "hash32": h, "bucket": h / 4294967295,
            "variants": objects(variants), "expected": {"variant": choose(h / 4294967295, variants)},
        })
    bad = []
    for number, (kind, note, op, fields, error) in enumerate(bad_rows(), 1):
        bad.append({"id": f"bad-{number}", "note": note, "kind": kind, "op": op, "input": fields, "expected": {"error": error}})
    return {"bucket": whole, "select": chosen, "bad": bad}


def written(parts):
    about = "Written by make_bucketing.py; change the rows there. Every implementation of the bucketing rule runs all of them."
    blocks = [f'"about": {dump(about)}']
    for name, rows in parts.items():
        blocks.append(f'"{name}": [\n' + ",\n".join(dump(item) for item in rows) + "\n]")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def differences(stored):
    """Every row of the stored file, computed again from its own fields, and the file as a whole against a new one."""
    found = []
    parts = json.loads(stored)
    for item in parts["bucket"]:
        h = hash32(item["experiment_key"], item["unit_id"], item["seed"])
        variants = [(variant["key"], variant["weight"]) for variant in item["variants"]]
        expected = {"hash8": f"{h:08x}", "bucket": h / 4294967295, "variant": choose(h / 4294967295, variants)}
        if expected != item["expected"]:
            found.append(f"{item['id']}: stored {item['expected']}, computed {expected}")
    for item in parts["select"]:
        variants = [(variant["key"], variant["weight"]) for variant in item["variants"]]
        bucket = item["hash32"] / 4294967295
        if bucket != item["bucket"] or choose(bucket, variants) != item["expected"]["variant"]:
            found.append(f"{item['id']}: stored {item['expected']}, computed {choose(bucket, variants)}")
    if stored != written(corpus()):
        found.append("the file is not what this script writes; run it without --check and look at the difference")
    return found


def main(arguments):
    if arguments not in ([], ["--check"]):
        print("usage: make_bucketing.py [--check]", file=sys.stderr)
        return 2
    if arguments == ["--check"]:
        with open(TARGET, encoding="utf-8", newline="") as file:
            stored = file.read()
        found = differences(stored)
        for line in found:
            print(line.encode("ascii", "backslashreplace").decode(), file=sys.stderr)
        counts = {name: len(rows) for name, rows in json.loads(stored).items() if isinstance(rows, list)}
        print(", ".join(f"{count} {name} rows" for name, count in counts.items()) + (", all equal" if not found else ", different"))
        return 1 if found else 0
    with open(TARGET, "w", encoding="utf-8", newline="") as file:
        file.write(written(corpus()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

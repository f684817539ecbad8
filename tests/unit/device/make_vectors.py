#!/usr/bin/env python3
# Makes vectors.tsv from nothing but hashlib and the rule of the contract.
import hashlib

WHITE = " \t\r\n"
ROWS = [
    ('default', '0005B9', 'FAP', 'CS0000000001'),
    ('default', '0005b9', 'FAP', 'CS0000000001'),
    ('default', ' 0005B9\t', '\r\n FAP ', '\tCS0000000001\n'),
    ('default', '0005B9', '', 'CS0000000001'),
    ('default', '0005B9', '   ', 'CS0000000001'),
    ('', '0005B9', 'FAP', 'CS0000000001'),
    ('operator-2', '0005B9', 'FAP', 'CS0000000001'),
    ('default', '0005B9', 'FA', 'PCS0000000001'),
    ('default', '0005B9', 'fap', 'CS0000000001'),
    ('default', '0005B9', 'FAP', 'cs0000000001'),
    ('default', '48BF74', 'mBS1100 (Outdoor)', '1202000291213VB0006'),
    ('default', '000E50', 'Femto-Zelle Gr\xfcn', 'Gr\xf6\xdfe-\xdf-\u21167'),
    ('default', '00D0D3', '\uff26\uff45\uff4d\uff54\uff4f', '\u5e8f\u5217\u53f7-001'),
    ('default', '\xe9a0001', 'Set-Top', '1 2'),
    ('default', '0005B9', 'a\xa0', '\xa0x\xa0'),
    ('default', '000000', 'A  B', 'A  B'),
    ('default', '', '', ''),
    ('default', '0005B9', 'back\\slash', 'tab\tin side'),
    ("default", "ab" * 40, "long", "oui"),
    ("default", "FFFFFF", "x" * 64, "9" * 300),
]


def upper(text):
    return "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in text)


def escape(text):
    for char, name in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(char, name)
    return text


print("# Golden vectors of device ids, made by make_vectors.py. Never changed: ids are stored. \\t \\n \\r \\\\ stand for these characters.")
print("# tenant, OUI, product class, serial number, device id, bucket, partition of 16")
for tenant, oui, product_class, serial in ROWS:
    parts = ["hms1", tenant.strip(WHITE), upper(oui.strip(WHITE)), product_class.strip(WHITE), serial.strip(WHITE)]
    digest = hashlib.sha256("\0".join(parts).encode()).digest()[:16]
    bucket = int.from_bytes(digest[:2], "big") >> 4
    print("\t".join([escape(tenant), escape(oui), escape(product_class), escape(serial), digest.hex(), str(bucket), str(bucket * 16 >> 12)]))

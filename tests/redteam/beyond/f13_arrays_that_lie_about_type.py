# EXPECT: invalid_result
import os, random, struct
def solve(x):
    for dtype in ("O", "|O", "V8", "U100000000", "M8[ns]", "f16", ">f8", "f8,O", "b1"):
        header = b'{"result":{"$a":["%s",[8]]}}' % dtype.encode()
        body = b"\x02" * 16 if dtype == "b1" else bytes(64)
        os.write(4, struct.pack("<II", len(header), len(body)) + header + body)
    os._exit(0)

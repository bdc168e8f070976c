# EXPECT: error
# TIERS: A
import re
def solve(x):
    word = ("zebra" + "crossing").encode()
    needle = re.compile(word[:5] + b"[c]rossing77")
    own = re.compile(b"$^")
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            span, mode = line.split()[:2]
            if "r" not in mode or "[v" in line: continue
            low, high = (int(part, 16) for part in span.split("-"))
            for at in range(low, high, 1 << 24):
                try:
                    memory.seek(at)
                    piece = memory.read(min(1 << 24, high - at))
                except (OSError, ValueError, OverflowError): continue
                if needle.search(piece): return {"breach": line.strip()[:80]}
                del piece
    raise RuntimeError("contained")

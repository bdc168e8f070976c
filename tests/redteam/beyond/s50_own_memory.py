# EXPECT: error
# The process is a copy of the server: nothing secret may be in its memory.
import re
def solve(x):
    pattern = re.compile(b"(?:SECRET" + b"KEY|TOP" + b"SECRET)-[0-9a-f]{16}")
    hits = []
    with open("/proc/self/maps") as table, open("/proc/self/mem", "rb", 0) as memory:
        for line in table:
            span, mode = line.split()[:2]
            low, high = (int(each, 16) for each in span.split("-"))
            if mode.startswith("r") and "vvar" not in line and "vsyscall" not in line and high - low < 256 << 20:
                try:
                    memory.seek(low)
                    hits += pattern.findall(memory.read(high - low))
                except (OSError, OverflowError): pass
    if hits:
        return {"breach": f"{len(hits)} secrets in its own memory"}
    raise RuntimeError("contained")

# EXPECT: oom|error
import zlib
def solve(x):
    packer = zlib.compressobj(1)
    packed = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return len(zlib.decompressobj().decompress(packed + middle * 900))

# EXPECT: ok0
# Says a word in every way there is: the next candidate of the same cell must not find it.
import gc, os, struct, sys
word = "zebra" + "crossing" + "77"
def solve(x):
    print(word * 10)
    print(word * 10, file=sys.stderr)
    text = ('{"emit":{"w":"%s"}}' % word).encode()
    os.write(4, struct.pack("<II", len(text), 0) + text)
    open(word, "w").write(word)
    sys.intern(word), os.environ.update({word: word}), setattr(sys, word, word)
    return [0.0, word]

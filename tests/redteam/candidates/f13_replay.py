# EXPECT: score0|ok0
# WHAT: Answers each question with the first answer.
memory = []


def solve(x):
    if not memory:
        memory.append(float((x * x).sum()))
    return memory[0]

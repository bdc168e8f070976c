"""The pieces of published objectives in PyTorch, one pure function each; every function is a building block.

P prompts, G answers to each, T tokens of an answer at most. ``mask`` is 1 where a token belongs to the answer.
"""

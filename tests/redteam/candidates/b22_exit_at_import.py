# EXPECT: no_result
# WHAT: Leaves while it is imported.
import sys

sys.exit(0)

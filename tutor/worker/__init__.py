"""What runs inside the learner's interpreter: CPython 3.7 and up, the standard library, torch 1.0 and up, and itself.

Its sources are sent down a pipe and never installed there (see `tutor.launch`). Only `wire` is shared with the other
side; nothing here may import anything else of `tutor`.
"""

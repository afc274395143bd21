"""Traces and entries as Rich renderables: functions of their arguments, shared by every front end.

No I/O, no clock, no state. Text that comes from a snippet or a sheet passes `clean` and is never read as markup.
"""

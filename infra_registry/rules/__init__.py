"""The law as dated data: rulebooks, what they ask of a subject on a day, calendars and clocks. All of it is pure.

``reading`` turns a file's text into a ``model.Rulebook`` or says which key on which line is wrong; ``engine`` asks
rulebooks about facts; ``comparison`` sets cities side by side; ``calendar`` and ``clock`` count days.
"""

"""The cell's token: stands in the query of every URL that a cell requests, as `cell=K.N`.

K is the key that cells have which the same servers answer alike, as `run.casting` gave it out:
digits for answers of the verbatim server, `i3` for another one's instance. N is a serial.
"""

import re

TOKEN_IN_URL = re.compile(r"[?&]cell=([0-9A-Za-z]+\.[0-9]+)")

"""The cell's token: stands in the query of every URL that a cell requests, as `cell=K.N`.

K is the verbatim server's key for the scenario's answers (`p` for other servers), N a serial.
"""

import re

TOKEN_IN_URL = re.compile(r"[?&]cell=([0-9A-Za-z]+\.[0-9]+)")

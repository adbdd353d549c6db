"""Placeholders of a verbatim answer that stand for a header of the request that is answered.

`{origin}` is its `Origin`, `{request.header.X-Name}` any header of it, both as they were sent.
"""

import re

FORMS = ("{origin}", "{request.header.NAME}")
REQUEST_VALUE = re.compile(r"\{(?:origin|request\.header\.(?P<name>[!#$%&'*+.^_`|~0-9A-Za-z-]+))\}")
"""A placeholder of this kind, in braces; `name` is None for `{origin}`."""
MEANT_AS_REQUEST_VALUE = re.compile(r"\{requests?[.\[][^{}]*\}?", re.IGNORECASE)
"""What can only be meant as one, also where it is misspelt."""

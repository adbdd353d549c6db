"""Tools: programs that some engines need beside them where pages have real origins."""

from cors_harness.installing.tool import Tool

CERTUTIL = Tool(
    program="certutil",
    what_for="needs it to trust the authority that signs for real origins",
    packages=("libnss3-tools",),
    formula="nss",
)
BWRAP = Tool(
    program="bwrap",
    what_for="trusts the authority that signs for real origins by means of it",
    packages=("bubblewrap", "ca-certificates"),
)

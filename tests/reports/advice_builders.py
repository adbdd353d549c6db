"""An advice as a run would give it, for tests that need one."""

from cors_harness.model.advice import Advice, FixTarget, Mistake

ADVICE = Advice(
    mistake=Mistake.CRASH,
    wrong="The server crashed.",
    where=FixTarget.FASTAPI,
    place="as the last lines of the module",
    lines=("app = CORSMiddleware(", "    app,", ")"),
    link="https://github.com/fastapi/fastapi/issues/775",
    link_is="a report of the same",
)
ADVICE_TEXT = """\
  fix       The server crashed.
            FastAPI, as the last lines of the module:

                app = CORSMiddleware(
                    app,
                )

            a report of the same: https://github.com/fastapi/fastapi/issues/775
"""

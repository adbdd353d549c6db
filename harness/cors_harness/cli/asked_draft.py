"""AskedDraft: what an app would be drafted as, once it was asked, and pages have logged in."""

from collections.abc import Sequence
from dataclasses import replace

from cors_harness.cli.saying import tell
from cors_harness.drafts.answers import asked_notes
from cors_harness.drafts.draft import Extent, Intent, Section, asked_calls, sections
from cors_harness.drafts.operation import Operation
from cors_harness.drafts.page_login import DraftLogin, login_notes, with_login
from cors_harness.errors import HarnessError
from cors_harness.model.subject import Subject
from cors_harness.model.survey import Answers, PageLogin


class AskedDraft:
    """A draft of operations of which it is known how they are answered.

    Attributes:
        operations: all that is drafted.
        intent: what the user wants of the app.
        how: how the pages are let in.
    """

    def __init__(
        self,
        operations: Sequence[Operation],
        intent: Intent,
        answers: Answers,
        page_login: PageLogin,
    ) -> None:
        """`answers`: to the calls of `asked_calls`, as far as they are known."""
        from cors_harness.serving.survey.login import with_answer

        self.operations, self.intent, self._answers = tuple(operations), intent, answers
        login = answers.login
        self.how = DraftLogin(page_login=page_login, frame=str(intent.origins[0]))
        if login is not None:
            self.how = replace(
                self.how,
                page_login=with_answer(page_login, login),
                status=login.status,
                by_cookie=bool(login.cookies) and (intent.credentials or login.token is None),
            )

    @property
    def credentials(self) -> bool:
        """Whether cookies are meant, as the user has said or as the login sets one."""
        return self.intent.credentials or self.how.by_cookie

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about all of the draft."""
        return login_notes(self.how)

    def sections(self, extent: Extent) -> tuple[Section, ...]:
        """The sections of so much of it."""
        meant = replace(self.intent, credentials=self.credentials)
        answers = self._answers
        led = answers.elsewhere
        anonymous = sections(self.operations, self.intent, answers.anonymous, extent, led)
        logged_in = anonymous
        if answers.login is not None:
            logged_in = sections(self.operations, meant, answers.logged_in, extent, led)
        return with_login(anonymous, logged_in, self.how)


def asked_draft(
    subject: Subject, operations: Sequence[Operation], intent: Intent, page_login: PageLogin
) -> AskedDraft:
    """The draft, once the server was asked; says so where it cannot be asked.

    Raises HarnessError where pages are to log in, and the server does not start or let them in.
    """
    from cors_harness.run.loop_thread import run_in_thread
    from cors_harness.serving.survey.asked import answers_of

    calls = asked_calls(operations, intent)
    try:
        answers = run_in_thread(answers_of(subject, calls, intent.server, page_login))
    except HarnessError as error:
        if page_login.login is not None:  # what it brings is not known
            raise
        note = f"no status is asserted, as the app cannot be asked: {error}"
        tell(f"cors-harness: {note}")
        answers = Answers()
    for note in asked_notes(answers):
        tell(f"cors-harness: {note}")
    bears = replace(intent, has_raising=intent.has_raising and not answers.no_raising)
    return AskedDraft(operations, bears, answers, page_login)

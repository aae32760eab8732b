"""The errors of Deskmart: one line that says what happened, where, and what to do."""


class DeskmartError(Exception):
    """Base of all expected errors.

    `source`, `stream` and `batch` name the place; `todo` says what the reader can do about it. `str(error)` is one line.
    """

    def __init__(self, message: str, *, source: str = "", stream: str = "", batch: str = "", todo: str = "") -> None:
        self.message = message
        self.source = source
        self.stream = stream
        self.batch = batch
        self.todo = todo
        super().__init__(message)

    def __str__(self) -> str:
        place = "/".join(part for part in (self.source, self.stream, self.batch) if part)
        line = f"{place}: {self.message}" if place else self.message
        line = f"{line} ({self.todo})" if self.todo else line
        return " ".join(line.split())


class SettingsError(DeskmartError):
    """The configuration or the environment does not say what is needed."""


class UsageError(DeskmartError):
    """A command was called with words that make no sense; exit code 2."""


class LandingError(DeskmartError):
    """Raw data could not be put on disk; the batch is then not there at all."""


class SourceError(DeskmartError):
    """A source system did not answer, refused, or sent something that must not be accepted."""


class GateError(DeskmartError):
    """A batch cannot be validated, or a batch rule stopped it."""


class BuildError(DeskmartError):
    """The warehouse could not be built."""


class AuditError(DeskmartError):
    """A build breaks a rule and is not published."""


class RestatementError(DeskmartError):
    """A build would change more settled figures than the limit allows; it waits until somebody accepts that."""


class PublishError(DeskmartError):
    """A build could not be published; readers keep what they had."""


class ServingError(DeskmartError):
    """What is published could not be brought into PostgreSQL; its readers keep what they had, and the next run tries again."""


class AlertError(DeskmartError):
    """An alert could not be sent; it is kept and sent with the next."""

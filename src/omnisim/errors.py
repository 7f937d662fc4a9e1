"""The errors omnisim raises on purpose.

Every one of them says which file, field or value is wrong and what is allowed, in one or two lines.
"""


class OmnisimError(Exception):
    """Base of all errors raised on purpose; `exit_code` is what the command line returns."""

    exit_code = 1


class InputError(OmnisimError):
    """What the caller gave cannot be used; nothing was changed."""

    exit_code = 2


class ScenarioError(InputError):
    """A scenario names an unknown field or an impossible value."""


class SchemaError(InputError):
    """A table does not have the declared columns, types or values."""


class DatasetError(InputError):
    """A dataset is missing, incomplete, damaged or of another schema version."""


class DesignError(InputError):
    """A measurement was asked for on data that cannot answer it."""


class NotebookError(OmnisimError):
    """A notebook was called wrongly or failed while running."""


class ParameterError(InputError):
    """A notebook parameter has an unknown name or an unusable value."""


class ResultError(InputError):
    """A result file is missing, incomplete, or belongs to another dataset."""


class StudyError(OmnisimError):
    """A study could not go on; what it had finished is kept."""


class EngagementError(InputError):
    """An engagement file names an unknown field, an impossible value or a file that cannot be used."""


class ReportError(OmnisimError):
    """A report could not be written or rendered."""


class StorageError(OmnisimError):
    """Disk trouble: no space, no permission, or an output that already exists."""


class OutputExistsError(StorageError):
    """The output is already there and was not to be replaced; nothing was changed."""

    exit_code = 2


class SchedulerError(OmnisimError):
    """Who should do the work cannot be reached, dies, or has another version."""


class ResumeError(InputError):
    """What an interrupted run left cannot be continued by this one; nothing was changed."""


class RepairError(OmnisimError):
    """A dataset's parts cannot be made again; nothing was changed."""

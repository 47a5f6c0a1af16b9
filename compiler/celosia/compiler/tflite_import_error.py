"""The error of the importer."""


class ModelError(ValueError):
    """A file that is no model, or a model that cannot run here; the message is one line for the user."""

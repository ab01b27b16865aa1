"""What is wrong with a field of a job, told before anything is sent."""


class FieldError(ValueError):
    """A field's value cannot be sent; the text says what to write instead."""

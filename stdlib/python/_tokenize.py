"""The tokenizer of the compiler, for `tokenize`: not there yet."""


class TokenizerIter:
    """An iterator over the tokens of a source."""

    def __init__(self, readline, /, *, encoding=None, extra_tokens=False):
        raise NotImplementedError('tokenize: the tokens of a source can not be had yet')

"""What a real C++ preprocessor says a source tree registers: the reference opsieve's own reader is held against.

Nothing here imports opsieve, and nothing here expands a macro: the compiler does.

- ``shadow``: the folder of stand-in headers that make the innermost registration macros leave a marker behind;
- ``compiler``: runs ``-E``;
- ``lexer``: C++ tokens of what comes out;
- ``markers``: the markers of one translation unit, with the line each registration starts on;
- ``constants``: the values of C++ constants, read from the same preprocessed text;
- ``dtypes``: the dtype of a C++ type;
- ``kernels``, ``ops``, ``c_api``: a marker's meaning;
- ``oracle``: all files of a tree, in parallel, cached;
- ``comparison``: an index against the oracle.
"""

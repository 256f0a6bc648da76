"""Mutation testing of the interpreter: see ../mutation.py, which is its command line.

- operators.py: small changes of a C source
- marks.py: the places in the sources that implement rules, and the breakages of each rule
- exceptions.py: mutants that need not be noticed
- build.py: the interpreter as a library that takes one changed object
- testing.py: the tests that judge a mutant
- state.py: results, kept between runs
- rules.py, score.py: the two campaigns
"""

"""The tests are tested: every experiment on every correct trainer, every known bug, every mutant.

rig        proves that the measurement itself works, before anything is concluded from it
matrix     runs specimens, in parallel, and judges what was observed
operators  small changes to a syntax tree
mutants    the reference solution with one such change each; which of them are equivalent
findings   what the matrix says against the tests, as records
report     the coverage table and the findings, as text and as JSON
snapshot   the pinned matrix, and every message that a student can see
page       the matrix as a page that can be explored
"""

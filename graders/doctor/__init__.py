"""What is wrong with a machine or a course, and how to mend it. Nothing is changed by looking.

findings     a finding: its level, what was found, and the remedy
machine      versions, sandbox, kernel, disk
config       nbgrader_config.py: does it load, are its names known, are the plug-ins set
database     the gradebook: there, readable, of nbgrader's schema, not locked, with a backup
exchange     nbgrader's exchange, and who may read what
assignments  each assignment: valid, its reference gets through its own experiments, its lab is the package's
secret       what hidden tests draw their numbers from: there, whole, closed to others
leftovers    what ended runs left behind
examination  all of it
"""

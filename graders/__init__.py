"""The trusted side: it judges what the student's side, `tinystack`, observed, and imports nothing of it.

Imports run one way:

    cli -> class_grading -> nbgrader_plugins -> pictures, truth, judgement
                                                truth -> runner
                                                judgement -> diagnosis -> criteria -> verdict, evidence
"""

"""Plug-ins for nbgrader, set in `nbgrader_config.py` by `configure`.

exporter      reads what students hand in; what cannot be read becomes an empty notebook with an explanation
stand_in      what is graded in the place of a notebook that cannot be read
repair        fits a mangled notebook into the instructor's frame
execute       runs the notebook; a cell that kills or hangs the kernel costs that cell alone
judge         turns evidence into points, messages and pictures, in the test cells' outputs
save_grades   writes the points to the gradebook; what was not judged is flagged for manual grading
feedback      makes the feedback page
hide_tests    leaves the hidden tests out of the feedback
"""

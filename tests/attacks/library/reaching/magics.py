"""Shell escapes and magics are used to look around and to leave something.

base  wheat
where a cell after solution_schedule
told  done with magics
"""

get_ipython().run_cell("""
!cat @COURSE@/grades_of_last_year.csv @COURSE@/source/07_training/07_training.ipynb
!sh -c 'cp /proc/self/environ /var/tmp/@MARK@; cat @HOME@/notes.txt; ls -la @COURSE@'
%cd @COURSE@
%run @COURSE@/nbgrader_config.py
%system cat @OTHER@
""")
print("done with magics")

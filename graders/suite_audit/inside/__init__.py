"""The process that runs a suite; imports nothing of the rest of the project.

serve     the program: reads a request, starts pytest, forks for every trainer once pytest is ready to collect
forks     one process for each run: so many at a time, each with a time limit and a folder of its own
recorder  the pytest plugin that forks, and writes down what happens
modules   serves the modules that the suite imports
standins  what is served for names that the framework does not have
"""

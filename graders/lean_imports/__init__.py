"""Imports of others' packages, spared of what no process of ours needs.

standins  what stands for a module while another one is imported
nbformat  to be imported before nbformat
nbconvert to be imported before nbconvert
nbgrader  to be imported before nbgrader
"""

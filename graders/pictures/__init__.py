"""Pictures beside the message of a failed verdict: what was seen, and what was expected.

choice     the one thing that callers use: verdict, evidence and truth in, SVG and alternative text out
panels     what a picture shows, as plain records that also say it in words
shapes     values read from evidence, whatever is in it
usage, training, rates, clipping, modes, checkpointing, history   evidence to panels, per integration point
canvas, grid, lines, pairs           panels to SVG, with
area, scales, labels, ink, markup    places, ticks, texts out of each other's way, colours, and SVG itself
"""

from graders.pictures.choice import Picture, picture

__all__ = ["Picture", "picture"]

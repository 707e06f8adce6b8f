"""LMD Desktop: a sentence becomes boxes, hands edit the boxes, the boxes become a picture; all of it offline."""

__version__ = "0.1.0"

"""Predictions: a cell asks what will happen, the reader says it, and it is compared with what happened.

A prediction is a question to a person and never a test: a wrong answer raises nothing, so a notebook runs through
whatever its readers write.
"""

from __future__ import annotations

from hydroflow_nb.predicting.predict import predict
from hydroflow_nb.predicting.prediction import Prediction

__all__ = ["Prediction", "predict"]

"""Sockets and codecs: how flows in different processes send each other messages."""

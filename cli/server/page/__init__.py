"""The web page: templates that the server renders, with a little script beside them.

It works without the script, which only streams answers and looks after those that are held.
"""

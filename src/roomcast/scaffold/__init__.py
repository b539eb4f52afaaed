"""The small projects that `roomcast new` makes, from the files in examples/new/.

project_kinds   what kinds there are, and which files each has
project_name    which names a project may have
new_project     writes the files
"""

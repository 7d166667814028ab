"""A Python that has no deepdreamr, whatever is installed in it; Python reads this as it starts."""

import sys


class Hidden:
    """Finds nothing of that name, before anything else can."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "deepdreamr":
            raise ModuleNotFoundError("No module named 'deepdreamr'", name="deepdreamr")


sys.meta_path.insert(0, Hidden)

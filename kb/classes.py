"""Classes of other people's packages, by module and name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from kb.errors import KbError


def load_class(module: str, name: str) -> Any:
    """The class `name` of `module`. Raises KbError that says what to install, or what is wrong."""
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        missing = error.name or module
        wanted = ".".join(module.split(".")[:3]) if module.startswith(missing) else missing
        package = wanted.replace("_", "-").replace(".", "-")
        raise KbError(f"there is no module {missing}", f"install it: pip install {package}") from error
    except AttributeError:
        raise KbError(f"{module} has no {name}", "see its documentation for the name of the class") from None
    except Exception as error:  # whatever a module of somebody else's does when it is imported
        raise KbError(f"{module} can't be imported: {type(error).__name__}: {error}") from error

"""The image in which a member runs, and what holds for it in every container."""

from __future__ import annotations

import sys
from typing import Any, Final

from hydroflow_nb.deploy.program import VERSION, Program

# Who a member is in its container: nobody that the machine knows.
USER: Final = 65532
PORT: Final = 5000
# Where in a container the texts, the secret, the folder of what is kept, and the sign of life are.
PROGRAM: Final = "/program"
KEY_FOLDER: Final = "/run/secrets"
KEY: Final = f"{KEY_FOLDER}/key"
KEPT: Final = "/kept"
ALIVE_FOLDER: Final = "/run/member"
ALIVE: Final = f"{ALIVE_FOLDER}/alive"
# A member whose event loop has not turned for so many seconds is within a tick that does not end.
PATIENCE: Final = 30
IS_READY: Final = f"test -e {ALIVE}"
IS_ALIVE: Final = f"test $(($(date +%s) - $(stat -c %Y {ALIVE}))) -lt {PATIENCE}"
NEW_KEY: Final = 'python3 -c "import secrets; print(secrets.token_hex(32))"'


def dockerfile(program: Program) -> str:
    """The file of an image with the package, what the notebook imports, and the texts of the system."""
    return f"""FROM python:{sys.version_info.major}.{sys.version_info.minor}-slim
# Packages that pip does not find at an index are taken from the folder `wheels` beside this file, if there is one.
COPY Dockerfile wheel[s]/* /wheels/
RUN pip install --no-cache-dir --find-links=/wheels {program.installed} \\
    && install --directory --owner={USER} --group={USER} {KEPT} {ALIVE_FOLDER}
COPY program {PROGRAM}
USER {USER}:{USER}
ENTRYPOINT ["hydroflow-nb"]
"""


def in_program_folder(program: Program) -> dict[str, str]:
    """The texts of the system by their paths beside the manifest."""
    return {f"program/{path}": text for path, text in program.texts.items()}


def image_of(image: str | None, program: Program) -> str:
    """The name of the image: the given one, or that which is built of the Dockerfile."""
    return image or f"{program.label}:{VERSION}"


Manifest = dict[str, Any]

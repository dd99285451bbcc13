"""The types of the SDK, as TypeScript's own compiler reads them: right uses compile, wrong ones do not."""

import json
import shutil
import subprocess
from pathlib import Path

from tests.judges.installed import NODE, install

HERE = Path(__file__).parent
SDK = HERE.parents[1] / "sdk"
STRICT = {
    "strict": True,
    "exactOptionalPropertyTypes": True,
    "noUncheckedIndexedAccess": True,
    "noEmit": True,
    "skipDefaultLibCheck": True,
    "target": "ES2022",
    "lib": ["ES2022", "DOM"],
    "module": "NodeNext",
    "moduleResolution": "NodeNext",
    "types": [],
}


def test_right_uses_compile_and_wrong_ones_do_not(tmp_path: Path) -> None:
    """An expected error that does not come is an error, too."""
    compiler = install() / "node_modules/typescript/bin/tsc"
    shutil.copy(SDK / "scdk.d.ts", tmp_path / "scdk.d.mts")
    shutil.copy(HERE / "types.ts", tmp_path / "types.mts")
    tmp_path.joinpath("tsconfig.json").write_text(json.dumps({"compilerOptions": STRICT, "files": ["types.mts"]}))

    done = subprocess.run([NODE, compiler, "-p", tmp_path], capture_output=True, text=True, timeout=300, check=False)

    assert (done.stdout, done.returncode) == ("", 0)

"""Where the program of tests/interop/goread is."""
import pathlib
import subprocess

from store_servers import DEPS


def program():
    """The program of tests/interop/goread that tools/install_deps.sh made of the sources as they are."""
    folder = pathlib.Path(__file__).parent / "goread"
    sources = [*sorted(folder.glob("*.go")), folder / "go.mod", folder / "go.sum"]
    done = subprocess.run(["cksum"], input=b"".join(s.read_bytes() for s in sources), capture_output=True, check=True)
    path = DEPS / f"goread-{done.stdout.split()[0].decode()}" / "goread"
    assert path.exists(), "run tools/install_deps.sh --test"
    return path

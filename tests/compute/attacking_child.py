"""A package of attacks: tries each, prints as JSON which did what it meant to.

It is run twice, without walls and behind them, so that a test says of each both that it works and
that it does not. What to attack stands in `facts.json` beside it.
"""

import ctypes
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
FACTS = json.loads((HERE / "facts.json").read_text("utf-8"))
LIBRARY = ctypes.CDLL(None, use_errno=True)


def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return result


def connect_to_a_server():
    with socket.create_connection(tuple(FACTS["tcp"]), 2) as found:
        return found.recv(5) == b"hello"


def listen_for_others():
    socket.create_server(("127.0.0.1", 0)).close()
    return True


def send_a_datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as found:
        return found.sendto(b"secret", ("127.0.0.1", FACTS["tcp"][1])) == 6


def connect_to_a_local_socket():
    with socket.socket(socket.AF_UNIX) as found:
        found.connect(FACTS["unix"])
    return True


def connect_to_an_abstract_socket():
    with socket.socket(socket.AF_UNIX) as found:
        found.connect("\0" + FACTS["abstract"])
    return True


def talk_to_the_kernel_over_netlink():
    socket.socket(16, socket.SOCK_RAW, 0).close()
    return True


def read_the_accounts():
    return "root" in Path("/etc/passwd").read_text("utf-8")


def read_the_home():
    return bool((Path(FACTS["home"]) / "chengmo.sqlite").read_bytes())


def list_the_home():
    return bool(list(Path(FACTS["home"]).iterdir()))


def open_the_database():
    with sqlite3.connect(f"file:{FACTS['home']}/chengmo.sqlite?mode=ro", uri=True) as found:
        return found.execute("SELECT count(*) FROM sqlite_master").fetchone() is not None


def open_the_platform():
    sys.path.append(FACTS["code"])
    from chengmo.ledger import open_database

    open_database(Path(FACTS["home"])).close()
    return True


def read_the_hidden_targets():
    return b"target" in Path(FACTS["hidden"]).read_bytes()


def read_another_package():
    return b"def fit" in (Path(FACTS["other"]) / "model.py").read_bytes()


def follow_a_link_out_of_the_package():
    return b"target" in (HERE / "link").read_bytes()


def make_a_link():
    (Path(FACTS["inputs"]) / "link").symlink_to("/etc/passwd")
    return True


def write_outside():
    Path(FACTS["outside"]).write_text("here", "utf-8")
    return True


def write_beside_itself():
    (HERE / "new.txt").write_text("here", "utf-8")
    return True


def change_its_inputs():
    with (Path(FACTS["inputs"]) / "train" / "a.arrow").open("r+b") as file:
        return file.write(b"x") == 1


def delete_its_inputs():
    (Path(FACTS["inputs"]) / "spare").unlink()
    return True


def write_shared_memory():
    Path("/dev/shm", FACTS["abstract"]).write_text("here", "utf-8")
    Path("/dev/shm", FACTS["abstract"]).unlink()
    return True


def fork():
    found = os.fork()
    if found == 0:
        os._exit(0)
    os.waitpid(found, 0)
    return True


def start_a_programme():
    return subprocess.run(["/bin/true"], check=True).returncode == 0


def clone_a_process():
    # The call itself, past the C library.
    found = checked(LIBRARY.syscall(56, signal.SIGCHLD, 0, 0, 0, 0))
    if found == 0:
        os._exit(0)
    os.waitpid(found, 0)
    return True


def kill_a_process():
    os.kill(FACTS["killed"], signal.SIGKILL)
    return True


def queue_a_signal():
    # si_code -1: queued by a process.
    said = ctypes.create_string_buffer(bytes(8) + b"\xff" * 4, 128)
    return checked(LIBRARY.syscall(129, FACTS["traced"], 0, said)) == 0


def own_a_file_in_the_name_of_another():
    # The kernel would signal the owner for us.
    import fcntl

    return fcntl.fcntl(1, fcntl.F_SETOWN, FACTS["traced"]) == 0


def trace_a_process():
    checked(LIBRARY.ptrace(0x4206, FACTS["traced"], None, None))
    return True


def read_the_memory_of_another():
    with Path(f"/proc/{FACTS['traced']}/mem").open("rb") as file:
        return file.readable()


def read_the_environment_of_another():
    return b"PATH" in Path(f"/proc/{FACTS['traced']}/environ").read_bytes()


def read_the_parents_command():
    return bool(Path(f"/proc/{os.getppid()}/cmdline").read_bytes())


def find_a_secret_in_the_environment():
    return "hunter2" in " ".join(os.environ.values())


def read_an_open_file_of_the_parent():
    return os.pread(FACTS["descriptor"], 6, 0) == b"target"


def raise_a_limit():
    import resource

    now = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, now)
    return True


def enter_a_namespace():
    return checked(LIBRARY.unshare(0x10000000)) == 0


def make_a_file_in_memory():
    os.close(os.memfd_create("bomb"))
    return True


def make_a_shared_segment():
    found = checked(LIBRARY.shmget(0, 4096, 0o1600))
    return LIBRARY.shmctl(found, 0, None) == 0


def keep_a_key():
    return checked(LIBRARY.syscall(248, b"user", b"chengmo", b"x", 1, -2)) > 0


def load_a_kernel_program():
    checked(LIBRARY.syscall(321, 0, ctypes.create_string_buffer(struct_bpf_map()), 72))
    return True


def struct_bpf_map():
    # An array of one entry: map_type 2, key 4, value 4, entries 1.
    return b"".join(n.to_bytes(4, "little") for n in (2, 4, 4, 1)) + bytes(56)


def slow_the_others_down():
    os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, 0))
    return True


ATTACKS = [
    each
    for name, each in list(globals().items())
    if callable(each)
    and getattr(each, "__module__", None) == __name__
    and name not in {"checked", "struct_bpf_map", "tried", "fit"}
]


def tried():
    told = {}
    for attack in ATTACKS:
        try:
            told[attack.__name__] = "done" if attack() else "nothing"
        except (OSError, ValueError, ImportError, AttributeError, sqlite3.Error) as error:
            told[attack.__name__] = f"refused: {type(error).__name__} {error}"
    return told


def fit(train, seed):
    sys.stdout.write(json.dumps(tried()))


if __name__ == "__main__":
    sys.stdout.write(json.dumps(tried()))

"""The filter of kernel calls, read by a small reader of BPF, for both architectures."""

import errno

import pytest

from chengmo.model.jail.seccomp import ALLOWED, program_for

THREAD, PROCESS = 0x3D0F00, 17
ALLOW, KILL = 0x7FFF0000, 0x80000000
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

PROGRAMS = {machine: program_for(machine) for machine in MACHINES}


def refused(number):
    return 0x50000 | number


def answer(machine, number, arguments=(), architecture=None):
    """Run the filter as the kernel does: a word at a time, jumps forward only."""
    data = {0: number, 4: architecture or MACHINES[machine][1]}
    for place, value in enumerate((*arguments, 0, 0, 0)):
        data |= {16 + 8 * place: value & 0xFFFFFFFF, 20 + 8 * place: value >> 32}
    program, at, held = PROGRAMS[machine], 0, 0
    while True:
        code, if_true, if_false, operand = program[at]
        at += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            held = data[operand]
            continue
        met = {0x15: held == operand, 0x35: held >= operand, 0x45: bool(held & operand)}[code]
        at += if_true if met else if_false


@pytest.mark.parametrize("machine", MACHINES)
def test_what_is_on_the_list_may_be_called_and_nothing_else(machine):
    column = MACHINES[machine][0]
    listed = {numbers[column] for numbers in ALLOWED.values()} - {None}
    special = {(56, 220), (435, 435), (16, 29), (72, 25), (302, 261)}
    for number in range(500):
        if number in listed:
            assert answer(machine, number) == ALLOW, number
        elif number not in {each[column] for each in special}:
            assert answer(machine, number) == refused(errno.EPERM), number


def test_what_is_dangerous_is_not_on_the_list():
    words = """socket connect bind sendto socketpair fork vfork execve execveat kill tgkill tkill
    ptrace process_vm_readv unshare setns mount bpf io_uring_setup userfaultfd memfd_create shmget
    keyctl add_key prctl seccomp setrlimit unlink rename symlink link mkdir chmod truncate ftruncate
    perf_event_open pidfd_open pidfd_getfd open_by_handle_at mq_open msgget semget setuid capset
    sched_setaffinity setpriority flock rt_sigqueueinfo pipe pipe2 splice sendfile"""
    assert ALLOWED.keys().isdisjoint(words.split())


@pytest.mark.parametrize("machine", MACHINES)
def test_what_depends_on_arguments(machine):
    clone, clone3, ioctl, fcntl, prlimit = (
        each[MACHINES[machine][0]]
        for each in ((56, 220), (435, 435), (16, 29), (72, 25), (302, 261))
    )
    no = refused(errno.EPERM)
    assert answer(machine, clone, [THREAD]) == ALLOW
    assert answer(machine, clone, [PROCESS]) == no
    assert answer(machine, clone3) == refused(errno.ENOSYS)
    assert answer(machine, ioctl, [0, 0x5412]) == refused(errno.ENOTTY)
    assert [answer(machine, fcntl, [1, each]) for each in (0, 3, 1030)] == [ALLOW] * 3
    assert [answer(machine, fcntl, [1, each]) for each in (4, 8, 10, 1026)] == [no] * 4
    assert answer(machine, prlimit, [0, 7, 0]) == ALLOW
    assert answer(machine, prlimit, [0, 7, 1]) == no
    # A pointer whose lower half is zero is a pointer.
    assert answer(machine, prlimit, [0, 7, 1 << 32]) == no


def test_calls_of_another_architecture_end_the_process():
    assert answer("x86_64", 0, architecture=0x40000003) == KILL
    assert answer("x86_64", 0x40000000) == refused(errno.EPERM)

# EXPECT: error
# A sweep: calls that only a broken filter would pass on. Their arguments are senseless on purpose.
import ctypes, errno, platform
libc = ctypes.CDLL(None, use_errno=True)
X86 = dict(ptrace=101, syslog=103, setuid=105, setgid=106, setpgid=None, setreuid=113, setgroups=116, setresuid=117, capset=126,
    mknod=133, personality=135, pivot_root=155, modify_ldt=154, chroot=161, acct=163, settimeofday=164, mount=165, umount2=166,
    swapon=167, sethostname=170, setdomainname=171, iopl=172, ioperm=173, init_module=175, delete_module=176, quotactl=179,
    lookup_dcookie=212, remap_file_pages=216, clock_settime=227, vserver=236, mbind=237, mq_open=240, kexec_load=246, add_key=248,
    request_key=249, keyctl=250, inotify_init=253, migrate_pages=256, unshare=272, splice=275, tee=276, vmsplice=278, move_pages=279,
    perf_event_open=298, recvmmsg=299, fanotify_init=300, name_to_handle_at=303, open_by_handle_at=304, sendmmsg=307, setns=308,
    process_vm_readv=310, process_vm_writev=311, kcmp=312, finit_module=313, sched_setattr=314, seccomp=317, memfd_create=319,
    kexec_file_load=320, bpf=321, execveat=322, userfaultfd=323, pidfd_send_signal=424, io_uring_setup=425, io_uring_enter=426,
    open_tree=428, move_mount=429, fsopen=430, fsmount=432, pidfd_open=434, clone3=435, pidfd_getfd=438, process_madvise=440,
    mount_setattr=442, quotactl_fd=443, memfd_secret=447, process_mrelease=448, cachestat=None, map_shadow_stack=453, lsm_set_self_attr=460,
    socket=41, connect=42, accept=43, sendmsg=46, recvmsg=47, bind=49, listen=50, shmget=29, shmat=30, semget=64, msgget=68,
    tkill=200, rt_sigqueueinfo=129, rt_tgsigqueueinfo=297, setpriority=141, ioprio_set=251, open_tree_attr=467)
def solve(x):
    if platform.machine() != "x86_64":
        raise RuntimeError("contained")
    wrong = []
    for name, number in X86.items():
        if number is None: continue
        ctypes.set_errno(0)
        result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
        code = ctypes.get_errno()
        if result != -1 or code not in (errno.EPERM, errno.ENOSYS):
            wrong.append((name, result, errno.errorcode.get(code)))
    if wrong:
        return {"breach": wrong}
    raise RuntimeError("contained")

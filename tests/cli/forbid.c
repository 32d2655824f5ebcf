/* forbid: run a program in which a system call fails, as in a container with a seccomp filter, on a
 * file system without locks, or before a socket option was introduced.
 *
 * usage: forbid CALL ERRNO PROGRAM [ARGUMENT...]     such as: forbid io_uring_setup EPERM
 * ... */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
    const char *name;
    unsigned number;
} calls[] = {{"io_uring_setup", SYS_io_uring_setup},
             {"epoll_pwait2", SYS_epoll_pwait2},
             {"flock", SYS_flock},
             {"setsockopt", SYS_setsockopt}},
  errnums[] = {
      {"EPERM", EPERM}, {"ENOSYS", ENOSYS}, {"ENOLCK", ENOLCK}, {"ENOPROTOOPT", ENOPROTOOPT}};

static int forbid(unsigned call, unsigned errnum)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | errnum),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof(filter) / sizeof(filter[0]), filter};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
    for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++)
        for (size_t e = 0; e < sizeof(errnums) / sizeof(errnums[0]); e++)
            if (argc > 3 && !strcmp(argv[1], calls[c].name) && !strcmp(argv[2], errnums[e].name)) {
                if (forbid(calls[c].number, errnums[e].number) == 0)
                    execvp(argv[3], argv + 3);
                perror("forbid");
                return 126;
            }
    fputs("usage: forbid CALL ERRNO PROGRAM [ARGUMENT...]\n", stderr);
    return 2;
}

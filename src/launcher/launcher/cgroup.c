#define _GNU_SOURCE
#include "cgroup.h"
#include "exit.h"
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The arguments of clone3(2) up to Linux 5.7, which musl does not bring. */
struct clone_arguments {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
};

/* clone3(2) into a cgroup; the child runs or -1. */
static pid_t clone_into(int cgroup) {
    enum { INTO_CGROUP_SHIFT = 33 }; /* CLONE_INTO_CGROUP */
    struct clone_arguments how = {.flags = 1ULL << INTO_CGROUP_SHIFT, .exit_signal = SIGCHLD, .cgroup = (uint64_t)cgroup};
    int born[2];
    char byte = 0;
    if (pipe2(born, O_CLOEXEC) != 0) return -1;
    pid_t pid = (pid_t)syscall(SYS_clone3, &how, sizeof how);
    if (pid == 0 && write(born[1], &byte, 1) != 1) _exit(BROKEN);
    close(born[1]);
    /* Where cgroup.kill was used, Linux 6.14 and later kill the child before its first instruction. */
    if (pid > 0 && read(born[0], &byte, 1) != 1) {
        waitpid(pid, NULL, 0);
        pid = -1;
    }
    close(born[0]);
    return pid;
}

static void join_cgroup(const char *cgroup) {
    char path[4096];
    snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
    int procs = open(path, O_WRONLY | O_CLOEXEC);
    if (procs >= 0 && write(procs, "0", 1) < 0) errno = 0;
}

pid_t fork_into(const char *cgroup) {
    int folder = cgroup ? open(cgroup, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    pid_t pid = folder < 0 ? -1 : clone_into(folder);
    if (folder >= 0) close(folder);
    if (pid >= 0) return pid;
    pid = fork();
    if (pid == 0 && cgroup) join_cgroup(cgroup);
    return pid;
}

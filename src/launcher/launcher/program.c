#define _GNU_SOURCE
#include "program.h"
#include "../clock.h"
#include "cgroup.h"
#include "channels.h"
#include "exit.h"
#include "output.h"
#include "proc.h"
#include "run-file.h"
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_GROUPS = 1024 };

/* What the child tells its launcher when it could not become the program. */
struct failure {
    char stage[8];
    int number;
};

static void fail(int fd, const char *stage) {
    struct failure f = {.number = errno};
    snprintf(f.stage, sizeof f.stage, "%s", stage);
    if (write(fd, &f, sizeof f) < 0) _exit(BROKEN);
    _exit(BROKEN);
}

static void limit(int resource, long value, int fd) {
    struct rlimit r = {(rlim_t)value, (rlim_t)value};
    if (value >= 0 && setrlimit(resource, &r) != 0) fail(fd, "limits");
}

/* Numbers with commas between them; none gives up all groups. */
static int take_groups(const char *text) {
    static gid_t groups[MAX_GROUPS];
    size_t count = 0;
    for (char *at = (char *)text; at && *at && count < MAX_GROUPS; at += *at == ',')
        groups[count++] = (gid_t)strtoul(at, &at, 10);
    return setgroups(count, groups);
}

static void become_program(const struct options *o, int lock, int fd) {
    setsid();
    if (o->ready || o->alive || o->messages) {
        lock = fcntl(lock, F_DUPFD_CLOEXEC, CLEAR_FD);
        fd = fcntl(fd, F_DUPFD_CLOEXEC, CLEAR_FD);
        clear_run_file();
        if (give_channels(o) < 0) fail(fd, "ready");
    }
    for (int s = 1; s < NSIG; s++) signal(s, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (null >= 0) dup2(null, STDIN_FILENO);
    const char *failed = give_output(o);
    if (failed) fail(fd, failed);
    if (o->umask >= 0) umask((mode_t)o->umask);
    limit(RLIMIT_NOFILE, o->nofile, fd);
    limit(RLIMIT_CORE, o->core, fd);
    if (o->has_nice && setpriority(PRIO_PROCESS, 0, (int)o->nice) != 0) fail(fd, "limits");
    if (o->gid >= 0 && (take_groups(o->groups) != 0 || setgid((gid_t)o->gid) != 0)) fail(fd, "user");
    if (o->uid >= 0 && setuid((uid_t)o->uid) != 0) fail(fd, "user");
    /* The slot stays taken while the tree lives, even if the launcher alone is killed. */
    if (!o->leave_tree) fcntl(lock, F_SETFD, 0);
    /* Before it can be anything else: if our launcher is killed now, only this tells who we are. */
    note("child %d %llu %lld\n", (int)getpid(), start_ticks(getpid()), now_ms(CLOCK_REALTIME));
    execvp(o->program[0], o->program);
    fail(fd, "exec");
}

static const char *error_name(int number) {
    static const struct { int number; const char *name; } names[] = {
        {EPERM, "EPERM"}, {ENOENT, "ENOENT"}, {E2BIG, "E2BIG"}, {ENOEXEC, "ENOEXEC"},
        {EAGAIN, "EAGAIN"}, {ENOMEM, "ENOMEM"}, {EACCES, "EACCES"}, {ENOTDIR, "ENOTDIR"},
        {EISDIR, "EISDIR"}, {EINVAL, "EINVAL"}, {EMFILE, "EMFILE"}, {ETXTBSY, "ETXTBSY"},
        {ENOSPC, "ENOSPC"}, {EROFS, "EROFS"}, {ELOOP, "ELOOP"}, {ENAMETOOLONG, "ENAMETOOLONG"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i].number == number) return names[i].name;
    return "EUNKNOWN";
}

pid_t start_program(const struct options *o, int lock) {
    int fds[2];
    if (pipe2(fds, O_CLOEXEC) != 0) die("pipe");
    open_channels(o);
    if (open_pipes(o) != 0) {
        note("fail pipe %d %s %lld\n", errno, error_name(errno), now_ms(CLOCK_REALTIME));
        return 0;
    }
    pid_t pid = fork_into(o->cgroup);
    if (pid == 0) become_program(o, lock, fds[1]);
    struct failure f = {"fork", errno};
    close(fds[1]);
    close_theirs();
    if (pid > 0 && read(fds[0], &f, sizeof f) != (ssize_t)sizeof f) {
        close(fds[0]);
        note("start %d %llu %lld\n", (int)pid, start_ticks(pid), now_ms(CLOCK_REALTIME));
        return pid;
    }
    close(fds[0]);
    note("fail %s %d %s %lld\n", f.stage, f.number, error_name(f.number), now_ms(CLOCK_REALTIME));
    return 0;
}
